package vpsorgtest_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// newDNS serves zones over DNS for one test and returns the address.
func newDNS(t *testing.T, s *vpsorgtest.Server) string {
	t.Helper()
	d, err := s.ListenDNS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if l, err := net.Listen("tcp", d.Addr()); err != nil {
			t.Errorf("the address is still taken: %v", err)
		} else {
			l.Close()
		}
	})
	return d.Addr()
}

func ask(t *testing.T, network, addr string, q *dns.Msg) *dns.Msg {
	t.Helper()
	m, _, err := (&dns.Client{Net: network}).ExchangeContext(t.Context(), q, addr)
	if err != nil {
		t.Fatalf("%s: %v", q.Question[0].Name, err)
	}
	return m
}

// lines writes records in a form to compare.
func lines(rrs []dns.RR) []string {
	var all []string
	for _, rr := range rrs {
		if rr.Header().Rrtype != dns.TypeOPT {
			all = append(all, strings.Join(strings.Fields(rr.String()), " "))
		}
	}
	slices.Sort(all)
	return all
}

func dnsZones(t *testing.T) *vpsorgtest.Server {
	s := newServer(vpsorgtest.Options{})
	addZone(t, s, "example.com",
		rec{Type: "A", Name: "@", Value: "192.0.2.1", TTL: 60},
		rec{Type: "MX", Name: "@", Value: "mail.example.com", TTL: 60, Priority: 10},
		rec{Type: "TXT", Name: "@", Value: `a "b" \`, TTL: 60},
		rec{Type: "TXT", Name: "long", Value: strings.Repeat("x", 300), TTL: 60},
		rec{Type: "CAA", Name: "@", Value: `0 issue "ca.example"`, TTL: 60},
		rec{Type: "A", Name: "mail", Value: "192.0.2.2", TTL: 60},
		rec{Type: "AAAA", Name: "mail", Value: "2001:db8::2", TTL: 60},
		rec{Type: "CNAME", Name: "www", Value: "example.com", TTL: 60},
		rec{Type: "CNAME", Name: "chain", Value: "www.example.com", TTL: 60},
		rec{Type: "CNAME", Name: "over", Value: "a.example.org", TTL: 60},
		rec{Type: "CNAME", Name: "out", Value: "www.example.net", TTL: 60},
		rec{Type: "CNAME", Name: "dangling", Value: "nothing.example.com", TTL: 60},
		rec{Type: "CNAME", Name: "loop1", Value: "loop2.example.com", TTL: 60},
		rec{Type: "CNAME", Name: "loop2", Value: "loop1.example.com", TTL: 60},
		rec{Type: "SRV", Name: "_sip._tcp", Value: "5 5060 mail.example.com", TTL: 60, Priority: 20},
		rec{Type: "A", Name: "*.wild", Value: "192.0.2.3", TTL: 60},
		rec{Type: "A", Name: "host.ent.wild", Value: "192.0.2.4", TTL: 60},
		rec{Type: "NS", Name: "sub", Value: "ns.sub.example.com", TTL: 60},
		rec{Type: "NS", Name: "sub", Value: "ns.example.net", TTL: 60},
		rec{Type: "A", Name: "ns.sub", Value: "192.0.2.5", TTL: 60},
		rec{Type: "PTR", Name: "ptr", Value: "host.example.net", TTL: 60, Raw: true},
		rec{Type: "A", Name: "#a+b_c", Value: "192.0.2.6", TTL: 60},
		rec{Type: "ALIAS", Name: "alias", Value: "host.example.net", TTL: 60, Raw: true},
	)
	addZone(t, s, "example.org", rec{Type: "A", Name: "a", Value: "192.0.2.9", TTL: 60},
		rec{Type: "NS", Name: "@", Value: "ns.example.org", TTL: 60})
	return s
}

func TestDNSAnswers(t *testing.T) {
	addr := newDNS(t, dnsZones(t))
	const referral = -1 // NOERROR without AA
	const negative = "SOA"
	tests := []struct {
		name   string
		qtype  uint16
		rcode  int
		answer []string
		ns     []string
		extra  []string
	}{
		{"example.com.", dns.TypeA, 0, []string{"example.com. 60 IN A 192.0.2.1"}, nil, nil},
		{"EXAMPLE.com.", dns.TypeA, 0, []string{"example.com. 60 IN A 192.0.2.1"}, nil, nil},
		{"example.com.", dns.TypeMX, 0, []string{"example.com. 60 IN MX 10 mail.example.com."}, nil,
			[]string{"mail.example.com. 60 IN A 192.0.2.2", "mail.example.com. 60 IN AAAA 2001:db8::2"}},
		{"example.com.", dns.TypeTXT, 0, []string{`example.com. 60 IN TXT "a \"b\" \\"`}, nil, nil},
		{"long.example.com.", dns.TypeTXT, 0, []string{`long.example.com. 60 IN TXT "` + strings.Repeat("x", 255) + `" "` + strings.Repeat("x", 45) + `"`}, nil, nil},
		{"example.com.", dns.TypeCAA, 0, []string{`example.com. 60 IN CAA 0 issue "ca.example"`}, nil, nil},
		{"example.com.", dns.TypeNS, 0, []string{"example.com. 86400 IN NS ns1.vps.org.", "example.com. 86400 IN NS ns2.vps.org."}, nil, nil},
		{"example.org.", dns.TypeNS, 0, []string{"example.org. 60 IN NS ns.example.org."}, nil, nil},
		{"_sip._tcp.example.com.", dns.TypeSRV, 0, []string{"_sip._tcp.example.com. 60 IN SRV 20 5 5060 mail.example.com."}, nil,
			[]string{"mail.example.com. 60 IN A 192.0.2.2", "mail.example.com. 60 IN AAAA 2001:db8::2"}},
		{"www.example.com.", dns.TypeCNAME, 0, []string{"www.example.com. 60 IN CNAME example.com."}, nil, nil},
		{"chain.example.com.", dns.TypeA, 0, []string{"chain.example.com. 60 IN CNAME www.example.com.", "example.com. 60 IN A 192.0.2.1", "www.example.com. 60 IN CNAME example.com."}, nil, nil},
		{"over.example.com.", dns.TypeA, 0, []string{"a.example.org. 60 IN A 192.0.2.9", "over.example.com. 60 IN CNAME a.example.org."}, nil, nil},
		{"out.example.com.", dns.TypeA, 0, []string{"out.example.com. 60 IN CNAME www.example.net."}, nil, nil},
		{"dangling.example.com.", dns.TypeA, dns.RcodeNameError, []string{"dangling.example.com. 60 IN CNAME nothing.example.com."}, []string{negative}, nil},
		{"loop1.example.com.", dns.TypeA, 0, []string{"loop1.example.com. 60 IN CNAME loop2.example.com.", "loop2.example.com. 60 IN CNAME loop1.example.com."}, nil, nil},
		{"mail.example.com.", dns.TypeTXT, 0, nil, []string{negative}, nil},
		{"alias.example.com.", dns.TypeA, 0, nil, []string{negative}, nil},
		{"ptr.example.com.", dns.TypePTR, 0, []string{"ptr.example.com. 60 IN PTR host.example.net."}, nil, nil},
		{"#a+b_c.example.com.", dns.TypeA, 0, []string{"#a+b_c.example.com. 60 IN A 192.0.2.6"}, nil, nil},
		{"none.example.com.", dns.TypeA, dns.RcodeNameError, nil, []string{negative}, nil},
		{"_tcp.example.com.", dns.TypeA, 0, nil, []string{negative}, nil},
		{"x.wild.example.com.", dns.TypeA, 0, []string{"x.wild.example.com. 60 IN A 192.0.2.3"}, nil, nil},
		{"x.y.wild.example.com.", dns.TypeA, 0, []string{"x.y.wild.example.com. 60 IN A 192.0.2.3"}, nil, nil},
		{"x.wild.example.com.", dns.TypeTXT, 0, nil, []string{negative}, nil},
		{"ent.wild.example.com.", dns.TypeA, 0, nil, []string{negative}, nil},
		{"x.ent.wild.example.com.", dns.TypeA, dns.RcodeNameError, nil, []string{negative}, nil},
		{"a.b.sub.example.com.", dns.TypeA, referral, nil,
			[]string{"sub.example.com. 60 IN NS ns.example.net.", "sub.example.com. 60 IN NS ns.sub.example.com."},
			[]string{"ns.sub.example.com. 60 IN A 192.0.2.5"}},
		{"sub.example.com.", dns.TypeDS, 0, nil, []string{negative}, nil},
		{"www.example.net.", dns.TypeA, dns.RcodeRefused, nil, nil, nil},
		{".", dns.TypeNS, dns.RcodeRefused, nil, nil, nil},
		{"example.com.", dns.TypeAXFR, dns.RcodeRefused, nil, nil, nil},
	}
	for _, tt := range tests {
		for _, network := range []string{"udp", "tcp"} {
			m := ask(t, network, addr, new(dns.Msg).SetQuestion(tt.name, tt.qtype))
			rcode, aa := max(tt.rcode, 0), tt.rcode != referral && tt.rcode != dns.RcodeRefused
			if m.Rcode != rcode || m.Authoritative != aa || m.RecursionAvailable {
				t.Errorf("%s %s: got %v", tt.name, network, m.MsgHdr)
			}
			ns := lines(m.Ns)
			for i, line := range ns {
				if strings.HasPrefix(line, "example.com. 3600 IN SOA ns1.vps.org. hostmaster.vps.org. ") {
					ns[i] = negative
				}
			}
			for _, part := range [][2][]string{{tt.answer, lines(m.Answer)}, {tt.ns, ns}, {tt.extra, lines(m.Extra)}} {
				if diff := cmp.Diff(part[0], part[1]); diff != "" {
					t.Errorf("%s %s %s (-want +got):\n%s", tt.name, dns.TypeToString[tt.qtype], network, diff)
				}
			}
		}
	}
}

func TestDNSSerialRises(t *testing.T) {
	s := dnsZones(t)
	addr := newDNS(t, s)
	serial := func() uint32 {
		m := ask(t, "udp", addr, new(dns.Msg).SetQuestion("example.com.", dns.TypeSOA))
		if len(m.Answer) != 1 || !m.Authoritative {
			t.Fatalf("got %v", m)
		}
		return m.Answer[0].(*dns.SOA).Serial
	}
	before := serial()
	if err := s.RemoveRecord(s.Records("example.com")[0].ID); err != nil {
		t.Fatal(err)
	}
	if after := serial(); after <= before {
		t.Errorf("got serial %d after %d", after, before)
	}
}

func TestDNSTruncatesUDP(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	addZone(t, s, "example.com", rec{Type: "TXT", Name: "@", Value: strings.Repeat("x", 700)})
	addr := newDNS(t, s)
	q := new(dns.Msg).SetQuestion("example.com.", dns.TypeTXT)
	if m := ask(t, "udp", addr, q); !m.Truncated || len(m.Answer) != 0 {
		t.Errorf("UDP: got %v, want it truncated", m)
	}
	if m := ask(t, "tcp", addr, q); m.Truncated || len(m.Answer) != 1 {
		t.Errorf("TCP: got %v, want it whole", m)
	}
	if m := ask(t, "udp", addr, q.Copy().SetEdns0(1232, false)); m.Truncated || len(m.Answer) != 1 || m.IsEdns0() == nil {
		t.Errorf("EDNS: got %v, want it whole", m)
	}
}

func TestDNSOddQueries(t *testing.T) {
	s := dnsZones(t)
	if _, err := s.AddRecord("example.com", rec{Type: "CNAME", Name: "odd", Value: "a..b", Raw: true}); err != nil {
		t.Fatal(err)
	}
	addr := newDNS(t, s)
	q := func(change func(*dns.Msg)) *dns.Msg {
		m := new(dns.Msg).SetQuestion("example.com.", dns.TypeA)
		change(m)
		return m
	}
	for name, tt := range map[string]struct {
		q     *dns.Msg
		rcode int
	}{
		"notify":                               {q(func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }), dns.RcodeNotImplemented},
		"chaos":                                {q(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }), dns.RcodeRefused},
		"EDNS 1":                               {q(func(m *dns.Msg) { m.SetEdns0(1232, false).IsEdns0().SetVersion(1) }), dns.RcodeBadVers},
		"raw record without a form in the DNS": {q(func(m *dns.Msg) { m.Question[0].Name = "odd.example.com." }), dns.RcodeSuccess},
	} {
		if m := ask(t, "udp", addr, tt.q); m.Rcode != tt.rcode {
			t.Errorf("%s: got %s, want %s", name, dns.RcodeToString[m.Rcode], dns.RcodeToString[tt.rcode])
		}
	}
	m := ask(t, "tcp", addr, q(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeANY }))
	if len(m.Answer) != 7 { // A, MX, TXT, CAA, SOA and two NS
		t.Errorf("ANY: got %v, want 7 records", m.Answer)
	}
}

func TestListenDNSErrors(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	d, err := s.ListenDNS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, addr := range []string{"127.0.0.1", d.Addr()} {
		if _, err := s.ListenDNS(addr); err == nil || !strings.HasPrefix(err.Error(), "dns "+addr+": listen: ") {
			t.Errorf("%s: got %v, want an error", addr, err)
		}
	}
}
