package sync_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// held fails the test unless the last cycle was held by a guard, with these phrases.
func (h *house) held(g diff.Guard, phrases ...string) {
	h.Helper()
	h.ended(sync.Held, append([]string{"refused by the guard \"" + string(g) + `"`}, phrases...)...)
	if got := refusals(h)[0].Guard; got != g {
		h.Errorf("got a refusal by %q, want %q", got, g)
	}
}

// Each rewriting of the branch holds: what was applied last is not in it any more.
func TestFaultG1RewrittenBranchHolds(t *testing.T) {
	for _, c := range []struct {
		name    string
		rewrite func(h *house, first string) string
	}{
		{"back", func(h *house, first string) string { h.rewind(first); return first }},
		{"amend", func(h *house, _ string) string { return h.amend("second, better") }},
		{"unrelated", func(h *house, _ string) string { h.parent = nil; return h.push("another history") }},
	} {
		bubble(t, c.name, func(t *testing.T) {
			h := newHouse(t, vpsorgtest.Options{})
			h.zone("a.example", "www 300 A 192.0.2.1")
			first := h.push("first")
			h.start()
			h.zone("a.example", "www 300 A 192.0.2.2")
			second := h.push("second")
			h.pass(time.Minute)
			h.zone("a.example", "www 300 A 192.0.2.3")
			rewritten := c.rewrite(h, first)
			h.pass(time.Minute)
			h.held(diff.GuardRewind, second[:12], "ZONETENDER_ACCEPT_COMMIT="+rewritten)
			h.holds("a.example", "www 300 A 192.0.2.2")
			if got := h.daemon.Status(); got.Commit != second || got.AppliedCommit != second {
				t.Errorf("got commit %s, applied %s, want %s: what is held was not read", got.Commit, got.AppliedCommit, second)
			}
			h.pass(5 * time.Minute)
			shows(t, h.daemon.Status().NotReady, "last good cycle", "rewind")

			// The sweep keeps the last accepted commit live meanwhile.
			if _, err := h.ReplaceRecord(h.id("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.1" }); err != nil {
				t.Fatal(err)
			}
			h.pass(time.Hour)
			h.holds("a.example", "www 300 A 192.0.2.2")

			// A restart does not forget. The setting lets it pass.
			h.restart()
			h.held(diff.GuardRewind)
			h.tune = func(d *sync.Daemon) { d.AcceptCommit = rewritten }
			h.restart()
			h.follows("a.example")
			h.ended(sync.Applied)
		})
	}
}

func TestFaultG1RewindEndsWhenTheBranchIsBack(t *testing.T) {
	bubble(t, "back", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		first := h.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		second := h.push("second")
		h.pass(time.Minute)
		h.rewind(first)
		h.pass(time.Minute)
		h.held(diff.GuardRewind)
		h.rewind(second)
		h.zone("a.example", "www 300 A 192.0.2.3")
		h.push("third, on the second")
		h.pass(time.Minute)
		h.follows("a.example")
		h.ended(sync.Applied)
	})
}

// The setting names one commit. Left behind, it is no way back once others followed.
func TestFaultC5AcceptedCommitIsAcceptedOnce(t *testing.T) {
	bubble(t, "once", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		amended := h.amend("first, better")
		h.tune = func(d *sync.Daemon) { d.AcceptCommit = amended }
		h.restart()
		h.follows("a.example")
		h.zone("a.example", "www 300 A 192.0.2.3")
		h.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		h.rewind(amended)
		h.pass(time.Minute)
		h.held(diff.GuardRewind)
		h.holds("a.example", "www 300 A 192.0.2.3")
	})
}

// Of a commit that a guard refuses nothing was applied: to take it back is no rewind.
func TestRefusedCommitMayBeTakenBack(t *testing.T) {
	bubble(t, "taken back", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		first := h.push("first")
		h.start()
		h.zone("a.example", "a 300 A 192.0.2.1")
		h.push("a mistake")
		h.pass(time.Minute)
		h.ended(sync.Partly)
		if got := h.daemon.Status(); got.AppliedCommit != first {
			t.Errorf("got applied %s, want %s: nothing of the newer one was", got.AppliedCommit, first)
		}
		h.pass(2 * time.Hour) // pulls with nothing new and sweeps make no difference
		h.restart()
		h.rewind(first)
		h.pass(time.Minute)
		h.ended(sync.Applied)
		h.follows("a.example", "b.example")
		h.stands("a.example", sync.InSync)
	})
}

func TestFaultG9UnsignedHolds(t *testing.T) {
	bubble(t, "unsigned", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		keys := h.key()
		h.open(git.Options{TrustedKeysFile: keys})
		h.zone("a.example", "www 300 A 192.0.2.1")
		first := h.push("signed")
		h.start()
		h.follows("a.example")
		trusted := h.signer
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.signer = nil
		unsigned := h.push("not signed")
		h.pass(time.Minute)
		h.held(diff.GuardUnsigned, unsigned[:12], "no signature", "the last accepted commit stays in force")
		h.key() // another one than the trusted
		h.push("signed by somebody")
		h.pass(time.Minute)
		h.held(diff.GuardUnsigned, "not among the trusted")
		h.holds("a.example", "www 300 A 192.0.2.1")
		if got := h.daemon.Status().Commit; got != first {
			t.Errorf("got commit %s, want %s", got, first)
		}
		h.signer = trusted
		h.push("signed again, with what came before")
		h.pass(time.Minute)
		h.follows("a.example")
	})
}

