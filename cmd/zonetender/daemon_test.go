package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// TestDaemonInAClone is what the README promises for the first minute: one command in a
// clone serves, applies and keeps watch.
func TestDaemonInAClone(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	if err := os.CopyFS(filepath.Join(c.dir, "zones.example"), os.DirFS("../../zones.example")); err != nil {
		t.Fatal(err)
	}
	first := c.push("README.md", "words\n")
	home := t.TempDir()
	environ := []string{"XDG_STATE_HOME=" + home}
	d := startDaemon(t, filepath.Join(c.dir, "zones.example"), environ, "--sandbox", "--path", "zones.example")
	d.cycle(daemon.Sweep, first)

	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready",
		"/metrics":       `zonetender_cycles_total{outcome="applied"} 1`,
		"/api/v1/status": `"applied_commit":"` + first + `"`,
	} {
		if code, text := d.get(path); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: got %d %s, want 200 and %q", path, code, text, want)
		}
	}
	d.signal(syscall.SIGHUP)
	d.cycle(daemon.Sweep, first)

	// A second one keeps off.
	second := newDaemon(t, c.dir, environ, "--sandbox", "--sandbox-file", filepath.Join(home, "other.json"), "--path", "zones.example")
	if line := second.await(func(l map[string]any) bool {
		text, _ := l["text"].(string)
		return strings.Contains(text, "another zonetender is using it")
	}); line == nil {
		t.Error("a second daemon on the same state: got no word of the first")
	}
	if code := second.code(t); code != exitFailed {
		t.Errorf("a second daemon on the same state: got exit code %d, want %d", code, exitFailed)
	}
	d.finish()
	if text := d.log(); strings.Contains(text, vpsorgtest.DefaultToken) {
		t.Errorf("got the token in the log:\n%s", text)
	}
	testHistory(t, append(environ, "HOME="+home), first)
}

// testHistory asks for what the daemon in the clone did.
func testHistory(t *testing.T, environ []string, commit string) {
	t.Helper()
	got := runs(t, environ, "history", "--name", "www", "--zone", "example.com", "--commit", commit[:10])
	if want := "+ example.com  www  CNAME  example.com  ttl 3600  example.com.yaml:"; got.code != exitOK || !strings.Contains(got.stdout, want) {
		t.Errorf("got exit code %d and\n%s%s\nwant %q", got.code, got.stdout, got.stderr, want)
	}
	if strings.Contains(got.stdout, "example.org") || strings.Contains(got.stdout, "_dmarc") {
		t.Errorf("got\n%s\nwant one name of one zone", got.stdout)
	}
	for _, args := range [][]string{{"--run", "1"}, {"--since", "1h"}, {"--limit", "5"}} {
		got := runs(t, environ, append([]string{"history", "--format", "json"}, args...)...)
		var any map[string]json.RawMessage
		if err := json.Unmarshal([]byte(got.stdout), &any); err != nil || got.code != exitOK || !strings.Contains(got.stdout, commit) {
			t.Errorf("%v: got exit code %d, %v and\n%s%s\nwant JSON with the commit", args, got.code, err, got.stdout, got.stderr)
		}
	}
	for _, args := range [][]string{{"--run", "99"}, {"--zone", "nobody.example"}} {
		if got := runs(t, environ, append([]string{"history"}, args...)...); got.code != exitOK || strings.Contains(got.stdout, "www") {
			t.Errorf("%v: got exit code %d and\n%s%s\nwant nothing found", args, got.code, got.stdout, got.stderr)
		}
	}
}

const simpleZone = "zone: a.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n"

