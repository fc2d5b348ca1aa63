package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// A cycle is one cycle while it runs. What it learns is kept apart by whom it is for: the
// history, the memory, and the status.
type cycle struct {
	kind   Kind
	around *cycle // that is suspended for this pull, nil for none
	before Memory // as it was when the cycle began; of zones, as pulls in between left it
	seen   view   // by the cycle before

	// What the cycle works on. It goes on with another commit after a pull in between.
	src      *source // nil until there is one
	chosen   map[schema.Name]bool
	left     map[schema.Name]bool // for a pull of their own
	edits    map[schema.Name]bool // zones whose files or settings changed since they were last tried
	bases    *bases
	declared *declarations
	learned  *facts
	pushes   pushes

	run     Run
	change  MemoryChange
	written map[schema.Name]*answer // what the name servers are to be asked about

	looked    bool // at the zones
	unread    bool // none of the zones could be read
	cut       bool // a zone was left unfinished, as the cycle was told to stop
	edited    bool // files of a zone changed since it was last tried
	applied   bool // something of the commit was
	concluded bool // it came to its end with a commit
	blocked   bool // a guard refused the whole cycle
	live      bool // all of the commit is, for the first time
	unmanaged []string
	listed    bool     // the account's zones
	odd       []string // about that list
}

// fail ends the cycle with an error. What it had learned before stays.
func (c *cycle) fail(o Outcome, err error) { c.run.Outcome, c.run.Error = o, err.Error() }

// about notes for the history which commit the cycle is about.
func (c *cycle) about(commit Commit) {
	c.run.Commit, c.run.Author, c.run.Subject = commit.Hash, commit.Author, commit.Subject
}

// cycle runs one cycle and remembers what came of it. Around is the cycle that is
// suspended for it, nil for none.
func (d *Daemon) cycle(ctx context.Context, kind Kind, around *cycle) *cycle {
	bounded, cancel := context.WithTimeout(ctx, d.deadline())
	defer cancel()
	c := d.begin(ctx, kind, around)
	pause := func(stop context.CancelCauseFunc) sync.Pause { return d.pause(ctx, c, stop) }
	err := sync.Catch(func() { d.work(bounded, c, pause) })
	switch {
	case err != nil:
		d.logPanic(err)
		c.fail(OutcomeFailed, err)
	case ctx.Err() != nil && c.run.Outcome == OutcomeFailed:
		// What is told to stop fails in many ways, and none of them is news.
		c.run.Outcome = OutcomeStopped
	}
	c.run.Ended = time.Now()
	if err := sync.Catch(func() { d.finish(ctx, c) }); err != nil {
		d.logPanic(err)
	}
	return c
}

func (d *Daemon) begin(ctx context.Context, kind Kind, around *cycle) *cycle {
	number, err := d.Store.NextRun(ctx)
	if err != nil {
		// Saving this run will fail as well, and say so.
		number = 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beat = time.Now()
	c := &cycle{
		kind: kind, around: around, before: d.memory, seen: d.seen, declared: d.declarations(d.memory),
		run:    Run{Number: number, Kind: kind, Mode: d.mode(), Version: d.Version, Started: d.beat},
		change: MemoryChange{Progress: d.memory.Progress, Zones: make(map[schema.Name]ZoneMemory), Declared: make(map[schema.Name]Declared)},
	}
	if around != nil {
		c.within(around)
		d.waiting = around.edits
	}
	return c
}

// work pulls, plans and writes.
func (d *Daemon) work(ctx context.Context, c *cycle, pause func(stop context.CancelCauseFunc) sync.Pause) {
	if c.src = d.pull(ctx, c); c.src == nil {
		return
	}
	c.chosen = c.choose()
	if len(c.left) > 0 {
		defer d.Trigger(Pull)
	}
	if len(c.chosen) == 0 && c.kind == Pull {
		d.conclude(ctx, c)
		return
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	pass := d.pass(ctx, c, stop)
	if c.around == nil {
		pass.Pause = pause(stop)
	}
	defer d.follow(c.run, pass)()
	draft, err := pass.Plan(ctx)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w: %w", err, cause)
		}
		c.fail(OutcomeFailed, err)
		return
	}
	c.looked, c.pushes.planned, c.blocked = true, true, len(draft.Plan.Blocked) > 0
	c.seen = c.src.view()
	var report *sync.Report
	if d.Writer != nil && !c.blocked {
		report = pass.Apply(ctx, draft, d.Writer)
	}
	d.logProblems(draft.Problems.Errors())
	d.learn(ctx, c, draft, report)
	if report != nil && d.Asking != nil {
		c.written = toAsk(c.src, c.learned, report, c.pushes.overtook, c.run.Number, time.Now())
	}
	d.conclude(ctx, c)
}

