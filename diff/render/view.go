package render

import (
	"cmp"
	"slices"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A view is a plan in the order in which people read it.
type view struct {
	plan    *diff.Plan
	summary diff.Summary
	// entries are the changes, those of a zone together and by risk within it.
	entries []entry
	// risky are the entries of medium and high risk, over all zones, the riskiest first.
	risky []entry
	// zones are those that have something to say: in error first, then refused, then by risk.
	zones []zoneView
	// sole is a change of the one commit that made every edit, nil where there are several.
	sole *diff.Change
}

// An entry stands for a change. A plan may have many: there are no texts in it.
type entry struct {
	zone   int32 // index in the plan's zones
	change int32 // index in the zone's changes, wholeZone for the zone itself
	level  uint8 // a schema.RiskLevel
	weight uint8 // of the action
}

// wholeZone is the change of an entry for the deletion of a zone.
const wholeZone = -1

// A zoneView is a zone with its part of the entries.
type zoneView struct {
	plan   *diff.ZonePlan
	index  int32
	from   int
	to     int
	level  schema.RiskLevel
	weight uint8
}

// The weights put deletions before updates before creations.
const (
	weightNone = iota
	weightCreate
	weightUpdate
	weightDelete
	weightZone
)

func weigh(a diff.Action) uint8 {
	switch a {
	case diff.Create:
		return weightCreate
	case diff.Update:
		return weightUpdate
	case diff.Delete:
		return weightDelete
	}
	return weightNone
}

func newView(p *diff.Plan) *view {
	v := &view{plan: p, summary: p.Summary()}
	zones := p.Zones()
	v.sole = soleCommit(zones)
	for i := range zones {
		z := &zones[i]
		if z.Action == diff.None && z.Error == "" && len(z.Blocked) == 0 && len(z.Warnings) == 0 {
			continue
		}
		v.add(z, int32(i))
	}
	slices.SortStableFunc(v.zones, func(a, b zoneView) int {
		return cmp.Or(-cmp.Compare(trouble(a.plan), trouble(b.plan)), -cmp.Compare(a.level, b.level), -cmp.Compare(a.weight, b.weight))
	})
	slices.SortStableFunc(v.risky, func(a, b entry) int {
		return cmp.Or(-cmp.Compare(a.level, b.level), -cmp.Compare(a.weight, b.weight))
	})
	return v
}

// soleCommit returns a change of the one commit that made every edit whose commit is known.
func soleCommit(zones []diff.ZonePlan) *diff.Change {
	var sole *diff.Change
	for i := range zones {
		for j := range zones[i].Changes {
			c := &zones[i].Changes[j]
			switch {
			case c.Commit == "":
			case sole == nil:
				sole = c
			case sole.Commit != c.Commit:
				return nil
			}
		}
	}
	return sole
}

// add takes a zone in, its entries sorted.
func (v *view) add(z *diff.ZonePlan, index int32) {
	zone := zoneView{plan: z, index: index, from: len(v.entries), level: z.Risk.Level}
	if z.Action == diff.Delete {
		zone.weight = weightZone
		v.noteRisk(entry{index, wholeZone, uint8(z.Risk.Level), weightZone})
	}
	changes := changesOf(z)
	for i := range changes {
		c := &changes[i]
		v.entries = append(v.entries, entry{index, int32(i), uint8(c.Risk.Level), weigh(c.Action)})
		zone.level, zone.weight = max(zone.level, c.Risk.Level), max(zone.weight, weigh(c.Action))
	}
	zone.to = len(v.entries)
	sortEntries(z, v.entries[zone.from:])
	for _, e := range v.entries[zone.from:] {
		v.noteRisk(e)
	}
	v.zones = append(v.zones, zone)
}

// changesOf returns what happens to the records of a zone, those that go with it included.
func changesOf(z *diff.ZonePlan) []diff.Change {
	if z.Action == diff.Delete {
		return z.Gone
	}
	return z.Changes
}

func (v *view) noteRisk(e entry) {
	if schema.RiskLevel(e.level) > schema.RiskLow {
		v.risky = append(v.risky, e)
	}
}

// sortEntries orders the entries of a zone by risk, and among equals by owner name, names
// at which something is deleted first.
func sortEntries(z *diff.ZonePlan, entries []entry) {
	type place struct {
		name  schema.Name
		level uint8
	}
	changes := changesOf(z)
	weight := make(map[place]uint8, len(entries))
	for _, e := range entries {
		at := place{changes[e.change].Name, e.level}
		weight[at] = max(weight[at], e.weight)
	}
	slices.SortStableFunc(entries, func(x, y entry) int {
		if x.level != y.level {
			return -cmp.Compare(x.level, y.level)
		}
		a, b := &changes[x.change], &changes[y.change]
		return cmp.Or(
			-cmp.Compare(weight[place{a.Name, x.level}], weight[place{b.Name, y.level}]), a.Name.Compare(b.Name),
			-cmp.Compare(x.weight, y.weight), cmp.Compare(a.Type, b.Type),
			a.Before.Record.Compare(b.Before.Record), a.After.Compare(b.After))
	})
}

// trouble says how much a zone needs attention, whatever it would change.
func trouble(z *diff.ZonePlan) int {
	switch {
	case z.Error != "":
		return 2
	case len(z.Blocked) > 0:
		return 1
	}
	return 0
}

// changes returns the entries of a zone.
func (v *view) changes(z zoneView) []entry { return v.entries[z.from:z.to] }

func (v *view) zone(e entry) *diff.ZonePlan { return &v.plan.Zones()[e.zone] }

// change returns the change that an entry stands for, nil for that of a whole zone.
func (v *view) change(e entry) *diff.Change {
	if e.change == wholeZone {
		return nil
	}
	return &changesOf(v.zone(e))[e.change]
}

// risk returns the risk of what the entry stands for.
func (v *view) risk(e entry) diff.Risk {
	if c := v.change(e); c != nil {
		return c.Risk
	}
	return v.zone(e).Risk
}
