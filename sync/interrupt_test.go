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
	"github.com/zonetender/zonetender/sync/worldtest"
)

// C10: a signal at any call lets the owner name in flight be finished and nothing else
// be begun, and the next run does the rest.
func TestFaultC10InterruptAtAnyCall(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		for k := range callsOf(t, vpsorgtest.Dialect{}, 0) {
			worldtest.Bubble(t, fmt.Sprintf("%d calls at once, call %d", concurrency, k+1), func(t *testing.T) {
				w := upheaval(t, copying(), 0)
				w.Concurrency = concurrency
				interruptAt(w, k+1)
			})
		}
	}
	calls := callsOf(t, vpsorgtest.Dialect{}, many)
	for k := 0; k < calls; k += step {
		worldtest.Bubble(t, fmt.Sprintf("independent names at once, call %d", k+1), func(t *testing.T) {
			interruptAt(upheaval(t, copying(), many), k+1)
		})
	}
}

// interruptAt gives the signal at the n-th call.
func interruptAt(w *worldtest.World, n int) {
	t := w.T
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at vpsorgtest.Call
	w.Watch(func(c vpsorgtest.Call) {
		if c.N == n {
			at = c
			cancel()
		}
	})
	draft, report, err := w.Try(ctx)
	if err != nil {
		if !errors.Is(err, context.Canceled) || w.Writes() != 0 {
			t.Errorf("got %d writes and %v, want none and a cancelled plan", w.Writes(), err)
		}
		noCopies(w)
		recovers(w)
		return
	}
	if w.Concurrency == 1 {
		nothingBegunAfter(w, at)
	}
	fewBegunAfter(w, at)
	wholeNames(t, draft, report)
	noCopies(w)
	recovers(w)
}

// fewBegunAfter fails the test where owner names were begun after the call, apart from those
// that may have been in flight.
func fewBegunAfter(w *worldtest.World, at vpsorgtest.Call) {
	w.T.Helper()
	before, after := map[string]bool{}, map[string]bool{}
	for _, c := range w.Server.Calls() {
		if name := c.Domain + " " + c.RecordName; !c.Kind.Writes() {
		} else if c.N <= at.N {
			before[name] = true
		} else if !before[name] {
			after[name] = true
		}
	}
	if most := max(w.Concurrency, sync.DefaultConcurrency); len(after) > most {
		w.T.Errorf("%d names were begun after the signal, want at most %d: %v", len(after), most, after)
	}
}

// A new zone that a signal left without records was begun.
func TestFaultC10InterruptAtANewZone(t *testing.T) {
	worldtest.Bubble(t, "created", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.File("one.example", "@ 300 A 192.0.2.1")
		w.File("two.example", "@ 300 A 192.0.2.1")
		w.Concurrency = 1
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		atFirstWrite(w, "one.example", cancel)
		_, report, err := w.Try(ctx)
		if err != nil {
			t.Fatal(err)
		}
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: the zone was created\n  failed: not attempted: the run was stopped",
			"two.example: nothing was changed\n  failed: not attempted: the run was stopped", "1 zone failed; 1 zone not started")
		if _, report = w.Apply(); report.Failed() {
			t.Error(worldtest.ReportText(t, report))
		}
		changed(w, "one.example", "two.example")
	})
}

// nothingBegunAfter fails the test where a write of another owner name than that of
// the call came after it.
func nothingBegunAfter(w *worldtest.World, at vpsorgtest.Call) {
	w.T.Helper()
	for _, c := range w.Server.Calls() {
		if c.N > at.N && c.Kind.Writes() && (c.Domain != at.Domain || c.RecordName != at.RecordName) {
			w.T.Errorf("%s %s %s was begun after the signal at %s %s %s", c.Kind, c.Domain, c.RecordName, at.Kind, at.Domain, at.RecordName)
		}
	}
}