// A commit without zone files is never read as "no zones".
func TestFaultG4EmptyHolds(t *testing.T) {
	for _, c := range []struct {
		name, path string
		want       string
		change     func(files map[string]string)
	}{
		{"emptied", "", "no zone file", func(f map[string]string) { delete(f, "zones/a.example.yaml"); f["zones/README"] = "x" }},
		{"vanished", "", "no zone file", func(f map[string]string) { delete(f, "zones/a.example.yaml") }},
		{"vanished by name", "zones", "no folder zones", func(f map[string]string) { delete(f, "zones/a.example.yaml") }},
		{"renamed", "zones", "no folder zones", func(f map[string]string) {
			f["dns/a.example.yaml"] = f["zones/a.example.yaml"]
			delete(f, "zones/a.example.yaml")
		}},
	} {
		bubble(t, c.name, func(t *testing.T) {
			h := newHouse(t, vpsorgtest.Options{})
			h.tune = func(d *sync.Daemon) { d.Path = c.path }
			h.text("LICENSE", "x")
			h.text("zones/a.example.yaml", zoneFile("a.example", []string{"www 300 A 192.0.2.1"}))
			first := h.push("first")
			h.start()
			whole := maps.Clone(h.origin.files)
			c.change(h.origin.files)
			h.push("away")
			h.pass(time.Minute)
			h.held(diff.GuardEmpty, c.want, "stays in force")
			h.stands("a.example", sync.InSync)
			h.RemoveRecord(h.id("a.example", "www", "A"))
			h.pass(time.Hour)
			h.holds("a.example", "www 300 A 192.0.2.1")
			if got := h.daemon.Status().Commit; got != first {
				t.Errorf("got commit %s, want %s", got, first)
			}
			h.origin.files = whole
			h.push("back")
			h.pass(time.Minute)
			h.ended(sync.Applied)
		})
	}
}

// An older version applied these files; a new one that reads them otherwise asks first.
func TestFaultZ9UpgradeAsksFirst(t *testing.T) {
	bubble(t, "upgrade", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.zone("c.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.halt()
		// Another reading of an unchanged file looks just like this.
		h.ReplaceRecord(h.id("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.1" })
		h.ReplaceRecord(h.id("b.example", "www", "A"), func(r *vpsorgtest.Record) { r.TTL = 60 })
		h.tune = func(d *sync.Daemon) { d.Version = "v2" }
		h.ResetCalls()
		h.start()
		if n := h.writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.stands("a.example", sync.Refused, "upgrade", "zonetender v1 has applied these files, and v2 would change 2 zones", "approval")
		h.stands("c.example", sync.InSync)

		// Neither time, nor a restart, nor another commit stands for a word.
		h.pass(3 * time.Hour)
		h.zone("c.example", "www 300 A 192.0.2.9")
		h.push("something else")
		h.pass(time.Minute)
		h.follows("c.example")
		h.restart()
		h.stands("a.example", sync.Refused, "upgrade")
		h.holds("a.example", "www 300 A 203.0.113.1")

		// The code approves this plan and no other.
		code := refusals(h)[0].Approval
		h.ReplaceRecord(h.id("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.2" })
		h.text("zonetender.yaml", "approve: ["+code+"]\n")
		h.push("approve")
		h.pass(time.Minute)
		h.stands("a.example", sync.Refused, "upgrade")
		code = refusals(h)[0].Approval
		h.text("zonetender.yaml", "approve: ["+code+"]\n")
		h.push("approve what it is now")
		h.pass(time.Minute)
		h.follows("a.example", "b.example", "c.example")

		// From here on the new version is like the old one: drift is mended.
		h.RemoveRecord(h.id("b.example", "www", "A"))
		h.pass(time.Hour)
		h.follows("b.example")
	})
}

func TestUpgradeWithoutDifferenceIsSilent(t *testing.T) {
	bubble(t, "silent", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.tune = func(d *sync.Daemon) { d.Version = "v2" }
		h.restart()
		h.ended(sync.Applied)
		h.RemoveRecord(h.id("a.example", "www", "A"))
		h.pass(time.Hour)
		h.follows("a.example")
	})
}

// What a commit changed together with the version is no other reading.
func TestUpgradeTogetherWithACommit(t *testing.T) {
	bubble(t, "together", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.halt()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.tune = func(d *sync.Daemon) { d.Version = "v2" }
		h.start()
		h.follows("a.example")
	})
}

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

