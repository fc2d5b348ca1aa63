package render

import (
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/zonetender/zonetender/schema"
)

// read returns what a reader sees of the second cell of a table.
func read(t *testing.T, cell string) string {
	t.Helper()
	source := []byte("| a | b | c |\n| --- | --- | --- |\n| x | " + cell + " | y |\n")
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	row := root.FirstChild().LastChild()
	if row.ChildCount() != 3 {
		t.Fatalf("%s: the row has %d cells, want 3", cell, row.ChildCount())
	}
	var b strings.Builder
	if err := ast.Walk(row.FirstChild().NextSibling(), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if s, ok := n.(*ast.Text); ok && entering {
			b.Write(s.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "&#124;", "|")
}

// Code and prose are read as what was written, in a table as well.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"a", "a b", "`", "``", "a`b``c", "|", "a|b", `a\|b`, `\`, `a\`, "` `", " ` ", "<b>&amp;</b>", "@a #1", "*a* _b_ ~~c~~", "[a](b)", "a\nb", "\x00\u202e", "é ü 日本", "`|`", "||", "-- >",
	} {
		want := schema.Printable(s)
		if got := read(t, code(s)); got != want {
			t.Errorf("code(%q) is read as %q", s, got)
		}
		if got, want := read(t, prose(s)), strings.Join(strings.Fields(want), " "); got != want {
			t.Errorf("prose(%q) is read as %q", s, got)
		}
	}
}

// A sentence stays a sentence: what needs no code span has none.
func TestProseOfPlainWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"5 of 10 records would be deleted, the limit is 30%; if so, approve it (by hand)": "5 of 10 records would be deleted, the limit is 30%; if so, approve it (by hand)",
		"SPF needs 9 look-ups, the IPv4 address isn't public":                             "SPF needs 9 look-ups, the IPv4 address isn't public",
		"www.example.com is gone":      "`www.example.com` is gone",
		"raise safety: {max: 1} there": "raise safety: `{max: 1}` there",
		"see GH-12 or 9f3c2ab41e07":    "see `GH-12` or `9f3c2ab41e07`",
		"1. not a list":                "`1.` not a list",
	} {
		if got := prose(s); got != want {
			t.Errorf("prose(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for ttl, want := range map[schema.TTL]string{
		0: "", 1: "1 s", 60: "1 min", 90: "1 min 30 s", 3600: "1 h", 3601: "1 h 1 s", 5400: "1 h 30 min", 86400: "1 d", 129600: "1 d 12 h", 86400 + 60: "1 d 1 min", 2147483647: "24855 d 3 h",
	} {
		if got := duration(ttl); got != want {
			t.Errorf("%d s: %q, want %q", ttl, got, want)
		}
	}
}
