package sync

import (
	"context"
	"slices"

	"github.com/zonetender/zonetender/diff"
)

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
// a name that went dark is worse than one call more. All of it can be written again: a
// record that cannot be read is never planned to be swapped.
func (z *zoneRun) putBack(ctx context.Context, gone []diff.Change) {
	for _, c := range gone {
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
