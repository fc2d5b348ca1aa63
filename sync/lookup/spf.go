package lookup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/lint"
)

const (
	maxSPFLookups = 10 // RFC 7208 section 4.6.4
	maxSPFVoid    = 2  // RFC 7208 section 4.6.4
	endlessSPF    = 60 // terms; no more are looked at, whatever a record includes
)

// spf follows an SPF record through all that it includes.
func (v *view) spf(ctx context.Context, s schema.RRset, value schema.Value) schema.Problems {
	terms, ok := lint.SPFTerms(value.Data.TXT())
	if !ok {
		return nil
	}
	w := &spfWalk{view: v, set: s, at: value.Pos, path: []schema.Name{s.Name}}
	w.follow(ctx, s.Name, terms)
	about := "needs"
	if w.open || w.lookups >= endlessSPF {
		about = "needs at least"
	}
	if w.lookups > maxSPFLookups && !w.endless {
		w.found = append(w.found, warn(codeSPFLookups, value.Pos, "SPF of %s %s %d DNS look-ups with all that it includes, expected at most %d: receivers reject it (RFC 7208 section 4.6.4)",
			s.Name, about, w.lookups, maxSPFLookups)...)
	}
	if len(w.void) > maxSPFVoid {
		w.found = append(w.found, warn(codeSPFVoid, value.Pos, "SPF of %s has %d look-ups that find nothing (%s), expected at most %d: receivers reject it (RFC 7208 section 4.6.4)",
			s.Name, len(w.void), list(w.void), maxSPFVoid)...)
	}
	return w.found
}

// An spfWalk is one SPF record being followed.
type spfWalk struct {
	view    *view
	set     schema.RRset
	at      schema.Position
	path    []schema.Name // the records that led here
	lookups int
	void    []string // the terms that found nothing
	endless bool     // a record includes itself
	open    bool     // something could not be looked up or has macros
	found   schema.Problems
}

// follow goes through the terms of the record of a domain.
func (w *spfWalk) follow(ctx context.Context, domain schema.Name, terms []lint.SPFTerm) {
	for _, t := range terms {
		if w.lookups++; w.endless || w.lookups >= endlessSPF {
			return
		}
		name := domain
		if t.Domain != "" {
			var err error
			if name, err = schema.ParseName(t.Domain); err != nil || strings.Contains(t.Domain, "%") {
				w.open = w.open || t.Name == "include" || t.Name == "redirect"
				continue // a macro, or what package lint says is malformed
			}
		}
		switch t.Name {
		case "include", "redirect":
			w.include(ctx, t.Name, name)
		case "a", "exists", "mx":
			w.term(ctx, t.Name, name)
		}
	}
}

// include goes on in another record.
func (w *spfWalk) include(ctx context.Context, term string, name schema.Name) {
	if slices.Contains(w.path, name) {
		w.found = append(w.found, warn(codeSPFLookups, w.at, "SPF of %s includes %s, which includes itself; expected its includes to end", w.set.Name, name)...)
		w.endless = true
		return
	}
	texts, err := w.textsAt(ctx, name)
	if err != nil {
		w.open = true
		w.found = append(w.found, unknown(w.set, w.at, name, err)...)
		return
	}
	if len(texts) == 0 {
		w.void = append(w.void, term+" "+name.Undotted())
	}
	texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !lint.IsSPF(text) })
	if len(texts) != 1 {
		via := ""
		if len(w.path) > 1 {
			via = fmt.Sprintf(" by way of %s", w.path[len(w.path)-1].Display())
		}
		has := "no SPF record"
		if len(texts) > 1 {
			has = fmt.Sprintf("%d SPF records", len(texts))
		}
		w.found = append(w.found, warn(codeSPFInclude, w.at, "SPF of %s has %s of %s%s, which has %s; expected one: receivers reject it (RFC 7208 section 5.2)",
			w.set.Name, term, name, via, has)...)
		return
	}
	terms, _ := lint.SPFTerms(texts[0])
	w.path = append(w.path, name)
	w.follow(ctx, name, terms)
	w.path = w.path[:len(w.path)-1]
}

// term looks whether a term finds anything.
func (w *spfWalk) term(ctx context.Context, term string, name schema.Name) {
	found, err := w.has(ctx, term, name)
	switch {
	case err != nil:
		w.open = true
		w.found = append(w.found, unknown(w.set, w.at, name, err)...)
	case !found:
		w.void = append(w.void, term+" "+name.Undotted())
	}
}

// has reports whether a name has an address, or an MX for the term mx.
func (w *spfWalk) has(ctx context.Context, term string, name schema.Name) (bool, error) {
	types := []schema.Type{schema.A, schema.AAAA}
	if term == "mx" {
		types = []schema.Type{schema.MX}
	}
	if node, owner, what := w.view.index.Find(name); what != schema.Elsewhere {
		if alias, ok := node.Type(schema.CNAME); ok {
			name = alias.Values[0].Data.Host()
		} else if w.view.index.MayHoldMore(owner, types...) || slices.ContainsFunc(types, func(t schema.Type) bool { _, ok := node.Type(t); return ok }) {
			return true, nil
		} else {
			return false, nil
		}
	}
	if term == "mx" {
		m, err := w.view.auditor.resolver.resolve(ctx, name, dns.TypeMX)
		return err == nil && slices.ContainsFunc(m.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeMX }), err
	}
	h, err := w.view.auditor.resolver.host(ctx, name)
	return len(h.addrs) > 0, err
}

// textsAt returns the texts at a name, those of the zone itself from its file.
func (w *spfWalk) textsAt(ctx context.Context, name schema.Name) ([]string, error) {
	for range maxSPFLookups {
		node, owner, what := w.view.index.Find(name)
		if what == schema.Elsewhere || w.view.index.MayHoldMore(owner, schema.TXT) {
			break
		}
		if alias, ok := node.Type(schema.CNAME); ok {
			name = alias.Values[0].Data.Host()
			continue
		}
		var texts []string
		set, _ := node.Type(schema.TXT)
		for _, v := range set.Values {
			texts = append(texts, v.Data.TXT())
		}
		return texts, nil
	}
	return w.view.auditor.resolver.texts(ctx, name)
}
