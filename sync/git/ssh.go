package git

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"golang.org/x/crypto/ssh"
)

// An sshSession speaks git-upload-pack over SSH. go-git's own dials without a context
// and reads the user's ssh_config; this one only follows Options, and its connection
// is watched from the first byte.
type sshSession struct {
	client  *ssh.Client
	session *ssh.Session
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *opening
	refs    *packp.AdvRefs
	asked   bool
}

// dialSSH connects, authenticates and starts git-upload-pack.
func (r *remote) dialSSH(ctx context.Context, o Options) error {
	addr := net.JoinHostPort(r.addr.host, cmp.Or(r.addr.port, "22"))
	config, hostKey, err := sshConfig(o, r.addr, addr)
	if err != nil {
		return err
	}
	conn, err := r.line.dial(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	// Only closing the connection interrupts a handshake or a read.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	r.hangUp = func() {
		stop()
		_ = conn.Close()
	}
	c, channels, requests, err := ssh.NewClientConn(conn, addr, config)
	if err != nil {
		r.hangUp()
		return sshError(err, *hostKey)
	}
	s, err := startUploadPack(ssh.NewClient(c, channels, requests), r.addr.path, r.intake)
	if err != nil {
		r.hangUp()
		return err
	}
	r.session = s
	return nil
}

// sshConfig reads the key and the known hosts. The callback stores its verdict in the
// second result, because the handshake's error may lose it.
func sshConfig(o Options, a address, hostPort string) (*ssh.ClientConfig, *error, error) {
	pem, err := os.ReadFile(o.SSHKeyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: read key: %w", ErrAuth, err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, nil, fmt.Errorf("%w: key %s: has a passphrase: use one without", ErrAuth, escape(o.SSHKeyFile))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: key %s: %w", ErrAuth, escape(o.SSHKeyFile), err)
	}
	known, err := readKnownHosts(o)
	if err != nil {
		return nil, nil, err
	}
	check := known.HostKeyCallback()
	verdict := new(error)
	return &ssh.ClientConfig{
		User: cmp.Or(a.user, o.Username, "git"),
		Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			*verdict = check(host, remote, key)
			return *verdict
		},
		// Without them the server may offer a type of key that is not in the file, and
		// the right host looks like a wrong one (go-git issue 1551).
		HostKeyAlgorithms: known.HostKeyAlgorithms(hostPort),
		ClientVersion:     "SSH-2.0-zonetender",
		Timeout:           o.Silence,
	}, verdict, nil
}

func startUploadPack(client *ssh.Client, path string, in *intake) (*sshSession, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	s := &sshSession{client: client, session: session, stderr: new(opening)}
	session.Stderr = s.stderr
	if s.in, err = session.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(in.reader(out))
	return s, session.Start("git-upload-pack " + shellQuote(path))
}

// shellQuote quotes a word as Git does (quote.c), for whatever shell the account has.
func shellQuote(word string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(word) + "'"
}

// AdvertisedReferencesContext reads the list of references.
func (s *sshSession) AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	switch err := refs.Decode(s.out); {
	case errors.Is(err, packp.ErrEmptyAdvRefs):
		return nil, transport.ErrEmptyRemoteRepository
	case errors.Is(err, packp.ErrEmptyInput):
		// The server's reason is on stderr, and complete once the command has ended.
		waitErr := s.session.Wait()
		if text := clean(string(s.stderr.bytes())); text != "" {
			return nil, fmt.Errorf("%w: the server says %q", ErrNotFound, text)
		}
		return nil, cmp.Or(waitErr, error(io.ErrUnexpectedEOF))
	case err != nil:
		return nil, err
	case refs.IsEmpty():
		return nil, transport.ErrEmptyRemoteRepository
	}
	transport.FilterUnsupportedCapabilities(refs.Capabilities)
	s.refs = refs
	return refs, nil
}

// UploadPack asks for a pack. The caller reads and closes the answer.
func (s *sshSession) UploadPack(_ context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	s.asked = true
	if err := req.UploadRequest.Encode(s.in); err != nil {
		return nil, err
	}
	if err := req.UploadHaves.Encode(s.in, true); err != nil {
		return nil, err
	}
	if err := pktline.NewEncoder(s.in).EncodeString("done\n"); err != nil {
		return nil, err
	}
	// A server that has answered already may have closed its side; the answer tells whether it
	// is whole.
	if err := s.in.Close(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	res := packp.NewUploadPackResponse(req)
	return res, res.Decode(io.NopCloser(s.out))
}

// Close says goodbye where no pack was asked for, so that the server logs no error.
func (s *sshSession) Close() error {
	if !s.asked {
		_ = pktline.NewEncoder(s.in).Flush()
	}
	return s.client.Close()
}
