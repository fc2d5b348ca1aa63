package masterfile

import (
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// settle takes out what no name server would serve, such as a CNAME beside other data, and
// names it, until the rest is valid. It returns the declaration in order.
func (b *builder) settle(d schema.Declaration) schema.Declaration {
	for {
		d, _ = d.Sorted()
		_, problems := schema.NewZone(d)
		errors := problems.Errors()
		if len(errors) == 0 {
			return d
		}
		// An NS that points at a CNAME is in order once the CNAME is gone.
		if cnames := slices.DeleteFunc(slices.Clone(errors), func(p schema.Problem) bool { return !strings.HasPrefix(p.Code, "cname-") }); len(cnames) > 0 {
			errors = cnames
		}
		before := size(d)
		for _, p := range errors {
			d.RRsets = b.takeOut(d.RRsets, p)
		}
		if size(d) == before {
			// A rule that names no record: nothing can be left out for it.
			for _, p := range errors {
				b.errorf(p.Pos.Line, "%s", p.Message)
			}
			return d
		}
	}
}

func size(d schema.Declaration) (n int) {
	for _, s := range d.RRsets {
		n += len(s.Values)
	}
	return n
}

// takeOut removes the RRset that a problem is about; of MX only the null MX, whose others
// say that the name takes mail.
func (b *builder) takeOut(sets []schema.RRset, p schema.Problem) []schema.RRset {
	for i, s := range sets {
		v := slices.IndexFunc(s.Values, func(v schema.Value) bool { return v.Pos == p.Pos })
		switch {
		case v < 0:
			continue
		case p.Code == "mx-null" && len(s.Values) > 1:
			b.leaveOut(p.Pos.Line, describe(s.Record(s.Values[v])), p.Message)
			sets[i].Values = slices.Delete(slices.Clone(s.Values), v, v+1)
			return sets
		}
		for _, value := range s.Values {
			b.leaveOut(value.Pos.Line, describe(s.Record(value)), p.Message)
		}
		return slices.Delete(sets, i, i+1)
	}
	return sets
}
