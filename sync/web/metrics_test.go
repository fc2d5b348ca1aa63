package web

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/zonetender/zonetender/sync/daemon"
)

func scrape(t *testing.T, w *world) string {
	t.Helper()
	rec := w.get("/metrics")
	if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("got %d %s, want 200 text/plain", rec.Code, rec.Header().Get("Content-Type"))
	}
	return rec.Body.String()
}

// wantLines asserts whole lines of an exposition.
func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("metrics: got no line %q in\n%s", line, ours(text))
		}
	}
}

func ours(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func use(m *Metrics) {
	m.Cycle(daemon.Pull, daemon.OutcomeApplied, 1.5)
	m.Cycle(daemon.Pull, daemon.OutcomeUnchanged, .05)
	m.Cycle(daemon.Sweep, daemon.OutcomeFailed, 40)
	m.CommitLive(12)
	m.Changes(7, 2)
	m.APICall(http.MethodGet, 200, 0)
	m.APICall(http.MethodGet, 200, 1500*time.Millisecond)
	m.APICall(http.MethodPost, 429, 0)
	m.APICall(http.MethodDelete, 0, 0)
	m.Fetch(FetchNew)
	m.Mirror(4096)
	m.Changed("create")
	m.Changed("create_zone")
	m.Changed("something else")
}

func TestMetricsLint(t *testing.T) {
	w := newWorld()
	use(w.metrics)
	problems, err := promlint.New(strings.NewReader(scrape(t, w))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestFaultC9MetricsContent(t *testing.T) {
	w := newWorld()
	w.status.Counts = map[daemon.State]int{daemon.StateInSync: 98, daemon.StateRefused: 2}
	w.status.LastChange = testNow.Add(-61 * time.Second)
	use(w.metrics)
	w.post(mainPush, signed(mainPush)...)
	w.post(mainPush)
	wantLines(t, scrape(t, w),
		`zonetender_cycles_total{outcome="applied"} 1`,
		`zonetender_cycles_total{outcome="unchanged"} 1`,
		`zonetender_cycles_total{outcome="failed"} 1`,
		`zonetender_cycle_duration_seconds_count{kind="pull"} 2`,
		`zonetender_cycle_duration_seconds_bucket{kind="sweep",le="60"} 1`,
		`zonetender_commit_to_live_seconds_sum 12`,
		`zonetender_zones{state="in sync"} 98`,
		`zonetender_zones{state="refused"} 2`,
		`zonetender_pending_changes 7`,
		`zonetender_refused_changes 2`,
		`zonetender_api_calls_total{code="200",method="GET"} 2`,
		`zonetender_api_calls_total{code="429",method="POST"} 1`,
		`zonetender_api_calls_total{code="error",method="DELETE"} 1`,
		`zonetender_api_throttle_seconds_total 1.5`,
		`zonetender_git_fetches_total{result="new"} 1`,
		`zonetender_webhooks_total{result="accepted"} 1`,
		`zonetender_webhooks_total{result="refused"} 1`,
		`zonetender_last_good_cycle_age_seconds 60`,
		`zonetender_last_good_cycle_timestamp_seconds 1.79530038e+09`,
		`zonetender_last_change_timestamp_seconds 1.795300379e+09`,
		`zonetender_mirror_bytes 4096`,
		`zonetender_changes_total{action="create"} 1`,
		`zonetender_changes_total{action="create_zone"} 1`,
		`zonetender_changes_total{action="delete"} 0`,
	)
	if text := scrape(t, w); !strings.Contains(text, `zonetender_build_info{goversion="go1.`) || !strings.Contains(text, `version="1.2.3"} 1`) {
		t.Errorf("build info: got\n%s", ours(text))
	}
}

// All series are there from the start, so that a first failure is seen as an increase.
func TestMetricsStartAtZero(t *testing.T) {
	w := newWorld()
	w.status = daemon.Status{}
	text := scrape(t, w)
	for _, o := range daemon.Outcomes() {
		wantLines(t, text, `zonetender_cycles_total{outcome="`+string(o)+`"} 0`)
	}
	for _, s := range daemon.States() {
		wantLines(t, text, `zonetender_zones{state="`+string(s)+`"} 0`)
	}
	for _, r := range FetchResults() {
		wantLines(t, text, `zonetender_git_fetches_total{result="`+string(r)+`"} 0`)
	}
	wantLines(t, text,
		`zonetender_cycle_duration_seconds_count{kind="pull"} 0`,
		`zonetender_cycle_duration_seconds_count{kind="sweep"} 0`,
		`zonetender_webhooks_total{result="pinged"} 0`,
		`zonetender_last_good_cycle_age_seconds +Inf`,
	)
}

// A zone that leaves a state leaves its gauge: nothing of an earlier scrape lingers.
func TestMetricsFollowStatus(t *testing.T) {
	w := newWorld()
	w.status.Counts = map[daemon.State]int{daemon.StateFailed: 3}
	wantLines(t, scrape(t, w), `zonetender_zones{state="failed"} 3`)
	w.status.Counts = map[daemon.State]int{daemon.StateInSync: 3}
	w.status.LastGood = testNow.Add(time.Second) // the clock was set back meanwhile
	wantLines(t, scrape(t, w), `zonetender_zones{state="failed"} 0`, `zonetender_zones{state="in sync"} 3`, `zonetender_last_good_cycle_age_seconds 0`)
}

// Numbers that clocks and callers may well produce break no sum and no counter, and
// names from outside make no series of their own.
func TestMetricsOddNumbers(t *testing.T) {
	w := newWorld()
	w.metrics.CommitLive(-5)
	w.metrics.CommitLive(math.NaN())
	w.metrics.Cycle(daemon.Pull, daemon.OutcomeApplied, -1)
	w.metrics.APICall("BREW", 9999, -time.Second)
	w.metrics.APICall("get", 599, 0)
	wantLines(t, scrape(t, w),
		`zonetender_commit_to_live_seconds_sum 0`,
		`zonetender_commit_to_live_seconds_count 2`,
		`zonetender_cycle_duration_seconds_sum{kind="pull"} 0`,
		`zonetender_api_calls_total{code="error",method="other"} 1`,
		`zonetender_api_calls_total{code="599",method="other"} 1`,
		`zonetender_api_throttle_seconds_total 0`,
	)
}

// The number of series does not depend on the number of zones.
func TestMetricsNoZoneLabels(t *testing.T) {
	w := newWorld()
	before := strings.Count(ours(scrape(t, w)), "\n")
	for range 100 {
		w.status.Zones = append(w.status.Zones, daemon.ZoneStatus{Zone: "canary.example", State: daemon.StateFailed})
	}
	text := scrape(t, w)
	if got := strings.Count(ours(text), "\n"); got != before || strings.Contains(text, "canary") {
		t.Errorf("got %d series, want %d, none with a zone's name", got, before)
	}
}

// Where they are asked for, zones have a series each, and leave none behind.
func TestFaultC9ZoneStates(t *testing.T) {
	w := newWorld()
	w.metrics.ShowZones()
	w.status.Zones = []daemon.ZoneStatus{{Zone: "a.example", State: daemon.StateFailed}}
	wantLines(t, scrape(t, w), `zonetender_zone_state{state="failed",zone="a.example"} 1`)
	w.status.Zones[0].State = daemon.StateInSync
	text := scrape(t, w)
	wantLines(t, text, `zonetender_zone_state{state="in sync",zone="a.example"} 1`)
	if strings.Contains(text, `state="failed",zone=`) {
		t.Errorf("got a state that the zone has left:\n%s", ours(text))
	}
}

// What goes on beside the cycles has its series where somebody wants it, and no earlier
// finding lingers.
func TestMetricsBesideCycles(t *testing.T) {
	w := newWorld()
	if text := scrape(t, w); strings.Contains(text, "zonetender_answering_zones{") || strings.Contains(text, "zonetender_audit_findings{") {
		t.Errorf("got series that nobody asked for:\n%s", ours(text))
	}
	w.status.Answering = map[daemon.Answering]int{daemon.AnsweringYes: 3, daemon.AnsweringNo: 1}
	w.status.Audit = &daemon.AuditStatus{Started: testNow, Codes: map[string]int{"audit-target": 2}}
	wantLines(t, scrape(t, w),
		`zonetender_answering_zones{answering="yes"} 3`, `zonetender_answering_zones{answering="no"} 1`, `zonetender_answering_zones{answering="waiting"} 0`,
		`zonetender_audit_findings{code="audit-target"} 2`, `zonetender_last_audit_timestamp_seconds 1.79530044e+09`)
	w.status.Audit = &daemon.AuditStatus{Started: testNow, Codes: map[string]int{}}
	if text := scrape(t, w); strings.Contains(text, "zonetender_audit_findings{") {
		t.Errorf("got what the audit before found:\n%s", ours(text))
	}
}

// The allowed rate is read for each scrape, and may be unlimited.
func TestMetricsAllowed(t *testing.T) {
	w := newWorld()
	allowed := math.Inf(1)
	w.metrics.ShowAllowed(func() float64 { return allowed })
	wantLines(t, scrape(t, w), "zonetender_api_allowed_calls_per_second +Inf")
	allowed = 19.5
	wantLines(t, scrape(t, w), "zonetender_api_allowed_calls_per_second 19.5")
}
