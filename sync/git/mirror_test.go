package git

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// G8: a damaged mirror is cloned afresh.
func TestBrokenMirrorHeals(t *testing.T) {
	each := func(pattern string, do func(path string) error) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			found, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(found) == 0 {
				t.Fatalf("nothing matches %s: %v", pattern, err)
			}
			for _, path := range found {
				if err := errors.Join(os.Chmod(path, 0o700), do(path)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	empty := func(path string) error { return os.Truncate(path, 0) }
	for name, damage := range map[string]func(*testing.T, string){
		"pack lost":      each("*.git/objects/pack/*.pack", os.Remove),
		"pack empty":     each("*.git/objects/pack/*.pack", empty),
		"index lost":     each("*.git/objects/pack/*.idx", os.Remove),
		"index empty":    each("*.git/objects/pack/*.idx", empty),
		"objects lost":   each("*.git/objects", os.RemoveAll),
		"reference lost": each("*.git/refs/zonetender/head", os.Remove),
		"reference bad":  each("*.git/refs/zonetender/head", func(p string) error { return os.WriteFile(p, []byte("what?"), 0o600) }),
		"HEAD lost":      each("*.git/HEAD", os.Remove),
		"emptied":        each("*.git/*", os.RemoveAll),
		"a file":         each("*.git", func(p string) error { return errors.Join(os.RemoveAll(p), os.WriteFile(p, nil, 0o600)) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWork(t)
			w.push("a", "1")
			s := serve(t, w)
			running := open(t, s.url)
			pull(t, running)
			damage(t, running.opts.StateDir)
			hash := w.push("a", "2")
			// First a new daemon, then the one that was running all along: it may have to
			// notice the damage first.
			restarted := open(t, s.url, func(o *Options) { o.StateDir = running.opts.StateDir })
			wantHash(t, restarted, hash)
			if got := read(t, restarted, hash, "a"); got != "2" {
				t.Errorf("restarted: got %q, want 2", got)
			}
			damage2 := w.push("a", "3")
			wantHash(t, running, damage2)
			if got := read(t, running, damage2, "a"); got != "3" {
				t.Errorf("running: got %q, want 3", got)
			}
		})
	}
}

// Damage that shows only when a file is read is repaired by the next Pull.
func TestDamageFoundWhileReadingHeals(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	r := open(t, serve(t, w).url)
	wantHash(t, r, hash)
	packs, err := filepath.Glob(filepath.Join(r.mirror.dir, "objects", "pack", "*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatalf("packs: got %v, %v, want one", packs, err)
	}
	if err := errors.Join(os.Chmod(packs[0], 0o600), os.Truncate(packs[0], 20)); err != nil {
		t.Fatal(err)
	}
	if fsys, err := r.FS(hash); err == nil {
		// The commit may still be in memory; the blob is not.
		if _, err := fs.ReadFile(fsys, "a"); err == nil {
			t.Fatal("read from a truncated pack")
		}
	}
	wantHash(t, r, hash)
	if got := read(t, r, hash, "a"); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
}

// G8: Open removes what a killed process left behind, and nothing else.
func TestLeftoversAreCleaned(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url)
	wantHash(t, r, hash)
	state := r.opts.StateDir
	base := filepath.Base(r.mirror.dir)
	for _, name := range []string{
		base + "/objects/pack/tmp_pack_123", base + "/objects/pack/pack-0123.idx", base + "/objects/pack/tmp_idx_9",
		base + "/shallow.lock", base + "/refs/zonetender/head.lock", base + "/objects/tmp_obj_4",
		base + ".new/HEAD", base + ".old/HEAD",
	} {
		(&work{t: t, dir: state}).write(name, "half")
	}
	(&work{t: t, dir: state}).write("state.db.lock", "not ours")
	r = open(t, s.url, func(o *Options) { o.StateDir = state })
	for _, name := range leftovers(t, state) {
		if filepath.Base(name) != "state.db.lock" {
			t.Errorf("left behind: %s", name)
		}
	}
	if _, err := os.Stat(filepath.Join(state, "state.db.lock")); err != nil {
		t.Errorf("another package's file: %v", err)
	}
	if got := r.Head().Hash; got != hash {
		t.Errorf("head: got %q, want %q", got, hash)
	}
	// Killed between the two renames of a replacement.
	if err := os.Rename(r.mirror.dir, r.mirror.dir+".old"); err != nil {
		t.Fatal(err)
	}
	r = open(t, s.url, func(o *Options) { o.StateDir = state })
	if got := r.Head().Hash; got != hash {
		t.Errorf("head after a cut-off replacement: got %q, want %q", got, hash)
	}
}

// A state folder that cannot be created is an error of Open.
func TestStateFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{URL: "https://git.example/z", StateDir: filepath.Join(file, "state")}); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("got %v, want the cause", err)
	}
}
