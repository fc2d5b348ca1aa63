package lint

import (
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// checkHidden warns of an RRset that a delegation or a managed zone hides (RFC 1034 section
// 4.2.1) and reports whether it is one: name servers answer from the zone below, or point
// at it. Addresses of name servers are glue and belong there.
func (c *checker) checkHidden(s schema.RRset) bool {
	cut := c.index.Delegation(s.Name)
	if cut.IsZero() || s.Name == cut && s.Type == schema.NS {
		return false
	}
	at := s.Pos()
	_, delegated := c.index.At(cut).Type(schema.NS)
	switch {
	case s.Type == schema.CNAME && s.Name == cut && delegated:
		return true // cname-beside says it already
	case (s.Type == schema.A || s.Type == schema.AAAA) && c.index.IsNameServer(s.Name):
		return true
	}
	if i := slices.IndexFunc(c.zone.Children, func(z schema.Child) bool { return z.Name == cut }); i >= 0 {
		c.warn("below-delegation", at, "%s of %s is never served: %s is a zone of its own; expected it in %s", s.Type, s.Name, cut, c.zone.Children[i].File)
		return true
	}
	c.warnWhole("below-delegation", at, "%s of %s is never served: %s is delegated by NS%s; expected it in the delegated zone",
		s.Type, s.Name, cut, c.index.DelegatedAt(cut).Aside(at))
	return true
}

// Delegations returns what does not fit between a zone and the managed zones below it,
// which its Children name: a child without NS, NS or glue that differ. A child needs only
// its NS at the apex and the addresses of its name servers; one that could not be read is
// there with its name alone, and says that it may hold more.
func Delegations(parent schema.Declaration, children []schema.Declaration) schema.Problems {
	if len(children) == 0 {
		return nil
	}
	parent, _ = parent.Sorted()
	c := &checker{zone: parent, index: schema.NewIndex(parent)}
	for _, child := range children {
		child, _ = child.Sorted()
		c.checkDelegation(child)
	}
	return c.problems
}

func (c *checker) checkDelegation(child schema.Declaration) {
	here, ok := c.index.At(child.Name).Type(schema.NS)
	if !ok {
		if !c.index.MayHoldMore(child.Name, schema.NS) {
			c.warn("child-without-ns", schema.Position{File: c.zone.File, Line: 1, Col: 1},
				"%s is a zone of its own (%s), but has no NS here, expected them: resolvers need them to find the zone", child.Name, child.File)
		}
		return
	}
	index := schema.NewIndex(child)
	if there, ok := index.At(child.Name).Type(schema.NS); ok && !sameData(here, there) {
		c.warn("delegation-differs", here.Pos(), "NS of %s are %s here and %s in the zone itself%s, expected the same (RFC 1034 section 4.2.2)",
			child.Name, listData(here), listData(there), there.Pos().Aside(here.Pos()))
	}
	for _, v := range here.Values {
		if host := v.Data.Host(); host.In(child.Name) {
			c.checkGlueOf(host, index, child)
		}
	}
}

// checkGlueOf compares the addresses of a name server that the parent has as glue with
// those in the zone itself, from which resolvers take them in the end.
func (c *checker) checkGlueOf(host schema.Name, index *schema.Index, child schema.Declaration) {
	for _, t := range []schema.Type{schema.A, schema.AAAA} {
		here, glue := c.index.At(host).Type(t)
		there, ok := index.At(host).Type(t)
		switch {
		case !glue: // what lacks glue at all is checkGlue's concern
		case !ok && !index.MayHoldMore(host, t):
			c.warn("glue-differs", here.Pos(), "glue %s of %s is not in its zone %s (%s), expected the same there", t, host, child.Name, child.File)
		case ok && !sameData(here, there):
			c.warn("glue-differs", here.Pos(), "glue %s of %s is %s here and %s in its zone%s, expected the same",
				t, host, listData(here), listData(there), there.Pos().Aside(here.Pos()))
		}
	}
}

// sameData reports whether two RRsets, both sorted, have the same data.
func sameData(a, b schema.RRset) bool {
	return slices.EqualFunc(a.Values, b.Values, func(v, w schema.Value) bool { return v.Data == w.Data })
}

// listData lists the data of an RRset, the first few of it.
func listData(s schema.RRset) string {
	const most = 4
	var parts []string
	for i, v := range s.Values {
		if i == most {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, v.Data.String())
	}
	return strings.Join(parts, ", ")
}
