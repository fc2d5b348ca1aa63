package lookup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
)

const (
	together = 8 // questions at the same time to one server about one zone
	// patience is how many questions in a row a server may leave open until it is not
	// asked any more.
	patience = 5
)

// A Verifier asks name servers whether they answer what zone files say. Make one with
// [NewVerifier]; the zero Verifier is invalid.
type Verifier struct {
	client  *Client
	parents *parents
	servers []Server
	port    uint16
	// defaults are asked about a zone that nobody delegates.
	defaults []string
	silent   *silence
}

// VerifyOptions say whom a [Verifier] asks.
type VerifyOptions struct {
	// Servers are asked about every zone, in place of those that the zone above delegates
	// to. The delegation is not looked at then.
	Servers []Server
	// Resolver finds delegations and addresses; it is needed where there are no Servers.
	Resolver *Resolver
	// Defaults are the hosts that are asked about a zone without a delegation.
	Defaults []string
	// Port is where name servers listen that a delegation names; 0 means 53.
	Port uint16
}

// NewVerifier returns a verifier.
func NewVerifier(c *Client, o VerifyOptions) *Verifier {
	if o.Port == 0 {
		o.Port = dnsPort
	}
	return &Verifier{
		client: c, servers: o.Servers, port: o.Port, defaults: o.Defaults, silent: newSilence(silentZones),
		parents: &parents{client: c, resolver: o.Resolver, port: o.Port, servers: make(map[schema.Name][]netip.Addr)},
	}
}

// Zone asks the name servers of a zone for everything that it declares, and whether what was
// removed from it, or has expired, is gone.
func (v *Verifier) Zone(ctx context.Context, z *schema.Zone, removed []schema.RRset) *Result {
	return v.again(ctx, z, removed, &Result{Zone: z.Name()})
}

