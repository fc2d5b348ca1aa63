package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// noise is data that does not compress.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	return data
}

// bulky makes a commit whose pack is too big for any buffer on the way.
func bulky(w *work, name string) string { return w.push(name, string(noise(1<<20))) }

// onPack applies a fault to the answer with the pack, after some bytes of it.
func onPack(after int, fault func(http.ResponseWriter, *http.Request)) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
			if isList(req) {
				next.ServeHTTP(rw, req)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, req)
			for k, v := range rec.Header() {
				rw.Header()[k] = v
			}
			rw.Header().Del("Content-Length")
			body := rec.Body.Bytes()
			_, _ = rw.Write(body[:min(after, len(body))])
			_ = http.NewResponseController(rw).Flush()
			fault(rw, req)
		})
	}
}

func reset(rw http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang sends nothing until the client gives up.
func hang(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }

// end ends the response as if it were complete.
func end(http.ResponseWriter, *http.Request) {}

func onList(f http.HandlerFunc) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
			if isList(req) {
				f(rw, req)
				return
			}
			next.ServeHTTP(rw, req)
		})
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(code)
		_, _ = io.WriteString(rw, body)
	}
}

// G5 and similar: whatever the server does halfway, Pull returns an error in time, the
// last good commit stays, no leftovers remain, and the next Pull succeeds.
func TestServerFaultsHold(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault middleware
		want  error // nil: any
	}{
		{"truncated pack, clean end", onPack(200_000, end), ErrPartial},
		{"no pack at all", onPack(0, end), nil},
		{"truncated in the first line", onPack(3, end), nil},
		{"reset in mid-pack", onPack(200_000, reset), nil},
		{"reset before the pack", onPack(0, reset), nil},
		{"silence in mid-pack", onPack(200_000, hang), ErrSilent},
		{"silence before the pack", onPack(0, hang), ErrSilent},
		{"silence before the list", onList(hang), ErrSilent},
		{"reset before the list", onList(reset), nil},
		{"401", onList(status(401, "s3cret")), ErrAuth},
		{"403", onList(status(403, "s3cret")), ErrAuth},
		{"404", onList(status(404, "")), ErrNotFound},
		{"502", onList(status(502, strings.Repeat("<html>", 1<<20))), nil},
		{"a page instead of a list", onList(status(200, "<html>Sign in</html>")), nil},
		{"nothing instead of a list", onList(status(200, "")), nil},
		{"redirect off loopback in clear text", onList(func(rw http.ResponseWriter, req *http.Request) {
			http.Redirect(rw, req, "http://git.example/.git/info/refs?service=git-upload-pack", http.StatusFound)
		}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWork(t)
			good := w.push("a", "1")
			s := serve(t, w)
			r := open(t, s.url)
			wantHash(t, r, good)
			next := bulky(w, "b")
			s.fault(c.fault)
			if errors.Is(c.want, ErrSilent) {
				r.opts.Silence = shortSilence
			}
			_, err := r.Pull(t.Context())
			r.opts.Silence = defaultSilence
			if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if len(err.Error()) > 800 || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error repeats what the server sent: %v", err)
			}
			if got := read(t, r, r.Head().Hash, "a"); got != "1" || r.Head().Hash != good {
				t.Errorf("head: got %s with %q, want %s", r.Head().Hash, got, good)
			}
			noLeftovers(t, r.opts.StateDir)
			s.heal()
			wantHash(t, r, next)
		})
	}
}

func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	for _, name := range leftovers(t, dir) {
		t.Errorf("left behind: %s", name)
	}
}

func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (isLeftover(path, d.Name()) || strings.HasSuffix(path, ".new") || strings.HasSuffix(path, ".old")) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A first clone that fails leaves nothing behind either.
func TestFirstCloneCutOff(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	hash := bulky(w, "a")
	s := serve(t, w)
	s.fault(onPack(100_000, end))
	r := open(t, s.url)
	for range 3 {
		if _, err := r.Pull(t.Context()); !errors.Is(err, ErrPartial) {
			t.Fatalf("got %v, want %v", err, ErrPartial)
		}
		noLeftovers(t, r.opts.StateDir)
	}
	s.heal()
	wantHash(t, r, hash)
}

