package lookup

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A handler answers a question that came over "udp" or "tcp"; nil is silence.
type handler func(network string, q *dns.Msg) *dns.Msg

// listen opens an address of loopback for UDP and TCP; port 0 picks one that is free for
// both.
func listen(t testing.TB, host string, port uint16) (net.PacketConn, net.Listener) {
	t.Helper()
	var last error
	for range 16 {
		packet, err := net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(int(port))))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp", packet.LocalAddr().String())
		if err == nil {
			return packet, stream
		}
		last = err
		packet.Close()
	}
	t.Fatal(last)
	return nil, nil
}

// serve runs a name server on loopback until the test ends.
func serve(t *testing.T, answer handler) netip.AddrPort {
	t.Helper()
	packet, stream := listen(t, "127.0.0.1", 0)
	return serveOn(t, packet, stream, answer)
}

func serveOn(t *testing.T, packet net.PacketConn, stream net.Listener, answer handler) netip.AddrPort {
	t.Helper()
	for _, server := range []*dns.Server{{PacketConn: packet, Net: "udp"}, {Listener: stream, Net: "tcp"}} {
		server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			if m := answer(server.Net, q); m != nil {
				_ = w.WriteMsg(m) // the client may have gone
			}
		})
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go func() { _ = server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return netip.MustParseAddrPort(packet.LocalAddr().String())
}

// records answers from records in master file form, a line each, as an authoritative server
// of the zones does, or as a resolver that knows no others. Their SOA says which zones those
// are. It follows CNAMEs, and knows no wildcards and delegations: the tests that need them
// have real servers.
func records(t *testing.T, lines ...string) handler {
	t.Helper()
	var all []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, rr)
	}
	return func(_ string, q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		name := strings.ToLower(q.Question[0].Name)
		var soa dns.RR
		exists := false
		for i := 0; i < len(all); i++ {
			rr := all[i]
			if alias, ok := rr.(*dns.CNAME); ok && alias.Hdr.Name == name && q.Question[0].Qtype != dns.TypeCNAME {
				m.Answer = append(m.Answer, rr)
				name, i, soa, exists = alias.Target, -1, nil, false
				continue
			}
			h := rr.Header()
			if h.Rrtype == dns.TypeSOA && dns.IsSubDomain(h.Name, name) && (soa == nil || len(h.Name) > len(soa.Header().Name)) {
				soa = rr
			}
			exists = exists || dns.IsSubDomain(name, h.Name)
			if h.Name == name && h.Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
		m.Authoritative, m.RecursionAvailable = true, true
		switch {
		case soa == nil:
			m.Rcode, m.Authoritative = dns.RcodeRefused, false
		case len(m.Answer) == 0 || m.Answer[len(m.Answer)-1].Header().Rrtype != q.Question[0].Qtype:
			m.Ns = append(m.Ns, soa)
			if !exists {
				m.Rcode = dns.RcodeNameError
			}
		}
		return m
	}
}

// sandbox serves zones as the simulated service does.
func sandbox(t *testing.T, zones ...*schema.Zone) netip.AddrPort {
	t.Helper()
	server := vpsorgtest.New(vpsorgtest.Options{KeepCalls: -1})
	for _, z := range zones {
		fill(t, server, z)
	}
	names, err := server.ListenDNS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- names.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return netip.MustParseAddrPort(names.Addr())
}

func fill(t *testing.T, server *vpsorgtest.Server, z *schema.Zone) {
	t.Helper()
	if _, err := server.AddZone(z.Name().Undotted()); err != nil {
		t.Fatal(err)
	}
	for _, set := range z.RRsets() {
		for _, v := range set.Values {
			r := vpsorgtest.Record{Name: set.Name.Undotted(), Type: string(set.Type), TTL: int(set.TTL), Priority: int(v.Data.Priority())}
			switch weight, port, target := v.Data.SRV(); set.Type {
			case schema.TXT:
				r.Value = v.Data.TXT()
			case schema.SRV:
				r.Value = strings.Join([]string{strconv.Itoa(int(weight)), strconv.Itoa(int(port)), target.Undotted()}, " ")
			case schema.MX, schema.CNAME, schema.NS:
				r.Value = cmp.Or(v.Data.Host().Undotted(), ".")
			default:
				r.Value = v.Data.String()
			}
			if _, err := server.AddRecord(z.Name().Undotted(), r); err != nil {
				t.Fatalf("%s %s: %v", set.Key(), r.Value, err)
			}
		}
	}
}

// behind answers as the server does, with a change; nil is silence.
func behind(upstream netip.AddrPort, change func(network string, m *dns.Msg) *dns.Msg) handler {
	return func(network string, q *dns.Msg) *dns.Msg {
		m, _, err := (&dns.Client{Net: "tcp", Timeout: 30 * time.Second}).Exchange(q, upstream.String())
		if err != nil {
			return nil
		}
		return change(network, m)
	}
}

// patient asks as tests do that expect an answer, however busy the machine is; hasty as
// those do that expect none.
func patient() *Client { return NewClient(Options{Rate: 1e6, Timeout: 20 * time.Second}) }
func hasty() *Client   { return NewClient(Options{Rate: 1e6, Timeout: 150 * time.Millisecond}) }

// verify asks servers about a zone, and returns the lines about it.
func verify(t *testing.T, c *Client, z *schema.Zone, servers ...netip.AddrPort) (*Result, []string) {
	t.Helper()
	var o VerifyOptions
	for _, s := range servers {
		o.Servers = append(o.Servers, Server{Addr: s})
	}
	r := NewVerifier(c, o).Zone(t.Context(), z, nil)
	return r, masked(r.lines(), servers...)
}

// masked writes s1, s2 and so on for the servers, whose ports differ each time.
func masked(lines []string, servers ...netip.AddrPort) []string {
	var out []string
	for _, l := range lines {
		for i, s := range servers {
			l = strings.ReplaceAll(l, s.String(), "s"+strconv.Itoa(i+1))
		}
		out = append(out, l)
	}
	return out
}