// A webhook or a request for a cycle makes a push live at once, without the schedule.
func TestDaemonWebhook(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	first := c.push("zones/a.example.yaml", simpleZone)
	const secret, token = "hook-secret-5021", "api-token-7755"
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := startDaemon(t, c.dir, append(environ,
		"ZONETENDER_SCHEDULE=@yearly", "ZONETENDER_SWEEP=@yearly", "ZONETENDER_WEBHOOK_SECRET_FILE="+secretFile, "ZONETENDER_API_TOKEN="+token))
	d.cycle(daemon.Sweep, first)

	second := c.push("zones/a.example.yaml", strings.ReplaceAll(simpleZone, "192.0.2.1", "192.0.2.2"))
	if code := d.hook("not the secret"); code != http.StatusUnauthorized {
		t.Errorf("forged: got %d, want 401", code)
	}
	if code := d.hook(secret); code != http.StatusAccepted {
		t.Errorf("got %d, want 202", code)
	}
	d.cycle(daemon.Pull, second) // no schedule would bring it
	c.holds(server, "a.example", "www.a.example 300 A 192.0.2.2")

	third := c.push("zones/a.example.yaml", strings.ReplaceAll(simpleZone, "192.0.2.1", "192.0.2.3"))
	if code, _ := d.do(http.MethodPost, "/api/v1/sync", "", map[string]string{"Authorization": "Bearer " + token}); code != http.StatusAccepted {
		t.Errorf("got %d, want 202", code)
	}
	d.cycle(daemon.Sweep, third)
	c.holds(server, "a.example", "www.a.example 300 A 192.0.2.3")
	_, status := d.get("/api/v1/status")
	_, metrics := d.get("/metrics")
	d.finish()
	for _, s := range []string{secret, token, testToken} {
		if strings.Contains(d.log()+status+metrics, s) {
			t.Errorf("got the secret %s in a log or a page", s)
		}
	}
}

// holds fails the test unless the zone has these records.
func (c *clone) holds(server *vpsorgtest.Server, domain string, want ...string) {
	c.Helper()
	if d := gocmp.Diff(recordLines(server, domain), want); d != "" {
		c.Errorf("%s holds (-got +want):\n%s", domain, d)
	}
}

// In the mode observe nothing is written, and the difference is reported.
func TestDaemonObserves(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	first := c.push("zones/a.example.yaml", simpleZone)
	d := startDaemon(t, c.dir, environ, "--mode", "observe", "--listen", "127.0.0.1:0")
	d.cycle(daemon.Sweep, first)
	if _, text := d.get("/api/v1/status"); !strings.Contains(text, `"mode":"observe"`) || !strings.Contains(text, `"pending":1`) {
		t.Errorf("got %s, want the zone pending", text)
	}
	d.finish()
	unwritten(t, server)
}

// Git and the API may both be down when it starts: that is reported, not fatal.
func TestFaultC15DaemonStartsWhileAllIsDown(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	d := startDaemon(t, c.dir, []string{"VPS_API_URL=http://127.0.0.1:9/api/v1", "VPS_API_TOKEN=" + testToken, "ZONETENDER_REPO=http://127.0.0.1:9/dns.git"})
	d.cycle(daemon.Sweep, "")
	if code, text := d.get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(text, "git: http://127.0.0.1:9/dns.git") {
		t.Errorf("got %d %s, want 503 and why", code, text)
	}
	if code, _ := d.get("/healthz"); code != http.StatusOK {
		t.Errorf("got %d, want 200: another start would mend nothing", code)
	}
	d.finish()
}

// A service manager that stops the daemon in the middle of its work gets an end in good
// order, and the next start goes on.
func TestFaultC10DaemonIsToldToStopWhileItApplies(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	hash := c.push("zones/a.example.yaml", simpleZone+"  b: {A: 192.0.2.2}\n  c: {A: 192.0.2.3}\n")
	environ = append(environ, "ZONETENDER_STATE_DIR="+t.TempDir())
	stopping := make(chan struct{})
	d := newDaemon(t, c.dir, environ)
	server.OnCall(func(call vpsorgtest.Call) {
		if call.RecordName == "b.a.example" {
			d.signal(syscall.SIGTERM)
			<-stopping
		}
	})
	d.await(func(l map[string]any) bool { return l["msg"] == "stopping" })
	close(stopping)
	d.cycle(daemon.Sweep, hash)
	d.ends()
	c.holds(server, "a.example", "b.a.example 300 A 192.0.2.2")
	server.OnCall(nil)
	next := startDaemon(t, c.dir, environ)
	next.cycle(daemon.Sweep, hash)
	next.finish()
	c.holds(server, "a.example", "b.a.example 300 A 192.0.2.2", "c.a.example 300 A 192.0.2.3", "www.a.example 300 A 192.0.2.1")
}
