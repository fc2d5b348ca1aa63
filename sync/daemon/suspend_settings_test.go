package daemon_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/worldtest"
)

func TestPushOfSettingsDuringASweep(t *testing.T) {
	worldtest.Bubble(t, "settings", func(t *testing.T) {
		const n = 100
		h := slow(t, n)
		h.sweep(7 * time.Second)
		for _, d := range many(n)[:30] {
			h.text(d+".yaml", "zone: "+d+"\nrecords: {www: {A: 192.0.2.1}}\n")
		}
		h.text("zonetender.yaml", "ttl: 600\n")
		h.origin.push("second")
		h.pass(3 * time.Minute)
		want := make(map[string]int)
		for i, d := range many(n) {
			if want[d] = 2; i < 30 {
				want[d]++
			}
		}
		reads, _ := h.counts()
		for d, n := range want {
			// Those of which the sweep had read some are read once more.
			if reads[d] != n && reads[d] != n+1 {
				t.Errorf("%s: got %d reads, want %d or one more", d, reads[d], n)
			}
		}
		h.had("pull applied second, 30 changes", "sweep applied second, 0 changes")
		h.sound(n)
	})
}

// A change of settings looks at every zone, as a sweep does, and lets a push through all the same.
func TestPushDuringAPullOfEveryZone(t *testing.T) {
	worldtest.Bubble(t, "pull", func(t *testing.T) {
		const n = 200
		h := slow(t, n)
		h.text("zonetender.yaml", "ttl: 600\n")
		h.origin.push("settings")
		h.pass(15 * time.Second)
		h.zone("zone-010.example", "www 300 A 192.0.2.2")
		h.zone("zone-190.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(11 * time.Second)
		h.follows("zone-010.example", "zone-190.example")
		h.pass(time.Minute)
		h.had("pull applied second, 2 changes", "pull applied second, 0 changes")
		h.called(n, 1+2, map[string]int{"zone-010.example": 4, "zone-190.example": 3})
		h.sound(n)
	})
}

// A push every time that one may be leaves the sweep time to come to its end.
func TestSweepEndsAlthoughPushesKeepComing(t *testing.T) {
	worldtest.Bubble(t, "pushes", func(t *testing.T) {
		const n = 200
		h := slow(t, n)
		h.daemon.Trigger(daemon.Sweep)
		runs := h.runs.count()
		ended := func() bool {
			h.runs.mu.Lock()
			defer h.runs.mu.Unlock()
			return slices.ContainsFunc(h.runs.all[runs:], func(r daemon.Run) bool { return r.Kind == daemon.Sweep })
		}
		rounds := 0
		for ; !ended() && rounds < 100; rounds++ {
			h.text("zonetender.yaml", fmt.Sprintf("ttl: %d\n", 600+rounds)) // which changes how each zone is read
			h.origin.push(fmt.Sprint("push ", rounds))
			h.daemon.Trigger(daemon.Pull)
			h.pass(5 * time.Second)
		}
		if took := time.Duration(rounds) * 5 * time.Second; took > 5*time.Minute {
			t.Errorf("got %s for a sweep of 20 seconds and pushes of as many, want its end sooner", took)
		}
		h.pass(2 * time.Minute)
		h.sound(n)
	})
}

// What is approved during a sweep is approved, also where the sweep has planned by then.
func TestApprovalDuringASweep(t *testing.T) {
	for name, after := range map[string]time.Duration{"reading": 5 * time.Second, "writing": 13 * time.Second} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			const n = 100
			h := slow(t, n)
			h.zone("zone-099.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
			h.origin.push("second")
			h.pass(30 * time.Second)
			h.zone("zone-099.example", "a 300 A 192.0.2.1")
			h.origin.push("third")
			h.pass(30 * time.Second)
			h.stands("zone-099.example", daemon.StateRefused, string(diff.GuardDeletes))
			code := lastRefusals(h)[0].Approval
			for _, d := range many(n)[:50] {
				h.drift(d)
			}
			h.sweep(after)
			h.text("zonetender.yaml", "approve: ["+code+"]\n")
			h.origin.push("approve")
			h.pass(12 * time.Second)
			h.follows("zone-099.example")
			h.pass(time.Minute)
			h.sound(n)
		})
	}
}
