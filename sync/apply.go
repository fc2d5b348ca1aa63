package sync

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/zonetender/zonetender/diff"
)

// Apply carries out the draft's plan: zones concurrently, and the changes within a zone in
// order, or those of a large zone that have nothing to do with each other concurrently. Each
// changed zone is read once more and compared. Zones that a guard refused, or that could not
// be planned, are left alone and do not stop the others.
//
// When ctx is done, Apply finishes the owner names in flight and starts no others. The
// report says what was done in any case.
func (p *Pass) Apply(ctx context.Context, draft *Draft, api API) *Report {
	var todo []*diff.ZonePlan
	notPlanned := 0
	zones := draft.Plan.Zones()
	for i := range zones {
		switch z := &zones[i]; {
		case z.Error != "":
			notPlanned++
		case z.Action != diff.None:
			todo = append(todo, z)
		}
	}
	report := &Report{Zones: make([]ZoneReport, len(todo)), NotPlanned: notPlanned}
	brake := &brake{}
	progress := p.progress(len(todo))
	slots := make(slots, p.concurrency())
	for left := report.left(); len(left) > 0; left = report.left() {
		// The workers report into their own slots and return no errors.
		paused, _ := p.inTurn(ctx, left, 0, func(_ context.Context, i int) error {
			plan := todo[i]
			z := &writer{
				api: api, brake: brake, slots: slots, plan: plan, again: func() (desired, bool) { return p.again(draft, plan.Zone) },
				report: &report.Zones[i], changed: p.Changed,
			}
			defer progress.step()
			if draft.recheck {
				z.recheck = p.recheck
			}
			if err := Catch(func() { z.apply(ctx, draft.Plan.Blocked) }); err != nil {
				z.setErr(err)
			}
			return nil
		})
		if paused {
			draft.pause(p, todo, report)
			progress.remain(len(report.left()))
		}
	}
	return report
}

// A brake stops all zones of a pass once the API denies a call.
type brake struct {
	mu  sync.Mutex
	why error // why no further call may start, nil while calls may
}

// check returns why no further call may start: a call was denied, or ctx is done.
func (b *brake) check(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.why != nil {
		return b.why
	}
	if ctx.Err() != nil {
		return ErrStopped
	}
	return nil
}

// note stops further calls if err is a denial, which every call would meet.
func (b *brake) note(err error) {
	if !denied(err) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.why == nil {
		b.why = fmt.Errorf("not attempted: an earlier call was denied: %w", err)
	}
}

// A writer applies the plan of one zone.
type writer struct {
	api     API
	brake   *brake
	slots   slots
	plan    *diff.ZonePlan
	again   func() (desired, bool) // reads what the zone is to hold, see [Pass.again]
	desired desired
	report  *ZoneReport
	changed func(Event) // may be nil
	// recheck, where it is not nil, refuses the plan if the zone has changed since.
	recheck   func(context.Context, *diff.ZonePlan, desired) error
	ref       diff.ZoneRef
	conflicts int // what api.Conflicts said of the zone before anything was written
	outcomes  *outcomes
}

func (z *writer) apply(ctx context.Context, blocked []diff.Refusal) {
	z.report.Zone, z.report.Action = z.plan.Zone, z.plan.Action
	z.ref = diff.ZoneRef{ID: z.plan.ID, Name: z.plan.Zone}
	z.report.Refused = append(append([]diff.Refusal(nil), z.plan.Blocked...), blocked...)
	if len(z.report.Refused) > 0 {
		return
	}
	ready := false
	z.slots.hold(func() { ready = z.begin(ctx) })
	if !ready {
		return
	}
	z.conflicts = z.api.Conflicts(z.ref)
	z.outcomes = newOutcomes(z.plan.Changes)
	halt := z.changeNames(ctx)
	z.outcomes.report(z.report)
	z.setErr(halt)
	if broken := (*PanicError)(nil); !errors.As(halt, &broken) {
		z.slots.hold(func() { z.verify(ctx) })
	}
}

// begin prepares the zone for the changes of its records and reports whether they can be
// made. A zone that is to be deleted has none.
func (z *writer) begin(ctx context.Context) bool {
	if z.report.Err = z.brake.check(ctx); z.report.Err != nil || !z.declare() || !z.fresh(ctx) {
		return false
	}
	calls := context.WithoutCancel(ctx)
	switch z.plan.Action {
	case diff.Delete:
		z.deleteZone(calls)
		return false
	case diff.Create:
		return z.createZone(calls)
	}
	return true
}

// declare reads what the zone is to hold, and reports whether that is what was planned.
func (z *writer) declare() (ok bool) {
	if z.desired, ok = z.again(); !ok {
		refuseStale(z.plan, fileChanged)
		z.report.Refused = append(z.report.Refused, z.plan.Blocked...)
	}
	return ok
}

// notify passes the outcome of a call to the caller of the pass.
func (z *writer) notify(e Event) {
	if z.changed != nil {
		e.Zone = z.plan.Zone
		z.changed(e)
	}
}

func (z *writer) createZone(ctx context.Context) bool {
	ref, made, err := z.api.CreateZone(ctx, z.plan.Zone)
	if err == nil {
		z.ref = ref
		if !made {
			err = z.stillFits(ctx)
		}
	}
	z.notify(Event{Action: diff.Create, Err: err})
	if err != nil {
		z.brake.note(err)
		z.report.Err = fmt.Errorf("create zone: %w", err)
		return false
	}
	z.report.Created = true
	return true
}

// errExists is the error of a zone that was planned as new but exists, with records that
// no guard has seen.
var errExists = errors.New("the zone already exists and differs from the plan; plan again")

// stillFits reads a zone that existed before it was to be created, and returns errExists
// if planning it again gives another plan.
func (z *writer) stillFits(ctx context.Context) error {
	live, err := z.read(ctx)
	if err != nil {
		return err
	}
	again := z.desired.plan(live)
	again.ID, again.Action = z.plan.ID, z.plan.Action
	if live.Partial != "" || !again.Same(z.plan) {
		return errExists
	}
	return nil
}

// read reads the live zone once more.
func (z *writer) read(ctx context.Context) (diff.LiveZone, error) {
	return z.api.Zone(ctx, z.ref, z.desired.zone.Declares)
}

func (z *writer) deleteZone(ctx context.Context) {
	err := z.api.DeleteZone(ctx, z.ref)
	z.notify(Event{Action: diff.Delete, Err: err})
	if err != nil {
		z.brake.note(err)
		z.report.Err = fmt.Errorf("delete zone: %w", err)
		return
	}
	z.report.Deleted = true
	for _, wait := range verifyWaits() {
		sleep(ctx, wait)
		ref, found, err := z.api.FindZone(ctx, z.plan.Zone)
		if err != nil {
			z.brake.note(err)
			z.report.Err = fmt.Errorf("delete zone: check that it is gone: %w", err)
			return
		}
		if !found || ref.ID != z.plan.ID {
			z.report.Verified = true
			return
		}
	}
	z.report.Err = errors.New("delete zone: the service accepted the call but still lists the zone")
}
