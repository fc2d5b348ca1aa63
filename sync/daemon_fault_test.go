package sync_test

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
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
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
		bubble(t, fault, func(t *testing.T) {
			h := newHouse(t, vpsorgtest.Options{})
			h.zone("a.example", "www 300 A 192.0.2.1")
			first := h.push("first")
			h.start()
			h.branch.breaks(func() error { return fmt.Errorf("https://git.example/dns.git: list: %w", err) })
			h.zone("a.example", "www 300 A 192.0.2.2")
			second := h.push("second")
			h.pass(2 * time.Minute)
			h.ended(sync.Broken, "git: https://git.example/dns.git", err.Error())
			if got := h.daemon.Status().NotReady; got != "" {
				t.Errorf("got not ready (%s) after two schedules, want three", got)
			}
			h.pass(90 * time.Second)
			shows(t, h.daemon.Status().NotReady, "last good cycle ended", "expected one in the last 3m", err.Error())
			if ok, why := h.daemon.Alive(); !ok {
				t.Errorf("got not alive (%s), want alive: a restart would mend nothing", why)
			}
			h.RemoveRecord(h.id("a.example", "www", "A"))
			h.pass(time.Hour)
			h.holds("a.example", "www 300 A 192.0.2.1")
			if run := lastChange(h); run.Commit != first || run.Kind != sync.Sweep {
				t.Errorf("got the drift mended by a %s of %s, want a sweep of %s", run.Kind, run.Commit, first)
			}
			h.restart() // the commit is still at hand
			h.stands("a.example", sync.InSync)
			h.branch.breaks(nil)
			h.pass(time.Minute)
			h.follows("a.example")
			if got := h.daemon.Status(); got.NotReady != "" || got.AppliedCommit != second {
				t.Errorf("got %+v, want ready with the second commit", got)
			}
		})
	}
}

// lastChange gives the last cycle that changed something.
func lastChange(h *house) sync.Run {
	h.runs.mu.Lock()
	defer h.runs.mu.Unlock()
	for i := len(h.runs.all) - 1; i >= 0; i-- {
		if len(h.runs.all[i].Changes) > 0 {
			return h.runs.all[i]
		}
	}
	return sync.Run{}
}

func TestFaultG2BranchGoneHolds(t *testing.T) {
	bubble(t, "gone", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		first := h.push("first")
		h.start()
		if err := h.repo.Storer.RemoveReference("refs/heads/main"); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		h.ended(sync.Broken, git.ErrBranchGone.Error())
		h.pass(time.Hour)
		h.stands("a.example", sync.InSync)
		h.holds("a.example", "www 300 A 192.0.2.1")
		h.setHead(plumbing.NewHash(first))
		h.pass(time.Minute)
		h.ended(sync.Unchanged)
	})
}

// A repository without its first commit yet is no reason to stop, nor to delete.
func TestFaultG3EmptyRepositoryHolds(t *testing.T) {
	bubble(t, "empty", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.live("a.example", "www 300 A 192.0.2.1")
		h.start()
		h.ended(sync.Broken, "git:")
		shows(t, h.daemon.Status().NotReady, "no cycle has succeeded yet")
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("first")
		h.pass(time.Minute)
		h.follows("a.example")
	})
}

// The disk is full: what is to be remembered is lost, what is to be done is not.
func TestFaultG8StoreThatCannotSave(t *testing.T) {
	bubble(t, "full", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		store := &memory{fault: errors.New("database or disk is full")}
		h.store = store
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		shows(t, h.log.String(), "state not saved", "disk is full")
		h.ResetCalls()
		h.pass(10 * time.Minute)
		h.read()
		h.restart()
		h.read("a.example")
	})
}

// A link or a submodule among the zone files concerns the zone that it would be.
func TestFaultG10OddFilesHoldTheirZone(t *testing.T) {
	bubble(t, "odd", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.zone("c.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.text("a.example.yaml", "/etc/passwd")
		h.odd = map[string]filemode.FileMode{"a.example.yaml": filemode.Symlink}
		h.text("b.example.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
		h.zone("c.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(time.Minute)
		h.stands("a.example", sync.Failed, "a.example.yaml", "link")
		h.stands("b.example", sync.Failed, "b.example.yaml", "LFS")
		h.stands("c.example", sync.InSync)
		h.holds("a.example", "www 300 A 192.0.2.1")
		h.holds("b.example", "www 300 A 192.0.2.1")
		h.follows("c.example")
	})
}

// Two pushes while a cycle runs: it applies the one that it has read as a whole, the
// next cycle the newest.
func TestFaultG11PushesDuringACycle(t *testing.T) {
	bubble(t, "pushes", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.Latency(10 * time.Second)})
		h.zone("a.example", "www 300 A 192.0.2.2")
		second := h.push("second")
		h.daemon.Trigger(sync.Pull)
		h.pass(time.Second)
		for i := range 2 {
			h.zone("a.example", fmt.Sprintf("www 300 A 192.0.2.%d", 3+i))
			h.push("meanwhile")
			h.daemon.Trigger(sync.Pull)
		}
		h.pass(10 * time.Second)
		h.holds("a.example", "www 300 A 192.0.2.2")
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
	bubble(t, "A13", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "git 300 A 192.0.2.1")
		h.push("first")
		h.start()
		h.branch.breaks(func() error {
			for _, line := range h.records("a.example") {
				if line == "git 300 A 192.0.2.1" {
					return nil
				}
			}
			return errors.New("lookup git.a.example: no such host")
		})
		h.RemoveRecord(h.id("a.example", "git", "A"))
		h.pass(time.Minute)
		h.ended(sync.Broken, "no such host")
		h.pass(time.Hour)
		h.follows("a.example")
		h.ended(sync.Unchanged)
	})
}

