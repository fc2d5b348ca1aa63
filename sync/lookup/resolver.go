package lookup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A Resolver asks recursive resolvers, and each question once: what they answered is
// remembered. It is safe for concurrent use. Make one with [NewResolver].
type Resolver struct {
	client  *Client
	servers []netip.AddrPort
	silent  *silence

	mu       sync.Mutex
	found    map[question]*lookup
	answered bool // some question was answered
}

// A lookup is a question under way, or its outcome.
type lookup struct {
	done chan struct{} // closed when it is there
	msg  *dns.Msg
	err  error
}

// NewResolver returns a resolver that asks servers, in this order, until one knows.
func NewResolver(c *Client, servers []netip.AddrPort) *Resolver {
	return &Resolver{client: c, servers: servers, silent: newSilence(silentNames), found: make(map[question]*lookup)}
}

// Useless reports whether there were questions, and none was answered.
func (r *Resolver) Useless() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.found) > 0 && !r.answered
}

// resolve returns the answer to a question: its code is NOERROR or NXDOMAIN, everything
// else is an error.
func (r *Resolver) resolve(ctx context.Context, name schema.Name, qtype uint16) (*dns.Msg, error) {
	q := question{name, qtype, true}
	r.mu.Lock()
	l, known := r.found[q]
	if !known {
		l = &lookup{done: make(chan struct{})}
		r.found[q] = l
	}
	r.mu.Unlock()
	if known {
		select {
		case <-l.done:
			return l.msg, l.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l.msg, l.err = r.askAll(ctx, q)
	r.mu.Lock()
	r.answered = r.answered || l.err == nil
	r.mu.Unlock()
	close(l.done)
	return l.msg, l.err
}

// forget forgets what could not be found out, so that it is asked again.
func (r *Resolver) forget() {
	r.silent.forget()
	r.mu.Lock()
	defer r.mu.Unlock()
	for q, l := range r.found {
		select {
		case <-l.done:
			if l.err != nil {
				delete(r.found, q)
			}
		default:
		}
	}
}

func (r *Resolver) askAll(ctx context.Context, q question) (*dns.Msg, error) {
	err := errors.New("no resolver")
	for _, server := range r.servers {
		if r.silent.known(server) {
			err = fmt.Errorf("resolver %s: no answer to other questions either", server)
			continue
		}
		var m *dns.Msg
		m, err = r.client.ask(ctx, server, q)
		r.silent.note(server, err)
		switch {
		case err != nil:
			err = fmt.Errorf("resolver %s: %w", server, err)
		case m.Rcode == dns.RcodeSuccess || m.Rcode == dns.RcodeNameError:
			m.Question, m.Extra = nil, nil // it is kept for as long as the resolver is
			return m, nil
		default:
			err = fmt.Errorf("resolver %s: answers %s", server, rcode(m.Rcode))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// addresses returns the addresses of a host, none where it has none. What could be found
// out counts: an error is returned only where there is no address.
func (r *Resolver) addresses(ctx context.Context, host schema.Name) ([]netip.Addr, error) {
	var out []netip.Addr
	var failed error
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		m, err := r.resolve(ctx, host, qtype)
		if err != nil {
			failed = err
			continue
		}
		out = append(out, addressesIn(m.Answer)...)
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, failed
}

// addressesIn returns the addresses in a section, whatever their owner: a resolver has
// followed the CNAMEs.
func addressesIn(section []dns.RR) []netip.Addr {
	var out []netip.Addr
	for _, rr := range section {
		if d, ok := dataOf(rr); ok && d.Addr().IsValid() {
			out = append(out, d.Addr())
		}
	}
	return out
}
