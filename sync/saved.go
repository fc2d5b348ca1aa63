package sync

import (
	"context"
	"fmt"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// savedSpec begins the plan of a pass over a saved plan. Approval codes in the file prove
// nothing: only those of the pass count.
func (p *Pass) savedSpec() diff.PlanSpec {
	made := p.Saved.Plan
	return diff.PlanSpec{
		Commit: made.Commit, Base: made.Base, Path: made.Path, GeneratedAt: p.now(), Problems: made.Problems, Settings: made.Settings,
		Unmanaged: made.Unmanaged, Safety: p.Saved.Safety, Approve: p.Approve, Vital: p.Vital,
	}
}

// savedSources returns the zones of the saved plan that the pass covers, sorted. Those that
// it leaves unchanged are among them: the guards over the whole run count their records.
func (p *Pass) savedSources() []zonefile.Source {
	var out []zonefile.Source
	for _, z := range p.Saved.Plan.Zones() {
		if p.selects(z.Zone) {
			out = append(out, zonefile.Source{Zone: z.Zone})
		}
	}
	return out
}

// declareSaved takes the zone as its files declared it when the plan was made. One that
// could not be planned then is not planned now.
//
// What has expired since then is not desired any more, which makes another plan of the zone.
func (z *planned) declareSaved(saved *diff.SavedPlan, name schema.Name, now time.Time) {
	z.made = saved.Zone(name)
	want, ok := saved.Desired[name]
	if !ok || z.made.Error != "" {
		z.plan = diff.ZonePlan{Zone: name, Action: diff.None, Error: z.made.Error, Invalid: z.made.Invalid}
		if z.plan.Error == "" {
			z.plan.Error = "the saved plan does not say what the zone is to hold"
		}
		return
	}
	z.desired = desired{zone: want.Zone.At(now), declared: want.Declared}
	z.lapsed = len(z.desired.zone.Declaration().Expired) > len(want.Zone.Declaration().Expired)
}

// compareSaved refuses the zone if its plan is another one than the saved one. A zone that
// the saved plan leaves unchanged stays so.
func (z *planned) compareSaved() {
	why := "the live zone has changed"
	if z.lapsed {
		why = "records have expired"
	}
	switch same := z.plan.SameChanges(z.made); {
	case same:
		z.plan.Annotate(z.made)
	case z.made.Action == diff.None:
		z.plan = diff.ZonePlan{
			Zone: z.plan.Zone, ID: z.plan.ID, Action: diff.None, Live: z.plan.Live, Unchanged: z.plan.Unchanged, Partial: z.plan.Partial,
			Warnings: append(z.plan.Warnings, why+" since this plan was made, which leaves the zone unchanged"),
		}
	default:
		// What was to be done is shown, whatever would have to be done now.
		stale := *z.made
		stale.Live, stale.Partial, stale.Warnings, stale.Blocked = z.plan.Live, z.plan.Partial, z.plan.Warnings, nil
		refuseStale(&stale, why)
		z.plan = stale
	}
}

// fresh reports whether the zone may be written: it compares it with the plan once more
// where that was made earlier.
func (z *writer) fresh(ctx context.Context) bool {
	if z.recheck == nil {
		return true
	}
	if err := z.recheck(ctx, z.plan, z.desired); err != nil {
		z.brake.note(err)
		if z.report.Err = fmt.Errorf("check that the plan still holds: %w", err); ctx.Err() != nil {
			z.report.Err = ErrStopped
		}
		return false
	}
	z.report.Refused = append(z.report.Refused, z.plan.Blocked...)
	return len(z.plan.Blocked) == 0
}
