package sync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// notOurs is what other tools own in the zones of the upheaval: it stays, come what may.
func notOurs() map[string][]string {
	return map[string][]string{
		"alpha.example": {"_acme-challenge 60 TXT token", "ptr 3600 PTR host.example.net", "@ 300 NS ns1.example.net."},
		"beta.example":  {"ext 60 A 203.0.113.9"},
	}
}

// upheaval is a world in which a run has everything to do: swaps in both directions,
// creations, updates, deletions, moved targets, a new zone and one that goes.
func upheaval(t testing.TB, d vpsorgtest.Dialect) *world {
	w := newWorld(t, vpsorgtest.Options{Dialect: d})
	w.settings("safety: {max_deletes: 100%, max_updates: 100%}\nignore: [{name: _acme-challenge}, {name: ext}]\n")
	w.live("alpha.example", append(notOurs()["alpha.example"],
		"@ 300 A 192.0.2.1",
		"@ 300 MX 10 mail.alpha.example.",
		"mail 300 A 192.0.2.2",
		"old 300 A 192.0.2.3",
		"shop 300 A 192.0.2.4",
		"shop 300 TXT gone",
		"www 300 CNAME old.alpha.example.")...)
	w.file("alpha.example",
		"@ 300 A 192.0.2.1",
		"@ 300 MX 20 mail.alpha.example.",
		"mail 300 A 192.0.2.2",
		"shop 300 CNAME web.alpha.example.",
		"web 300 A 192.0.2.5",
		"www 300 A 192.0.2.6",
		"www 300 AAAA 2001:db8::6")
	w.live("beta.example", append(notOurs()["beta.example"],
		"@ 300 TXT v=spf1 -all",
		"a 300 A 192.0.2.1",
		"a 300 A 192.0.2.2",
		"b 300 CNAME a.beta.example.",
		"c 300 SRV 10 5 5060 a.beta.example.")...)
	w.file("beta.example",
		"@ 300 CAA 0 issue \"ca.example\"",
		"@ 60 TXT v=spf1 -all",
		"a 300 A 192.0.2.2",
		"b 300 CNAME d.beta.example.",
		"d 300 A 192.0.2.7",
		"d 300 A 192.0.2.8")
	w.file("gamma.example",
		"@ 300 A 192.0.2.1",
		"@ 300 MX 10 mx.gamma.example.",
		"mx 300 A 192.0.2.2")
	w.live("delta.example", "@ 300 A 192.0.2.1")
	w.files["delta.example.yaml"] = tombstone("delta.example")
	return w
}

// upheaved fails the test unless every zone of the upheaval is as it should be.
func (w *world) upheaved() {
	w.Helper()
	for _, domain := range []string{"alpha.example", "beta.example", "gamma.example"} {
		w.holds(domain, slices.Concat(w.declared(domain), notOurs()[domain])...)
	}
	if w.Records("delta.example") != nil {
		w.Error("delta.example is still there")
	}
}

// recovers runs fresh cycles, as many as are allowed, and fails the test unless the
// last of them leaves nothing to do.
func (w *world) recovers() {
	w.Helper()
	_, report := w.apply()
	if report.Failed() || report.Refused() {
		w.Errorf("the next run:\n%s", reportText(w, report))
	}
	w.upheaved()
	if draft := w.plan(); !draft.Plan.Empty() {
		w.Errorf("the plan after the next run:\n%s", planText(w, draft.Plan))
	}
}

// noCopies fails the test where a record stands twice, or what is not ours is gone.
func (w *world) noCopies() {
	w.Helper()
	for _, domain := range []string{"alpha.example", "beta.example", "gamma.example"} {
		lines := w.records(domain)
		if len(slices.Compact(slices.Clone(lines))) != len(lines) {
			w.Errorf("%s holds copies: %q", domain, lines)
		}
		for _, line := range notOurs()[domain] {
			if !slices.Contains(lines, line) {
				w.Errorf("%s has lost %q, which is not ours", domain, line)
			}
		}
	}
}

