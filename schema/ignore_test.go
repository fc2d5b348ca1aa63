package schema

import (
	"strings"
	"testing"
)

func TestIgnoreRuleMatch(t *testing.T) {
	zone := MustParseName("example.com")
	for _, c := range []struct {
		name  string
		types []Type
		value string
		match string // owner names that match, of those below
	}{
		{"_acme-challenge.**", nil, "", "_acme-challenge _acme-challenge.www"},
		{"**", nil, "", "@ www a.b.www _acme-challenge _acme-challenge.www *"},
		{"@", nil, "", "@"},
		{"*", nil, "", "www _acme-challenge *"},
		{`\*`, nil, "", "*"},
		{"**.WWW", nil, "", "www a.b.www _acme-challenge.www"},
		{"_acme-*", nil, "", "_acme-challenge"},
		{"", []Type{TXT}, "", "@ www a.b.www _acme-challenge _acme-challenge.www *"},
		{"www", []Type{A}, "", ""},
		{"", nil, "HERITAGE=*", "www"},
		{"@", nil, "heritage=*", ""},
	} {
		r, err := NewIgnoreRule(c.name, c.types, c.value)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"@", "www", "a.b.www", "_acme-challenge", "_acme-challenge.www", "*"} {
			text := "text"
			if name == "www" {
				text = "heritage=external-dns"
			}
			n, _, err := ParseOwner(name, zone)
			if err != nil {
				t.Fatal(err)
			}
			if r.Match(zone, Record{n, TXT, 60, NewTXT(text)}) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != c.match {
			t.Errorf("rule %q %v %q matches %q, want %q", c.name, c.types, c.value, got, c.match)
		}
	}
}

func TestIgnoreRRset(t *testing.T) {
	zone := MustParseName("example.com")
	star := Key{MustParseName("*.example.com"), TXT}
	r := IgnoreRRset(zone, star)
	if !r.Match(zone, Record{star.Name, TXT, 1, NewTXT("a")}) || r.Match(zone, Record{MustParseName("www.example.com"), TXT, 1, NewTXT("a")}) ||
		r.Match(zone, Record{star.Name, A, 1, NewTXT("192.0.2.1")}) {
		t.Error("the rule for *.example.com. TXT does not match exactly that")
	}
	if (IgnoreRule{}).Match(zone, Record{zone, TXT, 1, NewTXT("a")}) {
		t.Error("the zero rule matches")
	}
}

// recordAs reads a line such as "www A 192.0.2.1" as a record of example.com.
func recordAs(t *testing.T, line string) Record {
	t.Helper()
	zone := MustParseName("example.com")
	f := strings.SplitN(line, " ", 3)
	n, _, err := ParseOwner(f[0], zone)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := ParseRDATA(Type(f[1]), f[2], Origin{zone, true})
	if err != nil {
		t.Fatal(err)
	}
	return Record{n, Type(f[1]), 60, data}
}

// TestFaultA2RulesAreReadAsRecordsAre holds rules to the spellings that zone files and
// plans have.
func TestFaultA2RulesAreReadAsRecordsAre(t *testing.T) {
	zone := MustParseName("example.com")
	for _, c := range []struct {
		name, value, record string
		want                bool
	}{
		{"*.büro", "", "www.büro A 192.0.2.1", true},
		{"*.BÜRO", "", "www.xn--bro-hoa A 192.0.2.1", true},
		{"*.xn--bro-hoa", "", "www.büro A 192.0.2.1", true},
		{"**.straße", "", "straße A 192.0.2.1", true},
		{"**.straße", "", "strasse A 192.0.2.1", false},
		{"", "straße.example.net.", "www CNAME straße.example.net.", true},
		{"", "straße.example.net", "www CNAME Straße.Example.Net.", true},
		{"", "*.straße.example", "www MX 10 mx.straße.example.", true},
		{"", "10 mx.straße.example.", "www MX 10 mx.straße.example.", true},
		{"", "mx.straße.example", "www MX 20 mx.straße.example.", true},
		{"", "20 mx.straße.example", "www MX 10 mx.straße.example.", false},
		{"", "* mx.example.net", "www MX 10 mx.example.net.", true},
		{"", "10 5 5060 sip.example.net", "www SRV 10 5 5060 sip.example.net.", true},
		{"", "5 5060 sip.example.net.", "www SRV 10 5 5060 sip.example.net.", true},
		{"", "5060 sip.example.net.", "www SRV 10 5 5060 sip.example.net.", false},
		{"", "2001:DB8:0:0::1", "www AAAA 2001:db8::1", true},
		{"", "2001:db8:*", "www AAAA 2001:0db8::1", true},
		{"", "192.0.2.*", "www A 192.0.2.7", true},
		{"", "straße*", "www TXT Straße 5", true},
		{"", `v=dmarc1\; *`, "www TXT v=DMARC1; p=none", true},
		{"", `"v=spf1 -all"`, "www TXT v=spf1 -all", true},
		{"", `v=spf1 \"x\"`, `www TXT v=spf1 \"x\"`, true},
		{"", `"heritage=*`, `www TXT \"heritage=external-dns\"`, true},
		{"", `0 issue "letsencrypt.org"`, `@ CAA 0 issue "letsencrypt.org"`, true},
		{"", `0 issue LetsEncrypt.org`, `@ CAA 0 issue "letsencrypt.org"`, true},
		{"", `0 issue *`, `@ CAA 0 issue "letsencrypt.org"`, true},
		{"#civ*", "", "#civilmediation A 192.0.2.1", true},
	} {
		r, err := NewIgnoreRule(c.name, nil, c.value)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Match(zone, recordAs(t, c.record)); got != c.want {
			t.Errorf("rule {%s} matches %s: got %v, want %v", r, c.record, got, c.want)
		}
	}
}

