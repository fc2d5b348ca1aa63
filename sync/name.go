package sync

import (
	"context"
	"iter"
	"slices"

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

// swap makes the changes of a name at which a CNAME comes or goes next to other data.
// The deletions come first; when then nothing can be put in their place, what was
// deleted is put back, so that the name goes on answering as before.
func (z *zoneRun) swap(ctx context.Context, changes []diff.Change) {
	var gone []diff.Change
	come := false
	for i, c := range changes {
		err := z.change(ctx, c)
		if err == nil {
			if c.Action == diff.Delete {
				gone = append(gone, c)
			} else {
				come = true
			}
			continue
		}
		if come {
			// The name answers with what came so far, beside which a CNAME could not stand.
			continue
		}
		for _, rest := range changes[i+1:] {
			z.fail(rest, ErrHeld)
		}
		if c.Action == diff.Delete && unknown(err) && z.vanished(ctx, c) {
			gone = append(gone, c)
		}
		z.putBack(ctx, gone)
		return
	}
}

// vanished reports whether the record of a deletion is seen to be gone.
func (z *zoneRun) vanished(ctx context.Context, c diff.Change) bool {
	live, err := z.api.Zone(ctx, z.ref)
	return err == nil && live.Partial == "" &&
		!slices.ContainsFunc(live.Records, func(l diff.Live) bool { return l.ID == c.ID })
}

// putBack creates again what was deleted. It does not ask whether the run was stopped:
// a name that went dark is worse than one call more.
func (z *zoneRun) putBack(ctx context.Context, gone []diff.Change) {
	for _, c := range gone {
		if c.Before.Data.IsZero() {
			z.report.Lost = append(z.report.Lost, Failure{c, errUnreadable})
			continue
		}
		if err := z.api.CreateRecord(ctx, z.ref, c.Before); err != nil {
			z.saw(err)
			z.report.Lost = append(z.report.Lost, Failure{c, err})
			continue
		}
		z.report.PutBack = append(z.report.PutBack, c)
		z.report.Done = removeChange(z.report.Done, c)
	}
}

func removeChange(changes []diff.Change, gone diff.Change) []diff.Change {
	var out []diff.Change
	for _, c := range changes {
		if c.Action != gone.Action || c.ID != gone.ID {
			out = append(out, c)
		}
	}
	return out
}

// hold knows what in a zone failed, so that nothing is taken away that it left needed,
// and nothing is pointed at that did not come.
type hold struct {
	// names are owner names at which something did not come or change: what is there
	// must stay.
	names map[schema.Name]bool
	// needed are hosts that a record still points at, because its change failed.
	needed map[schema.Name]bool
	// missing are names at which something that answers did not come.
	missing map[schema.Name]bool
}

func newHold() hold {
	return hold{make(map[schema.Name]bool), make(map[schema.Name]bool), make(map[schema.Name]bool)}
}

func (h hold) failed(c diff.Change) {
	if c.Action != diff.Delete {
		h.names[c.Name] = true
	}
	if host := c.PointedAt(); !host.IsZero() {
		h.needed[host] = true
	}
	if c.Action != diff.Delete && c.Answers() {
		h.missing[c.Name] = true
	}
}

// check gives ErrHeld for a change that must not be made any more.
func (h hold) check(c diff.Change) error {
	if c.Action == diff.Delete {
		if h.names[c.Name] || h.needed[c.Name] && c.Answers() {
			return ErrHeld
		}
		return nil
	}
	if h.missing[c.PointsAt()] {
		return ErrHeld
	}
	return nil
}
