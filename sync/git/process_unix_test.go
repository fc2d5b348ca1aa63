//go:build unix

package git

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const childVar = "ZONETENDER_TEST_GIT_CHILD"

// TestChild is not a test: the tests below run it in a process of its own, to kill it or
// to take its disk or memory away.
func TestChild(t *testing.T) {
	url, state, ok := strings.Cut(os.Getenv(childVar), " ")
	if !ok {
		t.Skip("runs only as another test's child")
	}
	r, err := Open(t.Context(), Options{URL: url, StateDir: state, Silence: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(childVar+"_DISK") != "" {
		limit(t, syscall.RLIMIT_FSIZE, 64<<10)
	}
	if os.Getenv(childVar+"_MEMORY") != "" {
		// As ulimit -v does. Go and its threads reserve far more addresses than they
		// use, so that this only keeps a fault from taking all of the machine's memory.
		limit(t, syscall.RLIMIT_AS, memory(t, "VmSize")+1<<30)
	}
	_, err = r.Pull(t.Context())
	if os.Getenv(childVar+"_MEMORY") != "" {
		if peak := memory(t, "VmHWM"); peak > childMemory {
			t.Errorf("memory: got %d bytes, want at most %d", peak, childMemory)
		}
	}
	_, _ = io.WriteString(os.Stdout, "\nresult: "+errorText(err)+" head "+r.Head().Hash+"\n")
}

// childMemory is how much memory a child may use, in bytes.
const childMemory = 256 << 20

func limit(t *testing.T, resource int, bytes uint64) {
	t.Helper()
	if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: bytes, Max: bytes}); err != nil {
		t.Fatal(err)
	}
}

// memory returns one of the numbers that Linux has on this process's memory, in bytes.
func memory(t *testing.T, name string) uint64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(text), name+":")
	var kib uint64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return kib << 10
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

// run runs a child to its end and returns its result.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		if len(out) > 2000 {
			out = out[:2000]
		}
		t.Fatalf("child: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "result: "); ok {
			return text
		}
	}
	t.Fatalf("child: no result:\n%s", out)
	return ""
}

// G8: SIGKILL in mid-pack. What it leaves behind does not hinder the next process.
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

// G8: a full disk, simulated by a limit on file size.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.push("a", "1")
	s := serve(t, w)
	r := open(t, s.url)
	good := pull(t, r).Hash
	next := bulky(w, "b")
	before := s.fetches.Load()
	result := run(t, child(t, s.url, r.opts.StateDir, childVar+"_DISK=1"))
	if !strings.Contains(result, "file too large") || !strings.HasSuffix(result, "head "+good) {
		t.Errorf("got %q, want the cause and the commit before", result)
	}
	if got := s.fetches.Load() - before; got != 1 {
		t.Errorf("transfers: got %d, want 1: another clone would meet the same disk", got)
	}
	noLeftovers(t, r.opts.StateDir)
	wantHash(t, r, next)
}

// Whatever a server sends, a small container has enough memory for it.
func TestFaultB2Memory(t *testing.T) {
	t.Parallel()
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes several times the memory")
	}
	const mib = 1 << 20
	confined := func(t *testing.T, url string) string {
		t.Helper()
		return run(t, child(t, url, t.TempDir(), childVar+"_MEMORY=1", "GOMEMLIMIT=200MiB"))
	}
	w := newWork(t)
	w.git("config", "core.bigFileThreshold", "1m") // quicker, and the pack is the same
	w.write("zones/a.yaml", "records")
	w.write("video", "")
	if err := os.Truncate(filepath.Join(w.dir, "video"), 400*mib); err != nil {
		t.Fatal(err)
	}
	s := serve(t, w)
	for _, step := range []func() string{
		func() string { return w.commit("add a large file") },
		func() string { w.git("rm", "-q", "video"); return w.commit("remove it") },
	} {
		hash := step()
		if got := confined(t, s.url); got != "none head "+hash {
			t.Errorf("a large file: got %q, want the commit", got)
		}
	}
	zeros := make([]byte, 8*mib)
	for _, c := range []struct {
		name string
		do   func(r *rogue, p *packMaker)
		want string
	}{
		{"object count", func(r *rogue, p *packMaker) { r.push(p, "x", ""); r.pack = p.pack(0xffffffff) }, "more than 524288 objects"},
		{"as many objects as allowed", func(r *rogue, p *packMaker) { r.push(p, "x", ""); r.pack = p.pack(1 << 19) }, "the commit is incomplete"},
		{"list", func(r *rogue, p *packMaker) {
			r.push(p, "x", "")
			var list strings.Builder
			for i := range 400_000 {
				list.WriteString(pktLine(fmt.Sprintf("%s refs/%d\n", r.tip, i)))
			}
			r.list = list.String()
		}, "list of references: more than 16777216 bytes"},
		{"delta", func(r *rogue, p *packMaker) {
			_, base := p.add(plumbing.BlobObject, zeros)
			p.addDelta(base, repeat(len(zeros), 400))
			r.push(p, "x", "")
		}, "none head"},
		{"chain of deltas", func(r *rogue, p *packMaker) {
			_, base := p.add(plumbing.BlobObject, zeros)
			for range 30 {
				base = p.addDelta(base, repeat(len(zeros), 1))
			}
			r.push(p, "x", "")
		}, "none head"},
		{"many small objects", func(r *rogue, p *packMaker) {
			_, base := p.add(plumbing.BlobObject, []byte("some content"))
			for i := range 200_000 {
				delta := append([]byte{12, 4, 4}, byte(i), byte(i>>8), byte(i>>16), 0)
				p.addDelta(base, delta)
			}
			r.push(p, "x", "")
		}, "none head"},
	} {
		server := newRogue(t)
		c.do(server, new(packMaker))
		if got := confined(t, server.url); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
