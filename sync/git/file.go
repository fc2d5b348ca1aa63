package git

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// An entry is one name in a folder, as fs.DirEntry. Its size is looked up by Info.
type entry struct {
	tree *Tree
	name string
	mode fs.FileMode
	hash plumbing.Hash
}

func (t *Tree) entry(name string, e object.TreeEntry) entry {
	return entry{tree: t, name: path.Base(name), mode: fileMode(e.Mode), hash: e.Hash}
}

// fileMode has no permission to write, and keeps that to execute.
func fileMode(m filemode.FileMode) fs.FileMode {
	switch m {
	case filemode.Dir:
		return fs.ModeDir | 0o555
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	case filemode.Executable:
		return 0o555
	case filemode.Regular, filemode.Deprecated:
		return 0o444
	}
	return fs.ModeIrregular
}

func (e entry) Name() string      { return e.name }
func (e entry) IsDir() bool       { return e.mode.IsDir() }
func (e entry) Type() fs.FileMode { return e.mode.Type() }
func (e entry) String() string    { return fs.FormatDirEntry(e) }

func (e entry) Info() (fs.FileInfo, error) {
	i := info{entry: e}
	if e.mode.IsRegular() || e.mode.Type() == fs.ModeSymlink {
		size, err := e.tree.store.size(e.hash)
		if err != nil {
			return nil, pathError("stat", e.name, err)
		}
		i.size = size
	}
	return i, nil
}

type info struct {
	entry entry
	size  int64
}

func (i info) Name() string       { return i.entry.name }
func (i info) Size() int64        { return i.size }
func (i info) IsDir() bool        { return i.entry.IsDir() }
func (i info) Mode() fs.FileMode  { return i.entry.mode }
func (i info) ModTime() time.Time { return i.entry.tree.time }
func (i info) Sys() any           { return nil }
func (i info) String() string     { return fs.FormatFileInfo(i) }

// A file is an open file; its content is in memory.
type file struct {
	content *bytes.Reader
	info    info
}

func newFile(e entry, data []byte) *file {
	return &file{content: bytes.NewReader(data), info: info{entry: e, size: int64(len(data))}}
}

func (f *file) Stat() (fs.FileInfo, error)               { return f.info, nil }
func (f *file) Read(p []byte) (int, error)               { return f.content.Read(p) }
func (f *file) ReadAt(p []byte, at int64) (int, error)   { return f.content.ReadAt(p, at) }
func (f *file) Seek(at int64, whence int) (int64, error) { return f.content.Seek(at, whence) }
func (f *file) Close() error                             { return nil }

// A folder is an open folder.
type folder struct {
	entry   entry
	entries []fs.DirEntry // what ReadDir has not returned yet
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.entry.Info() }
func (f *folder) Close() error               { return nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, pathError("read", f.entry.name, fs.ErrInvalid)
}

func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.entries) {
		n = len(f.entries)
	}
	list := f.entries[:n:n]
	f.entries = f.entries[n:]
	return list, nil
}
