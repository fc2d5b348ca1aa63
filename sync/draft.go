package sync

import (
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// ZoneFacts is what is worth remembering about a zone's files.
type ZoneFacts struct {
	Files    []string // the files that were read
	Declared []schema.Key
	Absent   bool // the file is a tombstone
	// Expires is when the next record of the zone expires, zero for never.
	Expires time.Time
	// Quarantined are the RRsets that were left out of the plan because something keeps
	// changing them back.
	Quarantined []schema.Key
	// Open are the questions about the account's spelling on which the reading of the live
	// zone depends, and to which nothing that was read gives an answer.
	Open []diff.OpenQuestion
}

// A Draft is a plan, together with what applying it needs.
type Draft struct {
	Plan *diff.Plan
	// Facts are about the zones whose files are valid.
	Facts map[schema.Name]ZoneFacts
	// Problems are the errors and warnings in the zone files, sorted.
	Problems schema.Problems
	// Listed is true where the account's zones were listed. Otherwise nothing is known of zones
	// that the pass does not cover, such as unmanaged ones.
	Listed bool
	// ListWarnings say what was odd about the account's list of zones. The plan has them too.
	ListWarnings []string
	// desired holds the zones that would change, to verify them afterwards; all of them
	// where the plan is to be saved.
	desired map[schema.Name]desired
	safety  schema.Safety
	// recheck is true for a saved plan: each zone is compared once more when its turn comes.
	recheck bool
}

// desired is a zone as its file declares it, with what an earlier commit declared.
type desired struct {
	zone     *schema.Zone
	declared []schema.Key
}

// plan compares the desired zone with the live one.
func (d desired) plan(live diff.LiveZone) diff.ZonePlan { return diff.Zone(d.zone, live, d.declared) }

// add takes in what came of planning one zone. Keep keeps the desired zone also where nothing
// changes in it.
func (d *Draft) add(r planned, keep bool) {
	d.Problems = append(d.Problems, r.problems...)
	if r.desired.zone == nil {
		return
	}
	d.Facts[r.plan.Zone] = r.facts
	if keep || r.plan.Action != diff.None {
		d.desired[r.plan.Zone] = r.desired
	}
}
