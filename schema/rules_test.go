package schema

import (
	"slices"
	"strings"
	"testing"
)

// TestRulesHaveHelp looks up every rule that the readings in testdata speak of.
func TestRulesHaveHelp(t *testing.T) {
	if RuleHelp("no-such-rule") != "" {
		t.Error("help for a rule that is none")
	}
	rules := Rules()
	if !slices.IsSorted(rules) || len(rules) < 50 {
		t.Errorf("got rules %v", rules)
	}
	for _, r := range rules {
		if help := RuleHelp(r); !strings.HasSuffix(help, ".") {
			t.Errorf("rule %s: got help %q, want a sentence", r, help)
		}
	}
}
