package daemon_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// held fails the test unless the last cycle was held by a guard, with these phrases.
func (h *installation) held(g diff.Guard, phrases ...string) {
	h.t.Helper()
	h.ended(daemon.OutcomeHeld, append([]string{"refused by the guard \"" + string(g) + `"`}, phrases...)...)
	if got := lastRefusals(h)[0].Guard; got != g {
		h.t.Errorf("got a refusal by %q, want %q", got, g)
	}
}

// Each rewriting of the branch holds: what was applied last is not in it any more.
func TestFaultG1RewrittenBranchHolds(t *testing.T) {
	for _, c := range []struct {
		name    string
		rewrite func(h *installation, first string) string
	}{
		{"back", func(h *installation, first string) string { h.origin.rewind(first); return first }},
		{"amend", func(h *installation, _ string) string { return h.origin.amend("second, better") }},
		{"unrelated", func(h *installation, _ string) string { h.origin.parent = nil; return h.origin.push("another history") }},
	} {
		worldtest.Bubble(t, c.name, func(t *testing.T) {
			h := running(t, "a.example")
			first := h.origin.head()
			h.zone("a.example", "www 300 A 192.0.2.2")
			second := h.origin.push("second")
			h.pass(time.Minute)
			h.zone("a.example", "www 300 A 192.0.2.3")
			rewritten := c.rewrite(h, first)
			h.pass(time.Minute)
			h.held(diff.GuardRewind, second[:12], "ACCEPT="+rewritten)
			h.world.Holds("a.example", "www 300 A 192.0.2.2")
			if got := h.daemon.Status(); got.Commit != second || got.AppliedCommit != second {
				t.Errorf("got commit %s, applied %s, want %s: what is held was not read", got.Commit, got.AppliedCommit, second)
			}
			h.pass(5 * time.Minute)
			worldtest.Shows(t, h.daemon.Status().NotReady, "last good cycle", "rewind")

			// The sweep keeps the last accepted commit live meanwhile.
			if _, err := h.api.ReplaceRecord(h.world.ID("a.example", "www", "A"), func(r *vpsorgtest.Record) { r.Value = "203.0.113.1" }); err != nil {
				t.Fatal(err)
			}
			h.pass(time.Hour)
			h.world.Holds("a.example", "www 300 A 192.0.2.2")

			// A restart does not forget. The setting lets it pass.
			h.restart()
			h.held(diff.GuardRewind)
			h.tune = func(d *daemon.Daemon) { d.AcceptCommit = rewritten }
			h.restart()
			h.follows("a.example")
			h.ended(daemon.OutcomeApplied)
		})
	}
}

func TestFaultG1RewindEndsWhenTheBranchIsBack(t *testing.T) {
	worldtest.Bubble(t, "back", func(t *testing.T) {
		h := running(t, "a.example")
		first := h.origin.head()
		h.zone("a.example", "www 300 A 192.0.2.2")
		second := h.origin.push("second")
		h.pass(time.Minute)
		h.origin.rewind(first)
		h.pass(time.Minute)
		h.held(diff.GuardRewind)
		h.origin.rewind(second)
		h.zone("a.example", "www 300 A 192.0.2.3")
		h.origin.push("third, on the second")
		h.pass(time.Minute)
		h.follows("a.example")
		h.ended(daemon.OutcomeApplied)
	})
}

// The setting names one commit. Left behind, it is no way back once others followed.
func TestFaultC5AcceptedCommitIsAcceptedOnce(t *testing.T) {
	worldtest.Bubble(t, "once", func(t *testing.T) {
		h := running(t, "a.example")
		h.zone("a.example", "www 300 A 192.0.2.2")
		amended := h.origin.amend("first, better")
		h.tune = func(d *daemon.Daemon) { d.AcceptCommit = amended }
		h.restart()
		h.follows("a.example")
		h.zone("a.example", "www 300 A 192.0.2.3")
		h.origin.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		h.restart() // with the setting still there
		h.origin.rewind(amended)
		h.pass(time.Minute)
		h.held(diff.GuardRewind)
		h.world.Holds("a.example", "www 300 A 192.0.2.3")
	})
}

