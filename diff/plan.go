package diff

import (
	"path"
	"slices"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// An Action is what a change does to a record, or a plan to its zone.
type Action string

// The actions. None is for zones only.
const (
	None   Action = "none"
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// A Plan says what one run would do, zone by zone. [NewPlan] makes one: there is no plan
// that the guards have not seen.
type Plan struct {
	// Commit is the Git commit that the zone files were read from, "" outside Git.
	Commit string
	// Base is the commit that the zone files were compared with, "" where there was none.
	Base string
	// Path is the zones folder within the repository, by slashes: "" for its top, and outside
	// Git. The files of changes and settings are relative to it.
	Path string
	// GeneratedAt is when the live zones were read.
	GeneratedAt time.Time
	// LiveFrom says where the live zones were read from if not from the API, as in "snapshot
	// of 2026-11-21T22:34:00Z"; it is "" for the API.
	LiveFrom string
	// Problems are the errors and warnings in the zone files, sorted. Their files are relative
	// to the repository, or to the zones folder outside Git.
	Problems schema.Problems
	// Settings are the settings that say what is checked, refused or left alone, and that
	// differ between Base and Commit.
	Settings []SettingChange
	// Unmanaged are live zones that no file names: listed, never touched.
	Unmanaged []schema.Name
	// Warnings are what a reader should know of the run as a whole, a sentence each.
	Warnings []string
	// Blocked are the guards that refuse the whole run, and Approval the code that
	// lifts them: "" where nothing is refused or no code can lift it.
	Blocked  []Refusal
	Approval string

	zones []ZonePlan // sorted by name
}

// A PlanSpec is what a [Plan] is made of.
type PlanSpec struct {
	Commit, Base string
	Path         string
	GeneratedAt  time.Time
	LiveFrom     string
	Problems     schema.Problems
	Settings     []SettingChange
	Zones        []ZonePlan
	Unmanaged    []schema.Name
	Warnings     []string
	// Blocked are refusals of the whole run that only the caller can see the reason for.
	Blocked []Refusal
	// Safety has the repository's limits, and Approve the codes of plans that somebody
	// has approved.
	Safety  schema.Safety
	Approve []string
	// Risk has the levels of reasons that differ from the usual, by code.
	Risk map[string]schema.RiskLevel
	// Reach knows the other zones; nil knows none.
	Reach *Reach
	// Vital are the hosts that the run itself depends on.
	Vital []Vital
}

// NewPlan sorts the zones, takes refusals back that are approved, and applies
// the guards over the whole run.
func NewPlan(d PlanSpec) *Plan {
	p := &Plan{
		Commit: d.Commit, Base: d.Base, Path: clean(d.Path), GeneratedAt: d.GeneratedAt, LiveFrom: d.LiveFrom,
		Problems: d.Problems, Settings: slices.Clone(d.Settings), Unmanaged: slices.Clone(d.Unmanaged),
		Warnings: d.Warnings, Blocked: slices.Clone(d.Blocked), zones: slices.Clone(d.Zones),
	}
	slices.SortFunc(p.zones, func(a, b ZonePlan) int { return a.Zone.Compare(b.Zone) })
	slices.SortFunc(p.Unmanaged, schema.Name.Compare)
	for i := range p.zones {
		p.zones[i].approve(d.Approve)
	}
	p.judge(d)
	p.guardFleet(d.Safety)
	p.approve(d.Approve)
	return p
}

// clean returns a folder in its shortest form, "" for the top.
func clean(folder string) string {
	if folder = path.Clean(folder); folder == "." {
		return ""
	}
	return folder
}

// InRepository returns the position of a change or a setting with its file relative to the
// repository.
func (p *Plan) InRepository(at schema.Position) schema.Position {
	if at.File != "" {
		at.File = path.Join(p.Path, at.File)
	}
	return at
}

// Zones returns the zones of the plan, sorted by name.
func (p *Plan) Zones() []ZonePlan { return p.zones }

// A ZonePlan says what would happen to one zone.
type ZonePlan struct {
	Zone schema.Name
	// ID is the service's name for the live zone, "" where there is none yet.
	ID string
	// Action is Create for a zone that is not live yet, Delete for a tombstone, Update
	// where records change, else None.
	Action Action
	// Risk is that of what happens to the zone itself, not counting its changes. It is zero
	// where nothing does.
	Risk Risk
	// Changes are the calls, in the order in which they are made. A deleted zone has
	// none: its records go with it.
	Changes []Change
	// Gone are the live records that go with a deleted zone, those that are not ours
	// among them, so that it can be told afterwards what was there.
	Gone []Change
	// Unchanged counts the records that are ours and stay as they are.
	Unchanged int
	// Live counts the live records that are ours: without SOA, undeclared apex NS,
	// foreign types and ignored ones. Of a zone that is deleted it counts all records but
	// SOA and apex NS, as they go whoever owns them; NotOurs says how many are not ours.
	Live, NotOurs int
	// Partial says why the live zone may hold more than was read. It is "" for a whole read.
	Partial string
	// Blocked are the guards that refuse the zone, and Approval the code that lifts
	// them: "" where nothing is refused or no code can lift it.
	Blocked  []Refusal
	Approval string
	// Warnings are what a reader should know, a sentence each.
	Warnings []string
	// Error says why the zone could not be planned; there are no Changes then. Invalid
	// is true where that is because its zone files do not validate.
	Error   string
	Invalid bool
}

// StaleFor is for how long resolvers may go on answering records of a zone that is deleted,
// in seconds. It is 0 for any other.
func (p *ZonePlan) StaleFor() schema.TTL {
	longest := schema.TTL(0)
	for i := range p.Gone {
		longest = max(longest, p.Gone[i].StaleFor)
	}
	return longest
}

// A Change is one API call on one record.
type Change struct {
	Action Action
	Name   schema.Name
	Type   schema.Type
	// Before is the live record; it is zero in a Create. Of what the API showed of one that
	// could be read it has the priority only: there may be a million changes.
	Before Live
	// After is the desired record; it has no meaning in a Delete.
	After schema.Record
	Risk  Risk
	// Origin tells an edit in Git from a difference that came about in the live zone.
	Origin Origin
	// Commit and Author are of the commit that made the edit, "" where that is not known.
	Commit, Author string
	// Pos is where the record is declared. A Delete has the zone's file and line 0, or the
	// place of the declaration in the base that no longer exists.
	Pos schema.Position
	// StaleFor is for how long resolvers may go on answering what they have cached, in
	// seconds: the live TTL, and for a record that comes or goes also the zone's negative TTL
	// (RFC 2308 section 5) if that is longer and known.
	StaleFor schema.TTL
	// OverwritesDrift is true where an edit in Git meets a live RRset that had drifted.
	OverwritesDrift bool
	// Swap marks the changes of an owner name at which a CNAME comes or goes next to
	// other data. They stand together, the deletions first, and belong together: when
	// what should come is refused, what went is put back.
	Swap bool
	// spare marks the deletion of a live record of which another copy stays.
	spare bool
	// dark marks a deletion after which its name has no address any more.
	dark bool
	// edit is the same for changes that do the same to different records.
	edit uint64
}

// settle drops what the API showed of a record that could be read, and has the two sides of an
// update share their owner name: a plan keeps its changes to the end. The priority stays, as
// an update has to send it together with the value where the API showed none beside that.
func (c *Change) settle() {
	if c.Action == Update {
		c.Before.Record.Name = c.Name
	}
	if l := &c.Before; !l.Record.Data.IsZero() {
		l.Owner, l.Value = "", ""
	}
}

// Origin says why a live record differs from the desired one.
type Origin string

// The origins. Without a base to compare with, every difference counts as a change.
const (
	OriginChange Origin = "change" // the zone files changed
	OriginDrift  Origin = "drift"  // the live zone changed
	// OriginExpired: the zone files say that the time of the record is over.
	OriginExpired Origin = "expired"
)

// ValueChanges reports whether an update touches the record's data. One that
// touches its TTL alone does not.
func (c Change) ValueChanges() bool {
	return c.Action == Update && c.Before.Record.Data != c.After.Data
}

// A SettingChange is an edit of a setting that says what is checked, refused or left alone:
// safety, approve, risk, checks, ignore, manage or exclude.
type SettingChange struct {
	// Zone is the zone in whose head the setting stands; zero for zonetender.yaml.
	Zone schema.Name
	// Pos is where the setting stands, or stood where it is gone.
	Pos schema.Position
	Key string
	// Before and After are the setting as YAML on one line, "" where it is not set.
	Before, After string
	Risk          Risk
}

// A Summary counts a plan.
type Summary struct {
	Zones, ZonesChanged    int
	Create, Update, Delete int // record calls
	Unchanged              int // records
	Blocked, Errors        int // zones
	// Risk is the highest level of all changes, RiskOff where there are none.
	Risk schema.RiskLevel
}

// Add counts one more zone.
func (s *Summary) Add(z *ZonePlan) {
	s.Zones++
	if z.Action != None {
		s.ZonesChanged++
	}
	s.Risk = max(s.Risk, z.Risk.Level)
	for i := range z.Changes {
		s.Risk = max(s.Risk, z.Changes[i].Risk.Level)
		switch z.Changes[i].Action {
		case Create:
			s.Create++
		case Update:
			s.Update++
		case Delete:
			s.Delete++
		}
	}
	s.Unchanged += z.Unchanged
	if len(z.Blocked) > 0 {
		s.Blocked++
	}
	if z.Error != "" {
		s.Errors++
	}
}

// Summary counts the plan.
func (p *Plan) Summary() Summary {
	var s Summary
	for i := range p.zones {
		s.Add(&p.zones[i])
	}
	for _, edit := range p.Settings {
		s.Risk = max(s.Risk, edit.Risk.Level)
	}
	return s
}

// Refused reports whether a guard refuses the run or a zone of it.
func (p *Plan) Refused() bool {
	return len(p.Blocked) > 0 || p.Summary().Blocked > 0
}
