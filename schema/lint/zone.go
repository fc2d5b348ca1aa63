package lint

import (
	"github.com/zonetender/zonetender/schema"
)

// Zone returns what is probably wrong with a zone as a whole. It looks at each RRset a
// fixed number of times, so that its cost grows with the size of the zone and no faster.
// The declaration need not be valid.
func Zone(d schema.Declaration) schema.Problems { return check(d, allRecords) }

// Fragment is [Zone] for a declaration of which records are missing, because they could
// not be read: what they could answer is left out.
func Fragment(d schema.Declaration) schema.Problems { return check(d, someRecords) }

// extent says whether every record that was written is there.
type extent int

const (
	allRecords extent = iota
	someRecords
)

func check(d schema.Declaration, e extent) schema.Problems {
	d, _ = d.Sorted()
	c := &checker{
		zone: d, index: schema.NewIndex(d), extent: e,
		spfCosts: map[schema.Name]int{}, labels: map[string]string{},
	}
	c.checkDefaultTTL()
	for node := range schema.Nodes(d.RRsets) {
		c.checkLabels(node)
		c.checkHostnames(node)
		for _, s := range node {
			if len(s.Values) > 0 {
				c.checkRRset(s)
			}
		}
	}
	return c.problems
}

// A checker holds what the checks of one zone share.
type checker struct {
	zone     schema.Declaration
	index    *schema.Index
	extent   extent
	spfCosts map[schema.Name]int // see spfCostAt
	labels   map[string]string   // what underscored labels were meant to be, "" for themselves
	problems schema.Problems
}

func (c *checker) checkRRset(s schema.RRset) {
	c.checkTTL(s)
	// A delegation's records are never asked for, so where they point does not matter.
	if !c.checkHidden(s) {
		c.checkTargets(s)
	}
	switch s.Type {
	case schema.NS:
		if s.Name.IsWildcard() {
			c.warn("ns-wildcard", s.Pos(), "NS at the wildcard %s has no defined meaning, expected a name: BIND refuses the zone (RFC 4592 section 4.2)", s.Name)
		}
	case schema.SRV:
		c.checkServiceName(s)
	case schema.TXT:
		c.checkSPF(s)
		c.checkDMARC(s)
		c.checkDKIM(s)
	case schema.CAA:
		c.checkCAA(s)
	}
}

func (c *checker) warn(code string, at schema.Position, format string, args ...any) {
	c.problems = append(c.problems, schema.NewProblem(schema.Warning, at, code, format, args...))
}

// warnWhole is warn for what a record that is missing could make wrong.
func (c *checker) warnWhole(code string, at schema.Position, format string, args ...any) {
	if c.extent == allRecords {
		c.warn(code, at, format, args...)
	}
}

const (
	lowTTL  schema.TTL = 60     // below, resolvers ask all the time, and some raise it on their own
	highTTL schema.TTL = 604800 // a week; above, a mistake cannot be taken back for as long
)

// checkTTL warns of an RRset with an odd TTL of its own.
func (c *checker) checkTTL(s schema.RRset) {
	if s.TTL != c.zone.TTL {
		c.oddTTL(s, "TTL")
	}
}

// checkDefaultTTL warns of an odd default once, not at every RRset that has it.
func (c *checker) checkDefaultTTL() {
	for _, s := range c.zone.RRsets {
		if s.TTL == c.zone.TTL {
			c.oddTTL(s, "default TTL")
			return
		}
	}
}

func (c *checker) oddTTL(s schema.RRset, what string) {
	switch {
	case s.TTL < lowTTL:
		c.warn("ttl-low", s.Pos(), "%s %d of %s %s is very short, expected %d to %d seconds", what, s.TTL, s.Name, s.Type, lowTTL, highTTL)
	case s.TTL > highTTL:
		c.warn("ttl-high", s.Pos(), "%s %d of %s %s is longer than a week, expected %d to %d seconds", what, s.TTL, s.Name, s.Type, lowTTL, highTTL)
	}
}
