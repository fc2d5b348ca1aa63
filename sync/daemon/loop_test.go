package daemon_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

func TestFirstCycleIsASweepAtOnce(t *testing.T) {
	worldtest.Bubble(t, "first", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.world.Live("parked.example", "www 300 A 203.0.113.1")
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.tune = func(d *daemon.Daemon) { d.Schedule, d.Sweeping = schedule(t, "0 5 * * *"), schedule(t, "0 6 * * *") }
		h.start()
		h.follows("a.example")
		got := h.daemon.Status()
		if got.LastCycle.Kind != daemon.Sweep || !slices.Equal(got.Unmanaged, []string{"parked.example"}) {
			t.Errorf("got %+v, want a sweep that saw the zone that no file names", got)
		}
		if p, s := got.NextPull.Format(time.TimeOnly), got.NextSweep.Format(time.TimeOnly); p != "05:00:00" || s != "06:00:00" {
			t.Errorf("got next pull %s and sweep %s, want 05:00 and 06:00", p, s)
		}
	})
}

// A cycle that lasts longer than the schedule has no queue behind it, and none beside it.
func TestFaultC9LongCycleNeitherOverlapsNorQueues(t *testing.T) {
	worldtest.Bubble(t, "long", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		var inside, most atomic.Int32
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 10s") }
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
	worldtest.Bubble(t, "deadline", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		heal := h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.HangBefore()})
		h.world.Live("a.example")
		h.tune = func(d *daemon.Daemon) { d.Deadline = 5 * time.Second }
		h.begin()
		h.pass(6 * time.Second)
		h.ended(daemon.OutcomeFailed, "deadline exceeded")
		heal()
		h.pass(2 * time.Minute)
		h.follows("a.example", "b.example")
		// Half way through the writing: what is left is done by the next cycle.
		h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Latency(3 * time.Second)})
		h.zone("a.example", "a 300 A 192.0.2.2", "b 300 A 192.0.2.2", "c 300 A 192.0.2.2", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(70 * time.Second)
		h.ended(daemon.OutcomeFailed, "stopped before it was finished", "deadline exceeded")
		h.pass(3 * time.Minute)
		h.follows("a.example", "b.example")
		h.stands("a.example", daemon.StateInSync)
	})
}

// A zone that fails waits longer each time, an hour at most, and the others do not wait.
func TestFailingZoneBacksOff(t *testing.T) {
	worldtest.Bubble(t, "backoff", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.tune = func(d *daemon.Daemon) { d.Sweeping = schedule(t, "@yearly") }
		h.start()
		heal := h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() && c.Domain == "a.example" }, Do: vpsorgtest.Answer(400, "")})
		var tries []time.Time
		h.api.OnCall(func(c vpsorgtest.Call) {
			if c.Kind.Writes() {
				tries = append(tries, time.Now())
			}
		})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(6 * time.Hour)
		var waits []time.Duration
		for i := range len(tries) - 1 {
			waits = append(waits, tries[i+1].Sub(tries[i]))
		}
		m := time.Minute
		want := []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, 60 * m, 60 * m}
		if d := gocmp.Diff(want, waits); d != "" {
			t.Errorf("waits between tries (-want +got):\n%s", d)
		}
		heal()
		h.api.OnCall(nil)
		h.pass(time.Hour)
		h.follows("a.example", "b.example")
	})
}

func TestFaultA4APIDownForHours(t *testing.T) {
	worldtest.Bubble(t, "hours", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		for _, d := range domains(5) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.origin.push("first")
		h.start()
		heal := h.api.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(502, "")})
		h.api.RemoveRecord(h.world.ID("zone-03.example", "www", "A"))
		h.pass(5 * time.Hour)
		worldtest.Shows(t, h.daemon.Status().NotReady, "last good cycle", "502")
		if ok, why := h.daemon.Alive(); !ok {
			t.Errorf("got not alive (%s), want the loop to turn", why)
		}
		heal()
		h.pass(6 * time.Minute) // the sweep is made up for, long before the next hour
		h.follows(domains(5)...)
		if got := h.daemon.Status(); got.NotReady != "" || got.Counts[daemon.StateInSync] != 5 {
			t.Errorf("got %+v, want ready and in sync", got)
		}
	})
}