// pass returns the pass of a cycle over the zones that it has chosen.
func (d *Daemon) pass(ctx context.Context, c *cycle, stop context.CancelCauseFunc) *sync.Pass {
	c.edits = c.src.edited(c.covers, c.before)
	if c.around != nil {
		for zone := range c.around.declared.written {
			c.edits[zone] = c.chosen[zone] // what the files were before the cycle that is suspended says nothing
		}
	}
	c.bases, c.learned = d.bases(c), newFacts(c.declared)
	return &sync.Pass{
		Folder: c.src.folder, API: d.API, Commit: c.src.commit.Hash, Concurrency: d.Concurrency, Vital: d.Vital,
		ByName: c.kind == Pull, Surveyed: c.around != nil,
		Select: c.covers,
		Known: sync.Knowledge{
			Declared:    func(zone schema.Name) []schema.Key { return c.declared.ask(ctx, zone) },
			Quarantined: func(p *diff.ZonePlan) []schema.Key { return quarantined(p, c.before.Zones[p.Zone], c.edits[p.Zone]) },
			Base:        func(zone schema.Name) (*schema.Zone, error) { return c.bases.zone(zone) },
			Attribute:   func(ctx context.Context, edits []sync.Edit) []string { return c.bases.attribute(ctx, edits) },
			Review: func(zones []diff.ZonePlan) {
				c.declared.fail(zones)
				refuseUpgrade(zones, c.before, c.edits, d.Version)
			},
		},
		Learned: c.learned.add,
		Changed: func(e sync.Event) {
			c.declared.changed(e)
			d.changed(c.run, e, stop)
		},
	}
}

// covers reports whether the cycle looks at a zone.
func (c *cycle) covers(zone schema.Name) bool {
	return c.chosen[zone] || c.kind == Sweep && !c.left[zone]
}

// changed passes on what came of a call, and stops the cycle where the store is gone.
func (d *Daemon) changed(run Run, e sync.Event, stop context.CancelCauseFunc) {
	d.logEvent(run, e)
	if d.Changed != nil {
		d.Changed(e)
	}
	if err := d.Store.Lost(); err != nil {
		stop(err)
	}
}

// conclude says how the cycle ended, where nothing has said so yet, and which zones are
// orphaned.
func (d *Daemon) conclude(ctx context.Context, c *cycle) {
	commit := c.src.commit.Hash
	c.concluded = true
	if !c.blocked {
		c.orphans()
	}
	if !c.looked {
		c.seen = c.src.view()
	}
	if c.around == nil {
		d.seen = c.seen
	}
	if d.Writer != nil && c.advanced(commit) {
		c.change.Progress.Applied = commit
	}
	if c.run.Outcome != "" {
		return
	}
	if c.cut {
		c.fail(OutcomeFailed, fmt.Errorf("stopped before it was finished: %w", context.Cause(ctx)))
		return
	}
	troubled, settled := c.stands()
	switch {
	case len(c.change.Zones) == 0 && c.kind == Pull && commit == c.before.Progress.Read:
		c.run.Outcome = OutcomeUnchanged
	case d.Writer == nil:
		c.run.Outcome = OutcomeObserved
	case troubled:
		c.run.Outcome = OutcomePartly
	default:
		c.run.Outcome = OutcomeApplied
		c.live = settled && commit != d.live
	}
}

// stands reports whether any zone of the commit is known not to be as its file says, and
// whether all of them are known to be.
func (c *cycle) stands() (troubled, settled bool) {
	after := c.before.after(c.change)
	// What a suspended cycle was to bring about is not known yet.
	settled = c.around == nil || len(c.around.edits) == 0
	for _, s := range c.src.folder.Sources {
		switch state := after.Zones[s.Zone].State; {
		case state == "" && c.around != nil:
			settled = false
		case state != StateInSync:
			troubled = true
		}
	}
	return troubled, settled && !troubled
}

// advanced reports whether the commit counts as applied: something of it was. One of
// which a guard refused everything does not, so that taking it back is no rewind.
func (c *cycle) advanced(commit string) bool {
	known := c.before.Progress
	switch {
	case commit == known.Applied:
		return false
	case c.applied:
		return true
	}
	return !c.edited && known.Read == known.Applied
}

