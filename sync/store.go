package sync

import (
	"context"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Store remembers between cycles. It is a convenience: with an empty one the next
// cycle is a sweep, and still right.
type Store interface {
	// Load gives what was saved last. An empty store gives the zero Memory.
	Load(ctx context.Context) (Memory, error)
	// Save writes a cycle that has ended and what is to be remembered of it, all of it or
	// nothing. Zones that are not in run.Zones keep what was saved of them.
	Save(ctx context.Context, run Run) error
}

// A Memory is what the daemon knows from earlier cycles.
type Memory struct {
	Progress Progress
	// Zones is what is known of each zone, by name.
	Zones map[schema.Name]ZoneMemory
}

// Progress is how far the daemon has come.
type Progress struct {
	// Read is the newest commit that was accepted, Applied the newest one of which
	// something was applied.
	Read, Applied string
	// Accepted is the commit that was accepted by name although it does not contain the
	// one before: once, and not again.
	Accepted string
	// Version is the version of zonetender under which Applied was applied.
	Version string
	// LastGood is when a cycle last did all it could.
	LastGood time.Time
}

// A ZoneMemory is what is known of one zone.
type ZoneMemory struct {
	State  State
	Reason string
	// Commit is the one that was last applied and verified, "" for none.
	Commit string
	// Files are the files that the zone was read from when it was last tried, each with
	// its blob hash. Under "" stands how they were read: a digest of the settings, and the
	// version of zonetender. It is nil where they did not validate.
	Files map[string]string
	// Declared are the RRsets that the commit declared.
	Declared []schema.Key
	// Absent is true where the files hold the zone's tombstone.
	Absent bool
	// Failures counts the tries in a row that failed; RetryAt is when the next is due.
	Failures int
	RetryAt  time.Time
	// Waiting is how many changes are to be made: a refused, failed or observed plan's. It
	// need not be saved, as the sweep at the start counts again.
	Waiting int
	// Fights are records that did not stay as they were written.
	Fights []Fight
}

// A Fight is a record that the service rewrites, or that somebody else keeps changing.
type Fight struct {
	Key schema.Key
	// Want is what was written last, Got what the live zone shows instead, in words.
	Want, Got string
	// Count is how often the record was written and did not stay since Since.
	Count int
	Since time.Time
}

// A Run is one cycle that has ended, for the history.
type Run struct {
	Kind          Kind
	Mode          Mode
	Version       string
	Started       time.Time
	Ended         time.Time
	Outcome       Outcome
	Error         string
	Commit        string
	CommitTime    time.Time
	Author        string // of the commit, as "name <address>"
	Subject       string // of the commit
	Progress      Progress
	Zones         map[schema.Name]ZoneMemory // those that this cycle has news of
	Forget        []schema.Name              // zones of which nothing is to be remembered
	Changes       []RunChange
	Refusals      []RunRefusal
	CreatedZones  []schema.Name
	DeletedZones  []schema.Name
	VerifiedZones int
	// Live is true where the cycle was the first after which all that the commit says was
	// live. Pending and Refused count the changes that are still to be made, over all
	// zones, and those of them that a guard refuses.
	Live             bool
	Pending, Refused int
}

// A RunChange is a change that a cycle made, or tried to make.
type RunChange struct {
	Zone   schema.Name
	Change diff.Change
	// Error is why it was not made, "" where it was.
	Error string
	At    time.Time
}

// A RunRefusal is a refusal of a guard. The zero Zone stands for the whole cycle.
type RunRefusal struct {
	Zone     schema.Name
	Guard    diff.Guard
	Message  string
	Approval string
}
