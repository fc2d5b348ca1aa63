package daemon

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Store remembers between cycles. It is a convenience: with an empty one the next
// cycle is a sweep, and still right.
type Store interface {
	// Load returns what was saved last; an empty store has the zero Memory.
	Load(ctx context.Context) (Memory, error)
	// Declared returns what was saved last of what a zone declares, "" where nothing was.
	Declared(ctx context.Context, zone schema.Name) (Declared, error)
	// NextRun returns the number that the next saved run gets, 1 for the first. A number
	// comes again where the run that had it was not saved, as nothing came of it or the
	// process was killed.
	NextRun(ctx context.Context) (int64, error)
	// Save writes a cycle that has ended and what it changes in the memory, all of it or
	// nothing.
	Save(ctx context.Context, run Run, change MemoryChange) error
	// Answered notes in the history whether the name servers of one more zone answer what a
	// run has written. A run that is not there any more is no error.
	Answered(ctx context.Context, run int64, answering bool) error
	// Lost returns an error once the store is gone for good, such as when its folder was
	// deleted: then another daemon may have begun a new one, and this one must not write
	// to a zone any more.
	Lost() error
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
	// LastGood is when a cycle last did all it could, LastChange when one last changed a
	// live zone.
	LastGood, LastChange time.Time
}

// A ZoneMemory is what is known of one zone.
type ZoneMemory struct {
	State  State
	Reason string
	// Commit is the one that was last applied and verified, "" for none.
	Commit string
	// Read is what the zone was read from when it was last tried, the zero Reading where that
	// did not validate.
	Read Reading
	// Declared stands for the RRsets that the commit declared; the store has them.
	Declared Digest
	// Absent is true where the files hold the zone's tombstone.
	Absent bool
	// Failures counts the tries in a row that failed; RetryAt is when the next is due.
	Failures int
	RetryAt  time.Time
	// Reversals are RRsets that were changed back after they were written.
	Reversals []Reversal
	// Expires is when the next record of the zone expires, zero for never.
	Expires time.Time
	// Waiting is how many changes a refused, failed or observed plan has.
	// Open are the questions about the account's spelling on which the zone's reading
	// depends. Neither need be saved, as the sweep at the start finds them again.
	Waiting int
	Open    []diff.OpenQuestion
}

// A Reading is what a zone was read from, and how.
type Reading struct {
	Files []File // the zone's own and those that it includes
	// Settings is a digest of the settings, and Version the version of zonetender.
	Settings, Version string
}

// A File is a file of the zones folder as a commit has it.
type File struct {
	Path string // by slashes, relative to the zones folder
	Blob string // its hash, "" where that is not known
}

// has reports whether the zone was read from a file.
func (r *Reading) has(path string) bool {
	return slices.ContainsFunc(r.Files, func(f File) bool { return f.Path == path })
}

// A Reversal is an RRset that the service rewrites, or that somebody else keeps changing.
type Reversal struct {
	Key schema.Key
	// Written is what was written last, Found what the live zone shows instead, in words.
	Written, Found string
	// Count is how often the RRset was written and changed back since Since.
	Count int
	Since time.Time
}

// A MemoryChange is what a cycle changes in the memory.
type MemoryChange struct {
	Progress Progress
	// Zones are those that the cycle has news of, and Declared what those of them declare of which
	// the store has something else. Those of Forget are forgotten.
	Zones    map[schema.Name]ZoneMemory
	Declared map[schema.Name]Declared
	Forget   []schema.Name
}

// then returns the change that makes both, later after c.
func (c MemoryChange) then(later MemoryChange) MemoryChange {
	if len(c.Zones)+len(c.Forget) == 0 {
		return later
	}
	out := MemoryChange{Progress: later.Progress, Zones: maps.Clone(c.Zones), Declared: maps.Clone(c.Declared), Forget: later.Forget}
	maps.Copy(out.Zones, later.Zones)
	maps.Copy(out.Declared, later.Declared)
	for _, name := range later.Forget {
		delete(out.Zones, name)
		delete(out.Declared, name)
	}
	for _, name := range c.Forget {
		if _, back := later.Zones[name]; !back {
			out.Forget = append(out.Forget, name)
		}
	}
	return out
}

// after returns the memory with a change made to it.
func (m Memory) after(c MemoryChange) Memory {
	out := Memory{Progress: c.Progress, Zones: m.Zones}
	if len(c.Zones) == 0 && len(c.Forget) == 0 {
		return out
	}
	out.Zones = make(map[schema.Name]ZoneMemory, len(m.Zones)+len(c.Zones))
	maps.Copy(out.Zones, m.Zones)
	maps.Copy(out.Zones, c.Zones)
	for _, name := range c.Forget {
		delete(out.Zones, name)
	}
	return out
}

// waiting counts the changes that are still to be made, and those of them that a guard
// refuses.
func (m Memory) waiting() (pending, refused int) {
	for _, z := range m.Zones {
		pending += z.Waiting
		if z.State == StateRefused {
			refused += z.Waiting
		}
	}
	return pending, refused
}

// A Run is one cycle that has ended, as a row of the history.
type Run struct {
	// Number is what NextRun returned when the cycle began, or more where that is the number of
	// a cycle that is suspended for it and saved later; 0 lets the store number it.
	Number        int64
	Kind          Kind
	Mode          Mode
	Version       string
	Started       time.Time
	Ended         time.Time
	Outcome       Outcome
	Error         string
	Commit        string
	Author        string // of the commit, as "name <address>"
	Subject       string // of the commit
	Warnings      []string
	Changes       []RunChange
	Refusals      []RunRefusal
	CreatedZones  []schema.Name
	DeletedZones  []schema.Name
	VerifiedZones int
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
