//go:build unix

package git

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const childVar = "ZONETENDER_TEST_GIT_CHILD"

// TestChild is not a test: the tests below run it in a process of its own, to
// kill it or to take its disk away.
func TestChild(t *testing.T) {
	url, state, ok := strings.Cut(os.Getenv(childVar), " ")
	if !ok {
		t.Skip("runs only as another test's child")
	}
	r, err := Open(t.Context(), Options{URL: url, StateDir: state, Silence: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if limit := os.Getenv(childVar + "_LIMIT"); limit != "" {
		full := syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
			t.Skip(err)
		}
	}
	_, err = r.Pull(t.Context())
	_, _ = io.WriteString(os.Stdout, "\nresult: "+errorText(err)+" head "+r.Head().Hash+"\n")
}

func errorText(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}

func child(t *testing.T, url, state string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(append(os.Environ(), childVar+"="+url+" "+state), env...)
	return cmd
}

// G8: SIGKILL in mid-pack. What it leaves does not hinder the next process.
func TestKilledDuringFetch(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	first := open(t, s.url)
	good := pull(t, first).Hash
	next := bulky(w, "b")
	stalled := make(chan struct{}, 1)
	s.fault(onPack(500_000, func(rw http.ResponseWriter, req *http.Request) {
		stalled <- struct{}{}
		hang(rw, req)
	}))
	cmd := child(t, s.url, first.opts.StateDir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-stalled
	for len(leftovers(t, first.opts.StateDir)) == 0 { // what was sent reaches the disk
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	s.heal()
	r := open(t, s.url, func(o *Options) { o.StateDir = first.opts.StateDir })
	noLeftovers(t, r.opts.StateDir)
	if got := r.Head().Hash; got != good {
		t.Errorf("head: got %s, want %s", got, good)
	}
	wantHash(t, r, next)
}

// G8: a disk without room, played by a limit on the size of files.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url)
	good := pull(t, r).Hash
	next := bulky(w, "b")
	before := s.fetches.Load()
	out, err := child(t, s.url, r.opts.StateDir, childVar+"_LIMIT=1").CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	result := ""
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "result: "); ok {
			result = text
		}
	}
	if !strings.Contains(result, "file too large") || !strings.HasSuffix(result, "head "+good) {
		t.Errorf("got %q, want the cause and the commit before", result)
	}
	if got := s.fetches.Load() - before; got != 1 {
		t.Errorf("transfers: got %d, want 1: another clone would meet the same disk", got)
	}
	noLeftovers(t, r.opts.StateDir)
	wantHash(t, r, next)
}
