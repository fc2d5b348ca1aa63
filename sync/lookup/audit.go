package lookup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
)

// The codes of the warnings. They are stable; package zonefile describes them.
const (
	codeAddress    = "audit-address"
	codeDKIM       = "audit-dkim"
	codeDKIMShort  = "audit-dkim-short"
	codeDMARC      = "audit-dmarc-report"
	codeLame       = "audit-lame"
	codeSPFInclude = "audit-spf-include"
	codeSPFLookups = "audit-spf-lookups"
	codeSPFVoid    = "audit-spf-void"
	codeTakeover   = "audit-takeover"
	codeTarget     = "audit-target"
	// CodeUnknown is the code of what could not be looked up, which is no mistake of the
	// zone.
	CodeUnknown = "audit-unknown"
)

// An Auditor looks at where the records of zones lead. Names of a zone itself are taken from
// its file, where package lint has looked at them already; all others are asked of a
// resolver, each once. Make one with [NewAuditor]; the zero Auditor is invalid. It is safe
// for concurrent use.
type Auditor struct {
	client   *Client
	resolver *Resolver
	port     uint16
}

// NewAuditor returns an auditor. Name servers are asked at a port; 0 means 53.
func NewAuditor(c *Client, r *Resolver, port uint16) *Auditor {
	if port == 0 {
		port = dnsPort
	}
	return &Auditor{client: c, resolver: r, port: port}
}

