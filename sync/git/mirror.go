package git

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
)

// headRef records the last good commit of a mirror. No remote can list it.
const headRef plumbing.ReferenceName = "refs/zonetender/head"

// A mirror is the folder of a bare repository that only this package writes to. At
// times there are also dir.new (a clone in progress) and dir.old (what it replaces).
type mirror struct{ dir string }

// mirrorFor returns the mirror of a repository, branch and depth. Each has its own, so
// that a changed setting never meets the commits of another one.
func mirrorFor(o Options, a address) mirror {
	sum := sha256.Sum256([]byte(strings.Join([]string{a.url, o.Ref, strconv.Itoa(o.Depth)}, "\x00")))
	return mirror{dir: filepath.Join(o.StateDir, hex.EncodeToString(sum[:10])+".git")}
}

// tidy cleans up after a kill at any moment: it undoes a replacement that was cut off,
// and removes what was half written.
func (m mirror) tidy() error {
	if _, err := os.Stat(m.dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(m.dir+".old", m.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: tidy: %w", m.dir, err)
		}
	}
	err := errors.Join(os.RemoveAll(m.dir+".new"), os.RemoveAll(m.dir+".old"))
	if err == nil {
		err = m.removeLeftovers()
	}
	if err != nil {
		return fmt.Errorf("%s: tidy: %w", m.dir, err)
	}
	return nil
}

// removeLeftovers removes what an unfinished fetch left behind. That includes a pack
// without its index, and the other way round.
func (m mirror) removeLeftovers() error {
	return filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		if isLeftover(path, d.Name()) {
			return os.Remove(path)
		}
		return nil
	})
}

// isLeftover knows the names of unfinished files: tmp_pack_*, tmp_idx_*, and go-git's
// tmp_obj_*, ._packed-refs* and locks.
func isLeftover(path, name string) bool {
	without := func(from, other string) bool {
		base, ok := strings.CutSuffix(path, from)
		if !ok {
			return false
		}
		_, err := os.Stat(base + other)
		return errors.Is(err, fs.ErrNotExist)
	}
	return strings.HasPrefix(name, "tmp_") || strings.HasPrefix(name, "._") || strings.HasSuffix(name, ".lock") ||
		without(".idx", ".pack") || without(".pack", ".idx")
}

// packDir is the folder of the packs.
func (m mirror) packDir() string { return filepath.Join(m.dir, "objects", "pack") }

// packs counts the packs. Every fetch adds one.
func (m mirror) packs() int {
	found, err := filepath.Glob(filepath.Join(m.packDir(), "*.pack"))
	if err != nil {
		return 0 // only a malformed pattern fails
	}
	return len(found)
}

// create makes the empty repository of a new clone. HEAD points to the last good
// commit, so that git log in the folder shows what was read.
func (m mirror) create(a address) error {
	if err := os.RemoveAll(m.dir); err != nil {
		return fmt.Errorf("%s: create: %w", m.dir, err)
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("%s: create: %w", m.dir, err)
	}
	st := newStorage(m.dir)
	cfg := config.NewConfig()
	cfg.Core.IsBare = true
	cfg.Remotes["origin"] = &config.RemoteConfig{Name: "origin", URLs: []string{a.url}}
	err := errors.Join(st.Init(), st.SetConfig(cfg),
		st.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, headRef)))
	if err != nil {
		return fmt.Errorf("%s: create: %w", m.dir, err)
	}
	return nil
}

// remove deletes the folder.
func (m mirror) remove() error {
	if err := os.RemoveAll(m.dir); err != nil {
		return fmt.Errorf("%s: remove: %w", m.dir, err)
	}
	return nil
}

// head returns the last good commit, or the zero hash.
func (m mirror) head() plumbing.Hash {
	ref, err := newStorage(m.dir).Reference(headRef)
	if err != nil {
		return plumbing.ZeroHash
	}
	return ref.Hash()
}

// setHead records the last good commit.
func (m mirror) setHead(hash plumbing.Hash) error {
	if m.head() == hash {
		return nil
	}
	if err := newStorage(m.dir).SetReference(plumbing.NewHashReference(headRef, hash)); err != nil {
		return fmt.Errorf("%s: record commit %s: %w", m.dir, hash, err)
	}
	return nil
}

// replaceBy puts another mirror's folder in the place of this one.
func (m mirror) replaceBy(fresh mirror) error {
	old := m.dir + ".old"
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("%s: replace: %w", m.dir, err)
	}
	if err := os.Rename(m.dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: replace: %w", m.dir, err)
	}
	if err := os.Rename(fresh.dir, m.dir); err != nil {
		return errors.Join(fmt.Errorf("%s: replace: %w", m.dir, err), os.Rename(old, m.dir))
	}
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("%s: replace: %w", m.dir, err)
	}
	return nil
}
