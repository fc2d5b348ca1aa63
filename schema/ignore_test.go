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
	for _, name := range []string{"", "a.", "a..b"} {
		if _, err := NewIgnoreRule(name, nil, ""); err == nil {
			t.Errorf("NewIgnoreRule(%q): got no error", name)
		}
	}
}
