package sync

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
)

// Recheck reads the zones that would change once more and refuses those whose plan is no
// longer the same, because they were changed since. Call it before applying a plan that
// has waited for confirmation.
func (p *Pass) Recheck(ctx context.Context, draft *Draft) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.concurrency())
	zones := draft.Plan.Zones()
	for i := range zones {
		plan := &zones[i]
		if plan.Action == diff.None || plan.Error != "" || len(plan.Blocked) > 0 {
			continue
		}
		g.Go(func() error {
			want, ok := p.again(draft, plan.Zone)
			if !ok {
				refuseStale(plan, fileChanged)
				return nil
			}
			return p.recheck(ctx, plan, want)
		})
	}
	return g.Wait()
}

func (p *Pass) recheck(ctx context.Context, plan *diff.ZonePlan, want desired) error {
	var live diff.LiveZone
	var err error
	if plan.Action == diff.Create {
		live, err = p.read(ctx, plan.Zone, index{}, want.zone.Declares)
	} else {
		live, err = p.API.Zone(ctx, diff.ZoneRef{ID: plan.ID, Name: plan.Zone}, want.zone.Declares)
	}
	switch {
	case notFound(err):
		live = diff.LiveZone{Name: plan.Zone}
	case err != nil:
		return fmt.Errorf("zone %s: read: %w", plan.Zone.Undotted(), err)
	}
	again := want.plan(live)
	if !plan.Same(&again) || !plan.SameChanges(&again) {
		refuseStale(plan, "the live zone has changed")
	}
	for _, r := range again.Blocked {
		if r.Guard == diff.GuardIncomplete {
			plan.Blocked, plan.Approval = append(plan.Blocked, r), ""
		}
	}
	return nil
}

// fileChanged is why a zone is stale that is declared otherwise than it was planned.
const fileChanged = "its zone file has changed"

func refuseStale(plan *diff.ZonePlan, why string) {
	plan.Blocked = append(plan.Blocked, diff.Refusal{
		Guard:   diff.GuardStale,
		Message: why + " since this plan was made; plan again",
	})
	plan.Approval = ""
}
