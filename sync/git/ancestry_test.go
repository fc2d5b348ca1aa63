package git

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Git says the same of any two commits of any history, whatever the merges in it, and with
// all commits made in the same second.
func TestBetweenIsWhatGitSays(t *testing.T) {
	t.Parallel()
	const commits = 24
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWork(t)
		tree := w.gitIn("", "write-tree")
		var all []string
		for i := range commits {
			args := []string{"commit-tree", "-m", fmt.Sprint(i), tree}
			parents := make(map[string]bool)
			for range r.IntN(3) {
				if len(all) > 0 {
					parents[all[max(0, len(all)-1-r.IntN(5))]] = true
				}
			}
			for p := range parents {
				args = append(args, "-p", p)
			}
			all = append(all, w.git(args...))
		}
		repo := open(t, w.dir)
		for range 40 {
			older, newer := all[r.IntN(commits)], all[r.IntN(commits)]
			links, err := repo.Between(t.Context(), older, newer)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			seen := make(map[string]bool)
			for _, l := range links {
				got = append(got, l.Commit.Hash)
				for _, p := range l.Parents {
					if seen[p] {
						t.Fatalf("seed %d: %s comes after its parent %s", seed, l.Commit.Hash, p)
					}
				}
				seen[l.Commit.Hash] = true
			}
			want := strings.Fields(w.git("rev-list", newer, "^"+older))
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s..%s: got %q, want %q", seed, older, newer, got, want)
			}
		}
	}
}

func TestBetweenDescribesCommits(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	first := w.push("a", "0")
	second := w.push("a", "1")
	repo := open(t, w.dir)
	links, err := repo.Between(t.Context(), first, second)
	if err != nil || len(links) != 1 {
		t.Fatalf("got %v, %v, want one commit", links, err)
	}
	if got := links[0]; got.Commit.Hash != second || got.Commit.Author != "Ada Example" || got.Commit.AuthorEmail != "ada@example.com" || !slices.Equal(got.Parents, []string{first}) {
		t.Errorf("got %+v", got)
	}
	if _, err := repo.Between(t.Context(), "main", second); !errors.Is(err, ErrNoCommit) {
		t.Errorf("not a hash: got %v, want %v", err, ErrNoCommit)
	}
	if _, err := repo.Between(cancelled(t), first, second); err == nil {
		t.Error("cancelled: got no error")
	}
}

// In a shallow clone the commits that are there are told, and that there may be more.
func TestBetweenWithShallowHistory(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	base := w.push("a", "0")
	w.git("branch", "base")
	w.push("a", "1")
	tip := w.push("a", "2")
	clone := &work{t: t, dir: t.TempDir()}
	clone.git("clone", "-q", "--depth=1", "file://"+w.dir, ".")
	repo := open(t, clone.dir)
	if !repo.Shallow() || open(t, w.dir).Shallow() {
		t.Error("the clone is shallow, and its origin is not")
	}
	if _, err := repo.Between(t.Context(), base, tip); !errors.Is(err, ErrNoCommit) {
		t.Errorf("got %v, want %v", err, ErrNoCommit)
	}
	clone.git("fetch", "-q", "--depth=1", "origin", "base")
	links, err := repo.Between(t.Context(), base, tip)
	if !errors.Is(err, ErrUnknown) || len(links) != 1 || links[0].Commit.Hash != tip {
		t.Errorf("got %v, %v, want the newest commit and %v", links, err, ErrUnknown)
	}
	clone.git("fetch", "-q", "--unshallow", "origin")
	repo = open(t, clone.dir)
	if links, err := repo.Between(t.Context(), base, tip); err != nil || len(links) != 2 || repo.Shallow() {
		t.Errorf("got %v, %v, want two commits", links, err)
	}
	clone.git("remote", "add", "a\u202eb", w.dir)
	clone.git("remote", "add", "fork", w.dir)
	if got := open(t, clone.dir).Remotes(); !slices.Equal(got, []string{"fork", "origin"}) {
		t.Errorf("got remotes %q, want fork and origin", got)
	}
}

// What a partial clone has not fetched is missing, whatever its size.
func TestPartialClone(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.git("config", "uploadpack.allowFilter", "true")
	first := w.push("a", "0")
	w.push("a", "1")
	clone := &work{t: t, dir: t.TempDir()}
	clone.git("clone", "-q", "--filter=blob:none", "file://"+w.dir, ".")
	repo := open(t, clone.dir)
	if !repo.PartialClone() || open(t, w.dir).PartialClone() {
		t.Error("the clone is partial, and its origin is not")
	}
	files, err := repo.FS(first)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := fs.ReadFile(files, "a"); !errors.Is(err, ErrPartial) {
			t.Errorf("got %v, want %v", err, ErrPartial)
		}
	}
}

// A history that is longer than anybody can want it is not walked to its end.
func TestBetweenIsBounded(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	base := w.push("a", "0")
	var stream strings.Builder
	for i := range maxBetween + 10 {
		fmt.Fprintf(&stream, "commit refs/heads/long\ncommitter B <b@example.com> %d +0000\ndata 1\nx\n", 1700000100+i)
		if i == 0 {
			fmt.Fprintf(&stream, "from %s\n", base)
		}
	}
	w.gitIn(stream.String(), "fast-import", "--quiet")
	repo := open(t, w.dir)
	links, err := repo.Between(t.Context(), base, w.git("rev-parse", "long"))
	if limit, ok := errors.AsType[*LimitError](err); !ok || limit.Limit != maxBetween || len(links) == 0 || len(links) > maxBetween {
		t.Errorf("got %d commits and %v, want at most %d and a limit", len(links), err, maxBetween)
	}
}
