package sync_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// What commits change is no fight, however often: only what comes back unbidden counts.
func TestFaultA9CommitsAreNoFight(t *testing.T) {
	bubble(t, "commits", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		for i := range 5 {
			h.zone("a.example", fmt.Sprintf("www 300 A 192.0.2.%d", 2+i))
			h.push("another one")
			h.pass(time.Minute)
		}
		for range 3 {
			h.RemoveRecord(h.id("a.example", "www", "A"))
			h.pass(time.Hour)
			h.follows("a.example")
		}
	})
}

// The service rewrites a TTL: three tries, a report, and peace.
func TestFaultA7RewrittenRecordIsQuarantined(t *testing.T) {
	bubble(t, "floor", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{MinTTL: 120}})
		h.zone("a.example", "www 60 A 192.0.2.1", "api 300 A 192.0.2.1", "x 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.pass(10 * time.Second) // it reads again, as reads may lag
		h.stands("a.example", sync.Failed, "www A", "ttl 60", "ttl 120", "the service rewrites it")
		h.pass(20 * time.Minute)
		h.stands("a.example", sync.Quarantined, "left alone", "www.a.example A", "ttl 60", "ttl 120")
		h.stands("b.example", sync.InSync)
		h.ResetCalls()
		h.pass(20 * time.Hour)
		if n := h.writes(); n > 0 {
			t.Errorf("got %d writes in 20 hours, want none: it would not stay", n)
		}
		// The rest of the zone is looked after, a drift of its own included.
		h.RemoveRecord(h.id("a.example", "api", "A"))
		h.zone("b.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(time.Hour)
		h.follows("b.example")
		h.holds("a.example", "www 120 A 192.0.2.1", "api 300 A 192.0.2.1", "x 300 A 192.0.2.1")
		h.stands("a.example", sync.Quarantined)
		// The file says something else: a new try.
		h.zone("a.example", "www 600 A 192.0.2.1", "api 300 A 192.0.2.1", "x 300 A 192.0.2.1")
		h.push("third")
		h.pass(time.Minute)
		h.follows("a.example")
		h.stands("a.example", sync.InSync)
	})
}

// Somebody else keeps writing: each sweep mends it three times, then leaves it alone for
// the rest of a day. The values may differ from time to time.
func TestFaultA9SecondWriterIsNotFought(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		bubble(t, fmt.Sprintf("restarts=%v", restarts), func(t *testing.T) {
			h := newHouse(t, vpsorgtest.Options{})
			h.tune = func(d *sync.Daemon) { d.Schedule = schedule(t, "@every 15m") }
			if restarts {
				h.store = h.database()
			}
			h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
			h.zone("b.example", "www 300 A 192.0.2.1")
			h.push("first")
			h.start()
			h.ResetCalls()
			scribble := func(hour int) {
				value := fmt.Sprintf("203.0.113.%d", hour)
				if _, err := h.ReplaceRecord(h.id("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = value }); err != nil {
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
			if n := h.writes(); n != 3 {
				t.Errorf("got %d writes in 20 hours, want 3", n)
			}
			h.stands("a.example", sync.Quarantined, "www.a.example A", "192.0.2.1", "203.0.113.")
			h.ended(sync.Partly)
			if n := h.daemon.Status().Counts[sync.Quarantined]; n != 1 {
				t.Errorf("got %d zones in quarantine, want 1", n)
			}
			h.stands("b.example", sync.InSync)
			// They stop: the next day it is mended for good.
			h.pass(24 * time.Hour)
			h.follows("a.example")
			h.stands("a.example", sync.InSync)
		})
	}
}

// What could not be written at all is no fight.
func TestFaultA4FailedWritesAreNoFight(t *testing.T) {
	bubble(t, "no fight", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		heal := h.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Answer(500, "")})
		h.zone("a.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.2")
		h.push("second")
		h.pass(6 * time.Hour)
		h.stands("a.example", sync.Failed, "500")
		heal()
		h.pass(time.Hour)
		h.follows("a.example")
		h.stands("a.example", sync.InSync)
		// The same where there was drift to mend.
		heal = h.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Answer(500, "")})
		h.RemoveRecord(h.id("a.example", "api", "A"))
		h.pass(6 * time.Hour)
		h.stands("a.example", sync.Failed, "500")
		heal()
		h.pass(time.Hour)
		h.follows("a.example")
	})
}

// A read that fails now and then does not make the daemon forget a fight.
func TestFaultA9QuarantineSurvivesFailedReads(t *testing.T) {
	bubble(t, "reads", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{MinTTL: 120}})
		h.zone("a.example", "www 60 A 192.0.2.1")
		h.push("first")
		h.start()
		h.pass(30 * time.Minute)
		h.stands("a.example", sync.Quarantined)
		heal := h.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(500, "")})
		h.ask(sync.Sweep)
		h.pass(time.Second)
		h.stands("a.example", sync.Failed, "500")
		heal()
		h.ResetCalls()
		h.pass(2 * time.Hour)
		h.stands("a.example", sync.Quarantined)
		if n := h.writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		// After a day it is tried again, also by a daemon that was away meanwhile.
		h.halt()
		h.pass(25 * time.Hour)
		h.start()
		h.pass(10 * time.Second)
		if n := h.writes(); n != 1 {
			t.Errorf("got %d writes after a day, want one", n)
		}
	})
}
