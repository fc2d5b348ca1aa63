package sync_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestFirstCycleIsASweepAtOnce(t *testing.T) {
	bubble(t, "first", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.live("parked.example", "www 300 A 203.0.113.1")
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.tune = func(d *sync.Daemon) { d.Schedule, d.Sweeping = schedule(t, "0 5 * * *"), schedule(t, "0 6 * * *") }
		h.start()
		h.follows("a.example")
		got := h.daemon.Status()
		if got.LastCycle.Kind != sync.Sweep || !slices.Equal(got.Unmanaged, []string{"parked.example"}) {
			t.Errorf("got %+v, want a sweep that saw the zone that no file names", got)
		}
		if p, s := got.NextPull.Format(time.TimeOnly), got.NextSweep.Format(time.TimeOnly); p != "05:00:00" || s != "06:00:00" {
			t.Errorf("got next pull %s and sweep %s, want 05:00 and 06:00", p, s)
		}
	})
}

// A cycle that lasts longer than the schedule has no queue behind it, and none beside it.
func TestFaultC9LongCycleNeitherOverlapsNorQueues(t *testing.T) {
	bubble(t, "long", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		var inside, most atomic.Int32
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.tune = func(d *sync.Daemon) { d.Schedule = schedule(t, "@every 10s") }
		h.begin()
		h.branch.breaks(func() error {
			most.Store(max(most.Load(), inside.Add(1)))
			defer inside.Add(-1)
			time.Sleep(35 * time.Second)
			return nil
		})
		h.pass(10 * time.Minute)
		if got := most.Load(); got != 1 {
			t.Errorf("got %d cycles at the same time, want 1", got)
		}
		// 35 seconds of work and 10 of rest, each time.
		if got := h.branch.count(); got < 12 || got > 15 {
			t.Errorf("got %d cycles in 10 minutes, want about 13", got)
		}
	})
}

func TestDeadlineEndsACycle(t *testing.T) {
	bubble(t, "deadline", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.push("first")
		heal := h.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.HangBefore()})
		h.live("a.example")
		h.tune = func(d *sync.Daemon) { d.Deadline = 5 * time.Second }
		h.begin()
		h.pass(6 * time.Second)
		h.ended(sync.Broken, "deadline exceeded")
		heal()
		h.pass(2 * time.Minute)
		h.follows("a.example", "b.example")
		// Half way through the writing: what is left is done by the next cycle.
		h.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Latency(3 * time.Second)})
		h.zone("a.example", "a 300 A 192.0.2.2", "b 300 A 192.0.2.2", "c 300 A 192.0.2.2", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(70 * time.Second)
		h.ended(sync.Broken, "the cycle was stopped", "deadline exceeded")
		h.pass(3 * time.Minute)
		h.follows("a.example", "b.example")
		h.stands("a.example", sync.InSync)
	})
}

// A zone that fails waits longer each time, an hour at most, and the others do not wait.
func TestFailingZoneBacksOff(t *testing.T) {
	bubble(t, "backoff", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.tune = func(d *sync.Daemon) { d.Sweeping = schedule(t, "@yearly") }
		h.start()
		heal := h.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() && c.Domain == "a.example" }, Do: vpsorgtest.Answer(400, "")})
		var tries []time.Time
		h.OnCall(func(c vpsorgtest.Call) {
			if c.Kind.Writes() {
				tries = append(tries, time.Now())
			}
		})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(6 * time.Hour)
		var waits []time.Duration
		for i := range len(tries) - 1 {
			waits = append(waits, tries[i+1].Sub(tries[i]))
		}
		m := time.Minute
		want := []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, 60 * m, 60 * m}
		if d := gocmp.Diff(waits, want); d != "" {
			t.Errorf("waits between tries (-got +want):\n%s", d)
		}
		heal()
		h.OnCall(nil)
		h.pass(time.Hour)
		h.follows("a.example", "b.example")
	})
}

