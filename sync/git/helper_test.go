package git

import (
	"context"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// gitEnv keeps the tests from the settings of whoever runs them.
func gitEnv(home string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada Example", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=1700000000 +0100",
		"GIT_COMMITTER_NAME=Bob Example", "GIT_COMMITTER_EMAIL=bob@example.com", "GIT_COMMITTER_DATE=1700000060 +0000",
	}
}

// work is a repository with a work tree, made by Git itself.
type work struct {
	t   testing.TB
	dir string
}

func newWork(t testing.TB, initArgs ...string) *work {
	t.Helper()
	w := &work{t: t, dir: t.TempDir()}
	w.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return w
}

func (w *work) git(args ...string) string { return w.gitIn("", args...) }

func (w *work) gitIn(stdin string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = w.dir, gitEnv(w.dir), strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *work) write(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// commit records everything in the work tree and returns the commit's hash.
func (w *work) commit(message string) string {
	w.t.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "--allow-empty", "-m", message)
	return w.git("rev-parse", "HEAD")
}

// push is a new commit with one file.
func (w *work) push(name, content string) string {
	w.t.Helper()
	w.write(name, content)
	return w.commit("Change " + name)
}

// served is a repository behind a smart HTTP server on loopback.
type served struct {
	url            string
	lists, fetches atomic.Int64               // requests seen
	wrap           atomic.Pointer[middleware] // nil: no fault
}

type middleware func(next http.Handler) http.Handler

func (s *served) fault(m middleware) { s.wrap.Store(&m) }
func (s *served) heal()              { s.wrap.Store(nil) }

func serve(t testing.TB, w *work) *served {
	t.Helper()
	s := new(served)
	server := httptest.NewServer(s.handler(t, w))
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	s.url = server.URL + "/.git"
	return s
}

func (s *served) handler(t testing.TB, w *work) http.Handler {
	t.Helper()
	path, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path:   filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"),
		Env:    append(gitEnv(w.dir), "GIT_PROJECT_ROOT="+w.dir, "GIT_HTTP_EXPORT_ALL=1"),
		Stderr: io.Discard,
		Logger: log.New(io.Discard, "", 0),
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if isList(req) {
			s.lists.Add(1)
		} else {
			s.fetches.Add(1)
		}
		if m := s.wrap.Load(); m != nil {
			(*m)(backend).ServeHTTP(rw, req)
			return
		}
		backend.ServeHTTP(rw, req)
	})
}

func isList(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/info/refs") }

// open opens url with settings that a test changes; the state folder is new.
func open(t testing.TB, url string, change ...func(*Options)) *Repo {
	t.Helper()
	o := Options{URL: url, StateDir: t.TempDir()}
	for _, c := range change {
		c(&o)
	}
	r, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return r
}

func pull(t testing.TB, r *Repo) Commit {
	t.Helper()
	c, err := r.Pull(t.Context())
	if err != nil {
		t.Fatalf("pull: %v", err)
	}
	return c
}

// wantHash pulls and compares.
func wantHash(t testing.TB, r *Repo, want string) {
	t.Helper()
	if got := pull(t, r).Hash; got != want {
		t.Fatalf("pulled commit: got %s, want %s", got, want)
	}
}

// read reads one file of a commit.
func read(t testing.TB, r *Repo, hash, name string) string {
	t.Helper()
	fsys, err := r.FS(hash)
	if err != nil {
		t.Fatalf("files of %s: %v", hash, err)
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(data)
}

// shortSilence is only for remotes that do fall silent: a busy machine can take as long.
const shortSilence = 300 * time.Millisecond

// cancelled returns a cancelled context.
func cancelled(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
