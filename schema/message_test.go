package schema

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	words := []string{"records", "ttl", "zone", "value", "values"}
	for text, want := range map[string]string{
		"recrods": "records", "record": "records", "tll": "ttl", "TTL": "ttl", "zon": "zone", "valeu": "value", "valuess": "values", "completely": "", "x": "", "": "",
		strings.Repeat("r", 100): "",
	} {
		got := strings.TrimSuffix(strings.TrimPrefix(DidYouMean(text, words...), "; did you mean "), "?")
		if got != want {
			t.Errorf("DidYouMean(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestFaultB3PrintableJSON holds JSON to meaning the same, without what turns the direction
// of writing or steers a terminal.
func TestFaultB3PrintableJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": "plain ü"}`:        `{"a": "plain ü"}`,
		"{\n\t\"a\": \"\u202e\"}": "{\n\t\"a\": \"\\u202e\"}",
		"\"\u2028\u0085\x7f\"":    `"\u2028\u0085\u007f"`,
		"\"\U000e0001\"":          `"\udb40\udc01"`,
	} {
		if got := string(PrintableJSON([]byte(text))); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
