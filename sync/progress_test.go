package sync_test

import (
	"fmt"
	"runtime"
	stdsync "sync"
	"testing"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A plan counts zones, and applying it counts the changes as well, each once, without those
// of a zone that a guard refuses.
func TestProgress(t *testing.T) {
	worldtest.Bubble(t, "two zones", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "zebra 300 A 192.0.2.1")
		w.File("one.example", "www 300 CNAME new.one.example.", "new 300 A 192.0.2.1", "zebra 300 A 192.0.2.1")
		w.Live("two.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		w.File("two.example", "a 300 A 192.0.2.1")
		pass, client := w.Pass()
		var mu stdsync.Mutex
		var reports []sync.Progress
		pass.Progress = func(p sync.Progress) {
			mu.Lock()
			defer mu.Unlock()
			reports = append(reports, p)
		}
		draft, err := pass.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first, last := reports[0], reports[len(reports)-1]; first != (sync.Progress{ZonesTotal: 2}) || last != (sync.Progress{Zones: 2, ZonesTotal: 2}) {
			t.Errorf("planning: got %+v to %+v, want no zone to two of them", first, last)
		}
		reports = nil
		report := pass.Apply(t.Context(), draft, client)
		if !report.Refused() || report.Failed() {
			t.Fatalf("got\n%s\nwant a refused zone and no failure", worldtest.ReportText(t, report))
		}
		changes := len(draft.Plan.Zones()[0].Changes)
		first, last := reports[0], reports[len(reports)-1]
		if first != (sync.Progress{ZonesTotal: 2, ChangesTotal: changes}) ||
			last != (sync.Progress{Zones: 2, ZonesTotal: 2, Changes: changes, ChangesTotal: changes}) {
			t.Errorf("applying: got %+v to %+v, want nothing to 2 zones and %d changes", first, last, changes)
		}
	})
}

// What is told of many zones at the same time never goes back.
func TestProgressNeverGoesBack(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, vpsorgtest.Options{})
	for i := range 300 {
		w.File(fmt.Sprintf("zone-%03d.example", i), "www 300 A 192.0.2.1")
	}
	pass, _ := w.Pass()
	pass.Concurrency = 64
	last := -1 // unguarded, as the calls do not overlap
	pass.Progress = func(p sync.Progress) {
		runtime.Gosched() // so that others may come in between
		if p.Zones < last {
			t.Errorf("got %d zones after %d", p.Zones, last)
		}
		last = p.Zones
	}
	if _, err := pass.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if last != 300 {
		t.Errorf("got %d zones in the end, want 300", last)
	}
}
