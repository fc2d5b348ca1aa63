package sync

import (
	"context"

	"github.com/zonetender/zonetender/diff"
)

// parallelFrom is the number of changes of a zone from which independent owner names are
// changed at the same time. Fewer are soon made, and made in the order of the plan they are
// easier to follow.
const parallelFrom = 200

// slots are the calls that a pass may have in flight, over all zones together. Each zone
// waits for one slot at a time and slots go to whoever has waited longest, so a zone with
// many changes leaves the others their share.
type slots chan struct{}

// hold runs do with a slot of its own.
func (s slots) hold(do func()) {
	s <- struct{}{}
	defer func() { <-s }()
	do()
}

// changeNames makes the changes of the zone, an owner name at a time or, in a large plan,
// several independent ones. Once ctx is done, a call was denied or something panicked, it
// begins no other name and returns that error.
func (z *writer) changeNames(ctx context.Context) (halt error) {
	// Calls in flight are not cancelled: nobody could tell what a cancelled one has done.
	calls := context.WithoutCancel(ctx)
	agenda := diff.NewAgenda(z.plan)
	over := make(chan ended)
	running := 0
	for {
		var slot chan<- struct{} // nil while no name may begin
		if halt == nil && agenda.Free() && (running == 0 || z.parallel()) {
			slot = z.slots
		}
		if slot == nil && running == 0 {
			return halt
		}
		select {
		case slot <- struct{}{}:
			// Much may have happened while it waited for the slot.
			if halt = z.brake.check(ctx); halt != nil || running > 0 && !z.parallel() {
				<-z.slots
				continue
			}
			turn := agenda.Next()
			running++
			go func() { over <- ended{turn, Catch(func() { z.changeName(calls, turn) })} }()
		case e := <-over:
			<-z.slots
			running--
			agenda.Done(e.turn)
			if e.err != nil {
				halt = e.err
			}
		}
	}
}

// ended is a turn that is over. Its error is a panic.
type ended struct {
	turn diff.Turn
	err  error
}

// parallel reports whether several owner names may be changed at the same time. A service
// that cannot take that gets one after the other for the rest of the zone.
func (z *writer) parallel() bool {
	return len(z.plan.Changes) >= parallelFrom && z.api.Conflicts(z.ref) == z.conflicts
}
