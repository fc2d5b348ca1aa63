package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// summaries are what a run might bring: two contenders, the older of which refuses one estate.
func summaries() []summary { return summarize(results()) }

func results() []result {
	small, large := size{10, 100}, size{1, 200_000}
	return []result{
		{small, labelBefore, floorPlan, measure{wall: 0.2, cpu: 0.5, peak: 10 << 20, calls: 11}},
		{small, labelBefore, stepPlan, measure{wall: 3, cpu: 2, peak: 60 << 20, calls: 12}},
		{small, labelNow, floorPlan, measure{wall: 0.1, cpu: 0.4, peak: 11 << 20, calls: 11}},
		{small, labelNow, stepPlan, measure{wall: 2, cpu: 1.5, peak: 30 << 20, calls: 12}},
		{small, labelNow, stepPlan, measure{wall: 1.5, cpu: 1, peak: 40 << 20, calls: 12}},
		{large, labelNow, floorPlan, measure{wall: 1, cpu: 2, peak: 100 << 20, calls: 2}},
		{large, labelBefore, stepPlan, measure{failure: "refused: exit status 1: a|b"}},
		{large, labelNow, stepPlan, measure{wall: 4, cpu: 5, peak: unknown, calls: 3}},
	}
}

// Ratios are those of the shortest times, whoever's turn it was when the floor was measured.
func TestSummaries(t *testing.T) {
	t.Parallel()
	for _, s := range summaries() {
		if s.about == (subject{size{10, 100}, labelNow, stepPlan}) {
			want := measure{wall: 1.5, cpu: 1, peak: 40 << 20, calls: 12, ratio: 2.5}
			if s.took != want {
				t.Errorf("got %+v, want %+v", s.took, want)
			}
			return
		}
	}
	t.Error("there is no summary of the plan")
}

func TestTable(t *testing.T) {
	t.Parallel()
	got := table("best of 2", summaries())
	const want = `best of 2; before → now.

| estate | step | wall, s | CPU, s | peak, MiB | calls | times the floor |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
| 10x100 | floor | 0.100 | 0.400 | 11.0 | 11 | – |
| 10x100 | plan | 3.00 → 1.50 | 2.00 → 1.00 | 60.0 → 40.0 | 12 | 5.00 → 2.50 |
| 1x200000 | floor | 1.00 | 2.00 | 100 | 2 | – |
| 1x200000 | plan | refused → 4.00 | – → 5.00 | – | – → 3 | – → 2.50 |

- 1x200000: plan (before): refused: exit status 1: a\|b
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := lineWriter{w: &b}
	w.write(result{size{10, 100}, labelBefore, stepPlan, measure{failure: "refused: one\ntwo"}})
	w.write(result{size{10, 100}, labelNow, stepIdle, measure{wall: 0.5, cpu: unknown, peak: unknown}})
	w.write(result{size{10, 100}, labelNow, stepPlan, measure{wall: 1.5, cpu: 1, peak: 40 << 20, calls: 12, service: 0.25, ratio: 2.5}})
	const want = `binary: before
# BenchmarkEstate/10x100/plan: refused: one two
binary: now
BenchmarkEstate/10x100/idle 1 500000000 ns/op 0 calls 0.000 service-cpu-s
BenchmarkEstate/10x100/plan 1 1500000000 ns/op 1.000 cpu-s 40.0 peak-MiB 12 calls 0.250 service-cpu-s 2.500 x-floor
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was written reads back, the ratio apart, which follows from the rest.
func TestLinesReadBack(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("goos: linux\n" + keyConditions + "best of 2\n")
	w := lineWriter{w: &b}
	for _, r := range results() {
		w.write(r)
	}
	path := filepath.Join(t.TempDir(), "run.txt")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readRun(path)
	if err != nil || got.conditions != "best of 2" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff(summaries(), summarize(got.results), cmp.AllowUnexported(summary{}, subject{}, size{}, measure{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, line := range []string{
		namePrefix, namePrefix + "1x1/plan 1 2", namePrefix + "1x1/plan 1 x ns/op", namePrefix + "1/plan 1 2 ns/op",
		failurePrefix + "1x1/plan", namePrefix + "1x1/plan 1 NaN ns/op", failurePrefix + "1x1/plan 1 2 ns/op: no",
	} {
		if r, err := parseLine(line); err == nil {
			t.Errorf("%q: got %+v, want an error", line, r)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	for _, r := range results() {
		f.Add(formatLine(r))
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, err := parseLine(line)
		if err != nil {
			return
		}
		if again, err := parseLine(formatLine(r)); err != nil || again.size != r.size || again.took.calls != r.took.calls {
			t.Errorf("%q: got %+v, %v, want %+v", formatLine(r), again, err, r)
		}
	})
}

// The chart is well-formed, with a mark for every plan and floor that was measured.
func TestChart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		all                    []summary
		lines, circles, square int
	}{
		"two contenders": {summaries(), 6, 6 + 1, 3 + 1}, // and the legend's
		"nothing":        {nil, 0, 1, 1},
	} {
		count := map[string]int{}
		dec := xml.NewDecoder(strings.NewReader(chart(test.all)))
		for {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := token.(xml.StartElement); ok {
				count[e.Name.Local]++
			}
		}
		if count["polyline"] != test.lines || count["circle"] != test.circles || count["rect"] != test.square {
			t.Errorf("%s: got %d lines, %d circles and %d squares, want %+v", name, count["polyline"], count["circle"], count["rect"], test)
		}
	}
}

func TestFillIn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doc.md")
	for text, want := range map[string]string{
		"a\n" + beginMark + "old\n" + endMark + "b\n": "a\n" + beginMark + "new\n" + endMark + "b\n",
		"a\n" + beginMark + "old\n":                   "",
		"a\n" + endMark + beginMark:                   "",
		"":                                            "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := fillIn(path, "new\n")
		got, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if want == "" {
			if err == nil || string(got) != text {
				t.Errorf("%q: got %q, %v, want an error and the document as it was", text, got, err)
			}
		} else if err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
