package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// Zone plans one zone: which calls turn live into desired, in which order, and which
// guards refuse them. A live zone without ID does not exist yet. Declared are the RRsets
// that an earlier commit declared: with manage: declared they are ours to delete although
// this commit does not name them.
func Zone(desired *schema.Zone, live LiveZone, declared []schema.Key) ZonePlan {
	p := ZonePlan{Zone: desired.Name(), ID: live.ID, Action: None, Partial: live.Partial, Warnings: slices.Clone(live.Warnings)}
	w := newWork(desired, live, declared)
	p.Live = w.ours
	p.Warnings = append(p.Warnings, w.warnings()...)
	if desired.Absent() {
		if live.ID != "" {
			p.Action = Delete
			p.Gone = gone(live)
			p.Live, p.NotOurs = w.goes()
			p.judge(w)
		}
		p.guard(w, live)
		return p
	}
	changes, unchanged := w.changes()
	if err := w.conflicts(changes); err != "" {
		p.Error = err
		return p
	}
	p.Changes = order(desired.Name(), changes, w.now(), w.then())
	if err := irretrievable(p.Zone, p.Changes); err != "" {
		p.Changes, p.Error = nil, err
		return p
	}
	p.Unchanged = unchanged
	for i := range p.Changes {
		p.Changes[i].settle()
	}
	switch {
	case live.ID == "":
		p.Action = Create
	case len(p.Changes) > 0:
		p.Action = Update
	}
	p.judge(w)
	p.guard(w, live)
	return p
}

// gone returns the deletion of every live record of a zone, in a fixed order.
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
		if k := l.Record.Key(); k.Type != schema.SOA && k != (schema.Key{Name: w.desired.Name(), Type: schema.NS}) {
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
		if c.Swap && c.Action == Delete && c.Before.Record.Data.IsZero() {
			found = append(found, fmt.Sprintf("%s %s: live value %q cannot be read, so it could not be put back if its replacement were refused; delete it by hand",
				c.Name.DisplayIn(zone), c.Type, c.Before.Value))
		}
	}
	return strings.Join(found, "; ")
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

func newWork(desired *schema.Zone, live LiveZone, declared []schema.Key) *work {
	w := &work{
		desired: desired,
		want:    make(map[schema.Key]*schema.RRset, len(desired.RRsets())),
		have:    make(map[schema.Key][]Live, len(live.Records)),
	}
	for i := range desired.RRsets() {
		s := &desired.RRsets()[i]
		w.want[s.Key()] = s
	}
	apexNS := schema.Key{Name: desired.Name(), Type: schema.NS}
	declaresApexNS := desired.DeclaresApexNS()
	once := make(map[schema.Key]bool, len(declared))
	for _, k := range declared {
		once[k] = true
	}
	for _, s := range desired.Declaration().Expired {
		once[s.Key()] = true
	}
	for _, l := range live.Records {
		k := l.Record.Key()
		_, wanted := w.want[k]
		switch {
		case !k.Type.Managed() || k.Name.IsZero(),
			k == apexNS && !declaresApexNS,
			desired.Manage() == schema.ManageDeclared && !wanted && !once[k],
			desired.Ignored(l.Record):
			w.kept = append(w.kept, l)
		default:
			w.have[k] = append(w.have[k], l)
			w.ours++
		}
	}
	return w
}

// warnings name the live records that could not be read, in a fixed order.
func (w *work) warnings() []string {
	var out []string
	note := func(l Live) {
		if l.Unreadable != "" {
			out = append(out, l.unreadable(w.desired.Name()))
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

// changes returns the changes of every RRset, in no order, and counts the records
// that stay.
func (w *work) changes() (changes []Change, unchanged int) {
	for i := range w.desired.RRsets() {
		s := &w.desired.RRsets()[i]
		cs, same := pair(s, w.have[s.Key()])
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
		c := &changes[i]
		if c.Action != Delete {
			continue
		}
		c.Pos = schema.Position{File: w.desired.File()}
		if s, ok := w.desired.Expired(c.key()); ok {
			c.Origin, c.Pos = OriginExpired, s.Pos()
		}
	}
	return changes, unchanged
}

// now knows which names of the live zone answer, whoever owns the records.
func (w *work) now() answering {
	a := make(answering)
	for _, l := range w.kept {
		a.add(l.Record.Key())
	}
	for k := range w.have {
		a.add(k)
	}
	return a
}

// then knows which names answer once the plan is carried out.
func (w *work) then() answering {
	a := make(answering)
	for _, l := range w.kept {
		a.add(l.Record.Key())
	}
	for k := range w.want {
		a.add(k)
	}
	return a
}

// conflicts says which planned record could not exist beside a live one that stays
// because it is not ours. It is "" where there is none.
func (w *work) conflicts(changes []Change) string {
	kept := make(map[schema.Name][]schema.Key)
	for _, l := range w.kept {
		kept[l.Record.Name] = append(kept[l.Record.Name], l.Record.Key())
	}
	var found []string
	for _, c := range changes {
		if c.Action != Create {
			continue
		}
		for _, k := range kept[c.Name] {
			// RFC 2181 section 10.1: a CNAME is alone at its name; DNSSEC's own types excepted.
			if (c.Type == schema.CNAME || k.Type == schema.CNAME) && k.Type != "RRSIG" && k.Type != "NSEC" {
				found = append(found, fmt.Sprintf("%s %s cannot be created beside the live %s at that name, which %s",
					c.Name.DisplayIn(w.desired.Name()), c.Type, k.Type, w.whyKept(k)))
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
	return strings.Join(found, "; ")
}

// whyKept says why live records of a key are not ours to change, and what to do about it.
func (w *work) whyKept(k schema.Key) string {
	switch {
	case !k.Type.Managed():
		return "is of a type that is not managed: delete it by hand"
	case w.desired.Manage() == schema.ManageDeclared:
		return "the zone file does not name (manage: declared): delete it by hand, or set manage: all"
	}
	return "an ignore rule leaves to another tool: delete it there, or drop the rule"
}
