package schema

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// zoneOf builds the zone example.com from lines of "name [ttl] TYPE rdata", as a
// loader would: sorted, grouped, without repetitions. In RDATA, "~" after a dot is
// the zone. Line numbers begin at 1, with a leading empty line left out.
func zoneOf(t testing.TB, text string) *Zone {
	t.Helper()
	z := &Zone{Name: MustParseName("example.com"), File: "example.com.yaml", Manage: ManageAll, TTL: DefaultTTL}
	type line struct {
		rec Record
		pos Position
	}
	var lines []line
	for i, l := range strings.Split(strings.TrimPrefix(text, "\n"), "\n") {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		r := recordOf(t, z, l)
		lines = append(lines, line{r, Position{z.File, i + 1, 1}})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.rec.Compare(b.rec) })
	for _, l := range lines {
		n := len(z.RRsets)
		if n == 0 || z.RRsets[n-1].Key != l.rec.Key() {
			z.RRsets = append(z.RRsets, RRset{Key: l.rec.Key(), TTL: l.rec.TTL})
			n++
		}
		s := &z.RRsets[n-1]
		s.Values = append(s.Values, Value{l.rec.Data, l.pos})
	}
	return z
}

func recordOf(t testing.TB, z *Zone, line string) Record {
	t.Helper()
	owner, rest, _ := strings.Cut(line, " ")
	word, data, _ := strings.Cut(rest, " ")
	ttl := z.TTL
	if n, err := ParseTTL(word, false); err == nil {
		ttl = n
		word, data, _ = strings.Cut(data, " ")
	}
	data = strings.ReplaceAll(data, ".~", ".example.com.")
	name, _, err := ParseOwner(owner, z.Name)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	d, _, err := ParseRDATA(Type(word), data, Origin{z.Name, true})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return Record{name, Type(word), ttl, d}
}

// say gives problems as a test compares them, without the file's name.
func say(ps Problems) []string {
	var out []string
	for _, p := range ps.Sorted() {
		out = append(out, strings.TrimPrefix(p.String(), p.File+":")+" ["+p.Rule+"]")
	}
	return out
}

type checkCase struct {
	name, zone string
	want       []string
}

func runCheckCases(t *testing.T, cases []checkCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			if got := say(checkZone(zoneOf(t, c.zone))); !slices.Equal(got, c.want) {
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
key1._domainkey TXT v=DKIM1; k=rsa; p=MIGf
nomail MX 0 .
ns1 A 192.0.2.4
mail A 192.0.2.5
web CNAME blog
www CNAME @
`

func TestCheckFindsNothingInASoundZone(t *testing.T) {
	if got := say(checkZone(zoneOf(t, soundZone))); got != nil {
		t.Errorf("problems of a sound zone:\n%s", strings.Join(got, "\n"))
	}
}

func TestCheckOfATombstoneFindsNothing(t *testing.T) {
	z := &Zone{Name: MustParseName("example.com"), Absent: true}
	if got := checkZone(z); len(got) > 0 {
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
	rules := func() []string {
		var out []string
		for _, p := range checkZone(zoneOf(t, strings.Join(lines, "\n"))) {
			out = append(out, p.Severity.String()+" "+p.Rule)
		}
		slices.Sort(out)
		return out
	}
	want := rules()
	if len(want) < 8 {
		t.Fatalf("only %d problems to compare: %v", len(want), want)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		if diff := cmp.Diff(rules(), want); diff != "" {
			t.Fatalf("rules (-got +want):\n%s\nof\n%s", diff, strings.Join(lines, "\n"))
		}
	}
}

// largeZone has n records, all of which point somewhere, in ways that would be slow
// to follow one by one.
func largeZone(t testing.TB, n int) *Zone {
	t.Helper()
	z := &Zone{Name: MustParseName("example.com"), File: "example.com.yaml", Manage: ManageAll, TTL: DefaultTTL}
	name := func(format string, i int) Name { return MustParseName(fmt.Sprintf(format, i) + ".example.com") }
	add := func(owner Name, kind Type, d RDATA) {
		z.RRsets = append(z.RRsets, RRset{Key: Key{owner, kind}, TTL: DefaultTTL, Values: []Value{{d, Position{z.File, len(z.RRsets) + 1, 1}}}})
	}
	for i := range n / 5 {
		add(name("chain%d", i), CNAME, NewHost(name("chain%d", i+1))) // one long chain
		add(name("mail%d", i), MX, NewMX(10, name("a.b.c.d.e.f.gone%d", i)))
		add(name("spf%d", i), TXT, NewTXT(fmt.Sprintf("v=spf1 include:spf%d.example.com include:spf%d.example.com -all", i+1, i+2)))
		add(name("_sevrice%d._tcp", i), SRV, NewSRV(1, 1, 1, name("x.sub%d", i)))
		add(name("sub%d", i), NS, NewHost(name("ns.sub%d", i)))
	}
	slices.SortFunc(z.RRsets, func(a, b RRset) int { return a.Key.Compare(b.Key) })
	return z
}

func TestCheckIsNearLinear(t *testing.T) {
	z := largeZone(t, 100_000)
	for i := range 2000 {
		z.Ignore = append(z.Ignore, IgnoreRRset(z.Name, Key{MustParseName(fmt.Sprintf("other%d.example.com", i)), A}))
	}
	begin := time.Now()
	checkZone(z)
	// Anything quadratic takes minutes; the bound leaves room for the race detector.
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("100,000 records took %v, want under a second on an idle machine", took)
	}
}

func BenchmarkCheckZone(b *testing.B) {
	z := largeZone(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		checkZone(z)
	}
}
