package lookup

import (
	"slices"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A check is one question to a name server, and what the zone says of the answer.
type check struct {
	kind  kind
	asked question
	// set is the RRset that the check is about; for an empty non-terminal only its name is
	// there.
	set schema.RRset
	// glue are the addresses that belong to a referral. The server must send those of name
	// servers in the delegated zone (RFC 9471); others it may send.
	glue []glue
	// open is true where an empty non-terminal may hold records that the file does not name.
	open bool
}

type glue struct {
	set      schema.RRset
	required bool
}

// kind says what an answer has to look like.
type kind int

const (
	direct   kind = iota // the RRset is in the answer, under the name that was asked for
	alias                // so is the CNAME, whatever its target answers
	referral             // the NS are in the authority section, the glue beside them
	empty                // the name exists and has no data
	removed              // none of the data is there any more
)

// probe is the label with which names are asked for that only a wildcard answers. Nobody
// has such a name.
const probe = "zonetender-probe"

// checks returns a question for each RRset of the zone that name servers serve, and for each
// empty non-terminal. What is below a delegation is not served, its glue apart.
func checks(z *schema.Zone) []check {
	d := z.Declaration()
	index := schema.NewIndex(d)
	var out []check
	for node := range schema.Nodes(d.RRsets) {
		name := node[0].Name
		switch cut := index.Delegation(name); {
		case cut.IsZero():
			for _, s := range node {
				out = append(out, ownChecks(s)...)
			}
		case cut == name:
			if s, ok := node.Type(schema.NS); ok {
				out = append(out, check{kind: referral, asked: question{name: name, qtype: dns.TypeNS}, set: s, glue: glueOf(index, s)})
			}
		}
	}
	return append(out, emptyNames(d, index)...)
}

// removedChecks returns a question for each RRset that was removed from the zone, or that has
// expired, unless a wildcard or a delegation answers in its place now.
func removedChecks(z *schema.Zone, gone []schema.RRset) []check {
	d := z.Declaration()
	index := schema.NewIndex(d)
	known := make(map[schema.Key]bool, len(gone))
	for _, s := range gone {
		known[s.Key()] = true
	}
	sets := slices.Clone(gone)
	for _, s := range d.Expired {
		// Without NS of its own at the apex, a zone gets those of the service.
		if !known[s.Key()] && (s.Type != schema.NS || s.Name != d.Name) {
			sets = append(sets, s)
		}
	}
	var out []check
	for _, s := range sets {
		_, declared := z.RRset(s.Key())
		if _, _, what := index.Find(s.Name); declared || s.Name.IsWildcard() || !index.Delegation(s.Name).IsZero() || what == schema.Found && len(index.At(s.Name)) == 0 {
			continue
		}
		out = append(out, check{kind: removed, asked: question{name: s.Name, qtype: dns.StringToType[string(s.Type)]}, set: s})
	}
	return out
}

// ownChecks returns the check of an RRset that the zone answers itself.
func ownChecks(s schema.RRset) []check {
	name := s.Name
	if name.IsWildcard() {
		if s.Type == schema.NS {
			return nil // has no meaning that servers agree on (RFC 4592 section 4.2)
		}
		var err error
		if name, _, err = schema.ParseOwner(probe, name.Parent()); err != nil {
			return nil // no name that a wildcard this deep stands for has room for the label
		}
	}
	if s.Type == schema.CNAME {
		// Everybody who asks for an address meets the CNAME.
		return []check{{kind: alias, asked: question{name: name, qtype: dns.TypeA}, set: s}}
	}
	return []check{{kind: direct, asked: question{name: name, qtype: dns.StringToType[string(s.Type)]}, set: s}}
}

// glueOf returns the addresses that the zone has for the name servers of a delegation, as
// far as they are below one.
func glueOf(index *schema.Index, ns schema.RRset) []glue {
	var out []glue
	for _, v := range ns.Values {
		host := v.Data.Host()
		if index.Delegation(host).IsZero() {
			continue
		}
		for _, t := range []schema.Type{schema.A, schema.AAAA} {
			if s, ok := index.At(host).Type(t); ok {
				out = append(out, glue{s, host.In(ns.Name)})
			}
		}
	}
	return out
}

// emptyNames returns the checks of the empty non-terminals: names without records of their
// own that exist because of names below them (RFC 4592 section 2.2.2).
func emptyNames(d schema.Declaration, index *schema.Index) []check {
	var out []check
	seen := map[schema.Name]bool{d.Name: true}
	for node := range schema.Nodes(d.RRsets) {
		for n := node[0].Name.Parent(); n.In(d.Name) && !seen[n]; n = n.Parent() {
			seen[n] = true
			if len(index.At(n)) > 0 || !index.Delegation(n).IsZero() {
				continue
			}
			out = append(out, check{
				kind: empty, asked: question{name: n, qtype: dns.TypeA},
				set: schema.RRset{Name: n}, open: index.MayHoldMore(n, schema.Types()...),
			})
		}
	}
	return out
}
