package zonefile

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
)

func TestChecksHaveHelp(t *testing.T) {
	if CodeHelp("no-such-code") != "" {
		t.Error("help for a code that is none")
	}
	checks := Checks()
	if !slices.IsSortedFunc(checks, func(a, b Check) int { return cmp.Compare(a.Code, b.Code) }) {
		t.Errorf("not sorted: %v", checks)
	}
	for i, c := range checks {
		if i > 0 && checks[i-1].Code == c.Code {
			t.Errorf("code %s is there twice", c.Code)
		}
		if !strings.HasSuffix(c.Help, ".") || CodeHelp(c.Code) != c.Help {
			t.Errorf("code %s: got help %q, want a sentence", c.Code, c.Help)
		}
	}
}

// checkCodes holds problems to the table of checks.
func checkCodes(t *testing.T, problems schema.Problems) {
	t.Helper()
	for _, p := range problems {
		i := slices.IndexFunc(Checks(), func(c Check) bool { return c.Code == p.Code })
		if i < 0 || p.Severity == schema.Warning && !Checks()[i].Warns {
			t.Errorf("%v [%s] is not in the table of checks", p, p.Code)
		}
	}
}
