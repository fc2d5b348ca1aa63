package git

import (
	"bytes"
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
)

// committed is when the commits of these tests say that they were made.
var committed = time.Unix(1700000060, 0).UTC()

// trusting opens a local repository with a keys file and a clock.
func trusting(t *testing.T, w *work, keys string, now time.Time) *Repo {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trusted")
	if err := os.WriteFile(file, []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, w.dir, func(o *Options) { o.TrustedKeysFile, o.Now = file, func() time.Time { return now } })
}

// wantTrust checks a verdict: "" is trusted, anything else a part of the refusal.
func wantTrust(t *testing.T, r *Repo, hash, want string) {
	t.Helper()
	err := r.Verify(hash)
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want trust", err)
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

func (w *work) signSSH(key string) {
	w.git("config", "gpg.format", "ssh")
	w.git("config", "user.signingkey", key)
	w.git("config", "commit.gpgsign", "true")
}

func TestWithoutKeysEverythingIsTrusted(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	if err := open(t, w.dir).Verify(hash); err != nil {
		t.Error(err)
	}
}

func TestSSHSignatures(t *testing.T) {
	t.Parallel()
	for _, kind := range [][]string{{"-t", "ed25519"}, {"-t", "ecdsa"}, {"-t", "rsa", "-b", "2048"}} {
		key, public := sshKey(t, kind...)
		_, other := sshKey(t, "-t", "ed25519")
		w := newWork(t)
		unsigned := w.push("a", "0")
		w.signSSH(key)
		signed := w.push("a", "1")
		w.git("checkout", "-q", "-b", "side", unsigned)
		w.push("b", "1")
		w.git("merge", "-q", "--no-ff", "-m", "signed merge", "main")
		merge := w.git("rev-parse", "HEAD")
		w.git("-c", "commit.gpgsign=false", "commit", "-q", "--amend", "-m", "unsigned merge")
		unsignedMerge := w.git("rev-parse", "HEAD")

		r := trusting(t, w, "# staff\n\nada@example.com "+public+"\n", committed)
		for hash, want := range map[string]string{
			signed: "", merge: "", unsigned: "the commit has no signature", unsignedMerge: "the commit has no signature",
		} {
			wantTrust(t, r, hash, want)
		}
		wantTrust(t, trusting(t, w, "ada@example.com "+other, committed), signed, "is not among the trusted")
	}
}

func TestAllowedSignersOptions(t *testing.T) {
	key, public := sshKey(t, "-t", "ed25519")
	_, other := sshKey(t, "-t", "ed25519")
	w := newWork(t)
	w.signSSH(key)
	hash := w.push("a", "1")
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
		{"one line of two counts", `a valid-before="20200101Z" ` + public + "\nb " + public, committed, ""},
		{"another namespace", `a namespaces="file" ` + public + "\nb " + other, committed, "is not among the trusted"},
		{"negated namespace", `a namespaces="*,!git" ` + public + "\nb " + other, committed, "is not among the trusted"},
	} {
		t.Run(c.name, func(t *testing.T) { wantTrust(t, trusting(t, w, c.line, c.now), hash, c.want) })
	}
}

