package sync_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A service that asks for patience gets it, and what it refused for its rate is sent
// again, once.
func TestFaultA4TooManyRequests(t *testing.T) {
	for name, after := range map[string]func() string{
		"without a wait": func() string { return "" },
		"seconds":        func() string { return "20" },
		"date":           func() string { return time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.Server.AddRule(vpsorgtest.Rule{Skip: 4, Times: 3, Do: vpsorgtest.RetryAfter(http.StatusTooManyRequests, after())})
			begin := time.Now()
			_, report := w.Apply()
			took := time.Since(begin)
			if report.Failed() {
				t.Error(worldtest.ReportText(t, report))
			}
			changed(w, "one.example", "two.example")
			if after() != "" && took < 19*time.Second {
				t.Errorf("got done after %v, want it to wait the 20 s it was asked for", took)
			}
			if got := w.Server.Writes(); got[vpsorgtest.CreateRecord] != 2 || got[vpsorgtest.PatchRecord] != 2 || got[vpsorgtest.DeleteRecord] != 2 {
				t.Errorf("got writes %v, want two of each", got)
			}
		})
	}
}

// A gust of errors is waited out. A storm is reported, in short lines, and the zones
// that it does not hit go on.
func TestFaultA4Storm(t *testing.T) {
	unavailable := vpsorgtest.HTMLPage(http.StatusServiceUnavailable)
	worldtest.Bubble(t, "gust", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Times: 3, Do: unavailable})
		_, report := w.Apply()
		if report.Failed() {
			t.Error(worldtest.ReportText(t, report))
		}
		changed(w, "one.example", "two.example")
	})
	worldtest.Bubble(t, "from the first call", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Do: unavailable})
		_, _, err := w.Try(t.Context())
		if err == nil {
			t.Fatal("got no error")
		}
		worldtest.Shows(t, err.Error(), "zones: list: GET /dns-zones/: 503 Service Unavailable", "after 5 attempts")
		worldtest.Hides(t, err.Error(), "<", "\n")
	})
	worldtest.Bubble(t, "reads of one zone", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: recordsOf("one.example"), Do: unavailable})
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example: cannot be planned", "error: read: GET /dns-zones/", "503 Service Unavailable")
		worldtest.Shows(t, worldtest.ReportText(t, report), "two.example: 1 created, 1 updated, 1 deleted, verified")
		untouched(w, "one.example")
		changed(w, "two.example")
	})
	worldtest.Bubble(t, "writes of one zone", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Domain == "one.example" && c.Kind.Writes() }, Do: unavailable})
		_, report := w.Apply()
		text := worldtest.ReportText(t, report)
		worldtest.Shows(t, text, "one.example: nothing was changed", "failed: create new A", "503 Service Unavailable",
			"two.example: 1 created, 1 updated, 1 deleted, verified", "1 zone failed")
		worldtest.Hides(t, text, "<")
		w.Holds("one.example", "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		changed(w, "two.example")
	})
}

// An answer that drips in is waited for, but not for ever.
func TestFaultA4SlowDrip(t *testing.T) {
	worldtest.Bubble(t, "slow", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Drip(100, time.Second)})
		_, report := w.Apply()
		if report.Failed() {
			t.Error(worldtest.ReportText(t, report))
		}
		changed(w, "one.example", "two.example")
	})
	worldtest.Bubble(t, "for ever", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: recordsOf("one.example"), Do: vpsorgtest.Drip(1, time.Minute)})
		draft, _ := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example: cannot be planned", "no complete answer within 30s")
		untouched(w, "one.example")
		changed(w, "two.example")
	})
}

// A record whose creation was answered by silence is looked for, not created twice.
func TestFaultA5LostPost(t *testing.T) {
	for name, do := range map[string]vpsorgtest.Action{
		"timed out, done":   vpsorgtest.HangAfter(),
		"cut, done":         vpsorgtest.LostReply(),
		"502, done":         vpsorgtest.PerformThen(http.StatusBadGateway),
		"timed out, undone": vpsorgtest.HangBefore(),
		"cut, undone":       vpsorgtest.CutBefore(),
	} {
		for _, d := range []vpsorgtest.Dialect{{Name: "documented"}, copying()} {
			worldtest.Bubble(t, d.Name+" record "+name, func(t *testing.T) {
				w := twoZones(t, d)
				w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: 1, Do: do})
				_, report := w.Apply()
				worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 created, 1 updated, 1 deleted, verified",
					"two.example: 1 created, 1 updated, 1 deleted, verified")
				changed(w, "one.example", "two.example")
				if n := w.Server.Writes()[vpsorgtest.CreateRecord]; n != 2 {
					t.Errorf("got %d records created, want 2", n)
				}
			})
			worldtest.Bubble(t, d.Name+" zone "+name, func(t *testing.T) {
				w := worldtest.New(t, vpsorgtest.Options{Dialect: d})
				w.File("new.example", "@ 300 A 192.0.2.1")
				w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateZone, Times: 1, Do: do})
				_, report := w.Apply()
				worldtest.Shows(t, worldtest.ReportText(t, report), "new.example: the zone was created, 1 created, verified")
				changed(w, "new.example")
				if n := w.Server.Writes()[vpsorgtest.CreateZone]; n != 1 {
					t.Errorf("got %d zones created, want 1", n)
				}
			})
		}
	}
}

// Where nobody can tell whether a record was created, the run says so and does not try
// again by itself; the next run finds out.
func TestFaultA5OutcomeUnknown(t *testing.T) {
	worldtest.Bubble(t, "reads fail as well", func(t *testing.T) {
		w := twoZones(t, copying())
		var gone atomic.Bool
		w.Watch(func(c vpsorgtest.Call) {
			if c.Kind == vpsorgtest.CreateRecord && c.Domain == "one.example" {
				gone.Store(true)
			}
		})
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, When: in("one.example"), Do: vpsorgtest.LostReply()})
		w.Server.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return gone.Load() && recordsOf("one.example")(c) }, Do: vpsorgtest.CutBefore()})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example", "failed: create new A", "outcome unknown: read back: GET", "two.example", "verified")
		if n := w.Server.Writes()[vpsorgtest.CreateRecord]; n != 2 {
			t.Errorf("got %d records created, want one in each zone", n)
		}
		w.Server.ClearRules()
		if _, report := w.Apply(); report.Failed() {
			t.Error(worldtest.ReportText(t, report))
		}
		changed(w, "one.example", "two.example")
	})
}

// in chooses the calls about one zone.
func in(domain string) func(vpsorgtest.Call) bool {
	return func(c vpsorgtest.Call) bool { return c.Domain == domain }
}
