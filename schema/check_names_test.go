package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// slowFind is what nameTable.find is to give, straight from RFC 1034 section 4.3.2
// and RFC 4592, with a look at all owner names for every question.
func slowFind(z *Zone, n Name) (Name, finding) {
	exists := func(n Name) bool {
		for _, s := range z.RRsets {
			if s.Name.In(n) {
				return true
			}
		}
		return n == z.Name
	}
	owns := func(n Name) bool {
		for _, s := range z.RRsets {
			if s.Name == n {
				return true
			}
		}
		return false
	}
	if !n.In(z.Name) {
		return n, foundElsewhere
	}
	for _, s := range z.RRsets {
		if s.Type == NS && s.Name != z.Name && !s.Name.IsWildcard() && n.In(s.Name) {
			return n, foundElsewhere
		}
	}
	switch {
	case owns(n):
		return n, foundHere
	case exists(n):
		return n, foundNothing
	}
	encloser := n
	for !exists(encloser) {
		encloser = encloser.Parent()
	}
	if w := MustParseName("*." + encloser.String()); owns(w) {
		return w, foundHere
	}
	return n, foundNothing
}

func TestFindAgreesWithTheRFC(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	name := func() string {
		var labels []string
		for range random.IntN(4) {
			labels = append(labels, string(rune('a'+random.IntN(3))))
		}
		if len(labels) > 0 && random.IntN(4) == 0 {
			labels[0] = "*"
		}
		return strings.Join(append(labels, "example.com."), ".")
	}
	seen := map[finding]int{}
	for range 400 {
		var text strings.Builder
		for range random.IntN(6) {
			if random.IntN(5) == 0 {
				fmt.Fprintf(&text, "%s NS ns.example.net.\n", name())
			} else {
				fmt.Fprintf(&text, "%s A 192.0.2.1\n", name())
			}
		}
		z := zoneOf(t, text.String())
		table := newNameTable(z)
		for range 20 {
			n := MustParseName(name())
			wantOwner, want := slowFind(z, n)
			_, owner, got := table.find(n)
			if got != want || owner != wantOwner {
				t.Fatalf("find(%s) = %s, %d, want %s, %d in\n%s", n, owner, got, wantOwner, want, text.String())
			}
			seen[want]++
		}
	}
	for _, f := range []finding{foundElsewhere, foundHere, foundNothing} {
		if seen[f] < 100 {
			t.Errorf("finding %d came up %d times, want at least 100", f, seen[f])
		}
	}
}
