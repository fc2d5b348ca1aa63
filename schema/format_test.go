package schema

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

var bothForms = []Form{ZoneForm, BareForm}

// readBack loads what Format wrote, in a repository whose default TTL is another.
func readBack(t testing.TB, zone Name, data []byte) (*Zone, Problems) {
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

func recordsOf(z *Zone) []Record {
	var out []Record
	for _, s := range z.RRsets {
		for _, v := range s.Values {
			out = append(out, s.Record(v))
		}
	}
	return out
}

// checkRoundTrip holds Format to its promise for one zone.
func checkRoundTrip(t testing.TB, z *Zone) {
	t.Helper()
	for _, form := range bothForms {
		data := Format(z, form)
		if !bytes.Equal(Format(z, form), data) {
			t.Fatalf("%s form: formatting twice differs:\n%s", form, data)
		}
		back, problems := readBack(t, z.Name, data)
		if errs := problems.Errors(); len(errs) > 0 {
			t.Fatalf("%s form: %v\nof\n%s", form, errs, data)
		}
		for _, p := range problems {
			if p.Rule == ruleYAML11 || p.Rule == ruleHostDot || p.Rule == ruleText && !aboutContent(p.Message) || p.Rule == ruleRepeatsZone && form == ZoneForm {
				t.Errorf("%s form: unexpected %v\nof\n%s", form, p, data)
			}
		}
		if got, want := recordsOf(back), recordsOf(z); !slices.Equal(got, want) {
			t.Fatalf("%s form: reads back as\n%+v\nwant\n%+v\nfrom\n%s", form, got, want, data)
		}
		if again := Format(back, form); !bytes.Equal(again, data) {
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
		checkRoundTrip(t, randomZone(random))
	}
}

func TestFormatOfOddTexts(t *testing.T) {
	checkRoundTrip(t, zoneOfTexts(oddTexts))
}

func TestFormatOfEveryCharacterBelow0x300(t *testing.T) {
	var texts []string
	for r := range rune(0x300) {
		texts = append(texts, string(r), "a"+string(r), string(r)+"b", "a "+string(r)+" b")
	}
	checkRoundTrip(t, zoneOfTexts(texts))
}

func FuzzFormat(f *testing.F) {
	for _, text := range oddTexts {
		f.Add(text, "www", uint32(300), uint32(3600))
	}
	for _, name := range oddNames {
		f.Add("text", name, uint32(0), uint32(0))
	}
	f.Fuzz(func(t *testing.T, text, owner string, ttl, other uint32) {
		z := &Zone{Name: MustParseName("example.com"), Manage: ManageAll, TTL: DefaultTTL}
		n, _, err := ParseOwner(owner, z.Name)
		if err != nil || !utf8.ValidString(text) {
			t.Skip()
		}
		one, two := TTL(ttl)%(MaxTTL+1), TTL(other)%(MaxTTL+1)
		z.RRsets = []RRset{
			{Key: Key{n, CAA}, TTL: one, Values: []Value{{Data: must(NewCAA(128, "issue", text))}}},
			{Key: Key{n, MX}, TTL: two, Values: []Value{{Data: NewMX(uint16(ttl), n)}}},
			{Key: Key{n, TXT}, TTL: two, Values: []Value{{Data: NewTXT(text)}}},
		}
		if n.IsWildcard() {
			z.RRsets = slices.Delete(z.RRsets, 1, 2)
		}
		checkRoundTrip(t, z)
	})
}

func TestFormatOfHeads(t *testing.T) {
	name := MustParseName("example.com")
	for _, c := range []struct {
		zone *Zone
		form Form
		want string
	}{
		{&Zone{Name: name}, ZoneForm, "zone: example.com\nrecords: {}\n"},
		{&Zone{Name: name}, BareForm, "---\n{}\n"},
		{&Zone{Name: name, Absent: true}, ZoneForm, "zone: example.com\nstate: absent\n"},
		{&Zone{Name: name, Manage: ManageDeclared}, ZoneForm, "zone: example.com\nmanage: declared\nrecords: {}\n"},
	} {
		data := Format(c.zone, c.form)
		if string(data) != c.want {
			t.Errorf("%s form: got\n%s\nwant\n%s", c.form, data, c.want)
		}
		back, problems := readBack(t, name, data)
		if back == nil || back.Absent != c.zone.Absent || (back.Manage == ManageDeclared) != (c.zone.Manage == ManageDeclared) {
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
@ TXT "quoted; ${x}"
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
	z := zoneOf(t, formatted)
	for i, v := range z.RRsets[3].Values {
		if v.Data.value == "quoted; ${x}" {
			z.RRsets[3].Values[i].Data = NewTXT(`"quoted; ${x}"`)
		}
	}
	for _, form := range bothForms {
		want := wantZoneForm
		if form == BareForm {
			want = wantBareForm
		}
		if got := string(Format(z, form)); got != want {
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
	z := largeZone(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		Format(z, ZoneForm)
	}
}
