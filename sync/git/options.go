package git

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	defaultTimeout = 10 * time.Minute
	defaultSilence = time.Minute
	// defaultMaxPacks is when a mirror is cloned afresh: each fetch adds one pack,
	// nothing merges them, and every read searches all of them.
	defaultMaxPacks = 50
	// DefaultMaxBytes is the default of Options.MaxBytes, and DefaultMaxFileBytes that of
	// Options.MaxFileBytes.
	DefaultMaxBytes     = 1 << 30
	DefaultMaxFileBytes = 10 << 20
	// maxDepth is how many commits a fetch with Options.Depth goes back to reach the
	// commit of Keep.
	maxDepth = 10_000
)

// Options say which branch of which repository to read, and how to reach it. Only
// URL is required for a local repository; a remote one also needs StateDir.
type Options struct {
	// URL is the repository: https://, ssh://, the short form user@host:path,
	// http:// on loopback, file://, or a path. It must not hold a password, nor a
	// user name for http and https. A path or file:// must name the repository's
	// own folder, bare or with a work tree; symbolic links are followed anew by
	// each Pull.
	URL string
	// Ref is the branch, "main" or "refs/heads/main"; "" is the repository's HEAD.
	Ref string
	// Path is the folder of the repository, by slashes, whose files are needed; ""
	// is "zones" where that exists, else everything. A fetch is complete when this
	// folder is.
	Path string
	// StateDir is the folder for the mirror of a remote repository, created if
	// missing. Each combination of URL, Ref and Depth has its own mirror.
	StateDir string
	// Depth is how many commits of history to fetch from a remote repository; 0 is
	// all. A fetch goes back further, up to 10,000 commits, where it has to in
	// order to reach the commit of Keep. Contains returns ErrUnknown beyond that,
	// and the files of older commits may be missing.
	Depth int

	// MaxBytes bounds what one fetch may transfer, in bytes; 0 is 1 GiB. Other limits
	// grow with it: 1/64 of it, but no less than 64 KiB, for the list of references, and
	// one object in a pack, or one entry in the zones folder, for each 2 KiB of it.
	MaxBytes int64
	// MaxFileBytes is the size in bytes of the largest file, commit or listing of a
	// folder that is read; 0 is 10 MiB. A larger file can be in the repository, but
	// not be read; a server that can leave it out of a fetch is asked to. A larger
	// commit or listing makes Pull fail.
	MaxFileBytes int64

	// Username goes with Password over http and https, "" being "git". Over SSH it
	// is used where the URL has no user name.
	Username string
	// Password is called by each Pull over http and https. Nil means no
	// authentication, and so does a result of "".
	Password func() (string, error)
	// SSHKeyFile is a private key in OpenSSH or PEM form without a passphrase, read
	// by each Pull; required for SSH.
	SSHKeyFile string
	// KnownHostsFile is an OpenSSH known_hosts file, read by each Pull; required
	// for SSH. As in OpenSSH, lines that cannot be read are skipped; see Warn.
	KnownHostsFile string

	// TrustedKeysFile lists who may sign commits; see sign.ParseKeys. It is read by
	// each Verify; "" trusts every commit.
	TrustedKeysFile string

	// Timeout bounds one Pull as a whole; 0 is ten minutes.
	Timeout time.Duration
	// Silence is how long the remote may send nothing; 0 is a minute.
	Silence time.Duration
	// Now is the clock by which signatures and keys expire; nil is time.Now.
	Now func() time.Time
	// Warn is called, by Pull, with what is wrong but no reason to stop, once until
	// it changes; nil drops it.
	Warn func(warning string)

	roots    *x509.CertPool // who may certify an https server; nil is the system's
	maxPacks int            // 0 is defaultMaxPacks
	noFilter bool           // the server turned out not to filter by size
	sleep    func(context.Context, time.Duration) error
}

// withDefaults fills in what the zero value leaves out.
func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.Silence = cmp.Or(o.Silence, defaultSilence)
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.MaxFileBytes = cmp.Or(o.MaxFileBytes, DefaultMaxFileBytes)
	o.maxPacks = cmp.Or(o.maxPacks, defaultMaxPacks)
	o.Ref = strings.TrimPrefix(o.Ref, "refs/heads/")
	if o.Path != "" {
		o.Path = path.Clean(o.Path)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.sleep == nil {
		o.sleep = sleep
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// check reports every problem at once.
func (o Options) check(a address) error {
	var errs []error
	complain := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: open: %w", a, fmt.Errorf(format, args...)))
	}
	if ref := plumbing.NewBranchReferenceName(o.Ref); o.Ref != "" && (strings.HasPrefix(o.Ref, "refs/") || ref.Validate() != nil || escape(o.Ref) != o.Ref) {
		complain("%q is not a branch", o.Ref)
	}
	if o.Depth < 0 {
		complain("depth %d: must be 0 (the whole history) or more", o.Depth)
	}
	if o.Timeout < 0 || o.Silence < 0 {
		complain("timeouts must not be negative")
	}
	if o.MaxBytes < 0 || o.MaxFileBytes < 0 {
		complain("limits must not be negative")
	}
	if a.kind != kindLocal && o.StateDir == "" {
		complain("a remote repository needs a state directory")
	}
	if a.kind == kindSSH && o.SSHKeyFile == "" {
		complain("SSH needs a key file")
	}
	if a.kind == kindSSH && o.KnownHostsFile == "" {
		complain("SSH needs a known hosts file, so that no other server can pose as %s", a.host)
	}
	return errors.Join(errs...)
}

// The limits that grow with MaxBytes.

func (o Options) maxListBytes() int64 { return max(o.MaxBytes/64, 64<<10) }
func (o Options) maxObjects() int64   { return o.MaxBytes / 2048 }

// tooLarge is the error for an object that is larger than MaxFileBytes.
func (o Options) tooLarge(what string) error {
	return &LimitError{What: what, Limit: o.MaxFileBytes, Unit: "bytes", Option: "MaxFileBytes"}
}
