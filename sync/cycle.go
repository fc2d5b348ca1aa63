package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// DefaultConcurrency is how many zones are worked on at the same time.
const DefaultConcurrency = 8

// A Cycle is one pass over a folder of zone files.
type Cycle struct {
	Folder *schema.Folder
	API    Reader
	// Commit is the Git commit that the folder shows, "" outside Git.
	Commit string
	// Select says which zones the cycle is about; nil is all of them.
	Select func(schema.Name) bool
	// Concurrency is how many zones are worked on at the same time; 0 is
	// DefaultConcurrency.
	Concurrency int
	// Approve holds approval codes beside those of the folder's settings.
	Approve []string
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Memory, where it is set, brings in what earlier cycles have learned.
	Memory CycleMemory
	// Progress, where it is set, is told how many of the zones are done. It may be
	// called by several goroutines at the same time.
	Progress func(done, total int)
}

// A CycleMemory is what earlier cycles have learned. Each of its functions may be nil,
// and may be called by several goroutines at the same time.
type CycleMemory struct {
	// Declared gives the RRsets of a zone that the last applied commit declared.
	Declared func(zone schema.Name) []schema.Key
	// Quarantined gives the RRsets of a planned zone that are not to be written, as they
	// would not stay.
	Quarantined func(plan *diff.ZonePlan) []schema.Key
	// Guards refuses zones of a plan.
	Guards func(plan *diff.Plan)
}

// ZoneFacts is what of a zone's files is worth remembering.
type ZoneFacts struct {
	Files    []string // that were read
	Declared []schema.Key
	Absent   bool // the files hold its tombstone
	// Quarantined are the RRsets that were left out of the plan, as they do not stay.
	Quarantined []schema.Key
}

// A Draft is a plan together with what applying it needs.
type Draft struct {
	Plan *diff.Plan
	// Facts are those of the zones whose files validate.
	Facts map[schema.Name]ZoneFacts
	// Problems are the mistakes and warnings in the zone files, sorted.
	Problems schema.Problems
	// Warnings say what was odd about the list of zones, a sentence each.
	Warnings []string
	// desired holds the zones that would change, for the comparison afterwards.
	desired map[schema.Name]*schema.Zone
}

// Plan reads the zone files and the live zones and says what would change. It never
// writes. The error says why nothing could be planned; what concerns one zone stands
// in the zone's own plan.
func (c *Cycle) Plan(ctx context.Context) (*Draft, error) {
	draft := &Draft{
		Plan:    &diff.Plan{Commit: c.Commit, GeneratedAt: c.now()},
		Facts:   make(map[schema.Name]ZoneFacts),
		desired: make(map[schema.Name]*schema.Zone),
	}
	sources := c.sources()
	list, err := c.API.Zones(ctx)
	if err != nil {
		return nil, fmt.Errorf("zones: list: %w", err)
	}
	draft.Warnings = list.Warnings
	results, err := c.planAll(ctx, sources, newIndex(list))
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		draft.Plan.Zones = append(draft.Plan.Zones, r.plan)
		draft.Problems = append(draft.Problems, r.problems...)
		if r.desired == nil {
			continue
		}
		draft.Facts[r.plan.Zone] = r.facts
		if r.plan.Action != diff.None {
			draft.desired[r.plan.Zone] = r.desired
		}
	}
	draft.Problems = draft.Problems.Sorted()
	draft.Plan.Unmanaged = c.unmanaged(list)
	if len(c.Folder.Sources) == 0 {
		draft.Plan.Blocked = append(draft.Plan.Blocked, diff.Refusal{
			Guard:   diff.GuardEmpty,
			Message: "there is no zone file, expected at least one such as example.com.yaml; nothing is done, as nothing is ever deleted by a file that is missing",
		})
	}
	if c.Memory.Guards != nil {
		c.Memory.Guards(draft.Plan)
	}
	draft.Plan.Finish(c.Folder.Settings.Safety, slices.Concat(c.Approve, c.Folder.Settings.Approve))
	return draft, nil
}

func (c *Cycle) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Cycle) concurrency() int {
	if c.Concurrency <= 0 {
		return DefaultConcurrency
	}
	return c.Concurrency
}

func (c *Cycle) selects(name schema.Name) bool { return c.Select == nil || c.Select(name) }

// sources gives the zone files that the cycle is about.
func (c *Cycle) sources() []schema.Source {
	var out []schema.Source
	for _, s := range c.Folder.Sources {
		if c.selects(s.Zone) {
			out = append(out, s)
		}
	}
	return out
}

// unmanaged lists the live zones that no file names.
func (c *Cycle) unmanaged(list diff.ZoneList) []schema.Name {
	named := make(map[schema.Name]bool, len(c.Folder.Sources))
	for _, s := range c.Folder.Sources {
		named[s.Zone] = true
	}
	var out []schema.Name
	for _, z := range list.Zones {
		if !named[z.Name] && c.selects(z.Name) {
			out = append(out, z.Name)
		}
	}
	return out
}

