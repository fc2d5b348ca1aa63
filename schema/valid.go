package schema

import (
	"fmt"
	"strings"
)

// check returns what no name server would load or serve. The declaration must be sorted.
func (d *Declaration) check() Problems {
	c := &validator{d: d, index: NewIndex(*d)}
	c.checkShape()
	for node := range Nodes(d.RRsets) {
		c.checkCNAME(node)
		if mx, ok := node.Type(MX); ok {
			c.checkNullMX(mx)
		}
		if ns, ok := node.Type(NS); ok {
			c.checkNameServers(ns)
		}
	}
	c.checkLoops()
	c.checkIgnored()
	return c.problems
}

type validator struct {
	d        *Declaration
	index    *Index
	problems Problems
}

func (c *validator) errorf(code string, at Position, format string, args ...any) {
	if at.File == "" {
		at.File = c.d.File
	}
	c.problems = append(c.problems, NewProblem(Error, at, code, format, args...))
}

// checkShape checks that the parts of the declaration fit together. For zone files this was
// done with better messages; it is for declarations that are made in another way.
func (c *validator) checkShape() {
	d := c.d
	at := Position{File: d.File}
	if d.Name.IsZero() {
		c.errorf("zone-name", at, "zone without a name")
	}
	if d.Absent && len(d.RRsets) > 0 {
		c.errorf("head", at, "zone %s has state: absent and records, expected one of the two", d.Name)
	}
	for i, s := range d.RRsets {
		switch {
		case len(s.Values) == 0:
			c.errorf("empty", at, "RRset %s has no values", s.Key())
		case !s.Name.In(d.Name):
			c.errorf("owner-name", s.Pos(), "name %s is outside the zone %s, expected a name in it", s.Name, d.Name)
		case !s.Type.Managed():
			c.errorf("unsupported-type", s.Pos(), "type %s is not served, expected one of %s", s.Type, TypeList())
		case s.TTL > MaxTTL:
			c.errorf("ttl", s.Pos(), "TTL %d of %s, expected at most %d seconds", s.TTL, s.Key(), MaxTTL)
		case i > 0 && d.RRsets[i-1].Key() == s.Key():
			c.errorf("rrset-twice", s.Pos(), "%s is declared twice, expected one RRset with all its values", s.Key())
		}
		for _, v := range s.Values {
			if v.Data.Type() != s.Type {
				c.errorf("rdata", v.Pos, "RRset %s has data of type %q", s.Key(), v.Data.Type())
			}
			if err := v.Data.Check(); err != nil {
				c.errorf("rdata", v.Pos, "%v", err)
			}
		}
	}
}

// checkCNAME checks that a CNAME is single and alone at its name (RFC 1034 section 3.6.2,
// RFC 2181 section 10.1). Lenient does not help: no name server loads such a zone, and the
// service refuses the record.
func (c *validator) checkCNAME(node Node) {
	cname, ok := node.Type(CNAME)
	if !ok || len(cname.Values) == 0 {
		return
	}
	c.checkSecondCNAME(cname)
	at := cname.Pos()
	if cname.Name == c.d.Name {
		c.errorf("cname-apex", at, "CNAME at the apex, where every zone has SOA and NS; expected the addresses of %s as A and AAAA",
			cname.Values[0].Data.Host())
		return
	}
	var others []string
	for _, s := range node {
		if s.Type != CNAME {
			others = append(others, string(s.Type)+s.Pos().Aside(at))
		}
	}
	if len(others) > 0 {
		c.errorf("cname-beside", at, "CNAME of %s is beside %s, expected it alone at its name", cname.Name, SentenceList(others, "and"))
	}
}

func (c *validator) checkSecondCNAME(s RRset) {
	values := s.InFileOrder()
	first := values[0]
	for _, v := range values[1:] {
		c.errorf("cname-twice", v.Pos, "second CNAME of %s, to %s beside %s%s; expected one",
			s.Name, v.Data.Host(), first.Data.Host(), first.Pos.Aside(v.Pos))
	}
}

