package lookup

import (
	"net"
	"strconv"
	"testing"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// Law: data that goes through the wire format is read back as it was declared.
func FuzzWireData(f *testing.F) {
	origin := schema.Origin{Zone: schema.MustParseName("example.com"), Relative: true}
	f.Fuzz(func(t *testing.T, owner, typ, text string) {
		if !schema.Type(typ).Managed() {
			return
		}
		d, _, err := schema.ParseRDATA(schema.Type(typ), text, origin)
		if err != nil || d.Check() != nil {
			return
		}
		name, _, err := schema.ParseOwner(owner, origin.Zone)
		if err != nil {
			return
		}
		rr, err := dns.NewRR(masterName(name) + " 60 IN " + typ + " " + d.String())
		if err != nil || rr == nil {
			return // the library has its own limits for what it reads
		}
		m := new(dns.Msg)
		m.Answer = []dns.RR{rr}
		wire, err := m.Pack()
		if err != nil {
			return // longer than a message can be
		}
		back := new(dns.Msg)
		if err := back.Unpack(wire); err != nil {
			t.Fatal(err)
		}
		got := find(back.Answer, name, schema.Type(typ))
		if len(got.data) != 1 || got.data[0] != d || got.ttl != 60 {
			t.Errorf("got %v of %s, want %s at %s", got, rr, d, name)
		}
	})
}

// Law: a server that is read has a port and one of address and host, and means the same when
// it is written with its port.
func FuzzServer(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		host, port, err := splitPort(text)
		if err != nil {
			return
		}
		again, port2, err := splitPort(net.JoinHostPort(host, strconv.Itoa(int(port))))
		if err != nil || again != host || port2 != port || port == 0 || host == "" {
			t.Errorf("%q: got %q and %d, and then %q, %d, %v", text, host, port, again, port2, err)
		}
	})
}

// Law: whatever a server sends, it is judged, and data that was not asked for says nothing.
func FuzzJudge(f *testing.F) {
	zone := schema.Declaration{Name: schema.MustParseName("example.com"), TTL: 60, Manage: schema.ManageAll}
	for _, line := range [][3]string{
		{"@", "A", "192.0.2.1"}, {"www", "CNAME", "example.com."}, {"sub", "NS", "ns.sub.example.com."},
		{"ns.sub", "A", "192.0.2.2"}, {"*.x", "TXT", "text"}, {"a.b", "MX", "10 mail.example.com."},
	} {
		name, _, _ := schema.ParseOwner(line[0], zone.Name)
		d, _, err := schema.ParseRDATA(schema.Type(line[1]), line[2], schema.Origin{Zone: zone.Name})
		if err != nil {
			f.Fatal(err)
		}
		zone.RRsets = append(zone.RRsets, schema.RRset{Name: name, Type: d.Type(), TTL: 60, Values: []schema.Value{{Data: d}}})
	}
	z, problems := schema.NewZone(zone)
	if z == nil {
		f.Fatal(problems)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		m := new(dns.Msg)
		if m.Unpack(wire) != nil {
			return
		}
		serialOf(m, z.Name())
		_, _ = readDelegation(m, z.Name(), schema.MustParseName("com"))
		for _, c := range checks(z) {
			v := c.judge(m)
			if c.kind != empty && len(v.differs) == 0 && v.unknown == "" && len(m.Answer)+len(m.Ns) == 0 {
				t.Errorf("%s: an empty message answers as declared", c.set.Key())
			}
			for _, d := range v.differs {
				if d.Message == "" || schema.Printable(d.Message) != d.Message {
					t.Errorf("got the message %q", d.Message)
				}
			}
		}
	})
}
