package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A daemon serves what it read and wrote, and a plan against it needs no token.
func TestDaemonServesSnapshot(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "a.example", "www 300 A 192.0.2.9")
	live(t, server, "parked.example", "www 300 A 192.0.2.9")
	c := newClone(t)
	commit := c.push("zones/a.example.yaml", simpleZone)
	d := startDaemon(t, c.dir, append(environ, "ZONETENDER_SNAPSHOT=true", "ZONETENDER_STATE_DIR="+t.TempDir()))
	d.cycle(daemon.Sweep, commit)
	// The snapshot of a cycle is there before the next one begins.
	d.signal(syscall.SIGHUP)
	d.cycle(daemon.Sweep, commit)
	code, text := d.get("/api/v1/snapshot")
	if code != http.StatusOK || !strings.Contains(text, `"value":"192.0.2.1"`) || strings.Contains(text, "192.0.2.9") {
		t.Fatalf("got %d and\n%s\nwant a.example as it was written", code, text)
	}
	url := d.url + "/api/v1/snapshot"
	files := writeFiles(t, "a.example.yaml", strings.ReplaceAll(simpleZone, "192.0.2.1", "192.0.2.2"), "parked.example.yaml", "www: {type: A, ttl: 300, value: 192.0.2.9}\n")
	got := runs(t, nil, "plan", "--live", url, files)
	if got.code != exitFailed || !strings.Contains(got.stdout, "192.0.2.1 -> 192.0.2.2") || !strings.Contains(got.stdout, "the snapshot does not have its records") {
		t.Errorf("got exit code %d and\n%s%s\nwant a plan for a.example, and none for a zone that the daemon does not read", got.code, got.stdout, got.stderr)
	}
	d.finish()

	d = startDaemon(t, c.dir, append(environ, "ZONETENDER_STATE_DIR="+t.TempDir()))
	if code, _ := d.get("/api/v1/snapshot"); code != http.StatusNotFound {
		t.Errorf("without the setting: got %d, want 404", code)
	}
	got = runs(t, nil, "plan", "--live", d.url+"/api/v1/snapshot", files)
	got.fails(t, exitFailed, "404 Not Found", "ZONETENDER_SNAPSHOT")
	d.finish()
}

// A snapshot comes from the host that was named, and nothing that is secret goes there.
func TestPlanFetchesSnapshot(t *testing.T) {
	t.Parallel()
	_, environ := serve(t, vpsorgtest.Options{})
	made := runs(t, environ, "import", "--format", "json", "--sandbox", "--sandbox-file", filepath.Join(t.TempDir(), "sandbox.json"))
	if made.code != exitOK {
		t.Fatal(made.stderr)
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the other host was asked")
		fmt.Fprint(w, made.stdout)
	}))
	defer other.Close()
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, header := range []string{"Authorization", "Cookie"} {
			if got := r.Header.Get(header); got != "" {
				t.Errorf("got %s: %s, want none", header, got)
			}
		}
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/snapshot", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/html":
			fmt.Fprint(w, "<html>log in</html>")
		case "/short":
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, made.stdout)
		default:
			fmt.Fprint(w, made.stdout)
		}
	}))
	defer host.Close()
	files := oneZone(t)
	environ = append(environ, "VPS_API_TOKEN=vps_do_not_send")
	for path, want := range map[string]string{
		"/elsewhere": "the server redirects to another host",
		"/round":     "the server redirects again and again",
		"/html":      "damaged, or not JSON",
		"/short":     "unexpected EOF",
	} {
		got := runs(t, environ, "plan", "--live", host.URL+path+"?key=hunter2", files)
		got.fails(t, exitFailed, "snapshot "+host.URL+path+": ", want)
		if strings.Contains(got.stderr, "hunter2") {
			t.Errorf("%s: the query is shown:\n%s", path, got.stderr)
		}
	}
	for _, path := range []string{"/snapshot", "/moved"} {
		if got := runs(t, environ, "plan", "--live", host.URL+path, files); got.code != exitOK || !strings.Contains(got.stderr, "live zones: snapshot of ") {
			t.Errorf("%s: got exit code %d and\n%s%s", path, got.code, got.stdout, got.stderr)
		}
	}
}

// Releases of one minor version carry out one another's plans; other builds only their own.
func TestMayCarryOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		maker, made string
		want        bool
	}{
		{"1.4.2", "1.4.2", true}, {"1.4.2", "1.4.0", true}, {"1.4.2", "1.5.0", false}, {"1.4.2", "2.4.2", false},
		{"1.4.2", "1.4.2-rc1", false}, {"1.4.2", "1.4", false}, {"1.4.2", "", false}, {"1.4.2", "devel+sha256.00", false},
		{"devel+sha256.00", "devel+sha256.00", true}, {"devel+sha256.00", "devel+sha256.01", false}, {"devel+sha256.00", "1.4.2", false},
		{"0.0.0-20261121223400-4b825dc642cb+4b825dc642cb", "0.0.1", false}, {"1.14.2", "1.1.2", false},
	} {
		if got := mayCarryOut(test.maker, test.made); got != test.want {
			t.Errorf("%s carries out a plan of %s: got %v, want %v", test.maker, test.made, got, test.want)
		}
	}
}
