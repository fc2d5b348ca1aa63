package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	"github.com/zonetender/zonetender/sync/daemon"
)

func TestReadyz(t *testing.T) {
	w := newWorld()
	w.status = daemon.Status{}
	step := func(name string, code int, line string) {
		t.Helper()
		rec := w.get("/readyz")
		if rec.Code != code || rec.Body.String() != line+"\n" {
			t.Errorf("%s: got %d %q, want %d %q", name, rec.Code, rec.Body, code, line)
		}
	}
	step("at start", 503, "not ready: no cycle has succeeded yet")
	w.status.NotReady = "no commit has been read:\n  connection refused"
	step("with a reason", 503, "not ready: no commit has been read: connection refused")
	w.status = daemon.Status{LastGood: testNow}
	step("after a good cycle", 200, "ready")
	w.status.NotReady = "the last good cycle ended 4m0s ago, more than three schedules"
	step("stale", 503, "not ready: the last good cycle ended 4m0s ago, more than three schedules")
	w.status.NotReady = ""
	step("again", 200, "ready")
}

// The loop turns although nothing succeeds: a restart would not help.
func TestHealthz(t *testing.T) {
	w := newWorld()
	w.status = daemon.Status{NotReady: "Git is down"}
	if rec := w.get("/healthz"); rec.Code != 200 || rec.Body.String() != "ok\n" {
		t.Errorf("turning: got %d %q, want 200 ok", rec.Code, rec.Body)
	}
	w.alive = "a cycle has run for 2h"
	if rec := w.get("/healthz"); rec.Code != 503 || rec.Body.String() != "the loop stands still: a cycle has run for 2h\n" {
		t.Errorf("standing: got %d %q, want 503 and the reason", rec.Code, rec.Body)
	}
}

func TestStatus(t *testing.T) {
	w := newWorld()
	w.status = daemon.Status{
		Version: "1.2.3", Mode: daemon.ModeApply, Commit: "c2", AppliedCommit: "c1", Schedule: "@every 1m", Sweep: "@hourly",
		LastCycle: &daemon.CycleStatus{Kind: daemon.Sweep, Started: testNow, Seconds: 1.5, Outcome: daemon.OutcomePartly, Error: "1 zone failed"},
		LastGood:  testNow, NextPull: testNow.Add(time.Minute), NextSweep: testNow.Add(time.Hour),
		Counts: map[daemon.State]int{daemon.StateInSync: 1},
		Zones:  []daemon.ZoneStatus{{Zone: "example.com", State: daemon.StateInSync, Commit: "c1"}},
	}
	rec := w.get("/api/v1/status")
	var got daemon.Status
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := w.status
	want.Unmanaged, want.Warnings = []string{}, []string{}
	want.Counts = map[daemon.State]int{}
	for _, s := range daemon.States() {
		want.Counts[s] = w.status.Counts[s]
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("status (-want +got):\n%s", d)
	}
	if got, want := len(w.status.Counts), 1; got != want {
		t.Errorf("the caller's map now has %d states, want %d", got, want)
	}
	if got, want := rec.Header().Get("Content-Type"), "application/json"; got != want {
		t.Errorf("content type: got %q, want %q", got, want)
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(rec.Body.Bytes(), &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"version", "mode", "commit", "applied_commit", "last_cycle", "next_pull", "next_sweep", "counts", "zones"} {
		if _, ok := names[name]; !ok {
			t.Errorf("got no %q, which scripts rely on", name)
		}
	}
}

// Before the first cycle there are empty lists, never null.
func TestStatusAtStart(t *testing.T) {
	w := newWorld()
	w.status = daemon.Status{}
	body := w.get("/api/v1/status").Body.String()
	for _, want := range []string{`"zones":[]`, `"unmanaged_zones":[]`, `"last_cycle":null`, `"failed":0`} {
		if !strings.Contains(body, want) {
			t.Errorf("got %s, want %s in it", body, want)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		code         int
		kind         string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8"},
		{"GET", "/healthz", 200, "text/plain; charset=utf-8"},
		{"HEAD", "/healthz", 200, "text/plain; charset=utf-8"},
		{"HEAD", "/readyz", 200, "text/plain; charset=utf-8"},
		{"HEAD", "/api/v1/status", 200, "application/json"},
		{"HEAD", "/metrics", 200, ""},
		{"GET", "/nothing", 404, ""},
		{"GET", "/healthz/", 404, ""},
		{"GET", "/api/v1/", 404, ""},
		{"GET", "/debug/pprof/", 404, ""},
		{"POST", "/nothing", 404, ""},
		{"POST", "/", 405, ""},
		{"POST", "/healthz", 405, ""},
		{"DELETE", "/api/v1/status", 405, ""},
	} {
		rec := newWorld().do(httptest.NewRequest(tt.method, tt.path, nil))
		if got, want := rec.Code, tt.code; got != want {
			t.Errorf("%s %s: got %d, want %d", tt.method, tt.path, got, want)
		}
		if got := rec.Header().Get("Content-Type"); tt.kind != "" && got != tt.kind {
			t.Errorf("%s %s: content type: got %q, want %q", tt.method, tt.path, got, tt.kind)
		}
		if got, want := rec.Header().Get("Allow"), "GET, HEAD"; tt.code == 405 && got != want {
			t.Errorf("%s %s: Allow: got %q, want %q", tt.method, tt.path, got, want)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s %s: %s: got %q, want %q", tt.method, tt.path, name, got, want)
			}
		}
		if got := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
			t.Errorf("%s %s: Content-Security-Policy: got %q", tt.method, tt.path, got)
		}
	}
}

