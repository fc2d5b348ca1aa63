package git

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/git/sign"
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

// With a depth, older commits are unknown, which is neither yes nor no.
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

// With a depth, a push of that many commits does not look like a rewritten branch: the
// history is fetched back to the applied commit.
func TestFaultC2DepthReachesTheAppliedCommit(t *testing.T) {
	for _, filter := range []string{"true", "false"} {
		t.Run("filter "+filter, func(t *testing.T) {
			t.Parallel()
			w := newWork(t)
			w.git("config", "uploadpack.allowFilter", filter)
			applied := w.push("zones/a", "0")
			s := serve(t, w)
			r := open(t, s.url, func(o *Options) { o.Depth = 2 })
			wantHash(t, r, applied)
			r.Keep(applied)
			last := ""
			for i := range 23 {
				last = w.push("zones/a", fmt.Sprint(i))
			}
			wantHash(t, r, last)
			if got, err := r.Contains(t.Context(), last, applied); !got || err != nil {
				t.Errorf("after a push of many commits: got %v, %v, want true", got, err)
			}
			if got := read(t, r, last, "zones/a"); got != "22" {
				t.Errorf("file: got %q", got)
			}
			// A new process, without a mirror.
			fresh := open(t, s.url, func(o *Options) { o.Depth = 1 })
			fresh.Keep(applied)
			wantHash(t, fresh, last)
			if got, err := fresh.Contains(t.Context(), last, applied); !got || err != nil {
				t.Errorf("after a fresh clone: got %v, %v, want true", got, err)
			}
			// A rewritten branch is still recognized, without a transfer each time.
			r.Keep(last)
			w.git("checkout", "-q", "--orphan", "other")
			w.commit("unrelated")
			for i := range 9 {
				w.push("zones/a", fmt.Sprint("other ", i))
			}
			w.git("branch", "-M", "other", "main")
			other := w.git("rev-parse", "main")
			wantHash(t, r, other)
			if got, err := r.Contains(t.Context(), other, last); got || err != nil {
				t.Errorf("rewritten: got %v, %v, want false", got, err)
			}
			before := s.fetches.Load()
			wantHash(t, r, other)
			if got := s.fetches.Load() - before; got != 0 {
				t.Errorf("transfers without a push: got %d, want 0", got)
			}
		})
	}
}

// There is a bound to that, and the error names it.
func TestFaultC2DepthEndsAtABound(t *testing.T) {
	w := newWork(t)
	applied := w.push("a", "0")
	var stream strings.Builder
	for i := range maxDepth + 5 {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter B <b@example.com> %d +0000\ndata 1\nx\n", 1700000100+i)
		if i == 0 {
			fmt.Fprintf(&stream, "from %s\n", applied)
		}
	}
	w.gitIn(stream.String(), "fast-import", "--quiet")
	last := w.git("rev-parse", "main")
	s := serve(t, w)
	r := open(t, s.url, func(o *Options) { o.Depth = 100 })
	r.Keep(applied)
	wantHash(t, r, last)
	if _, err := r.Contains(t.Context(), last, applied); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), fmt.Sprint("among the ", maxDepth, " newest")) {
		t.Errorf("got %v, want %v with the number of commits", err, ErrUnknown)
	}
	before := s.fetches.Load()
	wantHash(t, r, last)
	if got := s.fetches.Load() - before; got != 0 {
		t.Errorf("transfers without a push: got %d, want 0", got)
	}
}

// Signatures are checked against the keys that are on disk at that time.
func TestVerify(t *testing.T) {
	w := newWork(t)
	unsigned := w.push("a", "1")
	if err := open(t, w.dir).Verify(unsigned); err != nil {
		t.Errorf("without trusted keys: got %v, want no error", err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", key).CombinedOutput(); err != nil {
		t.Skipf("ssh-keygen: %v\n%s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	w.git("config", "gpg.format", "ssh")
	w.git("config", "user.signingkey", key)
	w.git("config", "commit.gpgsign", "true")
	signed := w.push("a", "2")
	keys := filepath.Join(t.TempDir(), "trusted")
	if err := os.WriteFile(keys, append([]byte("* "), public...), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, w.dir, func(o *Options) { o.TrustedKeysFile = keys })
	if err := r.Verify(signed); err != nil {
		t.Errorf("signed: got %v, want no error", err)
	}
	if err := r.Verify(unsigned); !errors.Is(err, sign.ErrUnsigned) {
		t.Errorf("unsigned: got %v, want %v", err, sign.ErrUnsigned)
	}
	if err := os.Remove(keys); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(signed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v, want %v", err, os.ErrNotExist)
	}
}
