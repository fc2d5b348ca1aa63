// Package query finds records by what somebody looks for: an address, a network, a name, a
// type, or a piece of text, and what points at a name. It looks at records only, wherever
// they come from.
package query

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// A Query is what somebody looks for. [Parse] makes one; the zero Query matches nothing.
type Query struct {
	match func(zone schema.Name, r schema.Record) bool
}

// Parse reads a query:
//
//   - an address or a network in CIDR notation finds the addresses in it, and the SPF terms
//     that speak of any of them;
//   - a type such as MX, in upper case, finds all records of the type;
//   - a glob such as *.example.com finds what it matches as a whole: an owner name, a host,
//     or a text;
//   - any other text finds the owner names and hosts that are this name, absolute or relative
//     to their zone, and the texts that contain it.
//
// Case is folded but for types.
func Parse(text string) (Query, error) {
	if strings.TrimSpace(text) == "" {
		return Query{}, errors.New("query is empty, expected an address, a network, a name, a type or a text")
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return inNetwork(prefix.Masked()), nil
	}
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return inNetwork(netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())), nil
	}
	if t := schema.Type(text); t.Managed() {
		return Query{func(_ schema.Name, r schema.Record) bool { return r.Type == t }}, nil
	}
	if strings.Contains(text, "*") {
		return byGlob(strings.ToLower(text)), nil
	}
	return byText(text), nil
}

// Match reports whether a record of a zone is what is looked for.
func (q Query) Match(zone schema.Name, r schema.Record) bool {
	return q.match != nil && q.match(zone, r)
}

func inNetwork(network netip.Prefix) Query {
	return Query{func(_ schema.Name, r schema.Record) bool {
		if addr := r.Data.Addr(); addr.IsValid() {
			return network.Contains(addr)
		}
		for _, p := range spfNetworks(r.Data.TXT()) {
			if p.Overlaps(network) {
				return true
			}
		}
		return false
	}}
}

// spfNetworks returns the networks that an SPF record names (RFC 7208 section 5.6).
func spfNetworks(text string) []netip.Prefix {
	var out []netip.Prefix
	for _, term := range spfTerms(text) {
		name, network, _ := strings.Cut(term, ":")
		if name != "ip4" && name != "ip6" {
			continue
		}
		if addr, err := netip.ParseAddr(network); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
		} else if p, err := netip.ParsePrefix(network); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

// spfTerms returns the terms of an SPF record in lower case and without their qualifiers,
// none for any other text.
func spfTerms(text string) []string {
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) == 0 || fields[0] != "v=spf1" {
		return nil
	}
	for i, f := range fields {
		fields[i] = strings.TrimLeft(f[:1], "+-?~") + f[1:]
	}
	return fields[1:]
}

func byGlob(glob string) Query {
	undotted := strings.TrimSuffix(glob, ".")
	return Query{func(zone schema.Name, r schema.Record) bool {
		for _, n := range names(zone, r) {
			if schema.MatchText(undotted, n) {
				return true
			}
		}
		for _, t := range texts(r) {
			if schema.MatchText(glob, strings.ToLower(t)) {
				return true
			}
		}
		return false
	}}
}

func byText(text string) Query {
	text = strings.ToLower(text)
	name := strings.TrimSuffix(text, ".")
	// What people type in Unicode is stored as A-labels.
	if n, err := schema.ParseName(text); err == nil {
		name = n.Undotted()
	}
	return Query{func(zone schema.Name, r schema.Record) bool {
		for _, n := range names(zone, r) {
			if n == name {
				return true
			}
		}
		for _, t := range texts(r) {
			if strings.Contains(strings.ToLower(t), text) {
				return true
			}
		}
		return false
	}}
}

// names returns the names of a record without final dots: its owner, absolute and relative,
// and its host.
func names(zone schema.Name, r schema.Record) []string {
	out := []string{r.Name.Undotted(), r.Name.Relative(zone)}
	if host := r.Data.Host(); r.Type.HasHost() && !host.IsZero() {
		out = append(out, host.Undotted())
	}
	return out
}

// texts returns the parts of a record that are free text.
func texts(r schema.Record) []string {
	switch r.Type {
	case schema.TXT:
		return []string{r.Data.TXT()}
	case schema.CAA:
		_, _, value := r.Data.CAA()
		return []string{value}
	}
	return nil
}
