package git

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A Tree is the files of one commit as a read-only file system, which never changes. It
// is safe for concurrent use. Besides fs.FS it implements fs.ReadDirFS, fs.ReadFileFS,
// fs.StatFS and fs.ReadLinkFS.
//
// Links are listed (fs.ModeSymlink) and never followed, not even by Stat: a link in the
// middle of a path or at its end is an error that names it. A submodule is an entry of
// the type fs.ModeIrregular. A file larger than Options.MaxFileBytes, and one that only
// points to Git LFS, can be listed but not read. Every file's time is the commit's.
//
// A folder that contains another one many times over makes a walk endless in a few
// hundred bytes. So a Tree lists at most one entry for each 2 KiB of Options.MaxBytes, all
// folders taken together, and nothing below 256 folders; more is a LimitError.
type Tree struct {
	store *store
	root  plumbing.Hash
	time  time.Time

	mu     sync.Mutex
	dirs   map[plumbing.Hash]map[string]object.TreeEntry
	listed int64 // entries
}

// FS returns the files of a commit, as a *Tree; ErrNoCommit where the commit is not at
// hand.
func (r *Repo) FS(hash string) (fs.FS, error) {
	st := r.store()
	h, err := r.lookUp(st, hash)
	if err != nil {
		return nil, err
	}
	c, err := st.commit(h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.addr, err)
	}
	return &Tree{store: st, root: c.TreeHash, time: c.Committer.When,
		dirs: make(map[plumbing.Hash]map[string]object.TreeEntry)}, nil
}

// pathError is an fs.PathError whose path can be printed: it comes from a commit.
func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: escape(name), Err: err}
}

// Open opens a file or folder. A file is read in whole before Open returns.
func (t *Tree) Open(name string) (fs.File, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.Mode == filemode.Dir {
		entries, err := t.list("open", name, e)
		if err != nil {
			return nil, err
		}
		return &folder{entry: t.entry(name, e), entries: entries}, nil
	}
	data, err := t.read("open", name, e)
	if err != nil {
		return nil, err
	}
	return newFile(t.entry(name, e), data), nil
}

// ReadFile returns the content of a file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	e, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	return t.read("read", name, e)
}

// ReadDir lists a folder, sorted by name.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	return t.list("readdir", name, e)
}

// Stat describes what is at the path. Where os.Stat would follow a link at its end, this
// is an error.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	e, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	if e.Mode == filemode.Symlink {
		return nil, t.linkError("stat", name, e)
	}
	return t.entry(name, e).Info()
}

// Lstat describes what is at the path, including a link.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	e, err := t.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return t.entry(name, e).Info()
}

// ReadLink returns what a link points to.
func (t *Tree) ReadLink(name string) (string, error) {
	e, err := t.find("readlink", name)
	if err != nil {
		return "", err
	}
	if e.Mode != filemode.Symlink {
		return "", pathError("readlink", name, fs.ErrInvalid)
	}
	data, err := t.blob("readlink", name, e)
	return string(data), err
}

// BlobHash returns the hash of the content at the path, in hexadecimal: a file's blob, or
// a folder's tree, which covers everything below. Equal hashes mean equal content. Links
// and submodules have none.
func (t *Tree) BlobHash(name string) (string, error) {
	e, err := t.find("hash", name)
	if err != nil {
		return "", err
	}
	switch e.Mode {
	case filemode.Symlink:
		return "", t.linkError("hash", name, e)
	case filemode.Submodule:
		return "", submoduleError("hash", name)
	}
	return e.Hash.String(), nil
}

