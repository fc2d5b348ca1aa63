package diff

import (
	"fmt"
	"slices"
	"sort"
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
	p.Live = len(w.have)
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
	if len(changes) > 0 {
		if err := w.conflicts(changes); err != "" {
			p.Error = err
			return p
		}
		p.Changes = order(desired.Name(), changes, w.now(), w.then())
		if err := irretrievable(p.Zone, p.Changes); err != "" {
			p.Changes, p.Error = nil, err
			return p
		}
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
	for i := range live.Records {
		out = append(out, deletionOf(&live.Records[i]))
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
	return len(w.have) + notOurs, notOurs
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
	// have are the live records that are ours, sorted by compareLive.
	have []*Live
	// kept are the live records that are not ours. They stay, and take part in
	// conflict checks.
	kept []*Live
}

func newWork(desired *schema.Zone, live LiveZone, declared []schema.Key) *work {
	w := &work{desired: desired, have: make([]*Live, 0, len(live.Records))}
	apexNS := schema.Key{Name: desired.Name(), Type: schema.NS}
	declaresApexNS := desired.DeclaresApexNS()
	once := make(map[schema.Key]bool, len(declared))
	for _, k := range declared {
		once[k] = true
	}
	for _, s := range desired.Declaration().Expired {
		once[s.Key()] = true
	}
	for i := range live.Records {
		l := &live.Records[i]
		k := l.Record.Key()
		switch {
		case !k.Type.Managed() || k.Name.IsZero(),
			k == apexNS && !declaresApexNS,
			desired.Manage() == schema.ManageDeclared && !w.wants(k) && !once[k],
			desired.Ignored(l.Record):
			w.kept = append(w.kept, l)
		default:
			w.have = append(w.have, l)
		}
	}
	slices.SortFunc(w.have, compareLive)
	return w
}

// wants reports whether the RRset of a key is desired.
func (w *work) wants(k schema.Key) bool {
	_, ok := w.desired.RRset(k)
	return ok
}

// haveOf returns the live records of a key that are ours. It is asked for each change: an
// RRset may have thousands of records.
func (w *work) haveOf(k schema.Key) []*Live {
	first, _ := slices.BinarySearchFunc(w.have, k, func(l *Live, k schema.Key) int { return l.Record.Key().Compare(k) })
	have := w.have[first:]
	return have[:sort.Search(len(have), func(i int) bool { return have[i].Record.Key() != k })]
}

// warnings name the live records that could not be read, in a fixed order.
func (w *work) warnings() []string {
	var out []string
	for _, records := range [][]*Live{w.have, w.kept} {
		for _, l := range records {
			if l.Unreadable != "" {
				out = append(out, l.unreadable(w.desired.Name()))
			}
		}
	}
	slices.Sort(out)
	return out
}

// changes returns the changes of every RRset, in no order, and counts the records
// that stay.
func (w *work) changes() (changes []Change, unchanged int) {
	rests, undesired, unchanged := w.differences()
	calls := len(undesired)
	for i := range rests {
		calls += rests[i].calls()
	}
	changes = make([]Change, 0, calls) // there may be a million
	for i := range rests {
		changes = rests[i].pair(changes)
	}
	for _, l := range undesired {
		changes = append(changes, deletionOf(l))
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

// differences returns what is left of each RRset that is not as it should be, and the live
// records of those that are not desired, and counts the records that stay.
func (w *work) differences() (rests []remainder, undesired []*Live, unchanged int) {
	have := w.have
	for i := range w.desired.RRsets() {
		s := &w.desired.RRsets()[i]
		for len(have) > 0 && have[0].Record.Key().Compare(s.Key()) < 0 {
			undesired = append(undesired, have[0])
			have = have[1:]
		}
		n := 0
		for n < len(have) && have[n].Record.Key() == s.Key() {
			n++
		}
		rest := cancel(s, have[:n])
		have = have[n:]
		unchanged += len(s.Values) - len(rest.missing)
		if rest.calls() > 0 {
			rests = append(rests, rest)
		}
	}
	return rests, append(undesired, have...), unchanged
}

// now knows which names of the live zone answer, whoever owns the records.
func (w *work) now() answering {
	a := make(answering)
	for _, l := range w.kept {
		a.add(l.Record.Key())
	}
	for _, l := range w.have {
		a.add(l.Record.Key())
	}
	return a
}

// then knows which names answer once the plan is carried out.
func (w *work) then() answering {
	a := make(answering)
	for _, l := range w.kept {
		a.add(l.Record.Key())
	}
	for _, s := range w.desired.RRsets() {
		a.add(s.Key())
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
