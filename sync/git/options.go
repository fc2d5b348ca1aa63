package git

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	defaultTimeout = 10 * time.Minute
	defaultSilence = time.Minute
	// defaultMaxPacks is when a mirror is cloned afresh: each fetch leaves one pack,
	// nothing merges them, and every read looks into all of them.
	defaultMaxPacks = 50
)

// Options say which branch of which repository to read, and how to reach it.
// Only URL is required for a repository on this machine; a remote one needs
// StateDir too.
type Options struct {
	// URL is the repository: https://, ssh://, the short form user@host:path,
	// http:// on loopback, file://, or a path. It never carries a password, and
	// for http and https no user name either. A path or file:// names the
	// repository's own folder, bare or with a work tree.
	URL string
	// Ref is the branch, "main" or "refs/heads/main"; "" is the repository's HEAD.
	Ref string
	// StateDir is the folder for the mirror of a remote repository. It is made
	// where it is missing. Another URL, Ref or Depth gets a mirror of its own.
	StateDir string
	// Depth is how many commits of history a remote repository's mirror holds;
	// 0 is all. With a depth, Contains answers ErrUnknown for what lies deeper,
	// and an older commit's files may be gone.
	Depth int

	// Username goes with Password over http and https, "" being "git". Over ssh
	// it counts where the URL has none.
	Username string
	// Password is called for each Pull over http and https; nil, or an answer
	// of "", is no authentication.
	Password func() (string, error)
	// SSHKeyFile is a private key in OpenSSH or PEM form without a passphrase,
	// read for each Pull; required for ssh.
	SSHKeyFile string
	// KnownHostsFile is in the form of OpenSSH's known_hosts, read for each
	// Pull; required for ssh.
	KnownHostsFile string

	// TrustedKeysFile holds who may sign commits; see ParseKeys. It is read for
	// each Verify; "" trusts every commit.
	TrustedKeysFile string

	// Timeout bounds one Pull as a whole; 0 is ten minutes.
	Timeout time.Duration
	// Silence bounds how long the remote may say nothing; 0 is a minute.
	Silence time.Duration
	// Now is the clock that signatures and keys expire by; nil is time.Now.
	Now func() time.Time

	roots    *x509.CertPool // who may certify an https server; nil is the system's
	maxPacks int            // 0 is defaultMaxPacks
}

// withDefaults fills in what the zero value leaves out.
func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.Silence = cmp.Or(o.Silence, defaultSilence)
	o.maxPacks = cmp.Or(o.maxPacks, defaultMaxPacks)
	o.Ref = strings.TrimPrefix(o.Ref, "refs/heads/")
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// check reports every problem at once.
func (o Options) check(a address) error {
	var errs []error
	complain := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: open: %w", a, fmt.Errorf(format, args...)))
	}
	if strings.HasPrefix(o.Ref, "refs/") || strings.ContainsAny(o.Ref, " ~^:?*[\\") {
		complain("%q is no branch", o.Ref)
	}
	if o.Depth < 0 {
		complain("depth %d: must be 0 (the whole history) or more", o.Depth)
	}
	if o.Timeout < 0 || o.Silence < 0 {
		complain("a timeout must not be negative")
	}
	if a.kind != kindLocal && o.StateDir == "" {
		complain("a remote repository needs a state directory")
	}
	if a.kind == kindSSH && o.SSHKeyFile == "" {
		complain("ssh needs a key file")
	}
	if a.kind == kindSSH && o.KnownHostsFile == "" {
		complain("ssh needs a known hosts file, so that nobody else can answer for %s", a.host)
	}
	return errors.Join(errs...)
}
