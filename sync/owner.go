package sync

import (
	"context"
	"iter"
	"slices"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// owners yields the changes grouped by owner name, in order. A group that was started is
// always finished.
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
func (z *writer) changeName(ctx context.Context, changes []diff.Change) {
	if changes[0].Swap {
		z.swap(ctx, changes)
		return
	}
	for _, c := range changes {
		_ = z.change(ctx, c)
	}
}

// change makes one change, unless something it depends on failed. It has already recorded
// the error that it returns in the report.
func (z *writer) change(ctx context.Context, c diff.Change) error {
	err := z.failed.check(c)
	if err == nil {
		err = z.brake.check(ctx)
	}
	if err == nil {
		err = z.call(ctx, c)
		z.notify(Event{Change: c, Action: c.Action, Err: err})
	}
	if err != nil {
		z.fail(c, err)
		return err
	}
	z.report.Done = append(z.report.Done, c)
	return nil
}

func (z *writer) fail(c diff.Change, err error) {
	z.brake.note(err)
	z.failed.add(c)
	z.report.Failed = append(z.report.Failed, Failure{c, err})
}

func (z *writer) call(ctx context.Context, c diff.Change) error {
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
func (z *writer) swap(ctx context.Context, changes []diff.Change) {
	var deleted []diff.Change
	replaced := false
	for i, c := range changes {
		err := z.change(ctx, c)
		if err == nil {
			if c.Action == diff.Delete {
				deleted = append(deleted, c)
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
		for _, rest := range changes[i+1:] {
			z.fail(rest, ErrSkipped)
		}
		if c.Action == diff.Delete && unknown(err) && z.vanished(ctx, c) {
			deleted = append(deleted, c)
		}
		z.putBack(ctx, deleted)
		return
	}
}

// vanished reads the zone and reports whether the record of a deletion is gone.
func (z *writer) vanished(ctx context.Context, c diff.Change) bool {
	live, err := z.read(ctx)
	return err == nil && live.Partial == "" &&
		!slices.ContainsFunc(live.Records, func(l diff.Live) bool { return l.ID == c.Before.ID })
}

// putBack creates deleted records again. It does not check whether the run was stopped: a
// name without data is worse than one more call. Every record can be written again, as a
// record that cannot be read is never planned to be swapped.
func (z *writer) putBack(ctx context.Context, deleted []diff.Change) {
	for _, c := range deleted {
		err := z.api.RestoreRecord(ctx, z.ref, c.Before.Record)
		z.notify(Event{Change: c, Action: diff.Create, Err: err, PutBack: true})
		if err != nil {
			z.brake.note(err)
			z.report.Lost = append(z.report.Lost, Failure{c, err})
			continue
		}
		z.report.PutBack = append(z.report.PutBack, c)
		z.report.Done = slices.DeleteFunc(z.report.Done, func(d diff.Change) bool {
			return d.Action == c.Action && d.Before.ID == c.Before.ID
		})
	}
}

// failures records which changes of a zone failed, so that nothing is deleted that is
// still needed because of them, and nothing is pointed at a target that was not created.
type failures struct {
	// names are owner names at which a creation or update failed: what is there must stay.
	names map[schema.Name]bool
	// needed are hosts that a record still points at, because its change failed.
	needed map[schema.Name]bool
	// missing are names at which a record that answers address queries was not created or
	// updated.
	missing map[schema.Name]bool
}

func newFailures() failures {
	return failures{make(map[schema.Name]bool), make(map[schema.Name]bool), make(map[schema.Name]bool)}
}

func (f failures) add(c diff.Change) {
	if c.Action != diff.Delete {
		f.names[c.Name] = true
	}
	if host := c.PointedAt(); !host.IsZero() {
		f.needed[host] = true
	}
	if c.Action != diff.Delete && c.Answers() {
		f.missing[c.Name] = true
	}
}

// check returns ErrSkipped for a change that must not be made because of earlier failures.
func (f failures) check(c diff.Change) error {
	if c.Action == diff.Delete {
		if f.names[c.Name] || f.needed[c.Name] && c.Answers() {
			return ErrSkipped
		}
		return nil
	}
	if f.missing[c.PointsAt()] {
		return ErrSkipped
	}
	return nil
}
