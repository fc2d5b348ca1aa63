package schema

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// FuzzZoneFile reads any text as a zone file: a zone or problems come out of it,
// never both and never nothing, and the same each time.
func FuzzZoneFile(f *testing.F) {
	f.Add([]byte(bareZone(5)))
	f.Add([]byte("zone: example.com\nvars: {a: b}\nrecords:\n  '@': {MX: 10 mail, TXT: '${a}'}\n  b: [{type: A, value: 192.0.2.1}]\n"))
	f.Add([]byte("a: &a {type: A, value: 192.0.2.1}\nb: {<<: *a, ttl: 5}\n<<: !include x.yaml\n"))
	f.Add([]byte("a: &a [*a]\n---\n...\n"))
	f.Add([]byte("? [a]\n: !!binary b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"example.com.yaml": {Data: data}, "x.yaml": {Data: []byte("c: {type: A, value: 192.0.2.2}\n")}, "zonetender.yaml": {Data: []byte("exclude: [x.yaml]\n")}}
		z, problems := readOne(t, fsys)
		if (z == nil) != (len(problems.Errors()) > 0) {
			t.Fatalf("got zone %v with %v", z, problems)
		}
		for _, p := range problems {
			if p.File == "" || p.Line < 1 || p.Rule == "" || p.Message == "" || RuleHelp(p.Rule) == "" {
				t.Errorf("got problem %+v, want a place, a known rule and a message", p)
			}
		}
		if z == nil {
			return
		}
		checkBuilt(t, z)
		if again, _ := readOne(t, fsys); zoneText(again) != zoneText(z) {
			t.Errorf("got another zone from the same file:\n%s\n%s", zoneText(z), zoneText(again))
		}
	})
}

// checkBuilt holds a zone to what its documentation says.
func checkBuilt(t *testing.T, z *Zone) {
	t.Helper()
	for i, s := range z.RRsets {
		if i > 0 && z.RRsets[i-1].Key.Compare(s.Key) >= 0 {
			t.Errorf("RRsets %v and %v out of order", z.RRsets[i-1].Key, s.Key)
		}
		if !s.Name.In(z.Name) || !s.Type.Managed() || len(s.Values) == 0 || s.TTL > MaxTTL {
			t.Errorf("got RRset %+v", s)
		}
		for j, v := range s.Values {
			if j > 0 && s.Values[j-1].Data.Compare(v.Data) >= 0 {
				t.Errorf("%v: values out of order", s.Key)
			}
			if !utf8.ValidString(v.Data.Value(s.Type)) || v.Pos.Line < 1 || v.Pos.Col < 1 || !slices.Contains(z.Files, v.Pos.File) {
				t.Errorf("%v: got value %+v", s.Key, v)
			}
		}
	}
}

// FuzzName holds names to their canonical form: reading it again changes nothing.
func FuzzName(f *testing.F) {
	for _, s := range []string{"example.com", "EXAMPLE.com.", "*.b.example", "bücher.example", "xn--bcher-kva.example", "a..b", ".", "@", "_sip._tcp", "0/25.2.0.192.in-addr.arpa", "ß.example", "a\u3002b"} {
		f.Add(s)
	}
	zone := MustParseName("example.com")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseName(text); err == nil {
			again, err := ParseName(n.String())
			if err != nil || again != n {
				t.Errorf("ParseName(%q) = %q, read again %q, %v", text, n, again, err)
			}
			if undotted, err := ParseName(n.Undotted()); err != nil || undotted != n {
				t.Errorf("ParseName(%q) = %q, without its dot %q, %v", text, n, undotted, err)
			}
			if len(n.Undotted()) > maxName || !n.In(n) || n.Relative(n) != "@" || n.Compare(n) != 0 {
				t.Errorf("ParseName(%q) = %q breaks a law", text, n)
			}
		}
		if n, _, err := ParseOwner(text, zone); err == nil {
			again, _, err := ParseOwner(n.Relative(zone), zone)
			if err != nil || again != n || !n.In(zone) {
				t.Errorf("ParseOwner(%q) = %q, its relative form %q is read as %q, %v", text, n, n.Relative(zone), again, err)
			}
		}
	})
}

// FuzzText holds the text of TXT records to what is written for it.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "v=spf1 -all", `a\; b`, `"a" "b"`, `\"`, `\097\\`, `\256`, `"a`, " a ", "é", `a\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		octets, _ := ParseText(text)
		if again, _ := ParseText(quoteText(octets)); again != octets {
			t.Errorf("ParseText(%q) = %q, written and read again %q", text, octets, again)
		}
		inner, err := unquote(Quote(text))
		if err != nil || inner != text {
			t.Errorf("unquote(Quote(%q)) = %q, %v", text, inner, err)
		}
		if !strings.ContainsAny(text, `\"`) && octets != text {
			t.Errorf("ParseText(%q) = %q, want the text itself", text, octets)
		}
	})
}

// FuzzRDATA holds the presentation form of every type to its canonical text.
func FuzzRDATA(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "2001:DB8::1", "10 mail.example.net", "0 .", "10 5 5060 sip", `0 issue "a;b"`, "128 iodef mailto:x", "host.example.net.", "@"} {
		for i := range Types() {
			f.Add(uint8(i), s)
		}
	}
	origin := Origin{MustParseName("example.com"), true}
	f.Fuzz(func(t *testing.T, i uint8, text string) {
		typ := Types()[int(i)%len(Types())]
		data, _, err := ParseRDATA(typ, text, origin)
		if err != nil {
			return
		}
		again, _, err := ParseRDATA(typ, data.Text(typ), origin)
		if err != nil || again != data {
			t.Errorf("ParseRDATA(%s, %q) = %q, read again %q, %v", typ, text, data.Text(typ), again.Text(typ), err)
		}
		if data.Compare(again) != 0 || !utf8.ValidString(data.Value(typ)) || bytes.ContainsRune([]byte(data.Value(typ)), utf8.RuneError) && !strings.ContainsRune(text, utf8.RuneError) && !strings.Contains(text, `\`) {
			t.Errorf("ParseRDATA(%s, %q) = %q breaks a law", typ, text, data.Text(typ))
		}
	})
}
