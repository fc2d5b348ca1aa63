package sync_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync"
)

// The speed is that of the recent past, and nothing is said before there is a basis.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, allowed := 1000, math.Inf(1)
		m := sync.NewMeter(sync.Traffic{Calls: func() int { return calls }, Allowed: func() float64 { return allowed }})
		done := 0
		work := func(seconds, perSecond int) sync.Measurement {
			t.Helper()
			var got sync.Measurement
			for range seconds {
				time.Sleep(time.Second)
				done, calls = done+perSecond, calls+2*perSecond
				m.Report(sync.Progress{Zones: done, ZonesTotal: 10000})
				got = m.Measure()
			}
			return got
		}
		m.Report(sync.Progress{ZonesTotal: 10000})
		if got := work(2, 10); got.CallsPerSecond != 0 || got.Left != 0 || got.Calls != 40 || got.Zones != 20 {
			t.Errorf("after 2 s: got %+v, want no speed", got)
		}
		if got := work(8, 10); got.CallsPerSecond != 20 || got.Left != 990*time.Second || got.Allowed != 0 {
			t.Errorf("after 10 s: got %+v, want 20 calls a second and 990s left", got)
		}
		allowed = 50
		if got := work(60, 20); got.CallsPerSecond != 40 || got.Left != 435*time.Second || got.Allowed != 50 {
			t.Errorf("after a minute at twice the speed: got %+v, want 40 calls a second and 435s left", got)
		}
		if got := work(60, 0); got.CallsPerSecond != 0 || got.Left != 0 {
			t.Errorf("after a minute without work: got %+v, want no end in sight", got)
		}
		m.Report(sync.Progress{ZonesTotal: 1, ChangesTotal: 500})
		if got := m.Measure(); got.Left != 0 || got.CallsPerSecond != 0 {
			t.Errorf("as other work begins: got %+v, want no speed", got)
		}
		time.Sleep(10 * time.Second)
		m.Report(sync.Progress{ZonesTotal: 1, Changes: 100, ChangesTotal: 500})
		if got := m.Measure(); got.Left != 40*time.Second {
			t.Errorf("got %v left, want 40s: changes count where there are any", got.Left)
		}
	})
}
