package lint

import "github.com/zonetender/zonetender/schema"

// checkTargets looks at the names in the zone that an RRset points at. Names
// outside are not looked up: the files say nothing of them.
func (c *checker) checkTargets(s schema.RRset) {
	if !s.Type.HasHost() {
		return
	}
	for _, v := range s.Values {
		target := v.Data.Host()
		if target.IsZero() || !target.In(c.zone.Name) {
			continue
		}
		if s.Type == schema.NS && s.Name != c.zone.Name && target.In(s.Name) {
			c.checkGlue(s, v, target)
			continue
		}
		c.checkTarget(s, v, target)
	}
}

func (c *checker) checkTarget(s schema.RRset, v schema.Value, target schema.Name) {
	node, owner, what := c.index.Find(target)
	switch what {
	case schema.Elsewhere:
	case schema.Nothing:
		if c.index.HasBelow(target) {
			c.warnWhole("target-missing", v.Pos, "%s target %s has no records, only names below it have; expected %s", s.Type, target, wantedAt(s.Type))
		} else {
			c.warnWhole("target-missing", v.Pos, "%s target %s does not exist in the zone, expected %s", s.Type, target, wantedAt(s.Type))
		}
	case schema.Found:
		if s.Type == schema.CNAME {
			return
		}
		if alias, ok := node.Type(schema.CNAME); ok {
			c.addAlias(s, v, alias)
		} else if !c.hasAddress(node) && !c.index.MayHoldMore(owner, schema.A, schema.AAAA) {
			c.warnWhole("target-missing", v.Pos, "%s target %s has no address, only %s; expected %s", s.Type, target, node.Types(), wantedAt(s.Type))
		}
	}
}

// addAlias reports an MX, NS or SRV whose target is a CNAME: resolvers need not follow it
// (RFC 2181 section 10.3, RFC 2782). An NS to a name that has the CNAME of its own is an
// error of schema's, unless it is lenient.
func (c *checker) addAlias(s schema.RRset, v schema.Value, alias schema.RRset) {
	code := map[schema.Type]string{schema.MX: "mx-to-cname", schema.SRV: "srv-to-cname", schema.NS: "ns-to-cname"}[s.Type]
	if s.Type == schema.NS && alias.Name == v.Data.Host() && !s.Lenient {
		return
	}
	c.warn(code, v.Pos, "%s target %s is a CNAME%s to %s, expected a name with A or AAAA",
		s.Type, v.Data.Host(), alias.Pos().Aside(v.Pos), alias.Values[0].Data.Host())
}

// checkGlue checks that a name server within the zone that it serves has its address on this
// side of the delegation (RFC 1034 section 4.2.1): resolvers could not find it otherwise.
func (c *checker) checkGlue(s schema.RRset, v schema.Value, target schema.Name) {
	node := c.index.At(target)
	if alias, ok := node.Type(schema.CNAME); ok {
		c.addAlias(s, v, alias)
		return
	}
	if !c.hasAddress(node) && !c.index.MayHoldMore(target, schema.A, schema.AAAA) {
		c.warnWhole("target-missing", v.Pos, "NS target %s is in the zone %s that it serves, but has no address here; expected its A or AAAA as glue", target, s.Name)
	}
}

func (c *checker) hasAddress(node schema.Node) bool {
	for _, s := range node {
		if s.Type == schema.A || s.Type == schema.AAAA {
			return true
		}
	}
	return false
}

// wantedAt says what the target of a record of type t ought to have.
func wantedAt(t schema.Type) string {
	if t == schema.CNAME {
		return "a record there"
	}
	return "A or AAAA there"
}
