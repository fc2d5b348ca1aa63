package lookup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// dnsPort is where name servers listen (RFC 1035 section 4.2).
const dnsPort = 53

// A delegation is what the zone above says about a zone.
type delegation struct {
	parent schema.Name // the zone above
	// ns are the name servers; none where the parent does not delegate the zone.
	ns   served
	glue map[schema.Name][]netip.Addr
	// own is true where the server of the parent has the zone itself: the NS are the zone's
	// then, and what the parent says cannot be seen.
	own bool
}

// parents finds delegations. It remembers the servers of the zones above, which many zones
// share.
type parents struct {
	client   *Client
	resolver *Resolver
	port     uint16

	mu      sync.Mutex
	servers map[schema.Name][]netip.Addr // by name of the parent zone
}

// delegation asks the servers of the zone above about a zone: a resolver would answer with
// what the zone says of itself.
func (p *parents) delegation(ctx context.Context, zone schema.Name) (delegation, error) {
	if p.resolver == nil {
		return delegation{}, errors.New("no resolver")
	}
	parent, err := p.zoneAbove(ctx, zone)
	if err != nil {
		return delegation{}, err
	}
	addrs, err := p.serversOf(ctx, parent)
	if err != nil {
		return delegation{}, fmt.Errorf("name servers of %s: %w", parent, err)
	}
	last := errors.New("it has no name servers")
	for _, addr := range addrs {
		server := netip.AddrPortFrom(addr, p.port)
		m, err := p.client.ask(ctx, server, question{name: zone, qtype: dns.TypeNS})
		if err == nil {
			var d delegation
			if d, err = readDelegation(m, zone, parent); err == nil {
				return d, nil
			}
		}
		last = fmt.Errorf("server %s: %w", server, err)
		if ctx.Err() != nil {
			break
		}
	}
	return delegation{}, fmt.Errorf("zone %s: %w", parent, last)
}

// readDelegation reads what a server of the parent answers to the question for the NS.
func readDelegation(m *dns.Msg, zone, parent schema.Name) (delegation, error) {
	d := delegation{parent: parent}
	switch {
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
		return d, fmt.Errorf("answers %s", rcode(m.Rcode))
	case m.Authoritative:
		d.ns = find(m.Answer, zone, schema.NS)
		d.own = !d.ns.empty()
		return d, nil
	}
	cut, ns := delegationIn(m, zone)
	switch {
	case ns.empty():
		return d, errors.New("the answer is neither authoritative nor a referral")
	case cut != zone:
		return d, fmt.Errorf("answers with a referral to %s", cut)
	}
	d.ns, d.glue = ns, make(map[schema.Name][]netip.Addr)
	for _, data := range ns.data {
		for _, t := range []schema.Type{schema.A, schema.AAAA} {
			for _, address := range find(m.Extra, data.Host(), t).data {
				d.glue[data.Host()] = append(d.glue[data.Host()], address.Addr())
			}
		}
	}
	return d, nil
}

// zoneAbove returns the name of the zone that a zone is delegated from: the SOA, of the
// answer or of what does not exist, bears it.
func (p *parents) zoneAbove(ctx context.Context, zone schema.Name) (schema.Name, error) {
	above := zone.Parent()
	m, err := p.resolver.resolve(ctx, above, dns.TypeSOA)
	if err != nil {
		return schema.Name{}, fmt.Errorf("zone above %s: %w", zone, err)
	}
	for _, rr := range slices.Concat(m.Answer, m.Ns) {
		if rr.Header().Rrtype != dns.TypeSOA {
			continue
		}
		if parent, err := parseWireName(rr.Header().Name); err == nil && above.In(parent) {
			return parent, nil
		}
	}
	return schema.Name{}, fmt.Errorf("zone above %s: the resolver names none", zone)
}

// serversOf returns the addresses of a zone's name servers, by the resolver.
func (p *parents) serversOf(ctx context.Context, zone schema.Name) ([]netip.Addr, error) {
	p.mu.Lock()
	addrs, known := p.servers[zone]
	p.mu.Unlock()
	if known {
		return addrs, nil
	}
	m, err := p.resolver.resolve(ctx, zone, dns.TypeNS)
	if err != nil {
		return nil, err
	}
	for _, ns := range find(m.Answer, zone, schema.NS).data {
		var some []netip.Addr
		if some, err = p.resolver.addresses(ctx, ns.Host()); err != nil {
			continue
		}
		// Four are enough for a question, and IPv4 works everywhere.
		if addrs = append(addrs, some...); len(addrs) >= 4 {
			break
		}
	}
	if len(addrs) == 0 {
		return nil, cmp.Or(err, errors.New("none has an address"))
	}
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	p.mu.Lock()
	p.servers[zone] = addrs
	p.mu.Unlock()
	return addrs, nil
}

// forget forgets what could not be found out.
func (p *parents) forget() {
	if p.resolver != nil {
		p.resolver.forget()
	}
}
