package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/time/rate"

	"github.com/zonetender/zonetender/schema"
)

const (
	// DefaultRate is how many questions a second one address gets at most.
	DefaultRate = 200
	// DefaultTimeout is how long one attempt waits for its answer.
	DefaultTimeout = 2 * time.Second
	attempts       = 3 // over UDP, which loses packets
	maxInFlight    = 64
	ednsSize       = 1232 // octets that pass everywhere without fragments (DNS flag day 2020)
	readSize       = 4096 // octets; what is larger although nobody asked for it is cut off
)

// Options say how a [Client] asks. The zero Options are good defaults.
type Options struct {
	// Rate is how many questions a second each address gets at most; 0 means DefaultRate.
	Rate float64
	// Timeout is how long one attempt waits for its answer; 0 means DefaultTimeout. There
	// are three attempts.
	Timeout time.Duration
}

// A Client asks name servers and resolvers, over UDP and, where the answer does not fit,
// over TCP. It is safe for concurrent use. Make one with [NewClient]; the zero Client is
// invalid.
type Client struct {
	rate     rate.Limit
	timeout  time.Duration
	inFlight chan struct{}

	mu    sync.Mutex
	turns map[netip.AddrPort]*rate.Limiter
}

// NewClient returns a client.
func NewClient(o Options) *Client {
	c := &Client{
		rate: rate.Limit(o.Rate), timeout: o.Timeout,
		inFlight: make(chan struct{}, maxInFlight), turns: make(map[netip.AddrPort]*rate.Limiter),
	}
	if c.rate <= 0 {
		c.rate = DefaultRate
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	return c
}

// A question is what a client asks for. It compares with ==.
type question struct {
	name  schema.Name
	qtype uint16
	// recursive asks a resolver to go and find the answer.
	recursive bool
}

// errNoRoute is the error of an address of a family that this machine has no route for,
// which says nothing about the server.
var errNoRoute = errors.New("this machine has no route to the address")

// ask returns what the server answers to exactly this question, whatever it says. The
// error says why there is no such answer.
func (c *Client) ask(ctx context.Context, server netip.AddrPort, q question) (*dns.Msg, error) {
	m := new(dns.Msg).SetQuestion(wireName(q.name), q.qtype)
	m.RecursionDesired = q.recursive
	m.SetEdns0(ednsSize, false)
	r, err := c.askOver(ctx, server, m)
	if err != nil || r.IsEdns0() != nil {
		return r, err
	}
	switch r.Rcode {
	case dns.RcodeFormatError, dns.RcodeNotImplemented, dns.RcodeServerFailure:
		// It may be older than EDNS (RFC 6891 section 6.2.2).
		m.Extra = nil
		return c.askOver(ctx, server, m)
	}
	return r, nil
}

// askOver asks over UDP, and over TCP where the answer is truncated.
func (c *Client) askOver(ctx context.Context, server netip.AddrPort, m *dns.Msg) (*dns.Msg, error) {
	var r *dns.Msg
	var err error
	for range attempts {
		if r, err = c.exchange(ctx, "udp", server, m); err == nil || !silent(err) || ctx.Err() != nil {
			break
		}
	}
	if err != nil || !r.Truncated {
		return r, err
	}
	if r, err = c.exchange(ctx, "tcp", server, m); err != nil {
		return nil, fmt.Errorf("truncated over UDP, and over TCP: %w", err)
	}
	if r.Truncated {
		return nil, errors.New("truncated over TCP")
	}
	return r, nil
}

// silent reports whether nothing came back in time, so that asking again may help.
func silent(err error) bool { return errors.Is(err, errSilent) }

// exchange sends the question once and waits for its answer.
func (c *Client) exchange(ctx context.Context, network string, server netip.AddrPort, m *dns.Msg) (*dns.Msg, error) {
	if err := c.turn(server).Wait(ctx); err != nil {
		return nil, err
	}
	select {
	case c.inFlight <- struct{}{}:
		defer func() { <-c.inFlight }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(limited, network, server.String())
	if err != nil {
		return nil, plain(ctx, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(limited, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	m = m.Copy()
	m.Id = dns.Id()
	wire := &dns.Conn{Conn: conn, UDPSize: readSize}
	if err := wire.WriteMsg(m); err != nil {
		return nil, plain(ctx, err)
	}
	return receive(ctx, wire, m)
}

// turn returns what spaces the questions to a server.
func (c *Client) turn(server netip.AddrPort) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.turns[server]
	if !ok {
		l = rate.NewLimiter(c.rate, max(1, int(c.rate/20)))
		c.turns[server] = l
	}
	return l
}

// receive returns the first message that answers the question. Others are passed over, as
// anybody can send them, and named where nothing else comes.
func receive(ctx context.Context, wire *dns.Conn, asked *dns.Msg) (*dns.Msg, error) {
	stray := ""
	for {
		r, err := wire.ReadMsg()
		var network net.Error
		switch {
		case errors.As(err, &network) || err != nil && r == nil && isTCP(wire):
			err = plain(ctx, err)
			if stray != "" && silent(err) {
				err = fmt.Errorf("%w, only %s", err, stray)
			}
			return nil, err
		case r == nil:
			stray = "a message that is none of DNS"
			continue
		}
		if why := strayAnswer(asked, r); why != "" {
			stray = why
			continue
		}
		if err == nil || r.Truncated { // a truncated answer may end anywhere
			return r, nil
		}
		stray = "a malformed answer"
	}
}

func isTCP(wire *dns.Conn) bool {
	_, ok := wire.Conn.(*net.TCPConn)
	return ok
}

// strayAnswer says why r does not answer the question, "" where it does.
func strayAnswer(asked, r *dns.Msg) string {
	switch {
	case r.Id != asked.Id:
		return "an answer with a wrong id"
	case !r.Response || r.Opcode != dns.OpcodeQuery:
		return "a message that is no answer"
	case len(r.Question) == 0 && r.Rcode != dns.RcodeSuccess:
		return "" // servers that do not understand the question leave it out
	case len(r.Question) != 1:
		return "an answer without its question"
	}
	q, a := asked.Question[0], r.Question[0]
	if a.Qtype != q.Qtype || a.Qclass != q.Qclass || !strings.EqualFold(a.Name, q.Name) {
		return "an answer to another question"
	}
	return ""
}

// errSilent is the error where nothing came back in time.
var errSilent = errors.New("no answer")

// plain returns an error of the network in a few words.
func plain(ctx context.Context, err error) error {
	var network net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
		return errNoRoute
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused")
	case errors.As(err, &network) && network.Timeout():
		return errSilent
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
