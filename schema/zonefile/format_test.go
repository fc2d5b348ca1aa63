package zonefile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

var bothForms = []Form{ZoneForm, BareForm}

// readBack loads what Format wrote, in a repository whose default TTL is another.
func readBack(t testing.TB, zone schema.Name, data []byte) (*schema.Zone, schema.Problems) {
	t.Helper()
	files := fstest.MapFS{
		zone.Undotted() + ".yaml": {Data: data},
		settingsFile:              {Data: []byte("ttl: 77\n")},
	}
	f, problems, err := Open(files, ".")
	if err != nil || len(problems) > 0 || len(f.Sources) != 1 {
		t.Fatalf("Open: %v, %v, %d sources of\n%s", err, problems, len(f.Sources), data)
	}
	return f.Zone(f.Sources[0])
}

func recordsOf(z *schema.Zone) []schema.Record {
	var out []schema.Record
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			out = append(out, s.Record(v))
		}
	}
	return out
}

// checkRoundTrip holds Format to its promise for one zone.
func checkRoundTrip(t testing.TB, z *schema.Zone) {
	t.Helper()
	for _, form := range bothForms {
		data := Format(z.Declaration(), form)
		if !bytes.Equal(Format(z.Declaration(), form), data) {
			t.Fatalf("%s form: formatting twice differs:\n%s", form, data)
		}
		back, problems := readBack(t, z.Name(), data)
		if errs := problems.Errors(); len(errs) > 0 {
			t.Fatalf("%s form: %v\nof\n%s", form, errs, data)
		}
		for _, p := range problems {
			if p.Code == codeYAML11 || p.Code == codeHostNoDot || p.Code == codeText && !aboutContent(p.Message) || p.Code == codeRepeatsZone && form == ZoneForm {
				t.Errorf("%s form: unexpected %v\nof\n%s", form, p, data)
			}
		}
		if got, want := recordsOf(back), recordsOf(z); !slices.Equal(got, want) {
			t.Fatalf("%s form: reads back as\n%+v\nwant\n%+v\nfrom\n%s", form, got, want, data)
		}
		if again := Format(back.Declaration(), form); !bytes.Equal(again, data) {
			t.Fatalf("%s form: formatted again after reading:\n%s\nwant\n%s", form, again, data)
		}
		if !utf8.Valid(data) || bytes.ContainsRune(data, '\t') || bytes.ContainsRune(data, '\r') {
			t.Fatalf("%s form: not plain text:\n%q", form, data)
		}
	}
}

// aboutContent tells warnings of what a text is, which no spelling avoids, from
// those of how it is spelt.
func aboutContent(message string) bool {
	for _, part := range []string{"outside ASCII", "white space", "empty TXT", "CAA tag", "CAA value in double quotes"} {
		if strings.Contains(message, part) {
			return true
		}
	}
	return false
}

func TestFormatReadsBack(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 150 {
		checkRoundTrip(t, randomZone(t, random))
	}
}

func TestFormatOfOddTexts(t *testing.T) {
	checkRoundTrip(t, zoneOfTexts(t, oddTexts))
}

func TestFormatOfEveryCharacterBelow0x300(t *testing.T) {
	var texts []string
	for r := range rune(0x300) {
		texts = append(texts, string(r), "a"+string(r), string(r)+"b", "a "+string(r)+" b")
	}
	checkRoundTrip(t, zoneOfTexts(t, texts))
}

func FuzzFormat(f *testing.F) {
	for _, text := range oddTexts {
		f.Add(text, "www", uint32(300), uint32(3600))
	}
	for _, name := range oddNames {
		f.Add("text", name, uint32(0), uint32(0))
	}
	f.Fuzz(func(t *testing.T, text, owner string, ttl, other uint32) {
		d := declaration()
		n, _, err := schema.ParseOwner(owner, d.Name)
		if err != nil || must(schema.NewCAA(128, "issue", text)).Check() != nil || n.OddCharacters() != "" {
			t.Skip()
		}
		one, two := schema.TTL(ttl)%(schema.MaxTTL+1), schema.TTL(other)%(schema.MaxTTL+1)
		d.RRsets = []schema.RRset{
			{Name: n, Type: schema.CAA, TTL: one, Values: []schema.Value{{Data: must(schema.NewCAA(128, "issue", text))}}},
			{Name: n, Type: schema.MX, TTL: two, Values: []schema.Value{{Data: schema.NewMX(uint16(ttl), d.Name)}}},
			{Name: n, Type: schema.TXT, TTL: two, Values: []schema.Value{{Data: schema.NewTXT(text)}}},
		}
		if n.IsWildcard() {
			d.RRsets = slices.Delete(d.RRsets, 1, 2)
		}
		checkRoundTrip(t, schematest.Valid(t, d))
	})
}

func TestFormatOfHeads(t *testing.T) {
	name := schema.MustParseName("example.com")
	for _, c := range []struct {
		zone schema.Declaration
		form Form
		want string
	}{
		{schema.Declaration{Name: name}, ZoneForm, "zone: example.com\nrecords: {}\n"},
		{schema.Declaration{Name: name}, BareForm, "---\n{}\n"},
		{schema.Declaration{Name: name, Absent: true}, ZoneForm, "zone: example.com\nstate: absent\n"},
		{schema.Declaration{Name: name, Manage: schema.ManageDeclared}, ZoneForm, "zone: example.com\nmanage: declared\nrecords: {}\n"},
	} {
		data := Format(schematest.Valid(t, c.zone).Declaration(), c.form)
		if string(data) != c.want {
			t.Errorf("%s form: got\n%s\nwant\n%s", c.form, data, c.want)
		}
		back, problems := readBack(t, name, data)
		if back == nil || back.Absent() != c.zone.Absent || (back.Manage() == schema.ManageDeclared) != (c.zone.Manage == schema.ManageDeclared) {
			t.Errorf("%s form: reads back as %+v, %v from\n%s", c.form, back, problems, data)
		}
	}
}

