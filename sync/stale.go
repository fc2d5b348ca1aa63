package sync

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// Recheck reads the zones of the draft that would change once more, and refuses those
// whose plan is not the same any more: somebody has changed them since. It is for
// plans that have waited for a person's word.
func (c *Cycle) Recheck(ctx context.Context, draft *Draft) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.concurrency())
	for i := range draft.Plan.Zones {
		plan := &draft.Plan.Zones[i]
		if plan.Action == diff.None || plan.Error != "" || len(plan.Blocked) > 0 {
			continue
		}
		g.Go(func() error { return c.recheck(ctx, plan, draft.desired[plan.Zone]) })
	}
	return g.Wait()
}

func (c *Cycle) recheck(ctx context.Context, plan *diff.ZonePlan, desired *schema.Zone) error {
	var live diff.LiveZone
	var err error
	if plan.Action == diff.Create {
		live, err = c.read(ctx, plan.Zone, index{})
	} else {
		live, err = c.API.Zone(ctx, diff.ZoneRef{ID: plan.ID, Name: plan.Zone})
	}
	if err != nil {
		var gone interface{ NotFound() bool }
		if !errors.As(err, &gone) || !gone.NotFound() {
			return fmt.Errorf("zone %s: read: %w", plan.Zone.Undotted(), err)
		}
		live = diff.LiveZone{Name: plan.Zone}
	}
	if again := diff.Zone(desired, live); !plan.Same(&again) {
		plan.Blocked = append(plan.Blocked, diff.Refusal{
			Guard:   diff.GuardStale,
			Message: "the live zone has changed since this plan was made; plan again",
		})
		plan.Approval = ""
	}
	return nil
}
