package diff

import (
	"fmt"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// Adopt returns the declaration that leaves the live zone as it is, to be written into a
// file. It leaves out the SOA, apex NS and foreign types, which are not managed, and what
// could not be read or cannot be said in a file; the notes name each. What a live zone
// holds need not be valid, such as a CNAME beside other data.
func Adopt(live LiveZone) (schema.Declaration, []string) {
	d := schema.Declaration{Name: live.Name, Manage: schema.ManageAll, TTL: schema.DefaultTTL}
	var notes []string
	sets := make(map[schema.Key][]*Live)
	for i := range live.Records {
		l := &live.Records[i]
		if why := unfit(live.Name, l); why != "" {
			notes = append(notes, fmt.Sprintf("%s %s %q is left out: %s", l.name(live.Name), schema.Printable(string(l.Record.Type)), l.Value, why))
			continue
		}
		sets[l.Record.Key()] = append(sets[l.Record.Key()], l)
	}
	for k, ls := range sets {
		set, note := adoptSet(live.Name, k, ls)
		d.RRsets = append(d.RRsets, set)
		if note != "" {
			notes = append(notes, note)
		}
	}
	slices.SortFunc(d.RRsets, func(a, b schema.RRset) int { return a.Key().Compare(b.Key()) })
	slices.Sort(notes)
	return d, notes
}

// unfit says why a live record does not belong into a zone file.
func unfit(zone schema.Name, l *Live) string {
	switch {
	case l.Record.Name.IsZero():
		return "its name cannot be read: " + l.Unreadable + "; no plan touches it"
	case l.Unreadable != "":
		return "its value cannot be read: " + l.Unreadable + "; a plan would delete it"
	case l.Record.Type == schema.SOA, l.Record.Type == schema.NS && l.Record.Name == zone:
		return "it is the service's own"
	case !l.Record.Type.Managed():
		return "the type is not managed"
	case !l.Record.Name.In(zone):
		return "its name is outside the zone"
	}
	if err := l.Record.Data.Check(); err != nil {
		return "no zone file can declare it: " + err.Error() + "; a plan would delete it"
	}
	return ""
}

// adoptSet makes one RRset of live records. Those that share no TTL get the lowest,
// and copies become one, as a file has no way to say either.
func adoptSet(zone schema.Name, k schema.Key, ls []*Live) (schema.RRset, string) {
	slices.SortFunc(ls, compareLive)
	set := schema.RRset{Name: k.Name, Type: k.Type, TTL: ls[0].Record.TTL}
	note := ""
	say := func(what string) { note = fmt.Sprintf("%s %s: %s", k.Name.DisplayIn(zone), k.Type, what) }
	for _, l := range ls {
		if l.Record.TTL != set.TTL {
			say("its records have different TTLs; the lowest is written, and a plan would change the others")
			set.TTL = min(set.TTL, l.Record.TTL)
		}
	}
	for i, l := range ls {
		if i > 0 && ls[i-1].Record.Data == l.Record.Data {
			say("a record is there twice and is written once; a plan would delete the copy")
			continue
		}
		set.Values = append(set.Values, schema.Value{Data: l.Record.Data})
	}
	return set, note
}
