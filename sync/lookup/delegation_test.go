package lookup

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema/schematest"
)

// A world is name servers on different addresses of loopback, and one port: a resolver and
// the server of com. on 127.0.0.1 know what lines say, the zone's own are the others.
type world struct {
	port     uint16
	resolver netip.AddrPort
}

// inhabit runs the servers. The delegation is what the server of com. answers about
// example.com.
func inhabit(t *testing.T, delegation handler, servers map[string]handler, resolved ...string) world {
	t.Helper()
	lines := append([]string{
		"com. 60 IN SOA a.com. b.com. 1 1 1 1 1",
		"com. 60 IN NS ns.com.", "ns.com. 60 IN A 127.0.0.1",
		"vps.org. 60 IN SOA a.vps.org. b.vps.org. 1 1 1 1 1",
		"ns1.vps.org. 60 IN A 127.0.0.4", "ns2.vps.org. 60 IN A 127.0.0.4",
	}, resolved...)
	known := records(t, lines...)
	for range 16 {
		packet, stream := listen(t, "127.0.0.1", 0)
		port := uint16(stream.Addr().(*net.TCPAddr).Port)
		if !free(port, servers) {
			packet.Close()
			stream.Close()
			continue
		}
		resolver := serveOn(t, packet, stream, func(network string, q *dns.Msg) *dns.Msg {
			if q.RecursionDesired {
				return known(network, q)
			}
			return delegation(network, q)
		})
		for host, answer := range servers {
			packet, stream := listen(t, host, port)
			serveOn(t, packet, stream, answer)
		}
		return world{port, resolver}
	}
	t.Fatal("no port is free on all addresses")
	return world{}
}

// free reports whether the port is free on the addresses of the servers.
func free(port uint16, servers map[string]handler) bool {
	for host := range servers {
		addr := netip.AddrPortFrom(netip.MustParseAddr(host), port).String()
		packet, err := net.ListenPacket("udp", addr)
		if err != nil {
			return false
		}
		packet.Close()
		stream, err := net.Listen("tcp", addr)
		if err != nil {
			return false
		}
		stream.Close()
	}
	return true
}

// refers answers everything with a referral.
func refers(t *testing.T, authority, extra []string) handler {
	t.Helper()
	section := func(lines []string) (out []dns.RR) {
		for _, line := range lines {
			rr, err := dns.NewRR(line)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, rr)
		}
		return out
	}
	return func(_ string, q *dns.Msg) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		m.Ns, m.Extra = section(authority), section(extra)
		return m
	}
}

func (w world) verify(t *testing.T, text string) (*Result, []string) {
	t.Helper()
	c := patient()
	v := NewVerifier(c, VerifyOptions{
		Resolver: NewResolver(c, []netip.AddrPort{w.resolver}), Port: w.port, Defaults: []string{"ns1.vps.org", "ns2.vps.org"},
	})
	r := v.Zone(t.Context(), schematest.Zone(t, text), nil)
	var out []string
	for _, l := range r.lines() {
		out = append(out, strings.ReplaceAll(l, netip.AddrPortFrom(netip.IPv4Unspecified(), w.port).String()[len("0.0.0.0"):], ""))
	}
	return r, out
}

const exampleSOA = "example.com. 60 IN SOA a.com. b.com. 5 1 1 1 1"

