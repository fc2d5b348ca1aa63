package sync

import (
	"errors"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Report says what came of applying a plan.
type Report struct {
	// Zones has the zones that were to change, by name.
	Zones []ZoneReport
	// NotPlanned counts the zones that could not be planned, and so were left alone.
	NotPlanned int
}

// A ZoneReport says what came of one zone.
type ZoneReport struct {
	Zone   schema.Name
	Action diff.Action
	// Created is true where the zone itself was created, Deleted where it was deleted.
	Created, Deleted bool
	// Done are the changes that the service carried out.
	Done []diff.Change
	// Failed are the changes that it did not, or of which it is not known.
	Failed []Failure
	// PutBack are the records that had been deleted for a successor that was refused,
	// and stand there again.
	PutBack []diff.Change
	// Lost are the records that had been deleted for a successor that was refused, and
	// could not be put back.
	Lost []Failure
	// Refused are the guards that refused the zone; nothing was done then.
	Refused []diff.Refusal
	// Left are the changes that the zone would still need after it was written and read
	// again, and Differs says so of each.
	Left    []diff.Change
	Differs []string
	// Err says why the zone could not be finished, beside what single changes say.
	Err error
	// Verified is true where the zone was read again and is as it should be.
	Verified bool
}

// A Failure is a change that was not made.
type Failure struct {
	Change diff.Change
	Err    error
}

// ErrHeld is the error of a change that was not tried, because another one that it
// builds on failed.
var ErrHeld = errors.New("held back, as what it builds on failed")

// ErrStopped is the error of what was not tried because the run was told to stop.
var ErrStopped = errors.New("not done: the run was stopped")

// OK reports whether the zone is as it should be.
func (z *ZoneReport) OK() bool {
	return z.Verified && z.Err == nil && len(z.Failed) == 0 && len(z.Differs) == 0
}

// Refused reports whether a guard refused a zone.
func (r *Report) Refused() bool {
	for i := range r.Zones {
		if len(r.Zones[i].Refused) > 0 {
			return true
		}
	}
	return false
}

// Failed reports whether a zone that was not refused is not as it should be.
func (r *Report) Failed() bool {
	for i := range r.Zones {
		if z := &r.Zones[i]; !z.OK() && len(z.Refused) == 0 {
			return true
		}
	}
	return false
}
