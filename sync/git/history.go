package git

import (
	"context"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/zonetender/zonetender/sync/git/sign"
)

// A Commit is one state of the files, and who made it. Its zero value is no commit.
// Texts are at most 300 characters, all of them printable.
type Commit struct {
	Hash        string    // 40 hexadecimal digits
	Branch      string    // the branch whose newest commit this was; "" for a detached HEAD or if unknown
	Author      string    // name
	AuthorEmail string    // e-mail address, without angle brackets
	Time        time.Time // when it was committed, by the committer's clock; a rebase renews it
	Subject     string    // first line of the message
}

// Commit describes the commit with that full hash, but for its branch; ErrNoCommit
// where it is not at hand.
func (r *Repo) Commit(hash string) (Commit, error) { return r.describe(r.store(), hash) }

func (r *Repo) describe(st *store, hash string) (Commit, error) {
	h, err := r.lookUp(st, hash)
	if err != nil {
		return Commit{}, err
	}
	c, err := st.commit(h)
	if err != nil {
		return Commit{}, fmt.Errorf("%s: %w", r.addr, err)
	}
	return describe(c), nil
}

func describe(c *object.Commit) Commit {
	return Commit{
		Hash:        c.Hash.String(),
		Author:      clean(c.Author.Name),
		AuthorEmail: clean(c.Author.Email),
		Time:        c.Committer.When,
		Subject:     clean(c.Message),
	}
}

// lookUp parses a full hash, and checks that the commit is at hand.
func (r *Repo) lookUp(st *store, hash string) (plumbing.Hash, error) {
	h, err := parseHash(hash)
	if err != nil {
		return h, fmt.Errorf("%s: %w", r.addr, err)
	}
	if !st.has(h) {
		return h, fmt.Errorf("%s: commit %s: %w", r.addr, hash, ErrNoCommit)
	}
	return h, nil
}

func parseHash(text string) (plumbing.Hash, error) {
	if len(text) != 40 || !isHash(text) {
		return plumbing.ZeroHash, fmt.Errorf("commit %q: %w", bound(text), ErrNoCommit)
	}
	return plumbing.NewHash(text), nil
}

// Contains reports whether the commit newer is older, or descends from it. False means
// that the branch was rewritten, or has an unrelated history. Where a part of the
// history is missing (Options.Depth, a shallow local clone), and older was not found in
// the rest, the error is ErrUnknown: neither yes nor no.
func (r *Repo) Contains(ctx context.Context, newer, older string) (bool, error) {
	st := r.store()
	from, err := r.lookUp(st, newer)
	if err != nil {
		return false, err
	}
	to, err := parseHash(older)
	if err == nil {
		var contains bool
		if contains, err = st.contains(ctx, from, to); err == nil {
			return contains, nil
		}
	}
	return false, fmt.Errorf("%s: %w", r.addr, err)
}

func (s *store) contains(ctx context.Context, newer, older plumbing.Hash) (bool, error) {
	// Level by level, because older nearly always is only a few commits away.
	seen := map[plumbing.Hash]bool{newer: true}
	missing := 0
	for queue := []plumbing.Hash{newer}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == older {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("look for commit %s: %w", older, err)
		}
		if !s.has(queue[0]) {
			missing++
			continue
		}
		c, err := s.commit(queue[0])
		if err != nil {
			return false, err
		}
		for _, parent := range c.ParentHashes {
			if !seen[parent] {
				seen[parent] = true
				queue = append(queue, parent)
			}
		}
	}
	if missing > 0 {
		return false, fmt.Errorf("look for commit %s among the %d newest: %w", older, len(seen)-missing, ErrUnknown)
	}
	return false, nil
}

// Verify checks that a commit, be it a merge or not, is signed by a trusted key.
// Without Options.TrustedKeysFile every commit passes. The error is sign.ErrUnsigned
// where the signature is missing, wrong, expired, or by another key; any other error,
// such as an unreadable keys file, means that the commit does not pass either.
func (r *Repo) Verify(hash string) error {
	if r.opts.TrustedKeysFile == "" {
		return nil
	}
	keys, err := sign.ReadKeys(r.opts.TrustedKeysFile)
	if err != nil {
		return err
	}
	st := r.store()
	h, err := r.lookUp(st, hash)
	if err != nil {
		return err
	}
	c, err := st.commit(h)
	if err != nil {
		return fmt.Errorf("%s: %w", r.addr, err)
	}
	raw, err := st.bytes(plumbing.CommitObject, h)
	if err != nil {
		return fmt.Errorf("%s: %w", r.addr, err)
	}
	if err := keys.Verify(raw, c.Committer.When, r.opts.Now()); err != nil {
		return fmt.Errorf("%s: commit %s: %w", r.addr, hash, err)
	}
	return nil
}

// haves returns the commits that a remote need not send again: at, and at growing
// distances those before it, in case the branch was rewritten.
func (s *store) haves(at plumbing.Hash) []plumbing.Hash {
	var haves []plumbing.Hash
	next := 0
	for i := 0; i <= 1024 && !at.IsZero() && s.has(at); i++ {
		if i == next {
			haves = append(haves, at)
			next = max(1, 2*next)
		}
		c, err := s.commit(at)
		if err != nil || len(c.ParentHashes) == 0 {
			break
		}
		at = c.ParentHashes[0]
	}
	return haves
}
