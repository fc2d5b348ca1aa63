package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestBaselineRepeats(t *testing.T) {
	t.Parallel()
	b := newBaseline(summaries())
	want := baseline{
		{size{10, 100}, stepPlan, unitRatio, 2.5}, {size{10, 100}, stepPlan, unitCalls, 12},
		{size{1, 200_000}, stepPlan, unitRatio, 2.5}, {size{1, 200_000}, stepPlan, unitCalls, 3},
	}
	if !slices.Equal(b, want) {
		t.Fatalf("got %v, want %v", b, want)
	}
	if got, err := parseBaseline(b.String()); err != nil || !slices.Equal(got, b) {
		t.Errorf("got %v, %v, want %v", got, err, b)
	}
}

func TestBaselineMistakes(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                               "no line",
		"# nothing\n":                    "no line",
		"10x100/plan x-floor":            "line 1",
		"\n10x100/plan x-floor 2 3":      "line 2",
		"10x100 x-floor 2":               "line 1",
		"10x100/plan ns/op 2":            "line 1",
		"10/plan x-floor 2":              "expected ZONESxRECORDS",
		"10x100/plan x-floor two":        "line 1",
		"10x100/plan x-floor -1":         "line 1",
		"10x100/plan x-floor NaN":        "line 1",
		"10x100/plan x-floor 1000000e99": "line 1",
	} {
		if b, err := parseBaseline(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, %v, want an error with %q", text, b, err, says)
		}
	}
}

func FuzzParseBaseline(f *testing.F) {
	f.Add("10x100/plan x-floor 2.5\n10x100/plan calls 12\n")
	f.Add("# comment\n\n1x1/a calls 0")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := parseBaseline(text)
		if err != nil {
			return
		}
		again, err := parseBaseline(b.String())
		if err != nil || len(again) != len(b) {
			t.Errorf("got %v, %v, want %v", again, err, b)
		}
	})
}

// What has grown by more than half fails, and so does what is missing; what has become less
// passes.
func TestCheck(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"10x100/plan x-floor 2.5":                                "",
		"10x100/plan x-floor 9\n10x100/plan calls 12":            "",
		"10x100/plan x-floor 1.667":                              "",
		"10x100/plan x-floor 1.66":                               "10x100/plan: x-floor is 2.50, expected about 1.66, at most 2.49",
		"10x100/plan x-floor 2.5\n10x100/plan calls 7":           "10x100/plan: calls is 12.00",
		"10x100/apply x-floor 2.5":                               "10x100/apply: x-floor was not measured",
		"1x200000/plan x-floor 1\n1x200000/plan calls 1":         "1x200000/plan: calls is 3.00",
		"1x100/plan calls 3\n10x100/plan x-floor 2":              "1x100/plan: calls was not measured",
		"10x100/floor calls 11":                                  "not measured", // a floor has no baseline
		"10x100/plan x-floor 2.4\n\n# text\n10x100/plan calls 9": "",
	} {
		path := filepath.Join(t.TempDir(), "baseline.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := checkFile(path, false, summaries())
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
}

// The baseline that CI uses can be read, and is about steps that there are.
func TestCommittedBaseline(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("baseline.txt")
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseBaseline(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range b {
		if !slices.Contains(stepNames(), l.step) {
			t.Errorf("%s/%s: there is no such step", l.size, l.step)
		}
	}
}
