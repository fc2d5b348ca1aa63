package schema

import (
	"cmp"
	"slices"
	"strings"
)

// A nameTable answers what a zone holds at a name, as its name servers would.
type nameTable struct {
	zone Name
	// sets holds the RRsets of each owner name.
	sets map[Name][]RRset
	// above holds the apex and every name that has an owner name below it (RFC 4592
	// section 2.2.2): names without RRsets of their own among them.
	above map[Name]bool
	// cuts holds the delegations: the names below the apex that have NS.
	cuts map[Name]Position
	// glue holds every name that an NS points at.
	glue map[Name]bool
	// whole is true where the file is the whole zone, ignored records apart.
	whole  bool
	others otherRecords
}

func newNameTable(z *Zone) nameTable {
	t := nameTable{
		zone:   z.Name,
		sets:   make(map[Name][]RRset, len(z.RRsets)),
		above:  map[Name]bool{z.Name: true},
		cuts:   map[Name]Position{},
		glue:   map[Name]bool{},
		whole:  z.Manage != ManageDeclared,
		others: newOtherRecords(z),
	}
	for sets := range byName(z.RRsets) {
		owner := sets[0].Name
		t.sets[owner] = sets
		for p := owner.Parent(); !t.above[p] && p.In(z.Name); p = p.Parent() {
			t.above[p] = true
		}
		ns, ok := pick(sets, NS)
		if !ok {
			continue
		}
		for _, v := range ns.Values {
			t.glue[v.Data.Host(NS)] = true
		}
		if owner != z.Name && !owner.IsWildcard() {
			t.cuts[owner] = ns.start()
		}
	}
	return t
}

// A finding is what a zone holds at a name.
type finding int

const (
	// foundElsewhere: the name lies outside the zone or below a delegation, or it may
	// exist without the file naming it.
	foundElsewhere finding = iota
	// foundHere: the zone has RRsets for it, its own or a wildcard's.
	foundHere
	// foundNothing: the name does not exist, or exists without a record.
	foundNothing
)

// find looks a name up as RFC 1034 section 4.3.2 does. The owner is the name
// itself, or the wildcard that covers it (RFC 4592 section 3.3).
func (t *nameTable) find(n Name) (sets []RRset, owner Name, what finding) {
	if !n.In(t.zone) || !t.cutOf(n).IsZero() {
		return nil, n, foundElsewhere
	}
	if sets := t.sets[n]; len(sets) > 0 {
		return sets, n, foundHere
	}
	if !t.whole || t.others.mayHave(n, Types()...) {
		return nil, n, foundElsewhere
	}
	if t.above[n] {
		return nil, n, foundNothing
	}
	encloser := n.Parent()
	for !t.above[encloser] && t.sets[encloser] == nil {
		encloser = encloser.Parent()
	}
	wildcard := Name{"*." + encloser.s}
	if sets := t.sets[wildcard]; len(sets) > 0 {
		return sets, wildcard, foundHere
	}
	if t.others.mayHave(wildcard, Types()...) {
		return nil, n, foundElsewhere
	}
	return nil, n, foundNothing
}

// cutOf gives the delegation that n lies at or below, the highest where there are
// several, or the zero Name.
func (t *nameTable) cutOf(n Name) Name {
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

// otherRecords knows the names at which ignore rules let other tools keep records.
type otherRecords struct {
	zone  Name
	exact map[string][]Type // by relative name
	globs []IgnoreRule
}

func newOtherRecords(z *Zone) otherRecords {
	o := otherRecords{zone: z.Name, exact: map[string][]Type{}}
	for _, r := range z.Ignore {
		if r.exact {
			o.exact[r.name] = append(o.exact[r.name], r.types...)
		} else {
			o.globs = append(o.globs, r)
		}
	}
	return o
}

// mayHave reports whether a rule leaves room for a record of one of the types at n
// that the file does not name. What a type that is not managed may answer with,
// such as the addresses of an ALIAS, is not known: it counts as any.
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

// pick gives the RRset of type t among those of one name.
func pick(sets []RRset, t Type) (RRset, bool) {
	for _, s := range sets {
		if s.Type == t {
			return s, true
		}
	}
	return RRset{}, false
}

// typesOf lists the types of the RRsets of one name.
func typesOf(sets []RRset) string {
	var types []string
	for _, s := range sets {
		types = append(types, string(s.Type))
	}
	return strings.Join(types, ", ")
}

func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}
