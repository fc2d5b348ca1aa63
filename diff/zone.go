package diff

import (
	"fmt"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// Zone plans one zone: which calls turn live into desired, in which order, and
// which guards refuse them. A live zone without ID does not exist yet.
func Zone(desired *schema.Zone, live LiveZone) ZonePlan {
	p := ZonePlan{Zone: desired.Name, ID: live.ID, Action: None, Partial: live.Partial, Warnings: slices.Clone(live.Warnings)}
	w := newWork(desired, live)
	p.Live = w.ours
	p.Warnings = append(p.Warnings, w.warnings()...)
	if desired.Absent {
		if live.ID != "" {
			p.Action = Delete
			p.Gone = gone(live)
			p.Live, p.NotOurs = w.goes()
		}
		p.guard(w, live)
		return p
	}
	changes, unchanged := w.changes()
	if err := w.conflicts(changes); err != "" {
		p.Error = err
		return p
	}
	p.Changes = order(desired.Name, changes)
	if err := irretrievable(p.Zone, p.Changes); err != "" {
		p.Changes, p.Error = nil, err
		return p
	}
	p.Unchanged = unchanged
	switch {
	case live.ID == "":
		p.Action = Create
	case len(p.Changes) > 0:
		p.Action = Update
	}
	p.guard(w, live)
	return p
}

// gone gives the deletion of every live record of a zone, in a fixed order.
func gone(live LiveZone) []Change {
	out := make([]Change, 0, len(live.Records))
	for _, l := range live.Records {
		out = append(out, deletionOf(l))
	}
	slices.SortFunc(out, compareChanges)
	return out
}

// goes counts the records that go with the zone, and those of them that are not ours.
func (w *work) goes() (all, notOurs int) {
	for _, l := range w.kept {
		if k := l.Record.Key(); k.Type != schema.SOA && k != (schema.Key{Name: w.desired.Name, Type: schema.NS}) {
			notOurs++
		}
	}
	return w.ours + notOurs, notOurs
}

// irretrievable says which record would have to be deleted before its successor is
// there, though it could not be put back: its value cannot be read.
func irretrievable(zone schema.Name, changes []Change) string {
	var found []string
	for _, c := range changes {
		if c.Swap && c.Action == Delete && c.Before.Data.IsZero() {
			found = append(found, fmt.Sprintf("%s %s: live value %q cannot be read, so that it could not be put back if what takes its place were refused; delete it by hand",
				c.Name.Relative(zone), c.Type, c.Raw.Value))
		}
	}
	return joinSentences(found)
}

// work is one zone while it is planned: the live records sorted into what is ours
// and what is kept.
type work struct {
	desired *schema.Zone
	want    map[schema.Key]*schema.RRset
	have    map[schema.Key][]Live
	ours    int
	// kept are the live records that are not ours. They stay, and take part in
	// conflict checks.
	kept []Live
}

func newWork(desired *schema.Zone, live LiveZone) *work {
	w := &work{
		desired: desired,
		want:    make(map[schema.Key]*schema.RRset, len(desired.RRsets)),
		have:    make(map[schema.Key][]Live, len(live.Records)),
	}
	for i := range desired.RRsets {
		w.want[desired.RRsets[i].Key] = &desired.RRsets[i]
	}
	apexNS := schema.Key{Name: desired.Name, Type: schema.NS}
	declaresApexNS := desired.DeclaresApexNS()
	once := make(map[schema.Key]bool, len(desired.Declared))
	for _, k := range desired.Declared {
		once[k] = true
	}
	for _, l := range live.Records {
		l = w.settle(l)
		k := l.Record.Key()
		_, declared := w.want[k]
		switch {
		case !k.Type.Managed() || k.Name.IsZero(),
			k == apexNS && !declaresApexNS,
			desired.Manage == schema.ManageDeclared && !declared && !once[k],
			desired.Ignored(l.Record):
			w.kept = append(w.kept, l)
		default:
			w.have[k] = append(w.have[k], l)
			w.ours++
		}
	}
	return w
}

// settle picks, of the readings that the API's spelling allows, the one that the
// desired zone has. Where it has none of them the likeliest stays.
func (w *work) settle(l Live) Live {
	if len(l.Readings) == 0 || w.wants(l.Record) {
		return l
	}
	for _, r := range l.Readings {
		if w.wants(r) {
			l.Record = r
			return l
		}
	}
	return l
}

// wants reports whether the desired zone has the record, with whatever TTL.
func (w *work) wants(r schema.Record) bool {
	s := w.want[r.Key()]
	if s == nil {
		return false
	}
	_, found := slices.BinarySearchFunc(s.Values, r.Data, func(v schema.Value, d schema.RDATA) int {
		return v.Data.Compare(d)
	})
	return found
}

// warnings name the live records that could not be read, in a fixed order.
func (w *work) warnings() []string {
	var out []string
	note := func(l Live) {
		if l.Unreadable != "" {
			name := l.Record.Name.Relative(w.desired.Name)
			if l.Record.Name.IsZero() {
				name = "record " + l.ID
			}
			out = append(out, fmt.Sprintf("%s %s: live value %q cannot be read: %s", name, l.Record.Type, l.Value, l.Unreadable))
		}
	}
	for _, ls := range w.have {
		for _, l := range ls {
			note(l)
		}
	}
	for _, l := range w.kept {
		note(l)
	}
	slices.Sort(out)
	return out
}

// changes gives the changes of every RRset, in no order, and counts the records
// that stay.
func (w *work) changes() (changes []Change, unchanged int) {
	for i := range w.desired.RRsets {
		s := &w.desired.RRsets[i]
		cs, same := pair(s, w.have[s.Key])
		changes = append(changes, cs...)
		unchanged += same
	}
	for k, ls := range w.have {
		if w.want[k] != nil {
			continue
		}
		for _, l := range ls {
			changes = append(changes, deletionOf(l))
		}
	}
	for i := range changes {
		if changes[i].Action == Delete {
			changes[i].Pos = schema.Position{File: w.desired.File}
		}
	}
	return changes, unchanged
}

// conflicts says which planned record could not stand beside a live one that stays
// because it is not ours. The answer is "" where there is none.
func (w *work) conflicts(changes []Change) string {
	kept := make(map[schema.Name][]schema.Type)
	for _, l := range w.kept {
		kept[l.Record.Name] = append(kept[l.Record.Name], l.Record.Type)
	}
	var found []string
	for _, c := range changes {
		if c.Action != Create {
			continue
		}
		types := slices.Clone(kept[c.Name])
		slices.Sort(types)
		for _, t := range slices.Compact(types) {
			// RFC 2181 section 10.1: a CNAME stands alone; DNSSEC's own types excepted.
			if (c.Type == schema.CNAME || t == schema.CNAME) && t != "RRSIG" && t != "NSEC" {
				found = append(found, fmt.Sprintf(
					"%s %s cannot be created beside the live %s at that name, which is not ours to change (ignored, undeclared or of a foreign type)",
					c.Name.Relative(w.desired.Name), c.Type, t))
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) > 3 {
		found = append(found[:3], fmt.Sprintf("and %d more", len(found)-3))
	}
	return joinSentences(found)
}
