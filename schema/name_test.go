package schema

import (
	"slices"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, c := range []struct{ text, want string }{
		{"example.com", "example.com."},
		{"EXAMPLE.Com.", "example.com."},
		{".", "."},
		{"*.example.com", "*.example.com."},
		{"_sip._tcp.example.com", "_sip._tcp.example.com."},
		{"0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa."},
		{"Bücher.example", "xn--bcher-kva.example."},
		{"straße.example", "xn--strae-oqa.example."}, // non-transitional: not strasse
		{"xn--no-such-punycode!.example", "xn--no-such-punycode!.example."},
		{"xn--zz--invalid.example", "xn--zz--invalid.example."},
		{long + ".example", long + ".example."},
		{long + "a.example", ""},
		{strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 126) + "a."},
		{strings.Repeat("a.", 126) + "aa", ""},
		{strings.Repeat("ü", 60) + ".example", ""},
		{"", ""}, {"a..b", ""}, {".a", ""}, {"a.*.b", ""}, {"a*.b", ""}, {"a\\.b", ""}, {`a\046b.example`, ""}, {"a.@", ""}, {"a\x00b", ""}, {"a\tb", ""}, {"a\x7f", ""}, {"\xff.example", ""}, {"a。b", ""},
	} {
		got, err := ParseName(c.text)
		if got.String() != c.want || (err != nil) != (c.want == "") {
			t.Errorf("ParseName(%q) = %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

// TestFaultD2AnyPrintableASCII holds every printable character to being legal in a label.
func TestFaultD2AnyPrintableASCII(t *testing.T) {
	for c := byte(' '); c <= '~'; c++ {
		if c == '.' || c == '*' {
			continue
		}
		text := "A" + string(c) + "b.example"
		n, err := ParseName(text)
		if want := strings.ToLower(text) + "."; err != nil || n.String() != want {
			t.Errorf("ParseName(%q) = %q, %v, want %q", text, n, err, want)
		}
		ordinary := strings.ContainsRune("-_/", rune(c)) || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if odd := n.OddCharacters(); (odd == "") != ordinary || odd != "" && odd != string(c) {
			t.Errorf("%q has odd characters %q", text, odd)
		}
	}
	if odd := MustParseName("*.#a#.b c").OddCharacters(); odd != "# " {
		t.Errorf("got odd characters %q", odd)
	}
}

func TestParseOwner(t *testing.T) {
	zone := MustParseName("example.com")
	for _, c := range []struct {
		text, want string
		warns      bool
	}{
		{"@", "example.com.", false},
		{"", "example.com.", false},
		{"WWW", "www.example.com.", false},
		{"www.example.com.", "www.example.com.", false},
		{"example.com.", "example.com.", false},
		{"www.example.com", "www.example.com.example.com.", true},
		{"example.com", "example.com.example.com.", true},
		{"www.notexample.com", "www.notexample.com.example.com.", false},
		{"notexample.com.", "", false},
		{"com.", "", false},
		{"*", "*.example.com.", false},
		{"@.www", "", false},
		{strings.Repeat("a.", 120) + "a", strings.Repeat("a.", 120) + "a.example.com.", false}, // 255 octets on the wire
		{strings.Repeat("a.", 121) + "a", "", false},
	} {
		got, warning, err := ParseOwner(c.text, zone)
		if len(got.Undotted()) > 253 {
			t.Errorf("ParseOwner(%q) has %d characters", c.text, len(got.Undotted()))
		}
		if got.String() != c.want || (err != nil) != (c.want == "") || (warning != "") != c.warns {
			t.Errorf("ParseOwner(%q) = %q, %q, %v, want %q", c.text, got, warning, err, c.want)
		}
	}
}

func TestParseHost(t *testing.T) {
	zone := MustParseName("example.com")
	for _, c := range []struct {
		text, zoneForm, bare string
		warns                bool
	}{
		{"@", "example.com.", "example.com.", false},
		{"sip", "sip.example.com.", "", false},
		{"Mail.Example.NET.", "mail.example.net.", "mail.example.net.", false},
		{"mail.example.net", "mail.example.net.", "mail.example.net.", true},
		{"com.", "com.", "com.", false},
		{".", ".", ".", false},
		{"", "", "", false},
		{"192.0.2.1", "", "", false},
		{"192.0.2.1.", "", "", false},
		{"2001:db8::1", "", "", false},
		{"a..b.", "", "", false},
	} {
		for relative, want := range map[bool]string{true: c.zoneForm, false: c.bare} {
			got, warning, err := ParseHost(c.text, Origin{zone, relative})
			if got.String() != want || (err != nil) != (want == "") || (warning != "") != c.warns {
				t.Errorf("ParseHost(%q, relative %v) = %q, %q, %v, want %q", c.text, relative, got, warning, err, want)
			}
		}
	}
}

func TestNameRelations(t *testing.T) {
	zone, root := MustParseName("example.com"), MustParseName(".")
	for _, c := range []struct {
		name, relative string
		in             bool
	}{
		{"example.com", "@", true},
		{"a.b.example.com", "a.b", true},
		{"notexample.com", "notexample.com.", false},
		{"com", "com.", false},
		{".", ".", false},
	} {
		n := MustParseName(c.name)
		if got := n.Relative(zone); got != c.relative {
			t.Errorf("%s relative to %s: got %q, want %q", n, zone, got, c.relative)
		}
		if got := n.In(zone); got != c.in || !n.In(root) || (Name{}).In(zone) {
			t.Errorf("%s in %s: got %v, want %v", n, zone, got, c.in)
		}
	}
	if got := slices.Collect(MustParseName("a.b.c").Labels()); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("labels: got %v", got)
	}
	if got := MustParseName("a.b").Parent().Parent().Parent(); got != root {
		t.Errorf("parents of a.b.: got %s at the end", got)
	}
}

// TestNameOrder is the example of RFC 4034 section 6.1, as far as its names can be
// written here, and what follows from it: a name right before what lies below it.
func TestNameOrder(t *testing.T) {
	want := []string{"example.", "a.example.", "yljkjljk.a.example.", "z.a.example.", "zabc.a.example.", "z.example.", "*.z.example."}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return MustParseName(a).Compare(MustParseName(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
