package query

import (
	"slices"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

func zone(t testing.TB) *schema.Zone {
	return schematest.Zone(t, `
@ MX 10 mail
@ TXT v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all
@ CAA 0 issue "letsencrypt.org"
_spf.example.com. TXT v=spf1 ip6:2001:db8::/32 -all
mail A 192.0.2.25
mail AAAA 2001:db8::25
www CNAME web
web CNAME edge.example.net.
txt TXT google-site-verification=AbC
bücher A 198.51.100.7
`)
}

func records(z *schema.Zone) []schema.Record {
	var out []schema.Record
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			out = append(out, s.Record(v))
		}
	}
	return out
}

func TestParse(t *testing.T) {
	t.Parallel()
	z := zone(t)
	for _, test := range []struct {
		query string
		want  []string
	}{
		{"192.0.2.25", []string{"@ TXT", "mail A"}},
		{"192.0.2.0/26", []string{"@ TXT", "mail A"}},
		{"198.51.100.0/24", []string{"xn--bcher-kva A"}},
		{"2001:db8:0::25", []string{"_spf TXT", "mail AAAA"}},
		{"203.0.113.1", nil},
		{"MX", []string{"@ MX"}},
		{"mail", []string{"mail A", "mail AAAA"}},
		{"mail.example.com", []string{"@ MX", "mail A", "mail AAAA"}},
		{"MAIL.example.com.", []string{"@ MX", "mail A", "mail AAAA"}},
		{"*.example.net", []string{"web CNAME"}},
		{"*google-site*", []string{"txt TXT"}},
		{"letsencrypt.org", []string{"@ CAA"}},
		{"GOOGLE-site", []string{"txt TXT"}},
		{"bücher", []string{"xn--bcher-kva A"}},
		{"nothing", nil},
	} {
		q, err := Parse(test.query)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range records(z) {
			if q.Match(z.Name(), r) {
				got = append(got, r.Name.Relative(z.Name())+" "+string(r.Type))
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.query, got, test.want)
		}
	}
	if _, err := Parse(" "); err == nil {
		t.Error("an empty query: got no error")
	}
	if (Query{}).Match(z.Name(), records(z)[0]) {
		t.Error("the zero Query matches")
	}
}

func TestPointingAt(t *testing.T) {
	t.Parallel()
	z := zone(t)
	for _, test := range []struct {
		target string
		want   []string
	}{
		{"edge.example.net", []string{"web CNAME", "www CNAME"}},
		{"mail.example.com", []string{"@ MX"}},
		{"_spf.example.net", []string{"@ TXT"}},
		{"www.example.com", nil},
	} {
		p := PointingAt(schema.MustParseName(test.target))
		var got []string
		for again := true; again; again = p.Again() {
			got = nil
			for _, r := range records(z) {
				if p.Look(r) {
					got = append(got, r.Name.Relative(z.Name())+" "+string(r.Type))
				}
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.target, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "10.0.0.0/8", "*.x", "MX", "a", "::1", "fe80::1%eth0", "bücher", "*"} {
		f.Add(seed, "v=spf1 ip4:10.0.0.0/8 a:x include:y -all")
	}
	z := zone(f)
	f.Fuzz(func(t *testing.T, query, text string) {
		q, err := Parse(query)
		if err != nil {
			return
		}
		for _, r := range records(z) {
			q.Match(z.Name(), r)
		}
		p := PointingAt(z.Name())
		p.named(text)
	})
}
