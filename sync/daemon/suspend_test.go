package daemon_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// many returns n zone names.
func many(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("zone-%03d.example", i))
	}
	return out
}

// slow returns an installation whose daemon has applied its first commit, of n zones, at a
// service that answers ten calls a second. Pulls are due every ten seconds.
func slow(t testing.TB, n int) *installation {
	h := newInstallation(t, vpsorgtest.Options{})
	h.world.Concurrency = 4
	h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 10s") }
	for _, d := range many(n) {
		h.zone(d, "www 300 A 192.0.2.1")
	}
	h.origin.push("first")
	h.start()
	h.slowDown()
	return h
}

func (h *installation) slowDown() {
	h.api.AddRule(vpsorgtest.Rule{Name: "slow", Do: vpsorgtest.Latency(400 * time.Millisecond)})
	h.api.ResetCalls()
}

// sweep starts a sweep and lets it run for a while.
func (h *installation) sweep(d time.Duration) {
	h.daemon.Trigger(daemon.Sweep)
	h.pass(d)
}

// drift changes the record of a zone at the service.
func (h *installation) drift(domain string) {
	h.t.Helper()
	if _, err := h.api.ReplaceRecord(h.world.ID(domain, "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.9" }); err != nil {
		h.t.Fatal(err)
	}
}

// counts returns how often each zone was read, and how often zones were looked up or listed,
// since the calls were last forgotten.
func (h *installation) counts() (reads map[string]int, lists int) {
	reads = make(map[string]int)
	for _, c := range h.api.Calls() {
		switch c.Kind {
		case vpsorgtest.GetZone:
			reads[c.Domain]++
		case vpsorgtest.ListZones:
			lists++
		}
	}
	return reads, lists
}

// called fails the test unless each of n zones was read once, but for some, and zones were
// looked up or listed so often.
func (h *installation) called(n, lists int, but map[string]int) {
	h.t.Helper()
	want := make(map[string]int)
	for _, d := range many(n) {
		want[d] = 1
	}
	maps.Copy(want, but)
	reads, got := h.counts()
	for d := range reads {
		if _, known := want[d]; !known {
			want[d] = 0
		}
	}
	for d, n := range want {
		if reads[d] != n {
			h.t.Errorf("%s: got %d reads, want %d", d, reads[d], n)
		}
	}
	if got != lists {
		h.t.Errorf("got %d lists and lookups, want %d", got, lists)
	}
}

// kinds returns what the last cycles were that the history shows, the newest last.
func (h *installation) kinds(n int) []string {
	h.runs.mu.Lock()
	defer h.runs.mu.Unlock()
	var out []string
	for _, r := range h.runs.all {
		if r.Outcome != daemon.OutcomeUnchanged {
			out = append(out, fmt.Sprintf("%s %s %s, %d changes", r.Kind, r.Outcome, r.Subject, len(r.Changes)))
		}
	}
	return out[max(0, len(out)-n):]
}

// had fails the test unless the last cycles that the history shows were these, the newest last.
func (h *installation) had(want ...string) {
	h.t.Helper()
	if d := gocmp.Diff(want, h.kinds(len(want))); d != "" {
		h.t.Errorf("cycles (-want +got):\n%s", d)
	}
}

// sound fails the test unless all zones of the newest commit are live and in sync, the
// history has no number twice, and nothing is left to do.
func (h *installation) sound(n int) {
	h.t.Helper()
	h.follows(many(n)...)
	got := h.daemon.Status()
	if got.Counts[daemon.StateInSync] < n || got.NotReady != "" || got.Commit != h.origin.head() || got.AppliedCommit != h.origin.head() {
		h.t.Errorf("got %+v, commit %s, applied %s (%s), want %d zones in sync with %s", got.Counts, got.Commit, got.AppliedCommit, got.NotReady, n, h.origin.head())
	}
	h.runs.mu.Lock()
	numbers := make(map[int64]int)
	for _, r := range h.runs.all {
		if r.Outcome != daemon.OutcomeUnchanged {
			numbers[r.Number]++
		}
	}
	h.runs.mu.Unlock()
	for number, n := range numbers {
		if n > 1 {
			h.t.Errorf("got %d runs with the number %d", n, number)
		}
	}
	h.api.ResetCalls()
	h.pass(time.Minute)
	if calls := h.api.Calls(); len(calls) > 0 {
		h.t.Errorf("got %d calls with nothing to do, the first %+v", len(calls), calls[0])
	}
}

