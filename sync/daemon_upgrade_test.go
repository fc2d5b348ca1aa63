package sync_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

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
		// The others go on, with what changed together with the version as well.
		h.zone("c.example", "www 300 A 192.0.2.8")
		h.push("while it is refused")
		h.restart()
		h.follows("c.example")
		h.stands("c.example", sync.InSync)
		h.stands("a.example", sync.Refused, "upgrade")

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
