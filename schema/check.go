package schema

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// checkZone gives what is wrong, or probably wrong, with a zone as a whole: what
// can be seen only when all of its RRsets are there. It looks at each RRset a fixed
// number of times, so that its cost grows with the size of the zone and no faster.
func checkZone(z *Zone) Problems {
	c := &checker{zone: z, names: newNameTable(z), spfCosts: map[Name]int{}, labels: map[string]string{}}
	c.checkDefaultTTL()
	for sets := range byName(z.RRsets) {
		c.checkCNAME(sets)
		c.checkLabels(sets)
		for _, s := range sets {
			c.checkRRset(s)
		}
	}
	c.checkLoops()
	return c.problems
}

// A checker holds what the checks of one zone share.
type checker struct {
	zone     *Zone
	names    nameTable
	spfCosts map[Name]int      // see spfCostAt
	labels   map[string]string // what underscored labels were meant to be, "" for themselves
	problems Problems
}

func (c *checker) checkRRset(s RRset) {
	c.checkTTL(s)
	// What a delegation hides is never asked for: where it points is no matter.
	if !c.checkHidden(s) {
		c.checkTargets(s)
	}
	switch s.Type {
	case MX:
		c.checkNullMX(s)
	case TXT:
		c.checkSPF(s)
		c.checkDMARC(s)
	case CAA:
		c.checkCAA(s)
	}
}

func (c *checker) add(severity Severity, rule string, at Position, format string, args ...any) {
	c.problems = append(c.problems, Problem{at, severity, rule, fmt.Sprintf(format, args...)})
}

func (c *checker) warn(rule string, at Position, format string, args ...any) {
	c.add(Warning, rule, at, format, args...)
}

// byName yields the RRsets of one owner name after the other; sets are sorted by key.
func byName(sets []RRset) iter.Seq[[]RRset] {
	return func(yield func([]RRset) bool) {
		for len(sets) > 0 {
			n := 1
			for n < len(sets) && sets[n].Name == sets[0].Name {
				n++
			}
			if !yield(sets[:n]) {
				return
			}
			sets = sets[n:]
		}
	}
}

// inFileOrder gives the values as they were written, for messages that speak of a
// first and a second one.
func inFileOrder(values []Value) []Value {
	return slices.SortedStableFunc(slices.Values(values), func(a, b Value) int { return a.Pos.compare(b.Pos) })
}

// start is where an RRset was first written.
func (s RRset) start() Position {
	first := s.Values[0].Pos
	for _, v := range s.Values[1:] {
		if v.Pos.compare(first) < 0 {
			first = v.Pos
		}
	}
	return first
}

// seenFrom says where p is to somebody who reads at from: " (line 4)", with the
// file's name where it is another one, "" where it is not known.
func (p Position) seenFrom(from Position) string {
	if p.Line == 0 {
		return ""
	}
	return " (" + placeFrom(from, p) + ")"
}

// sentenceList joins words as a sentence does: "a, b and c".
func sentenceList(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
