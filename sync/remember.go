package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// remember notes what the cycle has learned of each zone that it looked at. A nil
// report says that nothing was to be written.
func (w *work) remember(draft *Draft, report *Report) {
	w.run.Refusals = append(w.run.Refusals, guardRefusals(draft.Plan.Blocked, draft.Plan.Approval)...)
	w.logProblems(slices.Compact(draft.Problems.Errors()))
	written := make(map[schema.Name]*ZoneReport)
	if report != nil {
		for i := range report.Zones {
			written[report.Zones[i].Zone] = &report.Zones[i]
		}
	}
	l := &lesson{work: w, draft: draft, blobs: newBlobs(w), now: time.Now()}
	unread := 0
	for i := range draft.Plan.Zones {
		plan := &draft.Plan.Zones[i]
		l.zone(plan, written[plan.Zone])
		for _, r := range plan.Blocked {
			w.run.Refusals = append(w.run.Refusals, RunRefusal{plan.Zone, r.Guard, r.Message, plan.Approval})
		}
		if plan.Error != "" && !plan.Invalid {
			unread++
		}
	}
	if w.kind == Sweep {
		w.swept = &sweepFacts{unmanaged: make([]string, 0, len(draft.Plan.Unmanaged))}
		for _, n := range draft.Plan.Unmanaged {
			w.swept.unmanaged = append(w.swept.unmanaged, n.Undotted())
		}
	}
	if n := len(draft.Plan.Zones); n > 0 && unread == n && w.run.Outcome == "" {
		w.unread = true
		w.fail(Broken, fmt.Errorf("none of %s could be read: %s", zones(n), draft.Plan.Zones[0].Error))
	}
}

// lesson turns what came of the zones into what is remembered of them.
type lesson struct {
	*work
	draft *Draft
	blobs *blobs
	now   time.Time
}

func (l *lesson) zone(plan *diff.ZonePlan, report *ZoneReport) {
	before := l.memory.Zones[plan.Zone]
	z := before
	facts, valid := l.draft.Facts[plan.Zone]
	changed := !l.unchanged(plan.Zone, l.blobs)
	if changed {
		z.Fights = nil
		l.fresh++
	}
	if valid || plan.Invalid {
		z.Files = l.files(facts, valid)
	}
	z.Waiting = len(plan.Changes)
	if plan.Action == diff.Create || plan.Action == diff.Delete {
		z.Waiting++ // the zone itself
	}
	switch {
	case plan.Invalid:
		z.fails(l.now, l.firstProblem(plan))
		z.Failures, z.RetryAt = 0, time.Time{}
	case plan.Error != "":
		z.fails(l.now, plan.Error)
	case plan.Action == diff.None:
		l.isGood(&z, facts)
	case len(plan.Blocked)+len(l.draft.Plan.Blocked) > 0:
		l.isRefused(&z, plan, changed)
	case report == nil:
		z.State, z.Reason = Drifted, headline(plan)
		if changed || before.State == Pending {
			z.State = Pending
		}
	default:
		l.written(&z, plan, report, facts)
	}
	if z.stands() && (changed || !before.stands()) {
		l.taken++
	}
	l.run.Zones[plan.Zone] = z
}

// stands reports whether the live zone was as its file says when it was last seen, but
// for what is quarantined.
func (z *ZoneMemory) stands() bool { return z.State == InSync || z.State == Quarantined }

// isGood notes that the live zone is as its file says, but for what is quarantined.
func (l *lesson) isGood(z *ZoneMemory, facts ZoneFacts) {
	z.State, z.Reason = InSync, ""
	z.Commit, z.Declared, z.Absent = l.commit.Hash, facts.Declared, facts.Absent
	z.Failures, z.RetryAt, z.Waiting = 0, time.Time{}, 0
	z.Fights = slices.DeleteFunc(slices.Clone(z.Fights), func(f Fight) bool { return f.over(l.now) })
	var left []string
	for _, f := range z.Fights {
		if slices.Contains(facts.Quarantined, f.Key) {
			left = append(left, fmt.Sprintf("%s %s (written as %s, reads as %s)", f.Key.Name.Undotted(), f.Key.Type, f.Want, f.Got))
		}
	}
	if len(left) > 0 {
		z.State, z.Reason = Quarantined, fmt.Sprintf("does not stay as it is written, and is left alone for a day after %d tries: %s", maxFights, strings.Join(left, ", "))
	}
}

