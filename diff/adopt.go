package diff

import (
	"fmt"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// Adopt gives the desired zone that leaves the live one as it is, to be written into a
// file. It leaves out the SOA, apex NS and foreign types, which are not managed, and
// what could not be read or cannot be said in a file; the notes name each.
func Adopt(live LiveZone) (*schema.Zone, []string) {
	z := &schema.Zone{Name: live.Name, Manage: schema.ManageAll, TTL: schema.DefaultTTL}
	var notes []string
	sets := make(map[schema.Key][]Live)
	for _, l := range live.Records {
		if why := unfit(live.Name, l); why != "" {
			notes = append(notes, fmt.Sprintf("%s %s %q is left out: %s", nameOf(live.Name, l), printable(string(l.Record.Type)), l.Value, why))
			continue
		}
		sets[l.Record.Key()] = append(sets[l.Record.Key()], l)
	}
	for k, ls := range sets {
		set, note := adoptSet(live.Name, k, ls)
		z.RRsets = append(z.RRsets, set)
		if note != "" {
			notes = append(notes, note)
		}
	}
	slices.SortFunc(z.RRsets, func(a, b schema.RRset) int { return a.Key.Compare(b.Key) })
	slices.Sort(notes)
	return z, notes
}

// unfit says why a live record does not belong into a zone file.
func unfit(zone schema.Name, l Live) string {
	switch {
	case l.Unreadable != "":
		return "its value cannot be read: " + l.Unreadable + "; a plan will want to delete it"
	case l.Record.Type == schema.SOA, l.Record.Type == schema.NS && l.Record.Name == zone:
		return "it is the service's own"
	case !l.Record.Type.Managed():
		return "the type is not managed"
	case l.Record.Name.IsZero() || !l.Record.Name.In(zone):
		return "its name lies outside the zone"
	}
	return ""
}

func nameOf(zone schema.Name, l Live) string {
	if l.Record.Name.IsZero() {
		return "record " + l.ID
	}
	return l.Record.Name.Relative(zone)
}

// adoptSet makes one RRset of live records. Those that share no TTL get the lowest,
// and copies become one, as a file has no way to say either.
func adoptSet(zone schema.Name, k schema.Key, ls []Live) (schema.RRset, string) {
	slices.SortFunc(ls, compareLive)
	set := schema.RRset{Key: k, TTL: ls[0].Record.TTL}
	note := ""
	say := func(what string) { note = fmt.Sprintf("%s %s: %s", k.Name.Relative(zone), k.Type, what) }
	for _, l := range ls {
		if l.Record.TTL != set.TTL {
			say("its records have several TTLs, the lowest is written; a plan will want to change the others")
			set.TTL = min(set.TTL, l.Record.TTL)
		}
	}
	for i, l := range ls {
		if i > 0 && ls[i-1].Record.Data == l.Record.Data {
			say("a record stands there twice and is written once; a plan will want to delete the copy")
			continue
		}
		set.Values = append(set.Values, schema.Value{Data: l.Record.Data})
	}
	return set, note
}
