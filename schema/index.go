package schema

import (
	"slices"
	"sort"
)

// An Index answers what a zone holds at a name, as its name servers would.
type Index struct {
	zone Name
	sets []RRset // sorted by key
	// above holds the apex and every name that has an owner name below it (RFC 4592
	// section 2.2.2), names without RRsets of their own among them.
	above map[Name]bool
	// cuts holds the delegations: the names below the apex that have NS, and those of
	// managed zones, with or without NS.
	cuts map[Name]Position
	// glue holds every name that an NS points at.
	glue map[Name]bool
	// whole is true where the file is the whole zone, except for ignored records.
	whole  bool
	others otherRecords
}

// NewIndex indexes a declaration, which must be sorted.
func NewIndex(d Declaration) *Index {
	t := &Index{
		zone:   d.Name,
		sets:   d.RRsets,
		above:  map[Name]bool{d.Name: true},
		cuts:   map[Name]Position{},
		glue:   map[Name]bool{},
		whole:  d.Manage != ManageDeclared,
		others: newOtherRecords(d),
	}
	for _, c := range d.Children {
		t.cuts[c.Name] = Position{}
		t.addAbove(c.Name)
	}
	for node := range Nodes(d.RRsets) {
		owner := node[0].Name
		t.addAbove(owner)
		ns, ok := node.Type(NS)
		if !ok {
			continue
		}
		for _, v := range ns.Values {
			t.glue[v.Data.Host()] = true
		}
		if owner != d.Name && !owner.IsWildcard() {
			t.cuts[owner] = ns.Pos()
		}
	}
	return t
}

// addAbove notes that the names above n exist.
func (t *Index) addAbove(n Name) {
	for p := n.Parent(); !t.above[p] && p.In(t.zone); p = p.Parent() {
		t.above[p] = true
	}
}

// An Answer is what a zone holds at a name.
type Answer int

// The answers.
const (
	// Elsewhere: the name is outside the zone or below a delegation, or it may exist
	// without the file naming it.
	Elsewhere Answer = iota
	// Found: the zone has RRsets for it, its own or a wildcard's.
	Found
	// Nothing: the name does not exist, or exists without a record.
	Nothing
)

// Find looks a name up as RFC 1034 section 4.3.2 does. The owner is the name itself, or
// the wildcard that covers it (RFC 4592 section 3.3).
func (t *Index) Find(n Name) (node Node, owner Name, answer Answer) {
	if !n.In(t.zone) || !t.Delegation(n).IsZero() {
		return nil, n, Elsewhere
	}
	if node := t.At(n); len(node) > 0 {
		return node, n, Found
	}
	if t.MayHoldMore(n, Types()...) {
		return nil, n, Elsewhere
	}
	if t.above[n] {
		return nil, n, Nothing
	}
	encloser := n.Parent()
	for !t.above[encloser] && len(t.At(encloser)) == 0 {
		encloser = encloser.Parent()
	}
	wildcard := encloser.Wildcard()
	if node := t.At(wildcard); len(node) > 0 {
		return node, wildcard, Found
	}
	if t.others.mayHave(wildcard, Types()...) {
		return nil, n, Elsewhere
	}
	return nil, n, Nothing
}

// At returns the RRsets of exactly this owner name, which may be none.
func (t *Index) At(n Name) Node {
	first := sort.Search(len(t.sets), func(i int) bool { return t.sets[i].Name.Compare(n) >= 0 })
	end := first
	for end < len(t.sets) && t.sets[end].Name == n {
		end++
	}
	return Node(t.sets[first:end:end])
}

// HasBelow reports whether the zone has an owner name below n, or n is its apex.
func (t *Index) HasBelow(n Name) bool { return t.above[n] }

// IsNameServer reports whether an NS of the zone points at n.
func (t *Index) IsNameServer(n Name) bool { return t.glue[n] }

// Delegation returns the delegation that n is at or below, the highest where there
// are several, or the zero Name.
func (t *Index) Delegation(n Name) Name {
	var cut Name
	if len(t.cuts) == 0 {
		return cut
	}
	for ; n != t.zone && n.In(t.zone); n = n.Parent() {
		if _, ok := t.cuts[n]; ok {
			cut = n
		}
	}
	return cut
}

// DelegatedAt returns where the NS of a delegation were written. The place is zero where
// there are none, because the name is that of a managed zone.
func (t *Index) DelegatedAt(cut Name) Position { return t.cuts[cut] }

// MayHoldMore reports whether n may have records of the types that the file does not
// name: the file is not the whole zone, or an ignore rule leaves room for them.
func (t *Index) MayHoldMore(n Name, types ...Type) bool {
	return !t.whole || t.others.mayHave(n, types...)
}

// otherRecords knows the names at which ignore rules let other tools keep records.
type otherRecords struct {
	zone  Name
	exact map[string][]Type // by relative name
	globs []IgnoreRule
}

func newOtherRecords(d Declaration) otherRecords {
	o := otherRecords{zone: d.Name, exact: map[string][]Type{}}
	for _, r := range d.Ignore {
		if r.exact {
			o.exact[r.name] = append(o.exact[r.name], r.types...)
		} else {
			o.globs = append(o.globs, r)
		}
	}
	return o
}

// mayHave reports whether a rule leaves room for a record of one of the types at n. What
// a type that is not managed may answer with, such as the addresses of an ALIAS, is not
// known: it counts as any.
func (o *otherRecords) mayHave(n Name, types ...Type) bool {
	wanted := func(t Type) bool { return slices.Contains(types, t) || !t.Managed() }
	rel := n.Relative(o.zone)
	if slices.ContainsFunc(o.exact[rel], wanted) {
		return true
	}
	return slices.ContainsFunc(o.globs, func(r IgnoreRule) bool {
		named := r.name == "" || r.matchName(rel)
		return named && (len(r.types) == 0 || slices.ContainsFunc(r.types, wanted))
	})
}
