package git

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// sshd is the real server: the test listens on a free port, and starts an sshd for each
// connection.
type sshd struct {
	t    *testing.T
	dir  string
	addr string
	user string

	mu     sync.Mutex
	config []string
}

func startSSHD(t *testing.T) *sshd {
	t.Helper()
	path, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		t.Skip("no sshd here: Debian has it in openssh-server")
	}
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skip(err)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	s := &sshd{t: t, dir: t.TempDir(), user: me.Username}
	for _, kind := range []string{"ed25519", "ecdsa"} {
		s.keygen("host_"+kind, kind)
	}
	s.keygen("client", "ed25519")
	s.keygen("stranger", "ed25519")
	s.setHostKeys("host_ed25519", "host_ecdsa")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.serve(path, conn) })
		}
	}()
	return s
}

func (s *sshd) serve(path string, conn net.Conn) {
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return
	}
	_ = conn.Close()
	s.mu.Lock()
	args := append([]string{"-i", "-e", "-f", "/dev/null", "-o", "LogLevel=ERROR", "-o", "PermitRootLogin=yes", "-o", "StrictModes=no",
		"-o", "UsePAM=no", "-o", "PasswordAuthentication=no", "-o", "PidFile=none",
		"-o", "AuthorizedKeysFile=" + filepath.Join(s.dir, "client.pub")}, s.config...)
	s.mu.Unlock()
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Env = file, file, gitEnv(s.dir)
	_ = cmd.Run() // its verdict reaches the client
	_ = file.Close()
}

func (s *sshd) keygen(name, kind string) {
	s.t.Helper()
	out, err := exec.Command("ssh-keygen", "-q", "-N", "", "-t", kind, "-f", filepath.Join(s.dir, name)).CombinedOutput()
	if err != nil {
		s.t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
}

func (s *sshd) setHostKeys(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config = nil
	for _, name := range names {
		s.config = append(s.config, "-o", "HostKey="+filepath.Join(s.dir, name))
	}
}

// know writes a known hosts file with these keys for the server.
func (s *sshd) know(names ...string) string {
	s.t.Helper()
	var lines strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(s.dir, name+".pub"))
		if err != nil {
			s.t.Fatal(err)
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey(text)
		if err != nil {
			s.t.Fatal(err)
		}
		lines.WriteString(knownhosts.Line([]string{knownhosts.Normalize(s.addr)}, key) + "\n")
	}
	file := filepath.Join(s.dir, "known_hosts")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

func (s *sshd) options(o *Options) {
	o.SSHKeyFile, o.KnownHostsFile = filepath.Join(s.dir, "client"), filepath.Join(s.dir, "known_hosts")
}

func (s *sshd) url(w *work) string { return "ssh://" + s.user + "@" + s.addr + w.dir + "/.git" }

func TestPullOverSSH(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	w := newWork(t)
	first := w.push("zones/it's!.yaml", "1")
	s.know("host_ed25519")
	r := open(t, s.url(w), s.options)
	wantHash(t, r, first)
	wantHash(t, r, first)
	second := bulky(w, "b")
	wantHash(t, r, second)
	w.git("commit", "-q", "--amend", "-m", "forced")
	third := w.git("rev-parse", "HEAD")
	wantHash(t, r, third)
	if got := read(t, r, third, "zones/it's!.yaml"); got != "1" {
		t.Errorf("file: got %q, want 1", got)
	}
	shallow := open(t, s.url(w), s.options, func(o *Options) { o.Depth = 1 })
	wantHash(t, shallow, third)
	wantHash(t, shallow, w.push("b", "2"))
}

// go-git issue 1551: the server prefers another type of key than the known one.
func TestKnownHostsOfOneKind(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	w := newWork(t)
	hash := w.push("a", "1")
	for _, kind := range []string{"host_ed25519", "host_ecdsa"} {
		s.know(kind)
		wantHash(t, open(t, s.url(w), s.options), hash)
	}
}

// G7, and the client's key: each Pull reads the files anew.
func TestSSHKeysHold(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	w := newWork(t)
	good := w.push("a", "1")
	s.know("host_ed25519")
	r := open(t, s.url(w), s.options)
	wantHash(t, r, good)
	next := w.push("a", "2")
	expect := func(what string, want error) {
		t.Helper()
		if _, err := r.Pull(t.Context()); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		if got := read(t, r, r.Head().Hash, "a"); got != "1" {
			t.Errorf("%s: head: got %q, want 1", what, got)
		}
	}
	s.setHostKeys("host_ecdsa")
	expect("another kind of host key", ErrHostKey)
	s.know("stranger")
	s.setHostKeys("host_ed25519")
	expect("host key changed", ErrHostKey)
	s.know()
	expect("host unknown", ErrHostKey)
	if err := os.Remove(r.opts.KnownHostsFile); err != nil {
		t.Fatal(err)
	}
	expect("no known hosts file", ErrHostKey)
	s.know("host_ed25519")
	r.opts.SSHKeyFile = filepath.Join(s.dir, "stranger")
	expect("key refused", ErrAuth)
	r.opts.SSHKeyFile = filepath.Join(s.dir, "none")
	expect("no key file", ErrAuth)
	locked := filepath.Join(s.dir, "locked")
	if out, err := exec.Command("ssh-keygen", "-q", "-N", "s3cret", "-t", "ed25519", "-f", locked).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	r.opts.SSHKeyFile = locked
	expect("key with a passphrase", ErrAuth)
	s.options(&r.opts)
	wantHash(t, r, next)
}

func TestSSHRemoteStatesThatHold(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	s.know("host_ed25519")
	w := newWork(t)
	if _, err := open(t, s.url(w), s.options).Pull(t.Context()); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty: got %v, want %v", err, ErrEmpty)
	}
	w.push("a", "1")
	if _, err := open(t, s.url(w), s.options, func(o *Options) { o.Ref = "none" }).Pull(t.Context()); !errors.Is(err, ErrBranchGone) {
		t.Errorf("no branch: got %v, want %v", err, ErrBranchGone)
	}
	w.recreate("sha256")
	w.push("a", "1")
	if _, err := open(t, s.url(w), s.options).Pull(t.Context()); !errors.Is(err, ErrSHA256) {
		t.Errorf("SHA-256: got %v, want %v", err, ErrSHA256)
	}
	_, err := open(t, s.url(&work{dir: "/no/such"}), s.options).Pull(t.Context())
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "does not appear to be a git repository") {
		t.Errorf("no repository: got %v, want %v with the server's words", err, ErrNotFound)
	}
}

