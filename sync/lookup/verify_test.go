package lookup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// everything has each thing that DNS answers in a way of its own.
const everything = `
@ A 192.0.2.1
@ AAAA 2001:db8::1
@ MX 10 mail.~
@ MX 20 mail.example.net.
@ TXT v=spf1 -all
@ TXT a second text; with "quotes", \\ and ünïcode
@ CAA 0 issue "letsencrypt.org"
@ CAA 128 issuewild ";"
www 60 CNAME a.chain.~
a.chain CNAME b.chain.~
b.chain CNAME @
gone CNAME nothing.here.~
away CNAME www.example.net.
mail A 192.0.2.25
nomail MX 0 .
_sip._tcp SRV 10 5 5060 sip.~
_no._tcp SRV 0 0 0 .
sip A 192.0.2.30
*.preview A 192.0.2.40
*.preview TXT for every preview
*.alias CNAME mail.~
deep.under.nothing.at.all A 192.0.2.50
sub NS ns1.sub.~
sub NS ns.other.~
sub NS ns.example.net.
ns1.sub A 192.0.2.53
ns1.sub AAAA 2001:db8::53
other NS ns.other.~
ns.other A 192.0.2.54
hidden.sub A 192.0.2.99
a/b A 192.0.2.60
`

func everythingZone(t *testing.T) *schema.Zone {
	t.Helper()
	long := "long TXT " + strings.Repeat("0123456789", 60)
	return schematest.Zone(t, everything+long+"\n")
}

// What a server serves is answered as declared.
func TestAnswers(t *testing.T) {
	t.Parallel()
	z := everythingZone(t)
	r, lines := verify(t, patient(), z, sandbox(t, z))
	if r.State() != Answers || len(lines) > 0 {
		t.Errorf("got %s %q, want that it answers", r.State(), lines)
	}
	// Each RRset is asked for, glue and what is hidden apart, and each of _tcp, preview,
	// alias, chain and the four names above deep.
	if want := len(z.RRsets()) - 4 + 8; r.Questions != want {
		t.Errorf("got %d questions, want %d", r.Questions, want)
	}
}

// Law: whatever RRset a server lacks, has another value in, or has a longer TTL for is named,
// and nothing is that does not depend on it.
func TestAnyDifferenceIsFound(t *testing.T) {
	t.Parallel()
	z := everythingZone(t)
	for i, set := range z.RRsets() {
		if set.Name == schema.MustParseName("hidden.sub.example.com") {
			continue // nobody is asked for it
		}
		for what, change := range map[string]func(*schema.Declaration){
			"lacks": func(d *schema.Declaration) { d.RRsets = slices.Delete(d.RRsets, i, i+1) },
			"ttl":   func(d *schema.Declaration) { d.RRsets[i].TTL++ },
			"value": func(d *schema.Declaration) {
				d.RRsets[i].Values = []schema.Value{{Data: otherData(set.Values[0].Data)}}
			},
		} {
			d := z.Declaration()
			d.RRsets = slices.Clone(d.RRsets)
			change(&d)
			t.Run(fmt.Sprintf("%s %s %s", set.Name.Relative(z.Name()), set.Type, what), func(t *testing.T) {
				t.Parallel()
				r, lines := verify(t, patient(), z, sandbox(t, schematest.Valid(t, d)))
				found := slices.ContainsFunc(r.Servers[0].Differs, func(d Difference) bool { return d.Name == set.Name && d.Type == set.Type })
				if set.Type == schema.A && set.Name == schema.MustParseName("ns.other.example.com") {
					found = found || len(lines) > 0
				}
				if !found || r.State() != Differs || what != "lacks" && len(lines) > 3 {
					t.Errorf("got %s %q, want %s", r.State(), lines, set.Key())
				}
			})
		}
	}
}

