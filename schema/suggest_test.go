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
		got := strings.TrimSuffix(strings.TrimPrefix(didYouMean(text, words...), "; did you mean "), "?")
		if got != want {
			t.Errorf("didYouMean(%q) = %q, want %q", text, got, want)
		}
	}
}
