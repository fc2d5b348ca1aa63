// Package git reads one branch of a Git repository: the files of its newest commit as
// an fs.FS, straight from the object store and without a checkout. It mirrors a remote
// repository, bare, in a state directory, and reads a local one in place.
//
// Callers can count on this: a commit that Pull returns was listed by the remote, and
// its zones folder is complete; when Pull returns an error, the commit it returned
// before can still be read. What a caller must not take for an empty repository has an
// error of its own. Nothing that a remote sends is trusted: see Options for the limits.
//
// The package does not know what the files mean, has no schedule, never pushes, and
// does not lock the state directory: its owner makes sure that only one process uses
// it. A Repo may be read by many goroutines, but Pull must be called by one at a time.
package git

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Repo is one branch of a repository. Make it with Open.
type Repo struct {
	opts   Options
	addr   address
	mirror mirror // remote repositories only

	mu    sync.Mutex
	files *store // another one when a local repository is found in another folder
	last  Commit
	kept  plumbing.Hash // see Keep

	// What Pull remembers from one call to the next.
	failures  int              // damaged fetches in a row
	compactAt int              // number of packs at which to clone afresh
	refused   refusal          // the last commit that went beyond a limit
	searched  [2]plumbing.Hash // a tip, and the commit that was not found before it
	busy      error            // why the server asked to wait
	notBefore time.Time        // when it may be asked again
}

// A refusal is a commit that is not fetched again, because it is too large.
type refusal struct {
	tip plumbing.Hash
	err error
}

// Open prepares to read a repository. A local one must be there. A remote one is not
// contacted yet, so that a daemon starts while the remote is down: until the first
// Pull, Head is the last good commit of the mirror, if any. Errors about options are
// returned all at once.
func Open(ctx context.Context, o Options) (*Repo, error) {
	a, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if err := o.check(a); err != nil {
		return nil, err
	}
	o.Warn = once(o.Warn)
	r := &Repo{opts: o, addr: a, compactAt: o.maxPacks}
	if a.kind == kindLocal {
		r.files, err = r.openLocal()
	} else {
		err = r.openMirror(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// once passes each warning on only once.
func once(warn func(string)) func(string) {
	said := make(map[string]bool)
	return func(warning string) {
		if !said[warning] {
			said[warning] = true
			warn(warning)
		}
	}
}

// String returns the repository's address, which holds no secret.
func (r *Repo) String() string { return r.addr.String() }

// Head returns the commit that Pull returned last, or that the mirror held when it was
// opened; the zero Commit where there is none. It contacts nobody.
func (r *Repo) Head() Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *Repo) store() *store {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.files
}

// use makes a commit the last good one.
func (r *Repo) use(st *store, c Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files, r.last = st, c
}

// Keep names a commit that is still needed, such as the last one applied; "" is none.
// While the mirror can be read, it is not replaced, for its number of packs alone, by
// one without that commit. With Options.Depth, Pull fetches more of the history where
// it takes that to tell whether the newest commit contains it.
func (r *Repo) Keep(hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = plumbing.NewHash(hash)
}

func (r *Repo) keeps() plumbing.Hash {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept
}

func (r *Repo) openMirror(ctx context.Context) error {
	if err := os.MkdirAll(r.opts.StateDir, 0o700); err != nil {
		return fmt.Errorf("%s: open: %w", r.addr, err)
	}
	r.mirror = mirrorFor(r.opts, r.addr)
	st := newStore(r.mirror.dir, r.opts)
	r.files = st
	if err := r.mirror.tidy(); err != nil {
		return err
	}
	if _, err := os.Stat(r.mirror.dir); err != nil {
		return nil
	}
	// A mirror that cannot be read costs a fresh clone, so nothing here is an error.
	if err := st.reopen(); err != nil {
		return nil
	}
	hash := r.mirror.head()
	if hash.IsZero() {
		return nil
	}
	err := st.complete(ctx, hash, plumbing.ZeroHash, true)
	// A fresh clone tells files that were left out from those that were lost.
	if err != nil || len(st.omitted) > 0 {
		st.damaged.Store(true)
	}
	if err != nil {
		return ctx.Err()
	}
	c, err := r.Commit(hash.String())
	if err != nil {
		st.damaged.Store(true)
		return nil
	}
	r.use(st, c)
	return nil
}