// copying lets copies through, so that a record that is sent twice shows.
func copying() vpsorgtest.Dialect {
	return vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied, ChurnIDs: true}
}

// callsOf gives how many calls a whole run over the upheaval takes.
func callsOf(t *testing.T, d vpsorgtest.Dialect) int {
	t.Helper()
	w := upheaval(t, d)
	w.concurrency = 1
	_, report := w.apply()
	if report.Failed() || report.Refused() {
		t.Fatal(reportText(t, report))
	}
	w.upheaved()
	return len(w.Calls())
}

// C10: a signal at any call lets the owner name in flight be finished and nothing else
// be begun, and the next run does the rest.
func TestFaultC10InterruptAtAnyCall(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		for k := range callsOf(t, vpsorgtest.Dialect{}) {
			bubble(t, fmt.Sprintf("%d zones at once, call %d", concurrency, k+1), func(t *testing.T) {
				w := upheaval(t, copying())
				w.concurrency = concurrency
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var at vpsorgtest.Call
				w.watch(func(c vpsorgtest.Call) {
					if c.N == k+1 {
						at = c
						cancel()
					}
				})
				draft, report, err := w.try(ctx)
				if err != nil {
					if !errors.Is(err, context.Canceled) || w.writes() != 0 {
						t.Errorf("got %d writes and %v, want none and a cancelled plan", w.writes(), err)
					}
					w.noCopies()
					w.recovers()
					return
				}
				if concurrency == 1 {
					w.nothingBegunAfter(at)
				}
				wholeNames(t, draft, report)
				w.noCopies()
				w.recovers()
			})
		}
	}
}

// A new zone that a signal left without records was begun.
func TestFaultC10InterruptAtANewZone(t *testing.T) {
	bubble(t, "created", func(t *testing.T) {
		w := newWorld(t, vpsorgtest.Options{})
		w.file("one.example", "@ 300 A 192.0.2.1")
		w.file("two.example", "@ 300 A 192.0.2.1")
		w.concurrency = 1
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.atFirstWrite("one.example", cancel)
		_, report, err := w.try(ctx)
		if err != nil {
			t.Fatal(err)
		}
		shows(t, reportText(t, report), "one.example: the zone was created\n  failed: not done: the run was stopped",
			"two.example: nothing was changed\n  failed: not done: the run was stopped", "1 zone failed; 1 zone not begun")
		if _, report = w.apply(); report.Failed() {
			t.Error(reportText(t, report))
		}
		w.changed("one.example", "two.example")
	})
}

// nothingBegunAfter fails the test where a write of another owner name than that of
// the call came after it.
func (w *world) nothingBegunAfter(at vpsorgtest.Call) {
	w.Helper()
	for _, c := range w.Calls() {
		if c.N > at.N && c.Kind.Writes() && (c.Domain != at.Domain || c.RecordName != at.RecordName) {
			w.Errorf("%s %s %s was begun after the signal at %s %s %s", c.Kind, c.Domain, c.RecordName, at.Kind, at.Domain, at.RecordName)
		}
	}
}

// wholeNames fails the test unless of each owner name in a row either all changes were
// made or none, and unless the report says what was not.
func wholeNames(t *testing.T, draft *sync.Draft, report *sync.Report) {
	t.Helper()
	for i := range report.Zones {
		z := &report.Zones[i]
		plan := draft.Plan.Zones[slices.IndexFunc(draft.Plan.Zones, func(p diff.ZonePlan) bool { return p.Zone == z.Zone })]
		if len(z.Failed) > 0 || len(z.Lost) > 0 || len(z.Differs) > 0 {
			t.Errorf("%s: a signal made changes fail: %v %v %v", z.Zone, z.Failed, z.Lost, z.Differs)
		}
		n := len(z.Done)
		if n > len(plan.Changes) || !slices.EqualFunc(z.Done, plan.Changes[:n], sameChange) {
			t.Errorf("%s: done is no beginning of the plan", z.Zone)
			continue
		}
		if n > 0 && n < len(plan.Changes) && plan.Changes[n-1].Name == plan.Changes[n].Name {
			t.Errorf("%s: %s was left half done", z.Zone, plan.Changes[n].Name)
		}
		if n < len(plan.Changes) && !errors.Is(z.Err, sync.ErrStopped) {
			t.Errorf("%s: %d of %d changes are done and the report says %v", z.Zone, n, len(plan.Changes), z.Err)
		}
	}
	if text := reportText(t, report); report.Failed() {
		shows(t, text, "not done: the run was stopped")
	} else {
		hides(t, text, "stopped", "not begun")
	}
}