// index finds live zones by name.
type index struct {
	refs    map[schema.Name][]diff.ZoneRef
	partial string
}

func newIndex(list diff.ZoneList) index {
	ix := index{refs: make(map[schema.Name][]diff.ZoneRef, len(list.Zones)), partial: list.Partial}
	for _, z := range list.Zones {
		ix.refs[z.Name] = append(ix.refs[z.Name], z)
	}
	return ix
}

// planned is what came of one zone.
type planned struct {
	plan     diff.ZonePlan
	problems schema.Problems
	desired  *schema.Zone
	facts    ZoneFacts
}

// planAll plans the zones side by side, each into its own slot. The error says that
// the API refuses the token, or that ctx ended.
func (c *Cycle) planAll(ctx context.Context, sources []schema.Source, ix index) ([]planned, error) {
	out := make([]planned, len(sources))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.concurrency())
	meter := c.meter(len(sources))
	for i, s := range sources {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			defer meter.step()
			var err error
			if p := caught(func() { out[i], err = c.planZone(ctx, s, ix) }); p != nil {
				out[i] = planned{plan: diff.ZonePlan{Zone: s.Zone, Action: diff.None, Error: p.Error()}}
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

func (c *Cycle) planZone(ctx context.Context, s schema.Source, ix index) (planned, error) {
	desired, problems := c.Folder.Zone(s)
	if desired == nil {
		bad := problems.Errors()
		file := "its zone file"
		if len(bad) > 0 {
			file = bad[0].File
		}
		return planned{problems: problems, plan: diff.ZonePlan{
			Zone: s.Zone, Action: diff.None, Invalid: true,
			Error: fmt.Sprintf("%s does not validate (%d to mend); the live zone stays as it is", file, len(bad)),
		}}, nil
	}
	live, err := c.read(ctx, s.Zone, ix)
	if err != nil {
		if denied(err) || ctx.Err() != nil {
			return planned{}, fmt.Errorf("zone %s: read: %w", s.Zone.Undotted(), err)
		}
		return planned{problems: problems, plan: diff.ZonePlan{
			Zone: s.Zone, Action: diff.None, Error: "read: " + err.Error(),
		}}, nil
	}
	return c.compare(desired, live, problems), nil
}

// compare plans one zone, with what earlier cycles have learned.
func (c *Cycle) compare(desired *schema.Zone, live diff.LiveZone, problems schema.Problems) planned {
	facts := ZoneFacts{Files: desired.Files, Absent: desired.Absent}
	for _, s := range desired.RRsets {
		facts.Declared = append(facts.Declared, s.Key)
	}
	if c.Memory.Declared != nil {
		desired.Declared = c.Memory.Declared(desired.Name)
	}
	plan := diff.Zone(desired, live)
	if c.Memory.Quarantined != nil {
		if facts.Quarantined = c.Memory.Quarantined(&plan); len(facts.Quarantined) > 0 {
			desired = leaveAlone(desired, facts.Quarantined)
			plan = diff.Zone(desired, live)
		}
	}
	return planned{plan, problems, desired, facts}
}

// leaveAlone gives the zone without some of its RRsets, which are then not ours.
func leaveAlone(zone *schema.Zone, keys []schema.Key) *schema.Zone {
	out := *zone
	out.RRsets = slices.DeleteFunc(slices.Clone(zone.RRsets), func(s schema.RRset) bool { return slices.Contains(keys, s.Key) })
	out.Ignore = slices.Clone(zone.Ignore)
	for _, k := range keys {
		out.Ignore = append(out.Ignore, schema.IgnoreRRset(zone.Name, k))
	}
	return &out
}

// read gives the live zone, without ID where there is none. That a list leaves a zone
// out does not show that it is absent, so it is looked up by its name as well.
func (c *Cycle) read(ctx context.Context, name schema.Name, ix index) (diff.LiveZone, error) {
	refs := ix.refs[name]
	switch len(refs) {
	case 1:
		return c.API.Zone(ctx, refs[0])
	case 0:
	default:
		var ids []string
		for _, r := range refs {
			ids = append(ids, r.ID)
		}
		return diff.LiveZone{}, fmt.Errorf("the service lists this zone %d times (%s), expected once", len(refs), strings.Join(ids, ", "))
	}
	ref, found, err := c.API.FindZone(ctx, name)
	switch {
	case err != nil:
		return diff.LiveZone{}, err
	case !found:
		return diff.LiveZone{Name: name, Partial: ix.partial}, nil
	}
	live, err := c.API.Zone(ctx, ref)
	if err == nil {
		live.Warnings = append(live.Warnings, "the list of zones leaves this one out, a look-up by name finds it")
	}
	return live, err
}
