package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A whole run on a tiny estate: every step does its work, a second plan is empty, the calls
// are as many as they must be, and what was measured passes as its own baseline.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	doc := filepath.Join(dir, "doc.md")
	if err := os.WriteFile(doc, []byte(beginMark+endMark), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := []string{
		"-sizes", "3x25", "-changed", "20", "-table", "-svg", filepath.Join(dir, "chart.svg"), "-doc", doc,
		"-check", filepath.Join(dir, "baseline.txt"), "-update",
	}
	if code := start(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	for _, step := range stepNames() {
		if !strings.Contains(stdout.String(), "\nBenchmarkEstate/3x25/"+step+" 1 ") {
			t.Errorf("there is no measure of %s:\n%s", step, &stdout)
		}
	}
	baseline, err := os.ReadFile(filepath.Join(dir, "baseline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	// A list of one page and a detail for each zone; 15 changes.
	for _, want := range []string{"3x25/plan calls 5\n", "3x25/apply calls 23\n", "3x25/replan calls 5\n", "3x25/sweep calls 4\n"} {
		if !strings.Contains(string(baseline), want) {
			t.Errorf("got the baseline\n%s\nwant %q in it", baseline, want)
		}
	}
	if text, err := os.ReadFile(doc); err != nil || !strings.Contains(string(text), "| 3x25 | sweep |") {
		t.Errorf("got the document %q, %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "chart.svg")); err != nil || !strings.HasPrefix(string(text), "<svg ") {
		t.Errorf("got the chart %q, %v", text, err)
	}
}

// A step that the program refuses is reported as such, and the others go on.
func TestRunReportsRefusals(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "refuses")
	script := "#!/bin/sh\necho 'first line'; echo \"zone a: too $SIZE\" >&2; exit 1\n"
	if err := os.WriteFile(binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := []string{"-sizes", "1x5", "-steps", "validate,plan,start,idle", "-binary", binary, "-env", "SIZE=large"}
	if code := start(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	for _, want := range []string{
		"# BenchmarkEstate/1x5/validate: refused: exit status 1: zone a: too large\n",
		"# BenchmarkEstate/1x5/plan: refused: exit status 1: zone a: too large\n",
		"# BenchmarkEstate/1x5/start: refused: the daemon ended: zone a: too large\n",
		"# BenchmarkEstate/1x5/idle: refused: the daemon ended: zone a: too large\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", &stdout, want)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-sizes", "0x1"}, {"-sizes", "1x1,"}, {"-steps", "plan,nap"}, {"-changed", "101"}, {"-changed", "NaN"}, {"-rate", "-1"}, {"-latency", "-1s"}, {"-timeout", "0s"}, {"-concurrency", "0"},
		{"-runs", "0"}, {"-env", "GOGC"}, {"-env", "=1"}, {"-update"}, {"plan"}, {"-binary", "/nonexistent/zonetender", "-sizes", "1x1"},
	} {
		var stdout, stderr bytes.Buffer
		if code := start(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 1 || stderr.Len() == 0 {
			t.Errorf("%q: got exit code %d, %q, want 1 and why", args, code, &stderr)
		}
	}
}
