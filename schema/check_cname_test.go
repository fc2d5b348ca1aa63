package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCheckCNAME(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"beside", `
www A 192.0.2.1
www CNAME example.net.
www TXT text
www A 192.0.2.2`, []string{
			"2:1: CNAME of www.example.com. stands beside A (line 1) and TXT (line 3), expected it alone at its name [cname-beside]",
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
		{"no loop past a delegation", "sub NS ns.example.net.\nwww CNAME a.sub.~\na.sub CNAME www", []string{
			"3:1: warning: CNAME of a.sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
		}},
		{"no loop out of the zone", "a CNAME b\nb CNAME a.example.net.", nil},
		{"long loop", "a CNAME b\nb CNAME c\nc CNAME d\nd CNAME e\ne CNAME f\nf CNAME g\ng CNAME h\nh CNAME i\ni CNAME j\nj CNAME k\nk CNAME a", []string{
			"1:1: CNAME loop: a.example.com. -> b.example.com. -> c.example.com. -> d.example.com. -> e.example.com. -> f.example.com. -> g.example.com. -> h.example.com. -> i.example.com. -> ... (2 more) -> a.example.com.; expected it to end at a name with other data [cname-loop]",
		}},
	})
}

func TestCheckCNAMEHeedsNoLenient(t *testing.T) {
	z := zoneOf(t, "www CNAME www2\nwww A 192.0.2.1\nwww CNAME www3\nwww2 A 192.0.2.1\nwww3 A 192.0.2.1")
	for i := range z.RRsets {
		z.RRsets[i].Lenient = true
	}
	if got := len(checkZone(z).Errors()); got != 2 {
		t.Errorf("%d errors of lenient RRsets, want 2: %v", got, checkZone(z))
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
		for _, p := range checkZone(zoneOf(t, text.String())) {
			if p.Rule == "cname-loop" {
				got++
			}
		}
		if got != want {
			t.Fatalf("%d loops, want %d in\n%s", got, want, text.String())
		}
	}
}