func TestSlowServerMeetsTheTimeout(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	bulky(w, "a")
	s := serve(t, w)
	s.fault(onPack(1000, func(rw http.ResponseWriter, req *http.Request) {
		tick := time.NewTicker(20 * time.Millisecond) // never silent, never done
		defer tick.Stop()
		for req.Context().Err() == nil {
			_, _ = rw.Write([]byte("0006\x02 "))
			_ = http.NewResponseController(rw).Flush()
			<-tick.C
		}
	}))
	r := open(t, s.url, func(o *Options) { o.Timeout, o.Silence = 2*time.Second, time.Minute })
	if _, err := r.Pull(t.Context()); err == nil || errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), "not done after 2s") {
		t.Errorf("got %v, want an error about the time", err)
	}
}

func TestPullHonoursItsContext(t *testing.T) {
	w := newWork(t)
	w.push("a", "1")
	r := open(t, serve(t, w).url)
	if _, err := r.Pull(cancelled(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// G6: the token is read for each Pull, and never shown in an error.
func TestTokenIsRotated(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	s := serve(t, w)
	valid := "old"
	s.fault(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
			if user, token, _ := req.BasicAuth(); user != "git" || token != valid {
				status(401, "bad token "+token)(rw, req)
				return
			}
			next.ServeHTTP(rw, req)
		})
	})
	onDisk := "old"
	var unreadable error
	r := open(t, s.url, func(o *Options) { o.Password = func() (string, error) { return onDisk, unreadable } })
	wantHash(t, r, hash)
	valid = "new-s3cret"
	if _, err := r.Pull(t.Context()); !errors.Is(err, ErrAuth) || strings.Contains(err.Error(), "old") {
		t.Fatalf("expired: got %v, want %v without the token", err, ErrAuth)
	}
	onDisk = "new-s3cret"
	wantHash(t, r, w.push("a", "2"))
	unreadable = fs.ErrPermission
	if _, err := r.Pull(t.Context()); !errors.Is(err, ErrAuth) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("unreadable: got %v, want %v", err, ErrAuth)
	}
	onDisk, unreadable = "", nil
	if _, err := r.Pull(t.Context()); !errors.Is(err, ErrAuth) {
		t.Errorf("none: got %v, want %v", err, ErrAuth)
	}
}

// Credentials are sent only to the origin they were given for.
func TestRedirectDoesNotCarryTheToken(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	s := serve(t, w)
	s.fault(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
			if req.Header.Get("Authorization") != "" {
				t.Errorf("%s: the token came along", req.URL)
			}
			next.ServeHTTP(rw, req)
		})
	})
	old := httptest.NewServer(http.RedirectHandler(s.url+"/info/refs?service=git-upload-pack", http.StatusMovedPermanently))
	t.Cleanup(old.Close)
	r := open(t, old.URL+"/.git", func(o *Options) { o.Password = func() (string, error) { return "s3cret", nil } })
	wantHash(t, r, hash)
}

// Months of good and bad pulls leak neither goroutines nor files.
func TestNothingLeaks(t *testing.T) {
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url)
	use := func() (goroutines, files int) {
		runtime.GC() // closes what go-git forgets to
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return runtime.NumGoroutine(), len(open)
	}
	rounds := 0
	round := func() {
		rounds++
		wantHash(t, r, w.push("a", fmt.Sprint("round ", rounds)))
		w.push("b", fmt.Sprint("round ", rounds))
		for _, f := range []middleware{onPack(300, end), onPack(0, end), onPack(300, reset), onList(reset), onList(status(401, "no"))} {
			s.fault(f)
			if _, err := r.Pull(t.Context()); err == nil {
				t.Fatal("a fault went unnoticed")
			}
		}
		s.heal()
	}
	round()
	goroutines, files := use()
	for range 8 {
		round()
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		g, f := use()
		if g <= goroutines+4 && f <= files+4 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 40 bad pulls: got %d goroutines and %d files, want about %d and %d", g, f, goroutines, files)
		}
		runtime.Gosched()
	}
}
