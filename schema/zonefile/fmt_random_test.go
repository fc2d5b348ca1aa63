package zonefile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var plainKey = regexp.MustCompile(`^( *(?:- +)?[A-Za-z_]+:) `)

// dishevel spoils the layout of what Format wrote, without changing what it says, and adds
// comments where there may be some.
func dishevel(random *rand.Rand, text string, comments int) (string, []string) {
	var b strings.Builder
	var added []string
	comment := func() string {
		added = append(added, fmt.Sprintf("# c%d: 'x' {", len(added)))
		return added[len(added)-1]
	}
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if comments > 0 && random.IntN(comments) == 0 {
			b.WriteString(strings.Repeat(" ", random.IntN(12)) + comment() + "\n")
		}
		rest := strings.TrimLeft(l, " ")
		indent := strings.Repeat("  ", len(l)-len(rest))
		if item, ok := strings.CutPrefix(rest, "- "); ok {
			rest = "-   " + item
		}
		rest = plainKey.ReplaceAllString(rest, "$1"+strings.Repeat(" ", 1+random.IntN(3)))
		b.WriteString(indent + rest + strings.Repeat(" ", random.IntN(3)))
		if comments > 0 && random.IntN(comments) == 0 {
			b.WriteString(" " + comment())
		}
		b.WriteString(strings.Repeat("\n", 1+random.IntN(2)*random.IntN(2)*random.IntN(3)))
	}
	out := b.String()
	if random.IntN(2) == 0 {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	if random.IntN(4) == 0 {
		out = "\ufeff" + out
	}
	slices.Sort(added)
	return out, added
}

// What Format writes is in canonical form. With its layout spoiled it comes back to that, and
// with comments none is lost.
func TestFormattingOfRandomZones(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	const name = "example.com.yaml"
	for range 25 {
		d := randomZone(t, random).Declaration()
		for _, form := range bothForms {
			want := Format(d, form)
			text, _ := dishevel(random, string(want), 0)
			got := formatAll(t, fstest.MapFS{name: {Data: []byte(text)}}, ".")[name].Data
			if diff := cmp.Diff(string(want), withoutBlanks(got)); diff != "" {
				t.Fatalf("formatted (-want +got):\n%s", diff)
			}
			text, comments := dishevel(random, string(want), 3)
			fsys := checkFormatting(t, fstest.MapFS{name: {Data: []byte(text)}}, ".")
			if diff := cmp.Diff(comments, commentsOf(t, fsys[name].Data)); diff != "" {
				t.Fatalf("comments (-want +got):\n%s", diff)
			}
			f := convertedFile(t, name, []byte(text), ZoneForm+BareForm-form)
			if len(f.Problems) > 0 {
				t.Fatal(f.Problems)
			}
			if diff := cmp.Diff(comments, commentsOf(t, f.Formatted)); diff != "" {
				t.Fatalf("comments of the other form (-want +got):\n%s", diff)
			}
		}
	}
}

func withoutBlanks(text []byte) string {
	return string(bytes.ReplaceAll(text, []byte("\n\n"), []byte("\n")))
}
