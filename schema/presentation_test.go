package schema

import (
	"testing"
)

func TestParseRDATA(t *testing.T) {
	o := Origin{MustParseName("example.com"), true}
	for _, c := range []struct {
		typ        Type
		text, want string // want "" for an error
	}{
		{A, "192.0.2.1", "192.0.2.1"}, {A, "192.0.2.01", ""}, {A, "192.0.2", ""}, {A, "::ffff:192.0.2.1", ""}, {A, " 192.0.2.1", ""},
		{AAAA, "2001:0DB8::0:1", "2001:db8::1"}, {AAAA, "192.0.2.1", ""}, {AAAA, "fe80::1%eth0", ""}, {AAAA, "::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{CNAME, "@", "example.com."}, {CNAME, ".", ""}, {NS, "ns1", "ns1.example.com."},
		{MX, "10  mail", "10 mail.example.com."}, {MX, "0 .", "0 ."}, {MX, "1 .", ""}, {MX, "mail", ""}, {MX, "65536 mail", ""}, {MX, "10 192.0.2.1", ""},
		{SRV, "1 2 3 sip", "1 2 3 sip.example.com."}, {SRV, "0 0 0 .", "0 0 0 ."}, {SRV, "1 2 sip", ""}, {SRV, "1 2 99999 sip", ""},
		{CAA, `0 Issue "a; b=c"`, `0 issue "a; b=c"`}, {CAA, "0 issue a; b=c", `0 issue "a; b=c"`}, {CAA, `0 issue ";"`, `0 issue ";"`},
		{CAA, `0 issue ""`, `0 issue ""`}, {CAA, "0 issue", ""}, {CAA, "1 issue x", ""}, {CAA, `0 issue "x`, ""}, {CAA, `0 issue "\255"`, `0 issue "\255"`},
		{TXT, `a\; b`, `"a; b"`}, {TXT, `\255`, `"\255"`}, {"PTR", "x.", ""}, {MX, "10\tmail", "10 mail.example.com."}, {MX, "10 mail\n", ""}, {MX, "10\nmail", ""}, {A, "192.0.2.1\n", ""},
		{SRV, "1 2 3 sip\r\n", ""}, {CNAME, "www.example.net.\u2028", ""}, {CNAME, "www example.net.", ""}, {CNAME, `"www.example.net."`, ""}, {NS, `a\032b.example.`, ""},
	} {
		got, _, err := ParseRDATA(c.typ, c.text, o)
		if (err != nil) != (c.want == "") || err == nil && got.String() != c.want {
			t.Errorf("ParseRDATA(%s, %q) = %q, %v, want %q", c.typ, c.text, got, err, c.want)
		}
	}
}
