package schema

import (
	"testing"
)

func TestProblems(t *testing.T) {
	ps := Problems{
		{Position{"b", 1, 1}, Warning, "x", "w"}, {Position{"a", 2, 1}, Error, "x", "e"}, {Position{"a", 1, 5}, Error, "x", "e"},
		{Position{"a", 1, 5}, Error, "x", "e"}, {Position{"a", 0, 0}, Error, "x", "whole file"},
	}
	if got, want := ps.Sorted().Error(), "a: whole file\na:1:5: e\na:2:1: e\nb:1:1: warning: w"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e, w := len(ps.Errors()), len(ps.Warnings()); e != 4 || w != 1 {
		t.Errorf("got %d errors and %d warnings, want 4 and 1", e, w)
	}
}

func TestFaultB3Printable(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		"plain, bücher 日本 \U0001f600": "plain, bücher 日本 \U0001f600",
		"x\n::warning::forged":        `x\n::warning::forged`,
		"\x1b[31m\x07\x7f\u0085":      `\x1b[31m\a\x7f\u0085`,
		"\u202ea\u2028b\u200bc\ufeff": `\u202ea\u2028b\u200bc\ufeff`,
		"a\xffb\u00a0":                `a\xffb\u00a0`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("Printable(%q) = %q, want %q", text, got, want)
		}
	}
	p := Problem{Position{"a\nb.yaml", 1, 2}, Error, "x", "c\nd"}
	if got, want := p.String(), `a\nb.yaml:1:2: c\nd`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
