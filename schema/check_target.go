package schema

// checkTargets looks at the names in the zone that an RRset points at. Names
// outside are not looked up: the files say nothing of them.
func (c *checker) checkTargets(s RRset) {
	if !s.Type.HasHost() {
		return
	}
	for _, v := range s.Values {
		target := v.Data.Host(s.Type)
		if target.IsZero() || !target.In(c.zone.Name) {
			continue
		}
		if s.Type == NS && s.Name != c.zone.Name && target.In(s.Name) {
			c.checkGlue(s, v, target)
			continue
		}
		c.checkTarget(s, v, target)
	}
}

func (c *checker) checkTarget(s RRset, v Value, target Name) {
	sets, owner, what := c.names.find(target)
	switch what {
	case foundElsewhere:
	case foundNothing:
		if c.names.above[target] {
			c.warn("target-missing", v.Pos, "%s target %s has no records, only names below it have; expected %s", s.Type, target, wantedAt(s.Type))
		} else {
			c.warn("target-missing", v.Pos, "%s target %s does not exist in the zone, expected %s", s.Type, target, wantedAt(s.Type))
		}
	case foundHere:
		if s.Type == CNAME {
			return
		}
		if alias, ok := pick(sets, CNAME); ok {
			c.addAlias(s, v, alias, owner == target)
		} else if !c.hasAddress(sets) && !c.names.others.mayHave(owner, A, AAAA) && c.names.whole {
			c.warn("target-missing", v.Pos, "%s target %s has no address, only %s; expected %s", s.Type, target, typesOf(sets), wantedAt(s.Type))
		}
	}
}

// addAlias reports an MX, NS or SRV whose target is a CNAME: resolvers need not
// follow it (RFC 2181 section 10.3, RFC 2782). Own is false where only a wildcard
// gives the target its CNAME.
func (c *checker) addAlias(s RRset, v Value, alias RRset, own bool) {
	severity, rule := Warning, "mx-to-cname"
	switch s.Type {
	case SRV:
		rule = "srv-to-cname"
	case NS:
		rule = "ns-to-cname"
		if own && !s.Lenient {
			severity = Error
		}
	}
	c.add(severity, rule, v.Pos, "%s target %s is a CNAME%s to %s, expected a name with A or AAAA",
		s.Type, v.Data.Host(s.Type), alias.start().seenFrom(v.Pos), alias.Values[0].Data.Host(CNAME))
}

// checkGlue holds a name server inside the zone that it serves to having its
// address on this side of the delegation (RFC 1034 section 4.2.1): nobody could
// find it otherwise.
func (c *checker) checkGlue(s RRset, v Value, target Name) {
	sets := c.names.sets[target]
	if alias, ok := pick(sets, CNAME); ok {
		c.addAlias(s, v, alias, true)
		return
	}
	if !c.hasAddress(sets) && c.names.whole && !c.names.others.mayHave(target, A, AAAA) {
		c.warn("target-missing", v.Pos, "NS target %s lies in the zone %s that it serves and has no address here, expected its A or AAAA as glue", target, s.Name)
	}
}

func (c *checker) hasAddress(sets []RRset) bool {
	for _, s := range sets {
		if s.Type == A || s.Type == AAAA {
			return true
		}
	}
	return false
}

// wantedAt says what the target of a record of type t ought to have.
func wantedAt(t Type) string {
	if t == CNAME {
		return "a record there"
	}
	return "A or AAAA there"
}
