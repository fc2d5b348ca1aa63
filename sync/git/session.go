package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// A session is one conversation with a remote: what it lists, and one pack.
// go-git's own session satisfies it.
type session interface {
	AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error)
	UploadPack(context.Context, *packp.UploadPackRequest) (*packp.UploadPackResponse, error)
	Close() error
}

// A visit is a session together with what it takes to understand its errors.
type visit struct {
	session
	addr    address
	line    *line
	opening *head // the first bytes of the listing
	refs    *packp.AdvRefs
	hangUp  func()
}

// visitRemote connects to the remote and reads its list of references.
// Credentials, keys and known hosts are read from their sources here, so that
// each Pull uses what is there now.
func visitRemote(ctx context.Context, o Options, a address) (*visit, error) {
	v := &visit{addr: a, line: &line{silence: o.Silence}, opening: new(head)}
	var err error
	switch a.kind {
	case kindHTTP:
		err = v.dialHTTP(o)
	case kindSSH:
		err = v.dialSSH(ctx, o)
	}
	if err != nil {
		return nil, v.explain(ctx, "connect", err)
	}
	v.refs, err = v.AdvertisedReferencesContext(ctx)
	if err != nil {
		err = v.explain(ctx, "list", err)
		v.close()
		return nil, err
	}
	return v, nil
}

// close hangs up, whatever state the conversation is in.
func (v *visit) close() {
	// An error here could only repeat one that was seen, or come after the end.
	_ = v.Close()
	v.hangUp()
}

// tip returns the newest commit of the branch and the branch's name; ref "" is
// the remote's HEAD, whose name is "" when it is detached.
func (v *visit) tip(ref string) (plumbing.Hash, string, error) {
	if ref != "" {
		hash, ok := v.refs.References["refs/heads/"+ref]
		if !ok {
			return plumbing.ZeroHash, "", fmt.Errorf("%s: list: branch %s: %w", v.addr, ref, ErrBranchGone)
		}
		return hash, ref, nil
	}
	if v.refs.Head == nil {
		return plumbing.ZeroHash, "", fmt.Errorf("%s: list: HEAD: %w", v.addr, ErrBranchGone)
	}
	// Without the announcement HEAD is detached. go-git would guess a branch of
	// the same commit, as was needed for servers older than Git 1.8.4.3.
	name := ""
	for _, symref := range v.refs.Capabilities.Get(capability.SymRef) {
		if target, ok := strings.CutPrefix(symref, "HEAD:refs/heads/"); ok {
			name = target
		}
	}
	return *v.refs.Head, name, nil
}

// explain turns the error of a conversation into one that a caller can branch
// on, without anything that only the remote could want to have printed.
func (v *visit) explain(ctx context.Context, action string, err error) error {
	wrap := func(cause error) error { return fmt.Errorf("%s: %s: %w", v.addr, action, cause) }
	switch {
	case v.opening.sha256():
		return wrap(ErrSHA256)
	case v.line.silent.Load():
		return wrap(fmt.Errorf("%w: nothing for %v", ErrSilent, v.line.silence))
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
	case strings.Contains(err.Error(), "not our ref"):
		return wrap(errMoved)
	case onDisk(err):
		return wrap(err)
	}
	return wrap(errors.New(plain(err.Error())))
}

// onDisk tells the errors that name a cause on this machine, which another
// clone would only meet again.
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

var userInfo = regexp.MustCompile(`://[^/\s@]*@`)

// plain bounds a text that may come from the other side, and takes user info
// out of the URLs in it.
func plain(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = userInfo.ReplaceAllString(text, "://")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

// head keeps the first bytes of what passes through it. Its zero value is ready.
type head struct {
	mu   sync.Mutex
	text []byte
}

const headSize = 4096

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, p[:min(len(p), headSize-len(h.text))]...)
	return len(p), nil
}

func (h *head) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.text)
}

// sha256 tells whether the listing announced object names of that kind. go-git
// itself takes such a repository for an empty one.
func (h *head) sha256() bool {
	return bytes.Contains(h.bytes(), []byte("object-format=sha256"))
}

// teeBody is a response body whose beginning is kept.
type teeBody struct {
	io.Reader
	io.Closer
}
