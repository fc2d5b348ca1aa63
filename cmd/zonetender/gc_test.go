package main

import "testing"

// The heap grows to roomyHeap, and above that to 1.7 times what is in use: the runtime's goal is
// what is in use and the percentage of it, or 4 MiB for each 100 %.
func TestHeapGoal(t *testing.T) {
	t.Parallel()
	for _, live := range []uint64{0, 1, 1 << 20, 4 << 20, 10 << 20, 24 << 20, 29 << 20, 100 << 20, 8 << 30} {
		percent := uint64(gcPercent(live))
		goal := max(live+live*percent/100, 4<<20*percent/100)
		if want := max(roomyHeap, live*17/10); goal > want || goal < want*9/10 {
			t.Errorf("%d bytes in use: %d %% is a goal of %d, want about %d", live, percent, goal, want)
		}
	}
}
