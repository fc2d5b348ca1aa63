package git

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPullDescribesTheCommit(t *testing.T) {
	w := newWork(t)
	hash := w.push("zones/example.com.yaml", "records")
	s := serve(t, w)
	got := pull(t, open(t, s.url))
	got.Time = got.Time.UTC()
	want := Commit{Hash: hash, Branch: "main", Author: "Ada Example", AuthorEmail: "ada@example.com",
		Time: time.Unix(1700000060, 0).UTC(), Subject: "Change zones/example.com.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
}

// Whatever happens to a branch, the next Pull returns what the remote lists, with the
// files that Git itself shows.
func TestPullFollowsWhateverHappens(t *testing.T) {
	for _, depth := range []int{0, 1, 2} {
		t.Run(fmt.Sprintf("depth %d", depth), func(t *testing.T) {
			t.Parallel()
			followWhateverHappens(t, depth)
		})
	}
}

func followWhateverHappens(t *testing.T, depth int) {
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url, func(o *Options) { o.Ref, o.Depth = "main", depth })
	for i, step := range []func(){
		func() {},
		func() { w.push("a", "2") },
		func() { w.push("a", "3"); w.push("b/c", "4"); w.push("b/d", "5") },
		func() { w.git("commit", "-q", "--amend", "-m", "amended") },
		func() { w.git("reset", "-q", "--hard", "HEAD~2") },
		func() { w.push("a", "after the rewind") },
		func() {
			w.git("checkout", "-q", "-b", "side", "HEAD~1")
			w.push("side", "x")
			w.git("checkout", "-q", "main")
			w.git("merge", "-q", "--no-ff", "-m", "merge", "side")
		},
		func() { w.git("gc", "-q", "--prune=now") },
		func() {
			w.git("checkout", "-q", "--orphan", "fresh")
			w.git("rm", "-rqf", ".")
			w.push("unrelated", "y")
			w.git("branch", "-M", "fresh", "main")
		},
		func() { w.git("rm", "-rq", "."); w.commit("nothing left") },
		func() { w.push("again", "z") },
	} {
		step()
		want := w.git("rev-parse", "main")
		if got := pull(t, r).Hash; got != want {
			t.Fatalf("step %d: got %s, want %s", i, got, want)
		}
		for name := range strings.FieldsSeq(w.git("ls-tree", "-r", "--name-only", "main")) {
			if got, want := read(t, r, want, name), w.git("show", "main:"+name); got != want {
				t.Errorf("step %d: %s: got %q, want %q", i, name, got, want)
			}
		}
		before := s.fetches.Load()
		wantHash(t, r, want)
		if s.fetches.Load() != before {
			t.Errorf("step %d: the second pull fetched", i)
		}
	}
}

func TestNothingNewIsOneQuestion(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	s := serve(t, w)
	state := t.TempDir()
	r := open(t, s.url, func(o *Options) { o.StateDir = state })
	wantHash(t, r, hash)
	lists, fetches := s.lists.Load(), s.fetches.Load()
	wantHash(t, r, hash)
	again := open(t, s.url, func(o *Options) { o.StateDir = state })
	if got := again.Head().Hash; got != hash {
		t.Errorf("head after a restart: got %q, want %q", got, hash)
	}
	wantHash(t, again, hash)
	if got := s.lists.Load() - lists; got != 2 {
		t.Errorf("questions for two pulls: got %d, want 2", got)
	}
	if got := s.fetches.Load() - fetches; got != 0 {
		t.Errorf("transfers: got %d, want 0", got)
	}
}

func TestDefaultBranchIsFollowed(t *testing.T) {
	w := newWork(t)
	first := w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url)
	wantHash(t, r, first)
	w.git("checkout", "-q", "-b", "trunk")
	second := w.push("a", "2")
	got := pull(t, r)
	if got.Hash != second || got.Branch != "trunk" {
		t.Errorf("got %s on %q, want %s on trunk", got.Hash, got.Branch, second)
	}
	w.git("checkout", "-q", "--detach")
	if got := pull(t, r); got.Branch != "" || got.Hash != second {
		t.Errorf("detached: got %s on %q, want %s on no branch", got.Hash, got.Branch, second)
	}
}

