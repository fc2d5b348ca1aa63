package lookup

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// internet is what the resolver of these tests knows: everything else does not exist, except
// below fails.example, of which it says SERVFAIL.
func internet() []string {
	return []string{
		". 60 IN SOA a. b. 1 1 1 1 1",
		"example.net. 60 IN SOA a. b. 1 1 1 1 1",
		"www.example.net. 60 IN A 192.0.2.1",
		"v6.example.net. 60 IN AAAA 2001:db8::1",
		"text.example.net. 60 IN TXT x",
		"link.example.net. 60 IN CNAME www.example.net.",
		"dead.example.net. 60 IN CNAME deader.example.net.",
		"deader.example.net. 60 IN CNAME nothing.example.net.",
		"cloud.example.net. 60 IN CNAME ours.azurewebsites.net.",
		"azurewebsites.net. 60 IN SOA a. b. 1 1 1 1 1",
		"there.azurewebsites.net. 60 IN A 192.0.2.2",
		"example.org. 60 IN SOA a. b. 1 1 1 1 1",
	}
}

// audit audits a zone, with a resolver and name servers on loopback.
func audit(t *testing.T, servers map[string]handler, text string, known ...string) []string {
	t.Helper()
	knows := records(t, append(internet(), known...)...)

	w := inhabit(t, func(string, *dns.Msg) *dns.Msg { return nil }, servers)
	resolver := serve(t, func(network string, q *dns.Msg) *dns.Msg {
		if strings.HasSuffix(q.Question[0].Name, "fails.example.") {
			return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
		}
		return knows(network, q)
	})
	c := patient()
	a := NewAuditor(c, NewResolver(c, []netip.AddrPort{resolver}), w.port)
	var out []string
	for _, line := range schematest.Lines(a.Zone(t.Context(), schematest.Zone(t, text))) {
		out = append(out, strings.ReplaceAll(strings.ReplaceAll(line, resolver.String(), "RESOLVER"), fmt.Sprintf(":%d)", w.port), ")"))
	}
	return out
}

