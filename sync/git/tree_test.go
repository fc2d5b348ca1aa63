package git

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

func commitFS(t testing.TB, r *Repo, hash string) fs.FS {
	t.Helper()
	fsys, err := r.FS(hash)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestTreeIsAFileSystem(t *testing.T) {
	w := newWork(t)
	w.write("zonetender.yaml", "ttl: 60\n")
	w.write("zones/example.com.yaml", "a")
	w.write("zones/example.org/apex.yaml", "")
	w.write("zones/ünïcode name.yaml", "ü")
	w.git("add", "-A")
	w.git("update-index", "--chmod=+x", "zonetender.yaml")
	hash := w.commit("x")
	for name, url := range map[string]string{"local": w.dir, "remote": serve(t, w).url} {
		r := open(t, url)
		wantHash(t, r, hash)
		if err := fstest.TestFS(commitFS(t, r, hash), "zonetender.yaml", "zones/example.com.yaml", "zones/example.org/apex.yaml", "zones/ünïcode name.yaml"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmptyTree(t *testing.T) {
	w := newWork(t)
	hash := w.commit("no file at all")
	if err := fstest.TestFS(commitFS(t, open(t, w.dir), hash)); err != nil {
		t.Error(err)
	}
}

// G10: whatever is not a plain file is listed, and refused by name.
func TestOddEntriesAreRefusedByName(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.write("zones/real.yaml", "a")
	w.write("zones/folder/x.yaml", "a")
	w.write("zones/lfs.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
	w.write("zones/huge.yaml", strings.Repeat("x", DefaultMaxFileBytes+1))
	w.write("zones/large.yaml", strings.Repeat("y", DefaultMaxFileBytes))
	for link, to := range map[string]string{"link.yaml": "real.yaml", "out.yaml": "/etc/passwd", "dir": "folder", "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(w.dir, "zones", link)); err != nil {
			t.Skip(err)
		}
	}
	w.git("add", "-A")
	w.git("update-index", "--add", "--cacheinfo", "160000,1234567890123456789012345678901234567890,zones/sub")
	w.git("commit", "-q", "-m", "odd")
	r := open(t, serve(t, w).url)
	fsys := commitFS(t, r, pull(t, r).Hash)

	entries, err := fs.ReadDir(fsys, "zones")
	if err != nil {
		t.Fatal(err)
	}
	types := make(map[string]fs.FileMode)
	for _, e := range entries {
		types[e.Name()] = e.Type()
	}
	for name, want := range map[string]fs.FileMode{
		"real.yaml": 0, "folder": fs.ModeDir, "lfs.yaml": 0, "huge.yaml": 0, "link.yaml": fs.ModeSymlink, "sub": fs.ModeIrregular,
	} {
		if got, ok := types[name]; !ok || got != want {
			t.Errorf("%s: type: got %v, %v, want %v", name, got, ok, want)
		}
	}

	for name, want := range map[string]string{
		"zones/link.yaml":   `zones/link.yaml: is a symbolic link to "real.yaml"`,
		"zones/out.yaml":    `zones/out.yaml: is a symbolic link to "/etc/passwd"`,
		"zones/loop":        `zones/loop: is a symbolic link to "loop"`,
		"zones/dir/x.yaml":  `zones/dir: is a symbolic link to "folder"`,
		"zones/sub":         "zones/sub: is a submodule",
		"zones/sub/x":       "zones/sub: is a submodule",
		"zones/lfs.yaml":    "zones/lfs.yaml: is kept in Git LFS",
		"zones/huge.yaml":   "zones/huge.yaml: the file has 10485761 bytes, more than 10485760",
		"zones/folder":      "zones/folder: is a folder",
		"zones/none":        "zones/none: file does not exist",
		"zones/real.yaml/x": "zones/real.yaml/x: file does not exist",
		"/etc/passwd":       "invalid argument", "../x": "invalid argument", "zones/": "invalid argument",
	} {
		if _, err := fs.ReadFile(fsys, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read %s: got %v, want %q", name, err, want)
		}
		if name == "zones/folder" {
			continue
		}
		if f, err := fsys.Open(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("open %s: got %v, %v, want %q", name, f, err, want)
		}
	}
	if data, err := fs.ReadFile(fsys, "zones/large.yaml"); err != nil || len(data) != DefaultMaxFileBytes {
		t.Errorf("largest file: got %d bytes, %v, want %d", len(data), err, DefaultMaxFileBytes)
	}
	if info, err := fs.Lstat(fsys, "zones/huge.yaml"); err != nil || info.Size() != DefaultMaxFileBytes+1 {
		t.Errorf("huge file: got %v, %v, want its size", info, err)
	}
	if got, err := fs.ReadLink(fsys, "zones/dir"); got != "folder" || err != nil {
		t.Errorf("link: got %q, %v, want folder", got, err)
	}
	if info, err := fs.Lstat(fsys, "zones/dir"); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("lstat of a link: got %v, %v", info, err)
	}
	for _, name := range []string{"zones/link.yaml", "zones/dir"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			t.Errorf("stat %s: followed", name)
		}
		if _, err := fsys.(*Tree).BlobHash(name); err == nil {
			t.Errorf("hash %s: has one", name)
		}
	}
}

// Names that git add never makes, in a tree object made by hand.
func TestMalformedNamesAreRefused(t *testing.T) {
	w := newWork(t)
	blob := w.gitIn("x", "hash-object", "-w", "--stdin")
	raw := func(names ...string) string {
		var tree strings.Builder
		for _, name := range names {
			fmt.Fprintf(&tree, "100644 %s\x00", name)
			for i := 0; i < len(blob); i += 2 {
				var b byte
				if _, err := fmt.Sscanf(blob[i:i+2], "%02x", &b); err != nil {
					t.Fatal(err)
				}
				tree.WriteByte(b)
			}
		}
		return w.gitIn(tree.String(), "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
	}
	r := open(t, w.dir)
	for _, names := range [][]string{{".."}, {"."}, {"a/b"}, {"../../etc/passwd"}, {"same", "same"}} {
		hash := w.gitIn("", "commit-tree", "-m", "x", raw(names...))
		if _, err := fs.ReadDir(commitFS(t, r, hash), "."); err == nil || !strings.Contains(err.Error(), "malformed entry") && !strings.Contains(err.Error(), "malformed tree") {
			t.Errorf("%q: got %v, want a malformed entry", names, err)
		}
	}
}

func TestBlobHash(t *testing.T) {
	w := newWork(t)
	w.write("zones/a.yaml", "same")
	w.write("zones/b.yaml", "same")
	w.write("zones/sub/c.yaml", "other")
	hash := w.commit("x")
	tree := commitFS(t, open(t, w.dir), hash).(*Tree)
	for _, name := range []string{"zones/a.yaml", "zones/b.yaml", "zones", "zones/sub"} {
		got, err := tree.BlobHash(name)
		if want := w.git("rev-parse", "HEAD:"+name); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	if got, err := tree.BlobHash("."); err != nil || got != w.git("rev-parse", "HEAD^{tree}") {
		t.Errorf("root: got %q, %v", got, err)
	}
	if _, err := tree.BlobHash("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: got %v, want %v", err, fs.ErrNotExist)
	}
}

// Many readers at once, of loose and of packed objects, while Pull goes on.
func TestConcurrentReads(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	for i := range 50 {
		w.write(fmt.Sprintf("zones/%d.yaml", i), fmt.Sprint("content ", i))
	}
	hash := w.commit("x")
	s := serve(t, w)
	r := open(t, s.url)
	wantHash(t, r, hash)
	for name, r := range map[string]*Repo{"remote": r, "local": open(t, w.dir)} {
		var readers sync.WaitGroup
		fsys := commitFS(t, r, hash)
		for range 8 {
			readers.Go(func() {
				for i := range 50 {
					got, err := fs.ReadFile(fsys, fmt.Sprintf("zones/%d.yaml", i))
					if want := fmt.Sprint("content ", i); err != nil || string(got) != want {
						t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
					}
				}
			})
		}
		w.push("more", name)
		if _, err := r.Pull(t.Context()); err != nil {
			t.Error(err)
		}
		readers.Wait()
	}
}
