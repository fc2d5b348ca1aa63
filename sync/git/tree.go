package git

import (
	"errors"
	"fmt"
	"io"
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

// MaxFile is the size, in bytes, of the largest file that a Tree reads.
const MaxFile = 10 << 20

// A Tree is the files of one commit as a read-only file system, which never
// changes. It is safe for concurrent use. Besides fs.FS it is a ReadDirFS,
// ReadFileFS, StatFS and ReadLinkFS.
//
// Links are shown (fs.ModeSymlink) and never followed, not even by Stat: one in
// the middle of a path or at its end is an error that names it. A submodule is
// an entry of type fs.ModeIrregular. A file over MaxFile and one that only
// points to Git LFS can be listed and not read. Every file's time is the commit's.
type Tree struct {
	store *store
	root  plumbing.Hash
	time  time.Time

	mu   sync.Mutex
	dirs map[plumbing.Hash]map[string]object.TreeEntry
}

// FS returns the files of a commit; it is a *Tree, which see. ErrNoCommit where
// the commit is not at hand.
func (r *Repo) FS(hash string) (fs.FS, error) {
	h, err := r.lookUp(hash)
	if err != nil {
		return nil, err
	}
	c, err := r.store.commit(h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.addr, err)
	}
	return &Tree{store: r.store, root: c.TreeHash, time: c.Committer.When,
		dirs: make(map[plumbing.Hash]map[string]object.TreeEntry)}, nil
}

// Open opens a file or folder. A file is read whole before Open returns.
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

// Stat describes what is at the path. Unlike os.Stat it does not follow a link
// at its end, but says that there is one by an error.
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

// Lstat describes what is at the path, a link too.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	e, err := t.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return t.entry(name, e).Info()
}

// ReadLink returns where a link points.
func (t *Tree) ReadLink(name string) (string, error) {
	e, err := t.find("readlink", name)
	if err != nil {
		return "", err
	}
	if e.Mode != filemode.Symlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	data, err := t.blob("readlink", name, e)
	return string(data), err
}

// BlobHash names the content at the path, in hexadecimal: of a file its blob,
// of a folder its tree, which covers everything below. Equal hashes mean equal
// content. A link or a submodule has none.
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

// find walks to an entry. The root has no entry in any folder and is made up.
func (t *Tree) find(op, name string) (object.TreeEntry, error) {
	at := object.TreeEntry{Name: ".", Mode: filemode.Dir, Hash: t.root}
	if !fs.ValidPath(name) {
		return at, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return at, nil
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
			return at, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		entries, err := t.dir(op, name, at.Hash)
		if err != nil {
			return at, err
		}
		next, ok := entries[part]
		if !ok {
			return at, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
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
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	entries := make(map[string]object.TreeEntry, len(list))
	for _, e := range list {
		// No such name can come from git add. It could mean two things to two readers.
		_, twice := entries[e.Name]
		if twice || e.Name == "." || e.Name == ".." || strings.ContainsAny(e.Name, "/\x00") {
			return nil, &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("the folder has a malformed entry %q", e.Name)}
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
		return nil, &fs.PathError{Op: op, Path: name, Err: errors.New("not a folder")}
	}
	entries, err := t.dir(op, name, e.Hash)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, 0, len(entries))
	for _, e := range entries {
		list = append(list, t.entry(e.Name, e))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// read returns the content of a file that means what it says.
func (t *Tree) read(op, name string, e object.TreeEntry) ([]byte, error) {
	switch e.Mode {
	case filemode.Dir:
		return nil, &fs.PathError{Op: op, Path: name, Err: errors.New("is a folder")}
	case filemode.Symlink:
		return nil, t.linkError(op, name, e)
	case filemode.Submodule:
		return nil, submoduleError(op, name)
	}
	data, err := t.blob(op, name, e)
	if err == nil && isLFS(data) {
		err = errors.New("is kept in Git LFS: the repository holds only a pointer to it")
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return data, err
}

func (t *Tree) blob(op, name string, e object.TreeEntry) ([]byte, error) {
	wrap := func(err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
	size, err := t.store.size(e.Hash)
	if err != nil {
		return nil, wrap(fmt.Errorf("blob %s: %w", e.Hash, err))
	}
	if size > MaxFile {
		return nil, wrap(fmt.Errorf("the file has %d bytes, more than %d", size, MaxFile))
	}
	o, err := t.store.object(plumbing.BlobObject, e.Hash)
	if err != nil {
		return nil, wrap(fmt.Errorf("blob %s: %w", e.Hash, err))
	}
	r, err := o.Reader()
	if err != nil {
		return nil, wrap(err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		t.store.damaged.Store(true)
		return nil, wrap(err)
	}
	return data, nil
}

// linkError names a link and, where that can be read, what it points to.
func (t *Tree) linkError(op, name string, e object.TreeEntry) error {
	target, err := t.blob(op, name, e)
	if err != nil {
		return err
	}
	err = fmt.Errorf("is a symbolic link to %q, which is not followed", plain(string(target)))
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func submoduleError(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: errors.New("is a submodule, which is not read")}
}

func isLFS(data []byte) bool {
	const mark = "version https://git-lfs.github.com/spec/"
	return len(data) < 1024 && strings.HasPrefix(string(data), mark)
}