func TestFaultA4APIDownForHours(t *testing.T) {
	bubble(t, "hours", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		for _, d := range domains(5) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.push("first")
		h.start()
		heal := h.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(502, "")})
		h.RemoveRecord(h.id("zone-03.example", "www", "A"))
		h.pass(5 * time.Hour)
		shows(t, h.daemon.Status().NotReady, "last good cycle", "502")
		if ok, why := h.daemon.Alive(); !ok {
			t.Errorf("got not alive (%s), want the loop to turn", why)
		}
		heal()
		h.pass(6 * time.Minute) // the sweep is made up for, long before the next hour
		h.follows(domains(5)...)
		if got := h.daemon.Status(); got.NotReady != "" || got.Counts[sync.InSync] != 5 {
			t.Errorf("got %+v, want ready and in sync", got)
		}
	})
}

func TestFaultA3DeniedTokenStopsAtOnce(t *testing.T) {
	bubble(t, "denied", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		for _, d := range domains(5) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.push("first")
		h.start()
		h.AddRule(vpsorgtest.Rule{Name: "denied", Do: vpsorgtest.Answer(401, `{"detail": "Invalid token."}`)})
		h.ResetCalls()
		h.ask(sync.Sweep)
		if n := len(h.Calls()); n != 1 {
			t.Errorf("got %d calls, want one: the others would be refused alike", n)
		}
		h.ended(sync.Broken, "401", "Invalid token")
		h.pass(5 * time.Minute)
		shows(t, h.daemon.Status().NotReady, "401")
		hides(t, h.log.String()+h.daemon.Status().NotReady, h.Token())
		h.ClearRules()
		h.pass(6 * time.Minute)
		h.ended(sync.Unchanged)
		if got := h.daemon.Status().NotReady; got != "" {
			t.Errorf("got not ready: %s", got)
		}
	})
}

func TestObserveNeverWrites(t *testing.T) {
	bubble(t, "observe", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		first := h.push("first")
		h.start()
		h.halt()
		h.tune = func(d *sync.Daemon) { d.Writer = nil; d.Version = "v2" }
		h.start()
		h.ResetCalls()
		h.zone("b.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.2")
		second := h.push("second")
		h.RemoveRecord(h.id("a.example", "www", "A"))
		h.pass(2 * time.Hour)
		if n := h.writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.ended(sync.Observed)
		h.stands("a.example", sync.Drifted, "1 to create")
		h.stands("b.example", sync.Pending, "1 to create, 1 to update, 0 to delete")
		got := h.daemon.Status()
		if got.Mode != sync.ModeObserve || got.Commit != second || got.AppliedCommit != first || got.NotReady != "" {
			t.Errorf("got %+v, want ready, the second commit read and the first applied", got)
		}
		if run := h.runs.last(); run.Mode != sync.ModeObserve || run.Pending != 3 || run.Refused != 0 {
			t.Errorf("got %d pending, %d refused in mode %s, want 3, 0 in observe", run.Pending, run.Refused, run.Mode)
		}
	})
}

// To be told to stop half way is no harm: the name in flight is finished, the rest is
// left for the next start.
func TestFaultC10StoppedDuringApply(t *testing.T) {
	bubble(t, "apply", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "a 300 CNAME x.example.net.", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.zone("a.example", "a 300 A 192.0.2.9", "b 300 A 192.0.2.2", "c 300 A 192.0.2.2", "d 300 A 192.0.2.2")
		second := h.push("second")
		h.OnCall(func(c vpsorgtest.Call) {
			if c.Kind == vpsorgtest.DeleteRecord {
				go h.stop()
				time.Sleep(time.Second)
			}
		})
		h.pass(time.Minute + time.Second)
		h.stop = nil
		// What was done stays, the swap whole; the rest was not begun.
		h.holds("a.example", "a 300 A 192.0.2.9", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.ended(sync.Broken, "the cycle was stopped", "context canceled")
		h.stands("a.example", sync.Failed, "the run was stopped")
		if run := h.runs.last(); len(run.Changes) != 2 || run.Commit != second {
			t.Errorf("got %d changes of %s, want the 2 of the name in flight", len(run.Changes), run.Commit)
		}
		if saved, _ := h.store.Load(t.Context()); saved.Progress.Applied != second {
			t.Errorf("got applied %s saved, want %s: what was done is saved to the last", saved.Progress.Applied, second)
		}
		h.OnCall(nil)
		h.start()
		h.follows("a.example")
	})
}

func TestStopWhileWaitingIsImmediate(t *testing.T) {
	bubble(t, "idle", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		begin := time.Now()
		h.halt()
		if took := time.Since(begin); took != 0 {
			t.Errorf("got %s to stop, want none", took)
		}
	})
}