// checkLoops finds the CNAMEs that lead back to themselves within the zone. Each leads to one
// name at most, so that every name is visited once.
func (c *validator) checkLoops() {
	walk := map[Name]int{} // the number of the walk that visited the name
	for i, s := range c.d.RRsets {
		if s.Type != CNAME || walk[s.Name] != 0 {
			continue
		}
		if _, more := c.nextCNAME(s); !more {
			continue // most lead to an address
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

// nextCNAME returns the CNAME that s leads to, where the zone has it.
func (c *validator) nextCNAME(s RRset) (RRset, bool) {
	if len(s.Values) == 0 {
		return RRset{}, false
	}
	node, _, _ := c.index.Find(s.Values[0].Data.Host())
	return node.Type(CNAME)
}

// addLoop reports the loop that begins at the name entry, which path contains.
func (c *validator) addLoop(path []RRset, entry Name) {
	const most = 8 // names of the chain that are shown
	for path[0].Name != entry {
		path = path[1:]
	}
	var chain strings.Builder
	chain.WriteString(entry.Display())
	for i, s := range path {
		if i == most && len(path) > most+1 {
			fmt.Fprintf(&chain, " -> ... (%d more)", len(path)-1-i)
			s = path[len(path)-1]
		}
		to := s.Values[0].Data.Host()
		fmt.Fprintf(&chain, " -> %s", to.Display())
		if _, owner, _ := c.index.Find(to); owner != to {
			fmt.Fprintf(&chain, " (by %s)", owner.Display())
		}
		if i == most {
			break
		}
	}
	c.errorf("cname-loop", path[0].Pos(), "CNAME loop: %s; expected it to end at a name with other data", chain.String())
}

// checkNullMX checks that "0 ." is alone (RFC 7505 section 3): it says that the name takes
// no mail, and any other MX says that it does.
func (c *validator) checkNullMX(s RRset) {
	if len(s.Values) < 2 {
		return
	}
	severity := Error
	if s.Lenient {
		severity = Warning
	}
	for _, v := range s.Values {
		if v.Data.Host().IsZero() {
			c.problems = append(c.problems, NewProblem(severity, v.Pos, "mx-null",
				"null MX of %s is beside %d other MX, expected it alone (RFC 7505)", s.Name, len(s.Values)-1))
		}
	}
}

// checkNameServers refuses an NS whose target is a CNAME of the zone (RFC 2181 section
// 10.3). Through a wildcard, or in a lenient RRset, it is a warning of package lint.
func (c *validator) checkNameServers(s RRset) {
	if cut := c.index.Delegation(s.Name); s.Lenient || !cut.IsZero() && cut != s.Name {
		return
	}
	for _, v := range s.Values {
		target := v.Data.Host()
		node, owner, _ := c.index.Find(target)
		if s.Name != c.d.Name && target.In(s.Name) {
			// Glue is on this side of the delegation.
			node, owner = c.index.At(target), target
		}
		if alias, ok := node.Type(CNAME); ok && owner == target && len(alias.Values) > 0 {
			c.errorf("ns-to-cname", v.Pos, "NS target %s is a CNAME%s to %s, expected a name with A or AAAA",
				target, alias.Pos().Aside(v.Pos), alias.Values[0].Data.Host())
		}
	}
}

// checkIgnored refuses records that an ignore rule leaves to others: two owners of one
// record would undo each other's work.
func (c *validator) checkIgnored() {
	if len(c.d.Ignore) == 0 {
		return
	}
	for _, s := range c.d.RRsets {
		for _, v := range s.Values {
			if rule, ok := c.ignoringRule(s.Record(v)); ok {
				c.errorf("ignored-declared", v.Pos, "%s %s is declared here and ignored by the rule {%s}, expected one of the two",
					s.Name.DisplayIn(c.d.Name), s.Type, rule)
			}
		}
	}
}

// ignoringRule returns the first rule that names the record. Those for exactly one RRset
// do not count: a file wrote them beside the RRset itself.
func (c *validator) ignoringRule(rec Record) (IgnoreRule, bool) {
	for _, rule := range c.d.Ignore {
		if !rule.exact && rule.Match(c.d.Name, rec) {
			return rule, true
		}
	}
	return IgnoreRule{}, false
}
