package daemon_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

func TestFaultA11VanishedFileOrphansTheZone(t *testing.T) {
	worldtest.Bubble(t, "orphan", func(t *testing.T) {
		h := running(t, "a.example", "b.example")
		h.text("a.example.yaml", "")
		h.origin.push("without a")
		h.api.ResetCalls()
		h.pass(3 * time.Hour)
		h.stands("a.example", daemon.StateOrphaned, "its zone file is gone", "left unchanged")
		h.world.Holds("a.example", "www 300 A 192.0.2.1")
		if n := h.world.Writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.restart()
		h.stands("a.example", daemon.StateOrphaned)
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("a is back")
		h.pass(time.Minute)
		h.follows("a.example")
		h.stands("a.example", daemon.StateInSync)
	})
}

func TestTombstoneDeletesAndIsForgotten(t *testing.T) {
	for _, restart := range []bool{false, true} {
		worldtest.Bubble(t, fmt.Sprintf("restart=%v", restart), func(t *testing.T) { testTombstone(t, restart) })
	}
}

func testTombstone(t *testing.T, restart bool) {
	h := newInstallation(t, vpsorgtest.Options{})
	h.store = h.database()
	h.zone("a.example", "www 300 A 192.0.2.1")
	h.zone("b.example", "www 300 A 192.0.2.1")
	h.origin.push("first")
	h.start()
	h.text("a.example.yaml", string(worldtest.Tombstone("a.example").Data))
	h.origin.push("a goes")
	h.pass(time.Minute)
	if got := h.api.Records("a.example"); got != nil {
		t.Errorf("got records %v, want no such zone", got)
	}
	h.stands("a.example", daemon.StateInSync)
	if run := h.runs.last(); len(run.DeletedZones) != 1 {
		t.Errorf("got deleted zones %v, want one", run.DeletedZones)
	}
	if restart {
		h.halt()
	}
	h.text("a.example.yaml", "")
	h.origin.push("and its tombstone")
	if restart {
		h.start()
	}
	h.pass(time.Minute)
	if got := h.zoneStatus("a.example"); got.Zone != "" {
		t.Errorf("got %+v, want it forgotten", got)
	}
	h.world.Holds("b.example", "www 300 A 192.0.2.1")
}

// manage: declared goes by the last applied commit.
func TestDeclaredGoesByTheLastAppliedCommit(t *testing.T) {
	declared := func(lines ...string) string {
		return worldtest.ZoneFile("a.example", lines) + "manage: declared\n"
	}
	for _, c := range []struct {
		name    string
		between func(h *installation)
		gone    bool // whether the record that left the file leaves the zone
	}{
		{"running", func(*installation) {}, true},
		{"restart", (*installation).restart, true},
		{"lost store", func(h *installation) { h.halt(); h.store = &memory{}; h.start() }, true}, // the sweep learns it anew
		{"lost with the push", func(h *installation) { h.halt(); h.store = &memory{} }, false},
	} {
		worldtest.Bubble(t, c.name, func(t *testing.T) {
			h := newInstallation(t, vpsorgtest.Options{})
			h.store = h.database()
			h.world.Live("a.example", "theirs 300 A 203.0.113.9", "old 300 TXT x")
			h.text("a.example.yaml", declared("www 300 A 192.0.2.1", "api 300 A 192.0.2.1"))
			h.origin.push("first")
			h.start()
			h.world.Holds("a.example", "theirs 300 A 203.0.113.9", "old 300 TXT x", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
			c.between(h)
			h.text("a.example.yaml", declared("www 300 A 192.0.2.1"))
			h.origin.push("without api")
			if h.stop == nil {
				h.start()
			}
			h.pass(time.Minute)
			want := []string{"theirs 300 A 203.0.113.9", "old 300 TXT x", "www 300 A 192.0.2.1"}
			if !c.gone {
				want = append(want, "api 300 A 192.0.2.1")
			}
			h.world.Holds("a.example", want...)
		})
	}
}

// Once its file is gone, a zone has nothing declared in it: what is there when the file
// comes back may be somebody else's.
func TestDeclaredEndsWithTheFile(t *testing.T) {
	worldtest.Bubble(t, "orphan", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		declared := func(lines ...string) string { return worldtest.ZoneFile("a.example", lines) + "manage: declared\n" }
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.text("a.example.yaml", declared("m 300 A 192.0.2.1", "api 300 A 192.0.2.1"))
		h.origin.push("first")
		h.start()
		h.text("a.example.yaml", "")
		h.origin.push("hand over")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateOrphaned)
		h.text("a.example.yaml", declared("m 300 A 192.0.2.1"))
		h.origin.push("back, with less")
		h.pass(time.Minute)
		h.world.Holds("a.example", "m 300 A 192.0.2.1", "api 300 A 192.0.2.1")
	})
}

// A commit that was applied in part has declared what was written of it.
func TestDeclaredCountsWhatWasAppliedInPart(t *testing.T) {
	worldtest.Bubble(t, "part", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.text("a.example.yaml", worldtest.ZoneFile("a.example", []string{"www 300 A 192.0.2.1"})+"manage: declared\n")
		h.origin.push("first")
		h.start()
		h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.RecordName == "bad.a.example" }, Do: vpsorgtest.Answer(400, "")})
		h.text("a.example.yaml", worldtest.ZoneFile("a.example", []string{"www 300 A 192.0.2.1", "new 300 A 192.0.2.1", "bad 300 A 192.0.2.1"})+"manage: declared\n")
		h.origin.push("second")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateFailed, "bad", "400")
		h.text("a.example.yaml", worldtest.ZoneFile("a.example", []string{"www 300 A 192.0.2.1"})+"manage: declared\n")
		h.origin.push("back again")
		h.pass(time.Minute)
		h.world.Holds("a.example", "www 300 A 192.0.2.1")
	})
}
