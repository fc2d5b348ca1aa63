package daemon_test

import (
	"fmt"
	"testing"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// BenchmarkCycle starts a daemon that finds 200 zones of 50 records as their files say, and
// ends it after its first cycle, which is a sweep. Reading the files from Git is part of it.
func BenchmarkCycle(b *testing.B) {
	const zones, records = 200, 50
	h := newInstallation(b, vpsorgtest.Options{KeepCalls: -1})
	for i := range zones {
		var lines []string
		for j := range records {
			lines = append(lines, fmt.Sprintf("h%d 300 A 192.0.2.%d", j, j))
		}
		domain := fmt.Sprintf("zone-%03d.example", i)
		h.zone(domain, lines...)
		h.world.Live(domain, lines...)
	}
	h.origin.push("first")
	cycles := make(chan daemon.CycleMetrics, 1)
	h.tune = func(d *daemon.Daemon) { d.Observe = func(c daemon.CycleMetrics) { cycles <- c } }
	b.ReportAllocs()
	for b.Loop() {
		h.begin()
		c := <-cycles
		h.halt()
		if c.Outcome != daemon.OutcomeApplied || c.Pending > 0 {
			b.Fatalf("got %+v, want a sweep without changes", c)
		}
	}
}
