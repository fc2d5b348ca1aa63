package diff

import (
	"fmt"
	"testing"

	"github.com/zonetender/zonetender/schema"
)

// BenchmarkSettled compares a zone in which there is nothing to change, as nearly all are.
func BenchmarkSettled(b *testing.B) {
	for _, n := range []int{50, 5000} {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			var want []schema.Record
			live := LiveZone{ID: "zone-1", Name: apex}
			for i := range n {
				r := rec(b, fmt.Sprintf("h%d 300 A 192.0.2.%d", i/2, i%250))
				if i%5 == 0 {
					r = rec(b, fmt.Sprintf("t%d 300 TXT v=spf1 include:_spf-%d.example.net -all", i, i))
				}
				want = append(want, r)
				live.Records = append(live.Records, liveOf(fmt.Sprintf("rec-%d", i), r))
			}
			desired := zoneOf(want)
			b.ReportAllocs()
			for b.Loop() {
				if p := Zone(desired, live, nil); len(p.Changes) > 0 {
					b.Fatalf("got %d changes, want none", len(p.Changes))
				}
			}
		})
	}
}
