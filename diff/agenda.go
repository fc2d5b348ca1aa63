package diff

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// An Agenda hands out the changes of a zone's plan so that those that have nothing to do with
// each other can be made at the same time: what a change waits for comes before it in the
// plan and is done first. Handed out one by one, the changes come in the order of the plan.
//
// Which names answer already is not known here, so some changes wait for more than they
// would have to. The zero Agenda has nothing to hand out.
type Agenda struct {
	turns int32   // places from here on are gates
	begin []int32 // the first change of each turn, and at the end the number of changes
	waits []int32 // how many places each place waits for
	first []int32 // the first edge from each place, -1 for none
	edges []edge
	free  lowest // turns that wait for nothing
}

// A Turn is changes that are made in one go, one after the other: those from From up to, not
// including, To in the plan. They have one owner name.
type Turn struct {
	From, To int
	place    int32
}

// An edge leads to a place that waits. Next is another edge from the same place, -1 for none.
type edge struct{ to, next int32 }

// NewAgenda returns the agenda of a plan.
func NewAgenda(p *ZonePlan) *Agenda {
	a := &Agenda{}
	for i := range p.Changes {
		if i == 0 || p.Changes[i].Name != p.Changes[i-1].Name {
			a.begin = append(a.begin, int32(i))
			a.add()
		}
	}
	a.turns = int32(len(a.begin))
	a.begin = append(a.begin, int32(len(p.Changes)))
	a.linkNames(p.Changes)
	a.linkMoments(p.Zone, p.Changes)
	for t := range a.turns {
		if a.waits[t] == 0 {
			a.free = append(a.free, t) // in order, which makes it a heap
		}
	}
	return a
}

// add returns a new place.
func (a *Agenda) add() int32 {
	a.waits, a.first = append(a.waits, 0), append(a.first, -1)
	return int32(len(a.waits) - 1)
}

func (a *Agenda) link(from, to int32) {
	a.edges = append(a.edges, edge{to, a.first[from]})
	a.first[from] = int32(len(a.edges) - 1)
	a.waits[to]++
}

// linkNames has the turns of each owner name follow each other.
func (a *Agenda) linkNames(changes []Change) {
	name := func(turn int32) schema.Name { return changes[a.begin[turn]].Name }
	byName := make([]int32, a.turns)
	for t := range a.turns {
		byName[t] = t
	}
	slices.SortFunc(byName, func(s, t int32) int { return cmp.Or(name(s).Compare(name(t)), cmp.Compare(s, t)) })
	for i := 1; i < len(byName); i++ {
		if name(byName[i-1]) == name(byName[i]) {
			a.link(byName[i-1], byName[i])
		}
	}
}

// linkMoments has each turn wait for all before it that bring about a moment it waits for.
// Those behind it, where waits form a circle, it goes ahead of, as in the plan.
func (a *Agenda) linkMoments(zone schema.Name, changes []Change) {
	sofar := make(map[moment]*gate)
	for i := range changes {
		for m := range changes[i].waitsFor(zone, nil, nil) {
			sofar[m] = nil
		}
	}
	for t := range a.turns {
		turn := changes[a.begin[t]:a.begin[t+1]]
		for i := range turn {
			for m := range turn[i].waitsFor(zone, nil, nil) {
				if g := sofar[m]; g != nil {
					a.link(a.close(g), t)
				}
			}
		}
		for i := range turn {
			for m := range turn[i].bringsAbout(zone) {
				g, needed := sofar[m]
				switch {
				case !needed:
					continue
				case g == nil:
					g = &gate{place: -1}
					sofar[m] = g
				}
				g.since = append(g.since, t)
			}
		}
	}
}

// A gate is a place for a moment, so that many can wait for many. It is done as soon as
// all are that bring the moment about.
type gate struct {
	place int32   // -1 before anything waits for it
	since []int32 // the turns that bring the moment about and that place does not wait for
}

// close returns a place that waits for all turns of the gate so far.
func (a *Agenda) close(g *gate) int32 {
	switch {
	case len(g.since) == 0:
		return g.place
	case g.place < 0 && g.since[0] == g.since[len(g.since)-1]:
		g.place = g.since[0]
	default:
		place := a.add()
		if g.place >= 0 {
			a.link(g.place, place)
		}
		for _, t := range slices.Compact(g.since) {
			a.link(t, place)
		}
		g.place = place
	}
	g.since = g.since[:0]
	return g.place
}

// Free reports whether there is a turn that waits for nothing.
func (a *Agenda) Free() bool { return len(a.free) > 0 }

// Next hands out the first turn in the plan that waits for nothing. There must be one.
func (a *Agenda) Next() Turn {
	t := heap.Pop(&a.free).(int32)
	return Turn{From: int(a.begin[t]), To: int(a.begin[t+1]), place: t}
}

// Done takes note that a turn that was handed out is over, well or not.
func (a *Agenda) Done(t Turn) {
	over := []int32{t.place}
	for len(over) > 0 {
		place := over[len(over)-1]
		over = over[:len(over)-1]
		for e := a.first[place]; e >= 0; e = a.edges[e].next {
			to := a.edges[e].to
			if a.waits[to]--; a.waits[to] > 0 {
				continue
			}
			if to < a.turns {
				heap.Push(&a.free, to)
			} else {
				over = append(over, to)
			}
		}
	}
}

// lowest is a heap of places, the lowest first.
type lowest []int32

func (l lowest) Len() int           { return len(l) }
func (l lowest) Less(i, j int) bool { return l[i] < l[j] }
func (l lowest) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push adds x, an int32, for package heap.
func (l *lowest) Push(x any) { *l = append(*l, x.(int32)) }

// Pop removes the last place, for package heap.
func (l *lowest) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}
