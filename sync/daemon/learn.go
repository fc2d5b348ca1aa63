package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// learn notes what came of each zone that the cycle looked at. A nil report says that
// nothing was to be written.
func (d *Daemon) learn(ctx context.Context, c *cycle, draft *sync.Draft, report *sync.Report) {
	plan, src := draft.Plan, c.src
	c.run.Warnings, c.listed, c.odd = plan.Warnings, draft.Listed, draft.ListWarnings
	c.run.Refusals = append(c.run.Refusals, refusals(schema.Name{}, plan.Blocked, plan.Approval)...)
	reports := make(map[schema.Name]*sync.ZoneReport)
	if report != nil {
		for i := range report.Zones {
			reports[report.Zones[i].Zone] = &report.Zones[i]
			d.logPanic(report.Zones[i].Err)
		}
	}
	now, unread, zones := time.Now(), 0, plan.Zones()
	for i := range zones {
		z := &zones[i]
		facts, valid := c.learned.of[z.Zone]
		before := c.before.Zones[z.Zone]
		r := zoneResult{
			plan: z, report: reports[z.Zone], facts: facts, valid: valid, run: plan, before: before,
			edited: c.edits[z.Zone], commit: src.commit.Hash, problem: problemOf(z, src, &before.Read, draft.Problems), now: now,
			known: func() ([]schema.Key, error) { return c.declared.of(ctx, z.Zone) },
		}
		if valid {
			r.read = src.reading(facts.Files, d.Version)
			r.declares, r.redeclared = c.learned.declared[z.Zone]
		}
		c.add(&r)
		if z.Error != "" && !z.Invalid {
			unread++
		}
	}
	c.unmanaged = make([]string, 0, len(plan.Unmanaged))
	for _, n := range plan.Unmanaged {
		c.unmanaged = append(c.unmanaged, n.Undotted())
	}
	if n := len(zones); n > 0 && unread == n && c.run.Outcome == "" {
		c.unread = true
		c.fail(OutcomeFailed, fmt.Errorf("none of %s could be read: %s", sync.Plural(n, "zone"), zones[0].Error))
	}
}

// remember notes what is known of a zone from now on, and what it declares if that is news.
func (c *cycle) remember(zone schema.Name, z ZoneMemory, declared Declared) {
	if declared != "" || z.Declared != c.before.Zones[zone].Declared {
		c.change.Declared[zone] = declared
	}
	c.change.Zones[zone] = z
}

// add takes in what came of one zone.
func (c *cycle) add(r *zoneResult) {
	if c.pushes.overtook(r.plan.Zone) {
		if r.report != nil {
			c.wroteZone(r.plan, r.report, r.now)
			c.overtaken(r)
		}
		return
	}
	after := r.memory()
	if c.blocked && c.around != nil && after.asDeclared() {
		return // the suspended cycle goes on with another commit
	}
	c.remember(r.plan.Zone, after, r.declared)
	c.run.Refusals = append(c.run.Refusals, refusals(r.plan.Zone, r.plan.Blocked, r.plan.Approval)...)
	c.edited = c.edited || r.edited
	if after.asDeclared() && (r.edited || !r.before.asDeclared()) {
		c.applied = true
	}
	if r.report != nil && len(r.report.Refused) == 0 {
		c.wroteZone(r.plan, r.report, r.now)
	}
}

// overtaken has what the cycle wrote to a zone count as declared where the pull that came
// after could not bring the zone to what its files say.
func (c *cycle) overtaken(r *zoneResult) {
	z, written := r.before, c.declared.written[r.plan.Zone]
	if len(written) > 0 && r.declareWritten(&z, written) {
		c.remember(r.plan.Zone, z, r.declared)
	}
}

// wroteZone notes for the history what was written to a zone.
func (c *cycle) wroteZone(plan *diff.ZonePlan, report *sync.ZoneReport, now time.Time) {
	add := func(change diff.Change, err string) {
		c.run.Changes = append(c.run.Changes, RunChange{Zone: plan.Zone, Change: change, Error: err, At: now})
	}
	for _, change := range report.Done {
		add(change, "")
	}
	for _, f := range slices.Concat(report.Failed, report.Lost) {
		add(f.Change, f.Err.Error())
	}
	if report.Created {
		c.run.CreatedZones = append(c.run.CreatedZones, plan.Zone)
	}
	if report.Deleted {
		c.run.DeletedZones = append(c.run.DeletedZones, plan.Zone)
		for _, change := range plan.Gone {
			add(change, "")
		}
	}
	if len(report.Done) > 0 || report.Created || report.Deleted {
		c.applied = true
	}
	if report.OK() {
		c.run.VerifiedZones++
	}
	if errors.Is(report.Err, sync.ErrStopped) {
		c.cut = true
	}
}