// A commit is live once, when its last zone is.
func TestCommitIsLiveOnce(t *testing.T) {
	bubble(t, "live", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		heal := h.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() && c.Domain == "a.example" }, Do: vpsorgtest.Answer(500, "")})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.zone("b.example", "www 300 A 192.0.2.2")
		second := h.push("second")
		h.pass(10 * time.Minute)
		heal()
		h.pass(5 * time.Hour)
		live := map[string][]time.Time{}
		for _, run := range h.runs.all {
			if run.Live {
				live[run.Subject] = append(live[run.Subject], run.Ended)
			}
		}
		if len(live["first"]) != 1 || len(live["second"]) != 1 || live["second"][0].Sub(h.runs.last().CommitTime) < 10*time.Minute {
			t.Errorf("got live %v, want each commit once, and %s when its last zone was", live, second)
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
	})
}

func TestFaultA11VanishedFileOrphansTheZone(t *testing.T) {
	bubble(t, "orphan", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.text("a.example.yaml", "")
		h.push("without a")
		h.ResetCalls()
		h.pass(3 * time.Hour)
		h.stands("a.example", sync.Orphaned, "its zone file is gone", "stays as it is")
		h.holds("a.example", "www 300 A 192.0.2.1")
		if n := h.writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.restart()
		h.stands("a.example", sync.Orphaned)
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("a is back")
		h.pass(time.Minute)
		h.follows("a.example")
		h.stands("a.example", sync.InSync)
	})
}

func TestTombstoneDeletesAndIsForgotten(t *testing.T) {
	for _, restart := range []bool{false, true} {
		bubble(t, fmt.Sprintf("restart=%v", restart), func(t *testing.T) { testTombstone(t, restart) })
	}
}

func testTombstone(t *testing.T, restart bool) {
	h := newHouse(t, vpsorgtest.Options{})
	h.store = h.database()
	h.zone("a.example", "www 300 A 192.0.2.1")
	h.zone("b.example", "www 300 A 192.0.2.1")
	h.push("first")
	h.start()
	h.text("a.example.yaml", string(tombstone("a.example").Data))
	h.push("a goes")
	h.pass(time.Minute)
	if got := h.Records("a.example"); got != nil {
		t.Errorf("got records %v, want no such zone", got)
	}
	h.stands("a.example", sync.InSync)
	if run := h.runs.last(); len(run.DeletedZones) != 1 {
		t.Errorf("got deleted zones %v, want one", run.DeletedZones)
	}
	if restart {
		h.halt()
	}
	h.text("a.example.yaml", "")
	h.push("and its tombstone")
	if restart {
		h.start()
	}
	h.pass(time.Minute)
	if got := h.zoneStatus("a.example"); got.Zone != "" {
		t.Errorf("got %+v, want it forgotten", got)
	}
	h.holds("b.example", "www 300 A 192.0.2.1")
}

// manage: declared goes by the last applied commit.
func TestDeclaredGoesByTheLastAppliedCommit(t *testing.T) {
	declared := func(lines ...string) string {
		return zoneFile("a.example", lines) + "manage: declared\n"
	}
	for _, c := range []struct {
		name    string
		between func(h *house)
		gone    bool // whether the record that left the file leaves the zone
	}{
		{"running", func(*house) {}, true},
		{"restart", (*house).restart, true},
		{"lost store", func(h *house) { h.halt(); h.store = &memory{}; h.start() }, true}, // the sweep learns it anew
		{"lost with the push", func(h *house) { h.halt(); h.store = &memory{} }, false},
	} {
		bubble(t, c.name, func(t *testing.T) {
			h := newHouse(t, vpsorgtest.Options{})
			h.store = h.database()
			h.live("a.example", "theirs 300 A 203.0.113.9", "old 300 TXT x")
			h.text("a.example.yaml", declared("www 300 A 192.0.2.1", "api 300 A 192.0.2.1"))
			h.push("first")
			h.start()
			h.holds("a.example", "theirs 300 A 203.0.113.9", "old 300 TXT x", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
			c.between(h)
			h.text("a.example.yaml", declared("www 300 A 192.0.2.1"))
			h.push("without api")
			if h.stop == nil {
				h.start()
			}
			h.pass(time.Minute)
			want := []string{"theirs 300 A 203.0.113.9", "old 300 TXT x", "www 300 A 192.0.2.1"}
			if !c.gone {
				want = append(want, "api 300 A 192.0.2.1")
			}
			h.holds("a.example", want...)
		})
	}
}

// A commit that was applied in part has declared what was written of it.
func TestDeclaredCountsWhatWasAppliedInPart(t *testing.T) {
	bubble(t, "part", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.text("a.example.yaml", zoneFile("a.example", []string{"www 300 A 192.0.2.1"})+"manage: declared\n")
		h.push("first")
		h.start()
		h.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.RecordName == "bad.a.example" }, Do: vpsorgtest.Answer(400, "")})
		h.text("a.example.yaml", zoneFile("a.example", []string{"www 300 A 192.0.2.1", "new 300 A 192.0.2.1", "bad 300 A 192.0.2.1"})+"manage: declared\n")
		h.push("second")
		h.pass(time.Minute)
		h.stands("a.example", sync.Failed, "bad", "400")
		h.text("a.example.yaml", zoneFile("a.example", []string{"www 300 A 192.0.2.1"})+"manage: declared\n")
		h.push("back again")
		h.pass(time.Minute)
		h.holds("a.example", "www 300 A 192.0.2.1")
	})
}
