package lint

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

type checkCase struct {
	name, zone string
	want       []string
}

func runCheckCases(t *testing.T, cases []checkCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			if got := schematest.Lines(Zone(schematest.Declaration(t, c.zone))); !slices.Equal(got, c.want) {
				t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// soundZone uses every type, and much that could seem wrong and is not.
const soundZone = `
@ A 192.0.2.1
@ AAAA 2001:db8::1
@ NS ns1.example.com.
@ NS ns2.example.net.
@ MX 10 mail
@ MX 20 mail.example.net.
@ TXT v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx:example.com/24//64 include:_spf.example.net exists:%{i}._spf.example.net -all
@ TXT google-site-verification=abc
@ CAA 0 issue "letsencrypt.org"
@ CAA 128 iodef "mailto:security@example.com"
*.apps A 192.0.2.2
*.apps MX 10 mail
_acme-challenge CNAME _acme-challenge.example.net.
_dmarc TXT v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@example.net!10m; fo=1:d:s; adkim=s; pct=50;
_sip._tcp SRV 10 5 5060 sip.apps.~
_ldap._tcp SRV 0 0 0 .
_mta-sts TXT v=STSv1; id=1
_smtp._tls TXT v=TLSRPTv1; rua=mailto:tls@example.com
blog CNAME any.thing.apps.~
docs CNAME host.dept.~
dept NS ns.dept.~
dept NS ns1
ns.dept A 192.0.2.3
key1._domainkey TXT v=DKIM1; k=rsa; h=sha256; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALVFdr/QUbElUJ8bPMkn6g6fCLGoIyTt4v/3t3a5pVx3rWVjXLHzq8qZvnhCOLeHCl1eXCcEqzS1cLZqFbG3nAUCAwEAAQ==
key2._domainkey TXT k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= ; n=(a note)
*._domainkey.dept2 TXT v=DKIM1; p=
_domainkey TXT o=~
nomail MX 0 .
ns1 A 192.0.2.4
mail A 192.0.2.5
web CNAME blog
www CNAME @
`

func TestCheckFindsNothingInASoundZone(t *testing.T) {
	if got := schematest.Lines(Zone(schematest.Declaration(t, soundZone))); got != nil {
		t.Errorf("problems of a sound zone:\n%s", strings.Join(got, "\n"))
	}
}

func TestCheckOfATombstoneFindsNothing(t *testing.T) {
	d := schema.Declaration{Name: schema.MustParseName("example.com"), Absent: true}
	if got := Zone(d); len(got) > 0 {
		t.Errorf("problems of a tombstone: %v", got)
	}
}

// The order in which values are written changes no finding: only the lines differ.
func TestCheckDoesNotDependOnTheOrderOfLines(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(soundZone)+`
alias CNAME alias2
alias2 CNAME alias
alias TXT text
@ TXT v=spf1 mx -all
@ MX 30 gone
_dmarc TXT v=DMARC1; p=nothing
_tpc A 192.0.2.9
dept TXT hidden`, "\n")
	codes := func() []string {
		var out []string
		d := schematest.Declaration(t, strings.Join(lines, "\n"))
		_, problems := schema.NewZone(d)
		for _, p := range append(problems, Zone(d)...) {
			out = append(out, p.Severity.String()+" "+p.Code)
		}
		slices.Sort(out)
		return out
	}
	want := codes()
	if len(want) < 8 {
		t.Fatalf("only %d problems to compare: %v", len(want), want)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		if diff := cmp.Diff(want, codes()); diff != "" {
			t.Fatalf("codes (-want +got):\n%s\nof\n%s", diff, strings.Join(lines, "\n"))
		}
	}
}

// largeZone has n records, all of which point somewhere, in ways that would be slow
// to follow one by one.
func largeZone(n int) schema.Declaration {
	z := schema.Declaration{Name: schema.MustParseName("example.com"), File: "example.com.yaml", Manage: schema.ManageAll, TTL: schema.DefaultTTL}
	name := func(format string, i int) schema.Name {
		return schema.MustParseName(fmt.Sprintf(format, i) + ".example.com")
	}
	add := func(owner schema.Name, kind schema.Type, d schema.RDATA) {
		z.RRsets = append(z.RRsets, schema.RRset{Name: owner, Type: kind, TTL: schema.DefaultTTL, Values: []schema.Value{{Data: d, Pos: schema.Position{File: z.File, Line: len(z.RRsets) + 1, Col: 1}}}})
	}
	for i := range n / 5 {
		add(name("chain%d", i), schema.CNAME, schema.NewCNAME(name("chain%d", i+1))) // one long chain
		add(name("mail%d", i), schema.MX, schema.NewMX(10, name("a.b.c.d.e.f.gone%d", i)))
		add(name("spf%d", i), schema.TXT, schema.NewTXT(fmt.Sprintf("v=spf1 include:spf%d.example.com include:spf%d.example.com -all", i+1, i+2)))
		add(name("_sevrice%d._tcp", i), schema.SRV, schema.NewSRV(1, 1, 1, name("x.sub%d", i)))
		add(name("sub%d", i), schema.NS, schema.NewNS(name("ns.sub%d", i)))
	}
	slices.SortFunc(z.RRsets, func(a, b schema.RRset) int { return a.Key().Compare(b.Key()) })
	return z
}

func TestCheckIsNearLinear(t *testing.T) {
	schematest.NearLinear(t, 50_000, func(n int) func() {
		z := largeZone(n)
		for i := range n / 50 {
			z.Ignore = append(z.Ignore, schema.IgnoreRRset(z.Name, schema.Key{Name: schema.MustParseName(fmt.Sprintf("other%d.example.com", i)), Type: schema.A}))
		}
		return func() { Zone(z) }
	})
}

func BenchmarkZone(b *testing.B) {
	z := largeZone(100_000)
	b.ReportAllocs()
	for b.Loop() {
		Zone(z)
	}
}

func TestCheckTTL(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"bounds", "a 60 A 192.0.2.1\nb 604800 A 192.0.2.1", nil},
		{"odd", "a 59 A 192.0.2.1\nb 604801 A 192.0.2.1\nc 0 A 192.0.2.1", []string{
			"1:1: warning: TTL 59 of a.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
			"2:1: warning: TTL 604801 of b.example.com. A is longer than a week, expected 60 to 604800 seconds [ttl-high]",
			"3:1: warning: TTL 0 of c.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
		}},
	})
	z := schematest.Declaration(t, "a 30 A 192.0.2.1\nb 30 A 192.0.2.1\nc 20 A 192.0.2.1")
	z.TTL = 30
	want := []string{
		"1:1: warning: default TTL 30 of a.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
		"3:1: warning: TTL 20 of c.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
	}
	if got := schematest.Lines(Zone(z)); !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
}