// otherData returns data of the same type that differs.
func otherData(d schema.RDATA) schema.RDATA {
	other := schema.MustParseName("elsewhere.example.org")
	var out schema.RDATA
	var err error
	switch d.Type() {
	case schema.A:
		out, err = schema.NewA(d.Addr().Next())
	case schema.AAAA:
		out, err = schema.NewAAAA(d.Addr().Next())
	case schema.CNAME:
		out = schema.NewCNAME(other)
	case schema.NS:
		out = schema.NewNS(other)
	case schema.MX:
		out = schema.NewMX(d.Priority()+1, other)
	case schema.SRV:
		out = schema.NewSRV(d.Priority(), 1, 1, other)
	case schema.TXT:
		out = schema.NewTXT(d.TXT() + "!")
	case schema.CAA:
		out, err = schema.NewCAA(0, "issue", "elsewhere.example.org")
	}
	if err != nil {
		panic(err)
	}
	return out
}

// What is said of each kind of difference.
func TestDifferencesInWords(t *testing.T) {
	t.Parallel()
	want := schematest.Zone(t, `
www A 192.0.2.1
two A 192.0.2.1
two A 192.0.2.2
was 300 A 192.0.2.1
is CNAME www.~
not TXT x
a.b.c A 192.0.2.9
*.w A 192.0.2.7
sub NS ns1.sub.~
ns1.sub A 192.0.2.53
cut NS ns.example.net.
`)
	has := schematest.Zone(t, `
www A 192.0.2.3
two A 192.0.2.1
was 301 A 192.0.2.1
is A 192.0.2.8
c NS ns.example.org.
sub NS ns1.sub.~
cut A 192.0.2.11
`)
	_, got := verify(t, patient(), want, sandbox(t, has))
	slices.Sort(got)
	if diff := cmp.Diff([]string{
		"s1: *.w A does not exist, expected 192.0.2.7",
		"s1: a.b.c A is answered with a referral to ns.example.org. of c.example.com., expected 192.0.2.9",
		"s1: b.c is answered with a referral to ns.example.org. of c.example.com., expected the empty name above records of the zone",
		"s1: c is answered with a referral to ns.example.org. of c.example.com., expected the empty name above records of the zone",
		"s1: cut NS has no NS, expected ns.example.net.",
		"s1: is CNAME has A 192.0.2.8, expected CNAME www.example.com.",
		"s1: not TXT does not exist, expected \"x\"",
		"s1: ns1.sub A is not in the referral to sub.example.com., expected the glue 192.0.2.53",
		"s1: two A lacks 192.0.2.2",
		"s1: w does not exist (NXDOMAIN), expected the empty name above records of the zone (NOERROR without data)",
		"s1: was A has the TTL 301, expected at most 300",
		"s1: www A is 192.0.2.3, expected 192.0.2.1",
	}, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// Names that other tools own are not asked for, and an empty name may hold their records.
func TestOtherToolsRecords(t *testing.T) {
	t.Parallel()
	d := schematest.Declaration(t, "www A 192.0.2.1\n_acme._tcp.up TXT x\n")
	d.Manage = schema.ManageDeclared
	has := schematest.Zone(t, "www A 192.0.2.1\n_acme._tcp.up TXT x\nup A 192.0.2.2\nmore A 192.0.2.3\n")
	if r, lines := verify(t, patient(), schematest.Valid(t, d), sandbox(t, has)); r.State() != Answers {
		t.Errorf("manage declared: got %q, want that it answers", lines)
	}
	d.Manage = schema.ManageAll
	if r, lines := verify(t, patient(), schematest.Valid(t, d), sandbox(t, has)); r.State() != Differs || len(lines) != 1 {
		t.Errorf("manage all: got %q, want up", lines)
	}
	rule, err := schema.NewIgnoreRule("up", nil, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Ignore = []schema.IgnoreRule{rule}
	if r, lines := verify(t, patient(), schematest.Valid(t, d), sandbox(t, has)); r.State() != Answers {
		t.Errorf("ignored: got %q, want that it answers", lines)
	}
}

// A server that has an older zone shows in its serial.
func TestSecondServerIsBehind(t *testing.T) {
	t.Parallel()
	z := schematest.Zone(t, "www A 192.0.2.1\n")
	a, b := sandbox(t, z), sandbox(t, z, schematest.Valid(t, renamed(t, "example.net")))
	old := serve(t, behind(b, func(_ string, m *dns.Msg) *dns.Msg {
		for _, rr := range m.Answer {
			if soa, ok := rr.(*dns.SOA); ok {
				soa.Serial = 7
			}
		}
		return m
	}))
	r, lines := verify(t, patient(), z, a, old)
	if r.State() != Differs || len(lines) != 1 || !strings.HasPrefix(lines[0], "@ SOA the serials differ: ") || !strings.HasSuffix(lines[0], " at s1, 7 at s2") {
		t.Errorf("got %q, want the serials", lines)
	}
}

// renamed declares another zone without records.
func renamed(t *testing.T, name string) schema.Declaration {
	t.Helper()
	d := schematest.Declaration(t, "")
	d.Name = schema.MustParseName(name)
	return d
}

// One good server and one bad one: what differs is said of the bad one alone.
func TestEachServerForItself(t *testing.T) {
	t.Parallel()
	z := schematest.Zone(t, "www A 192.0.2.1\nmail A 192.0.2.2\n")
	good := sandbox(t, z)
	wrong := serve(t, behind(good, func(_ string, m *dns.Msg) *dns.Msg {
		for _, rr := range m.Answer {
			if a, ok := rr.(*dns.A); ok && strings.HasPrefix(a.Hdr.Name, "www.") {
				a.A[3] = 66
			}
		}
		return m
	}))
	if r, lines := verify(t, patient(), z, good, wrong); r.State() != Differs || !slices.Equal(lines, []string{"s2: www A is 192.0.2.66, expected 192.0.2.1"}) {
		t.Errorf("got %s %q", r.State(), lines)
	}
}

// What was removed must not be answered any more, where nothing has taken its place.
func TestRemovedRecords(t *testing.T) {
	t.Parallel()
	gone := schematest.Zone(t, "old A 192.0.2.1\nwww A 192.0.2.1\nx.w A 192.0.2.9\nsub NS ns.example.net.\nshared TXT ours\nlink CNAME www.~\n").RRsets()
	z := schematest.Zone(t, "www A 192.0.2.2\n*.w A 192.0.2.9\n")
	now := sandbox(t, schematest.Zone(t, "www A 192.0.2.2\n*.w A 192.0.2.9\nshared TXT theirs\n"))
	before := sandbox(t, schematest.Zone(t, "old A 192.0.2.1\nwww A 192.0.2.1\nx.w A 192.0.2.9\nsub NS ns.example.net.\nshared TXT ours\nlink CNAME www.~\n*.w A 192.0.2.9\n"))
	v := NewVerifier(patient(), VerifyOptions{Servers: []Server{{Addr: now}, {Addr: before}}})
	results, _ := v.All(t.Context(), []schema.Name{z.Name()}, Run{
		Zone:    func(schema.Name) *schema.Zone { return z },
		Removed: func(schema.Name) []schema.RRset { return gone },
	})
	got := masked(results[0].lines()[1:], now, before) // the serials differ as well
	slices.Sort(got)
	if diff := cmp.Diff([]string{
		"s2: link CNAME still has www.example.com., which was removed",
		"s2: old A still has 192.0.2.1, which was removed",
		"s2: shared TXT still has \"ours\", which was removed",
		"s2: sub NS still has ns.example.net., which was removed",
		"s2: www A is 192.0.2.1, expected 192.0.2.2",
	}, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// What has expired must not be answered any more. The NS at the apex are those of the service
// then, whatever they are.
func TestExpiredRecords(t *testing.T) {
	t.Parallel()
	past := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	d := schematest.Declaration(t, "www A 192.0.2.2\nold A 192.0.2.1\ngone A 192.0.2.3\n@ NS ns.example.net.\n")
	for i := range d.RRsets {
		if d.RRsets[i].Name != schema.MustParseName("www."+d.Name.Undotted()) {
			d.RRsets[i].Expires = past
		}
	}
	z, problems := schema.NewZone(d.At(past))
	if z == nil {
		t.Fatal(problems)
	}
	r, lines := verify(t, patient(), z, sandbox(t, schematest.Zone(t, "www A 192.0.2.2\nold A 192.0.2.1\n@ NS ns.example.net.\n")))
	if r.State() != Differs || !slices.Equal(lines, []string{"s1: old A still has 192.0.2.1, which has expired"}) {
		t.Errorf("got %s %q", r.State(), lines)
	}
}
