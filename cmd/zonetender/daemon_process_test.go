package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	stdsync "sync"
	"syscall"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

// A clone is a Git repository with a work tree, as a team has it.
type clone struct {
	testing.TB
	dir string
}

func newClone(t testing.TB) *clone {
	c := &clone{t, t.TempDir()}
	c.git("init", "-q", "-b", "main")
	return c
}

func (c *clone) git(args ...string) string {
	c.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = c.dir, processEnv(c.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// write puts a file into the work tree.
func (c *clone) write(name, text string) {
	c.Helper()
	path := filepath.Join(c.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.Fatal(err)
	}
}

// push commits a file, with all that was written before, and gives the commit's hash.
func (c *clone) push(name, text string) string {
	c.Helper()
	c.write(name, text)
	c.git("add", "-A")
	c.git("commit", "-q", "--allow-empty", "-m", "Change "+name)
	return c.git("rev-parse", "HEAD")
}

// A daemonProcess is a daemon in a process of its own, and what it logs.
type daemonProcess struct {
	*process
	t   *testing.T
	url string // of its HTTP server

	mu    stdsync.Mutex
	cond  *stdsync.Cond
	lines []map[string]any
	raw   strings.Builder
	ended bool
}

// startDaemon starts a daemon in a folder and waits until it listens.
func startDaemon(t *testing.T, dir string, environ []string, args ...string) *daemonProcess {
	t.Helper()
	d := newDaemon(t, dir, environ, args...)
	started := d.await(func(l map[string]any) bool { return l["msg"] == "started" })
	if started == nil {
		t.Fatalf("the daemon ended before it had started:\n%s", d.log())
	}
	d.url = fmt.Sprintf("http://%s", started["listen"])
	return d
}

func newDaemon(t *testing.T, dir string, environ []string, args ...string) *daemonProcess {
	t.Helper()
	d := &daemonProcess{t: t}
	d.cond = stdsync.NewCond(&d.mu)
	d.process = newProcess(t, append([]string{"ZONETENDER_LISTEN=127.0.0.1:0"}, environ...), append([]string{"daemon"}, args...)...)
	d.process.Dir, d.process.Stderr = dir, nil
	stderr, err := d.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.start(t)
	go d.read(stderr)
	t.Cleanup(func() {
		_ = d.Process.Kill() // it may have ended
		_ = d.Wait()
		if t.Failed() {
			t.Logf("the daemon's log:\n%s", d.log())
		}
	})
	return d
}

func (d *daemonProcess) read(r io.Reader) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line map[string]any
		if json.Unmarshal(in.Bytes(), &line) != nil {
			line = map[string]any{"text": in.Text()}
		}
		d.mu.Lock()
		d.lines = append(d.lines, line)
		d.raw.WriteString(in.Text() + "\n")
		d.mu.Unlock()
		d.cond.Broadcast()
	}
	d.mu.Lock()
	d.ended = true
	d.mu.Unlock()
	d.cond.Broadcast()
}

// await gives the first line of the log, of those not seen yet, that f says is the one,
// and nil where the daemon ends without.
func (d *daemonProcess) await(f func(line map[string]any) bool) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for len(d.lines) > 0 {
			line := d.lines[0]
			d.lines = d.lines[1:]
			if f(line) {
				return line
			}
		}
		if d.ended {
			return nil
		}
		d.cond.Wait()
	}
}

// cycle waits for the end of a cycle of a commit.
func (d *daemonProcess) cycle(kind daemon.Kind, commit string) {
	d.t.Helper()
	line := d.await(func(l map[string]any) bool {
		return l["msg"] == "cycle" && l["kind"] == string(kind) && (commit == "" || l["commit"] == commit)
	})
	if line == nil {
		d.t.Fatalf("the daemon ended before a %s of %s", kind, commit)
	}
}

func (d *daemonProcess) log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.raw.String()
}

// get asks the daemon's HTTP server.
func (d *daemonProcess) get(path string) (int, string) {
	d.t.Helper()
	return d.do(http.MethodGet, path, "", nil)
}

func (d *daemonProcess) do(method, path, body string, header map[string]string) (int, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// finish ends the daemon as a service manager does, and fails the test unless that is
// quick and in good order.
func (d *daemonProcess) finish() {
	d.t.Helper()
	d.signal(syscall.SIGTERM)
	d.ends()
}

// ends waits for a daemon that was told to stop: once, as a second signal would kill it.
func (d *daemonProcess) ends() {
	d.t.Helper()
	begin := time.Now()
	d.await(func(map[string]any) bool { return false }) // until its last line
	if code := d.code(d.t); code != exitOK {
		d.t.Errorf("got exit code %d, want 0", code)
	}
	if took := time.Since(begin); took > 20*time.Second { // the grace is longer
		d.t.Errorf("got %s to stop, want a moment", took)
	}
}

// hook announces a push as GitHub does.
func (d *daemonProcess) hook(secret string) int {
	d.t.Helper()
	body := `{"ref":"refs/heads/main"}`
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	code, _ := d.do(http.MethodPost, "/hooks/git", body, map[string]string{
		"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	})
	return code
}