// refusals turns a plan's refusals into those of the history. The zero zone is the whole
// cycle.
func refusals(zone schema.Name, blocked []diff.Refusal, approval string) []RunRefusal {
	var out []RunRefusal
	for _, r := range blocked {
		out = append(out, RunRefusal{zone, r.Guard, r.Message, approval})
	}
	return out
}

// A zoneResult is what a cycle learned of one zone.
type zoneResult struct {
	plan   *diff.ZonePlan
	report *sync.ZoneReport // nil where nothing was to be written
	facts  sync.ZoneFacts
	valid  bool // its files validate, and facts are known
	read   Reading
	run    *diff.Plan // of the whole cycle
	before ZoneMemory
	edited bool // its files or settings changed since it was last tried
	commit string
	// problem is the first mistake in files of an invalid zone.
	problem string
	now     time.Time
	// known returns what the zone declared before. Its files declare other RRsets where
	// redeclared is true: those of declares.
	known      func() ([]schema.Key, error)
	declares   Declared
	redeclared bool
	// declared is what the zone counts as declaring from now on, where that is news.
	declared Declared
}

// memory returns what the daemon will remember of the zone.
func (r *zoneResult) memory() ZoneMemory {
	z := r.before
	if r.edited {
		z.Reversals = nil
	}
	if r.valid || r.plan.Invalid {
		z.Read = r.read
	}
	if r.valid {
		z.Open, z.Expires = r.facts.Open, r.facts.Expires
	}
	z.Waiting = len(r.plan.Changes)
	if r.plan.Action == diff.Create || r.plan.Action == diff.Delete {
		z.Waiting++ // the zone itself
	}
	switch {
	case r.plan.Invalid:
		z.fails(r.now, r.problem)
		z.Failures, z.RetryAt = 0, time.Time{}
	case r.plan.Error != "":
		z.fails(r.now, r.plan.Error)
	case r.plan.Action == diff.None:
		r.verified(&z)
	case len(r.plan.Blocked)+len(r.run.Blocked) > 0:
		r.refused(&z)
	case r.report == nil:
		z.State, z.Reason = StateDrifted, headline(r.plan)
		if r.edited || r.before.State == StatePending {
			z.State = StatePending
		}
	default:
		r.written(&z)
	}
	return z
}

// asDeclared reports whether the live zone was as its file says when it was last seen, but
// for what is quarantined.
func (z *ZoneMemory) asDeclared() bool {
	return z.State == StateInSync || z.State == StateQuarantined
}

// unfinished reports whether the live zone was not yet as its file says.
func (z *ZoneMemory) unfinished() bool {
	return z.State != "" && z.State != StateOrphaned && !z.asDeclared()
}

// verified notes that the live zone is as its file says, but for what is quarantined.
func (r *zoneResult) verified(z *ZoneMemory) {
	z.State, z.Reason = StateInSync, ""
	z.Commit, z.Absent = r.commit, r.facts.Absent
	if r.redeclared {
		r.declare(z, r.declares)
	}
	z.Failures, z.RetryAt, z.Waiting = 0, time.Time{}, 0
	z.Reversals = unexpired(z.Reversals, r.now)
	var left []string
	for _, reversal := range z.Reversals {
		if slices.Contains(r.facts.Quarantined, reversal.Key) {
			left = append(left, reversal.text())
		}
	}
	if len(left) > 0 {
		z.State, z.Reason = StateQuarantined, fmt.Sprintf("changed back after %d writes; left alone for 24 h: %s", maxReversals, strings.Join(left, ", "))
	}
}

