package schema

import (
	"net/netip"
	"slices"
	"testing"
)

// TestRDATACompareIsAnOrder holds texts that look like addresses, as a TXT may, to
// one order among themselves and with other texts.
func TestRDATACompareIsAnOrder(t *testing.T) {
	var all []RDATA
	for _, text := range []string{"9.0.0.1", "10.0.0.1", "5x", "::1", "0::1", "", "a", "2001:db8::1", "v=spf1"} {
		all = append(all, NewTXT(text), NewMX(10, Name{text}))
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
	got := []string{"10.0.0.1", "9.0.0.1", "10.0.0.0"}
	slices.SortFunc(got, func(x, y string) int { return NewTXT(x).Compare(NewTXT(y)) })
	if want := []string{"9.0.0.1", "10.0.0.0", "10.0.0.1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
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
		typ               Type
		data              RDATA
		value, text, host string
		priority          uint16
	}{
		{A, a, "192.0.2.1", "192.0.2.1", "", 0},
		{AAAA, aaaa, "2001:db8::1", "2001:db8::1", "", 0},
		{CNAME, NewHost(name("a.example")), "a.example", "a.example.", "a.example.", 0},
		{NS, NewHost(name("a.example")), "a.example", "a.example.", "a.example.", 0},
		{MX, NewMX(10, name("a.example")), "a.example", "10 a.example.", "a.example.", 10},
		{MX, NewMX(0, name(".")), ".", "0 .", "", 0},
		{SRV, NewSRV(1, 2, 3, name("a.example")), "2 3 a.example", "1 2 3 a.example.", "a.example.", 1},
		{SRV, NewSRV(1, 2, 3, name(".")), "2 3 .", "1 2 3 .", "", 1},
		{TXT, NewTXT(`a"b.`), `a"b.`, `"a\"b."`, "", 0},
		{CAA, caa, `0 issue "a\"b;c"`, `0 issue "a\"b;c"`, "", 0},
	} {
		if got := c.data.Value(c.typ); got != c.value {
			t.Errorf("%s value: got %q, want %q", c.typ, got, c.value)
		}
		if got := c.data.Text(c.typ); got != c.text {
			t.Errorf("%s text: got %q, want %q", c.typ, got, c.text)
		}
		if got := c.data.Host(c.typ).String(); got != c.host {
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
