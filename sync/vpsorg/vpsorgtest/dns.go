package vpsorgtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"
)

// dnsGrace is how long queries in progress may take after the server is told to stop.
const dnsGrace = 2 * time.Second

// A DNS answers queries for the server's zones as an authoritative name server does, over UDP and TCP on one
// port. It shows the stored state at once, whatever the dialect. Zone transfers are refused. Make one with
// [Server.ListenDNS]; the zero value is invalid.
type DNS struct {
	server *Server
	packet net.PacketConn
	stream net.Listener
}

// ListenDNS opens an address such as 127.0.0.1:5353 for queries; port 0 picks one that is free for both UDP and
// TCP. Nothing is answered until [DNS.Serve] runs.
func (s *Server) ListenDNS(addr string) (*DNS, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dns %s: listen: %w", addr, err)
	}
	var lastErr error
	for range 16 { // a port free for UDP may be taken for TCP
		packet, err := net.ListenPacket("udp", addr)
		if err != nil {
			return nil, fmt.Errorf("dns %s: listen: %w", addr, err)
		}
		stream, err := net.Listen("tcp", packet.LocalAddr().String())
		if err == nil {
			return &DNS{server: s, packet: packet, stream: stream}, nil
		}
		lastErr = errors.Join(err, packet.Close())
		if port != "0" {
			break
		}
	}
	return nil, fmt.Errorf("dns %s: listen: %w", addr, lastErr)
}

// Addr returns the address with its port.
func (d *DNS) Addr() string { return d.stream.Addr().String() }

// Close closes the address of a DNS that does not serve.
func (d *DNS) Close() error { return errors.Join(d.packet.Close(), d.stream.Close()) }

// Serve answers queries until the context ends, then lets those in progress finish, closes the address and
// returns nil. It may be called once.
func (d *DNS) Serve(ctx context.Context) error {
	started, ended := make(chan struct{}, 2), make(chan error, 2)
	servers := []*dns.Server{{PacketConn: d.packet, Net: "udp"}, {Listener: d.stream, Net: "tcp"}}
	for _, srv := range servers {
		srv.Handler = dns.HandlerFunc(d.server.serveDNS)
		srv.NotifyStartedFunc = func() { started <- struct{}{} }
		go func() { ended <- srv.ActivateAndServe() }()
	}
	var failed error
	running, up := len(servers), 0
	for failed == nil && (up < len(servers) || ctx.Err() == nil) {
		stop := ctx.Done()
		if up < len(servers) {
			stop = nil // one that has not started cannot be shut down
		}
		select {
		case <-started:
			up++
		case failed = <-ended:
			running--
		case <-stop:
		}
	}
	d.shutdown(ctx, servers)
	for range running {
		failed = cmp.Or(failed, <-ended)
	}
	if failed != nil {
		return fmt.Errorf("dns %s: serve: %w", d.Addr(), failed)
	}
	return nil
}

// shutdown lets queries in progress finish and closes the address.
func (d *DNS) shutdown(ctx context.Context, servers []*dns.Server) {
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), dnsGrace)
	defer cancel()
	for _, srv := range servers {
		_ = srv.ShutdownContext(grace) // one that has ended already says so
	}
	_ = d.Close() // closed by the shutdown, unless a server never started
}

// serveDNS answers one query.
func (s *Server) serveDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := s.resolve(q)
	size := dns.MaxMsgSize
	if w.LocalAddr().Network() == "udp" {
		size = dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
	}
	m.Truncate(size)
	wire, err := m.Pack()
	if err != nil { // a raw record that has no form in the DNS
		wire, err = new(dns.Msg).SetRcode(q, dns.RcodeServerFailure).Pack()
	}
	if err == nil {
		_, _ = w.Write(wire) // a client that has gone misses nothing
	}
}

// resolve returns the answer to a query of any kind.
func (s *Server) resolve(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Compress = true
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(dns.DefaultMsgSize, false)
		if opt.Version() != 0 {
			m.Rcode = dns.RcodeBadVers
			return m
		}
	}
	if q.Opcode != dns.OpcodeQuery {
		m.Rcode = dns.RcodeNotImplemented
		return m
	}
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	question := q.Question[0]
	switch question.Qtype {
	case dns.TypeAXFR, dns.TypeIXFR:
		m.Rcode = dns.RcodeRefused
		return m
	}
	if question.Qclass != dns.ClassINET {
		m.Rcode = dns.RcodeRefused
		return m
	}
	(&lookup{server: s, msg: m, qtype: question.Qtype}).run(question.Name)
	return m
}