// Every path that the index names exists.
func TestIndexIsHonest(t *testing.T) {
	w := newWorld()
	body := w.get("/").Body.String()
	for _, path := range []string{"/api/v1/status", "/readyz", "/healthz", "/metrics", "/hooks/git", "/api/v1/sync"} {
		if !strings.Contains(body, path) {
			t.Errorf("the index does not name %s", path)
		}
		if w.get(path).Code == 404 {
			t.Errorf("%s: got 404", path)
		}
	}
}

func TestPanic(t *testing.T) {
	for name, value := range map[string]any{"text": "panic with " + testSecret, "error": errors.New(testSecret), "runtime": nil} {
		w := newWorld()
		w.server.options.Trigger = func(daemon.Kind) {
			if value == nil {
				var empty []int
				_ = empty[len(w.branch)]
			}
			panic(value)
		}
		rec := w.post(mainPush, signed(mainPush)...)
		if got, want := rec.Code, 500; got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
		log := w.log.String()
		if !strings.Contains(log, "a handler panicked") || !strings.Contains(log, "hook.go") {
			t.Errorf("%s: log: got %s, want the place", name, log)
		}
		if name == "runtime" && !strings.Contains(log, "index out of range") {
			t.Errorf("%s: log: got %s, want what the runtime says", name, log)
		}
		if leaks := rec.Body.String() + log; strings.Contains(leaks, testSecret) || strings.Contains(leaks, "1111111111") {
			t.Errorf("%s: a secret or the body is shown:\n%s", name, leaks)
		}
		if got, want := len(w.server.hooks), 0; got != want {
			t.Errorf("%s: places still taken: got %d, want %d", name, got, want)
		}
	}
}

// The status may fail as well; metrics must not take the process with them.
func TestPanicInStatus(t *testing.T) {
	s := New(Options{Status: func() daemon.Status { panic("boom") }, Trigger: func(daemon.Kind) {}, Metrics: NewMetrics("")})
	for _, path := range []string{"/metrics", "/readyz", "/api/v1/status"} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		s.ServeHTTP(rec, r)
		if got, want := rec.Code, 500; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}

// The agreed way to drop a connection stays one.
func TestAbort(t *testing.T) {
	w := newWorld()
	w.server.options.Trigger = func(daemon.Kind) { panic(http.ErrAbortHandler) }
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("got %v, want %v", got, http.ErrAbortHandler)
		}
	}()
	w.post(mainPush, signed(mainPush)...)
}

