package sync

import (
	"context"
	"iter"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// owners yields the changes in runs of one owner name: what is finished once it has
// begun.
func owners(changes []diff.Change) iter.Seq[[]diff.Change] {
	return func(yield func([]diff.Change) bool) {
		for len(changes) > 0 {
			n := 1
			for n < len(changes) && changes[n].Name == changes[0].Name {
				n++
			}
			if !yield(changes[:n]) {
				return
			}
			changes = changes[n:]
		}
	}
}

// changeName makes the changes of one owner name.
func (z *zoneRun) changeName(ctx context.Context, changes []diff.Change) {
	if changes[0].Swap {
		z.swap(ctx, changes)
		return
	}
	for _, c := range changes {
		_ = z.change(ctx, c)
	}
}

// change makes one change, unless something it builds on failed. The report has the
// error already.
func (z *zoneRun) change(ctx context.Context, c diff.Change) error {
	err := z.held.check(c)
	if err == nil {
		err = z.stopped(ctx)
	}
	if err == nil {
		err = z.call(ctx, c)
	}
	if err != nil {
		z.fail(c, err)
		return err
	}
	z.report.Done = append(z.report.Done, c)
	return nil
}

func (z *zoneRun) fail(c diff.Change, err error) {
	z.saw(err)
	z.held.failed(c)
	z.report.Failed = append(z.report.Failed, Failure{c, err})
}

func (z *zoneRun) call(ctx context.Context, c diff.Change) error {
	switch c.Action {
	case diff.Create:
		return z.api.CreateRecord(ctx, z.ref, c.After)
	case diff.Update:
		before := c.Before
		if c.Type.HasPriority() && c.Raw.Priority == nil {
			// The service shows the priority inside the value, where a change of one alone
			// would leave the other as it was: all of it is sent.
			before.Data = schema.RDATA{}
		}
		return z.api.UpdateRecord(ctx, z.ref, c.ID, before, c.After)
	}
	return z.api.DeleteRecord(ctx, z.ref, c.ID)
}
