package daemon_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

func TestFaultC8PushWithoutWebhookIsLiveWithinOneSchedule(t *testing.T) {
	worldtest.Bubble(t, "push", func(t *testing.T) {
		h := running(t, "a.example")
		h.follows("a.example")
		h.stands("a.example", daemon.StateInSync)
		h.zone("a.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.3")
		hash := h.origin.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		if got := h.daemon.Status(); got.Commit != hash || got.AppliedCommit != hash || got.NotReady != "" {
			t.Errorf("got %+v, want commit %s read, applied and ready", got, hash)
		}
		if run := h.runs.last(); !h.cycles.last.Live || run.Subject != "second" || run.Author != "Ada Example <ada@example.com>" || len(run.Changes) != 2 {
			t.Errorf("got run %+v, want the second commit live, by Ada, with two changes", run)
		}
	})
}

func TestTriggerIsLiveWithinTwoSeconds(t *testing.T) {
	worldtest.Bubble(t, "trigger", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.api.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Latency(100 * time.Millisecond)})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.begin()
		h.pass(10 * time.Second)
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.daemon.Trigger(daemon.Pull)
		h.pass(2 * time.Second)
		h.follows("a.example")
	})
}

func TestPullWithNothingNewAsksOnlyGit(t *testing.T) {
	worldtest.Bubble(t, "nothing new", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.text("zonetender.yaml", "vars: {x: a, y: b, z: c}\nignore: [{name: k.**}]\nsafety: {max_deletes: 50%}\n")
		h.origin.push("first")
		h.start()
		h.api.ResetCalls()
		before := h.branch.count()
		h.pass(10 * time.Minute)
		if got := h.branch.count() - before; got != 10 {
			t.Errorf("got %d pulls in 10 minutes, want 10", got)
		}
		if calls := h.api.Calls(); len(calls) > 0 {
			t.Errorf("got %d calls, want none: %+v", len(calls), calls[0])
		}
		h.ended(daemon.OutcomeUnchanged)
	})
}

func TestPullLooksAtWhatChanged(t *testing.T) {
	worldtest.Bubble(t, "changed", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		for _, d := range domains(8) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		for _, d := range domains(10)[8:] {
			h.text(d+".yaml", "zone: "+d+"\ninclude: [templates/mail.yaml]\nrecords:\n  www: {A: 192.0.2.1}\n")
		}
		h.text("templates/mail.yaml", "'@': {MX: 10 mail.example.net.}\n")
		h.text("zonetender.yaml", "ttl: 300\n")
		h.origin.push("first")
		h.start()
		h.read(domains(10)...)
		step := func(what string, want ...string) {
			t.Helper()
			h.origin.push(what)
			h.pass(time.Minute)
			h.read(want...)
			h.follows(domains(10)...)
			if t.Failed() {
				t.Fatalf("at %q", what)
			}
		}
		h.zone("zone-01.example", "www 300 A 192.0.2.2")
		h.zone("zone-03.example", "www 300 A 192.0.2.2")
		h.zone("zone-05.example", "www 300 A 192.0.2.1") // a comment would do: other blob, same zone
		h.origin.files["zone-05.example.yaml"] += "# nothing else\n"
		step("three files", "zone-01.example", "zone-03.example", "zone-05.example")
		h.text("templates/mail.yaml", "'@': {MX: 20 mail.example.net.}\n")
		step("a template", "zone-08.example", "zone-09.example")
		h.text("README.md", "words\n")
		step("nothing of ours")
		if got := h.daemon.Status(); got.AppliedCommit != got.Commit {
			t.Errorf("got applied %s, want %s: there was nothing to do", got.AppliedCommit, got.Commit)
		}
		h.text("zonetender.yaml", "ttl: 600\n")
		step("settings", domains(10)...)
		h.text("zonetender.yaml", "ttl: 600\napprove: [0123456789ab]\n")
		step("an approval of nothing")
		h.pass(time.Hour)
		h.read(domains(10)...)
	})
}