// The servers that the zone above names are asked, by their glue or what the resolver knows
// of them; the delegation must have the NS of the zone.
func TestDelegatedServers(t *testing.T) {
	t.Parallel()
	ns := []string{"example.com. 60 IN NS ns1.example.com.", "example.com. 60 IN NS ns.example.net."}
	own := records(t, append([]string{exampleSOA, "www.example.com. 60 IN A 192.0.2.1"}, ns...)...)
	wrong := records(t, append([]string{exampleSOA, "www.example.com. 60 IN A 192.0.2.2"}, ns...)...)
	other := records(t, exampleSOA, "www.example.com. 60 IN A 192.0.2.1", "example.com. 60 IN NS ns1.example.com.")
	net := []string{"example.net. 60 IN SOA a.com. b.com. 1 1 1 1 1", "ns.example.net. 60 IN A 127.0.0.3"}
	glue := []string{"ns1.example.com. 60 IN A 127.0.0.2"}
	nxdomain := records(t, "com. 60 IN SOA a.com. b.com. 1 1 1 1 1")
	const www = "www 60 A 192.0.2.1\n"
	tests := map[string]struct {
		zone       string
		delegation handler
		servers    map[string]handler
		resolved   []string
		want       []string
	}{
		"both answer": {www, refers(t, ns, glue), map[string]handler{"127.0.0.2": own, "127.0.0.3": own}, net, nil},
		"declared as well": {
			www + "@ NS ns1.~\n@ NS ns.example.net.\nns1 60 A 127.0.0.2\n", refers(t, ns, glue),
			map[string]handler{
				"127.0.0.2": records(t, append([]string{exampleSOA, "www.example.com. 60 IN A 192.0.2.1", "ns1.example.com. 60 IN A 127.0.0.2"}, ns...)...),
				"127.0.0.3": records(t, append([]string{exampleSOA, "www.example.com. 60 IN A 192.0.2.1", "ns1.example.com. 60 IN A 127.0.0.2"}, ns...)...),
			}, net, nil,
		},
		"one is wrong": {
			www, refers(t, ns, glue), map[string]handler{"127.0.0.2": own, "127.0.0.3": wrong}, net,
			[]string{"ns.example.net (127.0.0.3): www A is 192.0.2.2, expected 192.0.2.1"},
		},
		"one has no address": {
			www, refers(t, ns, glue), map[string]handler{"127.0.0.2": own}, net[:1],
			[]string{"ns.example.net: not asked: it has no address"},
		},
		"the zone itself has other name servers": {
			www, refers(t, ns, glue), map[string]handler{"127.0.0.2": other, "127.0.0.3": other}, net,
			[]string{"@ NS com. delegates the zone to ns.example.net., ns1.example.com., expected ns1.example.com., the name servers of the zone itself"},
		},
		"not delegated": {
			www, nxdomain, map[string]handler{"127.0.0.4": own}, nil,
			[]string{"note: com. does not delegate the zone; asked ns1.vps.org and ns2.vps.org"},
		},
		"the parent does not answer": {
			www, func(_ string, q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure) },
			map[string]handler{"127.0.0.4": own}, nil,
			[]string{"note: the delegation could not be looked up: zone com.: server 127.0.0.1: answers SERVFAIL"},
		},
		"the server of the parent has the zone": {
			www, other, map[string]handler{"127.0.0.2": other}, []string{"example.com. 60 IN SOA a.com. b.com. 1 1 1 1 1", glue[0]}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := inhabit(t, test.delegation, test.servers, test.resolved...).verify(t, test.zone)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// A resolver that fails says nothing about a host: it is not without an address.
func TestUnknownIsNotAbsent(t *testing.T) {
	t.Parallel()
	ns := []string{"example.com. 60 IN NS ns.example.net."}
	w := inhabit(t, refers(t, ns, nil), nil) // the resolver refuses example.net
	r, got := w.verify(t, "www 60 A 192.0.2.1\n")
	if len(got) != 1 || r.State() != Unknown || !strings.HasPrefix(got[0], "ns.example.net: not asked: its address could not be looked up: resolver ") {
		t.Errorf("got %s %q, want that it is not known", r.State(), got)
	}
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1:53", "192.0.2.1:5353": "192.0.2.1:5353",
		"2001:db8::1": "[2001:db8::1]:53", "[2001:db8::1]": "[2001:db8::1]:53", "[2001:db8::1]:54": "[2001:db8::1]:54",
	} {
		got, err := ParseServer(t.Context(), text)
		if err != nil || len(got) != 1 || got[0].Addr.String() != want {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":53", "192.0.2.1:0", "192.0.2.1:65536", "a b", "x:y", "-x:53:1", "[2001:db8::1", "https://dns.example/"} {
		if got, err := ParseServer(t.Context(), text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
	got, err := ParseServer(t.Context(), "localhost:53")
	if err != nil || !slices.ContainsFunc(got, func(s Server) bool { return s.Addr.Addr().IsLoopback() && s.Host == "localhost" }) {
		t.Errorf("localhost: got %v, %v, want loopback", got, err)
	}
}
