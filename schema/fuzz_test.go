package schema

import (
	"strings"
	"testing"
)

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
		inner, err := Unquote(Quote(text))
		if err != nil || inner != text {
			t.Errorf("Unquote(Quote(%q)) = %q, %v", text, inner, err)
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
		again, _, err := ParseRDATA(typ, data.String(), origin)
		if err != nil || again != data || data.Compare(again) != 0 || data.Type() != typ {
			t.Errorf("ParseRDATA(%s, %q) = %q, read again %q, %v", typ, text, data, again, err)
		}
	})
}
