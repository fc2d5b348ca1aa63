package daemon

import (
	"context"
	"fmt"
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
	before Memory // as it was when the cycle began

	run     Run
	change  MemoryChange
	written map[schema.Name]*answer // what the name servers are to be asked about

	looked    bool // at the zones
	unread    bool // none of the zones could be read
	cut       bool // a zone was left unfinished, as the cycle was told to stop
	edited    bool // files of a zone changed since it was last tried
	applied   bool // something of the commit was
	live      bool // all of the commit is, for the first time
	unmanaged []string
	odd       []string // about the account's list of zones
}

// fail ends the cycle with an error. What it had learned before stays.
func (c *cycle) fail(o Outcome, err error) { c.run.Outcome, c.run.Error = o, err.Error() }

// about notes for the history which commit the cycle is about.
func (c *cycle) about(commit Commit) {
	c.run.Commit, c.run.Author, c.run.Subject = commit.Hash, commit.Author, commit.Subject
}

// cycle runs one cycle and remembers what came of it.
func (d *Daemon) cycle(ctx context.Context, kind Kind) {
	bounded, cancel := context.WithTimeout(ctx, d.deadline())
	defer cancel()
	c := d.begin(ctx, kind)
	err := sync.Catch(func() { d.work(bounded, c) })
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
}

func (d *Daemon) begin(ctx context.Context, kind Kind) *cycle {
	number, err := d.Store.NextRun(ctx)
	if err != nil {
		// Saving this run will fail as well, and say so.
		number = 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beat = time.Now()
	return &cycle{
		kind: kind, before: d.memory,
		run:    Run{Number: number, Kind: kind, Mode: d.mode(), Version: d.Version, Started: d.beat},
		change: MemoryChange{Progress: d.memory.Progress, Zones: make(map[schema.Name]ZoneMemory)},
	}
}

// work pulls, plans and writes.
func (d *Daemon) work(ctx context.Context, c *cycle) {
	src := d.pull(ctx, c)
	if src == nil {
		return
	}
	chosen, left := choose(c, src, d.seen)
	if len(left) > 0 {
		d.Trigger(Pull)
	}
	if len(chosen) == 0 && c.kind == Pull {
		d.conclude(ctx, c, src)
		return
	}
	edited := src.edited(chosen, c.before)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	bases := d.bases(c, src)
	pass := &sync.Pass{
		Folder: src.folder, API: d.API, Commit: src.commit.Hash, Concurrency: d.Concurrency, Vital: d.Vital,
		Select: func(n schema.Name) bool { return chosen[n] || c.kind == Sweep && !left[n] },
		Known: sync.Knowledge{
			Declared:    func(zone schema.Name) []schema.Key { return c.before.Zones[zone].Declared },
			Quarantined: func(p *diff.ZonePlan) []schema.Key { return quarantined(p, c.before.Zones[p.Zone], edited[p.Zone]) },
			Base:        bases.zone, Attribute: bases.attribute,
			Review: func(zones []diff.ZonePlan) { refuseUpgrade(zones, c.before, edited, d.Version) },
		},
		Changed: func(e sync.Event) { d.changed(c.run, e, stop) },
	}
	defer d.follow(c.run, pass)()
	draft, err := pass.Plan(ctx)
	if err != nil {
		c.fail(OutcomeFailed, err)
		return
	}
	c.looked = true
	var report *sync.Report
	if d.Writer != nil && len(draft.Plan.Blocked) == 0 {
		report = pass.Apply(ctx, draft, d.Writer)
	}
	d.logProblems(draft.Problems.Errors())
	d.learn(c, src, edited, draft, report)
	if report != nil && d.Asking != nil {
		c.written = toAsk(src, draft, report, c.run.Number, time.Now())
	}
	d.conclude(ctx, c, src)
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
func (d *Daemon) conclude(ctx context.Context, c *cycle, src *source) {
	c.orphans(src)
	d.seen = view{src.commit.Hash, src.folder.Settings.Approve}
	if d.Writer != nil && c.advanced(src.commit.Hash) {
		c.change.Progress.Applied = src.commit.Hash
	}
	if c.run.Outcome != "" {
		return
	}
	if c.cut {
		c.fail(OutcomeFailed, fmt.Errorf("stopped before it was finished: %w", context.Cause(ctx)))
		return
	}
	after, troubled := c.before.after(c.change), false
	for _, s := range src.folder.Sources {
		troubled = troubled || after.Zones[s.Zone].State != StateInSync
	}
	switch {
	case len(c.change.Zones) == 0 && c.kind == Pull && src.commit.Hash == c.before.Progress.Read:
		c.run.Outcome = OutcomeUnchanged
	case d.Writer == nil:
		c.run.Outcome = OutcomeObserved
	case troubled:
		c.run.Outcome = OutcomePartly
	default:
		c.run.Outcome = OutcomeApplied
		c.live = src.commit.Hash != d.live
	}
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
func (c *cycle) orphans(src *source) {
	named := make(map[schema.Name]bool, len(src.folder.Sources))
	for _, s := range src.folder.Sources {
		named[s.Zone] = true
	}
	for name, z := range c.before.Zones {
		switch {
		case named[name] || z.State == StateOrphaned:
		case z.Absent:
			c.change.Forget = append(c.change.Forget, name)
		default:
			// The commit in force declares nothing here: what others write from now on is theirs.
			c.change.Zones[name] = ZoneMemory{
				State: StateOrphaned, Commit: z.Commit, Reason: "its zone file is gone; the live zone is left unchanged",
			}
		}
	}
}

// finish remembers the cycle, saves it, and tells of it.
func (d *Daemon) finish(ctx context.Context, c *cycle) {
	if len(c.run.CreatedZones)+len(c.run.DeletedZones) > 0 || c.wrote() {
		c.change.Progress.LastChange = c.run.Ended
	}
	d.note(c)
	// What was done is saved even when the daemon is being stopped.
	if err := d.Store.Save(context.WithoutCancel(ctx), c.run, c.change); err != nil {
		d.Log.Error("state not saved; the next start sweeps every zone", "error", err.Error())
	}
	d.answers.forget(slices.Concat(c.run.DeletedZones, c.change.Forget))
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
		d.unread, d.listWarnings = "", c.odd
	}
	switch {
	case run.Kind != Sweep:
	case c.looked:
		d.missedSweeps, d.swept, d.unmanaged = 0, run.Ended.Sub(run.Started), c.unmanaged
	default:
		d.missedSweeps, d.unread = d.missedSweeps+1, run.Error
	}
	if run.good() && d.missedSweeps == 0 && d.unread == "" {
		c.change.Progress.LastGood = run.Ended
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
	// Live is true where the cycle was the first after which all that its commit says was
	// live, and CommitToLive is then the time since the commit was first seen.
	Live         bool
	CommitToLive time.Duration
}

func (d *Daemon) metrics(c *cycle) CycleMetrics {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := CycleMetrics{Kind: c.kind, Outcome: c.run.Outcome, Duration: c.run.Ended.Sub(c.run.Started), Live: c.live}
	m.Pending, m.Refused = d.memory.waiting()
	if c.live {
		m.CommitToLive = c.run.Ended.Sub(d.arrived.at)
	}
	return m
}
