package daemon_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// An older version applied these files; a new one that reads them otherwise asks first.
func TestFaultZ9UpgradeAsksFirst(t *testing.T) {
	worldtest.Bubble(t, "upgrade", func(t *testing.T) {
		h := running(t, "a.example", "b.example", "c.example")
		h.halt()
		// Another reading of an unchanged file looks just like this.
		h.api.ReplaceRecord(h.world.ID("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.1" })
		h.api.ReplaceRecord(h.world.ID("b.example", "www", "A"), func(r *vpsorgtest.Record) { r.TTL = 60 })
		h.tune = func(d *daemon.Daemon) { d.Version = "v2" }
		h.api.ResetCalls()
		h.start()
		if n := h.world.Writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.stands("a.example", daemon.StateRefused, "upgrade", "zonetender v1 has applied these files, and v2 would change 2 zones", "approval")
		h.stands("c.example", daemon.StateInSync)
		// The others go on, with what changed together with the version as well.
		h.zone("c.example", "www 300 A 192.0.2.8")
		h.origin.push("while it is refused")
		h.restart()
		h.follows("c.example")
		h.stands("c.example", daemon.StateInSync)
		h.stands("a.example", daemon.StateRefused, "upgrade")

		// Neither time, nor a restart, nor another commit stands for a word.
		h.pass(3 * time.Hour)
		h.zone("c.example", "www 300 A 192.0.2.9")
		h.origin.push("something else")
		h.pass(time.Minute)
		h.follows("c.example")
		h.restart()
		h.stands("a.example", daemon.StateRefused, "upgrade")
		h.world.Holds("a.example", "www 300 A 203.0.113.1")

		// The code approves this plan and no other.
		code := lastRefusals(h)[0].Approval
		h.api.ReplaceRecord(h.world.ID("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.2" })
		h.text("zonetender.yaml", "approve: ["+code+"]\n")
		h.origin.push("approve")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateRefused, "upgrade")
		code = lastRefusals(h)[0].Approval
		h.text("zonetender.yaml", "approve: ["+code+"]\n")
		h.origin.push("approve what it is now")
		h.pass(time.Minute)
		h.follows("a.example", "b.example", "c.example")

		// From here on the new version is like the old one: drift is mended.
		h.api.RemoveRecord(h.world.ID("b.example", "www", "A"))
		h.pass(time.Hour)
		h.follows("b.example")
	})
}

func TestUpgradeWithoutDifferenceIsSilent(t *testing.T) {
	worldtest.Bubble(t, "silent", func(t *testing.T) {
		h := running(t, "a.example")
		h.tune = func(d *daemon.Daemon) { d.Version = "v2" }
		h.restart()
		h.ended(daemon.OutcomeApplied)
		h.api.RemoveRecord(h.world.ID("a.example", "www", "A"))
		h.pass(time.Hour)
		h.follows("a.example")
	})
}

// What a commit changed together with the version is no other reading.
func TestUpgradeTogetherWithACommit(t *testing.T) {
	worldtest.Bubble(t, "together", func(t *testing.T) {
		h := running(t, "a.example")
		h.halt()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.tune = func(d *daemon.Daemon) { d.Version = "v2" }
		h.start()
		h.follows("a.example")
	})
}

// A commit is live once, when its last zone is.
func TestCommitIsLiveOnce(t *testing.T) {
	worldtest.Bubble(t, "live", func(t *testing.T) {
		h := running(t, "a.example", "b.example")
		heal := h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() && c.Domain == "a.example" }, Do: vpsorgtest.Answer(500, "")})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.zone("b.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(10 * time.Minute)
		if h.cycles.live != 1 {
			t.Errorf("got %d cycles after which a commit was live, want the first", h.cycles.live)
		}
		heal()
		h.pass(5 * time.Hour)
		if h.cycles.live != 2 {
			t.Errorf("got %d cycles after which a commit was live, want each commit once", h.cycles.live)
		}
	})
}
