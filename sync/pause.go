package sync

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// A Pause lets the caller of a pass do something else between two of its zones, such as another
// pass that cannot wait. The zero Pause does not.
type Pause struct {
	// Due reports whether there is something to do. It is asked before a zone is begun, but not
	// before the first, nor while there are zones that were read ahead; nil means never.
	Due func() bool
	// Do does it, while no zone is in flight. Planned returns the files that a zone was planned
	// from, nil where they are not valid, and false for one that is not planned. Do returns what
	// has changed since, nil for nothing.
	Do func(planned func(schema.Name) (files []string, ok bool)) *Renewal
}

func (p Pause) due() bool { return p.Due != nil && p.Due() }

// A Renewal is what has changed while a pass paused.
type Renewal struct {
	// Folder and Commit take the place of those of the pass. The zones that are not Touched
	// are in both folders, or in neither, and read the same.
	Folder *zonefile.Folder
	Commit string
	// Touched are the zones whose files changed, or that were written or tried: what was
	// planned of them no longer holds. Moved are those that were created or deleted.
	Touched map[schema.Name]bool
	Moved   []schema.Name
}

// ErrOvertaken is the error of a zone of the plan that was left alone because it was dealt with
// otherwise while the pass paused.
var ErrOvertaken = errors.New("not attempted: a newer commit was applied to the zone meanwhile")

// inTurn does the work on each of some zones, by index, concurrently. It returns the zones
// that are left where a pause is due, once none is in flight. There is none before the zone
// with the index ahead.
func (p *Pass) inTurn(ctx context.Context, zones []int, ahead int, work func(ctx context.Context, i int) error) (left []int, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.concurrency())
	for k, i := range zones {
		if k > 0 && i >= ahead && p.Pause.due() {
			left = zones[k:]
			break
		}
		g.Go(func() error { return work(ctx, i) })
	}
	return left, g.Wait()
}

// indexes returns 0 to n-1.
func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// renew takes in what has changed while the pass paused in planning. It returns the zone
// files that there are now, with what was planned of them and still holds.
func (p *Pass) renew(ctx context.Context, r *Renewal, ix *index, before []planned) ([]zonefile.Source, []planned, error) {
	p.Folder, p.Commit = r.Folder, r.Commit
	if len(r.Moved) > 0 {
		list, err := p.API.Zones(ctx, r.Moved...)
		if err != nil {
			return nil, nil, err
		}
		ix.add(list, r.Moved)
	}
	holds := make(map[schema.Name]*planned, len(before))
	for i := range before {
		if z := &before[i]; z.done && !r.Touched[z.plan.Zone] {
			holds[z.plan.Zone] = z
		}
	}
	sources := p.sources()
	out := make([]planned, len(sources))
	for i, s := range sources {
		if z := holds[s.Zone]; z != nil {
			out[i] = *z
		}
	}
	return sources, out, nil
}

// overtake takes in what has changed while the pass paused in writing. It returns the zones
// that are still to be written, as nothing has touched them.
func (p *Pass) overtake(r *Renewal, left []int, todo []*diff.ZonePlan, report *Report) []int {
	p.Folder, p.Commit = r.Folder, r.Commit
	var out []int
	for _, i := range left {
		if z := todo[i]; r.Touched[z.Zone] {
			report.Zones[i] = ZoneReport{Zone: z.Zone, Action: z.Action, Err: ErrOvertaken}
		} else {
			out = append(out, i)
		}
	}
	return out
}

// undone returns the zones that are not planned yet.
func undone(results []planned) (out []int) {
	for i := range results {
		if !results[i].done {
			out = append(out, i)
		}
	}
	return out
}

// plannedOf finds the files that zones were planned from.
func plannedOf(results []planned) func(schema.Name) ([]string, bool) {
	done := make(map[schema.Name]*planned, len(results))
	for i := range results {
		if z := &results[i]; z.done {
			done[z.plan.Zone] = z
		}
	}
	return func(name schema.Name) ([]string, bool) {
		z, ok := done[name]
		if !ok {
			return nil, false
		}
		return z.facts.Files, z.facts.Files != nil || z.plan.Invalid
	}
}

// planned finds the files that the zones of the draft were planned from.
func (d *Draft) planned() func(schema.Name) ([]string, bool) {
	invalid := make(map[schema.Name]bool)
	for _, z := range d.Plan.Zones() {
		invalid[z.Zone] = z.Invalid
	}
	return func(name schema.Name) ([]string, bool) {
		files := d.Facts[name].Files
		return files, files != nil || invalid[name]
	}
}