// A signature is only good for what it was made for.
func TestSSHSignatureElsewhere(t *testing.T) {
	key, public := sshKey(t, "-t", "ed25519")
	w := newWork(t)
	w.signSSH(key)
	hash := w.push("a", "1")
	raw := w.git("cat-file", "commit", hash) + "\n"
	r := trusting(t, w, "a "+public, committed)

	forged := func(change func(string) string) string {
		return w.gitIn(change(raw), "hash-object", "-t", "commit", "-w", "--literally", "--stdin")
	}
	replace := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	wantTrust(t, r, forged(func(s string) string { return s }), "")
	wantTrust(t, r, forged(replace("Change a", "Change b")), "does not fit")
	wantTrust(t, r, forged(replace("Bob Example", "Eve Example")), "does not fit")
	wantTrust(t, r, forged(replace("committer", "x-extra header\ncommitter")), "does not fit")
	wantTrust(t, r, forged(replace("BEGIN SSH SIGNATURE", "BEGIN SIGNED MESSAGE")), "neither OpenPGP nor ssh")
	wantTrust(t, r, forged(replace(" U1NIU0lH", " AAAAAAAA")), "malformed")
	wantTrust(t, r, forged(func(s string) string {
		payload, sig, err := splitSignature([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		header := "gpgsig " + strings.ReplaceAll(strings.TrimSpace(sig), "\n", "\n ") + "\n"
		return strings.Replace(string(payload), "committer", header+header+"committer", 1)
	}), "more than one signature")

	// The same key, over the same bytes, for files.
	payload, _, err := splitSignature([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", key)
	cmd.Stdin = bytes.NewReader(payload)
	armored, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	wantTrust(t, r, w.signed(string(payload), string(armored)), `is for "file"`)
}

// signed stores a commit made of a payload and a signature.
func (w *work) signed(payload, armored string) string {
	w.t.Helper()
	header := "gpgsig " + strings.ReplaceAll(strings.TrimSpace(armored), "\n", "\n ") + "\n"
	head, message, _ := strings.Cut(payload, "\n\n")
	return w.gitIn(head+"\n"+header+"\n"+message, "hash-object", "-t", "commit", "-w", "--stdin")
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

// commit signs a commit of the work tree's present state.
func (k pgpKey) commit(t *testing.T, w *work, lifetime time.Duration) string {
	t.Helper()
	payload := w.git("cat-file", "commit", w.commit("to be signed")) + "\n"
	var sig bytes.Buffer
	err := openpgp.ArmoredDetachSign(&sig, k.entity, strings.NewReader(payload), &packet.Config{
		Time: func() time.Time { return committed }, SigLifetimeSecs: uint32(lifetime.Seconds()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.signed(payload, sig.String())
}

func TestPGPSignatures(t *testing.T) {
	t.Parallel()
	key, other := newPGPKey(t, 0), newPGPKey(t, 0)
	mortal := newPGPKey(t, 24*time.Hour)
	w := newWork(t)
	signed := key.commit(t, w, 0)
	byMortal := mortal.commit(t, w, 0)
	brief := key.commit(t, w, time.Hour)
	unsigned := w.push("a", "1")
	tampered := w.gitIn(strings.Replace(w.git("cat-file", "commit", signed), "Bob Example", "Eve Example", 1)+"\n",
		"hash-object", "-t", "commit", "-w", "--stdin")
	later := committed.Add(48 * time.Hour)
	revoked := newPGPKey(t, 0)
	byRevoked := revoked.commit(t, w, 0)
	if err := revoked.entity.RevokeKey(packet.KeyCompromised, "lost", &packet.Config{Time: func() time.Time { return committed }}); err != nil {
		t.Fatal(err)
	}
	revoked.export(t)
	for _, c := range []struct {
		name, keys, hash string
		now              time.Time
		want             string
	}{
		{"signed", key.public, signed, committed, ""},
		{"years later", key.public, signed, committed.AddDate(9, 0, 0), ""},
		{"one of several", other.public + key.public, signed, committed, ""},
		{"another's", other.public, signed, committed, "not among the trusted"},
		{"unsigned", key.public, unsigned, committed, "no signature"},
		{"tampered with", key.public, tampered, committed, "does not count"},
		{"key valid", mortal.public, byMortal, committed, ""},
		{"key expired", mortal.public, byMortal, later, "key has expired"},
		{"signature valid", key.public, brief, committed, ""},
		{"signature expired", key.public, brief, later, "signature has expired"},
		{"key revoked", revoked.public, byRevoked, committed, "revoked"},
	} {
		t.Run(c.name, func(t *testing.T) { wantTrust(t, trusting(t, w, c.keys, c.now), c.hash, c.want) })
	}
}

func TestKeysOfBothKindsInOneFile(t *testing.T) {
	sshFile, public := sshKey(t, "-t", "ed25519")
	pgp := newPGPKey(t, 0)
	w := newWork(t)
	byPGP := pgp.commit(t, w, 0)
	w.signSSH(sshFile)
	bySSH := w.push("a", "1")
	r := trusting(t, w, "# both\nada@example.com "+public+"\r\n\n"+pgp.public+"\n* "+public+"\n", committed)
	wantTrust(t, r, byPGP, "")
	wantTrust(t, r, bySSH, "")
}

// The real gpg, where there is one.
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
	w := newWork(t)
	w.git("config", "gpg.program", filepath.Join(w.dir, ".git", "gpg"))
	w.git("config", "user.signingkey", "bob@example.com")
	script := fmt.Sprintf("#!/bin/sh\nexec %s --homedir %s --batch \"$@\"\n", gpg, home)
	if err := os.WriteFile(filepath.Join(w.dir, ".git", "gpg"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("a", "1")
	w.git("add", "a")
	w.git("commit", "-q", "-S", "-m", "signed")
	wantTrust(t, trusting(t, w, run("--armor", "--export"), time.Now().Add(time.Minute)), w.git("rev-parse", "HEAD"), "")
}

func TestKeysFileIsReadEachTime(t *testing.T) {
	key, public := sshKey(t, "-t", "ed25519")
	w := newWork(t)
	w.signSSH(key)
	hash := w.push("a", "1")
	r := trusting(t, w, "a "+public, committed)
	wantTrust(t, r, hash, "")
	if err := os.Remove(r.opts.TrustedKeysFile); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(hash); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v, want %v", err, os.ErrNotExist)
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
