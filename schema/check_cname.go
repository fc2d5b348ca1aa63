package schema

import (
	"fmt"
	"strings"
)

// checkCNAME holds a name to RFC 1034 section 3.6.2 and RFC 2181 section 10.1: a
// CNAME is single and alone. Lenient does not help: no name server loads such a
// zone, and the service refuses the record.
func (c *checker) checkCNAME(sets []RRset) {
	cname, ok := pick(sets, CNAME)
	if !ok {
		return
	}
	if len(cname.Values) > 1 {
		c.twoCNAMEs(cname)
	}
	at := cname.start()
	if cname.Name == c.zone.Name {
		c.add(Error, "cname-apex", at,
			"CNAME at the apex, where every zone has SOA and NS; expected the addresses of %s as A and AAAA", cname.Values[0].Data.Host(CNAME))
		return
	}
	var others []string
	for _, s := range sets {
		if s.Type != CNAME {
			others = append(others, string(s.Type)+s.start().seenFrom(at))
		}
	}
	if len(others) > 0 {
		c.add(Error, "cname-beside", at, "CNAME of %s stands beside %s, expected it alone at its name", cname.Name, sentenceList(others, "and"))
	}
}

func (c *checker) twoCNAMEs(s RRset) {
	values := inFileOrder(s.Values)
	first := values[0]
	for _, v := range values[1:] {
		c.add(Error, "cname-twice", v.Pos, "second CNAME of %s, to %s beside %s%s; expected one",
			s.Name, v.Data.Host(CNAME), first.Data.Host(CNAME), first.Pos.seenFrom(v.Pos))
	}
}

// checkLoops finds the CNAMEs that lead back to themselves within the zone. From
// each there is one way on at most, so that every name is walked over once.
func (c *checker) checkLoops() {
	walk := map[Name]int{} // the number of the walk that came by
	for i, s := range c.zone.RRsets {
		if s.Type != CNAME || walk[s.Name] != 0 {
			continue
		}
		var path []RRset
		next, ok := s, true
		for ; ok && walk[next.Name] == 0; next, ok = c.nextCNAME(next) {
			walk[next.Name] = i + 1
			path = append(path, next)
		}
		if ok && walk[next.Name] == i+1 {
			c.addLoop(path, next.Name)
		}
	}
}

// nextCNAME gives the CNAME that s leads to, where the zone has it.
func (c *checker) nextCNAME(s RRset) (RRset, bool) {
	sets, _, _ := c.names.find(s.Values[0].Data.Host(CNAME))
	return pick(sets, CNAME)
}

// addLoop reports the loop that begins at the name entry, which path contains.
func (c *checker) addLoop(path []RRset, entry Name) {
	const most = 8 // names of the chain that are shown
	for path[0].Name != entry {
		path = path[1:]
	}
	var chain strings.Builder
	chain.WriteString(entry.String())
	for i, s := range path {
		if i == most && len(path) > most+1 {
			fmt.Fprintf(&chain, " -> ... (%d more)", len(path)-1-i)
			s = path[len(path)-1]
		}
		to := s.Values[0].Data.Host(CNAME)
		fmt.Fprintf(&chain, " -> %s", to)
		if _, owner, _ := c.names.find(to); owner != to {
			fmt.Fprintf(&chain, " (by %s)", owner)
		}
		if i == most {
			break
		}
	}
	c.add(Error, "cname-loop", path[0].start(), "CNAME loop: %s; expected it to end at a name with other data", chain.String())
}
