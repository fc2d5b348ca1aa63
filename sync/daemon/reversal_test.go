package daemon_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// What commits change is no fight, however often: only what comes back unbidden counts.
func TestFaultA9CommitsAreNoFight(t *testing.T) {
	worldtest.Bubble(t, "commits", func(t *testing.T) {
		h := running(t, "a.example")
		for i := range 5 {
			h.zone("a.example", fmt.Sprintf("www 300 A 192.0.2.%d", 2+i))
			h.origin.push("another one")
			h.pass(time.Minute)
		}
		for range 3 {
			h.api.RemoveRecord(h.world.ID("a.example", "www", "A"))
			h.pass(time.Hour)
			h.follows("a.example")
		}
	})
}

// The service rewrites a TTL: three tries, a report, and peace.
func TestFaultA7RewrittenRecordIsQuarantined(t *testing.T) {
	worldtest.Bubble(t, "floor", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{MinTTL: 120}})
		h.zone("a.example", "www 60 A 192.0.2.1", "api 300 A 192.0.2.1", "x 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.pass(10 * time.Second) // it reads again, as reads may lag
		h.stands("a.example", daemon.StateFailed, "www A", "ttl 60", "ttl 120", "the service rewrites it")
		h.pass(20 * time.Minute)
		h.stands("a.example", daemon.StateQuarantined, "left alone", "www.a.example A", "ttl 60", "ttl 120")
		h.stands("b.example", daemon.StateInSync)
		h.api.ResetCalls()
		h.pass(20 * time.Hour)
		if n := h.world.Writes(); n > 0 {
			t.Errorf("got %d writes in 20 hours, want none: it would not stay", n)
		}
		// The rest of the zone is looked after, a drift of its own included.
		h.api.RemoveRecord(h.world.ID("a.example", "api", "A"))
		h.zone("b.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(time.Hour)
		h.follows("b.example")
		h.world.Holds("a.example", "www 120 A 192.0.2.1", "api 300 A 192.0.2.1", "x 300 A 192.0.2.1")
		h.stands("a.example", daemon.StateQuarantined)
		// The file says something else: a new try.
		h.zone("a.example", "www 600 A 192.0.2.1", "api 300 A 192.0.2.1", "x 300 A 192.0.2.1")
		h.origin.push("third")
		h.pass(time.Minute)
		h.follows("a.example")
		h.stands("a.example", daemon.StateInSync)
	})
}

// Somebody else keeps writing: each sweep mends it three times, then leaves it alone for
// the rest of a day. The values may differ from time to time.
func TestFaultA9SecondWriterIsNotFought(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		worldtest.Bubble(t, fmt.Sprintf("restarts=%v", restarts), func(t *testing.T) {
			h := newInstallation(t, vpsorgtest.Options{})
			h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 15m") }
			if restarts {
				h.store = h.database()
			}
			h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
			h.zone("b.example", "www 300 A 192.0.2.1")
			h.origin.push("first")
			h.start()
			h.api.ResetCalls()
			scribble := func(hour int) {
				value := fmt.Sprintf("203.0.113.%d", hour)
				if _, err := h.api.ReplaceRecord(h.world.ID("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = value }); err != nil {
					t.Fatal(err)
				}
			}
			for hour := range 20 {
				scribble(hour)
				h.pass(time.Hour)
				if restarts {
					h.restart()
				}
			}
			if n := h.world.Writes(); n != 3 {
				t.Errorf("got %d writes in 20 hours, want 3", n)
			}
			h.stands("a.example", daemon.StateQuarantined, "www.a.example A", "192.0.2.1", "203.0.113.")
			h.ended(daemon.OutcomePartly)
			if n := h.daemon.Status().Counts[daemon.StateQuarantined]; n != 1 {
				t.Errorf("got %d zones in quarantine, want 1", n)
			}
			h.stands("b.example", daemon.StateInSync)
			// They stop: the next day it is mended for good.
			h.pass(24 * time.Hour)
			h.follows("a.example")
			h.stands("a.example", daemon.StateInSync)
		})
	}
}

// What could not be written at all is no fight.
func TestFaultA4FailedWritesAreNoFight(t *testing.T) {
	worldtest.Bubble(t, "no fight", func(t *testing.T) {
		h := running(t, "a.example")
		heal := h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Answer(500, "")})
		h.zone("a.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(6 * time.Hour)
		h.stands("a.example", daemon.StateFailed, "500")
		heal()
		h.pass(time.Hour)
		h.follows("a.example")
		h.stands("a.example", daemon.StateInSync)
		// The same where there was drift to mend.
		heal = h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Answer(500, "")})
		h.api.RemoveRecord(h.world.ID("a.example", "api", "A"))
		h.pass(6 * time.Hour)
		h.stands("a.example", daemon.StateFailed, "500")
		heal()
		h.pass(time.Hour)
		h.follows("a.example")
	})
}

// A read that fails now and then does not make the daemon forget a fight.
func TestFaultA9QuarantineSurvivesFailedReads(t *testing.T) {
	worldtest.Bubble(t, "reads", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{MinTTL: 120}})
		h.zone("a.example", "www 60 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.pass(30 * time.Minute)
		h.stands("a.example", daemon.StateQuarantined)
		heal := h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(500, "")})
		h.ask(daemon.Sweep)
		h.pass(time.Second)
		h.stands("a.example", daemon.StateFailed, "500")
		heal()
		h.api.ResetCalls()
		h.pass(2 * time.Hour)
		h.stands("a.example", daemon.StateQuarantined)
		if n := h.world.Writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		// After a day it is tried again, also by a daemon that was away meanwhile.
		h.halt()
		h.pass(25 * time.Hour)
		h.start()
		h.pass(10 * time.Second)
		if n := h.world.Writes(); n != 1 {
			t.Errorf("got %d writes after a day, want one", n)
		}
	})
}
