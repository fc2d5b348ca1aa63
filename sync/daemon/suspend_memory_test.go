package daemon_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// declared puts the file of a zone that is shared with others into the next commit.
func (h *installation) declared(domain string, lines ...string) {
	h.text(domain+".yaml", worldtest.ZoneFile(domain, lines)+"manage: declared\n")
}

// shared returns an installation as slow does, whose n zones are shared with others, with a
// push of one more record for each zone under way, and writing.
func shared(t *testing.T, n int) *installation {
	h := slow(t, n)
	for _, d := range many(n) {
		h.declared(d, "www 300 A 192.0.2.1")
	}
	h.origin.push("shared")
	h.pass(time.Minute)
	for _, d := range many(n) {
		h.declared(d, "www 300 A 192.0.2.1", "new 300 A 192.0.2.1")
	}
	h.origin.push("more")
	h.daemon.Trigger(daemon.Pull)
	h.pass(16 * time.Second)
	h.world.Holds("zone-000.example", "www 300 A 192.0.2.1", "new 300 A 192.0.2.1")
	h.world.Holds("zone-099.example", "www 300 A 192.0.2.1")
	h.declared("zone-000.example", "www 300 A 192.0.2.1")
	return h
}

// What a suspended cycle has written, the push takes back for which it is suspended: its commit
// has declared it. It does so at once, or when it can, and once.
func TestPushTakesBackWhatASuspendedCycleWrote(t *testing.T) {
	worldtest.Bubble(t, "at once", func(t *testing.T) {
		h := shared(t, 100)
		h.origin.push("less")
		h.daemon.Trigger(daemon.Pull)
		h.pass(5 * time.Second)
		h.follows("zone-000.example")
		h.stands("zone-000.example", daemon.StateInSync)
		h.stands("zone-099.example", daemon.StatePending, "has yet to apply a commit")
		if c := h.runs.last().Changes; len(c) != 1 || c[0].Change.Origin != diff.OriginChange {
			t.Errorf("got %+v, want one change, which was edited", c)
		}
		h.pass(time.Minute)
		h.sound(100)
	})
	worldtest.Bubble(t, "once", func(t *testing.T) {
		const theirs = "new 300 A 203.0.113.9"
		h := shared(t, 100)
		h.origin.push("less")
		h.daemon.Trigger(daemon.Pull)
		h.pass(5 * time.Second)
		h.follows("zone-000.example")
		if _, err := h.api.AddRecord("zone-000.example", worldtest.Stored(t, []string{theirs})[0]); err != nil {
			t.Fatal(err)
		}
		h.declared("zone-000.example", "www 300 A 192.0.2.2")
		h.origin.push("another address")
		h.daemon.Trigger(daemon.Pull)
		h.pass(5 * time.Second)
		if got := h.daemon.Status().LastCycle; got.Kind != daemon.Pull || got.Outcome != daemon.OutcomeApplied || got.Seconds > 3 {
			t.Errorf("got %+v, want the push that was suspended to be under way", got)
		}
		h.world.Holds("zone-000.example", "www 300 A 192.0.2.2", theirs)
	})
	worldtest.Bubble(t, "later", func(t *testing.T) {
		h := shared(t, 100)
		h.api.ClearRules()
		remove := h.api.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Domain == "zone-000.example" }, Do: vpsorgtest.Answer(500, "")})
		h.slowDown()
		h.origin.push("less")
		h.daemon.Trigger(daemon.Pull)
		h.pass(50 * time.Second)
		h.stands("zone-000.example", daemon.StateFailed)
		remove()
		h.pass(2 * time.Minute)
		h.sound(100)
	})
}

