package git

import (
	"fmt"
	"strings"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// Resolve returns the hash of the commit that a revision names, as a person
// would write it: a branch, a tag, a hash or its beginning, HEAD~2. It is meant
// for repositories on this machine; a mirror knows its one branch by hash alone.
// ErrNoCommit where the revision names no commit. What asks the reflog (@{1}) or
// names a file (main:path) is not understood, and go-git would pass over it.
func (r *Repo) Resolve(rev string) (string, error) {
	if !r.store.ready() || strings.Contains(rev, ":") || strings.Contains(rev, "@{") {
		return "", fmt.Errorf("%s: revision %q: %w", r.addr, plain(rev), ErrNoCommit)
	}
	if err := r.store.reopen(); err != nil {
		return "", err
	}
	repo := gogit.Repository{Storer: r.store.current()}
	hash, err := repo.ResolveRevision(plumbing.Revision(rev))
	if err == nil {
		_, err = repo.CommitObject(*hash) // the hash of a file is a name too
	}
	if err != nil {
		return "", fmt.Errorf("%s: revision %q: %w", r.addr, plain(rev), ErrNoCommit)
	}
	return hash.String(), nil
}
