package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

// troubled is the status of a daemon with something of every kind to show.
func troubled() daemon.Status {
	return daemon.Status{
		Version: "1.2.3", Mode: daemon.ModeApply, Commit: "9f3c2ab41e07d5b8c6a1f0e4d3c2b1a09f8e7d6c", AppliedCommit: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
		Schedule: "@every 1m", Sweep: "@hourly", LastGood: testNow.Add(-time.Minute), LastChange: testNow.Add(-time.Hour),
		NextPull: testNow.Add(time.Minute), NextSweep: testNow.Add(time.Hour), NextAudit: testNow.Add(24 * time.Hour),
		LastCycle: &daemon.CycleStatus{Kind: daemon.Pull, Started: testNow, Seconds: 1.25, Outcome: daemon.OutcomePartly},
		Counts:    map[daemon.State]int{daemon.StateInSync: 118, daemon.StateRefused: 1, daemon.StateFailed: 1},
		Zones: []daemon.ZoneStatus{
			{Zone: "a.example", State: daemon.StateInSync},
			{Zone: "b.example", State: daemon.StateRefused, Reason: "deletes: 12 of 20 records would be deleted"},
			{Zone: "xn--bcher-kva.example", Display: "bücher.example (xn--bcher-kva.example)", State: daemon.StateFailed, Reason: "read: 503 <script>alert(1)</script>"},
		},
		Audit: &daemon.AuditStatus{
			Commit: "9f3c2ab41e07", Started: testNow.Add(-time.Hour), Seconds: 3.5, Zones: 120, Codes: map[string]int{"dangling-cname": 2, "mx-no-address": 1},
			Findings: []daemon.Finding{
				{File: "a.example.yaml", Line: 7, Severity: "warning", Code: "dangling-cname", Message: `high risk: shop CNAME gone.cloud.example. does not exist "&<b>`},
				{File: "b.example.yaml", Line: 3, Severity: "warning", Code: "mx-no-address", Message: "MX mail.example. has no address\x1b[2J"},
			},
		},
		Answering: map[daemon.Answering]int{daemon.AnsweringNo: 2}, Unmanaged: []string{"parked.example"}, Warnings: []string{"the account lists parked.example twice"},
	}
}

func TestPageShowsWhatNeedsAPerson(t *testing.T) {
	w := newWorld()
	w.status = troubled()
	body := w.get("/").Body.String()
	for _, want := range []string{
		"Some zones are not as their files say", "9f3c2ab41e07", "1a2b3c4d5e6f", "2026-11-21 22:35:00 UTC", "118", "12 of 20 records would be deleted",
		"bücher.example (xn--bcher-kva.example)", "a.example.yaml:7", "dangling-cname", "gone.cloud.example. does not exist", "and 1 more", "parked.example", "twice", "<b>2</b> name servers: no",
		"Last audit of 120 zones: 2026-11-21 21:34:00 UTC",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if failed, refused := strings.Index(body, "bücher.example"), strings.Index(body, ">b.example<"); failed < 0 || refused < failed {
		t.Errorf("failed zone at %d, refused zone at %d: expected the failed one first", failed, refused)
	}
	for _, banned := range []string{"<script", "\x1b", ">a.example<"} {
		if strings.Contains(body, banned) {
			t.Errorf("the page holds %q", banned)
		}
	}
	if strings.Contains(body, "&<b>") || !strings.Contains(body, "&amp;&lt;b&gt;") {
		t.Error("text of a finding is not escaped")
	}
}

func TestPageSaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*world)
		want   string
	}{
		"in sync":   {func(w *world) { w.status.Zones = w.status.Zones[:1] }, "Every zone is as its file says"},
		"not ready": {func(w *world) { w.status.NotReady = "the last good cycle ended 1h ago" }, "Not ready: the last good cycle ended 1h ago"},
		"stands":    {func(w *world) { w.alive = "no turn for 2h" }, "The loop stands still: no turn for 2h"},
		"no audit":  {func(w *world) { w.status.Audit, w.status.NextAudit = nil, time.Time{} }, "No audit is scheduled"},
		"audit due": {func(w *world) { w.status.Audit = nil }, "No audit has ended yet; the next begins 2026-11-22"},
		"clean":     {func(w *world) { w.status.Audit.Codes, w.status.Audit.Findings = nil, nil }, "Nothing found"},
	} {
		w := newWorld()
		w.status = troubled()
		test.change(w)
		if body := w.get("/").Body.String(); !strings.Contains(body, test.want) {
			t.Errorf("%s: the page lacks %q", name, test.want)
		}
	}
}

func TestPageIsBounded(t *testing.T) {
	w := newWorld()
	for i := range 10_000 {
		w.status.Zones = append(w.status.Zones, daemon.ZoneStatus{Zone: fmt.Sprintf("z%d.example", i), State: daemon.StateFailed, Reason: "read"})
		w.status.Unmanaged = append(w.status.Unmanaged, fmt.Sprintf("u%d.example", i))
	}
	body := w.get("/").Body.String()
	if !strings.Contains(body, "and 9800 more") || len(body) > 100_000 {
		t.Errorf("%d bytes, and the count of what is left out: %v", len(body), strings.Contains(body, "and 9800 more"))
	}
}

// The page may load its style sheet and nothing else.
func TestPageStyle(t *testing.T) {
	w := newWorld()
	if got := w.get("/").Header().Get("Content-Security-Policy"); !strings.Contains(got, "style-src 'self'") || strings.Contains(got, "script") {
		t.Errorf("Content-Security-Policy: got %q", got)
	}
	rec := w.get("/page.css")
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "text/css; charset=utf-8" || rec.Body.Len() == 0 {
		t.Errorf("page.css: %d, %q, %d bytes", rec.Code, rec.Header().Get("Content-Type"), rec.Body.Len())
	}
}
