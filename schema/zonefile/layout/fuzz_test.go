package layout

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// seeds are the texts in testdata and what the layout has had trouble with, or might.
func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		before, _, _ := strings.Cut(string(data), "====\n")
		f.Add(before)
	}
	for _, text := range []string{
		"", "a", "[a, b]", "- a\n- b", "\ufeffa: b\r\nc: |\r\n  d\r\n", "%YAML 1.1\n--- # c\na: b\n...\n# d\n", "--- {a: b}\n", "--- !include x\n", "--- &a\na: b\n",
		"a: |\n  b", "a: |+\n  b\n\n", "a: |1-\n   b\n  c\n", "a: >\n\n  b\n\n\n   c\n", "? a\n: b\n? c\n", "? |\n  a\n: b\n", "? [a]\n: b\n", "a: &x\n  b: 1\nc: *x\n*x : d\n",
		"a: \"b\\\n  c\"\n", "a: 'b\n\n  c'\n", "a: b\n c\n", "{a: [b, # c\n d], ? e : f}", "[a: b, : c]", "a: {b: , c}\n", "a: !!str\nb: !t &c d\n", "a:\t1\t# c\n", "a: {b,\n}\n",
		"-\n  -\n    - a\n", "a: #b\n  # c\n  d\n", "a: # b\n  |\n  c\n", "a: 'x'# y\n", "a:\u2028b\n", "a: \u0085\n", "a : b\n\"c\" : d\n{e: f}: g\n", "a: ---\n", "a: '\n ---'\n",
		"a:\n# b\n  # c\n # d\n  e:\n   f: g\n    # h\n  # i\n # j\n# k\n", "a: [\n]\n", "a: [ # b\n]\n", "[a,,]", "a: *b", "&a a: *a\n", "a: [*b , c]", "{*a : b}",
	} {
		f.Add(text)
	}
}

// FuzzFormat lays out any text. What comes out is laid out already, says the same, and has
// every comment; what cannot be laid out is an error with a place.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		out, err := Format([]byte(text), nil)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Message == "" {
				t.Fatalf("got %v, want an Error with a place", err)
			}
			return
		}
		if comments, err := Comments([]byte(text)); err != nil || !slices.IsSortedFunc(comments, func(a, b Comment) int { return a.Line - b.Line }) {
			t.Errorf("%q: got comments %v, %v", text, comments, err)
		}
		again, err := Format(out, nil)
		if err != nil || string(again) != string(out) {
			t.Errorf("laid out again: %v\n%s\nwant\n%s", err, again, out)
		}
		if got, want := meaning(t, string(out)), meaning(t, unixLines([]byte(text))); got != want {
			t.Errorf("%q came to %q, which says\n%s\nwant\n%s", text, out, got, want)
		}
		if strings.Contains(string(out), "\r") || !strings.HasSuffix(string(out), "\n") {
			t.Errorf("got %q, want lines that end in line feeds", out)
		}
	})
}

// meaning shows what a text says.
func meaning(t *testing.T, text string) string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var b strings.Builder
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		b.WriteString(n.Tag + " " + n.Anchor + " " + n.Value + "(")
		for _, c := range n.Content {
			walk(c)
		}
		b.WriteString(")")
	}
	walk(&doc)
	return b.String()
}
