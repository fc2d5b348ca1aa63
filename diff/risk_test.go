package diff

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// riskOf plans one zone and returns the codes of each change, as in "delete @ MX: apex-mx".
func riskOf(t *testing.T, want *schema.Zone, live LiveZone, spec PlanSpec, others ...*schema.Zone) []string {
	t.Helper()
	parts := []ZoneReach{ReachOf(want)}
	for _, z := range others {
		parts = append(parts, ReachOf(z))
	}
	spec.Zones = append(spec.Zones, Zone(want, live, nil))
	spec.Reach = NewReach(parts)
	var out []string
	p := NewPlan(spec)
	for i := range p.Zones() {
		z := &p.Zones()[i]
		for _, c := range z.Changes {
			var codes []string
			for _, r := range c.Risk.Reasons {
				codes = append(codes, r.Code)
			}
			if len(codes) > 0 {
				out = append(out, fmt.Sprintf("%s %s %s: %s", c.Action, c.Name.Relative(z.Zone), c.Type, strings.Join(codes, " ")))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// zoneNamed is a zone that only other zones point at, or from.
func zoneNamed(t *testing.T, name string, text string) *schema.Zone {
	t.Helper()
	d := schematest.Declaration(t, text)
	to := schema.MustParseName(name)
	for i, s := range d.RRsets {
		n, _, err := schema.ParseOwner(s.Name.Relative(d.Name), to)
		if err != nil {
			t.Fatal(err)
		}
		d.RRsets[i].Name = n
	}
	d.Name = to
	return schematest.Valid(t, d)
}

const (
	// A key of RSA with 1024 bits.
	shortKey = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)

func TestRisk(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		live, want []string
		codes      []string
	}{
		{"nothing special", []string{"www 60 A 9.9.9.9"}, []string{"www 60 A 9.9.9.10"}, nil},
		{"apex MX changed", []string{"@ 60 MX 10 a.example.net."}, []string{"@ 60 MX 10 b.example.net."}, []string{"update @ MX: apex-mx"}},
		{"apex MX gone", []string{"@ 60 MX 10 a.example.net.", "x 60 A 9.9.9.9"}, []string{"x 60 A 9.9.9.9"}, []string{"delete @ MX: apex-mx"}},
		{"one more apex MX", []string{"@ 60 MX 10 a.example.net."}, []string{"@ 60 MX 10 a.example.net.", "@ 60 MX 20 b.example.net."}, []string{"create @ MX: apex-mx"}},
		{"first apex MX", nil, []string{"@ 60 MX 10 a.example.net."}, nil},
		{"TTL of the apex MX", []string{"@ 60 MX 10 a.example.net."}, []string{"@ 90 MX 10 a.example.net."}, nil},
		{"MX below the apex", []string{"x 60 MX 10 a.example.net."}, []string{"x 60 MX 10 b.example.net."}, nil},
		{"apex NS", []string{"@ 60 NS a.example.net."}, []string{"@ 60 NS b.example.net."}, []string{"update @ NS: apex-ns"}},
		{"first apex NS", []string{"a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9", "@ 60 NS a.example.net."}, []string{"create @ NS: apex-ns"}},
		{"wildcard", nil, []string{"*.x 60 A 9.9.9.9"}, []string{"create *.x A: wildcard"}},
		{"delegation comes", nil, []string{"x 60 NS a.example.net."}, []string{"create x NS: delegation"}},
		{"delegation goes", []string{"x 60 NS a.example.net.", "a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9"}, []string{"delete x NS: delegation"}},
		{"glue", []string{"x 60 NS ns.x.example.com.", "ns.x 60 A 9.9.9.9"}, []string{"x 60 NS ns.x.example.com.", "ns.x 60 A 9.9.9.10"}, []string{"update ns.x A: glue"}},
		{"glue beside the delegation", []string{"x 60 NS ns", "ns 60 A 9.9.9.9"}, []string{"x 60 NS ns", "ns 60 A 9.9.9.10"}, []string{"update ns A: glue"}},
		{"own name server", []string{"@ 60 NS ns", "ns 60 A 9.9.9.9"}, []string{"@ 60 NS ns", "ns 60 A 9.9.9.10"}, []string{"update ns A: name-server"}},
		{"last address", []string{"a 60 A 9.9.9.9", "b 60 CNAME a"}, []string{"b 60 CNAME a"}, []string{"delete a A: last-address"}},
		{"one address of two", []string{"a 60 A 9.9.9.9", "a 60 AAAA 2620::1", "b 60 CNAME a"}, []string{"a 60 A 9.9.9.9", "b 60 CNAME a"}, nil},
		{"last address, but a wildcard answers", []string{"a 60 A 9.9.9.9", "*.example.com. 60 A 9.9.9.9", "b 60 CNAME a"}, []string{"*.example.com. 60 A 9.9.9.9", "b 60 CNAME a"}, nil},
		{"wildcard that a target needs", []string{"*.w 60 A 9.9.9.9", "b 60 CNAME a.w.example.com."}, []string{"b 60 CNAME a.w.example.com."}, []string{"delete *.w A: last-address wildcard"}},
		{"wildcard that a target hides", []string{"*.w 60 A 9.9.9.9", "a.w 60 A 9.9.9.9", "b 60 CNAME a.w.example.com."}, []string{"a.w 60 A 9.9.9.9", "b 60 CNAME a.w.example.com."}, []string{"delete *.w A: wildcard"}},
		{"text behind a CNAME gone", []string{"a 60 TXT x", "b 60 CNAME a"}, []string{"b 60 CNAME a"}, []string{"delete a TXT: target-missing"}},
		{"one text of two behind a CNAME gone", []string{"a 60 TXT x", "a 60 TXT y", "b 60 CNAME a"}, []string{"a 60 TXT y", "b 60 CNAME a"}, nil},
		{"nothing points at it", []string{"a 60 A 9.9.9.9", "b 60 A 9.9.9.9"}, []string{"b 60 A 9.9.9.9"}, nil},
		{"CNAME for addresses", []string{"a 60 A 9.9.9.9"}, []string{"a 60 CNAME b.example.net."}, []string{"create a CNAME: cname-swap", "delete a A: cname-swap"}},
		{"addresses for a CNAME", []string{"a 60 CNAME b.example.net."}, []string{"a 60 A 9.9.9.9"}, []string{"create a A: cname-swap", "delete a CNAME: cname-swap"}},
		{"SPF softer", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 mx ~all"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF firmer", []string{"@ 60 TXT v=spf1 mx ~all"}, []string{"@ 60 TXT v=spf1 mx -all"}, nil},
		{"SPF open", []string{"@ 60 TXT v=spf1 mx ?all"}, []string{"@ 60 TXT v=spf1 mx all"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF without all", []string{"@ 60 TXT v=spf1 mx ~all"}, []string{"@ 60 TXT v=spf1 mx"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF gone", []string{"@ 60 TXT v=spf1 mx -all", "@ 60 TXT x"}, []string{"@ 60 TXT x"}, []string{"delete @ TXT: spf-weaker"}},
		{"text beside SPF", []string{"@ 60 TXT v=spf1 mx -all", "@ 60 TXT x"}, []string{"@ 60 TXT v=spf1 mx -all"}, nil},
		{"SPF twice", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 mx -all", "@ 60 TXT v=spf1 a -all"}, []string{"create @ TXT: spf-weaker"}},
		{"SPF for everybody", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 ip4:0.0.0.0/0 -all"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF for every address", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 a/0 -all"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF for every IPv6 address", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 mx:a.net/24//0 -all"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF for neighbours", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 a/24 -all"}, nil},
		{"SPF neutral on every address", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 mx ?ip4:0.0.0.0/0 -all"}, []string{"update @ TXT: spf-weaker"}},
		{"SPF against every address", []string{"@ 60 TXT v=spf1 mx ~all"}, []string{"@ 60 TXT v=spf1 mx -ip4:0.0.0.0/0 ~all"}, nil},
		{"first SPF lets everybody pass", nil, []string{"@ 60 TXT v=spf1 +all"}, []string{"create @ TXT: spf-weaker"}},
		{"SPF with one sender more", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 mx ip4:9.9.9.9 -all"}, nil},
		{"SPF with eleven look-ups", []string{"@ 60 TXT v=spf1 mx -all"}, []string{"@ 60 TXT v=spf1 a:a.net a:b.net a:c.net a:d.net a:e.net a:f.net a:g.net a:h.net a:i.net a:j.net a:k.net -all"}, []string{"update @ TXT: spf-weaker"}},
		{"DMARC none", []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, []string{"_dmarc 60 TXT v=DMARC1; p=none"}, []string{"update _dmarc TXT: dmarc-weaker"}},
		{"DMARC reject", []string{"_dmarc 60 TXT v=DMARC1; p=none"}, []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, nil},
		{"DMARC for subdomains", []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, []string{"_dmarc 60 TXT v=DMARC1; p=reject; sp=none"}, []string{"update _dmarc TXT: dmarc-weaker"}},
		{"DMARC for a part", []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, []string{"_dmarc 60 TXT v=DMARC1; p=reject; pct=10"}, []string{"update _dmarc TXT: dmarc-weaker"}},
		{"DMARC for other names", []string{"_dmarc 60 TXT v=DMARC1; p=reject; adkim=s"}, []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, []string{"update _dmarc TXT: dmarc-weaker"}},
		{"DMARC exempts a name", []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, []string{"_dmarc 60 TXT v=DMARC1; p=reject", "_dmarc.a 60 TXT v=DMARC1; p=none"}, []string{"create _dmarc.a TXT: dmarc-weaker"}},
		{"DMARC of a name as for subdomains", []string{"_dmarc 60 TXT v=DMARC1; p=reject; sp=none"}, []string{"_dmarc 60 TXT v=DMARC1; p=reject; sp=none", "_dmarc.a 60 TXT v=DMARC1; p=none"}, nil},
		{"DMARC mistyped", []string{"_dmarc 60 TXT v=DMARC1; p=reject"}, []string{"_dmarc 60 TXT v=DMARC; p=reject"}, []string{"update _dmarc TXT: dmarc-weaker"}},
		{"DMARC gone", []string{"_dmarc 60 TXT v=DMARC1; p=reject", "a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9"}, []string{"delete _dmarc TXT: dmarc-weaker"}},
		{"DMARC behind a CNAME gone", []string{"_dmarc 60 CNAME x.example.net.", "a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9"}, []string{"delete _dmarc CNAME: dmarc-weaker"}},
		{"DKIM gone", []string{"s._domainkey 60 TXT v=DKIM1; p=" + shortKey, "a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9"}, []string{"delete s._domainkey TXT: dkim-weaker"}},
		{"DKIM revoked", []string{"s._domainkey 60 TXT v=DKIM1; p=" + shortKey}, []string{"s._domainkey 60 TXT v=DKIM1; p="}, []string{"update s._domainkey TXT: dkim-weaker"}},
		{"DKIM cut short", []string{"s._domainkey 60 TXT v=DKIM1; p=" + shortKey}, []string{"s._domainkey 60 TXT v=DKIM1; p=" + shortKey[:40]}, []string{"update s._domainkey TXT: dkim-weaker"}},
		{"DKIM put to the test", []string{"s._domainkey 60 TXT v=DKIM1; p=" + shortKey}, []string{"s._domainkey 60 TXT v=DKIM1; t=y; p=" + shortKey}, []string{"update s._domainkey TXT: dkim-weaker"}},
		{"DKIM with a selector of two labels gone", []string{"s.x._domainkey 60 TXT v=DKIM1; p=" + shortKey, "a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9"}, []string{"delete s.x._domainkey TXT: dkim-weaker"}},
		{"CAA exempts a name", []string{"@ 60 CAA 0 issue \"a.net\""}, []string{"@ 60 CAA 0 issue \"a.net\"", "x.y 60 CAA 0 issue \"b.net\""}, []string{"create x.y CAA: caa-looser"}},
		{"CAA of a name as above", []string{"@ 60 CAA 0 issue \"a.net\""}, []string{"@ 60 CAA 0 issue \"a.net\"", "x.y 60 CAA 0 issue \"a.net\""}, nil},
		{"CAA gone", []string{"@ 60 CAA 0 issue \"a.net\"", "a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9"}, []string{"delete @ CAA: caa-looser"}},
		{"CAA for one more", []string{"@ 60 CAA 0 issue \"a.net\""}, []string{"@ 60 CAA 0 issue \"a.net\"", "@ 60 CAA 0 issue \"b.net\""}, []string{"create @ CAA: caa-looser"}},
		{"CAA for one less", []string{"@ 60 CAA 0 issue \"a.net\"", "@ 60 CAA 0 issue \"b.net\""}, []string{"@ 60 CAA 0 issue \"a.net\""}, nil},
		{"CAA without its account", []string{"@ 60 CAA 0 issue \"a.net; accounturi=x\""}, []string{"@ 60 CAA 0 issue \"a.net\""}, []string{"update @ CAA: caa-looser"}},
		{"CAA for wildcards", []string{"@ 60 CAA 0 issue \"a.net\""}, []string{"@ 60 CAA 0 issue \"a.net\"", "@ 60 CAA 0 issuewild \"b.net\""}, []string{"create @ CAA: caa-looser"}},
		{"private address", nil, []string{"a 60 A 10.0.0.1"}, []string{"create a A: private-address"}},
		{"site-local address", nil, []string{"a 60 AAAA fec0::1"}, []string{"create a AAAA: private-address"}},
		{"loopback", nil, []string{"a 60 AAAA ::1"}, []string{"create a AAAA: private-address"}},
		{"documentation address in a documentation zone", nil, []string{"a 60 A 192.0.2.1"}, nil},
		{"private address goes", []string{"a 60 A 10.0.0.1", "b 60 A 9.9.9.9"}, []string{"b 60 A 9.9.9.9"}, nil},
		{"TTL above a day", []string{"a 60 A 9.9.9.9"}, []string{"a 86401 A 9.9.9.9"}, []string{"update a A: ttl-raised"}},
		{"TTL of a day", []string{"a 60 A 9.9.9.9"}, []string{"a 86400 A 9.9.9.9"}, nil},
		{"TTL below a minute", []string{"a 60 A 9.9.9.9"}, []string{"a 59 A 9.9.9.9"}, []string{"update a A: ttl-lowered"}},
		{"target missing", []string{"a 60 A 9.9.9.9"}, []string{"a 60 A 9.9.9.9", "b 60 MX 10 c"}, []string{"create b MX: target-missing"}},
		{"target without an address", []string{"c 60 TXT x"}, []string{"c 60 TXT x", "b 60 MX 10 c"}, []string{"create b MX: target-missing"}},
		{"target by a wildcard", []string{"*.c 60 A 9.9.9.9"}, []string{"*.c 60 A 9.9.9.9", "b 60 MX 10 a.c"}, nil},
		{"target below a delegation", []string{"c 60 NS ns.example.net."}, []string{"c 60 NS ns.example.net.", "b 60 MX 10 a.c"}, nil},
		{"target outside", nil, []string{"b 60 MX 10 mail.example.net."}, nil},
		{
			"the same edit",
			[]string{"a 60 A 9.9.9.1", "b 60 A 9.9.9.2", "c 60 A 9.9.9.3", "d 60 A 9.9.9.4", "e 60 A 9.9.9.5"},
			[]string{"a 60 A 9.9.8.1", "b 60 A 9.9.8.2", "c 60 A 9.9.8.3", "d 60 A 9.9.8.4", "e 60 A 9.9.8.5"},
			[]string{"update a A: same-edit", "update b A: same-edit", "update c A: same-edit", "update d A: same-edit", "update e A: same-edit"},
		},
		{
			"edits that differ",
			[]string{"a 60 A 9.9.9.1", "b 60 A 9.9.9.2", "c 60 A 9.9.9.3", "d 60 A 9.9.9.4", "e 60 A 9.9.9.5"},
			[]string{"a 60 A 9.9.1.1", "b 60 A 9.9.2.2", "c 60 A 9.9.3.3", "d 60 A 9.9.4.4", "e 60 A 9.9.5.5"},
			nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := riskOf(t, wantZone(t, test.want...), liveZone(t, test.live...), PlanSpec{})
			if !slices.Equal(got, test.codes) {
				t.Errorf("got %q, want %q", got, test.codes)
			}
		})
	}
}

func TestRiskAcrossZones(t *testing.T) {
	t.Parallel()
	live := liveZone(t, "mail 60 A 9.9.9.9", "ns 60 A 9.9.9.9", "x 60 A 9.9.9.9")
	other := zoneNamed(t, "example.net", "@ MX 10 mail.example.com.\n@ NS ns.example.com.")
	got := riskOf(t, wantZone(t, "ns 60 A 9.9.9.8", "x 60 A 9.9.9.9"), live, PlanSpec{}, other)
	if want := []string{"delete mail A: last-address", "update ns A: name-server"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	missing := wantZone(t, "ns 60 A 9.9.9.9", "x 60 A 9.9.9.9", "mail 60 A 9.9.9.9", "a 60 CNAME gone.example.net.", "b 60 CNAME there.example.net.")
	other = zoneNamed(t, "example.net", "there A 9.9.9.9")
	if got, want := riskOf(t, missing, live, PlanSpec{}, other), []string{"create a CNAME: target-missing"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// Where the other zone says that it may hold more, nothing is missing.
	declared := tuned(t, other, func(d *schema.Declaration) { d.Manage = schema.ManageDeclared })
	if got := riskOf(t, missing, live, PlanSpec{}, declared); got != nil {
		t.Errorf("manage: declared: got %q, want nothing", got)
	}
	plan := NewPlan(PlanSpec{Zones: []ZonePlan{Zone(missing, live, nil)}, Reach: NewReach([]ZoneReach{UnknownReach(other.Name())})})
	if s := plan.Summary(); s.Risk != schema.RiskLow {
		t.Errorf("a zone that was not read: got risk %s, want low", s.Risk)
	}
}

func TestRiskOfVitalHosts(t *testing.T) {
	t.Parallel()
	spec := PlanSpec{Vital: []Vital{{schema.MustParseName("git.example.com"), "the Git host"}}}
	for _, test := range []struct {
		live, want []string
		codes      []string
	}{
		{[]string{"git 60 A 9.9.9.9"}, []string{"git 60 A 9.9.9.8"}, []string{"update git A: lockout"}},
		{[]string{"git 60 CNAME web", "web 60 A 9.9.9.9"}, []string{"git 60 CNAME web", "web 60 A 9.9.9.8"}, []string{"update web A: lockout"}},
		{[]string{"@ 60 NS a.net."}, []string{"@ 60 NS b.net."}, []string{"update @ NS: apex-ns lockout"}},
		{[]string{"git 60 A 9.9.9.9"}, []string{"git 60 A 9.9.9.9", "git 60 TXT x"}, nil},
		{[]string{"*.example.com. 60 A 9.9.9.9"}, []string{"*.example.com. 60 A 9.9.9.8"}, []string{"update * A: lockout wildcard"}},
		{[]string{"*.example.com. 60 A 9.9.9.9", "git 60 A 9.9.9.9"}, []string{"*.example.com. 60 A 9.9.9.8", "git 60 A 9.9.9.9"}, []string{"update * A: wildcard"}},
		{[]string{"www 60 A 9.9.9.9"}, []string{"www 60 A 9.9.9.8"}, nil},
	} {
		if got := riskOf(t, wantZone(t, test.want...), liveZone(t, test.live...), spec); !slices.Equal(got, test.codes) {
			t.Errorf("%q -> %q: got %q, want %q", test.live, test.want, got, test.codes)
		}
	}
}

func TestRiskOfDeletedZone(t *testing.T) {
	t.Parallel()
	tombstone := schematest.Valid(t, schema.Declaration{Name: apex, Absent: true})
	other := zoneNamed(t, "example.net", "b 60 CNAME www.example.com.")
	for _, test := range []struct{ live, code string }{
		{"www 60 A 9.9.9.9", schema.RiskLastAddress},
		{"*.example.com. 60 A 9.9.9.9", schema.RiskLastAddress},
		{"ftp 60 A 9.9.9.9", ""},
	} {
		plan := NewPlan(PlanSpec{Zones: []ZonePlan{Zone(tombstone, liveZone(t, test.live), nil)}, Reach: NewReach([]ZoneReach{ReachOf(tombstone), ReachOf(other)})})
		if got := plan.Zones()[0].StaleFor(); got != 60 {
			t.Errorf("%s: stale for %d, want 60", test.live, got)
		}
		if got := plan.Zones()[0].Risk; has(got.Reasons, schema.RiskLastAddress) != (test.code != "") {
			t.Errorf("%s: got %v, want %q", test.live, got.Reasons, test.code)
		}
	}
}

func TestRiskLevelsFromSettings(t *testing.T) {
	t.Parallel()
	live, want := liveZone(t, "@ 60 MX 10 a.net.", "*.x 60 A 9.9.9.9"), wantZone(t, "@ 60 MX 10 b.net.", "*.x 60 A 9.9.9.8")
	plan := NewPlan(PlanSpec{
		Zones: []ZonePlan{Zone(want, live, nil)},
		Risk:  map[string]schema.RiskLevel{schema.RiskApexMX: schema.RiskOff, schema.RiskWildcard: schema.RiskHigh},
	})
	levels := map[string]schema.RiskLevel{}
	for _, c := range plan.Zones()[0].Changes {
		levels[string(c.Type)] = c.Risk.Level
	}
	if levels["MX"] != schema.RiskLow || levels["A"] != schema.RiskHigh {
		t.Errorf("got %v, want MX low and A high", levels)
	}
}

func TestRiskSameEditInMostZones(t *testing.T) {
	t.Parallel()
	var zones []ZonePlan
	for i, name := range []string{"a.example", "b.example", "c.example", "d.example", "e.example"} {
		text := "www 60 A 9.9.9.9"
		want := text
		if i < 3 {
			want = "www 60 A 9.9.9.8"
		}
		z := zoneNamed(t, name, want)
		live := LiveZone{ID: name, Name: z.Name()}
		for _, s := range zoneNamed(t, name, text).RRsets() {
			live.Records = append(live.Records, liveOf("1", s.Record(s.Values[0])))
		}
		zones = append(zones, Zone(z, live, nil))
	}
	plan := NewPlan(PlanSpec{Zones: zones})
	for i, z := range plan.Zones() {
		for _, c := range z.Changes {
			if !has(c.Risk.Reasons, schema.RiskSameEdit) {
				t.Errorf("zone %d: got %v, want same-edit", i, c.Risk)
			}
		}
	}
	if n := plan.Summary().Update; n != 3 {
		t.Errorf("got %d updates, want 3", n)
	}
}

func TestStaleFor(t *testing.T) {
	t.Parallel()
	live := liveZone(t, "a 600 A 9.9.9.9", "b 60 A 9.9.9.9", "c 50 A 9.9.9.9")
	live.Records = append(live.Records, Live{
		ID: "soa", Value: "ns.example.net. hostmaster.example.net. 1 7200 3600 1209600 300",
		Record: schema.Record{Name: apex, Type: schema.SOA, TTL: 3600},
	})
	got := map[string]schema.TTL{}
	p := Zone(wantZone(t, "a 600 A 9.9.9.8", "c 50 A 9.9.9.9", "c 50 A 9.9.9.8", "d 60 A 9.9.9.9"), live, nil)
	for _, c := range p.Changes {
		got[string(c.Action)+" "+c.Name.Relative(apex)] = c.StaleFor
	}
	for what, want := range map[string]schema.TTL{"update a": 600, "delete b": 300, "create c": 50, "create d": 300} {
		if got[what] != want {
			t.Errorf("%s: stale for %d, want %d", what, got[what], want)
		}
	}
}

func TestReachIsCompact(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("h%d 60 A 9.9.9.9", i), fmt.Sprintf("c%d 60 CNAME h%d", i, i))
	}
	r := NewReach([]ZoneReach{ReachOf(wantZone(t, lines...))})
	bytes := 8*len(r.names) + 16*len(r.pointers) + 16*len(r.aliases)
	if per := bytes / len(lines); per > 24 {
		t.Errorf("%d bytes for each record, want at most 24", per)
	}
}