// An approval concerns what is refused, and nothing else.
func TestApprovalIsReadForRefusedZonesOnly(t *testing.T) {
	worldtest.Bubble(t, "approval", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.reads()
		h.zone("a.example", "a 300 A 192.0.2.1")
		h.origin.push("a mistake")
		h.pass(time.Minute)
		h.read("a.example")
		h.stands("a.example", daemon.StateRefused, string(diff.GuardDeletes), "3 of 4")
		h.ended(daemon.OutcomePartly)
		h.zone("b.example", "www 300 A 192.0.2.2")
		h.origin.push("something else")
		h.pass(time.Minute)
		h.read("b.example")
		h.follows("b.example")
		code := lastRefusals(h)[0].Approval
		h.text("zonetender.yaml", "approve: ["+code+"]\n")
		h.origin.push("approve")
		h.pass(time.Minute)
		h.read("a.example")
		h.follows("a.example")
		h.stands("a.example", daemon.StateInSync)
		h.ended(daemon.OutcomeApplied)
	})
}

// lastRefusals returns the last refusals that a cycle had.
func lastRefusals(h *installation) []daemon.RunRefusal {
	h.runs.mu.Lock()
	defer h.runs.mu.Unlock()
	for i := len(h.runs.all) - 1; i >= 0; i-- {
		if r := h.runs.all[i].Refusals; len(r) > 0 {
			return r
		}
	}
	h.t.Fatal("got no refusal at all, want one")
	return nil
}

func TestFaultC7FloodOfTriggersCausesOneMore(t *testing.T) {
	worldtest.Bubble(t, "triggers", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.Latency(5 * time.Second)})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.tune = func(d *daemon.Daemon) { d.Trigger(daemon.Sweep) } // before the first cycle, which answers it
		h.begin()
		h.pass(time.Second)
		for range 10_000 {
			go h.daemon.Trigger(daemon.Pull)
		}
		h.pass(30 * time.Second)
		if got := h.runs.count(); got != 2 {
			t.Errorf("got %d cycles, want the first and one more", got)
		}
		if got := h.runs.last().Kind; got != daemon.Pull {
			t.Errorf("got a %s, want a pull", got)
		}
	})
}

// A cycle that is due answers what was asked for before it began.
func TestTriggerOfASweepIsNotLostInPulls(t *testing.T) {
	worldtest.Bubble(t, "sweep", func(t *testing.T) {
		h := running(t, "a.example")
		h.reads()
		h.daemon.Trigger(daemon.Sweep)
		h.daemon.Trigger(daemon.Pull)
		h.pass(time.Second)
		h.read("a.example")
		if got := h.runs.count(); got != 2 {
			t.Errorf("got %d cycles, want 2", got)
		}
	})
}

// A push while the API is away is not forgotten: it is live as soon as the API is back.
func TestPushWhileTheAPIIsAwayIsApplied(t *testing.T) {
	worldtest.Bubble(t, "away", func(t *testing.T) {
		h := running(t, "a.example")
		heal := h.api.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(503, "")})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(20 * time.Minute)
		h.ended(daemon.OutcomeFailed, "503")
		worldtest.Shows(t, h.daemon.Status().NotReady, "the last good cycle ended", "503")
		heal()
		h.pass(2 * time.Minute)
		h.follows("a.example")
		if got := h.daemon.Status().NotReady; got != "" {
			t.Errorf("got not ready: %s", got)
		}
	})
}

// Somebody who replays one announcement of a push for ever does not make the daemon ask
// Git as fast as it can.
func TestFaultC7ReplayedTriggersArePaced(t *testing.T) {
	worldtest.Bubble(t, "replay", func(t *testing.T) {
		h := running(t, "a.example")
		before := h.branch.count()
		for range 300 {
			h.daemon.Trigger(daemon.Pull)
			h.pass(100 * time.Millisecond)
		}
		if got := h.branch.count() - before; got < 30 || got > 45 {
			t.Errorf("got %d pulls in 30 seconds of triggers, want about one a second and ten at once", got)
		}
	})
}
