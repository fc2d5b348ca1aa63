package sign

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"golang.org/x/crypto/ssh"
)

// committed is the committer's time in all commits of these tests.
var committed = time.Unix(1700000060, 0).UTC()

// A repo is a repository with a work tree, made by Git itself.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) *repo {
	t.Helper()
	r := &repo{t: t, dir: t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repo) git(args ...string) string { return strings.TrimSpace(r.run("", args...)) }

func (r *repo) run(stdin string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(stdin)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada Example", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Bob Example", "GIT_COMMITTER_EMAIL=bob@example.com", "GIT_COMMITTER_DATE=1700000060 +0000",
	}
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// commit makes an empty commit and returns its hash.
func (r *repo) commit(message string) string {
	r.t.Helper()
	r.git("commit", "-q", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

// raw is the commit object, byte for byte.
func (r *repo) raw(hash string) string {
	r.t.Helper()
	return r.run("", "cat-file", "commit", hash)
}

func (r *repo) signSSH(key string) {
	r.git("config", "gpg.format", "ssh")
	r.git("config", "user.signingkey", key)
	r.git("config", "commit.gpgsign", "true")
}

// withSignature adds a signature to an unsigned commit object.
func withSignature(payload, armored string) string {
	header := "gpgsig " + strings.ReplaceAll(strings.TrimSpace(armored), "\n", "\n ") + "\n"
	head, message, _ := strings.Cut(payload, "\n\n")
	return head + "\n" + header + "\n" + message
}

// wantVerdict verifies a commit object with the keys of a file. want is part of the
// error, "" for none.
func wantVerdict(t *testing.T, keys, commit string, now time.Time, want string) {
	t.Helper()
	trusted, err := ParseKeys("keys", keys)
	if err != nil {
		t.Fatal(err)
	}
	err = trusted.Verify([]byte(commit), committed, now)
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want no error", err)
	case want != "" && (!errors.Is(err, ErrUnsigned) || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want %v: %q", err, ErrUnsigned, want)
	}
}

// sshKey makes a key and returns its file and its public half.
func sshKey(t *testing.T, args ...string) (file, public string) {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("no ssh-keygen here: Debian has it in openssh-client")
	}
	file = filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", append([]string{"-q", "-N", "", "-C", "", "-f", file}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	text, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return file, strings.TrimSpace(string(text))
}

func TestSSHSignatures(t *testing.T) {
	t.Parallel()
	for _, kind := range [][]string{{"-t", "ed25519"}, {"-t", "ecdsa"}, {"-t", "rsa", "-b", "2048"}} {
		key, public := sshKey(t, kind...)
		_, other := sshKey(t, "-t", "ed25519")
		r := newRepo(t)
		unsigned := r.commit("unsigned")
		r.signSSH(key)
		signed := r.commit("signed")
		r.git("checkout", "-q", "-b", "side", unsigned)
		r.commit("side")
		r.git("merge", "-q", "--no-ff", "-m", "signed merge", "main")
		merge := r.git("rev-parse", "HEAD")
		r.git("-c", "commit.gpgsign=false", "commit", "-q", "--amend", "-m", "unsigned merge")
		unsignedMerge := r.git("rev-parse", "HEAD")

		keys := "# staff\n\nada@example.com " + public + "\n"
		for hash, want := range map[string]string{
			signed: "", merge: "", unsigned: "the commit has no signature", unsignedMerge: "the commit has no signature",
		} {
			wantVerdict(t, keys, r.raw(hash), committed, want)
		}
		wantVerdict(t, "ada@example.com "+other, r.raw(signed), committed, "is not among the trusted keys")
	}
}

func TestAllowedSignersOptions(t *testing.T) {
	key, public := sshKey(t, "-t", "ed25519")
	_, other := sshKey(t, "-t", "ed25519")
	r := newRepo(t)
	r.signSSH(key)
	commit := r.raw(r.commit("signed"))
	year := 365 * 24 * time.Hour
	for _, c := range []struct {
		name, line string
		now        time.Time
		want       string
	}{
		{"star", "* " + public, committed, ""},
		{"several principals", "a@example.com,b@example.com " + public, committed, ""},
		{"quoted principals", `"a@example.com,b@example.com" ` + public, committed, ""},
		{"tabs", "a@example.com\t" + public, committed, ""},
		{"namespace", `a namespaces="git" ` + public, committed, ""},
		{"namespaces", `a namespaces="file,gi*" ` + public, committed, ""},
		{"valid", `a valid-after="20230101Z",valid-before="20240101Z" ` + public, committed, ""},
		{"upper case", `a VALID-AFTER="20230101Z" ` + public, committed, ""},
		{"expired since", `a valid-before="20240101Z" ` + public, committed.Add(year), "expired on 2024-01-01"},
		{"expired when committed", `a valid-before="20230101Z" ` + public, committed, "expired on 2023-01-01"},
		{"expired this second", `a valid-before="20231114221420Z" ` + public, committed, "expired on 2023-11-14"},
		{"not yet valid when committed", `a valid-after="20240101Z" ` + public, committed.Add(year), "not valid before 2024-01-01"},
		{"one valid line of two", `a valid-before="20200101Z" ` + public + "\nb " + public, committed, ""},
		{"another namespace", `a namespaces="file" ` + public + "\nb " + other, committed, "is not among the trusted keys"},
		{"negated namespace", `a namespaces="*,!git" ` + public + "\nb " + other, committed, "is not among the trusted keys"},
	} {
		t.Run(c.name, func(t *testing.T) { wantVerdict(t, c.line, commit, c.now, c.want) })
	}
}

// A signature is good only for the bytes and the purpose that it was made for.
func TestSSHSignatureOfSomethingElse(t *testing.T) {
	key, public := sshKey(t, "-t", "ed25519")
	r := newRepo(t)
	r.signSSH(key)
	commit := r.raw(r.commit("Change a"))
	payload, armored, err := splitSignature([]byte(commit))
	if err != nil {
		t.Fatal(err)
	}
	twice := withSignature(withSignature(string(payload), armored), armored)
	forFiles := exec.Command("ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", key)
	forFiles.Stdin = bytes.NewReader(payload)
	overFile, err := forFiles.Output()
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string { return strings.Replace(commit, old, new, 1) }
	for _, c := range []struct{ name, commit, want string }{
		{"as signed", commit, ""},
		{"put together again", withSignature(string(payload), armored), ""},
		{"message", replace("Change a", "Change b"), "does not match"},
		{"committer", replace("Bob Example", "Eve Example"), "does not match"},
		{"header added", replace("committer", "x-extra header\ncommitter"), "does not match"},
		{"other armor", replace("BEGIN SSH SIGNATURE", "BEGIN SIGNED MESSAGE"), "neither OpenPGP nor SSH"},
		{"malformed", replace(" U1NIU0lH", " AAAAAAAA"), "malformed"},
		{"two signatures", twice, "more than one signature"},
		{"signature for files", withSignature(string(payload), string(overFile)), `is for the namespace "file"`},
	} {
		t.Run(c.name, func(t *testing.T) { wantVerdict(t, "a "+public, c.commit, committed, c.want) })
	}
}

type pgpKey struct {
	entity *openpgp.Entity
	public string
}

func newPGPKey(t *testing.T, lifetime time.Duration) pgpKey {
	t.Helper()
	made := committed.Add(-time.Hour)
	e, err := openpgp.NewEntity("Ada", "", "ada@example.com", &packet.Config{
		Time: func() time.Time { return made }, Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: uint32(lifetime.Seconds()),
	})
	if err != nil {
		t.Fatal(err)
	}
	k := pgpKey{entity: e}
	k.export(t)
	return k
}

func (k *pgpKey) export(t *testing.T) {
	t.Helper()
	var text bytes.Buffer
	out, err := armor.Encode(&text, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.entity.Serialize(out), out.Close()); err != nil {
		t.Fatal(err)
	}
	k.public = text.String() + "\n"
}

// sign returns a commit object with a signature by the key.
func (k pgpKey) sign(t *testing.T, payload string, lifetime time.Duration) string {
	t.Helper()
	var sig bytes.Buffer
	err := openpgp.ArmoredDetachSign(&sig, k.entity, strings.NewReader(payload), &packet.Config{
		Time: func() time.Time { return committed }, SigLifetimeSecs: uint32(lifetime.Seconds()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return withSignature(payload, sig.String())
}

func TestPGPSignatures(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	unsigned := r.raw(r.commit("a commit"))
	key, other, mortal, revoked := newPGPKey(t, 0), newPGPKey(t, 0), newPGPKey(t, 24*time.Hour), newPGPKey(t, 0)
	signed, byMortal, byRevoked := key.sign(t, unsigned, 0), mortal.sign(t, unsigned, 0), revoked.sign(t, unsigned, 0)
	brief := key.sign(t, unsigned, time.Hour)
	later := committed.Add(48 * time.Hour)
	if err := revoked.entity.RevokeKey(packet.KeyCompromised, "lost", &packet.Config{Time: func() time.Time { return committed }}); err != nil {
		t.Fatal(err)
	}
	revoked.export(t)
	for _, c := range []struct {
		name, keys, commit string
		now                time.Time
		want               string
	}{
		{"signed", key.public, signed, committed, ""},
		{"years later", key.public, signed, committed.AddDate(9, 0, 0), ""},
		{"one of several", other.public + key.public, signed, committed, ""},
		{"another's", other.public, signed, committed, "not among the trusted keys"},
		{"unsigned", key.public, unsigned, committed, "no signature"},
		{"tampered with", key.public, strings.Replace(signed, "Bob Example", "Eve Example", 1), committed, "is invalid"},
		{"key valid", mortal.public, byMortal, committed, ""},
		{"key expired", mortal.public, byMortal, later, "key has expired"},
		{"signature valid", key.public, brief, committed, ""},
		{"signature expired", key.public, brief, later, "signature has expired"},
		{"key revoked", revoked.public, byRevoked, committed, "revoked"},
	} {
		t.Run(c.name, func(t *testing.T) { wantVerdict(t, c.keys, c.commit, c.now, c.want) })
	}
}

func TestKeysOfBothKindsInOneFile(t *testing.T) {
	file, public := sshKey(t, "-t", "ed25519")
	key := newPGPKey(t, 0)
	r := newRepo(t)
	byPGP := key.sign(t, r.raw(r.commit("a commit")), 0)
	r.signSSH(file)
	bySSH := r.raw(r.commit("another"))
	keys := "# both\nada@example.com " + public + "\r\n\n" + key.public + "\n* " + public + "\n"
	wantVerdict(t, keys, byPGP, committed, "")
	wantVerdict(t, keys, bySSH, committed, "")
}

// With the real gpg, if there is one.
func TestSignatureByGPG(t *testing.T) {
	t.Parallel()
	gpg, err := exec.LookPath("gpg")
	if err != nil {
		t.Skip("no gpg here")
	}
	home, err := os.MkdirTemp("", "gpg") // short: the agent's socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill := exec.Command("gpgconf", "--kill", "all")
		kill.Env = append(os.Environ(), "GNUPGHOME="+home)
		_ = kill.Run()
		_ = os.RemoveAll(home)
	})
	run := func(args ...string) string {
		cmd := exec.Command(gpg, append([]string{"--homedir", home, "--batch", "--quiet", "--passphrase", ""}, args...)...)
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("gpg %v: %v", args, err)
		}
		return string(out)
	}
	run("--quick-gen-key", "bob@example.com", "ed25519", "sign", "never")
	r := newRepo(t)
	r.git("config", "gpg.program", filepath.Join(r.dir, ".git", "gpg"))
	r.git("config", "user.signingkey", "bob@example.com")
	r.git("config", "commit.gpgsign", "true")
	script := fmt.Sprintf("#!/bin/sh\nexec %s --homedir %s --batch \"$@\"\n", gpg, home)
	if err := os.WriteFile(filepath.Join(r.dir, ".git", "gpg"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	keys := run("--armor", "--export")
	wantVerdict(t, keys, r.raw(r.commit("signed")), time.Now().Add(time.Minute), "")
}

// Text from a commit or a keys file never reaches a terminal raw.
func TestFaultB3SignatureTextIsQuoted(t *testing.T) {
	evil := "\x1b[31m\u202e\u2028\n::warning::forged"
	blob := append([]byte(sshsigMagic), ssh.Marshal(sshsig{Version: 1, Namespace: evil})...)
	armored := sshsigBegin + "\n" + base64.StdEncoding.EncodeToString(blob) + "\n" + sshsigEnd
	err := new(Keys).Verify([]byte(withSignature("tree 0\n\nmessage\n", armored)), committed, committed)
	_, keysErr := ParseKeys("keys", "\x1b[31m\u202e\u2028 no-such \x1bkey")
	for name, err := range map[string]error{"signature": err, "keys": keysErr} {
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\u202e\u2028\n") {
			t.Errorf("%s: got %q, want an error without control characters", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("tree 0\ngpgsig " + sshsigBegin + "\n U1NIU0lH\n " + sshsigEnd + "\n\nmessage\n"))
	f.Add([]byte("tree 0\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nmessage\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := new(Keys).Verify(raw, committed, committed); !errors.Is(err, ErrUnsigned) {
			t.Errorf("got %v, want %v: no key is trusted", err, ErrUnsigned)
		}
	})
}
