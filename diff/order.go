package diff

import (
	"cmp"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// order puts the changes of a zone into the order in which they are made: a target that
// does not answer yet before what points at it, and one that will not answer any more
// after what pointed at it; a deletion after every creation and update at its name, so
// that no name goes dark; among the free by owner name; within a name create, update,
// delete. It takes n log n steps.
func order(zone schema.Name, changes []Change, now, then answering) []Change {
	slices.SortFunc(changes, compareChanges)
	g := newGraph(zone, steps(changes), now, then)
	out := make([]Change, 0, len(changes))
	for s := range g.sorted() {
		out = append(out, s.changes...)
	}
	return out
}

// answering knows the names at which somebody who follows a pointer finds an answer.
type answering map[schema.Name]bool

// add takes in a record, or an RRset.
func (a answering) add(k schema.Key) { a[k.Name] = a[k.Name] || answers(k.Type) }

// answers reports whether a record of the type is data that somebody finds who follows a
// pointer to its name. The pointers MX, NS and SRV are left out: they would only make
// circles out of names that name each other as mail servers.
func answers(t schema.Type) bool { return !t.HasHost() || t == schema.CNAME }

func compareChanges(a, b Change) int {
	return cmp.Or(
		a.Name.Compare(b.Name), cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Type, b.Type),
		a.Before.Record.Compare(b.Before.Record), a.After.Compare(b.After), cmp.Compare(a.Before.Value, b.Before.Value), cmp.Compare(a.Before.ID, b.Before.ID))
}

// rank orders the changes of one owner name. A spare copy goes first: the name
// answers without it, and an update must not make a second copy of what it says.
func (c Change) rank() int {
	switch {
	case c.Action == Delete && c.spare:
		return 0
	case c.Action == Create:
		return 1
	case c.Action == Update:
		return 2
	case c.Type.HasHost():
		// A pointer may point at its own name.
		return 3
	}
	return 4
}

// A step is what is done without anything in between: one change, or all those of an
// owner name that swaps a CNAME with other data.
type step struct {
	changes []Change
	after   []*step // the steps that wait for this one
	before  []wait  // what this one waits for
	waits   int     // how many of those are not done
	place   int     // the step's place among the free; -1 for a gate
	done    bool
}

// A wait is for another step. A firm one is for what keeps the name itself answering, and
// is never given up; one for a pointer's sake is, where waits form a circle.
type wait struct {
	step *step
	firm firmness
}

type firmness bool

const (
	firm       firmness = true
	forPointer firmness = false
)

// steps cuts sorted changes into steps.
func steps(changes []Change) []*step {
	var out []*step
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].Name == changes[0].Name {
			n++
		}
		name := changes[:n]
		changes = changes[n:]
		if swaps(name) {
			out = append(out, &step{changes: swapOrder(name)})
			continue
		}
		for i := range name {
			out = append(out, &step{changes: name[i : i+1]})
		}
	}
	for i, s := range out {
		s.place = i
	}
	return out
}

// swaps reports whether the changes of one name need their deletions first, because
// a CNAME stands alone at its name (RFC 2181 section 10.1).
func swaps(name []Change) bool {
	var cname, goes, comes bool
	for _, c := range name {
		cname = cname || c.Type == schema.CNAME
		goes = goes || c.Action == Delete
		comes = comes || c.Action != Delete
	}
	return cname && goes && comes
}

// swapOrder puts the deletions of a name first and marks its changes.
func swapOrder(name []Change) []Change {
	out := slices.Clone(name)
	slices.SortStableFunc(out, func(a, b Change) int {
		switch {
		case a.Action == Delete && b.Action != Delete:
			return -1
		case a.Action != Delete && b.Action == Delete:
			return 1
		}
		return 0
	})
	for i := range out {
		out[i].Swap = true
	}
	return out
}

// graph holds the steps of a zone and what waits for what.
type graph struct {
	steps []*step
	gates int
}

// gates are the two points in time of an owner name that others wait for: when all
// that is to answer there does, and when nothing points there any more.
type gates struct{ answers, free *step }

func newGraph(zone schema.Name, steps []*step, now, then answering) *graph {
	g := &graph{steps: steps}
	at := make(map[schema.Name]*gates)
	for _, s := range steps {
		for _, c := range s.changes {
			for _, host := range []schema.Name{c.PointsAt(), c.PointedAt()} {
				if host != c.Name && host.In(zone) && at[host] == nil {
					at[host] = &gates{g.gate(), g.gate()}
				}
			}
		}
	}
	for _, s := range steps {
		for _, c := range s.changes {
			if t := at[c.PointsAt()]; t != nil && c.PointsAt() != c.Name && !now[c.PointsAt()] {
				link(t.answers, s, forPointer)
			}
			if t := at[c.PointedAt()]; t != nil && c.PointedAt() != c.Name {
				link(s, t.free, forPointer)
			}
			switch t := at[c.Name]; {
			case t == nil || !c.Answers():
			case c.Action != Delete:
				link(s, t.answers, forPointer)
			case !then[c.Name]:
				link(t.free, s, forPointer)
			}
		}
	}
	keepAnswering(zone, steps)
	return g
}

// keepAnswering has the deletions of a name wait for all that comes or changes there, or
// at a wildcard that may answer in its stead, and those of a wildcard for all that comes
// below its parent. A spare copy takes nothing away, and goes first.
func keepAnswering(zone schema.Name, steps []*step) {
	coming, going := make(map[schema.Name][]*step), make(map[schema.Name][]*step)
	for _, s := range steps {
		switch c := s.changes[0]; {
		case c.Swap, c.Action != Delete:
			coming[c.Name] = append(coming[c.Name], s)
		case !c.spare:
			going[c.Name] = append(going[c.Name], s)
		}
	}
	linkAll := func(first, then []*step) {
		for _, f := range first {
			for _, t := range then {
				link(f, t, firm)
			}
		}
	}
	for n, deletions := range going {
		linkAll(coming[n], deletions)
		for p := n.Parent(); p.In(zone); p = p.Parent() {
			linkAll(coming[p.Wildcard()], deletions)
		}
	}
	for n, creations := range coming {
		for p := n.Parent(); p.In(zone); p = p.Parent() {
			if w := p.Wildcard(); w != n {
				linkAll(creations, going[w])
			}
		}
	}
}

// Answers reports whether the change is about data that somebody finds who follows a
// pointer to its name.
func (c Change) Answers() bool { return answers(c.Type) }

// PointsAt is the host that the change makes its record point at. It is the zero Name
// where there is none, or none that is new.
func (c Change) PointsAt() schema.Name {
	if c.Action == Delete || c.Action == Update && !c.ValueChanges() {
		return schema.Name{}
	}
	return c.After.Data.Host()
}

// PointedAt is the host that the record does not point at any more after the change.
// It is the zero Name where there is none.
func (c Change) PointedAt() schema.Name {
	if c.Action == Create || c.Action == Update && !c.ValueChanges() {
		return schema.Name{}
	}
	return c.Before.Record.Data.Host()
}

func (g *graph) gate() *step {
	g.gates++
	s := &step{place: -g.gates}
	g.steps = append(g.steps, s)
	return s
}

func link(first, then *step, firm firmness) {
	if first == then {
		return
	}
	first.after = append(first.after, then)
	then.before = append(then.before, wait{first, firm})
	then.waits++
}
