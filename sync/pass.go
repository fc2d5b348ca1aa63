package sync

import (
	"context"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// DefaultConcurrency is the number of calls that a [Pass] has in flight at the same time.
const DefaultConcurrency = 8

// A Pass plans the zones of a folder of zone files, or of a saved plan, and applies the
// plan, once.
type Pass struct {
	// Folder has the zone files; it is not used where Saved is set.
	Folder *zonefile.Folder
	// Saved, if not nil, is a plan that was made earlier. Its zones are planned anew, and
	// those for which that gives another plan are refused as stale.
	Saved *diff.SavedPlan
	API   Reader
	// LiveFrom says what API reads where that is not the API itself; see [diff.Plan].
	LiveFrom string
	// Commit is the Git commit of the folder, "" outside Git.
	Commit string
	// Base is the commit that the plan is compared with, "" for none. Known.Base knows its
	// zones.
	Base string
	// Settings are how settings differ from those of Base, Problems the mistakes in the folder
	// as a whole, and Warnings what else a reader should know of it, a sentence each. The plan
	// passes them on.
	Settings []diff.SettingChange
	Problems schema.Problems
	Warnings []string
	// Select reports whether the pass covers a zone; nil covers all of them.
	Select func(schema.Name) bool
	// ByName looks the zones of the pass up by name where that takes no more calls than to list
	// the account. The plan then knows of no unmanaged zones.
	ByName bool
	// Surveyed is true where the API was surveyed before, by a pass that pauses for this one.
	Surveyed bool
	// WholeReach reads the files of zones that Select leaves out as well, so that the plan
	// knows of every managed zone what points where.
	WholeReach bool
	// Vital are the hosts that the run itself depends on.
	Vital []diff.Vital
	// Concurrency is the number of calls in flight at the same time, over all zones; 0 means
	// DefaultConcurrency.
	Concurrency int
	// Approve holds approval codes in addition to those in the folder's settings.
	Approve []string
	// Keep has Plan keep what [Pass.Save] needs, also of zones without changes.
	Keep bool
	// Now returns the time; nil means time.Now.
	Now func() time.Time
	// Known is what earlier passes have learned.
	Known Knowledge
	// Pause lets something else be done between two zones.
	Pause Pause
	// Progress, if not nil, is called with how far the pass is, each time once the call before
	// has returned.
	Progress func(Progress)
	// Learned, if not nil, is called for each zone whose files are valid and that could be
	// compared, possibly concurrently, with what is worth remembering about it.
	Learned func(zone schema.Name, facts ZoneFacts)
	// Changed, if not nil, is called after each call that changed something or failed to,
	// possibly concurrently.
	Changed func(Event)
}

// Knowledge is what earlier passes have learned. Each function may be nil, and may be
// called concurrently.
type Knowledge struct {
	// Declared returns the RRsets of a zone that the last applied commit declared. It is asked
	// about zones with manage: declared.
	Declared func(zone schema.Name) []schema.Key
	// Quarantined returns the RRsets of a planned zone that must not be written because
	// something keeps changing them back.
	Quarantined func(plan *diff.ZonePlan) []schema.Key
	// Base returns the zone as it was declared before, to tell edits from drift; nil means
	// that no file declared it. It is called for zones that would change. An error means that
	// nobody knows: all that differs then counts as edited. ErrNoBase needs no warning.
	Base func(zone schema.Name) (*schema.Zone, error)
	// Attribute fills in which commit made each edit, as far as that is known, and returns
	// what a reader should know of it, a sentence each.
	Attribute func(ctx context.Context, edits []Edit) (warnings []string)
	// Review may refuse zones before the plan is assembled from them.
	Review func(zones []diff.ZonePlan)
}

// An Event is a call that changed a record or a zone, or failed to.
type Event struct {
	Zone schema.Name
	// Change is the change of a record. It is zero if the call was about the zone itself.
	Change diff.Change
	Action diff.Action
	// Err is why the call failed, nil if it did not.
	Err error
	// PutBack is true if a deleted record was created again because its replacement failed.
	PutBack bool
}

func (p *Pass) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

func (p *Pass) concurrency() int {
	if p.Concurrency <= 0 {
		return DefaultConcurrency
	}
	return p.Concurrency
}

func (p *Pass) selects(name schema.Name) bool { return p.Select == nil || p.Select(name) }
