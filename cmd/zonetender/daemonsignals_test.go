//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	stdsync "sync"
	"syscall"
	"testing"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A reload that comes before the loop runs, while the settings are read, is a sweep and
// not the end.
func TestFaultC6ReloadBeforeTheLoopRuns(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	c.push("zones/a.example.yaml", "zone: a.example\nrecords: {www: {A: 192.0.2.1}}\n")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := syscall.Mkfifo(secret, 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDaemon(t, c.dir, []string{"ZONETENDER_WEBHOOK_SECRET_FILE=" + secret}, "--sandbox")
	// This waits until the daemon reads the secret.
	fifo, err := os.OpenFile(secret, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	if _, err := fifo.WriteString("a secret of many characters\n"); err != nil {
		t.Fatal(err)
	}
	fifo.Close()
	d.cycle(daemon.Sweep, "")
	d.finish()
}

// Whoever reads the log may go away: the daemon goes on.
func TestFaultC6ClosedLogPipe(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	c.push("zones/a.example.yaml", "zone: a.example\nrecords: {www: {A: 192.0.2.1}}\n")
	p := newProcess(t, append(environ, "ZONETENDER_LISTEN=off"), "daemon")
	p.Dir = c.dir
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stderr = w
	p.start(t)
	w.Close()
	in := bufio.NewScanner(r)
	for in.Scan() && !strings.Contains(in.Text(), `"msg":"cycle"`) {
	}
	r.Close()
	changed := make(chan bool, 1)
	var once stdsync.Once
	server.OnCall(func(call vpsorgtest.Call) {
		if call.Kind.Writes() {
			once.Do(func() { changed <- true })
		}
	})
	c.push("zones/a.example.yaml", "zone: a.example\nrecords: {www: {A: 192.0.2.2}}\n")
	p.signal(syscall.SIGHUP)
	ended := make(chan int, 1)
	go func() { ended <- p.code(t) }()
	select {
	case <-changed:
	case code := <-ended:
		t.Fatalf("the daemon ended with exit code %d, want it to go on", code)
	}
	p.signal(syscall.SIGTERM)
	if code := <-ended; code != exitOK {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// A stop in the middle of a cycle is no failure, and the history calls it what it is.
func TestFaultC6StopInMidCycle(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	c.push("zones/a.example.yaml", "zone: a.example\nrecords: {a: {A: 192.0.2.1}, b: {A: 192.0.2.1}}\n")
	environ = append(environ, "ZONETENDER_STATE_DIR="+t.TempDir())
	writing, goOn := make(chan bool), make(chan bool)
	var once stdsync.Once
	server.OnCall(func(call vpsorgtest.Call) {
		if call.Kind == vpsorgtest.CreateRecord {
			once.Do(func() { writing <- true; <-goOn })
		}
	})
	d := newDaemon(t, c.dir, environ)
	<-writing
	d.signal(syscall.SIGTERM)
	d.await(func(l map[string]any) bool { return l["msg"] == "stopping" })
	goOn <- true
	d.ends()
	if text := d.log(); strings.Contains(text, `"level":"ERROR"`) || !strings.Contains(text, `"outcome":"stopped"`) {
		t.Errorf("got the log\n%s\nwant a cycle that was stopped, and no error", text)
	}
	got := runs(t, environ, "history", "--format", "json")
	var history struct{ Runs []struct{ Outcome string } }
	if err := json.Unmarshal([]byte(got.stdout), &history); err != nil || len(history.Runs) != 1 || history.Runs[0].Outcome != "stopped" {
		t.Errorf("got the history %s, %v, want one run that was stopped", got.stdout, err)
	}
}

// A POST that hangs when the daemon is told to stop is cut short within the grace time, not
// sent again, and named.
func TestFaultC6StopWhileAPostHangs(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	live(t, server, "a.example")
	c.push("zones/a.example.yaml", "zone: a.example\nrecords: {a: {A: 192.0.2.1}, b: {A: 192.0.2.1}}\n")
	hangs := make(chan bool, 1)
	server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Do: vpsorgtest.HangBefore()})
	server.OnCall(func(call vpsorgtest.Call) {
		if call.Kind == vpsorgtest.CreateRecord {
			hangs <- true
		}
	})
	d := newDaemon(t, c.dir, append(environ, "ZONETENDER_GRACE=2s"))
	<-hangs
	d.signal(syscall.SIGTERM)
	d.ends()
	if got := len(hangs); got != 0 {
		t.Errorf("the POST was sent again %d times", got)
	}
	text := d.log()
	for _, want := range []string{`"msg":"record not changed","zone":"a.example","action":"create","name":"a"`, "cut short", `"outcome":"stopped"`} {
		if !strings.Contains(text, want) {
			t.Errorf("got the log\n%s\nwant %s in it", text, want)
		}
	}
}

// Without its state folder, a daemon ends.
func TestFaultC7DeletedStateFolderEndsTheDaemon(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	hash := c.push("zones/a.example.yaml", "zone: a.example\nrecords: {www: {A: 192.0.2.1}}\n")
	dir := filepath.Join(t.TempDir(), "state")
	d := startDaemon(t, c.dir, []string{"ZONETENDER_STATE_DIR=" + dir, "ZONETENDER_SCHEDULE=@every 1s"}, "--sandbox")
	d.cycle(daemon.Sweep, hash)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	d.await(func(map[string]any) bool { return false }) // until its last line
	if code := d.code(t); code != exitFailed || !strings.Contains(d.log(), "deleted or replaced while the daemon was running") {
		t.Errorf("got exit code %d, want %d and the reason", code, exitFailed)
	}
}

// The service manager is told how the daemon stands.
func TestFaultC9ServiceManagerIsNotified(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	hash := c.push("zones/a.example.yaml", "zone: a.example\nrecords: {www: {A: 192.0.2.1}}\n")
	// The name of a socket must be short.
	dir, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	told := make(chan string, 100)
	go func() {
		defer close(told)
		b := make([]byte, 200)
		for {
			n, err := socket.Read(b)
			if err != nil {
				return
			}
			told <- string(b[:n])
		}
	}()
	await := func(want string) {
		t.Helper()
		for got := range told {
			if got == want {
				return
			}
		}
		t.Errorf("got no %s", want)
	}
	d := startDaemon(t, c.dir, []string{"NOTIFY_SOCKET=" + filepath.Join(dir, "n"), "WATCHDOG_USEC=50000"}, "--sandbox")
	await("READY=1")
	await("WATCHDOG=1")
	d.cycle(daemon.Sweep, hash)
	d.signal(syscall.SIGHUP)
	await("RELOADING=1")
	await("READY=1")
	d.signal(syscall.SIGTERM)
	await("STOPPING=1")
	d.ends()
}