// wholeNames fails the test unless of each owner name in a row either all changes were
// made or none, in a small plan those at its beginning, and unless the report says what was not.
func wholeNames(t testing.TB, draft *sync.Draft, report *sync.Report) {
	t.Helper()
	for i := range report.Zones {
		z := &report.Zones[i]
		plan := draft.Plan.Zones()[slices.IndexFunc(draft.Plan.Zones(), func(p diff.ZonePlan) bool { return p.Zone == z.Zone })]
		if len(z.Failed) > 0 || len(z.Lost) > 0 || len(z.Differs) > 0 {
			t.Errorf("%s: a signal made changes fail: %v %v %v", z.Zone, z.Failed, z.Lost, z.Differs)
		}
		done := make([]bool, len(plan.Changes))
		n := 0
		for at, c := range plan.Changes {
			if n < len(z.Done) && sameChange(z.Done[n], c) {
				done[at] = true
				n++
			}
			if at > 0 && done[at-1] != done[at] && (plan.Changes[at-1].Name == c.Name || done[at] && len(plan.Changes) < many) {
				t.Errorf("%s: done up to change %d is %t, and not the next at %s", z.Zone, at, done[at-1], c.Name)
			}
		}
		if n < len(z.Done) {
			t.Errorf("%s: done is not in the order of the plan", z.Zone)
		}
		if n < len(plan.Changes) && !errors.Is(z.Err, sync.ErrStopped) {
			t.Errorf("%s: %d of %d changes are done and the report says %v", z.Zone, n, len(plan.Changes), z.Err)
		}
	}
	if text := worldtest.ReportText(t, report); report.Failed() {
		worldtest.Shows(t, text, "not attempted: the run was stopped")
	} else {
		worldtest.Hides(t, text, "stopped", "not started")
	}
}

func sameChange(a, b diff.Change) bool {
	return a.Action == b.Action && a.Before.ID == b.Before.ID && a.Name == b.Name && a.Type == b.Type && a.After == b.After
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
		for k := range callsOf(t, d, 0) {
			worldtest.Bubble(t, fmt.Sprintf("%s after %d calls", d.Name, k), func(t *testing.T) {
				killAfter(upheaval(t, d, 0), k)
			})
		}
		calls := callsOf(t, d, many)
		for k := 0; k < calls; k += step {
			worldtest.Bubble(t, fmt.Sprintf("%s, independent names at once, after %d calls", d.Name, k), func(t *testing.T) {
				killAfter(upheaval(t, d, many), k)
			})
		}
	}
}

// killAfter lets so many calls through.
func killAfter(w *worldtest.World, calls int) {
	m := &mortal{next: w.Transport}
	m.left.Store(int64(calls))
	w.Transport = m
	// The report of a process that is dead reaches nobody.
	_, _, _ = w.Try(w.T.Context())
	w.Transport = w.Server.Transport()
	noCopies(w)
	recovers(w)
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
	shift, calls := 0, callsOf(t, copying(), many)
	for name, fault := range oneFault() {
		for k := range callsOf(t, copying(), 0) {
			worldtest.Bubble(t, fmt.Sprintf("%s, call %d", name, k+1), func(t *testing.T) {
				w := upheaval(t, copying(), 0)
				w.Concurrency = 1
				faultAt(w, k, name, fault)
			})
		}
		for k := shift; k < calls; k += 3 * step {
			worldtest.Bubble(t, fmt.Sprintf("%s, independent names at once, call %d", name, k+1), func(t *testing.T) {
				faultAt(upheaval(t, copying(), many), k, name, fault)
			})
		}
		shift += step / 2
	}
}

// faultAt has one fault happen, after so many calls.
func faultAt(w *worldtest.World, calls int, name string, fault vpsorgtest.Action) {
	w.Server.AddRule(vpsorgtest.Rule{Skip: calls, Times: 1, Do: fault})
	draft, report, err := w.Try(w.T.Context())
	if err == nil && draft.Plan.Summary().Errors == 0 && !report.Failed() && !report.Refused() {
		upheaved(w)
	}
	if err == nil {
		honest(w, report)
	}
	// A record of which the service said that it is not there may be put back beside
	// itself; the next run takes the copy away.
	if name != "404" {
		noCopies(w)
	}
	recovers(w)
}

// honest fails the test where a zone counts as verified that is not as its file says.
func honest(w *worldtest.World, report *sync.Report) {
	w.T.Helper()
	for i := range report.Zones {
		z := &report.Zones[i]
		domain := z.Zone.Undotted()
		if z.OK() && z.Action != diff.Delete {
			w.Holds(domain, slices.Concat(w.Declared(domain), notOurs()[domain])...)
		}
		if len(z.Lost) > 0 && !strings.Contains(worldtest.ReportText(w.T, report), "LOST") {
			w.T.Errorf("%s lost records in silence", domain)
		}
	}
}
