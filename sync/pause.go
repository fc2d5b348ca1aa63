package sync

import (
	"context"
	"errors"
	"fmt"

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
	// Do does it, while no zone is in flight. Invalid are the zones whose files were not valid
	// when they were read. Do returns what has changed since, nil for nothing.
	Do func(invalid map[schema.Name]bool) *Renewal
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

// inTurn does the work on each of some zones, by index, concurrently. It returns true where a
// pause is due, once no zone is in flight; some are then not done yet. There is no pause before
// the first zone, nor before any of those that were read ahead, which come first.
func (p *Pass) inTurn(ctx context.Context, zones []int, ahead int, work func(ctx context.Context, i int) error) (paused bool, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.concurrency())
	for k, i := range zones {
		if paused = k >= max(1, ahead) && p.Pause.due(); paused {
			break
		}
		g.Go(func() error { return work(ctx, i) })
	}
	return paused, g.Wait()
}

// undone returns the zones that are not planned yet, those that were read ahead first, and
// how many those are.
func undone(results []planned) (zones []int, ahead int) {
	for _, surveyed := range []bool{true, false} {
		for i := range results {
			if z := &results[i]; !z.done && z.surveyed == surveyed {
				zones = append(zones, i)
			}
		}
		if surveyed {
			ahead = len(zones)
		}
	}
	return zones, ahead
}

// pause pauses in planning. It returns the zone files that there are then, with what was
// planned of them and still holds.
func (l *planner) pause(ctx context.Context, sources []zonefile.Source, results []planned) ([]zonefile.Source, []planned, error) {
	p, invalid := l.pass, make(map[schema.Name]bool)
	for i := range results {
		if z := &results[i]; z.done && z.plan.Invalid {
			invalid[z.plan.Zone] = true
		}
	}
	r := p.Pause.Do(invalid)
	if r == nil {
		return sources, results, nil
	}
	p.Folder, p.Commit = r.Folder, r.Commit
	if len(r.Moved) > 0 {
		list, err := p.API.Zones(ctx, r.Moved...)
		if err != nil {
			return nil, nil, fmt.Errorf("zones: list: %w", err)
		}
		l.live.add(list, r.Moved)
	}
	holds := make(map[schema.Name]*planned, len(results))
	for i := range results {
		if z := &results[i]; z.done && !r.Touched[z.plan.Zone] {
			holds[z.plan.Zone] = z
		}
	}
	sources = p.sources()
	out := make([]planned, len(sources))
	for i, s := range sources {
		if z := holds[s.Zone]; z != nil {
			out[i] = *z
		}
	}
	return sources, out, nil
}

// left returns the zones that were not begun, by index.
func (r *Report) left() (zones []int) {
	for i := range r.Zones {
		if r.Zones[i].Zone.IsZero() {
			zones = append(zones, i)
		}
	}
	return zones
}

// pause pauses in writing. Of the zones that are left, it reports those as overtaken that
// something has touched.
func (d *Draft) pause(p *Pass, todo []*diff.ZonePlan, report *Report) {
	invalid := make(map[schema.Name]bool)
	for _, z := range d.Plan.Zones() {
		invalid[z.Zone] = z.Invalid
	}
	r := p.Pause.Do(invalid)
	if r == nil {
		return
	}
	p.Folder, p.Commit = r.Folder, r.Commit
	for _, i := range report.left() {
		if z := todo[i]; r.Touched[z.Zone] {
			report.Zones[i] = ZoneReport{Zone: z.Zone, Action: z.Action, Err: ErrOvertaken}
		}
	}
}