// G2, G3: a branch that is gone, or a repository that was emptied, is an error of its
// own, and the last good commit stays readable.
func TestRemoteStatesThatHold(t *testing.T) {
	for _, c := range []struct {
		name string
		ref  string
		want error
		do   func(*work)
	}{
		{"branch deleted", "main", ErrBranchGone, func(w *work) { w.git("checkout", "-q", "-b", "x"); w.git("branch", "-D", "main") }},
		{"branch renamed", "main", ErrBranchGone, func(w *work) { w.git("branch", "-m", "main", "trunk") }},
		{"HEAD without a branch", "", ErrBranchGone, func(w *work) { w.git("branch", "keep"); w.git("symbolic-ref", "HEAD", "refs/heads/none") }},
		{"emptied", "main", ErrEmpty, func(w *work) { w.git("update-ref", "-d", "refs/heads/main") }},
		{"re-created empty", "", ErrEmpty, func(w *work) { w.git("update-ref", "-d", "refs/heads/main") }},
		{"SHA-256", "main", ErrSHA256, func(w *work) { w.recreate("sha256"); w.push("a", "2") }},
		// Git lists no capabilities then, so the kind cannot be known.
		{"SHA-256, empty", "", ErrEmpty, func(w *work) { w.recreate("sha256") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWork(t)
			good := w.push("a", "1")
			s := serve(t, w)
			r := open(t, s.url, func(o *Options) { o.Ref = c.ref })
			wantHash(t, r, good)
			c.do(w)
			for range 2 {
				if _, err := r.Pull(t.Context()); !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
			}
			if got := r.Head().Hash; got != good {
				t.Errorf("head: got %s, want %s", got, good)
			}
			if got := read(t, r, good, "a"); got != "1" {
				t.Errorf("file: got %q, want 1", got)
			}
		})
	}
}

// recreate creates the repository anew, with another object format.
func (w *work) recreate(format string) {
	w.t.Helper()
	w.git("update-ref", "-d", "HEAD")
	if err := os.RemoveAll(w.dir + "/.git"); err != nil {
		w.t.Fatal(err)
	}
	w.git("init", "-q", "-b", "main", "--object-format="+format)
}

func TestBranchThatNeverWas(t *testing.T) {
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url, func(o *Options) { o.Ref = "typo" })
	_, err := r.Pull(t.Context())
	if !errors.Is(err, ErrBranchGone) || !strings.Contains(err.Error(), "branch typo") {
		t.Errorf("got %v, want %v that names the branch", err, ErrBranchGone)
	}
	if got := r.Head(); got != (Commit{}) {
		t.Errorf("head: got %+v, want none", got)
	}
}

// G11: the branch moves, forward or by force, between listing and transfer.
func TestBranchMovesWhileItIsRead(t *testing.T) {
	for name, move := range map[string]func(w *work){
		"forward": func(w *work) { w.push("a", "newer") },
		"forced": func(w *work) {
			w.git("commit", "-q", "--amend", "-m", "forced")
			w.git("reflog", "expire", "--expire=now", "--all")
			w.git("gc", "-q", "--prune=now")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWork(t)
			w.push("a", "1")
			s := serve(t, w)
			r := open(t, s.url)
			pull(t, r)
			listed := map[string]bool{w.push("a", "2"): true}
			moved := false
			s.fault(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
					if !isList(req) && !moved {
						moved = true
						move(w)
						listed[w.git("rev-parse", "main")] = true
					}
					next.ServeHTTP(rw, req)
				})
			})
			if got := pull(t, r).Hash; !listed[got] || !moved {
				t.Errorf("got %s, want one of %v", got, listed)
			}
			wantHash(t, r, w.git("rev-parse", "main"))
		})
	}
}

func TestPacksDoNotPileUp(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	first := w.push("a", "0")
	s := serve(t, w)
	r := open(t, s.url, func(o *Options) { o.maxPacks = 5 })
	for i := range 12 {
		wantHash(t, r, w.push("a", fmt.Sprint(i)))
		if got := r.mirror.packs(); got > 5 {
			t.Fatalf("pull %d: got %d packs, want at most 5", i, got)
		}
	}
	if got := read(t, r, first, "a"); got != "0" {
		t.Errorf("first commit: got %q, want 0", got)
	}
	// A commit that is still needed, but no longer on the branch, keeps the mirror.
	needed := r.Head().Hash
	r.Keep(needed)
	w.git("checkout", "-q", "--orphan", "fresh")
	w.push("b", "x")
	w.git("branch", "-M", "main")
	for i := range 12 {
		wantHash(t, r, w.push("a", fmt.Sprint("again ", i)))
		if got := read(t, r, needed, "a"); got != "11" {
			t.Fatalf("needed commit: got %q, want 11", got)
		}
	}
}

func TestPullOverHTTPS(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	s := new(served)
	server := httptest.NewUnstartedServer(s.handler(t, w))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the refusal below
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	wantHash(t, open(t, server.URL+"/.git", func(o *Options) { o.roots = roots }), hash)
	_, err := open(t, server.URL+"/.git").Pull(t.Context())
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("unknown authority: got %v, want an error about the certificate", err)
	}
}

func TestMultiAckIsUnderstood(t *testing.T) {
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url)
	r.addr.host = "dev.azure.com" // what is called stays the loopback URL
	for i := range 4 {
		wantHash(t, r, w.push("a", fmt.Sprint(i)))
	}
	w.git("commit", "-q", "--amend", "-m", "forced")
	wantHash(t, r, w.git("rev-parse", "main"))
}