const formatted = `
@ A 192.0.2.1
@ A 192.0.2.2
@ MX 10 mail
@ MX 20 mail2.example.net.
@ TXT v=spf1 include:_spf.example.net -all
@ TXT \"quoted; ${x}\"
@ CAA 0 issue "letsencrypt.org"
web10 60 A 192.0.2.10
web2 60 AAAA 2001:10:20:30:40:50:10:20
web2 60 A 192.0.2.2
www CNAME @
*.apps CNAME example.net.
_sip._tcp SRV 10 5 5060 sip
sip A 192.0.2.5
legacy 60 A 192.0.2.7
legacy MX 0 .
legacy 7200 SRV 1 2 3 @
no TXT no
`

const wantZoneForm = `zone: example.com
ttl: 3600
records:
  '@':
    A: [192.0.2.1, 192.0.2.2]
    CAA: 0 issue "letsencrypt.org"
    MX:
      - 10 mail.example.com.
      - 20 mail2.example.net.
    TXT:
      - \"quoted; $${x}\"
      - v=spf1 include:_spf.example.net -all
  _sip._tcp: {SRV: 10 5 5060 sip.example.com.}
  '*.apps': {CNAME: example.net.}
  legacy:
    - type: A
      ttl: 60
      value: 192.0.2.7
    - type: MX
      value: {preference: 0, exchange: '.'}
    - type: SRV
      ttl: 7200
      value: {priority: 1, weight: 2, port: 3, target: '@'}
  'no':
    TXT: 'no'
  sip: {A: 192.0.2.5}
  web10: {A: 192.0.2.10, ttl: 60}
  web2:
    A: 192.0.2.2
    AAAA: '2001:10:20:30:40:50:10:20'
    ttl: 60
  www: {CNAME: '@'}
`
const wantBareForm = `---
'':
  - ttl: 3600
    type: A
    values: [192.0.2.1, 192.0.2.2]
  - ttl: 3600
    type: CAA
    value: {flags: 0, tag: issue, value: letsencrypt.org}
  - ttl: 3600
    type: MX
    values:
      - {exchange: mail.example.com., preference: 10}
      - {exchange: mail2.example.net., preference: 20}
  - ttl: 3600
    type: TXT
    values:
      - \"quoted\; ${x}\"
      - v=spf1 include:_spf.example.net -all
'*.apps':
  ttl: 3600
  type: CNAME
  value: example.net.
_sip._tcp:
  ttl: 3600
  type: SRV
  value: {port: 5060, priority: 10, target: sip.example.com., weight: 5}
legacy:
  - ttl: 60
    type: A
    value: 192.0.2.7
  - ttl: 3600
    type: MX
    value: {exchange: '.', preference: 0}
  - ttl: 7200
    type: SRV
    value: {port: 3, priority: 1, target: example.com., weight: 2}
'no':
  ttl: 3600
  type: TXT
  value: 'no'
sip:
  ttl: 3600
  type: A
  value: 192.0.2.5
web2:
  - ttl: 60
    type: A
    value: 192.0.2.2
  - ttl: 60
    type: AAAA
    value: '2001:10:20:30:40:50:10:20'
web10:
  ttl: 60
  type: A
  value: 192.0.2.10
www:
  ttl: 3600
  type: CNAME
  value: example.com.
`

func TestFormatIsPleasantToRead(t *testing.T) {
	z := schematest.Zone(t, formatted)
	for _, form := range bothForms {
		want := wantZoneForm
		if form == BareForm {
			want = wantBareForm
		}
		if got := string(Format(z.Declaration(), form)); got != want {
			t.Errorf("%s form:\n%s\nwant:\n%s", form, got, want)
		}
	}
	checkRoundTrip(t, z)
}

// The order is that of natsort, which octoDNS holds keys to.
func TestCompareNatural(t *testing.T) {
	sorted := []string{"", "1", "*", "*.a2", "*.a10", "-", "a", "a1", "a1b", "a2", "a10", "a10.1", "a-1", "aa", "b"}
	for i, a := range sorted {
		for j, b := range sorted {
			got, want := compareNatural(a, b), i-j
			if (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("compareNatural(%q, %q) = %d, want the sign of %d", a, b, got, want)
			}
		}
	}
}

func TestParseForm(t *testing.T) {
	for _, f := range bothForms {
		if got, err := ParseForm(f.String()); err != nil || got != f {
			t.Errorf("ParseForm(%q) = %v, %v", f, got, err)
		}
	}
	if _, err := ParseForm("Zone"); err == nil {
		t.Error("ParseForm(\"Zone\"): no error")
	}
}

func BenchmarkFormat(b *testing.B) {
	d := declaration()
	for i := range 100_000 {
		d.RRsets = append(d.RRsets, schema.RRset{
			Name: schema.MustParseName(fmt.Sprintf("mail%d.example.com", i)), Type: schema.MX, TTL: schema.DefaultTTL,
			Values: []schema.Value{{Data: schema.NewMX(10, schema.MustParseName(fmt.Sprintf("host%d.example.net", i)))}},
		})
	}
	z := schematest.Valid(b, d)
	b.ReportAllocs()
	for b.Loop() {
		Format(z.Declaration(), ZoneForm)
	}
}
