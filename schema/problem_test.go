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
