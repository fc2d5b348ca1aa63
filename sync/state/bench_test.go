package state

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// estate is what a sweep saves of so many zones, each of which declares so many names.
func estate(zones, names int) cycle {
	c := cycle{
		run: daemon.Run{Kind: daemon.Sweep, Mode: daemon.ModeApply, Outcome: daemon.OutcomeApplied, Started: epoch, Ended: epoch},
		change: daemon.MemoryChange{
			Progress: daemon.Progress{Read: "9f3c"}, Zones: make(map[schema.Name]daemon.ZoneMemory), Declared: make(map[schema.Name]daemon.Declared),
		},
	}
	for i := range zones {
		var declared strings.Builder
		for n := range names {
			fmt.Fprintf(&declared, "A,AAAA host%d-%d\n", i, n)
		}
		zone, text := name(fmt.Sprintf("zone%d.example", i)), daemon.Declared(declared.String())
		c.change.Declared[zone] = text
		c.change.Zones[zone] = daemon.ZoneMemory{
			State: daemon.StateInSync, Commit: strings.Repeat("a", 40), Declared: text.Digest(),
			Read: daemon.Reading{
				Files:    []daemon.File{{Path: zone.Undotted() + ".yaml", Blob: fmt.Sprintf("%040x", i)}, {Path: "templates/mail.yaml", Blob: strings.Repeat("b", 40)}},
				Settings: strings.Repeat("c", 64), Version: "1.2.3",
			},
		}
	}
	return c
}

// What is loaded of a zone does not grow with what it declares.
func TestLoadedMemoryOfAZone(t *testing.T) {
	const zones, names, most = 2000, 100, 1000
	dir := t.TempDir()
	d := testDB(t, dir, Options{})
	save(t, d, estate(zones, names))
	before := heap()
	m := load(t, d)
	if got := (heap() - before) / zones; got > most || got < 100 {
		t.Errorf("%d bytes are in use for each zone, want 100 to %d", got, most)
	}
	if len(m.Zones) != zones {
		t.Errorf("%d zones were loaded, want %d", len(m.Zones), zones)
	}
}

// heap returns how many bytes are in use.
func heap() int {
	runtime.GC()
	runtime.GC() // what has a finalizer goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// BenchmarkSave is what a sweep of ten thousand zones saves: the first one, and one after
// which all zones are as they were.
func BenchmarkSave(b *testing.B) {
	c := estate(10_000, 100)
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			save(b, testDB(b, b.TempDir(), Options{}), c)
		}
	})
	d := testDB(b, b.TempDir(), Options{})
	save(b, d, c)
	c.change.Declared = nil
	b.Run("unchanged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			save(b, d, c)
		}
	})
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(b, d)
		}
	})
}
