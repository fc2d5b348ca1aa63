package daemon_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// Whatever keeps Git from answering, the last good commit stays, sweeps go on with it,
// and readiness says so in time.
func TestFaultC15GitDown(t *testing.T) {
	for fault, err := range map[string]error{
		"G5 silence":     git.ErrSilent,
		"G5 cut":         git.ErrPartial,
		"G6 token":       git.ErrAuth,
		"G7 host key":    git.ErrHostKey,
		"G3 emptied":     git.ErrEmpty,
		"G3 sha256":      git.ErrSHA256,
		"G8 disk":        errors.New("no space left on device"),
		"gone or hidden": git.ErrNotFound,
	} {
		worldtest.Bubble(t, fault, func(t *testing.T) {
			h := running(t, "a.example")
			first := h.origin.head()
			h.branch.breaks(func() error { return fmt.Errorf("https://git.example/dns.git: list: %w", err) })
			h.zone("a.example", "www 300 A 192.0.2.2")
			second := h.origin.push("second")
			h.pass(2 * time.Minute)
			h.ended(daemon.OutcomeFailed, "git: https://git.example/dns.git", err.Error())
			if got := h.daemon.Status().NotReady; got != "" {
				t.Errorf("got not ready (%s) after two schedules, want three", got)
			}
			h.pass(90 * time.Second)
			worldtest.Shows(t, h.daemon.Status().NotReady, "last good cycle ended", "expected one in the last 3m", err.Error())
			if ok, why := h.daemon.Alive(); !ok {
				t.Errorf("got not alive (%s), want alive: a restart would mend nothing", why)
			}
			h.api.RemoveRecord(h.world.ID("a.example", "www", "A"))
			h.pass(time.Hour)
			h.world.Holds("a.example", "www 300 A 192.0.2.1")
			if run := lastChange(h); run.Commit != first || run.Kind != daemon.Sweep {
				t.Errorf("got the drift mended by a %s of %s, want a sweep of %s", run.Kind, run.Commit, first)
			}
			h.restart() // the commit is still at hand
			h.stands("a.example", daemon.StateInSync)
			h.branch.breaks(nil)
			h.pass(time.Minute)
			h.follows("a.example")
			if got := h.daemon.Status(); got.NotReady != "" || got.AppliedCommit != second {
				t.Errorf("got %+v, want ready with the second commit", got)
			}
		})
	}
}

// lastChange returns the last cycle that changed something.
func lastChange(h *installation) daemon.Run {
	h.runs.mu.Lock()
	defer h.runs.mu.Unlock()
	for i := len(h.runs.all) - 1; i >= 0; i-- {
		if len(h.runs.all[i].Changes) > 0 {
			return h.runs.all[i]
		}
	}
	return daemon.Run{}
}

func TestFaultG2BranchGoneHolds(t *testing.T) {
	worldtest.Bubble(t, "gone", func(t *testing.T) {
		h := running(t, "a.example")
		first := h.origin.head()
		if err := h.origin.repo.Storer.RemoveReference("refs/heads/main"); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		h.ended(daemon.OutcomeFailed, git.ErrBranchGone.Error())
		h.pass(time.Hour)
		h.stands("a.example", daemon.StateInSync)
		h.world.Holds("a.example", "www 300 A 192.0.2.1")
		h.origin.setHead(plumbing.NewHash(first))
		h.pass(time.Minute)
		h.ended(daemon.OutcomeUnchanged)
	})
}

// A repository without its first commit yet is no reason to stop, nor to delete.
func TestFaultG3EmptyRepositoryHolds(t *testing.T) {
	worldtest.Bubble(t, "empty", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.world.Live("a.example", "www 300 A 192.0.2.1")
		h.start()
		h.ended(daemon.OutcomeFailed, "git:")
		worldtest.Shows(t, h.daemon.Status().NotReady, "no cycle has succeeded yet")
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("first")
		h.pass(time.Minute)
		h.follows("a.example")
	})
}

