package lookup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A verdict is what an answer says about a check: what differs, or why it says nothing.
type verdict struct {
	differs []Difference
	unknown string
}

// judge compares an answer with what the zone says.
func (c check) judge(m *dns.Msg) verdict {
	switch {
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
		return verdict{unknown: "the server answers " + rcode(m.Rcode)}
	case c.kind == referral:
		return c.judgeReferral(m)
	case c.kind == empty:
		return c.judgeEmpty(m)
	case c.kind == removed:
		return c.judgeRemoved(m)
	}
	got := find(m.Answer, c.asked.name, c.set.Type)
	switch {
	case got.empty():
		return c.judgeMissing(m)
	case !m.Authoritative:
		return verdict{unknown: "the answer is not authoritative"}
	}
	return verdict{differs: compare(c.set, got)}
}

// judgeMissing says what there is in place of the RRset.
func (c check) judgeMissing(m *dns.Msg) verdict {
	other := schema.CNAME
	if c.kind == alias {
		other = schema.A
	}
	cut, ns := delegationIn(m, c.asked.name)
	switch instead := find(m.Answer, c.asked.name, other); {
	case !instead.empty() && other != c.set.Type:
		return c.differs(instead.texts(), "has %s %s, expected %s %s", other, list(instead.texts()), c.set.Type, list(wanted(c.set)))
	case !m.Authoritative && !ns.empty():
		return c.differs(ns.texts(), "is answered with a referral to %s of %s, expected %s", list(ns.texts()), cut.Display(), list(wanted(c.set)))
	case !m.Authoritative:
		return verdict{unknown: "the answer is not authoritative"}
	case m.Rcode == dns.RcodeNameError:
		return c.differs(nil, "does not exist, expected %s", list(wanted(c.set)))
	}
	return c.differs(nil, "has no %s, expected %s", c.set.Type, list(wanted(c.set)))
}

// judgeReferral compares a delegation. A server that has the delegated zone as well answers
// from there: with the TTL of that zone, and without glue.
func (c check) judgeReferral(m *dns.Msg) verdict {
	if own := find(m.Answer, c.asked.name, schema.NS); m.Authoritative {
		if own.empty() {
			return c.judgeMissing(m)
		}
		own.ttl = 0
		return verdict{differs: compare(c.set, own)}
	}
	cut, ns := delegationIn(m, c.asked.name)
	switch {
	case ns.empty():
		return verdict{unknown: "the answer is neither authoritative nor a referral"}
	case cut != c.set.Name:
		return c.differs(ns.texts(), "is answered with a referral to %s of %s, expected NS %s", list(ns.texts()), cut.Display(), list(wanted(c.set)))
	}
	out := compare(c.set, ns)
	for _, g := range c.glue {
		got := find(m.Extra, g.set.Name, g.set.Type)
		switch {
		case !got.empty():
			out = append(out, compare(g.set, got)...)
		case g.required:
			out = append(out, Difference{
				Name: g.set.Name, Type: g.set.Type, Want: wanted(g.set),
				Message: fmt.Sprintf("is not in the referral to %s, expected the glue %s", c.set.Name.Display(), list(wanted(g.set))),
			})
		}
	}
	return verdict{differs: out}
}

// delegationIn returns the NS in the authority section of a referral, and their owner: the
// name that was asked for, or one above it.
func delegationIn(m *dns.Msg, name schema.Name) (cut schema.Name, ns served) {
	sections := slices.Concat(m.Ns, m.Answer) // some old servers put it into the answer
	for n := name; !n.IsRoot(); n = n.Parent() {
		if ns := find(sections, n, schema.NS); !ns.empty() {
			return n, ns
		}
	}
	return schema.Name{}, served{}
}

// judgeEmpty looks at an empty non-terminal, which is not a name that does not exist
// (RFC 8020): resolvers would take the names below it for missing as well.
func (c check) judgeEmpty(m *dns.Msg) verdict {
	got := find(m.Answer, c.asked.name, schema.A)
	cut, ns := delegationIn(m, c.asked.name)
	switch {
	case !m.Authoritative && !ns.empty():
		return c.differs(ns.texts(), "is answered with a referral to %s of %s, expected the empty name above records of the zone", list(ns.texts()), cut.Display())
	case !m.Authoritative:
		return verdict{unknown: "the answer is not authoritative"}
	case m.Rcode == dns.RcodeNameError && len(m.Answer) == 0:
		return c.differs(nil, "does not exist (NXDOMAIN), expected the empty name above records of the zone (NOERROR without data)")
	case !got.empty() && !c.open:
		return c.differs(got.texts(), "has A %s, expected no data", list(got.texts()))
	}
	return verdict{}
}

// judgeRemoved looks for data that was removed, in the answer or as a referral. What else is
// there belongs to others.
func (c check) judgeRemoved(m *dns.Msg) verdict {
	got := find(slices.Concat(m.Answer, m.Ns), c.asked.name, c.set.Type)
	still := slices.DeleteFunc(wanted(c.set), func(text string) bool { return !slices.Contains(got.texts(), text) })
	if len(still) == 0 {
		return verdict{}
	}
	why := "was removed"
	if !c.set.Expires.IsZero() {
		why = "has expired"
	}
	return verdict{differs: []Difference{{Name: c.set.Name, Type: c.set.Type, Got: still, Message: "still has " + list(still) + ", which " + why}}}
}

func (c check) differs(got []string, format string, args ...any) verdict {
	return verdict{differs: []Difference{{
		Name: c.set.Name, Type: c.set.Type, Want: wanted(c.set), Got: got, Message: fmt.Sprintf(format, args...),
	}}}
}

// compare says how an RRset differs from the file. Servers may count a TTL down, so only a
// larger one differs.
func compare(want schema.RRset, got served) []Difference {
	have, expected := got.texts(), wanted(want)
	lacks := without(expected, have)
	extra := without(have, expected)
	message := ""
	switch {
	case len(lacks) > 0 && len(extra) > 0:
		message = fmt.Sprintf("is %s, expected %s", list(extra), list(lacks))
	case len(lacks) > 0:
		message = "lacks " + list(lacks)
	case len(extra) > 0:
		message = fmt.Sprintf("has %s as well, expected %s", list(extra), list(expected))
	case got.ttl > want.TTL:
		message = fmt.Sprintf("has the TTL %d, expected at most %d", got.ttl, want.TTL)
	default:
		return nil
	}
	return []Difference{{Name: want.Name, Type: want.Type, Want: expected, Got: have, Message: message}}
}

// without returns the texts of a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// wanted returns the data of a declared RRset as zone files have it.
func wanted(s schema.RRset) []string {
	out := make([]string, len(s.Values))
	for i, v := range s.Values {
		out[i] = v.Data.String()
	}
	return out
}

// list lists data in a message, the first of it.
func list(texts []string) string {
	const most, longest = 4, 80
	var parts []string
	for i, t := range texts {
		if i == most {
			parts = append(parts, "...")
			break
		}
		if t = schema.Printable(t); len(t) > longest {
			t = strings.ToValidUTF8(t[:longest], "") + "..."
		}
		parts = append(parts, t)
	}
	return strings.Join(parts, ", ")
}

// rcode names a response code, as in REFUSED.
func rcode(code int) string {
	if text, ok := dns.RcodeToString[code]; ok {
		return text
	}
	return fmt.Sprintf("the response code %d", code)
}