// What an accepted commit would do may be refused as any other's; the commit after it,
// which has the approval, contains the accepted one.
func TestAcceptedCommitMayBeApprovedByTheNext(t *testing.T) {
	worldtest.Bubble(t, "approved", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.zone("a.example", "a 300 A 192.0.2.1")
		amended := h.origin.amend("first, otherwise")
		h.tune = func(d *daemon.Daemon) { d.AcceptCommit = amended }
		h.restart()
		h.stands("a.example", daemon.StateRefused, "approval ")
		_, code, _ := strings.Cut(h.zoneStatus("a.example").Reason, "approval ")
		h.text("zonetender.yaml", "approve: ["+code[:12]+"]\n")
		h.origin.push("approve it")
		h.pass(time.Minute)
		h.follows("a.example")
	})
}

// Of a commit that a guard refuses nothing was applied: to take it back is no rewind.
func TestRefusedCommitMayBeTakenBack(t *testing.T) {
	worldtest.Bubble(t, "taken back", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		first := h.origin.push("first")
		h.start()
		h.zone("a.example", "a 300 A 192.0.2.1")
		h.origin.push("a mistake")
		h.pass(time.Minute)
		h.ended(daemon.OutcomePartly)
		if got := h.daemon.Status(); got.AppliedCommit != first {
			t.Errorf("got applied %s, want %s: nothing of the newer one was", got.AppliedCommit, first)
		}
		h.pass(2 * time.Hour) // pulls with nothing new and sweeps make no difference
		h.restart()
		h.origin.rewind(first)
		h.pass(time.Minute)
		h.ended(daemon.OutcomeApplied)
		h.follows("a.example", "b.example")
		h.stands("a.example", daemon.StateInSync)
	})
}

func TestFaultG9UnsignedHolds(t *testing.T) {
	worldtest.Bubble(t, "unsigned", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		keys := h.origin.key()
		h.open(git.Options{TrustedKeysFile: keys})
		h.zone("a.example", "www 300 A 192.0.2.1")
		first := h.origin.push("signed")
		h.start()
		h.follows("a.example")
		trusted := h.origin.signer
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.signer = nil
		unsigned := h.origin.push("not signed")
		h.pass(time.Minute)
		h.held(diff.GuardUnsigned, unsigned[:12], "no signature", "the last accepted commit stays in force")
		h.origin.key() // another one than the trusted
		h.origin.push("signed by somebody")
		h.pass(time.Minute)
		h.held(diff.GuardUnsigned, "not among the trusted")
		h.world.Holds("a.example", "www 300 A 192.0.2.1")
		if got := h.daemon.Status().Commit; got != first {
			t.Errorf("got commit %s, want %s", got, first)
		}
		h.origin.signer = trusted
		h.origin.push("signed again, with what came before")
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
		worldtest.Bubble(t, c.name, func(t *testing.T) {
			h := newInstallation(t, vpsorgtest.Options{})
			h.tune = func(d *daemon.Daemon) { d.Path = c.path }
			h.text("LICENSE", "x")
			h.text("zones/a.example.yaml", worldtest.ZoneFile("a.example", []string{"www 300 A 192.0.2.1"}))
			first := h.origin.push("first")
			h.start()
			whole := maps.Clone(h.origin.files)
			c.change(h.origin.files)
			h.origin.push("away")
			h.pass(time.Minute)
			h.held(diff.GuardEmpty, c.want, "stays in force")
			h.stands("a.example", daemon.StateInSync)
			h.api.RemoveRecord(h.world.ID("a.example", "www", "A"))
			h.pass(time.Hour)
			h.world.Holds("a.example", "www 300 A 192.0.2.1")
			if got := h.daemon.Status().Commit; got != first {
				t.Errorf("got commit %s, want %s", got, first)
			}
			h.origin.files = whole
			h.origin.push("back")
			h.pass(time.Minute)
			h.ended(daemon.OutcomeApplied)
		})
	}
}
