package zonefile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// withoutPlaces shows a zone but for where it was written.
func withoutPlaces(z *schema.Zone) string {
	var b strings.Builder
	for line := range strings.Lines(zoneText(z)) {
		what, _, _ := strings.Cut(line, " at ")
		b.WriteString(strings.TrimSpace(what) + "\n")
	}
	_, rest, _ := strings.Cut(b.String(), "\n")
	return rest
}

// TestOrderDoesNotMatter shuffles the records of a file: the zone stays the same.
func TestOrderDoesNotMatter(t *testing.T) {
	names := []string{"'': [{type: A, value: 192.0.2.1}, {type: TXT, values: [b, a]}]\n", "www: {type: CNAME, value: a.example.net.}\n",
		"api: {type: MX, values: [20 b.example.net., 10 a.example.net.]}\n", "'*': {type: A, values: [10.0.0.9, 10.0.0.10]}\n", "a.b: {type: A, ttl: 60, value: 192.0.2.1}\n"}
	r := rand.New(rand.NewPCG(1, 2))
	want := ""
	for range 20 {
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte(strings.Join(names, ""))}})
		if z == nil {
			t.Fatal(problems)
		}
		got := withoutPlaces(z)
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("after a shuffle (-want +got):\n%s", diff)
		}
	}
}

