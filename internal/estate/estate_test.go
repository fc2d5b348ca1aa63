package main

import (
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func BenchmarkLoad(b *testing.B) {
	sz := size{1000, 100}
	for b.Loop() {
		s := vpsorgtest.New(vpsorgtest.Options{KeepCalls: -1})
		for i := range sz.zones {
			if _, err := s.AddZone(zoneName(i), liveRecords(sz, i, 1)...); err != nil {
				b.Fatal(err)
			}
		}
	}
}