func TestAuditTargets(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		zone string
		want []string
	}{
		"all is well": {`
a CNAME www.example.net.
b CNAME link.example.net.
c CNAME v6.example.net.
d CNAME text.example.net.
@ MX 10 www.example.net.
n MX 0 .
_s._tcp SRV 1 1 1 v6.example.net.
_no._tcp SRV 0 0 0 .
there CNAME there.azurewebsites.net.
inside CNAME a
missing.inside.the.zone CNAME nothing.at.all.~
_acme-challenge CNAME nothing.example.net.
`, nil},
		"does not exist": {`
a CNAME nothing.example.net.
b CNAME dead.example.net.
@ MX 10 nothing.example.net.
_s._tcp SRV 1 1 1 nothing.example.net.
*.w CNAME nothing.example.net.
`, []string{
			"1:1: warning: CNAME a.example.com. points at nothing.example.net., which does not exist; expected a name that does [audit-target]",
			"2:1: warning: CNAME b.example.com. points at nothing.example.net. by way of dead.example.net., which does not exist; expected a name that does [audit-target]",
			"3:1: warning: MX example.com. points at nothing.example.net., which does not exist; expected a name that does [audit-target]",
			"4:1: warning: SRV _s._tcp.example.com. points at nothing.example.net., which does not exist; expected a name that does [audit-target]",
			"5:1: warning: CNAME *.w.example.com. points at nothing.example.net., which does not exist; expected a name that does [audit-target]",
		}},
		"a stranger can claim it": {`
a CNAME gone.azurewebsites.net.
b CNAME cloud.example.net.
c CNAME www.nobody-has-this.com.
d CNAME azurewebsites.net.
@ MX 10 mail.nobody-has-this.co.uk.
`, []string{
			"1:1: warning: high risk: CNAME a.example.com. points at gone.azurewebsites.net., which does not exist and which anybody may create at Azure App Service; expected no such record, or the name in your hands [audit-takeover]",
			"2:1: warning: high risk: CNAME b.example.com. points at ours.azurewebsites.net. by way of cloud.example.net., which does not exist and which anybody may create at Azure App Service; expected no such record, or the name in your hands [audit-takeover]",
			"3:1: warning: high risk: CNAME c.example.com. points at www.nobody-has-this.com., and nobody-has-this.com. is not registered, so that anybody may register it; expected no such record [audit-takeover]",
			"5:1: warning: high risk: MX example.com. points at mail.nobody-has-this.co.uk., and nobody-has-this.co.uk. is not registered, so that anybody may register it; expected no such record [audit-takeover]",
		}},
		"has no address": {`
@ MX 10 text.example.net.
_s._tcp SRV 1 1 1 text.example.net.
`, []string{
			"1:1: warning: MX example.com. points at text.example.net., which has no address, expected A or AAAA there [audit-address]",
			"2:1: warning: SRV _s._tcp.example.com. points at text.example.net., which has no address, expected A or AAAA there [audit-address]",
		}},
		"is not known": {`
a CNAME www.fails.example.
@ MX 10 mx.fails.example.
@ TXT v=spf1 include:_spf.fails.example -all
_dmarc TXT v=DMARC1; p=none; rua=mailto:x@fails.example
`, []string{
			"1:1: warning: CNAME a.example.com. leads to www.fails.example., which could not be looked up: resolver RESOLVER: answers SERVFAIL [audit-unknown]",
			"2:1: warning: MX example.com. leads to mx.fails.example., which could not be looked up: resolver RESOLVER: answers SERVFAIL [audit-unknown]",
			"3:1: warning: TXT example.com. leads to _spf.fails.example., which could not be looked up: resolver RESOLVER: answers SERVFAIL [audit-unknown]",
			"4:1: warning: TXT _dmarc.example.com. leads to example.com._report._dmarc.fails.example., which could not be looked up: resolver RESOLVER: answers SERVFAIL [audit-unknown]",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, audit(t, nil, test.zone)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestAuditDelegations(t *testing.T) {
	t.Parallel()
	has := records(t, "sub.example.com. 60 IN SOA a. b. 1 1 1 1 1")
	code := func(code int) handler {
		return func(_ string, q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, code) }
	}
	got := audit(t, map[string]handler{"127.0.0.2": has, "127.0.0.3": code(dns.RcodeRefused), "127.0.0.4": code(dns.RcodeServerFailure)}, `
sub NS ns1.sub.~
sub NS refuses.example.net.
sub NS fails.example.net.
sub NS missing.example.net.
sub NS text.example.net.
sub NS ns.nobody-has-this.com.
sub NS ns.fails.example.
ns1.sub A 127.0.0.2
hidden.sub CNAME nothing.example.net.
`, "refuses.example.net. 60 IN A 127.0.0.3", "fails.example.net. 60 IN A 127.0.0.4")
	if diff := cmp.Diff([]string{
		"2:1: warning: name server refuses.example.net (127.0.0.3) does not answer for sub.example.com.: the server answers REFUSED; expected it to have the zone [audit-lame]",
		"3:1: warning: name server fails.example.net (127.0.0.4) of sub.example.com. could not be asked: it answers SERVFAIL [audit-unknown]",
		"4:1: warning: NS sub.example.com. points at missing.example.net., which does not exist; expected a name that does [audit-target]",
		"5:1: warning: NS sub.example.com. points at text.example.net., which has no address, expected A or AAAA there [audit-address]",
		"6:1: warning: high risk: NS sub.example.com. points at ns.nobody-has-this.com., and nobody-has-this.com. is not registered, so that anybody may register it; expected no such record [audit-takeover]",
		"7:1: warning: NS sub.example.com. leads to ns.fails.example., which could not be looked up: resolver RESOLVER: answers SERVFAIL [audit-unknown]",
	}, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestAuditSPF(t *testing.T) {
	t.Parallel()
	many := "v=spf1"
	for i := range 6 {
		many += fmt.Sprintf(" a:a%d.example.net", i)
	}
	var known []string
	for i := range 6 {
		known = append(known, fmt.Sprintf("a%d.example.net. 60 IN A 192.0.2.1", i))
	}
	known = append(known,
		`six.example.net. 60 IN TXT "`+many+` -all"`,
		`seven.example.net. 60 IN TXT "v=spf1 include:six.example.net -all"`,
		`empty.example.net. 60 IN TXT "no spf"`,
		`two.example.net. 60 IN TXT "v=spf1 -all"`, `two.example.net. 60 IN TXT "v=spf1 +all"`,
		`loop.example.net. 60 IN TXT "v=spf1 include:pool.example.net -all"`, `pool.example.net. 60 IN TXT "v=spf1 include:loop.example.net -all"`,
		`nested.example.net. 60 IN TXT "v=spf1 include:gone.example.net -all"`,
	)
	tests := map[string]struct {
		zone string
		want []string
	}{
		"ten are allowed":  {"@ TXT v=spf1 include:six.example.net mx a:www.example.net exists:www.example.net -all\n@ MX 10 www.example.net.\n", nil},
		"by way of a name": {"@ TXT v=spf1 redirect=_spf.~\n_spf TXT v=spf1 include:six.example.net -all\n", nil},
		"eleven are not": {"@ TXT v=spf1 include:six.example.net include:two-of-ours.~ -all\ntwo-of-ours TXT v=spf1 a:www.example.net a:www.example.net a:link.example.net -all\n", []string{
			"1:1: warning: SPF of example.com. needs 11 DNS look-ups with all that it includes, expected at most 10: receivers reject it (RFC 7208 section 4.6.4) [audit-spf-lookups]",
		}},
		"include twice counts twice": {"@ TXT v=spf1 include:six.example.net include:six.example.net -all\n", []string{
			"1:1: warning: SPF of example.com. needs 14 DNS look-ups with all that it includes, expected at most 10: receivers reject it (RFC 7208 section 4.6.4) [audit-spf-lookups]",
		}},
		"macros are counted":    {"@ TXT v=spf1 exists:%{i}.spf.example.net include:%{d}.example.net -all\n", nil},
		"two voids are allowed": {"@ TXT v=spf1 a:gone.example.net exists:text.example.net -all\n", nil},
		"three are not": {"@ TXT v=spf1 a mx:www.example.net exists:gone.example.net -all\n", []string{
			"1:1: warning: SPF of example.com. has 3 look-ups that find nothing (a example.com, mx www.example.net, exists gone.example.net), expected at most 2: receivers reject it (RFC 7208 section 4.6.4) [audit-spf-void]",
		}},
		"includes that fail": {"@ TXT v=spf1 include:gone.example.net include:empty.example.net include:two.example.net include:nested.example.net -all\n", []string{
			"1:1: warning: SPF of example.com. has include of empty.example.net., which has no SPF record; expected one: receivers reject it (RFC 7208 section 5.2) [audit-spf-include]",
			"1:1: warning: SPF of example.com. has include of gone.example.net. by way of nested.example.net., which has no SPF record; expected one: receivers reject it (RFC 7208 section 5.2) [audit-spf-include]",
			"1:1: warning: SPF of example.com. has include of gone.example.net., which has no SPF record; expected one: receivers reject it (RFC 7208 section 5.2) [audit-spf-include]",
			"1:1: warning: SPF of example.com. has include of two.example.net., which has 2 SPF records; expected one: receivers reject it (RFC 7208 section 5.2) [audit-spf-include]",
		}},
		"an endless include": {"@ TXT v=spf1 include:loop.example.net -all\n", []string{
			"1:1: warning: SPF of example.com. includes loop.example.net., which includes itself; expected its includes to end [audit-spf-lookups]",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, audit(t, nil, test.zone, known...)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestAuditDMARC(t *testing.T) {
	t.Parallel()
	got := audit(t, nil, `
_dmarc TXT v=DMARC1; p=none; rua=mailto:a@example.com,mailto:a@reports.example.com!10m; ruf=mailto:b@agrees.example.net,mailto:c@www.example.net
_dmarc.sub TXT v=DMARC1; p=none; rua=mailto:d@agrees.example.net
`, `example.com._report._dmarc.agrees.example.net. 60 IN TXT "v=DMARC1"`, `sub.example.com._report._dmarc.agrees.example.net. 60 IN TXT "something else"`)
	if diff := cmp.Diff([]string{
		"1:1: warning: DMARC of example.com. has reports sent to www.example.net., which does not agree to that, so that they are not sent; expected the TXT v=DMARC1 at example.com._report._dmarc.www.example.net. (RFC 7489 section 7.1) [audit-dmarc-report]",
		"2:1: warning: DMARC of sub.example.com. has reports sent to agrees.example.net., which does not agree to that, so that they are not sent; expected the TXT v=DMARC1 at sub.example.com._report._dmarc.agrees.example.net. (RFC 7489 section 7.1) [audit-dmarc-report]",
	}, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// dkimKey returns a key record with a modulus of so many bits.
func dkimKey(t *testing.T, bits int) string {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

func TestAuditDKIM(t *testing.T) {
	t.Parallel()
	quoted := func(text string) string {
		var parts []string
		for part := range slices.Chunk([]byte(text), 200) {
			parts = append(parts, `"`+string(part)+`"`)
		}
		return strings.Join(parts, " ")
	}
	zone := ""
	for _, line := range []string{
		"good._domainkey TXT " + dkimKey(t, 2048),
		"some._domainkey TXT " + dkimKey(t, 1024),
		"less._domainkey TXT " + dkimKey(t, 512),
		"gone._domainkey TXT v=DKIM1; p=",
		"none._domainkey TXT v=DKIM1; k=rsa; p=MAA=",
		"ed._domainkey TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		"far._domainkey CNAME key.example.net.",
		"farther._domainkey CNAME short.example.net.",
		"farthest._domainkey CNAME www.example.net.",
		"never._domainkey CNAME nothing.example.net.",
		"near._domainkey CNAME some._domainkey.~",
	} {
		zone += line + "\n"
	}
	got := audit(t, nil, zone, "key.example.net. 60 IN TXT "+quoted(dkimKey(t, 2048)), "short.example.net. 60 IN TXT "+quoted(dkimKey(t, 768)))
	if diff := cmp.Diff([]string{
		"10:1: warning: CNAME never._domainkey.example.com. points at nothing.example.net., which does not exist; expected a name that does [audit-target]",
		"2:1: warning: DKIM key at some._domainkey.example.com. has 1024 bits, expected 2048 (RFC 8301 section 3.2) [audit-dkim-short]",
		"3:1: warning: high risk: DKIM key at less._domainkey.example.com. has 512 bits, with which receivers take mail for unsigned and others can sign; expected 2048 (RFC 8301 section 3.2) [audit-dkim-short]",
		"5:1: warning: DKIM key at none._domainkey.example.com.: p= is not an RSA key, expected the whole of one [audit-dkim]",
		"8:1: warning: high risk: DKIM key at farther._domainkey.example.com. has 768 bits, with which receivers take mail for unsigned and others can sign; expected 2048 (RFC 8301 section 3.2) [audit-dkim-short]",
		"9:1: warning: farthest._domainkey.example.com. leads to www.example.net., which has no TXT; expected a DKIM key [audit-dkim]",
	}, slices.Sorted(slices.Values(got))); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// Each name is asked for once in a run, however many records of however many zones lead to
// it.
func TestAuditAsksOnce(t *testing.T) {
	t.Parallel()
	known := records(t, internet()...)
	var asked atomic.Int64
	resolver := serve(t, func(network string, q *dns.Msg) *dns.Msg {
		asked.Add(1)
		return known(network, q)
	})
	c := patient()
	r := NewResolver(c, []netip.AddrPort{resolver})
	a := NewAuditor(c, r, 0)
	if r.Useless() {
		t.Error("useless before it was asked")
	}
	for range 3 {
		a.Zone(t.Context(), schematest.Zone(t, "a CNAME www.example.net.\nb CNAME www.example.net.\nc CNAME www.example.net.\n"))
	}
	if n := asked.Load(); n != 1 || r.Useless() {
		t.Errorf("got %d questions, want 1", n)
	}
}

// A resolver that answers nothing costs little time, and makes everything unknown.
func TestAuditWithoutResolver(t *testing.T) {
	t.Parallel()
	resolver := serve(t, func(string, *dns.Msg) *dns.Msg { return nil })
	c := hasty()
	r := NewResolver(c, []netip.AddrPort{resolver})
	text := ""
	for i := range 200 {
		text += fmt.Sprintf("h%d CNAME h%d.example.net.\n", i, i)
	}
	problems := NewAuditor(c, r, 0).Zone(t.Context(), schematest.Zone(t, text))
	if len(problems) != 200 || !r.Useless() || slices.ContainsFunc(problems, func(p schema.Problem) bool { return p.Code != CodeUnknown }) {
		t.Errorf("got %d problems, want 200 unknown", len(problems))
	}
}

// A second resolver is asked where the first does not know.
func TestSecondResolver(t *testing.T) {
	t.Parallel()
	first := serve(t, func(_ string, q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure) })
	second := serve(t, records(t, internet()...))
	c := patient()
	h, err := NewResolver(c, []netip.AddrPort{first, second}).host(t.Context(), schema.MustParseName("www.example.net"))
	if err != nil || len(h.addrs) != 1 {
		t.Errorf("got %v, %v, want its address", h, err)
	}
}

// "checks:" knows every code.
func TestCodesAreDescribed(t *testing.T) {
	t.Parallel()
	codes := []string{
		codeAddress, codeDKIM, codeDKIMShort, codeDMARC, codeLame, codeSPFInclude, codeSPFLookups, codeSPFVoid,
		codeTakeover, codeTarget, CodeUnknown,
	}
	var described []string
	for _, c := range zonefile.Checks() {
		if strings.HasPrefix(c.Code, "audit-") && c.Warns {
			described = append(described, c.Code)
		}
	}
	if diff := cmp.Diff(codes, described); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}
