package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

func TestCheckTargets(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"missing", `
@ MX 10 gone
www CNAME gone
_sip._tcp SRV 1 1 1 gone
@ NS gone`, []string{
			"1:1: warning: MX target gone.example.com. does not exist in the zone, expected A or AAAA there [target-missing]",
			"2:1: warning: CNAME target gone.example.com. does not exist in the zone, expected a record there [target-missing]",
			"3:1: warning: SRV target gone.example.com. does not exist in the zone, expected A or AAAA there [target-missing]",
			"4:1: warning: NS target gone.example.com. does not exist in the zone, expected A or AAAA there [target-missing]",
		}},
		{"without an address", `
@ MX 10 mail
@ NS mail
_sip._tcp SRV 1 1 1 mail
www CNAME mail
mail TXT text`, []string{
			"1:1: warning: MX target mail.example.com. has no address, only TXT; expected A or AAAA there [target-missing]",
			"2:1: warning: NS target mail.example.com. has no address, only TXT; expected A or AAAA there [target-missing]",
			"3:1: warning: SRV target mail.example.com. has no address, only TXT; expected A or AAAA there [target-missing]",
		}},
		{"empty non-terminal", "@ MX 10 mail\nwww CNAME mail\na.mail A 192.0.2.1", []string{
			"1:1: warning: MX target mail.example.com. has no records, only names below it have; expected A or AAAA there [target-missing]",
			"2:1: warning: CNAME target mail.example.com. has no records, only names below it have; expected a record there [target-missing]",
		}},
		{"alias", `
@ MX 10 www
@ NS www
_sip._tcp SRV 1 1 1 www
www CNAME example.net.`, []string{
			"1:1: warning: MX target www.example.com. is a CNAME (line 4) to example.net., expected a name with A or AAAA [mx-to-cname]",
			"3:1: warning: SRV target www.example.com. is a CNAME (line 4) to example.net., expected a name with A or AAAA [srv-to-cname]",
		}},
		{"by a wildcard", "@ MX 10 a\nwww CNAME b\n* A 192.0.2.1", nil},
		{"alias by a wildcard", "@ NS a\n* CNAME example.net.", []string{
			"1:1: warning: NS target a.example.com. is a CNAME (line 2) to example.net., expected a name with A or AAAA [ns-to-cname]",
		}},
		{"wildcard without an address", "@ MX 10 a\n* TXT text", []string{
			"1:1: warning: MX target a.example.com. has no address, only TXT; expected A or AAAA there [target-missing]",
		}},
		{"wildcard that does not reach", "@ MX 10 a.b.~\n* A 192.0.2.1\nc.b A 192.0.2.1", []string{
			"1:1: warning: MX target a.b.example.com. does not exist in the zone, expected A or AAAA there [target-missing]",
		}},
		{"delegated", "@ MX 10 a.sub.~\nwww CNAME sub\nsub NS ns.example.net.", nil},
		{"without glue", "sub NS ns.sub.~\nsub NS ns2.example.net.", []string{
			"1:1: warning: NS target ns.sub.example.com. is in the zone sub.example.com. that it serves, but has no address here; expected its A or AAAA as glue [target-missing]",
		}},
		{"sibling glue", "a NS ns.b.~\nb NS ns.a.~", nil},
		{"glue at the cut", "sub NS sub\nsub A 192.0.2.1", nil},
		{"null", "@ MX 0 .\n_sip._tcp SRV 0 0 0 .", nil},
		{"another zone", "@ MX 10 mail.notexample.com.", nil},
		{"below a delegation", "sub NS ns.example.net.\nwww.sub CNAME gone", []string{
			"2:1: warning: CNAME of www.sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
		}},
	})
}

func TestTargetsMayExistWhereTheFileIsNotTheWholeZone(t *testing.T) {
	const text = "@ MX 10 gone\nwww CNAME gone\nsub NS ns.sub.~\n@ NS text\ntext TXT text"
	z := schematest.Declaration(t, text)
	z.Manage = schema.ManageDeclared
	if got := schematest.Lines(Zone(z)); got != nil {
		t.Errorf("problems with manage: declared: %q", got)
	}
	if got := len(Zone(schematest.Declaration(t, text))); got != 4 {
		t.Errorf("%d problems with manage: all, want 4", got)
	}
}

func TestTargetsMayExistWhereARuleLeavesRoom(t *testing.T) {
	rule := func(name, value string, types ...schema.Type) schema.IgnoreRule {
		r, err := schema.NewIgnoreRule(name, types, value)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	zone := schema.MustParseName("example.com")
	gone := schema.MustParseName("gone.example.com")
	for _, c := range []struct {
		name, zone string
		rule       schema.IgnoreRule
		want       int
	}{
		{"name", "@ MX 10 gone", rule("gone", ""), 0},
		{"any name", "@ MX 10 gone", rule("", "", schema.A), 0},
		{"value", "@ MX 10 gone", rule("", "192.0.2.*"), 0},
		{"glob", "www CNAME gone", rule("**", "", schema.TXT), 0},
		{"another name", "@ MX 10 gone", rule("*.gone", ""), 1},
		{"RRset", "@ MX 10 gone", schema.IgnoreRRset(zone, schema.Key{Name: gone, Type: schema.AAAA}), 0},
		{"another RRset", "@ MX 10 gone\ngone TXT text", schema.IgnoreRRset(zone, schema.Key{Name: gone, Type: schema.CAA}), 1},
		{"wildcard", "@ MX 10 gone", schema.IgnoreRRset(zone, schema.Key{Name: schema.MustParseName("*.example.com"), Type: schema.A}), 0},
		{"address beside", "@ MX 10 gone\ngone TXT text", rule("gone", "", schema.A, schema.AAAA), 0},
		{"no address beside", "@ MX 10 gone\ngone TXT text", rule("gone", "", schema.TXT), 1},
	} {
		z := schematest.Declaration(t, c.zone)
		z.Ignore = []schema.IgnoreRule{c.rule}
		if got := Zone(z); len(got) != c.want {
			t.Errorf("%s: problems %v, want %d", c.name, got, c.want)
		}
	}
}

func TestAliasOfALenientNameServerIsAWarning(t *testing.T) {
	d := schematest.Declaration(t, "@ NS www\nwww CNAME example.net.")
	if got := Zone(d); len(got) > 0 {
		t.Errorf("problems %v, want the error of the zone alone", got)
	}
	for i := range d.RRsets {
		d.RRsets[i].Lenient = true
	}
	want := []string{"1:1: warning: NS target www.example.com. is a CNAME (line 2) to example.net., expected a name with A or AAAA [ns-to-cname]"}
	if diff := cmp.Diff(want, schematest.Lines(Zone(d))); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
