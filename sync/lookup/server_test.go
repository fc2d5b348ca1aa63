package lookup

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema/schematest"
)

// A server that does not tell anything is named once, and nothing is said of its records.
func TestTroubleIsNamedOnce(t *testing.T) {
	t.Parallel()
	z := everythingZone(t)
	up := sandbox(t, z)
	code := func(code int) handler {
		return func(_ string, q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, code) }
	}
	tests := map[string]struct {
		answer handler
		want   string
	}{
		"silent":   {func(string, *dns.Msg) *dns.Msg { return nil }, "no answer"},
		"refused":  {code(dns.RcodeRefused), "the server answers REFUSED"},
		"servfail": {code(dns.RcodeServerFailure), "the server answers SERVFAIL"},
		"lame":     {code(dns.RcodeSuccess), "the server is not authoritative for the zone"},
		"wrong id": {behind(up, func(_ string, m *dns.Msg) *dns.Msg { m.Id++; return m }), "no answer, only an answer with a wrong id"},
		"other question": {behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			m.Question[0].Name = "example.net."
			return m
		}), "no answer, only an answer to another question"},
		"echo": {func(_ string, q *dns.Msg) *dns.Msg { return q }, "no answer, only a message that is no answer"},
		"not authoritative": {behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			m.Authoritative = false
			return m
		}), "the server is not authoritative for the zone"},
		"truncated always": {behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			m.Truncated, m.Answer = true, nil
			return m
		}), "truncated over TCP"},
		"soa of another zone": {behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			for _, rr := range m.Answer {
				rr.Header().Name = "com."
			}
			return m
		}), "the server has no SOA for the zone"},
		"soa alone": {behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			if m.Question[0].Qtype == dns.TypeSOA {
				return m
			}
			return new(dns.Msg).SetRcode(m, dns.RcodeServerFailure)
		}), "5 questions in a row were not answered: the server answers SERVFAIL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, lines := verify(t, hasty(), z, serve(t, test.answer))
			if r.State() != Unknown || len(lines) != 1 || lines[0] != "s1: not asked: "+test.want {
				t.Errorf("got %s %q, want %q", r.State(), lines, test.want)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		packet, stream := listen(t, "127.0.0.1", 0)
		addr := serveOn(t, packet, stream, code(0))
		stream.Close()
		packet.Close()
		if _, lines := verify(t, hasty(), z, addr); len(lines) != 1 || lines[0] != "s1: not asked: connection refused" {
			t.Errorf("got %q, want that the connection is refused", lines)
		}
	})
}

// What servers of all kinds do makes no difference.
func TestHarmlessServers(t *testing.T) {
	t.Parallel()
	z := everythingZone(t)
	up := sandbox(t, z)
	var lost atomic.Int64
	tests := map[string]handler{
		"always truncated over udp": behind(up, func(network string, m *dns.Msg) *dns.Msg {
			if network == "udp" {
				m.Truncated, m.Answer, m.Ns, m.Extra = true, nil, nil, nil
			}
			return m
		}),
		"without edns": func(network string, q *dns.Msg) *dns.Msg {
			if q.IsEdns0() != nil {
				return new(dns.Msg).SetRcodeFormatError(q)
			}
			return behind(up, func(network string, m *dns.Msg) *dns.Msg {
				if network == "udp" {
					m.Truncate(512)
				}
				return m
			})(network, q)
		},
		"upper case": behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			for _, rr := range slices.Concat(m.Answer, m.Ns, m.Extra) {
				rr.Header().Name = strings.ToUpper(rr.Header().Name)
				switch rr := rr.(type) {
				case *dns.CNAME:
					rr.Target = strings.ToUpper(rr.Target)
				case *dns.NS:
					rr.Ns = strings.ToUpper(rr.Ns)
				}
			}
			return m
		}),
		"backwards": behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			slices.Reverse(m.Answer)
			return m
		}),
		"shorter ttl": behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			for _, rr := range m.Answer {
				rr.Header().Ttl /= 2
			}
			return m
		}),
		"one alias at a time": behind(up, func(_ string, m *dns.Msg) *dns.Msg {
			if len(m.Answer) > 0 && m.Answer[0].Header().Rrtype == dns.TypeCNAME {
				m.Answer, m.Rcode = m.Answer[:1], dns.RcodeSuccess
			}
			return m
		}),
		"loses every tenth packet": behind(up, func(network string, m *dns.Msg) *dns.Msg {
			if network == "udp" && lost.Add(1)%10 == 0 {
				return nil
			}
			return m
		}),
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := patient()
			if strings.HasPrefix(name, "loses") {
				c = NewClient(Options{Rate: 1e6, Timeout: 500 * time.Millisecond})
				c.inFlight = make(chan struct{}, 1) // so that no question loses all its packets
			}
			if r, lines := verify(t, c, z, serve(t, answer)); r.State() != Answers {
				t.Errorf("got %s %q, want that it answers", r.State(), lines)
			}
		})
	}
}

// Name servers are asked over IPv6 as over IPv4.
func TestIPv6(t *testing.T) {
	t.Parallel()
	probe, err := net.ListenPacket("udp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	probe.Close()
	z := schematest.Zone(t, "www A 192.0.2.1\n")
	packet, stream := listen(t, "::1", 0)
	server := serveOn(t, packet, stream, behind(sandbox(t, z), func(network string, m *dns.Msg) *dns.Msg {
		m.Truncated = network == "udp"
		return m
	}))
	if r, lines := verify(t, patient(), z, server); r.State() != Answers || !server.Addr().Is6() {
		t.Errorf("got %s %q", r.State(), lines)
	}
}

// An address of a family that this machine cannot reach says nothing of a server that was
// asked at another one.
func TestFamilyWithoutRoute(t *testing.T) {
	t.Parallel()
	six := netip.MustParseAddrPort("[2001:db8::1]:53")
	four := netip.MustParseAddrPort("192.0.2.1:53")
	result := func(four ServerResult) *Result {
		r := &Result{Servers: []ServerResult{{Host: "ns1.example.net", Addr: six, Trouble: errNoRoute.Error(), Skipped: true, asked: true}, four}}
		r.skipFamilies()
		r.compareSerials()
		return r
	}
	if r := result(ServerResult{Host: "ns1.example.net", Addr: four, Serial: 7, asked: true}); r.State() != Answers || len(r.lines()) > 0 {
		t.Errorf("got %s %q, want that it answers", r.State(), r.lines())
	}
	for _, other := range []ServerResult{
		{Host: "ns1.example.net", Addr: four, Trouble: "no answer", asked: true},
		{Host: "ns2.example.net", Addr: four, Serial: 7, asked: true},
	} {
		if r := result(other); r.State() != Unknown {
			t.Errorf("beside %+v: got %s, want that it is not known", other, r.State())
		}
	}
}
