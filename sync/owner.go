package sync

import (
	"context"
	"slices"

	"github.com/zonetender/zonetender/diff"
)

// changeName makes changes of one owner name that stand together in the plan. Once begun they
// are finished.
func (z *writer) changeName(ctx context.Context, turn diff.Turn) {
	if z.plan.Changes[turn.From].Swap {
		z.swap(ctx, turn)
		return
	}
	for at := turn.From; at < turn.To; at++ {
		_ = z.change(ctx, at)
	}
}

// change makes the change at a place of the plan, unless something it depends on failed. It
// has already recorded the error that it returns.
func (z *writer) change(ctx context.Context, at int) error {
	c := &z.plan.Changes[at]
	err := z.outcomes.allows(at)
	if err == nil {
		err = z.brake.check(ctx)
	}
	if err == nil {
		err = z.call(ctx, c)
		z.notify(Event{Change: *c, Action: c.Action, Err: err})
	}
	if err != nil {
		z.brake.note(err)
		z.outcomes.notMade(at, err)
		return err
	}
	z.outcomes.made(at)
	return nil
}

func (z *writer) call(ctx context.Context, c *diff.Change) error {
	switch {
	case c.Action == diff.Create && c.Swap:
		return z.api.RestoreRecord(ctx, z.ref, c.After)
	case c.Action == diff.Create:
		return z.api.CreateRecord(ctx, z.ref, c.After)
	case c.Action == diff.Update:
		return z.api.UpdateRecord(ctx, z.ref, c.Before, c.After)
	}
	return z.api.DeleteRecord(ctx, z.ref, c.Before)
}

// swap makes the changes of a name at which a CNAME replaces other data or is replaced by
// it. The deletions come first. If nothing can be created in their place, the deleted
// records are put back, so that the name keeps answering as before.
//
// Nothing is deleted where its replacement must not be made.
func (z *writer) swap(ctx context.Context, turn diff.Turn) {
	first := turn.From // that is no deletion
	for z.plan.Changes[first].Action == diff.Delete {
		first++
	}
	if z.outcomes.allows(first) != nil {
		z.skip(turn.From, turn.To)
		return
	}
	var deleted []int
	replaced := false
	for at := turn.From; at < turn.To; at++ {
		deletes := z.plan.Changes[at].Action == diff.Delete
		err := z.change(ctx, at)
		if err == nil {
			if deletes {
				deleted = append(deleted, at)
			} else {
				replaced = true
			}
			continue
		}
		if replaced {
			// The name answers with what was created so far, and a CNAME cannot be put back
			// next to it.
			continue
		}
		z.skip(at+1, turn.To)
		if deletes && unknown(err) && z.vanished(ctx, at) {
			deleted = append(deleted, at)
		}
		z.putBack(ctx, deleted)
		return
	}
}

// skip records that changes are not made because one that they depend on failed.
func (z *writer) skip(from, to int) {
	for at := from; at < to; at++ {
		z.outcomes.notMade(at, ErrSkipped)
	}
}

// vanished reads the zone and reports whether the record of a deletion is gone.
func (z *writer) vanished(ctx context.Context, at int) bool {
	live, err := z.read(ctx)
	id := z.plan.Changes[at].Before.ID
	return err == nil && live.Partial == "" &&
		!slices.ContainsFunc(live.Records, func(l diff.Live) bool { return l.ID == id })
}

// putBack creates deleted records again. It does not check whether the run was stopped: a
// name without data is worse than one more call. Every record can be written again, as a
// record that cannot be read is never planned to be swapped.
func (z *writer) putBack(ctx context.Context, deleted []int) {
	for _, at := range deleted {
		c := &z.plan.Changes[at]
		err := z.api.RestoreRecord(ctx, z.ref, c.Before.Record)
		z.notify(Event{Change: *c, Action: diff.Create, Err: err, PutBack: true})
		z.brake.note(err)
		z.outcomes.restored(at, err)
	}
}