// isRefused notes that guards refuse the zone. A read that may be partial is tried
// again; the others wait for an approval, or another commit.
func (l *lesson) isRefused(z *ZoneMemory, plan *diff.ZonePlan, changed bool) {
	run := l.draft.Plan
	has := func(g diff.Guard) bool {
		return slices.ContainsFunc(slices.Concat(plan.Blocked, run.Blocked), func(r diff.Refusal) bool { return r.Guard == g })
	}
	if has(diff.GuardIncomplete) {
		z.fails(l.now, "")
	} else {
		z.Failures, z.RetryAt = 0, time.Time{}
	}
	reasons := append(refusalTexts(plan.Blocked, plan.Approval), refusalTexts(run.Blocked, run.Approval)...)
	z.State, z.Reason = Refused, strings.Join(reasons, "; ")
	if has(diff.GuardUpgrade) && !changed {
		// Until it is approved, the zone counts as read by the version before.
		z.Files = l.memory.Zones[plan.Zone].Files
	}
}

// written notes what came of writing to a zone.
func (l *lesson) written(z *ZoneMemory, plan *diff.ZonePlan, report *ZoneReport, facts ZoneFacts) {
	l.logPanic(report.Err)
	for _, c := range report.Done {
		l.run.Changes = append(l.run.Changes, RunChange{Zone: plan.Zone, Change: c, At: l.now})
	}
	for _, f := range slices.Concat(report.Failed, report.Lost) {
		l.run.Changes = append(l.run.Changes, RunChange{Zone: plan.Zone, Change: f.Change, Error: f.Err.Error(), At: l.now})
	}
	if report.Created {
		l.run.CreatedZones = append(l.run.CreatedZones, plan.Zone)
	}
	if report.Deleted {
		l.run.DeletedZones = append(l.run.DeletedZones, plan.Zone)
		for _, c := range plan.Gone {
			l.run.Changes = append(l.run.Changes, RunChange{Zone: plan.Zone, Change: c, At: l.now})
		}
	}
	if len(report.Done) > 0 || report.Created || report.Deleted {
		l.taken++
	}
	stood := l.memory.Zones[plan.Zone]
	z.Fights = fought(z.Fights, plan, report, stood.stands() && l.unchanged(plan.Zone, l.blobs), l.now)
	if report.OK() {
		l.run.VerifiedZones++
		l.isGood(z, facts)
		return
	}
	z.fails(l.now, report.trouble())
	z.Declared = union(z.Declared, report.Done)
	if errors.Is(report.Err, ErrStopped) {
		l.stopped, z.RetryAt = true, l.now
	}
}

// union adds the RRsets that were written. A commit that was applied in part has
// declared them, and the next one may take them back.
func union(declared []schema.Key, done []diff.Change) []schema.Key {
	out := slices.Clone(declared)
	for _, c := range done {
		if c.Action != diff.Delete {
			out = append(out, schema.Key{Name: c.Name, Type: c.Type})
		}
	}
	slices.SortFunc(out, schema.Key.Compare)
	return slices.Compact(out)
}

// files gives what a zone was read from, with blob hashes; nil where it could not be.
func (l *lesson) files(facts ZoneFacts, valid bool) map[string]string {
	if !valid {
		return nil
	}
	out := map[string]string{settingsFile: l.settings + " " + l.Version}
	for _, f := range facts.Files {
		out[f] = l.blobs.of(f)
	}
	return out
}

// fails notes a try that failed, and when the next is due.
func (z *ZoneMemory) fails(now time.Time, reason string) {
	z.State, z.Reason = Failed, reason
	z.Failures++
	z.RetryAt = now.Add(backoff(z.Failures))
}

const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// backoff is how long a zone waits after so many failures in a row.
func backoff(failures int) time.Duration {
	wait := firstRetry
	for range failures - 1 {
		if wait *= 2; wait >= lastRetry {
			return lastRetry
		}
	}
	return wait
}

// firstProblem says why a zone's files do not validate. The mistake may stand in a file
// that the zone included when it was last tried.
func (l *lesson) firstProblem(plan *diff.ZonePlan) string {
	for _, s := range l.folder.Sources {
		if s.Zone != plan.Zone {
			continue
		}
		included := l.memory.Zones[plan.Zone].Files
		for _, p := range l.draft.Problems.Errors() {
			if _, ok := included[p.File]; ok || slices.Contains(s.Files, p.File) {
				return p.String()
			}
		}
	}
	return plan.Error
}

// refusalTexts gives refusals in words, and the code that approves them.
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
		return fmt.Sprintf("the zone is to be created, with %d records", s.Create)
	case diff.Delete:
		return "the zone is to be deleted"
	}
	return fmt.Sprintf("%d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
}

// trouble says in one line why the zone is not as it should be.
func (z *ZoneReport) trouble() string {
	switch {
	case len(z.Lost) > 0:
		return fmt.Sprintf("%d records were deleted and could not be put back: %v", len(z.Lost), z.Lost[0].Err)
	case len(z.Failed) > 0:
		return fmt.Sprintf("%s: %v", z.Failed[0].Change.Words(z.Zone), z.Failed[0].Err)
	case z.Err != nil:
		return z.Err.Error()
	case len(z.Differs) > 0:
		return z.Differs[0]
	}
	return "not verified"
}
