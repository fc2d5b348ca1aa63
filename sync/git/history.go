package git

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Contains tells whether the commit newer is older, or descends from it. False
// means that the branch was rewritten, or has unrelated history. Where history
// is missing (Options.Depth, a shallow local clone) and it was not found in
// what is there, the answer is ErrUnknown: neither yes nor no.
func (r *Repo) Contains(ctx context.Context, newer, older string) (bool, error) {
	from, err := r.lookUp(newer)
	if err != nil {
		return false, err
	}
	to, err := parseHash(older)
	if err != nil {
		return false, fmt.Errorf("%s: %w", r.addr, err)
	}
	// Level by level, because the answer nearly always is a few commits away.
	seen := map[plumbing.Hash]bool{from: true}
	missing := false
	for queue := []plumbing.Hash{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("%s: look for commit %s: %w", r.addr, older, err)
		}
		if !r.store.has(queue[0]) {
			missing = true
			continue
		}
		c, err := r.store.commit(queue[0])
		if err != nil {
			return false, fmt.Errorf("%s: %w", r.addr, err)
		}
		for _, parent := range c.ParentHashes {
			if !seen[parent] {
				seen[parent] = true
				queue = append(queue, parent)
			}
		}
	}
	if missing {
		return false, fmt.Errorf("%s: look for commit %s before %s: %w", r.addr, older, newer, ErrUnknown)
	}
	return false, nil
}

// Changed lists the paths, sorted, of files that differ between two commits in
// content or kind, came or went. A moved file is two paths. "" for a commit is
// the state without files.
func (r *Repo) Changed(older, newer string) ([]string, error) {
	a, err := r.rootTree(older)
	if err != nil {
		return nil, err
	}
	b, err := r.rootTree(newer)
	if err != nil {
		return nil, err
	}
	paths, err := changed(r.store, "", a, b, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: compare %s with %s: %w", r.addr, older, newer, err)
	}
	slices.Sort(paths)
	return paths, nil
}

func (r *Repo) rootTree(hash string) (plumbing.Hash, error) {
	if hash == "" {
		return plumbing.ZeroHash, nil
	}
	h, err := r.lookUp(hash)
	if err != nil {
		return h, err
	}
	c, err := r.store.commit(h)
	if err != nil {
		return h, fmt.Errorf("%s: %w", r.addr, err)
	}
	return c.TreeHash, nil
}

// changed adds the paths in which two folders differ; the zero hash is the
// folder without entries.
func changed(st *store, dir string, a, b plumbing.Hash, paths []string) ([]string, error) {
	if a == b {
		return paths, nil
	}
	before, errA := st.tree(a)
	after, errB := st.tree(b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	pairs := make(map[string][2]object.TreeEntry, len(after))
	for _, e := range before {
		pairs[e.Name] = [2]object.TreeEntry{0: e}
	}
	for _, e := range after {
		pairs[e.Name] = [2]object.TreeEntry{pairs[e.Name][0], e}
	}
	for name, pair := range pairs {
		if pair[0].Hash == pair[1].Hash && pair[0].Mode == pair[1].Mode {
			continue
		}
		name := path.Join(dir, name)
		var folders [2]plumbing.Hash
		isFile := false
		for i, e := range pair {
			if e.Mode == filemode.Dir {
				folders[i] = e.Hash
			} else if e.Mode != filemode.Empty {
				isFile = true
			}
		}
		if isFile {
			paths = append(paths, name)
		}
		var err error
		if paths, err = changed(st, name, folders[0], folders[1], paths); err != nil {
			return nil, err
		}
	}
	return paths, nil
}