// A commit that is refused as a whole takes nothing away: what a zone declares that it does not
// name is known when the next one names it again.
func TestRefusedCommitOrphansNothing(t *testing.T) {
	for name, after := range map[string]time.Duration{"resting": 30 * time.Second, "reading": 5 * time.Second} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			const n = 200
			h := slow(t, n)
			h.declared("zone-000.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
			h.origin.push("second")
			h.pass(30 * time.Second)
			h.sweep(after)
			for _, d := range many(n)[1:111] {
				h.text(d+".yaml", "zone: "+d+"\nstate: absent\n")
			}
			h.text("zone-000.example.yaml", "")
			h.origin.push("all gone")
			h.daemon.Trigger(daemon.Pull)
			h.pass(30 * time.Second)
			if got := lastRefusals(h)[0].Guard; got != diff.GuardFleet {
				t.Errorf("got a refusal by %q, want %q", got, diff.GuardFleet)
			}
			for _, d := range many(n)[1:111] {
				h.zone(d, "www 300 A 192.0.2.1")
			}
			h.declared("zone-000.example", "www 300 A 192.0.2.1")
			h.origin.push("back, and less")
			h.pass(2 * time.Minute)
			h.sound(n)
		})
	}
}

// What only a refused commit declares stays with others.
func TestRefusedPushDeclaresNothing(t *testing.T) {
	worldtest.Bubble(t, "refused", func(t *testing.T) {
		const n = 200
		const theirs = "theirs 300 A 203.0.113.9"
		h := slow(t, n)
		h.declared("zone-000.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		h.origin.push("second")
		h.pass(30 * time.Second)
		if _, err := h.api.AddRecord("zone-000.example", worldtest.Stored(t, []string{theirs})[0]); err != nil {
			t.Fatal(err)
		}
		h.sweep(5 * time.Second)
		for _, d := range many(n)[1:111] {
			h.text(d+".yaml", "zone: "+d+"\nstate: absent\n")
		}
		h.declared("zone-000.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1", theirs)
		h.origin.push("all gone")
		h.daemon.Trigger(daemon.Pull)
		h.pass(20 * time.Second)
		for _, d := range many(n)[1:111] {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.declared("zone-000.example", "www 300 A 192.0.2.1")
		h.origin.push("back, and less")
		h.pass(2 * time.Minute)
		h.world.Holds("zone-000.example", "www 300 A 192.0.2.1", theirs)
	})
}

// A zone that the cycle refuses is looked at again where a push has approved it meanwhile.
func TestApprovalBeforeTheRefusalIsKnown(t *testing.T) {
	worldtest.Bubble(t, "approved", func(t *testing.T) {
		const n = 100
		h := slow(t, n)
		h.zone("zone-099.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.origin.push("second")
		h.pass(30 * time.Second)
		h.zone("zone-099.example", "a 300 A 192.0.2.1")
		h.origin.push("third")
		h.pass(30 * time.Second)
		code := lastRefusals(h)[0].Approval
		h.zone("zone-099.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.origin.push("back")
		h.pass(30 * time.Second)
		h.stands("zone-099.example", daemon.StateInSync)
		for _, d := range many(n)[:80] {
			h.zone(d, "www 300 A 192.0.2.2")
		}
		h.zone("zone-099.example", "a 300 A 192.0.2.1")
		h.origin.push("again, with others")
		h.daemon.Trigger(daemon.Pull)
		h.pass(16 * time.Second)
		h.text("zonetender.yaml", "approve: ["+code+"]\n")
		h.origin.push("approve")
		h.pass(2 * time.Minute)
		h.sound(n)
	})
}

// A push that was announced while a cycle broke down is dealt with after it.
func TestTriggerOutlastsACycleThatBreaksDown(t *testing.T) {
	worldtest.Bubble(t, "denied", func(t *testing.T) {
		const n = 100
		h := slow(t, n)
		h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 30m") }
		h.restart()
		h.pass(time.Minute)
		h.api.ClearRules()
		zone := func(c vpsorgtest.Call) bool { return c.Domain == "zone-050.example" }
		h.api.AddRule(vpsorgtest.Rule{When: zone, Times: 1, Do: vpsorgtest.RetryAfter(503, "5")})
		h.api.AddRule(vpsorgtest.Rule{When: zone, Times: 1, Do: vpsorgtest.Answer(401, "")})
		h.slowDown()
		h.text("zonetender.yaml", "ttl: 600\n")
		h.origin.push("settings")
		h.daemon.Trigger(daemon.Pull)
		h.pass(7 * time.Second)
		h.zone("zone-000.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.daemon.Trigger(daemon.Pull)
		h.pass(2 * time.Minute)
		h.had("pull failed settings, 0 changes", "pull applied second, 1 changes")
		h.sound(n)
	})
}
