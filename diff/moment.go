package diff

import (
	"iter"

	"github.com/zonetender/zonetender/schema"
)

// A moment is when something is true of an owner name that changes wait for. What changes
// wait for, and what they bring about, is said here and nowhere else: the order of a plan and
// what may be done at the same time both follow from it.
type moment struct {
	name schema.Name
	what state
}

// A state is what is true of an owner name.
type state uint8

const (
	answered      state = iota // all that is to answer at the name does
	unpointed                  // nothing points at the name any more
	complete                   // all that comes or changes at the name is there
	completeStar               // the same at the wildcard right below the name
	completeBelow              // the same at all names below the name but that wildcard
)

// firm reports whether a wait for the moment keeps the name itself answering.
func (m moment) firm() firmness { return m.what >= complete }

// waitsFor yields the moments that the change waits for. Now and then are the names that
// answer before and after the plan: whatever happens there, nothing points into the void.
// Where they are nil no name is known to answer, and the change waits for more.
func (c *Change) waitsFor(zone schema.Name, now, then answering) iter.Seq[moment] {
	return func(yield func(moment) bool) {
		if to := c.PointsAt(); to != c.Name && to.In(zone) && !now[to] && !yield(moment{to, answered}) {
			return
		}
		if c.Action != Delete {
			return
		}
		if c.Answers() && !then[c.Name] && !yield(moment{c.Name, unpointed}) {
			return
		}
		// A spare copy takes nothing away, and goes first.
		if c.Swap || c.spare || !yield(moment{c.Name, complete}) {
			return
		}
		if c.Name.IsWildcard() && !yield(moment{c.Name.Parent(), completeBelow}) {
			return
		}
		// A wildcard may answer in the name's stead (RFC 4592 section 3.3).
		for p := range ancestors(c.Name, zone) {
			if !yield(moment{p, completeStar}) {
				return
			}
		}
	}
}

// bringsAbout yields the moments that come only after the change is made.
func (c *Change) bringsAbout(zone schema.Name) iter.Seq[moment] {
	return func(yield func(moment) bool) {
		if from := c.PointedAt(); from != c.Name && from.In(zone) && !yield(moment{from, unpointed}) {
			return
		}
		if c.Answers() && c.Action != Delete && !yield(moment{c.Name, answered}) {
			return
		}
		if c.Action == Delete && !c.Swap || !yield(moment{c.Name, complete}) {
			return
		}
		star := c.Name.IsWildcard()
		for p := range ancestors(c.Name, zone) {
			what := completeBelow
			if star {
				what, star = completeStar, false
			}
			if !yield(moment{p, what}) {
				return
			}
		}
	}
}

// ancestors yields the names above a name, up to the zone's own.
func ancestors(n, zone schema.Name) iter.Seq[schema.Name] {
	return func(yield func(schema.Name) bool) {
		for p := n.Parent(); p.In(zone); p = p.Parent() {
			if !yield(p) {
				return
			}
		}
	}
}