func TestFaultA3DeniedTokenStopsAtOnce(t *testing.T) {
	worldtest.Bubble(t, "denied", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		for _, d := range domains(5) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.origin.push("first")
		h.start()
		h.api.AddRule(vpsorgtest.Rule{Name: "denied", Do: vpsorgtest.Answer(401, `{"detail": "Invalid token."}`)})
		h.api.ResetCalls()
		h.ask(daemon.Sweep)
		if n := len(h.api.Calls()); n != 1 {
			t.Errorf("got %d calls, want one: the others would be refused alike", n)
		}
		h.ended(daemon.OutcomeFailed, "401", "Invalid token")
		h.pass(5 * time.Minute)
		worldtest.Shows(t, h.daemon.Status().NotReady, "401")
		worldtest.Hides(t, h.log.String()+h.daemon.Status().NotReady, h.api.Token())
		h.api.ClearRules()
		h.pass(6 * time.Minute)
		h.ended(daemon.OutcomeUnchanged)
		if got := h.daemon.Status().NotReady; got != "" {
			t.Errorf("got not ready: %s", got)
		}
	})
}

func TestObserveNeverWrites(t *testing.T) {
	worldtest.Bubble(t, "observe", func(t *testing.T) {
		h := running(t, "a.example", "b.example")
		first := h.origin.head()
		h.halt()
		h.tune = func(d *daemon.Daemon) { d.Writer = nil; d.Version = "v2" }
		h.start()
		h.api.ResetCalls()
		h.zone("b.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.2")
		second := h.origin.push("second")
		h.api.RemoveRecord(h.world.ID("a.example", "www", "A"))
		h.pass(2 * time.Hour)
		if n := h.world.Writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.ended(daemon.OutcomeObserved)
		h.stands("a.example", daemon.StateDrifted, "1 to create")
		h.stands("b.example", daemon.StatePending, "1 to create, 1 to update, 0 to delete")
		got := h.daemon.Status()
		if got.Mode != daemon.ModeObserve || got.Commit != second || got.AppliedCommit != first || got.NotReady != "" {
			t.Errorf("got %+v, want ready, the second commit read and the first applied", got)
		}
		if run := h.cycles.last; run.Pending != 3 || run.Refused != 0 || h.runs.last().Mode != daemon.ModeObserve {
			t.Errorf("got %d pending, %d refused in mode %s, want 3, 0 in observe", run.Pending, run.Refused, h.runs.last().Mode)
		}
	})
}

// To be told to stop half way is no harm: the name in flight is finished, the rest is
// left for the next start.
func TestFaultC6StoppedDuringApply(t *testing.T) {
	worldtest.Bubble(t, "apply", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "a 300 CNAME x.example.net.", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.zone("a.example", "a 300 A 192.0.2.9", "b 300 A 192.0.2.2", "c 300 A 192.0.2.2", "d 300 A 192.0.2.2")
		second := h.origin.push("second")
		h.api.OnCall(func(c vpsorgtest.Call) {
			if c.Kind == vpsorgtest.DeleteRecord {
				go h.stop()
				time.Sleep(time.Second)
			}
		})
		h.pass(time.Minute + time.Second)
		h.stop = nil
		// What was done stays, the swap whole; the rest was not begun.
		h.world.Holds("a.example", "a 300 A 192.0.2.9", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.ended(daemon.OutcomeStopped, "stopped before it was finished", "context canceled")
		h.stands("a.example", daemon.StatePending, "the run was stopped")
		if run := h.runs.last(); len(run.Changes) != 2 || run.Commit != second {
			t.Errorf("got %d changes of %s, want the 2 of the name in flight", len(run.Changes), run.Commit)
		}
		if saved, _ := h.store.Load(t.Context()); saved.Progress.Applied != second {
			t.Errorf("got applied %s saved, want %s: what was done is saved to the last", saved.Progress.Applied, second)
		}
		h.api.OnCall(nil)
		h.start()
		h.follows("a.example")
	})
}

func TestStopWhileWaitingIsImmediate(t *testing.T) {
	worldtest.Bubble(t, "idle", func(t *testing.T) {
		h := running(t, "a.example")
		begin := time.Now()
		h.halt()
		if took := time.Since(begin); took != 0 {
			t.Errorf("got %s to stop, want none", took)
		}
	})
}