// TestFaultA2RulesThatMatchNothing refuses rules that no record can match.
func TestFaultA2RulesThatMatchNothing(t *testing.T) {
	for _, name := range []string{
		"", "a.", "www.example.com.", "a..b", ".a", "***", "a**", "**a", "a.***.b", `a.\*`, `\**`, `a\*`, "[ab]", "a?", "{a,b}", "b*ü", "a\x00b",
		"@.www", strings.Repeat("a", 64), strings.Repeat("a", 64) + "*", strings.Repeat("a.", 127) + "a",
	} {
		if _, err := NewIgnoreRule(name, nil, ""); err == nil {
			t.Errorf("name %q: got no error", name)
		}
	}
	for _, c := range []struct {
		types, good, bad string // values, separated by "|"
	}{
		{"A", "192.0.2.1|192.0.*|*.1|1*|*05", "www.example.net|192.0.2|192.0.2.01|2001:db8::1|192.0.2.0*.1|300.*|1.2.3.4.*|192.0.2.*x|1234*|ü*"},
		{"AAAA", "2001:db8::1|2001:0DB8::1|2001:db8:*|*::1|::ffff:192.0.2.*", "192.0.2.1|2001:0db8:*|20010*:1|a::b::*|g*|fe80::1%eth0|1:2:3:4:5:6:7:8:*"},
		{"CNAME NS", "www.example.net|*.example.net.|www.*|sip.", "sip|@|192.0.2.1|10 mail.example.net|a..b|*..b|b*ü.example|v=spf1 *|."},
		{"MX", "10 mail.example.net|mail.example.net.|*.example.net|10 *|0 .|1* mail.example.net", "10 5 mail.example.net|x mail.example.net|70000 mail.example.net.|x *|1 2 *|mail"},
		{"SRV", "1 2 3 sip.example.net|2 3 sip.example.net.|*|1 2 *|* sip.example.net", "sip.example.net|1 2 3 4 sip.example.net|1 2 x *|1 2 3 4 *"},
		{"CAA", `0 issue "letsencrypt.org"|0 issue x|0 *|* "letsencrypt.org"`, "issue x|1 issue x|letsencrypt.org|x *|0 issue ü*"},
		{"TXT", "*|ü|v=spf1 -all|a  b", "a\nb|a\tb*"},
		{"A TXT", "www|192.0.2.1", "a\nb"},
	} {
		var types []Type
		for _, name := range strings.Fields(c.types) {
			types = append(types, Type(name))
		}
		for value := range strings.SplitSeq(c.good, "|") {
			if _, err := NewIgnoreRule("", types, value); err != nil {
				t.Errorf("%s %q: %v", c.types, value, err)
			}
		}
		for value := range strings.SplitSeq(c.bad, "|") {
			if _, err := NewIgnoreRule("", types, value); err == nil {
				t.Errorf("%s %q: got no error", c.types, value)
			}
		}
	}
}

func TestFaultA2RulesThatRepeatTheZone(t *testing.T) {
	zone := MustParseName("büro.example")
	for name, want := range map[string]bool{
		"www.büro.example": true, "**.büro.example": true, "büro.example": true, "*.xn--bro-hoa.example": true,
		"example": false, "büro": false, "www": false, "@": false, "büro.example.www": false, "*.example": false,
	} {
		r, err := NewIgnoreRule(name, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		found, ok := r.RepeatedZone(func(n Name) bool { return n == zone })
		if ok != want || ok && found != zone {
			t.Errorf("%s repeats %s: got %v, want %v", name, zone, ok, want)
		}
	}
}

func TestFaultA2ZoneGlobs(t *testing.T) {
	zones := []Name{MustParseName("example.com"), MustParseName("a.b.example.com"), MustParseName("büro.example"), MustParseName("0/25.2.0.192.in-addr.arpa")}
	for text, want := range map[string]string{
		"example.com": "example.com.", "Example.COM.": "example.com.", "*.example.com": "a.b.example.com.", "*example.com": "example.com. a.b.example.com.",
		"büro.example": "xn--bro-hoa.example.", "*büro.example": "error", "*.example": "xn--bro-hoa.example.", "BÜRO.*": "xn--bro-hoa.example.", "xn--bro-hoa.*": "xn--bro-hoa.example.",
		"*.arpa": "0/25.2.0.192.in-addr.arpa.", "*": "example.com. a.b.example.com. xn--bro-hoa.example. 0/25.2.0.192.in-addr.arpa.",
		"none.example": "", "": "error", ".": "error", "a..b": "error", "[": "error", "a[bc]": "error", "?.example": "error", "**.example": "error", `\*`: "error", "{a,b}": "error",
		strings.Repeat("a", 64): "error",
	} {
		g, err := ParseZoneGlob(text)
		var got []string
		for _, z := range zones {
			if g.Match(z) {
				got = append(got, z.String())
			}
		}
		if err != nil {
			got = append(got, "error")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q matches %q (%v), want %q", text, got, err, want)
		}
	}
}