// orphans marks zones that were known and that no file names any more. Their live zones
// stay as they are; only a tombstone deletes one.
func (c *cycle) orphans() {
	named := make(map[schema.Name]bool, len(c.src.folder.Sources))
	for _, s := range c.src.folder.Sources {
		named[s.Zone] = true
	}
	for name, z := range c.before.after(c.change).Zones {
		switch {
		case named[name] || z.State == StateOrphaned:
		case z.Absent:
			c.change.Forget = append(c.change.Forget, name)
		default:
			delete(c.change.Declared, name)
			// The commit in force declares nothing here: what others write from now on is theirs.
			c.remember(name, ZoneMemory{
				State: StateOrphaned, Commit: z.Commit, Reason: "its zone file is gone; the live zone is left unchanged",
			}, "")
		}
	}
}

// finish remembers the cycle, saves it, and tells of it.
func (d *Daemon) finish(ctx context.Context, c *cycle) {
	if len(c.run.CreatedZones)+len(c.run.DeletedZones) > 0 || c.wrote() {
		c.change.Progress.LastChange = c.run.Ended
	}
	d.note(c)
	// A sweep has news of every zone, and of most of them that all is as it was.
	maps.DeleteFunc(c.change.Zones, func(name schema.Name, z ZoneMemory) bool {
		return c.change.Declared[name] == "" && reflect.DeepEqual(z, c.before.Zones[name])
	})
	// What was done is saved even when the daemon is being stopped.
	change := d.unsaved.then(c.change)
	d.unsaved = MemoryChange{}
	if err := d.Store.Save(context.WithoutCancel(ctx), c.run, change); err != nil {
		d.unsaved = change
		d.Log.Error("state not saved; the next start sweeps every zone", "error", err.Error())
	}
	d.answers.forget(slices.DeleteFunc(slices.Concat(c.run.DeletedZones, c.change.Forget), c.pushes.overtook))
	d.answers.add(c.written) // now that the cycle is in the history
	d.report(c.run)
	if d.Observe != nil {
		d.Observe(d.metrics(c))
	}
	if c.live {
		d.live = c.run.Commit
	}
}

// wrote reports whether a record was changed.
func (c *cycle) wrote() bool {
	for _, change := range c.run.Changes {
		if change.Error == "" {
			return true
		}
	}
	return false
}

// note takes the cycle into the memory and the status.
func (d *Daemon) note(c *cycle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	run := &c.run
	switch {
	case c.unread:
		// What could not be read waits to be tried again: until then, that a pull has
		// nothing to do is no good sign.
		d.unread = run.Error
	case c.looked:
		d.unread = ""
	}
	if c.listed {
		d.listWarnings = c.odd
	}
	switch {
	case run.Kind != Sweep:
	case c.looked:
		d.missedSweeps, d.swept, d.unmanaged = 0, run.Ended.Sub(run.Started), c.unmanaged
	default:
		d.missedSweeps, d.unread = d.missedSweeps+1, run.Error
	}
	// What a pull reaches during the first sweep says little: that sweep may still find out
	// that nothing can be read.
	d.compared = d.compared || c.around == nil && c.looked
	if run.good() && (c.around == nil || d.compared) && d.missedSweeps == 0 && d.unread == "" {
		c.change.Progress.LastGood = run.Ended
	}
	if c.around == nil {
		d.waiting = nil
	}
	d.memory = d.memory.after(c.change)
	d.last = &CycleStatus{run.Kind, run.Started, run.Ended.Sub(run.Started).Seconds(), run.Outcome, run.Error}
}

// good reports whether the cycle reached Git and, where it had to, the API, and did
// all that the guards and the zone files let it do.
func (r *Run) good() bool {
	switch r.Outcome {
	case OutcomeUnchanged, OutcomeApplied, OutcomeObserved, OutcomePartly:
		return r.Error == ""
	}
	return false
}

// CycleMetrics are the numbers of one cycle that has ended.
type CycleMetrics struct {
	Kind     Kind
	Outcome  Outcome
	Duration time.Duration
	// Pending counts the changes that are still to be made, over all zones, and Refused
	// those of them that a guard refuses.
	Pending, Refused int
	// Within is true for a pull for which another cycle was suspended.
	Within bool
	// Live is true where the cycle was the first after which all that its commit says was
	// live, and CommitToLive is then the time since the commit was first seen.
	Live         bool
	CommitToLive time.Duration
}

func (d *Daemon) metrics(c *cycle) CycleMetrics {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := CycleMetrics{Kind: c.kind, Outcome: c.run.Outcome, Duration: c.run.Ended.Sub(c.run.Started), Within: c.around != nil, Live: c.live}
	m.Pending, m.Refused = d.memory.waiting()
	if c.live {
		m.CommitToLive = c.run.Ended.Sub(d.arrived.at)
	}
	return m
}
