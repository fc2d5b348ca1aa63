package sync

import (
	"hash/maphash"
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

// A Draft is a plan, together with what applying it needs. Of the zones themselves it keeps
// only enough to know them again: what they are to hold is read once more when it is needed.
type Draft struct {
	Plan *diff.Plan
	// Problems are the errors and warnings in the zone files, sorted.
	Problems schema.Problems
	// Listed is true where the account's zones were listed. Otherwise nothing is known of zones
	// that the pass does not cover, such as unmanaged ones.
	Listed bool
	// ListWarnings say what was odd about the account's list of zones. The plan has them too.
	ListWarnings []string
	// known holds the zones that would change; all of them where the plan is to be saved.
	known  map[schema.Name]known
	seed   maphash.Seed // of their fingerprints
	safety schema.Safety
	// recheck is true for a saved plan: each zone is compared once more when its turn comes.
	recheck bool
}

// known is what a draft keeps of a planned zone.
type known struct {
	print fingerprint
	alone []schema.Key // the RRsets that were left out of the plan
}

// add takes in what came of planning one zone. Keep keeps the zone also where nothing changes
// in it.
func (d *Draft) add(r planned, keep bool) {
	d.Problems = append(d.Problems, r.problems...)
	if r.valid && (keep || r.plan.Action != diff.None) {
		d.known[r.plan.Zone] = r.known
	}
}
