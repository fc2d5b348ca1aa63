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
	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// sshSession speaks git-upload-pack over ssh. go-git's own dials without a
// context and reads the user's ssh_config; this one keeps to the settings, and
// its connection is under the watchdog from the first byte.
type sshSession struct {
	client  *ssh.Client
	session *ssh.Session
	in      io.WriteCloser
	out     *bufio.Reader
	said    *head // the server's stderr
	refs    *packp.AdvRefs
	asked   bool
}

// dialSSH connects, authenticates and starts git-upload-pack.
func (v *visit) dialSSH(ctx context.Context, o Options) error {
	addr := net.JoinHostPort(v.addr.host, cmp.Or(v.addr.port, "22"))
	config, hostKey, err := sshConfig(o, v.addr, addr)
	if err != nil {
		return err
	}
	conn, err := v.line.dial(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	// Closing the connection is what ends a handshake or a read on time.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	v.hangUp = func() {
		stop()
		_ = conn.Close()
	}
	c, channels, requests, err := ssh.NewClientConn(conn, addr, config)
	if err != nil {
		v.hangUp()
		return sshError(err, *hostKey)
	}
	s, err := startUploadPack(ssh.NewClient(c, channels, requests), v.addr.path, v.opening)
	if err != nil {
		v.hangUp()
		return err
	}
	v.session = s
	return nil
}

// sshConfig reads the key and the known hosts. The second result is where the
// callback leaves its verdict, because the handshake's error need not keep it.
func sshConfig(o Options, a address, hostPort string) (*ssh.ClientConfig, *error, error) {
	pem, err := os.ReadFile(o.SSHKeyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: read key: %w", ErrAuth, err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, nil, fmt.Errorf("%w: key %s: has a passphrase, which nobody is there to type", ErrAuth, o.SSHKeyFile)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: key %s: %w", ErrAuth, o.SSHKeyFile, err)
	}
	known, err := knownhosts.NewDB(o.KnownHostsFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: known hosts: %w", ErrHostKey, err)
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
		// Without them the server may offer a key of a kind that is not in the
		// file, and a good host reads as a false one (go-git issue 1551).
		HostKeyAlgorithms: known.HostKeyAlgorithms(hostPort),
		ClientVersion:     "SSH-2.0-zonetender",
		Timeout:           o.Silence,
	}, verdict, nil
}

func sshError(err, hostKey error) error {
	switch {
	case knownhosts.IsHostKeyChanged(hostKey):
		return fmt.Errorf("%w: it changed, or somebody else answers: compare before you edit the known hosts file", ErrHostKey)
	case knownhosts.IsHostUnknown(hostKey):
		return fmt.Errorf("%w: the known hosts file has no line for this host", ErrHostKey)
	case hostKey != nil:
		return fmt.Errorf("%w: %w", ErrHostKey, hostKey)
	case strings.Contains(err.Error(), "host key"):
		return fmt.Errorf("%w: the server has none of the kinds in the known hosts file", ErrHostKey)
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fmt.Errorf("%w: the server does not accept the key", ErrAuth)
	}
	return err
}

func startUploadPack(client *ssh.Client, path string, opening *head) (*sshSession, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	s := &sshSession{client: client, session: session, said: new(head)}
	session.Stderr = s.said
	if s.in, err = session.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(io.TeeReader(out, opening))
	return s, session.Start("git-upload-pack " + shellQuote(path))
}

// shellQuote is Git's own way (quote.c) to hand a word to whatever shell the
// account has.
func shellQuote(word string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(word) + "'"
}

// AdvertisedReferencesContext reads what the remote lists.
func (s *sshSession) AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	switch err := refs.Decode(s.out); {
	case errors.Is(err, packp.ErrEmptyAdvRefs):
		return nil, transport.ErrEmptyRemoteRepository
	case errors.Is(err, packp.ErrEmptyInput):
		// The server's reason is on stderr, and whole once the command has ended.
		waitErr := s.session.Wait()
		if text := plain(string(s.said.bytes())); text != "" {
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

// UploadPack asks for a pack. The answer is to be read to its end and closed.
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
	if err := s.in.Close(); err != nil {
		return nil, err
	}
	res := packp.NewUploadPackResponse(req)
	return res, res.Decode(io.NopCloser(s.out))
}

// Close says goodbye where no pack was asked for, so that the server ends
// without an error in its log.
func (s *sshSession) Close() error {
	if !s.asked {
		_ = pktline.NewEncoder(s.in).Flush()
	}
	return s.client.Close()
}
