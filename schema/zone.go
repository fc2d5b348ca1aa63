package schema

import (
	"fmt"
	"slices"
)

// A Declaration is what zone files say about one zone, in any order and not yet checked.
// [NewZone] makes a [Zone] of it.
type Declaration struct {
	Name Name
	// File is where the zone is declared: its file, or the first file of its folder,
	// with slashes, relative to the zones folder.
	File string
	// Absent is the tombstone: the zone is deleted. It has no RRsets then.
	Absent bool
	Manage Manage
	// TTL is the zone's default. RRsets have it already where they need it.
	TTL    TTL
	RRsets []RRset
	// Expired holds the RRsets whose time is over: declared, and no longer desired.
	Expired []RRset
	// Ignore holds the rules of the zone and of the repository, and one for each RRset
	// that its file says to leave alone.
	Ignore []IgnoreRule
	// Safety holds the zone's limits laid over the repository's.
	Safety Safety
	// Files lists every file that was read for the zone, includes among them.
	Files []string
	// Children lists the managed zones below this one that are not below one another. Name
	// servers answer from them, whatever this zone says of their names.
	Children []Child
}

// A Child is a managed zone below another one.
type Child struct {
	Name Name
	File string // that declares it, as in [Declaration]
}

// Manage says how much of the live zone the file speaks for.
type Manage string

const (
	// ManageAll is the default: the file is the whole zone.
	ManageAll Manage = "all"
	// ManageDeclared leaves every RRset alone that the file does not name.
	ManageDeclared Manage = "declared"
)

// A Zone is the desired side of one zone: a [Declaration] that is in order and keeps the
// rules of DNS. The zero Zone is invalid; [NewZone] makes one.
type Zone struct{ d Declaration }

// NewZone sorts a declaration, removes repeated values and checks it. The zone is nil
// where a problem is an error. Problems are in no particular order.
func NewZone(d Declaration) (*Zone, Problems) {
	d, problems := d.Sorted()
	problems = append(problems, d.check()...)
	if len(problems.Errors()) > 0 {
		return nil, problems
	}
	return &Zone{d}, problems
}

// Sorted returns the declaration with its RRsets in order of their keys and the values
// of each in order, without repetitions, which are warnings. It changes nothing that d
// refers to.
func (d Declaration) Sorted() (Declaration, Problems) {
	if d.isSorted() {
		return d, nil
	}
	var problems Problems
	d.RRsets = slices.Clone(d.RRsets)
	for i := range d.RRsets {
		repeated := d.RRsets[i].sortValues(d.Name)
		problems = append(problems, repeated...)
	}
	slices.SortStableFunc(d.RRsets, func(s, t RRset) int { return s.Key().Compare(t.Key()) })
	d.Files = slices.Clone(d.Files)
	slices.Sort(d.Files)
	return d, problems
}

// Declaration returns what the zone was made of, in order. The caller must not change what
// it refers to.
func (z *Zone) Declaration() Declaration { return z.d }

func (d *Declaration) isSorted() bool {
	for i := range d.RRsets {
		s := &d.RRsets[i]
		if i > 0 && d.RRsets[i-1].Key().Compare(s.Key()) > 0 {
			return false
		}
		for j := 1; j < len(s.Values); j++ {
			if s.Values[j-1].Data.Compare(s.Values[j].Data) >= 0 {
				return false
			}
		}
	}
	return slices.IsSorted(d.Files)
}

// Name returns the zone's name.
func (z *Zone) Name() Name { return z.d.Name }

// File returns the file that declares the zone, or the first of several: with slashes,
// relative to the zones folder.
func (z *Zone) File() string { return z.d.File }

// Files returns every file that was read for the zone, sorted, includes among them.
func (z *Zone) Files() []string { return z.d.Files }

// Absent reports whether the zone is a tombstone: the live zone is deleted.
func (z *Zone) Absent() bool { return z.d.Absent }

// Manage returns how much of the live zone the file speaks for.
func (z *Zone) Manage() Manage { return z.d.Manage }

// TTL returns the zone's default TTL.
func (z *Zone) TTL() TTL { return z.d.TTL }

// Safety returns the zone's limits laid over the repository's.
func (z *Zone) Safety() Safety { return z.d.Safety }

// RRsets returns the RRsets sorted by key, each with at least one value; no two share a
// key. The caller must not change them.
func (z *Zone) RRsets() []RRset { return z.d.RRsets }

// RRset returns the RRset of a key. ok is false where the zone does not declare it.
func (z *Zone) RRset(k Key) (s RRset, ok bool) {
	i, ok := slices.BinarySearchFunc(z.d.RRsets, k, func(s RRset, k Key) int { return s.Key().Compare(k) })
	if !ok {
		return RRset{}, false
	}
	return z.d.RRsets[i], true
}

// Declares reports whether the zone declares the record, with whatever TTL.
func (z *Zone) Declares(r Record) bool {
	s, ok := z.RRset(r.Key())
	if !ok {
		return false
	}
	_, found := slices.BinarySearchFunc(s.Values, r.Data, func(v Value, d RDATA) int { return v.Data.Compare(d) })
	return found
}

// DeclaresApexNS reports whether the file speaks for the NS RRset at the apex, which is
// the service's own otherwise.
func (z *Zone) DeclaresApexNS() bool {
	k := Key{z.d.Name, NS}
	_, ok := z.RRset(k)
	_, expired := z.Expired(k)
	return ok || expired
}

// Ignore returns the rules for what other tools own in the zone: its own, the
// repository's, and one for each RRset that its file says to leave alone. The caller must
// not change them.
func (z *Zone) Ignore() []IgnoreRule { return z.d.Ignore }

// Ignored reports whether a rule says that other tools own the record.
func (z *Zone) Ignored(r Record) bool { return z.d.Ignored(r) }

// Ignored reports whether a rule says that other tools own the record.
func (d *Declaration) Ignored(r Record) bool {
	return slices.ContainsFunc(d.Ignore, func(rule IgnoreRule) bool { return rule.Match(d.Name, r) })
}

// LeaveAlone returns the zone without the RRsets of some keys, which it then ignores.
func (z *Zone) LeaveAlone(keys []Key) *Zone {
	d := z.d
	d.RRsets = slices.DeleteFunc(slices.Clone(d.RRsets), func(s RRset) bool { return slices.Contains(keys, s.Key()) })
	d.Ignore = slices.Clone(d.Ignore)
	for _, k := range keys {
		d.Ignore = append(d.Ignore, IgnoreRRset(d.Name, k))
	}
	return &Zone{d}
}

// String returns the zone's name and size, as in "example.com (12 RRsets)".
func (z *Zone) String() string {
	plural := "s"
	if len(z.d.RRsets) == 1 {
		plural = ""
	}
	return fmt.Sprintf("%s (%d RRset%s)", z.d.Name.Undotted(), len(z.d.RRsets), plural)
}
