package git

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Commit says which state of the files was read, and who made it. Its zero
// value is no commit.
type Commit struct {
	Hash        string    // 40 hexadecimal digits
	Branch      string    // the branch whose newest commit this was; "" for a detached HEAD or where it is not known
	Author      string    // name, as the author wrote it
	AuthorEmail string    // e-mail address, without angle brackets
	Time        time.Time // when it was committed, by the committer's clock; a rebase renews it
	Subject     string    // first line of the message, at most 300 characters, without control characters
}

// parseHash reads a full object name; anything else is no commit.
func parseHash(text string) (plumbing.Hash, error) {
	if len(text) != 40 || !isHash(text) {
		return plumbing.ZeroHash, fmt.Errorf("commit %q: %w", plain(text), ErrNoCommit)
	}
	return plumbing.NewHash(text), nil
}

// Commit describes the commit of that full hash; ErrNoCommit where it is not at
// hand. Branch is left empty.
func (r *Repo) Commit(hash string) (Commit, error) {
	h, err := r.lookUp(hash)
	if err != nil {
		return Commit{}, err
	}
	c, err := r.store.commit(h)
	if err != nil {
		return Commit{}, fmt.Errorf("%s: %w", r.addr, err)
	}
	return Commit{
		Hash:        hash,
		Author:      plain(c.Author.Name),
		AuthorEmail: plain(c.Author.Email),
		Time:        c.Committer.When,
		Subject:     plain(strings.TrimLeft(c.Message, "\n")),
	}, nil
}

// lookUp parses a hash and sees that its object is at hand.
func (r *Repo) lookUp(hash string) (plumbing.Hash, error) {
	h, err := parseHash(hash)
	if err != nil {
		return h, fmt.Errorf("%s: %w", r.addr, err)
	}
	if !r.store.has(h) {
		return h, fmt.Errorf("%s: commit %s: %w", r.addr, hash, ErrNoCommit)
	}
	return h, nil
}