func sameChange(a, b diff.Change) bool {
	return a.Action == b.Action && a.ID == b.ID && a.Name == b.Name && a.Type == b.Type && a.After == b.After
}

// A mortal lets so many calls through. After them the process is dead, as far as the
// service can tell.
type mortal struct {
	next http.RoundTripper
	left atomic.Int64
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.left.Add(-1) < 0 {
		return nil, errors.New("the process is dead")
	}
	return m.next.RoundTrip(r)
}

// C6: SIGKILL between any two calls loses nothing: the next run ends in the desired
// state, without copies. That a call was performed and its answer not read is the same
// to the service.
func TestFaultC6KillBetweenAnyTwoCalls(t *testing.T) {
	for _, d := range []vpsorgtest.Dialect{{Name: "documented"}, copying()} {
		for k := range callsOf(t, d) {
			bubble(t, fmt.Sprintf("%s after %d calls", d.Name, k), func(t *testing.T) {
				w := upheaval(t, d)
				m := &mortal{next: w.transport}
				m.left.Store(int64(k))
				w.transport = m
				// The report of a process that is dead reaches nobody.
				_, _, _ = w.try(t.Context())
				w.transport = w.Server.Transport()
				w.noCopies()
				w.recovers()
			})
		}
	}
}

// oneFault lists what may happen to one call.
func oneFault() map[string]vpsorgtest.Action {
	return map[string]vpsorgtest.Action{
		"lost reply":     vpsorgtest.LostReply(),
		"cut before":     vpsorgtest.CutBefore(),
		"hangs, done":    vpsorgtest.HangAfter(),
		"502, done":      vpsorgtest.PerformThen(http.StatusBadGateway),
		"500, not done":  vpsorgtest.HTMLPage(http.StatusInternalServerError),
		"400":            vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`),
		"404":            vpsorgtest.Answer(http.StatusNotFound, `{"detail": "Not found."}`),
		"429":            vpsorgtest.RetryAfter(http.StatusTooManyRequests, "7"),
		"half an answer": vpsorgtest.InvalidJSON(),
	}
}

// C6, A4, A5: one fault at any call: the run says so or converges by itself, never says
// more than is true, and the next run ends in the desired state.
func TestFaultC6OneFaultAtAnyCall(t *testing.T) {
	for name, fault := range oneFault() {
		for k := range callsOf(t, copying()) {
			bubble(t, fmt.Sprintf("%s, call %d", name, k+1), func(t *testing.T) {
				w := upheaval(t, copying())
				w.concurrency = 1
				w.AddRule(vpsorgtest.Rule{Skip: k, Times: 1, Do: fault})
				draft, report, err := w.try(t.Context())
				if err == nil && draft.Plan.Summary().Errors == 0 && !report.Failed() && !report.Refused() {
					w.upheaved()
				}
				if err == nil {
					w.honest(report)
				}
				// A record of which the service said that it is not there may be put back beside
				// itself; the next run takes the copy away.
				if name != "404" {
					w.noCopies()
				}
				w.recovers()
			})
		}
	}
}

// honest fails the test where a zone counts as verified that is not as its file says.
func (w *world) honest(report *sync.Report) {
	w.Helper()
	for i := range report.Zones {
		z := &report.Zones[i]
		domain := z.Zone.Undotted()
		if z.OK() && z.Action != diff.Delete {
			w.holds(domain, slices.Concat(w.declared(domain), notOurs()[domain])...)
		}
		if len(z.Lost) > 0 && !strings.Contains(reportText(w, report), "LOST") {
			w.Errorf("%s lost records in silence", domain)
		}
	}
}