// again asks about a zone once more: a server that could be asked only for what differed or
// was unknown before.
func (v *Verifier) again(ctx context.Context, z *schema.Zone, gone []schema.RRset, before *Result) *Result {
	all := append(checks(z), removedChecks(z, gone)...)
	r := &Result{Zone: z.Name(), Questions: len(all), delegation: before.delegation, looked: before.looked, Notes: before.Notes, Servers: slices.Clone(before.Servers)}
	if before.needsServers() {
		v.find(ctx, r)
	}
	var g errgroup.Group
	for i := range r.Servers {
		s := &r.Servers[i]
		if !s.Addr.IsValid() {
			continue
		}
		todo := s.again
		if !s.asked || s.Trouble != "" {
			todo = all
		}
		*s = ServerResult{Host: s.Host, Addr: s.Addr}
		g.Go(func() error {
			v.askServer(ctx, z, s, todo, !r.delegation.ns.empty())
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	r.skipFamilies()
	r.compareSerials()
	r.compareDelegation(z)
	return r
}

// needsServers reports whether the name servers are to be looked up, for the first time or
// because that may have gone wrong or be out of date.
func (r *Result) needsServers() bool {
	return !r.looked || r.Err != nil || len(r.Differs) > 0 ||
		slices.ContainsFunc(r.Servers, func(s ServerResult) bool { return !s.Addr.IsValid() })
}

// find fills in the name servers of the zone.
func (v *Verifier) find(ctx context.Context, r *Result) {
	r.Servers, r.Notes, r.looked, r.Err = nil, nil, true, nil
	if len(v.servers) > 0 {
		for _, s := range v.servers {
			r.Servers = append(r.Servers, ServerResult{Host: s.Host, Addr: s.Addr})
		}
		return
	}
	d, err := v.parents.delegation(ctx, r.Zone)
	r.delegation = d
	var hosts []string
	for _, ns := range d.ns.data {
		hosts = append(hosts, ns.Host().Undotted())
	}
	switch {
	case err != nil:
		r.Notes = append(r.Notes, fmt.Sprintf("the delegation could not be looked up: %v", err))
		hosts = v.defaults
	case len(hosts) == 0:
		r.Notes = append(r.Notes, fmt.Sprintf("%s does not delegate the zone; asked %s", d.parent.Display(), schema.SentenceList(v.defaults, "and")))
		hosts = v.defaults
	}
	for _, host := range hosts {
		r.Servers = append(r.Servers, v.addressesOf(ctx, host, d)...)
	}
	if len(r.Servers) == 0 {
		r.Err = errors.New("no name server is known")
	}
}

// addressesOf returns the addresses of a name server: the glue, else what the resolver
// knows.
func (v *Verifier) addressesOf(ctx context.Context, host string, d delegation) []ServerResult {
	name, err := schema.ParseName(host)
	addrs := d.glue[name]
	if len(addrs) == 0 && err == nil {
		addrs, err = v.parents.resolver.addresses(ctx, name)
	}
	if len(addrs) == 0 {
		trouble := "it has no address"
		if err != nil {
			trouble = "its address could not be looked up: " + err.Error()
		}
		return []ServerResult{{Host: host, Trouble: trouble}}
	}
	var out []ServerResult
	for _, addr := range addrs {
		out = append(out, ServerResult{Host: host, Addr: netip.AddrPortFrom(addr, v.port)})
	}
	return out
}

// askServer asks one server. What keeps it from being asked is named once.
func (v *Verifier) askServer(ctx context.Context, z *schema.Zone, s *ServerResult, todo []check, wantNS bool) {
	s.asked = true
	if v.silent.known(s.Addr) {
		s.Trouble = "no answer for other zones either"
		return
	}
	m, err := v.client.ask(ctx, s.Addr, question{name: z.Name(), qtype: dns.TypeSOA})
	v.silent.note(s.Addr, err)
	if err != nil {
		s.Trouble = err.Error()
		s.Skipped = errors.Is(err, errNoRoute)
		return
	}
	if s.Serial, s.Trouble = serialOf(m, z.Name()); s.Trouble != "" {
		return
	}
	if wantNS {
		if m, err := v.client.ask(ctx, s.Addr, question{name: z.Name(), qtype: dns.TypeNS}); err == nil && m.Authoritative {
			s.apexNS = find(m.Answer, z.Name(), schema.NS)
		}
	}
	v.askChecks(ctx, s, todo)
}

// serialOf returns the serial of a zone's SOA, or why the server does not have the zone.
func serialOf(m *dns.Msg, zone schema.Name) (serial uint32, trouble string) {
	if m.Rcode != dns.RcodeSuccess {
		return 0, "the server answers " + rcode(m.Rcode)
	}
	if !m.Authoritative {
		return 0, "the server is not authoritative for the zone"
	}
	for _, rr := range m.Answer {
		if soa, ok := rr.(*dns.SOA); ok && strings.EqualFold(unescape(soa.Hdr.Name), zone.String()) {
			return soa.Serial, ""
		}
	}
	return 0, "the server has no SOA for the zone"
}

// askChecks asks a server for records, several at a time.
func (v *Verifier) askChecks(ctx context.Context, s *ServerResult, todo []check) {
	verdicts := make([]verdict, len(todo))
	var mu sync.Mutex
	open, gaveUp := 0, ""
	var g errgroup.Group
	g.SetLimit(together)
	for i, c := range todo {
		mu.Lock()
		enough := gaveUp != ""
		mu.Unlock()
		if enough {
			break
		}
		g.Go(func() error {
			verdicts[i] = v.check(ctx, s, c)
			mu.Lock()
			defer mu.Unlock()
			if verdicts[i].unknown == "" {
				open = 0
			} else if open++; open >= patience {
				gaveUp = verdicts[i].unknown
			}
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	for i, found := range verdicts {
		s.Differs = append(s.Differs, found.differs...)
		if found.unknown != "" && gaveUp == "" {
			c := todo[i]
			s.Unknown = append(s.Unknown, Difference{Name: c.set.Name, Type: c.set.Type, Want: wanted(c.set), Message: found.unknown})
		}
		if len(found.differs) > 0 || found.unknown != "" {
			s.again = append(s.again, todo[i])
		}
	}
	if gaveUp != "" {
		s.Trouble = fmt.Sprintf("%d questions in a row were not answered: %s", patience, gaveUp)
	}
}

func (v *Verifier) check(ctx context.Context, s *ServerResult, c check) verdict {
	m, err := v.client.ask(ctx, s.Addr, c.asked)
	if err != nil {
		return verdict{unknown: err.Error()}
	}
	return c.judge(m)
}

// skipFamilies passes over addresses of a family that this machine has no route to, where
// their server has another one.
func (r *Result) skipFamilies() {
	for i := range r.Servers {
		s := &r.Servers[i]
		if !s.Skipped {
			continue
		}
		s.Skipped = slices.ContainsFunc(r.Servers, func(o ServerResult) bool { return o.Host == s.Host && o.Trouble == "" && s.Host != "" })
		if s.Skipped {
			s.Trouble = ""
		}
	}
}

// compareSerials compares the SOA of the servers: where they differ, some have not got the
// newest zone yet.
func (r *Result) compareSerials() {
	var parts []string
	serials := make(map[uint32]bool)
	for i := range r.Servers {
		if s := &r.Servers[i]; s.asked && s.Trouble == "" && !s.Skipped {
			serials[s.Serial] = true
			parts = append(parts, fmt.Sprintf("%d at %s", s.Serial, s.Name()))
		}
	}
	if len(serials) > 1 {
		r.Differs = append(r.Differs, Difference{
			Name: r.Zone, Type: schema.SOA, Got: parts, Message: "the serials differ: " + strings.Join(parts, ", "),
		})
	}
}

// compareDelegation compares the NS of the zone above with those of the zone itself: the
// declared ones, else what the servers answer (RFC 1034 section 4.2.2).
func (r *Result) compareDelegation(z *schema.Zone) {
	if r.delegation.ns.empty() || r.delegation.own {
		return
	}
	var own []string
	if declared, ok := z.RRset(schema.Key{Name: z.Name(), Type: schema.NS}); ok {
		own = wanted(declared)
	} else {
		i := slices.IndexFunc(r.Servers, func(s ServerResult) bool { return !s.apexNS.empty() })
		if i < 0 {
			return
		}
		own = r.Servers[i].apexNS.texts()
	}
	above := r.delegation.ns.texts()
	if len(without(own, above))+len(without(above, own)) > 0 {
		r.Differs = append(r.Differs, Difference{
			Name: r.Zone, Type: schema.NS, Want: own, Got: above,
			Message: fmt.Sprintf("%s delegates the zone to %s, expected %s, the name servers of the zone itself",
				r.delegation.parent.Display(), list(above), list(own)),
		})
	}
}