// Zone returns warnings about where the records of a zone lead, in no particular order. What
// could not be looked up is a warning of its own, and nothing else is said of it.
func (a *Auditor) Zone(ctx context.Context, z *schema.Zone) schema.Problems {
	d := z.Declaration()
	v := &view{auditor: a, zone: d.Name, index: schema.NewIndex(d)}
	var tasks []func(context.Context) schema.Problems
	for _, s := range d.RRsets {
		cut := v.index.Delegation(s.Name)
		if !cut.IsZero() && (cut != s.Name || s.Type != schema.NS) {
			continue // never served
		}
		for _, value := range s.Values {
			tasks = append(tasks, v.tasks(s, value)...)
		}
	}
	found := make([]schema.Problems, len(tasks))
	var g errgroup.Group
	g.SetLimit(together)
	for i, task := range tasks {
		g.Go(func() error {
			found[i] = task(ctx)
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	return slices.Concat(found...)
}

// A view is one zone and what is around it.
type view struct {
	auditor *Auditor
	zone    schema.Name
	index   *schema.Index
}

// tasks returns what is to be found out about a record.
func (v *view) tasks(s schema.RRset, value schema.Value) (out []func(context.Context) schema.Problems) {
	add := func(look func(context.Context, schema.RRset, schema.Value) schema.Problems) {
		out = append(out, func(ctx context.Context) schema.Problems { return look(ctx, s, value) })
	}
	first, _, _ := strings.Cut(s.Name.String(), ".")
	switch {
	case s.Type == schema.CNAME && first == "_acme-challenge": // what it names is there while a certificate is issued
	case s.Type.HasHost():
		add(v.target)
	}
	switch s.Type {
	case schema.NS:
		add(v.lame)
	case schema.CNAME:
		if isDKIM(s.Name) {
			add(v.foreignKey)
		}
	case schema.TXT:
		if isDKIM(s.Name) {
			add(v.ownKey)
		}
		if first == "_dmarc" {
			add(v.reports)
		}
		add(v.spf)
	}
	return out
}

func warn(code string, at schema.Position, format string, args ...any) schema.Problems {
	return schema.Problems{schema.NewProblem(schema.Warning, at, code, format, args...)}
}

// unknown says that something could not be looked up.
func unknown(s schema.RRset, at schema.Position, what schema.Name, err error) schema.Problems {
	return warn(CodeUnknown, at, "%s %s leads to %s, which could not be looked up: %v", s.Type, s.Name, what, err)
}

// own reports whether the zone itself says what is at a name.
func (v *view) own(n schema.Name) bool {
	_, _, what := v.index.Find(n)
	return what != schema.Elsewhere
}

// target looks at the host that a record points at.
func (v *view) target(ctx context.Context, s schema.RRset, value schema.Value) schema.Problems {
	host := value.Data.Host()
	if host.IsZero() || v.own(host) || s.Type == schema.NS && host.In(s.Name) {
		return nil // package lint has looked at it, and at its glue
	}
	h, err := v.auditor.resolver.host(ctx, host)
	switch {
	case err != nil:
		return unknown(s, value.Pos, host, err)
	case h.missing:
		return v.dangling(ctx, s, value, h)
	case len(h.addrs) == 0 && s.Type != schema.CNAME:
		return warn(codeAddress, value.Pos, "%s %s points at %s, which has no address, expected A or AAAA there", s.Type, s.Name, host)
	}
	return nil
}

// dangling says what it means that the host of a record does not exist.
func (v *view) dangling(ctx context.Context, s schema.RRset, value schema.Value, h hostAnswer) schema.Problems {
	gone := h.chain[len(h.chain)-1]
	via := ""
	if len(h.chain) > 1 {
		via = fmt.Sprintf(" by way of %s", h.chain[0].Display())
	}
	if provider := providerOf(gone); provider != "" {
		return warn(codeTakeover, value.Pos, "high risk: %s %s points at %s%s, which does not exist and which anybody may create at %s; expected no such record, or the name in your hands",
			s.Type, s.Name, gone, via, provider)
	}
	if domain := registered(gone); !domain.IsZero() {
		m, err := v.auditor.resolver.resolve(ctx, domain, dns.TypeSOA)
		switch {
		case err != nil:
			return unknown(s, value.Pos, domain, err)
		case m.Rcode == dns.RcodeNameError:
			return warn(codeTakeover, value.Pos, "high risk: %s %s points at %s%s, and %s is not registered, so that anybody may register it; expected no such record",
				s.Type, s.Name, gone, via, domain)
		}
	}
	return warn(codeTarget, value.Pos, "%s %s points at %s%s, which does not exist; expected a name that does", s.Type, s.Name, gone, via)
}

// lame asks a name server that the zone delegates to, or names at its apex, whether it has
// the zone.
func (v *view) lame(ctx context.Context, s schema.RRset, value schema.Value) schema.Problems {
	if s.Name.IsWildcard() {
		return nil
	}
	host := value.Data.Host()
	addrs, err := v.addressesOf(ctx, host)
	if len(addrs) == 0 {
		if err != nil && host.In(s.Name) {
			return unknown(s, value.Pos, host, err)
		}
		return nil // target says so
	}
	var out schema.Problems
	for _, addr := range addrs {
		server := ServerResult{Host: host.Undotted(), Addr: addr}
		m, err := v.auditor.client.ask(ctx, addr, question{name: s.Name, qtype: dns.TypeSOA})
		switch {
		case errors.Is(err, errNoRoute) && len(addrs) > 1: // it is asked at its other address
		case err != nil:
			out = append(out, warn(CodeUnknown, value.Pos, "name server %s of %s could not be asked: %v", server.Name(), s.Name, err)...)
		case m.Rcode == dns.RcodeServerFailure:
			out = append(out, warn(CodeUnknown, value.Pos, "name server %s of %s could not be asked: it answers SERVFAIL", server.Name(), s.Name)...)
		default:
			if _, trouble := serialOf(m, s.Name); trouble != "" {
				out = append(out, warn(codeLame, value.Pos, "name server %s does not answer for %s: %s; expected it to have the zone", server.Name(), s.Name, trouble)...)
			}
		}
	}
	return out
}

// addressesOf returns the addresses of a name server: those in the zone, glue among them,
// else what the resolver knows.
func (v *view) addressesOf(ctx context.Context, host schema.Name) (out []netip.AddrPort, err error) {
	for _, t := range []schema.Type{schema.A, schema.AAAA} {
		if set, ok := v.index.At(host).Type(t); ok {
			for _, value := range set.Values {
				out = append(out, netip.AddrPortFrom(value.Data.Addr(), v.auditor.port))
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	addrs, err := v.auditor.resolver.addresses(ctx, host)
	for _, addr := range addrs {
		out = append(out, netip.AddrPortFrom(addr, v.auditor.port))
	}
	return out, err
}
