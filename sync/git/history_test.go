package git

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContains(t *testing.T) {
	w := newWork(t)
	base := w.push("a", "0")
	w.git("checkout", "-q", "-b", "side")
	side := w.push("side", "1")
	w.git("checkout", "-q", "main")
	left := w.push("a", "1")
	w.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	merge := w.git("rev-parse", "HEAD")
	w.git("commit", "-q", "--amend", "-m", "other merge")
	amended := w.git("rev-parse", "HEAD")
	w.git("checkout", "-q", "--orphan", "alien")
	alien := w.push("b", "1")
	r := open(t, w.dir)
	for _, c := range []struct {
		name         string
		newer, older string
		want         bool
	}{
		{"itself", base, base, true}, {"parent", left, base, true}, {"second parent", merge, side, true},
		{"grandparent", merge, base, true}, {"the other way", base, merge, false}, {"brothers", left, side, false},
		{"amended", amended, merge, false}, {"unrelated", alien, base, false},
		{"never seen", merge, "1234567890123456789012345678901234567890", false},
	} {
		got, err := r.Contains(t.Context(), c.newer, c.older)
		if got != c.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	if _, err := r.Contains(t.Context(), "1234567890123456789012345678901234567890", base); !errors.Is(err, ErrNoCommit) {
		t.Errorf("unknown newer commit: got %v, want %v", err, ErrNoCommit)
	}
	if _, err := r.Contains(t.Context(), base, "HEAD"); !errors.Is(err, ErrNoCommit) {
		t.Errorf("no hash: got %v, want %v", err, ErrNoCommit)
	}
	if _, err := r.Contains(cancelled(t), merge, alien); err == nil {
		t.Error("cancelled: got no error")
	}
}

// With a depth, what lies deeper is unknown, which is neither yes nor no.
func TestContainsWithShallowHistory(t *testing.T) {
	w := newWork(t)
	var hashes []string
	for i := range 6 {
		hashes = append(hashes, w.push("a", fmt.Sprint(i)))
	}
	s := serve(t, w)
	r := open(t, s.url, func(o *Options) { o.Depth = 2 })
	wantHash(t, r, hashes[5])
	if got, err := r.Contains(t.Context(), hashes[5], hashes[4]); !got || err != nil {
		t.Errorf("within the depth: got %v, %v, want true", got, err)
	}
	if got, err := r.Contains(t.Context(), hashes[5], hashes[0]); got || !errors.Is(err, ErrUnknown) {
		t.Errorf("deeper: got %v, %v, want %v", got, err, ErrUnknown)
	}
	next := w.push("a", "next")
	wantHash(t, r, next)
	if got, err := r.Contains(t.Context(), next, hashes[5]); !got || err != nil {
		t.Errorf("after another fetch: got %v, %v, want true", got, err)
	}
	if got := read(t, r, next, "a"); got != "next" {
		t.Errorf("file: got %q, want next", got)
	}
}

func TestChanged(t *testing.T) {
	w := newWork(t)
	w.write("zones/same", "1")
	w.write("zones/edited", "1")
	w.write("zones/moved", "a content of its own")
	w.write("zones/mode", "1")
	w.write("zones/gone/deep/file", "1")
	w.write("becomes-folder", "1")
	w.write("becomes-file/x", "1")
	before := w.commit("before")
	w.write("zones/edited", "2")
	w.git("mv", "zones/moved", "zones/renamed")
	w.git("rm", "-rq", "zones/gone", "becomes-folder", "becomes-file")
	w.write("becomes-folder/y", "1")
	w.write("becomes-file", "1")
	w.git("add", "-A")
	w.git("update-index", "--chmod=+x", "zones/mode")
	w.git("commit", "-q", "-m", "after")
	after := w.git("rev-parse", "HEAD")
	r := open(t, w.dir)
	want := []string{"becomes-file", "becomes-file/x", "becomes-folder", "becomes-folder/y", "zones/edited",
		"zones/gone/deep/file", "zones/mode", "zones/moved", "zones/renamed"}
	for _, c := range []struct {
		name, older, newer string
		want               []string
	}{
		{"forwards", before, after, want}, {"backwards", after, before, want}, {"nothing", after, after, nil},
		{"from nothing", "", before, []string{"becomes-file/x", "becomes-folder", "zones/edited", "zones/gone/deep/file", "zones/mode", "zones/moved", "zones/same"}},
	} {
		got, err := r.Changed(c.older, c.newer)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if _, err := r.Changed(before, "1234567890123456789012345678901234567890"); !errors.Is(err, ErrNoCommit) {
		t.Errorf("unknown commit: got %v, want %v", err, ErrNoCommit)
	}
}