// The disk is full: what is to be remembered is lost, what is to be done is not.
func TestFaultG8StoreThatCannotSave(t *testing.T) {
	worldtest.Bubble(t, "full", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		store := &memory{fault: errors.New("database or disk is full")}
		h.store = store
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		worldtest.Shows(t, h.log.String(), "state not saved", "disk is full")
		h.api.ResetCalls()
		h.pass(10 * time.Minute)
		h.read()
		h.restart()
		h.read("a.example")
	})
}

// A link or a submodule among the zone files concerns the zone that it would be.
func TestFaultG10OddFilesHoldTheirZone(t *testing.T) {
	worldtest.Bubble(t, "odd", func(t *testing.T) {
		h := running(t, "a.example", "b.example", "c.example")
		h.text("a.example.yaml", "/etc/passwd")
		h.origin.odd = map[string]filemode.FileMode{"a.example.yaml": filemode.Symlink}
		h.text("b.example.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
		h.zone("c.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateFailed, "a.example.yaml", "link")
		h.stands("b.example", daemon.StateFailed, "b.example.yaml", "LFS")
		h.stands("c.example", daemon.StateInSync)
		h.world.Holds("a.example", "www 300 A 192.0.2.1")
		h.world.Holds("b.example", "www 300 A 192.0.2.1")
		h.follows("c.example")
	})
}

// Two pushes while a cycle runs: it applies the one that it has read as a whole, the
// next cycle the newest.
func TestFaultG11PushesDuringACycle(t *testing.T) {
	worldtest.Bubble(t, "pushes", func(t *testing.T) {
		h := running(t, "a.example")
		h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.Latency(10 * time.Second)})
		h.zone("a.example", "www 300 A 192.0.2.2")
		second := h.origin.push("second")
		h.daemon.Trigger(daemon.Pull)
		h.pass(time.Second)
		for i := range 2 {
			h.zone("a.example", fmt.Sprintf("www 300 A 192.0.2.%d", 3+i))
			h.origin.push("meanwhile")
			h.daemon.Trigger(daemon.Pull)
		}
		h.pass(10 * time.Second)
		h.world.Holds("a.example", "www 300 A 192.0.2.2")
		if got := h.runs.last().Commit; got != second {
			t.Errorf("got a cycle of %s, want %s", got, second)
		}
		h.pass(11 * time.Second)
		h.follows("a.example")
		if got := h.runs.count(); got != 3 {
			t.Errorf("got %d cycles, want 3: the pushes meanwhile are one more", got)
		}
	})
}

// The name of the Git host lies in a zone of ours, and somebody broke it: only a sweep
// with the last commit at hand mends that.
func TestFaultA13GitHostInAZoneOfOurs(t *testing.T) {
	worldtest.Bubble(t, "A13", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "git 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.branch.breaks(func() error {
			for _, line := range h.world.Records("a.example") {
				if line == "git 300 A 192.0.2.1" {
					return nil
				}
			}
			return errors.New("lookup git.a.example: no such host")
		})
		h.api.RemoveRecord(h.world.ID("a.example", "git", "A"))
		h.pass(time.Minute)
		h.ended(daemon.OutcomeFailed, "no such host")
		h.pass(time.Hour)
		h.follows("a.example")
		h.ended(daemon.OutcomeUnchanged)
	})
}

// A mass deletion is held as a whole, and lifted by its code alone.
func TestFaultC1FleetHolds(t *testing.T) {
	worldtest.Bubble(t, "fleet", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		lines := []string{}
		for i := range 12 {
			lines = append(lines, fmt.Sprintf("n%d 300 A 192.0.2.1", i))
		}
		for _, d := range domains(8) {
			h.zone(d, lines...)
		}
		first := h.origin.push("first")
		h.start()
		for _, d := range domains(8) {
			h.zone(d, lines[3:]...)
		}
		h.origin.push("three of each")
		h.api.ResetCalls()
		h.pass(time.Minute)
		if n := h.world.Writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.stands("zone-00.example", daemon.StateRefused, string(diff.GuardFleet), "24 of 96", "approval ")
		if run := h.cycles.last; run.Pending != 24 || run.Refused != 24 {
			t.Errorf("got %d changes pending and %d refused, want 24 each", run.Pending, run.Refused)
		}
		if got := h.daemon.Status().AppliedCommit; got != first {
			t.Errorf("got applied %s, want %s", got, first)
		}
		h.pass(5 * time.Hour)
		h.text("zonetender.yaml", "approve: ["+lastRefusals(h)[0].Approval+"]\n")
		h.origin.push("yes")
		h.pass(time.Minute)
		h.follows(domains(8)...)
		if run := h.cycles.last; !run.Live || run.Pending != 0 {
			t.Errorf("got live %v and %d pending, want all of it live", run.Live, run.Pending)
		}
	})
}

