package schema

import (
	"strings"
	"testing"
)

func TestParseText(t *testing.T) {
	for _, c := range []struct {
		text, want string
		warnings   int
	}{
		{"v=spf1 -all", "v=spf1 -all", 0},
		{`v=DMARC1\; p=none`, "v=DMARC1; p=none", 0},
		{"v=DMARC1; p=none", "v=DMARC1; p=none", 0},
		{`say \"hi\" \\ \097`, `say "hi" \ a`, 0},
		{`C:\dir`, `C:\dir`, 1},
		{`\256`, `\256`, 1},
		{`ends in \`, `ends in \`, 1},
		{`"quoted"`, "quoted", 1},
		{`"one" "two"`, "onetwo", 1},
		{`"a" b`, `"a" b`, 0},
		{`"a`, `"a`, 0},
		{`\"a\"`, `"a"`, 0},
		{`"a\"b"`, `a"b`, 1},
		{"", "", 1},
		{`""`, "", 2},
		{" a", " a", 1},
		{"a\n", "a\n", 1},
		{"café", "café", 1},
		{`caf\195\169`, "café", 1},
		{`\255`, "\xff", 1},
	} {
		got, warnings := ParseText(c.text)
		if got != c.want || len(warnings) != c.warnings {
			t.Errorf("ParseText(%q) = %q, %q, want %q and %d warnings", c.text, got, warnings, c.want, c.warnings)
		}
	}
}

// TestLongText splits a text into strings of at most 255 octets, and joins it again.
func TestLongText(t *testing.T) {
	for _, n := range []int{0, 1, 254, 255, 256, 510, 511, 4000} {
		text := strings.Repeat(`é"`, n)[:n]
		written := quoteText(text)
		if joined, ok := joinQuoted(written); !ok || n > 0 && joined == "" {
			t.Errorf("%d octets: got %q", n, written)
		}
		got, _ := ParseText(written)
		if got != text {
			t.Errorf("%d octets: got %q, want %q", n, got, text)
		}
	}
}
