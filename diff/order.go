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

// newGraph has each step wait for the moments that its changes need, by way of gates: a
// gate is done as soon as all that bring its moment about are.
func newGraph(zone schema.Name, steps []*step, now, then answering) *graph {
	g := &graph{steps: steps}
	gates := make(map[moment]*step) // nil where nothing brings the moment about
	for _, s := range steps {
		for i := range s.changes {
			for m := range s.changes[i].waitsFor(zone, now, then) {
				gates[m] = nil
			}
		}
	}
	if len(gates) == 0 {
		return g
	}
	for _, s := range steps {
		for i := range s.changes {
			for m := range s.changes[i].bringsAbout(zone) {
				gate, needed := gates[m]
				if !needed {
					continue
				}
				if gate == nil {
					gate = g.gate()
					gates[m] = gate
				}
				link(s, gate, m.firm())
			}
		}
	}
	for _, s := range steps {
		for i := range s.changes {
			for m := range s.changes[i].waitsFor(zone, now, then) {
				if gate := gates[m]; gate != nil {
					link(gate, s, m.firm())
				}
			}
		}
	}
	return g
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
	first.after = append(first.after, then)
	then.before = append(then.before, wait{first, firm})
	then.waits++
}
