package git

import (
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// whole sees that every folder and file of a commit is at hand; ErrPartial where
// not. What old, a commit known to be whole or the zero hash, has in common with
// it is not looked at again.
func (s *store) whole(ctx context.Context, commit, old plumbing.Hash) error {
	if !s.has(commit) {
		return fmt.Errorf("commit %s: did not arrive: %w", commit, ErrPartial)
	}
	c, err := s.commit(commit)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrPartial)
	}
	var oldTree plumbing.Hash
	if !old.IsZero() && s.has(old) {
		if o, err := s.commit(old); err == nil {
			oldTree = o.TreeHash
		}
	}
	if err := s.wholeTree(ctx, c.TreeHash, oldTree); err != nil {
		return fmt.Errorf("commit %s: %w", commit, err)
	}
	return nil
}

func (s *store) wholeTree(ctx context.Context, tree, old plumbing.Hash) error {
	if tree == old {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.has(tree) {
		return fmt.Errorf("tree %s: missing: %w", tree, ErrPartial)
	}
	entries, err := s.tree(tree)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrPartial)
	}
	known, err := s.tree(old)
	if err != nil {
		known = nil // then everything is looked at
	}
	before := make(map[string]object.TreeEntry, len(known))
	for _, e := range known {
		before[e.Name] = e
	}
	for _, e := range entries {
		was := before[e.Name]
		switch {
		case e.Mode == filemode.Submodule || e.Hash == was.Hash:
		case e.Mode != filemode.Dir:
			if !s.has(e.Hash) {
				return fmt.Errorf("%s: blob %s: missing: %w", e.Name, e.Hash, ErrPartial)
			}
		default:
			if was.Mode != filemode.Dir {
				was.Hash = plumbing.ZeroHash
			}
			if err := s.wholeTree(ctx, e.Hash, was.Hash); err != nil {
				return fmt.Errorf("%s: %w", e.Name, err)
			}
		}
	}
	return nil
}