// TestSpellingsAgree writes one zone in both forms, in several files, by includes,
// by anchors and with variables: it is the same zone.
func TestSpellingsAgree(t *testing.T) {
	const bare = `
'':
  - {type: A, ttl: 300, values: [192.0.2.1, 192.0.2.2]}
  - {type: MX, ttl: 300, value: {preference: 10, exchange: mail.example.com.}}
  - {type: CAA, ttl: 300, value: {tag: issue, value: letsencrypt.org}}
mail: {type: A, ttl: 60, value: 192.0.2.3}
_sip._tcp: {type: SRV, ttl: 300, value: {priority: 10, weight: 5, port: 5060, target: mail.example.com.}}
www: {type: TXT, ttl: 300, value: a\; b}
`
	folders := map[string]fstest.MapFS{
		"bare": {"example.com.yaml": {Data: []byte(bare)}},
		"zone form": {"example.com.yaml": {Data: []byte(`
zone: example.com
ttl: 5m
vars: {mx: mail, n: '3'}
records:
  '@': {A: [192.0.2.2, 192.0.2.1], MX: '10 ${mx}', CAA: 0 issue "letsencrypt.org"}
  '${mx}': {A: '192.0.2.${n}', ttl: 1m}
  _sip._tcp.example.com.: {SRV: 10 5 5060 mail}
  www: {TXT: a; b}
`)}},
		"split": {
			"example.com./$example.com.yaml": {Data: []byte("zone: example.com\nttl: 300\n")},
			"example.com./mail.yaml":         {Data: []byte("mail: {type: A, ttl: 60, value: 192.0.2.3}\n_sip._tcp: {type: SRV, value: 10 5 5060 mail.example.com.}\n")},
			"example.com./www.yaml":          {Data: []byte("zone: example.com\nrecords: {www: {TXT: a; b}, '@': {A: [192.0.2.1, 192.0.2.2], MX: 10 mail, CAA: 0 ISSUE letsencrypt.org}}\n")},
		},
		"includes": {
			"templates/apex.yaml": {Data: []byte("- {type: A, values: !include a.yaml, ttl: 300}\n- {type: MX, ttl: 300, value: 10 mail.example.com.}\n- {type: CAA, ttl: 300, value: 0 issue letsencrypt.org}\n")},
			"templates/a.yaml":    {Data: []byte("[192.0.2.1, 192.0.2.2]\n")},
			"templates/rest.yaml": {Data: []byte("mail: {type: A, ttl: 60, value: 192.0.2.3}\nwww: {type: TXT, ttl: 300, value: a; b}\n")},
			"example.com.yaml":    {Data: []byte("'': !include templates/apex.yaml\n<<: !include templates/rest.yaml\n_sip._tcp: {type: SRV, ttl: 300, value: 10 5 5060 mail.example.com.}\n")},
		},
		"anchors": {"example.com.yaml": {Data: []byte(`
'':
  - &five {ttl: 300, type: A, values: [192.0.2.1, 192.0.2.2]}
  - {<<: *five, type: MX, values: 10 mail.example.com.}
  - {<<: *five, type: CAA, values: {tag: issue, value: letsencrypt.org}}
mail: {<<: *five, ttl: 60, values: 192.0.2.3}
_sip._tcp: {<<: *five, type: SRV, values: 10 5 5060 mail.example.com.}
www: {<<: *five, type: TXT, values: a; b}
`)}},
	}
	want, problems := readOne(t, folders["bare"])
	if want == nil {
		t.Fatal(problems)
	}
	for name, fsys := range folders {
		z, problems := readOne(t, fsys)
		if z == nil {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if diff := cmp.Diff(withoutPlaces(want), withoutPlaces(z)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// bareZone gives a zone file of n records in the bare form, of the usual types.
func bareZone(n int) string {
	var b strings.Builder
	b.WriteString("---\n'':\n  - type: MX\n    values:\n      - preference: 10\n        exchange: mail.example.net.\n  - type: TXT\n    value: v=spf1 include:_spf.example.net -all\n")
	for i := range n - 2 {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "host%d:\n  type: A\n  ttl: 300\n  values:\n    - 192.0.2.%d\n", i, i%250)
		case 1:
			fmt.Fprintf(&b, "host%d:\n  ttl: 3600\n  type: CNAME\n  value: web%d.example.net.\n", i, i)
		default:
			fmt.Fprintf(&b, "host%d:\n  type: TXT\n  value: google-site-verification=%032d\n", i, i)
		}
	}
	return b.String()
}

func BenchmarkZone(b *testing.B) {
	fsys := fstest.MapFS{"example.com.yaml": {Data: []byte(bareZone(50))}}
	f, problems, err := Open(fsys, ".")
	if err != nil || len(problems) > 0 {
		b.Fatal(err, problems)
	}
	b.ReportAllocs()
	for b.Loop() {
		if z, problems := f.Zone(f.Sources[0]); z == nil {
			b.Fatal(problems)
		}
	}
}

// TestExpires reads records up to and after their last day, in UTC.
func TestExpires(t *testing.T) {
	text := `
zone: example.com
records:
  a: {A: 192.0.2.1, TXT: text, expires: 2027-01-31}
  b:
    - {type: A, value: 192.0.2.2, expires: 2027-01-31}
    - {type: TXT, value: text}
  c: {CNAME: a}
`
	all := "a.example.com. A, a.example.com. TXT, b.example.com. A, b.example.com. TXT, c.example.com. CNAME"
	late := "b.example.com. TXT, c.example.com. CNAME"
	for at, want := range map[string]string{
		"0001-01-01T00:00:00Z": all, "2027-01-30T00:00:00Z": all, "2027-01-31T23:59:59Z": all, "2027-02-01T00:00:00Z": late,
		"2027-01-31T23:30:00-01:00": late, "2027-02-01T00:30:00+01:00": all, "2100-01-01T00:00:00Z": late,
	} {
		f, problems, err := Open(fstest.MapFS{"example.com.yaml": {Data: []byte(text)}}, ".")
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		if f.Now, err = time.Parse(time.RFC3339, at); err != nil {
			t.Fatal(err)
		}
		z, problems := f.Zone(f.Sources[0])
		var keys []string
		for _, s := range z.RRsets() {
			keys = append(keys, s.Key().String())
		}
		if got := strings.Join(keys, ", "); got != want {
			t.Errorf("at %s: got %s, want %s", at, got, want)
		}
		expired := 0
		for _, p := range problems {
			if p.Code == codeExpired {
				expired++
			}
		}
		if (expired == 2) != (want == late) || expired != 0 && expired != 2 {
			t.Errorf("at %s: got %v", at, problems)
		}
	}
}
