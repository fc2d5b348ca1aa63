package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// A session is one conversation with a remote: its list of references, and a pack.
// go-git's own session implements it.
type session interface {
	AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error)
	UploadPack(context.Context, *packp.UploadPackRequest) (*packp.UploadPackResponse, error)
	Close() error
}

// A remote is a session, together with what it takes to explain its errors.
type remote struct {
	opts    Options
	addr    address
	session session
	line    *line
	intake  *intake
	refs    *packp.AdvRefs
	hangUp  func()
	// cause is what this package itself found wrong, because the layers between lose
	// the cause of an error on its way up.
	cause error
}

// dial connects to the remote and reads its list of references. Credentials, keys and
// known hosts are read from their files here, so that each Pull uses current ones.
func dial(ctx context.Context, o Options, a address) (*remote, error) {
	r := &remote{opts: o, addr: a, line: &line{silence: o.Silence}}
	r.intake = &intake{remote: r, listing: true}
	r.intake.expect("list of references", o.maxListBytes())
	var err error
	switch a.kind {
	case kindHTTP:
		err = r.dialHTTP(o)
	case kindSSH:
		err = r.dialSSH(ctx, o)
	}
	if err != nil {
		return nil, r.explain(ctx, "connect", err)
	}
	r.refs, err = r.session.AdvertisedReferencesContext(ctx)
	if err != nil {
		err = r.explain(ctx, "list", err)
		r.close()
		return nil, err
	}
	r.intake.listing = false
	return r, nil
}

// close hangs up, whatever the state of the conversation.
func (r *remote) close() {
	// An error here repeats one that was seen, or comes after the end.
	_ = r.session.Close()
	r.hangUp()
}

// tip returns the newest commit of the branch and the branch's name. With ref "" it is
// the remote's HEAD, whose name is "" when it is detached.
func (r *remote) tip(ref string) (plumbing.Hash, string, error) {
	if ref != "" {
		hash, ok := r.refs.References[plumbing.NewBranchReferenceName(ref).String()]
		if !ok {
			return plumbing.ZeroHash, "", fmt.Errorf("%s: list: branch %s: %w", r.addr, ref, ErrBranchGone)
		}
		return hash, ref, nil
	}
	if r.refs.Head == nil {
		return plumbing.ZeroHash, "", fmt.Errorf("%s: list: HEAD: %w", r.addr, ErrBranchGone)
	}
	// Without this capability HEAD is detached. go-git would guess a branch with the
	// same commit, which only servers before Git 1.8.4.3 need.
	name := ""
	for _, symref := range r.refs.Capabilities.Get(capability.SymRef) {
		if target, ok := strings.CutPrefix(symref, "HEAD:refs/heads/"); ok {
			name = clean(target)
		}
	}
	return *r.refs.Head, name, nil
}

// blame notes an error as the cause of what follows from it, and returns it.
func (r *remote) blame(err error) error {
	if r.cause == nil {
		r.cause = err
	}
	return err
}

// explain turns the error of a conversation into one that callers can branch on, and
// that repeats nothing a remote could use to deceive.
func (r *remote) explain(ctx context.Context, action string, err error) error {
	wrap := func(cause error) error { return fmt.Errorf("%s: %s: %w", r.addr, action, cause) }
	switch {
	case r.intake.sha256():
		return wrap(ErrSHA256)
	case r.cause != nil:
		return wrap(r.cause)
	case r.line.silent.Load():
		return wrap(fmt.Errorf("%w: nothing for %v", ErrSilent, r.line.silence))
	case ctx.Err() != nil:
		return wrap(context.Cause(ctx))
	case errors.Is(err, ErrAuth), errors.Is(err, ErrHostKey), errors.Is(err, ErrNotFound):
		return wrap(err)
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return wrap(ErrEmpty)
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return wrap(ErrAuth)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return wrap(ErrNotFound)
	case errors.Is(err, pktline.ErrInvalidPktLen) && action == "list":
		return wrap(fmt.Errorf("%w: it begins with %q", ErrNotGit, clean(string(r.intake.beginning()))))
	case strings.Contains(err.Error(), "not our ref"):
		return wrap(errMoved)
	case onDisk(err):
		return wrap(err)
	}
	return wrap(errors.New(escape(withoutUserInfo(err.Error()))))
}

// onDisk reports whether an error has its cause on this machine, so that another clone
// would only run into it again.
func onDisk(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT, syscall.EFBIG, syscall.EACCES, syscall.EPERM, syscall.EMFILE,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// An intake is all that a remote sends in a conversation. It bounds each part of it,
// and keeps the beginning of the list, to tell what came instead of Git.
type intake struct {
	remote  *remote
	what    string // the part that is read now
	limit   int64
	left    int64
	listing bool // not read to the end yet
	head    opening
}

// expect begins a part of the conversation, of at most so many bytes.
func (in *intake) expect(what string, limit int64) { in.what, in.limit, in.left = what, limit, limit }

// reader counts what is read from r.
func (in *intake) reader(r io.Reader) io.Reader { return intakeReader{in, r} }

func (in *intake) beginning() []byte { return in.head.bytes() }

// sha256 reports whether the list announces object names of that kind. go-git itself
// takes such a repository for an empty one.
func (in *intake) sha256() bool {
	return bytes.Contains(in.beginning(), []byte("object-format=sha256"))
}

type intakeReader struct {
	intake *intake
	from   io.Reader
}

func (r intakeReader) Read(p []byte) (int, error) {
	in := r.intake
	if in.left < 0 {
		return 0, in.remote.cause
	}
	// One byte more than is left tells the end from too much.
	n, err := r.from.Read(p[:min(int64(len(p)), in.left+1)])
	if in.listing {
		_, _ = in.head.Write(p[:n]) // never fails
	}
	if in.left -= int64(n); in.left < 0 {
		return 0, in.remote.blame(&LimitError{What: in.what, Limit: in.limit, Unit: "bytes", Option: "MaxBytes"})
	}
	return n, err
}

// An opening keeps the first bytes that are written to it. Its zero value is ready,
// and safe for concurrent use.
type opening struct {
	mu   sync.Mutex
	text []byte
}

const openingSize = 4096

func (o *opening) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p[:min(len(p), openingSize-len(o.text))]...)
	return len(p), nil
}

func (o *opening) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.text)
}