// refused notes that guards refuse the zone. A read that may be partial is tried again;
// the others wait for an approval, or another commit.
func (r *zoneResult) refused(z *ZoneMemory) {
	has := func(g diff.Guard) bool {
		return slices.ContainsFunc(slices.Concat(r.plan.Blocked, r.run.Blocked), func(b diff.Refusal) bool { return b.Guard == g })
	}
	if has(diff.GuardIncomplete) {
		z.fails(r.now, "")
	} else {
		z.Failures, z.RetryAt = 0, time.Time{}
	}
	reasons := append(refusalTexts(r.plan.Blocked, r.plan.Approval), refusalTexts(r.run.Blocked, r.run.Approval)...)
	z.State, z.Reason = StateRefused, strings.Join(reasons, "; ")
	if has(diff.GuardUpgrade) && !r.edited {
		// Until it is approved, the zone counts as read by the version before.
		z.Read = r.before.Read
	}
}

// written notes what came of writing to a zone.
func (r *zoneResult) written(z *ZoneMemory) {
	z.Reversals = countReversals(z.Reversals, r.plan, r.report, r.before.asDeclared() && !r.edited, r.now)
	switch {
	case r.report.OK():
		r.verified(z)
		return
	case errors.Is(r.report.Err, sync.ErrStopped):
		z.State, z.Reason, z.RetryAt = StatePending, r.report.Trouble(), r.now
	default:
		z.fails(r.now, r.report.Trouble())
	}
	r.declareWritten(z, writtenBy(r.report.Done))
}

// declareWritten has what was written count as declared. Where the store fails it does not, and
// the method returns false: that deletes nothing.
func (r *zoneResult) declareWritten(z *ZoneMemory, written []schema.Key) bool {
	known, err := r.known()
	if err == nil {
		r.declare(z, NewDeclared(r.plan.Zone, withWritten(known, written)))
	}
	return err == nil
}

// declare notes what the zone counts as declaring.
func (r *zoneResult) declare(z *ZoneMemory, declared Declared) {
	r.declared, z.Declared = declared, declared.Digest()
}

// withWritten adds the RRsets that were written. A commit that was applied in part has
// declared them, and the next one may take them back.
func withWritten(declared, written []schema.Key) []schema.Key {
	out := slices.Concat(declared, written)
	slices.SortFunc(out, schema.Key.Compare)
	return slices.Compact(out)
}

// writtenBy returns the RRsets that changes have created or updated.
func writtenBy(done []diff.Change) []schema.Key {
	return keys(slices.DeleteFunc(slices.Clone(done), func(c diff.Change) bool { return c.Action == diff.Delete }))
}

// fails notes a try that failed, and when the next is due.
func (z *ZoneMemory) fails(now time.Time, reason string) {
	z.State, z.Reason = StateFailed, reason
	z.Failures++
	z.RetryAt = now.Add(backoff(z.Failures))
}

const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// backoff is how long a zone waits after this many failures in a row.
func backoff(failures int) time.Duration {
	wait := firstRetry
	for range failures - 1 {
		if wait *= 2; wait >= lastRetry {
			return lastRetry
		}
	}
	return wait
}

// problemOf says why a zone's files do not validate, "" where they do. The mistake may
// stand in a file that the zone included when it was last tried.
func problemOf(plan *diff.ZonePlan, src *source, before *Reading, problems schema.Problems) string {
	if !plan.Invalid {
		return ""
	}
	for _, s := range src.folder.Sources {
		if s.Zone != plan.Zone {
			continue
		}
		for _, p := range problems.Errors() {
			if before.has(p.Pos.File) || slices.Contains(s.Files, p.Pos.File) {
				return p.String()
			}
		}
	}
	return plan.Error
}

// refusalTexts returns refusals in words, and the code that approves them.
func refusalTexts(refusals []diff.Refusal, approval string) []string {
	var out []string
	for _, r := range refusals {
		out = append(out, fmt.Sprintf("%s: %s", r.Guard, r.Message))
	}
	if approval != "" {
		out = append(out, "approval "+approval)
	}
	return out
}

func headline(plan *diff.ZonePlan) string {
	var s diff.Summary
	s.Add(plan)
	switch plan.Action {
	case diff.Create:
		return fmt.Sprintf("the zone would be created, with %d records", s.Create)
	case diff.Delete:
		return "the zone would be deleted"
	}
	return fmt.Sprintf("%d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
}
