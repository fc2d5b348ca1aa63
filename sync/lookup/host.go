package lookup

import (
	"context"
	"net/netip"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A hostAnswer is what there is at the name of a host.
type hostAnswer struct {
	// chain is the name itself and those that its CNAMEs lead to.
	chain []schema.Name
	// missing is true where the last of them does not exist, or is at nothing at all.
	missing bool
	addrs   []netip.Addr
}

// host finds the addresses of a name.
func (r *Resolver) host(ctx context.Context, name schema.Name) (hostAnswer, error) {
	h := hostAnswer{chain: []schema.Name{name}}
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		m, err := r.resolve(ctx, name, qtype)
		if err != nil {
			return h, err
		}
		h.chain = chainOf(m.Answer, name)
		if m.Rcode == dns.RcodeNameError {
			h.missing = true
			return h, nil
		}
		if h.addrs = addressesIn(m.Answer); len(h.addrs) > 0 {
			return h, nil
		}
	}
	return h, nil
}

// chainOf follows the CNAMEs of an answer.
func chainOf(section []dns.RR, name schema.Name) []schema.Name {
	chain := []schema.Name{name}
	for range section { // each link is there once at most
		alias := find(section, chain[len(chain)-1], schema.CNAME)
		if len(alias.data) == 0 {
			break
		}
		chain = append(chain, alias.data[0].Host())
	}
	return chain
}

// texts returns the texts at a name. missing is true where there are none.
func (r *Resolver) texts(ctx context.Context, name schema.Name) (texts []string, err error) {
	m, err := r.resolve(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	chain := chainOf(m.Answer, name)
	for _, d := range find(m.Answer, chain[len(chain)-1], schema.TXT).data {
		texts = append(texts, d.TXT())
	}
	return texts, nil
}
