package git

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// maxTreeDepth bounds how deep folders may be nested, before the stack does.
const maxTreeDepth = 256

// errEnough ends a check of completeness before it has seen everything.
var errEnough = errors.New("checked enough")

// A check is a walk through a commit's zones folder, to see whether its files are at
// hand. Other folders are not walked: nobody reads them, and a few small trees that
// contain each other can make a walk endless.
type check struct {
	store *store
	left  int64 // entries to look at before it is enough
	gaps  bool  // large files may be missing
}

// complete checks that a commit and its zones folder are at hand; ErrPartial where
// they are not. What the folder has in common with old, a commit known to be complete
// or the zero hash, is not looked at again. With gaps, a file that is missing is taken
// for one that was left out because of its size.
//
// Only so many entries are checked, and only so deep; a Tree reads no more either.
func (s *store) complete(ctx context.Context, commit, old plumbing.Hash, gaps bool) error {
	if !s.has(commit) {
		return fmt.Errorf("commit %s: did not arrive: %w", commit, ErrPartial)
	}
	c, err := s.commit(commit)
	if err != nil {
		return incomplete(err)
	}
	folder, err := s.zonesFolder(c.TreeHash)
	if err != nil {
		return fmt.Errorf("commit %s: %w", commit, incomplete(err))
	}
	var before plumbing.Hash
	if !old.IsZero() && s.has(old) {
		if o, err := s.commit(old); err == nil {
			before, _ = s.zonesFolder(o.TreeHash) // else everything is looked at
		}
	}
	w := &check{store: s, left: s.opts.maxObjects(), gaps: gaps}
	if err := w.folder(ctx, folder, before, 0); err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("commit %s: %w", commit, err)
	}
	return nil
}

// incomplete adds ErrPartial to an error, but for one that another clone would repeat.
func incomplete(err error) error {
	if _, ok := errors.AsType[*LimitError](err); ok {
		return err
	}
	return fmt.Errorf("%w: %w", err, ErrPartial)
}

// zonesFolder finds the folder that Options.Path names, below a commit's top folder.
// It is the zero hash where there is none.
func (s *store) zonesFolder(top plumbing.Hash) (plumbing.Hash, error) {
	path, optional := s.opts.Path, false
	switch path {
	case ".":
		return top, nil
	case "":
		path, optional = "zones", true
	}
	at := top
	for part := range strings.SplitSeq(path, "/") {
		entries, err := s.tree(at)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		at = plumbing.ZeroHash
		for _, e := range entries {
			if e.Name == part && e.Mode == filemode.Dir {
				at = e.Hash
			}
		}
	}
	if at.IsZero() && optional {
		return top, nil
	}
	return at, nil
}

// folder looks at one folder and those below it, but for what is the same in old.
func (w *check) folder(ctx context.Context, tree, old plumbing.Hash, depth int) error {
	if tree == old || tree.IsZero() || depth == maxTreeDepth {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !w.store.has(tree) {
		return fmt.Errorf("tree %s: missing: %w", tree, ErrPartial)
	}
	entries, err := w.store.tree(tree)
	if err != nil {
		return incomplete(err)
	}
	if w.left -= int64(len(entries)); w.left < 0 {
		return errEnough
	}
	known, err := w.store.tree(old)
	if err != nil {
		known = nil // then everything is looked at
	}
	before := make(map[string]object.TreeEntry, len(known))
	for _, e := range known {
		before[e.Name] = e
	}
	for _, e := range entries {
		if err := w.entry(ctx, e, before[e.Name], depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *check) entry(ctx context.Context, e, was object.TreeEntry, depth int) error {
	switch {
	case e.Mode == filemode.Submodule || e.Hash == was.Hash:
		return nil
	case e.Mode != filemode.Dir:
		if w.store.has(e.Hash) {
			return nil
		}
		if w.gaps {
			w.store.omit(e.Hash)
			return nil
		}
		return fmt.Errorf("%s: blob %s: missing: %w", escape(e.Name), e.Hash, ErrPartial)
	case was.Mode != filemode.Dir:
		was.Hash = plumbing.ZeroHash
	}
	err := w.folder(ctx, e.Hash, was.Hash, depth+1)
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("%s: %w", escape(e.Name), err)
	}
	return err
}
