package schema

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// TestRDATACompareIsAnOrder holds data of several types, and texts that look like
// addresses, to one order.
func TestRDATACompareIsAnOrder(t *testing.T) {
	var all []RDATA
	for _, text := range []string{"9.0.0.1", "10.0.0.1", "5x", "::1", "0::1", "", "a", "2001:db8::1", "v=spf1"} {
		all = append(all, NewTXT(text), NewMX(10, Name{text}), NewMX(9, Name{text}), NewCNAME(Name{text}), NewSRV(1, 2, 3, Name{text}))
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() {
			all = append(all, address(t, text))
		}
	}
	sign := func(n int) int { return max(-1, min(1, n)) }
	for _, a := range all {
		for _, b := range all {
			if sign(a.Compare(b)) != -sign(b.Compare(a)) || (a.Compare(b) == 0) != (a == b) {
				t.Errorf("%+v and %+v compare as %d and %d", a, b, a.Compare(b), b.Compare(a))
			}
			for _, c := range all {
				if a.Compare(b) < 0 && b.Compare(c) < 0 && a.Compare(c) >= 0 {
					t.Errorf("%+v < %+v < %+v, but the first and the last compare as %d", a, b, c, a.Compare(c))
				}
			}
		}
	}
}

func TestAddressesAreInOrderOfTheirNumbers(t *testing.T) {
	got := []RDATA{address(t, "10.0.0.1"), address(t, "9.0.0.1"), address(t, "10.0.0.0")}
	slices.SortFunc(got, RDATA.Compare)
	want := []RDATA{address(t, "9.0.0.1"), address(t, "10.0.0.0"), address(t, "10.0.0.1")}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func address(t *testing.T, text string) RDATA {
	t.Helper()
	d, err := NewA(netip.MustParseAddr(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRDATAForms(t *testing.T) {
	name := MustParseName
	caa, err := NewCAA(0, "ISSUE", `a"b;c`)
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewA(netip.MustParseAddr("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	aaaa, err := NewAAAA(netip.MustParseAddr("2001:DB8:0::1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ        Type
		data       RDATA
		text, host string
		priority   uint16
	}{
		{A, a, "192.0.2.1", "", 0},
		{AAAA, aaaa, "2001:db8::1", "", 0},
		{CNAME, NewCNAME(name("a.example")), "a.example.", "a.example.", 0},
		{NS, NewNS(name("a.example")), "a.example.", "a.example.", 0},
		{MX, NewMX(10, name("a.example")), "10 a.example.", "a.example.", 10},
		{MX, NewMX(0, name(".")), "0 .", "", 0},
		{SRV, NewSRV(1, 2, 3, name("a.example")), "1 2 3 a.example.", "a.example.", 1},
		{SRV, NewSRV(1, 2, 3, name(".")), "1 2 3 .", "", 1},
		{TXT, NewTXT(`a"b.`), `"a\"b."`, "", 0},
		{CAA, caa, `0 issue "a\"b;c"`, "", 0},
	} {
		if got := c.data.Type(); got != c.typ {
			t.Errorf("%s type: got %q", c.typ, got)
		}
		if got := c.data.String(); got != c.text {
			t.Errorf("%s text: got %q, want %q", c.typ, got, c.text)
		}
		if got := c.data.Host().String(); got != c.host {
			t.Errorf("%s host: got %q, want %q", c.typ, got, c.host)
		}
		if got := c.data.Priority(); got != c.priority {
			t.Errorf("%s priority: got %d, want %d", c.typ, got, c.priority)
		}
		if got := c.data.WithPriority(7).WithPriority(c.priority); got != c.data {
			t.Errorf("%s with another priority and back: got %v, want %v", c.typ, got, c.data)
		}
	}
	if flags, tag, value := caa.CAA(); flags != 0 || tag != "issue" || value != `a"b;c` {
		t.Errorf("got CAA %d %s %s", flags, tag, value)
	}
	if w, p, host := NewSRV(1, 2, 3, name("a.example")).SRV(); w != 2 || p != 3 || host != name("a.example") {
		t.Errorf("got SRV %d %d %s", w, p, host)
	}
}

func TestRDATARefused(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	if _, err := NewA(v6); err == nil {
		t.Error("A of an IPv6 address: got no error")
	}
	for _, addr := range []netip.Addr{v4, netip.MustParseAddr("fe80::1%eth0"), {}} {
		if _, err := NewAAAA(addr); err == nil {
			t.Errorf("AAAA of %s: got no error", addr)
		}
	}
	for _, c := range []struct {
		flags uint8
		tag   string
	}{{1, "issue"}, {0, ""}, {0, "is-sue"}, {0, "é"}} {
		if _, err := NewCAA(c.flags, c.tag, ""); err == nil {
			t.Errorf("CAA %d %q: got no error", c.flags, c.tag)
		}
	}
}

// TestFaultA5DataThatCannotBeCarried holds every type to what DNS, the service and zone
// files can carry.
func TestFaultA5DataThatCannotBeCarried(t *testing.T) {
	caa := func(tag, value string) RDATA {
		d, err := NewCAA(0, tag, value)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	x := strings.Repeat("x", 1<<16)
	for _, c := range []struct {
		data RDATA
		bad  string // part of the error, "" for none
	}{
		{NewTXT(""), ""}, {NewTXT("v=spf1 -all"), ""}, {NewTXT("caf\u00e9 \u00a0 \u200b"), ""},
		{NewTXT(x[:65279]), ""}, {NewTXT(x[:65280]), "expected at most 65279"}, {NewTXT(x), "expected at most 65279"},
		{NewTXT("a\nb"), "line break at octet 2"}, {NewTXT("a\r"), "line break"}, {NewTXT("a\tb"), `control character '\t'`},
		{NewTXT("\x00"), "control character"}, {NewTXT("a\x7f"), "control character"}, {NewTXT("\u0085"), "control character"},
		{NewTXT("\u2028"), "control character"}, {NewTXT("\x1b[31m"), "control character"}, {NewTXT("\xff"), "not UTF-8"},
		{caa("issue", "letsencrypt.org; a=b"), ""}, {caa("issue", ""), ""}, {caa("issue", "a\nb"), "printable ASCII"}, {caa("issue", "\u00e9"), "printable ASCII"},
		{caa("issue", "\xff"), "printable ASCII"}, {caa("issue", x[:65528]), ""}, {caa("issue", x[:65529]), "expected at most 65535"},
		{caa(x[:255], ""), ""}, {caa(x[:256], ""), "expected at most 255"},
		{NewCNAME(MustParseName("a b.example")), "zone files cannot express"}, {NewMX(1, MustParseName(`a"b.example`)), "zone files cannot express"},
		{NewNS(MustParseName("a;b.example")), "zone files cannot express"}, {NewSRV(1, 2, 3, MustParseName("(a.example")), "zone files cannot express"},
		{NewCNAME(MustParseName("a#b.example")), ""}, {NewMX(0, MustParseName(".")), ""},
	} {
		err := c.data.Check()
		if c.bad == "" && err != nil || c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)) {
			t.Errorf("%s %s: got %v, want %q", c.data.Type(), Clip(c.data.String()), err, c.bad)
		}
		k := Key{MustParseName("_a.example"), c.data.Type()}
		z, problems := NewZone(Declaration{Name: MustParseName("example"), RRsets: []RRset{{Name: k.Name, Type: k.Type, Values: []Value{{Data: c.data, Pos: Position{Line: 7}}}}}})
		if (z == nil) != (c.bad != "") || z == nil && problems[0].Pos.Line != 7 {
			t.Errorf("%s %s: got zone %v and %v", c.data.Type(), Clip(c.data.String()), z, problems)
		}
	}
}
