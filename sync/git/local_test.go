package git

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// snapshot is every file of a folder with its time and content.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || d.IsDir() {
			files[path] = fmt.Sprint(info.ModTime())
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = fmt.Sprint(info.ModTime(), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLocalRepositoryIsNotWrittenTo(t *testing.T) {
	w := newWork(t)
	first := w.push("a", "1")
	second := w.push("a", "2")
	w.git("tag", "v1")
	for _, url := range []string{w.dir, "file://" + w.dir, filepath.Join(w.dir, ".git")} {
		before := snapshot(t, w.dir)
		r := open(t, url, func(o *Options) { o.StateDir = "" })
		wantHash(t, r, second)
		if got := read(t, r, first, "a"); got != "1" {
			t.Errorf("%s: got %q, want 1", url, got)
		}
		if _, err := r.Contains(t.Context(), second, first); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(before, snapshot(t, w.dir)); diff != "" {
			t.Errorf("%s: written to (-before +after):\n%s", url, diff)
		}
	}
}

func TestLocalRepositoryFollows(t *testing.T) {
	w := newWork(t)
	r := open(t, w.dir)
	if _, err := r.Pull(t.Context()); !errors.Is(err, ErrBranchGone) {
		t.Errorf("no commit yet: got %v, want %v", err, ErrBranchGone)
	}
	hash := w.push("a", "1")
	if got := pull(t, r); got.Hash != hash || got.Branch != "main" {
		t.Errorf("got %s on %q, want %s on main", got.Hash, got.Branch, hash)
	}
	// What is not committed does not count.
	w.write("a", "uncommitted")
	if got := read(t, r, hash, "a"); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
	// Somebody repacks while files are open.
	fsys := commitFS(t, r, hash)
	w.git("gc", "-q", "--prune=now")
	if got, err := fs.ReadFile(fsys, "a"); err != nil || string(got) != "1" {
		t.Errorf("after gc: got %q, %v, want 1", got, err)
	}
	wantHash(t, r, w.push("a", "2"))
	named := open(t, w.dir, func(o *Options) { o.Ref = "refs/heads/main" })
	w.git("checkout", "-q", "-b", "other")
	wantHash(t, r, w.push("a", "3"))
	wantHash(t, named, w.git("rev-parse", "main"))
	w.git("checkout", "-q", "--detach")
	if got := pull(t, r); got.Branch != "" {
		t.Errorf("detached: got branch %q, want none", got.Branch)
	}
	w.git("branch", "-D", "main")
	if _, err := named.Pull(t.Context()); !errors.Is(err, ErrBranchGone) || named.Head().Hash == "" {
		t.Errorf("branch deleted: got %v, want %v and the head before", err, ErrBranchGone)
	}
}

func TestLocalRepositoryOfOtherMake(t *testing.T) {
	origin := newWork(t)
	hash := origin.push("a", "1")
	base := &work{t: t, dir: t.TempDir()}
	base.git("clone", "-q", "--bare", origin.dir, "bare")
	base.git("clone", "-q", "--shared", origin.dir, "shared")
	base.git("clone", "-q", "--depth=1", "file://"+origin.dir, "shallow")
	base.git("clone", "-q", "--no-checkout", "--filter=blob:none", "file://"+origin.dir, "partial")
	origin.git("worktree", "add", "-q", "--detach", filepath.Join(base.dir, "linked"))
	sparse := &work{t: t, dir: filepath.Join(base.dir, "shared")}
	sparse.git("sparse-checkout", "set", "nothing")
	for _, name := range []string{"bare", "shared", "shallow", "linked"} {
		r := open(t, filepath.Join(base.dir, name))
		wantHash(t, r, hash)
		if got := read(t, r, hash, "a"); got != "1" {
			t.Errorf("%s: got %q, want 1", name, got)
		}
	}
	partial := open(t, filepath.Join(base.dir, "partial"))
	if _, err := fs.ReadFile(commitFS(t, partial, pull(t, partial).Hash), "a"); err == nil {
		t.Log("partial: the blob was there")
	}
}

func TestLocalRepositoryRefused(t *testing.T) {
	w := newWork(t)
	w.push("zones/a", "1")
	alien := newWork(t, "--object-format=sha256")
	for _, c := range []struct{ dir, want string }{
		{filepath.Join(w.dir, "zones"), "name that one"},
		{filepath.Join(w.dir, "none"), "name that one"},
		{t.TempDir(), ErrNotFound.Error()},
		{filepath.Join(t.TempDir(), "none"), "no such file"},
		{alien.dir, ErrSHA256.Error()},
	} {
		if _, err := Open(t.Context(), Options{URL: c.dir}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.dir, err, c.want)
		}
	}
}

