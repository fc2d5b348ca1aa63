package sync_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
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

// A panicky API panics at one zone.
type panicky struct {
	sync.API
	zone  string
	armed atomic.Bool
	write bool // panics at a write, else at a read
}

func (p *panicky) Zone(ctx context.Context, z diff.ZoneRef) (diff.LiveZone, error) {
	if p.armed.Load() && !p.write && z.Name.Undotted() == p.zone {
		panic("index out of range [7]")
	}
	return p.API.Zone(ctx, z)
}

func (p *panicky) CreateRecord(ctx context.Context, z diff.ZoneRef, r schema.Record) error {
	if p.armed.Load() && p.write && z.Name.Undotted() == p.zone {
		panic("index out of range [7]")
	}
	return p.API.CreateRecord(ctx, z, r)
}

func TestFaultC9PanicInAZoneStopsThatZoneOnly(t *testing.T) {
	for name, write := range map[string]bool{"reading": false, "writing": true} {
		bubble(t, name, func(t *testing.T) {
			h := newHouse(t, vpsorgtest.Options{})
			p := &panicky{zone: "a.example", write: write}
			h.tune = func(d *sync.Daemon) { p.API = d.Writer; d.API, d.Writer = p, p }
			h.zone("a.example", "www 300 A 192.0.2.1")
			h.zone("b.example", "www 300 A 192.0.2.1")
			h.push("first")
			h.start()
			p.armed.Store(true)
			h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.2")
			h.zone("b.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.2")
			h.push("second")
			h.pass(time.Minute)
			h.follows("b.example")
			h.stands("a.example", sync.Failed, "internal error, please report it", "panicky", "index out of range [7]")
			h.ended(sync.Partly)
			p.armed.Store(false)
			h.pass(2 * time.Minute)
			h.follows("a.example")
			h.stands("a.example", sync.InSync)
		})
	}
}

func TestFaultC9PanicInACycleFailsThatCycleOnly(t *testing.T) {
	bubble(t, "cycle", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.branch.breaks(func() error { panic("nil map") })
		h.pass(time.Minute)
		h.ended(sync.Broken, "internal error", "nil map")
		shows(t, h.log.String(), "level=ERROR msg=panic", "nil map", "stack=", "daemon_loop_test.go")
		h.branch.breaks(nil)
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
	})
}

// Who is told of the cycles may break; the cycles go on.
func TestFaultC11PanicOfAnObserverStopsNothing(t *testing.T) {
	bubble(t, "observer", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.tune = func(d *sync.Daemon) { d.Observe = func(sync.Run) { panic("sink is down") } }
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		shows(t, h.log.String(), "msg=panic", "sink is down")
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

// A loop that hangs is not alive; one whose cycles fail is.
func TestAliveIsWhetherTheLoopTurns(t *testing.T) {
	bubble(t, "alive", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		release := make(chan struct{})
		h.branch.breaks(func() error { <-release; return errors.New("silent") })
		h.pass(61 * time.Minute)
		if ok, why := h.daemon.Alive(); !ok {
			t.Errorf("got not alive (%s), want a cycle that may still end by itself", why)
		}
		h.pass(5 * time.Minute)
		ok, why := h.daemon.Alive()
		if ok {
			t.Error("got alive, want not: a cycle lasts longer than its deadline")
		}
		shows(t, why, "has not turned for 1h5m")
		close(release)
		synctest.Wait()
		if ok, _ := h.daemon.Alive(); !ok {
			t.Error("got not alive, want alive again")
		}
	})
}

// A sweep of a large account takes long; the daemon is no less ready for it.
func TestLongSweepIsNoReasonNotToBeReady(t *testing.T) {
	bubble(t, "long sweep", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.concurrency = 1
		for _, d := range domains(30) {
			h.live(d, "www 300 A 192.0.2.1")
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.push("first")
		h.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Latency(20 * time.Second)})
		h.begin()
		h.pass(11 * time.Minute)
		for range 300 {
			if got := h.daemon.Status().NotReady; got != "" {
				t.Fatalf("got not ready: %s", got)
			}
			h.pass(37 * time.Second)
		}
	})
}

// The names in the status are what users' scripts read.
func TestStatusAsJSON(t *testing.T) {
	bubble(t, "json", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		text, err := json.Marshal(h.daemon.Status())
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := strings.Fields("applied_commit commit counts last_cycle last_good mode next_pull next_sweep schedule sweep unmanaged_zones version zones")
		if d := gocmp.Diff(slices.Sorted(maps.Keys(got)), want); d != "" {
			t.Errorf("fields (-got +want):\n%s", d)
		}
		for name, want := range map[string]string{
			"last_cycle": `{"kind":"sweep","started":"2000-01-01T00:00:00Z","seconds":0,"outcome":"applied","error":""}`,
			"counts":     `{"drifted":0,"failed":0,"in sync":1,"orphaned":0,"pending":0,"quarantined":0,"refused":0}`,
			"next_pull":  `"2000-01-01T00:01:00Z"`,
			"next_sweep": `"2000-01-01T01:00:00Z"`,
			"mode":       `"apply"`,
			"zones":      `[{"zone":"a.example","state":"in sync","reason":"","commit":` + string(got["commit"]) + `}]`,
		} {
			if string(got[name]) != want {
				t.Errorf("%s: got %s, want %s", name, got[name], want)
			}
		}
	})
}

func TestLogHasALineForEachChangeAndEachCycle(t *testing.T) {
	bubble(t, "log", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.tune = func(d *sync.Daemon) { d.Log = slog.New(slog.NewJSONHandler(h.log, nil)) }
		h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		hash := h.push("first")
		h.start()
		h.pass(10 * time.Minute)
		lines := strings.Split(strings.TrimSpace(h.log.String()), "\n")
		if len(lines) != 4 {
			t.Fatalf("got %d lines, want the zone, two records and a cycle, and none of cycles without news:\n%s", len(lines), h.log)
		}
		shows(t, lines[0], `"msg":"changed","zone":"a.example","change":"create the zone"`, hash)
		shows(t, lines[1], `"msg":"changed","zone":"a.example","change":"create api A 192.0.2.1`, hash)
		shows(t, lines[3], `"msg":"cycle","kind":"sweep","outcome":"applied"`, hash, `"changes":3`)
	})
}
