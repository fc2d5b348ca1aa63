package sync_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// heap returns the bytes of the heap that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held on to
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// estate has zones of 100 records, of which ten change one each.
func estate(t *testing.T, zones int) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{KeepCalls: -1})
	w.Concurrency = 1
	for i := range zones {
		var lines []string
		for k := range 100 {
			lines = append(lines, fmt.Sprintf("host%d 300 A 192.0.2.%d", k, k+1))
		}
		domain := fmt.Sprintf("zone-%04d.example", i)
		w.Live(domain, lines...)
		if i < 10 {
			lines[0] = "host0 300 A 198.51.100.1"
		}
		w.File(domain, lines...)
	}
	return w
}

// growth returns by how many bytes the heap grows while the zones of an estate are planned,
// up to when the last is read, and how many of them the draft keeps.
func growth(t *testing.T, zones int, keep bool) (planning, kept int64) {
	w := estate(t, zones)
	p, _ := w.Pass()
	p.Keep = keep
	var first, last int64
	reads := 0
	w.Watch(func(c vpsorgtest.Call) {
		if c.Kind != vpsorgtest.GetZone {
			return
		}
		switch reads++; reads {
		case sync.SurveySize + 1:
			first = heap()
		case zones:
			last = heap()
		}
	})
	draft, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := draft.Plan.Summary(); got.Update != 10 || got.Zones != zones {
		t.Fatalf("got the plan %+v, want 10 updates in %d zones", got, zones)
	}
	with := heap()
	runtime.KeepAlive(draft)
	draft = nil
	return last - first, with - heap()
}

// Memory is bounded by the zones in flight: what a zone leaves behind is small beside the
// zone, which takes 30 KiB here as it is declared, and as much as it is live.
//
// The test is not parallel, as it measures the heap of the whole process.
func TestMemoryIsBoundedByTheZonesInFlight(t *testing.T) {
	const few, many = 30, 120
	for name, keep := range map[string]bool{"plan": false, "to be saved": true} {
		planningFew, keptFew := growth(t, few, keep)
		planningMany, keptMany := growth(t, many, keep)
		planning, kept := (planningMany-planningFew)/(many-few), (keptMany-keptFew)/(many-few)
		t.Logf("%s: %d bytes a zone while the others are planned, %d afterwards", name, planning, kept)
		if most := int64(2 << 10); planning > most {
			t.Errorf("%s: %d bytes a zone stay in use while others are planned, want at most %d", name, planning, most)
		}
		if most := int64(1 << 10); kept > most {
			t.Errorf("%s: the draft keeps %d bytes a zone, want at most %d", name, kept, most)
		}
	}
}