func TestResolveAgreesWithGit(t *testing.T) {
	w := newWork(t)
	w.push("a", "1")
	w.git("tag", "-m", "annotated", "v1")
	w.push("a", "2")
	w.git("branch", "side/way")
	w.push("a", "3")
	w.git("config", "core.repositoryformatversion", "1")
	w.git("config", "extensions.worktreeConfig", "true")
	r := open(t, w.dir)
	for _, rev := range []string{"HEAD", "main", "side/way", "v1", "HEAD~2", "main^", w.git("rev-parse", "HEAD~1"), w.git("rev-parse", "--short=8", "v1^{commit}")} {
		got, err := r.Resolve(rev)
		if want := w.git("rev-parse", rev+"^{commit}"); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", rev, got, err, want)
		}
	}
	for _, rev := range []string{"none", "", "HEAD~9", "1234567", "main:a", "^{}", "@{-1}", "HEAD@{1}", w.git("rev-parse", "main:a"), w.git("rev-parse", "main^{tree}")} {
		if got, err := r.Resolve(rev); !errors.Is(err, ErrNoCommit) || got != "" {
			t.Errorf("%s: got %q, %v, want %v", rev, got, err, ErrNoCommit)
		}
	}
}

// Each Pull follows the symbolic link anew: a side-car such as git-sync points it to the
// newest work tree and removes the previous one.
func TestFaultC3SymlinkThatIsFlipped(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "current")
	flip := func(target string) {
		t.Helper()
		if err := errors.Join(os.Symlink(target, link+".new"), os.Rename(link+".new", link)); err != nil {
			t.Fatal(err)
		}
	}
	origin := newWork(t)
	origin.push("zones/a", "0")
	base := &work{t: t, dir: dir}
	base.git("clone", "-q", "--bare", origin.dir, "store.git")
	shared := &work{t: t, dir: filepath.Join(dir, "store.git")}
	clone := func(hash string) string { base.git("clone", "-q", origin.dir, hash); return hash }
	linked := func(hash string) string {
		shared.git("fetch", "-q", origin.dir, "main")
		shared.git("worktree", "add", "-q", "--detach", "../"+hash, hash)
		return hash
	}
	relative := func(hash string) string {
		linked(hash)
		file := filepath.Join(dir, hash, ".git")
		if err := os.WriteFile(file, []byte("gitdir: ../store.git/worktrees/"+hash+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	var r *Repo
	last := ""
	for i, place := range []func(string) string{clone, clone, linked, linked, relative, clone} {
		hash := origin.push("zones/a", fmt.Sprint(i))
		flip(place(hash))
		if r == nil {
			r = open(t, link)
		}
		wantHash(t, r, hash)
		if got := read(t, r, hash, "zones/a"); got != fmt.Sprint(i) {
			t.Errorf("flip %d: got %q", i, got)
		}
		if last != "" {
			if got, err := r.Contains(t.Context(), hash, last); !got || err != nil {
				t.Errorf("flip %d: contains: got %v, %v, want true", i, got, err)
			}
			if err := os.RemoveAll(filepath.Join(dir, last)); err != nil {
				t.Fatal(err)
			}
		}
		last = hash
	}
	// A dangling link is an error, and the last good commit stays.
	flip("none")
	if _, err := r.Pull(t.Context()); err == nil {
		t.Error("a link to nothing: got no error")
	}
	if got := read(t, r, last, "zones/a"); got != "5" || r.Head().Hash != last {
		t.Errorf("after an error: got %q", got)
	}
}

func TestHeadAgreesWithGit(t *testing.T) {
	w := newWork(t)
	w.push("zones/example.com.yaml", "a")
	w.git("branch", "other/deep")
	w.git("worktree", "add", "-q", filepath.Join(w.dir, "linked"), "other/deep")
	linked := &work{t: t, dir: filepath.Join(w.dir, "linked")}
	linked.push("b", "b")
	steps := []struct {
		name string
		do   func()
		dir  string
	}{
		{"top", func() {}, w.dir},
		{"folder below", func() {}, filepath.Join(w.dir, "zones")},
		{"folder that is not there", func() {}, filepath.Join(w.dir, "zones", "none", "such")},
		{"linked work tree", func() {}, linked.dir},
		{"packed", func() { w.git("pack-refs", "--all") }, w.dir},
		{"packed, linked work tree", func() {}, linked.dir},
		{"sparse work tree's extension", func() {
			w.git("config", "core.repositoryformatversion", "1")
			w.git("config", "extensions.worktreeConfig", "true")
		}, w.dir},
		{"detached", func() { w.git("checkout", "-q", "--detach") }, w.dir},
		{"symbolic link to the folder", func() {
			if err := os.Symlink(w.dir, filepath.Join(w.dir, "zones", "self")); err != nil {
				t.Fatal(err)
			}
		}, filepath.Join(w.dir, "zones", "self")},
	}
	for _, s := range steps {
		s.do()
		at := &work{t: t, dir: s.dir}
		want := w.git("rev-parse", "HEAD")
		if filepath.Base(s.dir) == "linked" {
			want = at.git("rev-parse", "HEAD")
		}
		got, err := Head(s.dir)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", s.name, got, err, want)
		}
	}
}

// The time is the committer's, in a linked work tree as well; where there is no commit to
// read, it is zero or an error, never a guess.
func TestHeadTime(t *testing.T) {
	w := newWork(t)
	w.push("zones/example.com.yaml", "a")
	w.git("worktree", "add", "-q", "-b", "other", filepath.Join(w.dir, "linked"))
	want := w.git("log", "-1", "--format=%ct")
	for _, dir := range []string{w.dir, filepath.Join(w.dir, "zones"), filepath.Join(w.dir, "linked")} {
		if got, err := HeadTime(dir); err != nil || fmt.Sprint(got.Unix()) != want {
			t.Errorf("%s: got %v, %v, want %s", dir, got, err, want)
		}
	}
	for _, dir := range []string{t.TempDir(), newWork(t).dir} {
		if got, err := HeadTime(dir); !got.IsZero() || err != nil {
			t.Errorf("without a commit: got %v, %v", got, err)
		}
	}
	w.write(".git/refs/heads/main", strings.Repeat("1", 40)+"\n")
	if got, err := HeadTime(w.dir); !got.IsZero() || err == nil {
		t.Errorf("a commit that is not there: got %v, %v", got, err)
	}
}

func TestHeadWithoutCommit(t *testing.T) {
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	bare := newWork(t, "--bare")
	for name, dir := range map[string]string{
		"no repository": t.TempDir(), "empty .git folder": empty, "no commit yet": newWork(t).dir, "bare repository": bare.dir,
	} {
		if got, err := Head(dir); got != "" || err != nil {
			t.Errorf("%s: got %q, %v, want neither hash nor error", name, got, err)
		}
	}
}

func TestHeadOfOtherKinds(t *testing.T) {
	w := newWork(t, "--object-format=sha256")
	want := w.push("a", "a")
	if got, err := Head(w.dir); got != want || err != nil || len(got) != 64 {
		t.Errorf("SHA-256: got %q, %v, want %q", got, err, want)
	}
	for name, head := range map[string]string{
		"tables": "ref: refs/heads/.invalid\n", "outside": "ref: refs/../../../etc/passwd\n", "garbage": "what?\n", "loop": "ref: refs/heads/loop\n",
	} {
		w := newWork(t)
		w.write(".git/HEAD", head)
		w.write(".git/refs/heads/loop", "ref: refs/heads/loop\n")
		if got, err := Head(w.dir); got != "" || err == nil {
			t.Errorf("%s: got %q, %v, want an error", name, got, err)
		}
	}
}

func TestRoot(t *testing.T) {
	w := newWork(t)
	w.push("zones/a.yaml", "a")
	if got, err := Root(filepath.Join(w.dir, "zones")); got != w.dir || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, w.dir)
	}
	if got, err := Root(t.TempDir()); got != "" || err != nil {
		t.Errorf("no repository: got %q, %v, want neither", got, err)
	}
}