// find walks to an entry. The top folder has none, so that one is made up.
func (t *Tree) find(op, name string) (object.TreeEntry, error) {
	at := object.TreeEntry{Name: ".", Mode: filemode.Dir, Hash: t.root}
	if !fs.ValidPath(name) {
		return at, pathError(op, name, fs.ErrInvalid)
	}
	if name == "." {
		return at, nil
	}
	if strings.Count(name, "/") >= maxTreeDepth {
		limit := &LimitError{What: "folders inside each other", Limit: maxTreeDepth, Unit: "folders"}
		return at, pathError(op, name, limit)
	}
	walked := ""
	for part := range strings.SplitSeq(name, "/") {
		switch at.Mode {
		case filemode.Dir:
		case filemode.Symlink:
			return at, t.linkError(op, walked, at)
		case filemode.Submodule:
			return at, submoduleError(op, walked)
		default:
			return at, pathError(op, name, fs.ErrNotExist)
		}
		entries, err := t.dir(op, name, at.Hash)
		if err != nil {
			return at, err
		}
		next, ok := entries[part]
		if !ok {
			return at, pathError(op, name, fs.ErrNotExist)
		}
		at, walked = next, path.Join(walked, part)
	}
	return at, nil
}

// dir reads a folder once for the life of the Tree.
func (t *Tree) dir(op, name string, hash plumbing.Hash) (map[string]object.TreeEntry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if entries, ok := t.dirs[hash]; ok {
		return entries, nil
	}
	list, err := t.store.tree(hash)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	entries := make(map[string]object.TreeEntry, len(list))
	for _, e := range list {
		// git add makes no such names, and readers may disagree on what they mean.
		_, twice := entries[e.Name]
		if twice || e.Name == "." || e.Name == ".." || strings.ContainsAny(e.Name, "/\x00") {
			return nil, pathError(op, name, fmt.Errorf("the folder has a malformed entry %q", bound(e.Name)))
		}
		entries[e.Name] = e
	}
	t.dirs[hash] = entries
	return entries, nil
}

func (t *Tree) list(op, name string, e object.TreeEntry) ([]fs.DirEntry, error) {
	switch e.Mode {
	case filemode.Dir:
	case filemode.Symlink:
		return nil, t.linkError(op, name, e)
	case filemode.Submodule:
		return nil, submoduleError(op, name)
	default:
		return nil, pathError(op, name, errors.New("not a folder"))
	}
	entries, err := t.dir(op, name, e.Hash)
	if err != nil {
		return nil, err
	}
	if !t.allows(len(entries)) {
		limit := &LimitError{What: "folders of the commit", Limit: t.store.opts.maxObjects(), Unit: "entries", Option: "MaxBytes"}
		return nil, pathError(op, name, limit)
	}
	list := make([]fs.DirEntry, 0, len(entries))
	for _, e := range entries {
		list = append(list, t.entry(e.Name, e))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// allows counts entries that are listed.
func (t *Tree) allows(n int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listed += int64(n)
	return t.listed <= t.store.opts.maxObjects()
}

// read returns the content of a plain file.
func (t *Tree) read(op, name string, e object.TreeEntry) ([]byte, error) {
	switch e.Mode {
	case filemode.Dir:
		return nil, pathError(op, name, errors.New("is a folder"))
	case filemode.Symlink:
		return nil, t.linkError(op, name, e)
	case filemode.Submodule:
		return nil, submoduleError(op, name)
	}
	data, err := t.blob(op, name, e)
	if err == nil && isLFS(data) {
		err = errors.New("is kept in Git LFS: the repository holds only a pointer to it")
		return nil, pathError(op, name, err)
	}
	return data, err
}

func (t *Tree) blob(op, name string, e object.TreeEntry) ([]byte, error) {
	data, err := t.store.blob(e.Hash)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	return data, nil
}

// linkError names a link and, if that can be read, what it points to.
func (t *Tree) linkError(op, name string, e object.TreeEntry) error {
	target, err := t.blob(op, name, e)
	if err != nil {
		return err
	}
	err = fmt.Errorf("is a symbolic link to %q, which is not followed", bound(string(target)))
	return pathError(op, name, err)
}

func submoduleError(op, name string) error {
	return pathError(op, name, errors.New("is a submodule, which is not read"))
}

func isLFS(data []byte) bool {
	const mark = "version https://git-lfs.github.com/spec/"
	return len(data) < 1024 && strings.HasPrefix(string(data), mark)
}
