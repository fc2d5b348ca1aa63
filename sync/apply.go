package sync

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// Apply makes the draft's plan so: zones side by side, the changes of a zone in their
// order, and each changed zone read once more and compared. What a guard refuses is
// left alone, and so is a zone in error; neither stops the others.
//
// When ctx ends, the owner name that is being changed is finished, and nothing else is
// begun. The report says what was done in any case.
func (c *Cycle) Apply(ctx context.Context, draft *Draft, api API) *Report {
	var todo []*diff.ZonePlan
	notPlanned := 0
	for i := range draft.Plan.Zones {
		switch z := &draft.Plan.Zones[i]; {
		case z.Error != "":
			notPlanned++
		case z.Action != diff.None:
			todo = append(todo, z)
		}
	}
	report := &Report{Zones: make([]ZoneReport, len(todo)), NotPlanned: notPlanned}
	run := &run{api: api}
	meter := c.meter(len(todo))
	var g errgroup.Group
	g.SetLimit(c.concurrency())
	for i, plan := range todo {
		g.Go(func() error {
			z := &zoneRun{run: run, plan: plan, desired: draft.desired[plan.Zone], report: &report.Zones[i]}
			defer meter.step()
			if err := caught(func() { z.apply(ctx, draft.Plan.Blocked) }); err != nil {
				z.setErr(err)
			}
			return nil
		})
	}
	// The workers report into their own slots and return no errors.
	_ = g.Wait()
	return report
}

// run is what the zones of one run share.
type run struct {
	api API

	mu   sync.Mutex
	stop error // why no further call starts
}

// stopped says why no further call may start: the token is refused, or ctx ended.
func (r *run) stopped(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		return r.stop
	}
	if ctx.Err() != nil {
		return ErrStopped
	}
	return nil
}

// saw notes an error that concerns every call.
func (r *run) saw(err error) {
	if !denied(err) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop == nil {
		r.stop = fmt.Errorf("not tried, after the service refused the token: %w", err)
	}
}

// zoneRun is one zone while its plan is applied.
type zoneRun struct {
	*run
	plan    *diff.ZonePlan
	desired *schema.Zone
	report  *ZoneReport
	ref     diff.ZoneRef
	held    hold
}

func (z *zoneRun) apply(ctx context.Context, blocked []diff.Refusal) {
	z.report.Zone, z.report.Action = z.plan.Zone, z.plan.Action
	z.ref = diff.ZoneRef{ID: z.plan.ID, Name: z.plan.Zone}
	z.report.Refused = append(append([]diff.Refusal(nil), z.plan.Blocked...), blocked...)
	if len(z.report.Refused) > 0 {
		return
	}
	if z.report.Err = z.stopped(ctx); z.report.Err != nil {
		return
	}
	// A call that has begun is finished: what a cut one has done is not known.
	calls := context.WithoutCancel(ctx)
	switch z.plan.Action {
	case diff.Delete:
		z.deleteZone(calls)
		return
	case diff.Create:
		if !z.createZone(calls) {
			return
		}
	}
	z.held = newHold()
	for name := range owners(z.plan.Changes) {
		if err := z.stopped(ctx); err != nil {
			z.report.Err = err
			break
		}
		z.changeName(calls, name)
	}
	z.verify(ctx)
}

func (z *zoneRun) createZone(ctx context.Context) bool {
	ref, made, err := z.api.CreateZone(ctx, z.plan.Zone)
	if err == nil {
		z.ref = ref
		if !made {
			err = z.stillFits(ctx)
		}
	}
	if err != nil {
		z.saw(err)
		z.report.Err = fmt.Errorf("create zone: %w", err)
		return false
	}
	z.report.Created = true
	return true
}

// errExists is the error of a zone that was to be created, and is there with records
// that no guard has seen.
var errExists = errors.New("the zone exists after all, and not as planned; plan again")

// stillFits reads a zone that was there before it was created, and gives errExists where
// its plan would now be another one.
func (z *zoneRun) stillFits(ctx context.Context) error {
	live, err := z.api.Zone(ctx, z.ref)
	if err != nil {
		return err
	}
	again := diff.Zone(z.desired, live)
	again.ID, again.Action = z.plan.ID, z.plan.Action
	if live.Partial != "" || !again.Same(z.plan) {
		return errExists
	}
	return nil
}

func (z *zoneRun) deleteZone(ctx context.Context) {
	if err := z.api.DeleteZone(ctx, z.ref); err != nil {
		z.saw(err)
		z.report.Err = fmt.Errorf("delete zone: %w", err)
		return
	}
	z.report.Deleted = true
	for _, wait := range readAgain() {
		sleep(ctx, wait)
		ref, found, err := z.api.FindZone(ctx, z.plan.Zone)
		if err != nil {
			z.saw(err)
			z.report.Err = fmt.Errorf("look whether the zone is gone: %w", err)
			return
		}
		if !found || ref.ID != z.plan.ID {
			z.report.Verified = true
			return
		}
	}
	z.report.Err = errors.New("delete zone: the service accepted it, but still has the zone")
}
