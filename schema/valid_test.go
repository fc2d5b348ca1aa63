package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// problemsOf returns what NewZone says of a zone in zone-file form.
func problemsOf(t *testing.T, text string) schema.Problems {
	t.Helper()
	_, problems := schema.NewZone(schematest.Declaration(t, text))
	return problems
}

type validCase struct {
	name, zone string
	want       []string
}

func runValidCases(t *testing.T, cases []validCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			if got := schematest.Lines(problemsOf(t, c.zone)); !slices.Equal(got, c.want) {
				t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestCNAME(t *testing.T) {
	runValidCases(t, []validCase{
		{"beside", `
www A 192.0.2.1
www CNAME example.net.
www TXT text
www A 192.0.2.2`, []string{
			"2:1: CNAME of www.example.com. is beside A (line 1) and TXT (line 3), expected it alone at its name [cname-beside]",
		}},
		{"beside NS", "sub NS ns.example.net.\nsub CNAME www.example.net.", []string{
			"2:1: CNAME of sub.example.com. is beside NS (line 1), expected it alone at its name [cname-beside]",
		}},
		{"apex", "@ CNAME example.net.\n@ MX 10 mail.example.net.", []string{
			"1:1: CNAME at the apex, where every zone has SOA and NS; expected the addresses of example.net. as A and AAAA [cname-apex]",
		}},
		{"twice", "www CNAME b.example.net.\n\nwww CNAME a.example.net.", []string{
			"3:1: second CNAME of www.example.com., to a.example.net. beside b.example.net. (line 1); expected one [cname-twice]",
		}},
		{"itself", "www CNAME www", []string{
			"1:1: CNAME loop: www.example.com. -> www.example.com.; expected it to end at a name with other data [cname-loop]",
		}},
		{"loop", "a CNAME b\nb CNAME c\nc CNAME a\nx CNAME a", []string{
			"1:1: CNAME loop: a.example.com. -> b.example.com. -> c.example.com. -> a.example.com.; expected it to end at a name with other data [cname-loop]",
		}},
		{"two loops", "a CNAME b\nb CNAME a\nc CNAME c", []string{
			"1:1: CNAME loop: a.example.com. -> b.example.com. -> a.example.com.; expected it to end at a name with other data [cname-loop]",
			"3:1: CNAME loop: c.example.com. -> c.example.com.; expected it to end at a name with other data [cname-loop]",
		}},
		{"loop by a wildcard", "* CNAME other", []string{
			"1:1: CNAME loop: *.example.com. -> other.example.com. (by *.example.com.); expected it to end at a name with other data [cname-loop]",
		}},
		{"no loop past a delegation", "sub NS ns.example.net.\nwww CNAME a.sub.~\na.sub CNAME www", nil},
		{"no loop out of the zone", "a CNAME b\nb CNAME a.example.net.", nil},
		{"long loop", "a CNAME b\nb CNAME c\nc CNAME d\nd CNAME e\ne CNAME f\nf CNAME g\ng CNAME h\nh CNAME i\ni CNAME j\nj CNAME k\nk CNAME a", []string{
			"1:1: CNAME loop: a.example.com. -> b.example.com. -> c.example.com. -> d.example.com. -> e.example.com. -> f.example.com. -> g.example.com. -> h.example.com. -> i.example.com. -> ... (2 more) -> a.example.com.; expected it to end at a name with other data [cname-loop]",
		}},
	})
}

func TestCNAMEHeedsNoLenient(t *testing.T) {
	d := schematest.Declaration(t, "www CNAME www2\nwww A 192.0.2.1\nwww CNAME www3\nwww2 A 192.0.2.1\nwww3 A 192.0.2.1")
	for i := range d.RRsets {
		d.RRsets[i].Lenient = true
	}
	if z, problems := schema.NewZone(d); z != nil || len(problems.Errors()) != 2 {
		t.Errorf("problems of lenient RRsets %v, want two errors", problems)
	}
}

// Where every name has one CNAME, loops are the cycles of a function: each is
// reported once, and nothing else is.
func TestLoopsAreTheCyclesOfAFunction(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		n := 1 + random.IntN(12)
		next := make([]int, n)
		var text strings.Builder
		for i := range next {
			next[i] = random.IntN(n)
			fmt.Fprintf(&text, "n%d CNAME n%d\n", i, next[i])
		}
		want := 0
		for i := range next {
			// A cycle is counted at its least member.
			least, j := true, next[i]
			for range n {
				if j == i {
					break
				}
				least = least && j > i
				j = next[j]
			}
			if j == i && least {
				want++
			}
		}
		got := 0
		for _, p := range problemsOf(t, text.String()) {
			if p.Code == "cname-loop" {
				got++
			}
		}
		if got != want {
			t.Fatalf("%d loops, want %d in\n%s", got, want, text.String())
		}
	}
}

func TestNullMX(t *testing.T) {
	runValidCases(t, []validCase{
		{"alone", "@ MX 0 .", nil},
		{"beside", "@ MX 10 mail.example.net.\n@ MX 20 mail2.example.net.\n@ MX 0 .", []string{
			"3:1: null MX of example.com. is beside 2 other MX, expected it alone (RFC 7505) [mx-null]",
		}},
	})
}

func TestNameServersAreNoAliases(t *testing.T) {
	runValidCases(t, []validCase{
		{"CNAME", "@ NS www\nwww CNAME example.net.", []string{
			"1:1: NS target www.example.com. is a CNAME (line 2) to example.net., expected a name with A or AAAA [ns-to-cname]",
		}},
		{"glue", "sub NS ns.sub.~\nns.sub CNAME example.net.", []string{
			"1:1: NS target ns.sub.example.com. is a CNAME (line 2) to example.net., expected a name with A or AAAA [ns-to-cname]",
		}},
		{"by a wildcard", "@ NS a\n* CNAME example.net.", nil},
		{"below a delegation", "sub NS ns.example.net.\na.sub NS www\nwww CNAME example.net.", nil},
	})
}

func TestLenientMakesWarningsOfWhatCanBeLivedWith(t *testing.T) {
	d := schematest.Declaration(t, "@ NS www\nwww CNAME example.net.\n@ MX 0 .\n@ MX 10 example.net.")
	if z, problems := schema.NewZone(d); z != nil || len(problems.Errors()) != 2 {
		t.Fatalf("problems %v, want two errors", problems)
	}
	for i := range d.RRsets {
		d.RRsets[i].Lenient = true
	}
	want := []string{"3:1: warning: null MX of example.com. is beside 1 other MX, expected it alone (RFC 7505) [mx-null]"}
	if z, problems := schema.NewZone(d); z == nil || !slices.Equal(schematest.Lines(problems), want) {
		t.Errorf("lenient: problems %v, want %q", problems, want)
	}
}
