package git

import (
	"os"
	"path/filepath"
	"testing"
)

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