// No secret, signature or body is in any answer or log line, whatever is sent where.
func TestSecretsAreNeverShown(t *testing.T) {
	w := newWorld()
	w.server.refusals.pace.SetLimit(rate.Inf) // the log has every line
	const canary = "canary-in-the-body"
	body := fmt.Sprintf(`{"ref":"refs/heads/%s","x":%q}`, canary, testSecret)
	var shown strings.Builder
	headers := [][]string{
		nil, signed(body), signed("other"), {"X-Gitlab-Token", testSecret}, {"X-Gitlab-Token", testSecret + "x"},
		{"X-Hub-Signature-256", testSecret}, {"X-Hub-Signature", testSecret}, {"webhook-signature", testSecret},
		{"Authorization", "Bearer " + testToken}, {"Authorization", testToken}, {"Authorization", "Bearer " + testToken + "x"},
		{"X-GitHub-Event", testSecret, "X-Gitlab-Token", testSecret},
	}
	paths := []string{"/", "/healthz", "/readyz", "/metrics", "/api/v1/status", "/api/v1/sync", "/hooks/git", "/none"}
	for _, path := range paths {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, h := range headers {
				for _, content := range []string{body, canary} {
					r := httptest.NewRequest(method, path, strings.NewReader(content))
					setAll(r.Header, h)
					rec := w.do(r)
					fmt.Fprintln(&shown, rec.Header(), rec.Body)
				}
			}
		}
	}
	shown.WriteString(w.log.String())
	for _, secret := range []string{testSecret, testSecret[len("whsec_"):], testToken, canary, sign(testSecret, body)} {
		if strings.Contains(shown.String(), secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	if w.triggered() == 0 || !strings.Contains(w.log.String(), "webhook refused") {
		t.Error("the sweep accepted or refused nothing, so it shows nothing")
	}
	if !slices.Contains(w.triggers, daemon.Sweep) {
		t.Errorf("triggers: got %q, want a sweep", w.triggers)
	}
}

// A name that somebody else made lead here reads neither status nor pages. What needs no
// such check is answered under every name.
func TestFaultB5HostIsChecked(t *testing.T) {
	w := newWorld()
	w.server.options.AllowedHosts = []string{"dns.example.net", "Dns2.Example.Net."}
	w.server.options.Snapshot = func() (io.ReadSeekCloser, error) { return closing{strings.NewReader("{}")}, nil }
	for host, want := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:8053": 200, "[::1]:8053": 200, "[::1]": 200, "192.0.2.7:80": 200, "localhost": 200, "LOCALHOST:8053": 200,
		"localhost.:8053": 200, "dns.example.net": 200, "DNS.example.net:443": 200, "dns2.example.net": 200,
		"evil.example": 421, "evil.example:8053": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "": 421, "x.dns.example.net": 421,
	} {
		for path, checked := range map[string]bool{
			"/": true, "/api/v1/status": true, "/api/v1/snapshot": true, "/healthz": false, "/readyz": false, "/metrics": false, "/hooks/git": false, "/api/v1/sync": false,
		} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			got := w.do(r).Code
			if checked && got != want || !checked && got == http.StatusMisdirectedRequest {
				t.Errorf("%s as %q: got %d, want %d where it is checked", path, host, got, want)
			}
		}
	}
}

// Strangers cannot fill the log.
func TestFaultB5RefusedHooksAreLoggedAtABoundedRate(t *testing.T) {
	w := newWorld()
	for range 20_000 {
		w.post(mainPush, "X-Hub-Signature-256", "sha256="+sign("guess", mainPush))
	}
	for range 1000 {
		w.do(httptest.NewRequest(http.MethodPost, "/api/v1/sync", nil))
	}
	if got := w.log.lines(); got > refusalBurst {
		t.Errorf("got %d lines, want at most %d", got, refusalBurst)
	}
}

// Text from outside is shown, and never obeyed.
func TestFaultB3AnswersAreReadAndNotObeyed(t *testing.T) {
	const hostile = "x\x1b[2J\u202e\u2028\n::warning::forged"
	w := newWorld()
	w.status.NotReady, w.alive = hostile, hostile
	w.status.Zones = []daemon.ZoneStatus{{Zone: "a.example", Reason: hostile}}
	for _, path := range []string{"/readyz", "/healthz", "/api/v1/status"} {
		if got := w.get(path).Body.String(); strings.ContainsAny(got, "\x1b\u202e\u2028") || strings.Contains(got, "\n::") {
			t.Errorf("%s: got %q, want nothing in it that is obeyed", path, got)
		}
	}
}
