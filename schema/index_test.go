package schema_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// slowFind is Index.Find straight from RFC 1034 section 4.3.2 and RFC 4592, which looks at
// all owner names for every question.
func slowFind(z schema.Declaration, n schema.Name) (schema.Name, schema.Answer) {
	exists := func(n schema.Name) bool {
		for _, s := range z.RRsets {
			if s.Name.In(n) {
				return true
			}
		}
		return n == z.Name
	}
	owns := func(n schema.Name) bool {
		for _, s := range z.RRsets {
			if s.Name == n {
				return true
			}
		}
		return false
	}
	if !n.In(z.Name) {
		return n, schema.Elsewhere
	}
	for _, s := range z.RRsets {
		if s.Type == schema.NS && s.Name != z.Name && !s.Name.IsWildcard() && n.In(s.Name) {
			return n, schema.Elsewhere
		}
	}
	switch {
	case owns(n):
		return n, schema.Found
	case exists(n):
		return n, schema.Nothing
	}
	encloser := n
	for !exists(encloser) {
		encloser = encloser.Parent()
	}
	if w := schema.MustParseName("*." + encloser.String()); owns(w) {
		return w, schema.Found
	}
	return n, schema.Nothing
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
	seen := map[schema.Answer]int{}
	for range 400 {
		var text strings.Builder
		for range random.IntN(6) {
			if random.IntN(5) == 0 {
				fmt.Fprintf(&text, "%s NS ns.example.net.\n", name())
			} else {
				fmt.Fprintf(&text, "%s A 192.0.2.1\n", name())
			}
		}
		z, _ := schematest.Declaration(t, text.String()).Sorted()
		index := schema.NewIndex(z)
		for range 20 {
			n := schema.MustParseName(name())
			wantOwner, want := slowFind(z, n)
			_, owner, got := index.Find(n)
			if got != want || owner != wantOwner {
				t.Fatalf("Find(%s) = %s, %d, want %s, %d in\n%s", n, owner, got, wantOwner, want, text.String())
			}
			seen[want]++
		}
	}
	for _, a := range []schema.Answer{schema.Elsewhere, schema.Found, schema.Nothing} {
		if seen[a] < 100 {
			t.Errorf("answer %d came up %d times, want at least 100", a, seen[a])
		}
	}
}
