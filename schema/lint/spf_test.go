package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema/schematest"
)

func TestCheckSPF(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"twice", "@ TXT v=spf1 mx -all\n@ TXT V=SPF1 a ?all\n@ TXT v=spf1 -all", []string{
			"2:1: warning: second SPF record of example.com. beside the first (line 1), expected one: receivers reject both (RFC 7208 section 4.5) [spf-twice]",
			"3:1: warning: second SPF record of example.com. beside the first (line 1), expected one: receivers reject both (RFC 7208 section 4.5) [spf-twice]",
		}},
		{"misspelt", "a TXT v=spf -all\nb TXT v=spf1include:example.net -all\nc TXT v=sfp1 -all\nd TXT spf1 -all\ne TXT v = spf1 -all\nf TXT v=spf2 -all\ng TXT  v=spf1 -all", []string{
			`1:1: warning: TXT "v=spf -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
			`2:1: warning: TXT "v=spf1include:example.net -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
			`3:1: warning: TXT "v=sfp1 -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
			`4:1: warning: TXT "spf1 -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
			`5:1: warning: TXT "v = spf1 -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
			`6:1: warning: TXT "v=spf2 -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
			`7:1: warning: TXT " v=spf1 -all" looks like SPF, but is not; expected it to begin with "v=spf1 " [spf-malformed]`,
		}},
		{"other texts", "a TXT spf is good\nb TXT v=STSv1; id=1\nc TXT spf2.0/pra -all\nd TXT v=DKIM1; p=\ne TXT =", nil},
		{"unknown", "@ TXT v=spf1 ipv4:192.0.2.1 192.0.2.1 2001:db8::/32 includ:example.net ip4=192.0.2.1 ~ -all", []string{
			`1:1: warning: SPF of example.com.: term "192.0.2.1": expected it as ip4:192.0.2.1 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "2001:db8::/32": expected it as ip6:2001:db8::/32 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "includ:example.net": unknown mechanism, expected all, include, a, mx, ptr, ip4, ip6 or exists; did you mean include? [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip4=192.0.2.1" has no effect, expected "ip4:192.0.2.1" [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ipv4:192.0.2.1": unknown mechanism, expected ip4 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "~": unknown mechanism, expected all, include, a, mx, ptr, ip4, ip6 or exists [spf-malformed]`,
		}},
		{"networks", "@ TXT v=spf1 ip4:192.0.2.1/33 ip4:2001:db8::1 ip6:192.0.2.1 ip4:300.1.1.1 ip4 ip6:2001:db8::/129 ip4:192.0.2.1/ -all", []string{
			`1:1: warning: SPF of example.com.: term "ip4": expected an IPv4 network such as ip4:192.0.2.0/24 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip4:192.0.2.1/": expected an IPv4 network such as ip4:192.0.2.0/24 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip4:192.0.2.1/33": expected an IPv4 network such as ip4:192.0.2.0/24 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip4:2001:db8::1": expected an IPv4 network such as ip4:192.0.2.0/24 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip4:300.1.1.1": expected an IPv4 network such as ip4:192.0.2.0/24 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip6:192.0.2.1": expected an IPv6 network such as ip6:2001:db8::/32 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ip6:2001:db8::/129": expected an IPv6 network such as ip6:2001:db8::/32 [spf-malformed]`,
		}},
		{"domains", "@ TXT v=spf1 include:x include: a: mx:10.0.0.1 a/33 mx//129 exists:%{x} include:http://example.net ptr/24 -all", []string{
			`1:1: warning: SPF of example.com.: term "a/33": expected a, a:mail.example.com or a prefix length as in a/24//64 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "a:": expected a domain such as _spf.example.com [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "exists:%{x}": expected a macro such as %{i} in place of % [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "include:": expected a domain such as _spf.example.com [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "include:http://example.net": expected a domain such as _spf.example.com [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "include:x": expected a domain such as _spf.example.com [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "mx//129": expected mx, mx:mail.example.com or a prefix length as in mx/24//64 [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "mx:10.0.0.1": an address, expected it with ip4: or ip6: [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "ptr/24": expected ptr or ptr:mail.example.com [spf-malformed]`,
		}},
		{"good", "@ TXT v=spf1 A:a.example.net/0 mx/24 mx//64 ptr ?exists:%{ir}.%{v}._spf.%{d2}%%%_%- +include:Example.NET. ip4:192.0.2.0/24 ip6:::/0 op=x exp=why.example.net ~ALL", nil},
		{"no end", "@ TXT v=spf1 mx", nil},
		{"bare", "@ TXT v=spf1", nil},
		{"after all", "@ TXT v=spf1 -all mx a exp=why.example.net", []string{
			`1:1: warning: SPF of example.com.: term "a" is after all, which ends the check; expected it before [spf-malformed]`,
			`1:1: warning: SPF of example.com.: term "mx" is after all, which ends the check; expected it before [spf-malformed]`,
		}},
		{"redirect", "@ TXT v=spf1 redirect=a.example.net redirect=b.example.net\na TXT v=spf1 redirect=b.example.net -all\nb TXT v=spf1 redirect=", []string{
			"1:1: warning: SPF of example.com.: redirect= appears twice, expected it once [spf-malformed]",
			"2:1: warning: SPF of a.example.com.: redirect= has no effect beside all, expected one of them [spf-malformed]",
			`3:1: warning: SPF of b.example.com.: term "redirect=": expected a domain such as _spf.example.com [spf-malformed]`,
		}},
		{"all with more", "@ TXT v=spf1 all:example.net", []string{
			`1:1: warning: SPF of example.com.: term "all:example.net": expected all alone [spf-malformed]`,
		}},
	})
}