func TestPushWhileASweepReads(t *testing.T) {
	worldtest.Bubble(t, "reading", func(t *testing.T) {
		const n = 300
		h := slow(t, n)
		h.sweep(12 * time.Second)
		h.zone("zone-010.example", "www 300 A 192.0.2.2") // was read
		h.zone("zone-290.example", "www 300 A 192.0.2.2") // was not
		h.zone("zone-new.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(12 * time.Second)
		h.follows("zone-010.example", "zone-290.example", "zone-new.example")
		h.ended(daemon.OutcomeApplied)
		if got := h.daemon.Status().LastCycle; got.Kind != daemon.Pull {
			t.Errorf("got a %s, want the sweep to be under way", got.Kind)
		}
		h.pass(time.Minute)
		// The sweep lists the account. The push looks up three zones, and the one that is not
		// there in the list and once more. The sweep then looks up the one that was created.
		h.called(n, 1+3+2+1, map[string]int{"zone-010.example": 4, "zone-290.example": 3, "zone-new.example": 2})
		h.had("pull applied second, 3 changes", "sweep applied second, 0 changes")
		h.sound(n)
	})
}

func TestPushWhileASweepWrites(t *testing.T) {
	worldtest.Bubble(t, "writing", func(t *testing.T) {
		const n = 100
		h := slow(t, n)
		for _, d := range many(n)[:80] {
			h.drift(d)
		}
		h.sweep(16 * time.Second)                         // ten for reading
		h.zone("zone-000.example", "www 300 A 192.0.2.2") // is written
		h.zone("zone-070.example", "www 300 A 192.0.2.2") // is not
		h.zone("zone-090.example", "www 300 A 192.0.2.2") // needs not
		h.text("zone-001.example.yaml", "")               // is written
		h.text("zone-071.example.yaml", "")               // is not
		h.origin.push("second")
		if w := h.world.Writes(); w < 10 || w > 60 {
			t.Fatalf("got %d writes, want the sweep to be writing", w)
		}
		h.pass(12 * time.Second)
		h.follows("zone-000.example", "zone-070.example", "zone-090.example")
		h.pass(time.Minute)
		reads, lists := h.counts()
		want := map[string]int{
			"zone-000.example": 4, "zone-001.example": 2, "zone-070.example": 3, "zone-071.example": 1, "zone-090.example": 3,
			"zone-050.example": 2, "zone-095.example": 1,
		}
		for d, n := range want {
			if reads[d] != n {
				t.Errorf("%s: got %d reads, want %d", d, reads[d], n)
			}
		}
		if lists != 1+1 {
			t.Errorf("got %d lists, want one of the sweep, and one of the push for three zones", lists)
		}
		h.had("pull applied second, 3 changes", "sweep applied second, 78 changes")
		h.stands("zone-001.example", daemon.StateOrphaned)
		h.stands("zone-071.example", daemon.StateOrphaned)
		h.world.Holds("zone-001.example", "www 300 A 192.0.2.1")
		h.world.Holds("zone-071.example", "www 300 A 203.0.113.9")
		rest := slices.DeleteFunc(many(n), func(d string) bool { return d == "zone-001.example" || d == "zone-071.example" })
		h.follows(rest...)
		h.ended(daemon.OutcomeUnchanged)
	})
}

// A pull with nothing new asks Git, and costs the sweep nothing.
func TestIdlePullsDuringASweep(t *testing.T) {
	worldtest.Bubble(t, "idle", func(t *testing.T) {
		const n = 300
		h := slow(t, n)
		before, runs := h.branch.count(), h.runs.count()
		h.sweep(25 * time.Second)
		if got := h.branch.count() - before; got != 3 {
			t.Errorf("got %d pulls, want that of the sweep and two more", got)
		}
		h.pass(30 * time.Second)
		h.called(n, 1, nil)
		if got := h.runs.count() - runs; got < 4 {
			t.Errorf("got %d cycles, want the sweep and the pulls", got)
		}
		h.had("sweep applied first, 0 changes")
		h.sound(n)
	})
}

// The first sweep of a daemon without memory knows of no zone. A push is dealt with for what
// it changes all the same, and is no sign that the daemon is ready.
func TestPushDuringTheFirstSweep(t *testing.T) {
	worldtest.Bubble(t, "first", func(t *testing.T) {
		const n = 200
		h := newInstallation(t, vpsorgtest.Options{})
		h.world.Concurrency = 4
		h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 10s") }
		for _, d := range many(n) {
			h.zone(d, "www 300 A 192.0.2.1")
			h.world.Live(d, "www 300 A 192.0.2.1")
		}
		h.text("templates/mail.yaml", "'@': {MX: 10 mail.example.net.}\n")
		h.text("zone-001.example.yaml", "zone: zone-001.example\ninclude: [templates/mail.yaml]\nrecords: {}\n")
		h.origin.push("first")
		h.slowDown()
		h.begin()
		h.pass(5 * time.Second)
		h.text("templates/mail.yaml", "'@': {MX: 20 mail.example.net.}\n")
		h.zone("zone-050.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(9 * time.Second)
		h.follows("zone-050.example", "zone-001.example")
		worldtest.Shows(t, h.daemon.Status().NotReady, "no cycle has succeeded yet: the first sweep has not ended yet")
		h.pass(time.Minute)
		h.had("pull applied second, 3 changes", "sweep applied second, 0 changes")
		h.called(n, 1+2, map[string]int{"zone-001.example": 4, "zone-050.example": 4})
		h.sound(n)
	})
}

// The guard of a whole run counts the deletions of the push, and those of the sweep, each by
// themselves.
func TestFleetCountsASweepAndAPushApart(t *testing.T) {
	worldtest.Bubble(t, "fleet", func(t *testing.T) {
		const n = 200
		lines := func(n int) (out []string) {
			for i := range n {
				out = append(out, fmt.Sprintf("h%03d 300 A 192.0.2.1", i))
			}
			return out
		}
		h := newInstallation(t, vpsorgtest.Options{})
		h.world.Concurrency = 4
		h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 10s") }
		for _, d := range many(n) {
			h.zone(d, "www 300 A 192.0.2.1", "api 300 A 192.0.2.1", "mail 300 A 192.0.2.1")
		}
		h.zone("zone-199.example", lines(700)...)
		h.origin.push("first")
		h.start()
		for _, d := range many(n)[:70] {
			if _, err := h.api.AddRecord(d, worldtest.Stored(t, []string{"extra 300 A 192.0.2.7"})[0]); err != nil {
				t.Fatal(err)
			}
		}
		h.slowDown()
		h.sweep(5 * time.Second)
		h.zone("zone-199.example", lines(640)...)
		h.origin.push("second")
		h.pass(2 * time.Minute)
		h.had("pull applied second, 60 changes", "sweep applied second, 70 changes")
		h.sound(n)
	})
}

func TestRewindDuringASweepLeavesItGoingOn(t *testing.T) {
	worldtest.Bubble(t, "rewind", func(t *testing.T) {
		const n = 200
		h := slow(t, n)
		first := h.origin.head()
		h.zone("zone-000.example", "www 300 A 192.0.2.2")
		second := h.origin.push("second")
		h.pass(30 * time.Second)
		h.drift("zone-000.example")
		h.drift("zone-150.example")
		h.api.ResetCalls()
		h.sweep(5 * time.Second)
		h.origin.rewind(first)
		h.pass(6 * time.Second)
		h.held(diff.GuardRewind)
		h.pass(time.Minute)
		h.world.Holds("zone-000.example", "www 300 A 192.0.2.2")
		h.world.Holds("zone-150.example", "www 300 A 192.0.2.1")
		h.called(n, 1, map[string]int{"zone-000.example": 2, "zone-150.example": 2})
		if got := h.daemon.Status(); got.Commit != second || got.AppliedCommit != second {
			t.Errorf("got commit %s, applied %s, want %s", got.Commit, got.AppliedCommit, second)
		}
	})
}