// A mass deletion is held as a whole, and lifted by its code alone.
func TestFaultC1FleetHolds(t *testing.T) {
	bubble(t, "fleet", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		lines := []string{}
		for i := range 12 {
			lines = append(lines, fmt.Sprintf("n%d 300 A 192.0.2.1", i))
		}
		for _, d := range domains(8) {
			h.zone(d, lines...)
		}
		first := h.push("first")
		h.start()
		for _, d := range domains(8) {
			h.zone(d, lines[3:]...)
		}
		h.push("three of each")
		h.ResetCalls()
		h.pass(time.Minute)
		if n := h.writes(); n > 0 {
			t.Errorf("got %d writes, want none", n)
		}
		h.stands("zone-00.example", sync.Refused, string(diff.GuardFleet), "24 of 96", "approval ")
		run := h.runs.last()
		if run.Pending != 24 || run.Refused != 24 {
			t.Errorf("got %d changes pending and %d refused, want 24 each", run.Pending, run.Refused)
		}
		if got := h.daemon.Status().AppliedCommit; got != first {
			t.Errorf("got applied %s, want %s", got, first)
		}
		h.pass(5 * time.Hour)
		h.text("zonetender.yaml", "approve: ["+refusals(h)[0].Approval+"]\n")
		h.push("yes")
		h.pass(time.Minute)
		h.follows(domains(8)...)
		if run := h.runs.last(); !run.Live || run.Pending != 0 {
			t.Errorf("got live %v and %d pending, want all of it live", run.Live, run.Pending)
		}
	})
}

// A read that may be partial passes by itself: it is not left until somebody approves.
func TestFaultA2PartialReadIsTriedAgain(t *testing.T) {
	bubble(t, "partial", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Records: vpsorgtest.EnvelopeCount}})
		h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		h.push("first")
		h.start()
		lie := func(k vpsorgtest.Kind, n int) func() {
			return h.AddRule(vpsorgtest.Rule{Kind: k, Do: vpsorgtest.Truncate(n, true)})
		}
		one, two := lie(vpsorgtest.GetZone, 1), lie(vpsorgtest.ListRecords, 2)
		h.zone("a.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.1")
		h.push("second")
		h.pass(3 * time.Minute)
		h.stands("a.example", sync.Refused, string(diff.GuardIncomplete))
		one()
		two()
		h.pass(5 * time.Minute)
		h.follows("a.example")
	})
}

// One broken file never stops the others, and says where it is broken.
func TestFaultZ8BrokenFileStopsItsZoneOnly(t *testing.T) {
	bubble(t, "broken", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.text("b.example.yaml", "zone: b.example\ninclude: [templates/x.yaml]\nrecords: {www: {A: 192.0.2.1}}\n")
		h.text("templates/x.yaml", "api: {A: 192.0.2.1}\n")
		h.push("first")
		h.start()
		h.text("templates/x.yaml", "api: {B: 192.0.2.1}\n")
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(time.Minute)
		h.stands("b.example", sync.Failed, "templates/x.yaml:1:")
		h.follows("a.example")
		shows(t, h.log.String(), "zone files", "templates/x.yaml:1:")
		before := strings.Count(h.log.String(), "templates/x.yaml:1:")
		h.ResetCalls()
		h.pass(30 * time.Minute)
		h.read()
		if after := strings.Count(h.log.String(), "templates/x.yaml:1:"); after != before {
			t.Errorf("got %d lines more on the same mistake, want none until the next sweep", after-before)
		}
		h.text("zonetender.yaml", "tll: 300\n")
		h.push("third")
		h.pass(time.Minute)
		h.stands("a.example", sync.Failed)
		h.text("zonetender.yaml", "")
		h.text("templates/x.yaml", "api: {A: 192.0.2.1}\n")
		h.push("fourth")
		h.pass(time.Minute)
		h.stands("a.example", sync.InSync)
		h.stands("b.example", sync.InSync)
	})
}

// What is still needed is named to the repository, so that it is not cleaned away.
func TestPullKeepsTheAppliedCommit(t *testing.T) {
	bubble(t, "keep", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		first := h.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.amend("rewritten")
		h.pass(time.Minute)
		synctest.Wait()
		if h.branch.last != first {
			t.Errorf("got %q kept, want %s", h.branch.last, first)
		}
	})
}