func TestCheckSPFAcrossRecords(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"include of nothing", "@ TXT v=spf1 include:_spf.example.com include:two.example.com -all\n_spf TXT text\ntwo TXT v=spf1 -all\ntwo TXT v=spf1 a -all", []string{
			"1:1: warning: SPF of example.com.: include or redirect of _spf.example.com., which has none; expected one SPF record there [spf-malformed]",
			"1:1: warning: SPF of example.com.: include or redirect of two.example.com., which has 2; expected one SPF record there [spf-malformed]",
			"4:1: warning: second SPF record of two.example.com. beside the first (line 3), expected one: receivers reject both (RFC 7208 section 4.5) [spf-twice]",
		}},
		{"eleven", "@ TXT v=spf1 " + strings.Repeat("a:a.example.net ", 11) + "-all", []string{
			"1:1: warning: SPF of example.com. needs at least 11 DNS look-ups, expected at most 10 (RFC 7208 section 4.6.4) [spf-lookups]",
		}},
		{"ten", "@ TXT v=spf1 include:_spf.example.com redirect=_spf2.example.com\n_spf TXT v=spf1 a mx ptr exists:a.example.net include:a.example.net -all\n_spf2 TXT v=spf1 a mx a:a.example.net -all", nil},
		{"eleven with includes", "@ TXT v=spf1 a include:_spf.example.com redirect=_spf2.example.com\n_spf CNAME _spf3\n_spf3 TXT v=spf1 a mx ptr exists:a.example.net include:a.example.net -all\n* TXT v=spf1 a mx a:a.example.net -all", []string{
			"1:1: warning: SPF of example.com. needs at least 11 DNS look-ups, expected at most 10 (RFC 7208 section 4.6.4) [spf-lookups]",
		}},
		{"includes itself", "@ TXT v=spf1 include:a.example.com -all\na TXT v=spf1 include:b.example.com -all\nb TXT v=spf1 include:a.example.com -all", []string{
			"1:1: warning: SPF of example.com. includes itself, expected its includes to end after at most 10 DNS look-ups [spf-lookups]",
			"2:1: warning: SPF of a.example.com. includes itself, expected its includes to end after at most 10 DNS look-ups [spf-lookups]",
			"3:1: warning: SPF of b.example.com. includes itself, expected its includes to end after at most 10 DNS look-ups [spf-lookups]",
		}},
		{"terms after all cost nothing", "@ TXT v=spf1 -all redirect=b.example.net", []string{
			"1:1: warning: SPF of example.com.: redirect= has no effect beside all, expected one of them [spf-malformed]",
		}},
	})
}

// Includes that fan out are counted without walking every path.
func TestSPFCostOfManyPaths(t *testing.T) {
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "s%d TXT v=spf1 include:s%d.example.com include:s%d.example.com -all\n", i, i+1, i+2)
	}
	text.WriteString("s200 TXT v=spf1 -all\ns201 TXT v=spf1 -all\n")
	tooMany := 0
	for _, p := range Zone(schematest.Declaration(t, text.String())) {
		if p.Code != "spf-lookups" || !strings.Contains(p.Message, "needs at least") {
			t.Errorf("unexpected problem: %v", p)
		}
		tooMany++
	}
	// The costs from the end are 0, 0, 2, 4, 8, 14: all but five are too many.
	if want := 197; tooMany != want {
		t.Errorf("%d records over the limit, want %d", tooMany, want)
	}
}

func FuzzSPF(f *testing.F) {
	f.Add("v=spf1 include:_spf.example.net a/24//64 -all")
	f.Add("v=spf1 %{i} ~ + = :/ redirect= mx:}/")
	f.Fuzz(func(t *testing.T, text string) {
		r := parseSPF(text)
		if len(r.terms) > len(text) || len(r.follow) > len(r.terms) {
			t.Errorf("parseSPF(%q): %d look-ups, %d of them followed", text, len(r.terms), len(r.follow))
		}
		nearlySPF(text)
		dmarcFaults(text)
		DMARCReports(text)
		DKIMKey(text)
	})
}