// A read that may be partial passes by itself: it is not left until somebody approves.
func TestFaultA2PartialReadIsTriedAgain(t *testing.T) {
	worldtest.Bubble(t, "partial", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Records: vpsorgtest.EnvelopeCount}})
		h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		lie := func(k vpsorgtest.Kind, n int) func() {
			return h.api.AddRule(vpsorgtest.Rule{Kind: k, Do: vpsorgtest.TruncateCounted(n)})
		}
		one, two := lie(vpsorgtest.GetZone, 1), lie(vpsorgtest.ListRecords, 2)
		h.zone("a.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.1")
		h.origin.push("second")
		h.pass(3 * time.Minute)
		h.stands("a.example", daemon.StateRefused, string(diff.GuardIncomplete))
		one()
		two()
		h.pass(5 * time.Minute)
		h.follows("a.example")
	})
}

// A file full of mistakes does not hide those of the next from the log.
func TestFaultB1EveryBrokenFileIsInTheLog(t *testing.T) {
	worldtest.Bubble(t, "noisy", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.text("a.example.yaml", "zone: a.example\nrecords:\n"+strings.Repeat("  x: {FOO: 1}\n", 100))
		h.text("b.example.yaml", "zone: b.example\nvars: {v: "+strings.Repeat("x", 60_000)+"}\nrecords:\n"+
			`  t: {TXT: "`+strings.Repeat("${v}", 16_000)+"\"}\n")
		h.zone("c.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.pass(time.Minute)
		h.follows("c.example")
		worldtest.Shows(t, h.log.String(), "a.example.yaml:3:", "b.example.yaml:4:12: text is longer", "more; zonetender validate")
	})
}

// One broken file never stops the others, and says where it is broken.
func TestFaultZ8BrokenFileStopsItsZoneOnly(t *testing.T) {
	worldtest.Bubble(t, "broken", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.text("b.example.yaml", "zone: b.example\ninclude: [templates/x.yaml]\nrecords: {www: {A: 192.0.2.1}}\n")
		h.text("templates/x.yaml", "api: {A: 192.0.2.1}\n")
		h.origin.push("first")
		h.start()
		h.text("templates/x.yaml", "api: {B: 192.0.2.1}\n")
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(time.Minute)
		h.stands("b.example", daemon.StateFailed, "templates/x.yaml:1:")
		h.follows("a.example")
		worldtest.Shows(t, h.log.String(), "zone files", "templates/x.yaml:1:")
		before := strings.Count(h.log.String(), "templates/x.yaml:1:")
		h.api.ResetCalls()
		h.pass(30 * time.Minute)
		h.read()
		if after := strings.Count(h.log.String(), "templates/x.yaml:1:"); after != before {
			t.Errorf("got %d lines more on the same mistake, want none until the next sweep", after-before)
		}
		h.text("zonetender.yaml", "tll: 300\n")
		h.origin.push("third")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateFailed)
		h.text("zonetender.yaml", "")
		h.text("templates/x.yaml", "api: {A: 192.0.2.1}\n")
		h.origin.push("fourth")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateInSync)
		h.stands("b.example", daemon.StateInSync)
	})
}

// What is still needed is named to the repository, so that it is not cleaned away.
func TestPullKeepsTheAppliedCommit(t *testing.T) {
	worldtest.Bubble(t, "keep", func(t *testing.T) {
		h := running(t, "a.example")
		first := h.origin.head()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.amend("rewritten")
		h.pass(time.Minute)
		synctest.Wait()
		if h.branch.last != first {
			t.Errorf("got %q kept, want %s", h.branch.last, first)
		}
	})
}