// G5 over ssh, where go-git has no context: silence at each stage.
func TestSSHSilence(t *testing.T) {
	for name, stage := range map[string]func(net.Conn, *ssh.ServerConfig){
		"from the start":                 func(net.Conn, *ssh.ServerConfig) {},
		"after the log-in":               func(c net.Conn, config *ssh.ServerConfig) { _, _, _, _ = ssh.NewServerConn(c, config) },
		"after the start of the command": serveNothing,
		"in the middle of the list":      func(c net.Conn, config *ssh.ServerConfig) { serveExec(c, config, "003f") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFakeSSH(t, stage)
			r := open(t, "ssh://git@"+s.addr+"/z", func(o *Options) {
				o.Silence, o.SSHKeyFile, o.KnownHostsFile = shortSilence, s.key, s.known
			})
			if _, err := r.Pull(t.Context()); !errors.Is(err, ErrSilent) {
				t.Errorf("got %v, want %v", err, ErrSilent)
			}
			r.opts.Silence = defaultSilence
			r.opts.Timeout = shortSilence
			if _, err := r.Pull(t.Context()); err == nil || errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), "not done after") {
				t.Errorf("deadline: got %v, want an error about the time", err)
			}
		})
	}
}

// A shell that prints something instead of starting Git.
func TestFaultC8WhatCameInPlaceOfGitOverSSH(t *testing.T) {
	s := newFakeSSH(t, func(c net.Conn, config *ssh.ServerConfig) {
		serveExec(c, config, "This account\x1b is currently not available.\n")
	})
	r := open(t, "ssh://git@"+s.addr+"/z", func(o *Options) { o.SSHKeyFile, o.KnownHostsFile = s.key, s.known })
	_, err := r.Pull(t.Context())
	if !errors.Is(err, ErrNotGit) || !strings.Contains(err.Error(), `"This account  is currently`) {
		t.Errorf("got %v, want %v with the words", err, ErrNotGit)
	}
}

func TestFaultB2ListWithoutEndOverSSH(t *testing.T) {
	list := strings.Repeat(pktLine(strings.Repeat("1", 40)+" refs/heads/x\x00\n"), 10_000)
	s := newFakeSSH(t, func(c net.Conn, config *ssh.ServerConfig) { serveExec(c, config, list) })
	r := open(t, "ssh://git@"+s.addr+"/z", func(o *Options) { o.SSHKeyFile, o.KnownHostsFile, o.MaxBytes = s.key, s.known, 1<<20 })
	_, err := r.Pull(t.Context())
	if limit, ok := errors.AsType[*LimitError](err); !ok || limit.What != "list of references" {
		t.Errorf("got %v, want a limit on the list", err)
	}
}

func serveNothing(c net.Conn, config *ssh.ServerConfig) { serveExec(c, config, "") }

// serveExec accepts every log-in and every command, and sends only these words.
func serveExec(c net.Conn, config *ssh.ServerConfig, words string) {
	_, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for channel := range channels {
		ch, requests, err := channel.Accept()
		if err != nil {
			return
		}
		go func() {
			for req := range requests {
				_ = req.Reply(true, nil)
				_, _ = ch.Write([]byte(words))
			}
		}()
	}
}

type fakeSSH struct{ addr, key, known string }

// newFakeSSH starts a server that falls silent where it is told to, unlike a real one.
func newFakeSSH(t *testing.T, stage func(net.Conn, *ssh.ServerConfig)) fakeSSH {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go stage(conn, config)
		}
	}()
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	f := fakeSSH{addr: listener.Addr().String(), key: filepath.Join(t.TempDir(), "key"), known: filepath.Join(t.TempDir(), "known_hosts")}
	line := knownhosts.Line([]string{knownhosts.Normalize(f.addr)}, signer.PublicKey())
	if err := errors.Join(os.WriteFile(f.key, pem.EncodeToMemory(block), 0o600), os.WriteFile(f.known, []byte(line+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return f
}

// closedByServer is the input of a command that has ended.
type closedByServer struct{ io.Writer }

func (closedByServer) Close() error { return io.EOF }

// A server that answers a small request may close its side before the client closes its own.
func TestSSHServerClosesFirst(t *testing.T) {
	t.Parallel()
	req := packp.NewUploadPackRequest()
	req.Wants = []plumbing.Hash{plumbing.NewHash("9f3c2ab41e07d5b8c6a1f0e4d3c2b1a09f8e7d6c")}
	s := &sshSession{in: closedByServer{io.Discard}, out: bufio.NewReader(strings.NewReader("0008NAK\nPACK"))}
	res, err := s.UploadPack(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if pack, err := io.ReadAll(res); err != nil || string(pack) != "PACK" {
		t.Errorf("got %q, %v, want the answer", pack, err)
	}
}
