package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// A run is what was measured, and under which conditions.
type run struct {
	conditions string
	results    []result
}

// The keys of the lines that are not about a step, which benchstat takes for the
// configuration.
const (
	keyConditions = "conditions: "
	keyBinary     = "binary: "
)

const (
	namePrefix    = "BenchmarkEstate/"
	failurePrefix = "# " + namePrefix
)

// A lineWriter writes results in the format of Go's benchmarks.
type lineWriter struct {
	w     io.Writer
	label string // of the contender that the last line is about
}

// write writes a line for a result: a comment where the step did not do its work.
func (l *lineWriter) write(r result) {
	if r.label != l.label {
		l.label = r.label
		fmt.Fprintf(l.w, "%s%s\n", keyBinary, r.label)
	}
	fmt.Fprintln(l.w, formatLine(r))
}

func formatLine(r result) string {
	m := r.took
	name := r.size.String() + "/" + r.step
	if m.failure != "" {
		return failurePrefix + name + ": " + strings.ReplaceAll(m.failure, "\n", " ")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s 1 %.0f ns/op", namePrefix, name, m.wall*1e9)
	if m.cpu >= 0 {
		fmt.Fprintf(&b, " %.3f cpu-s", m.cpu)
	}
	if m.peak >= 0 {
		fmt.Fprintf(&b, " %.1f peak-MiB", mib(m.peak))
	}
	fmt.Fprintf(&b, " %d calls", m.calls)
	if m.refused > 0 {
		fmt.Fprintf(&b, " %d refused-calls", m.refused)
	}
	fmt.Fprintf(&b, " %.3f service-cpu-s", m.service)
	if m.ratio > 0 {
		fmt.Fprintf(&b, " %.3f x-floor", m.ratio)
	}
	return b.String()
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// readRun reads what a lineWriter wrote. Files of several runs may be joined into one; the
// conditions are those of the last.
func readRun(path string) (*run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := new(run)
	label, n := "", 0
	in := bufio.NewScanner(f)
	for in.Scan() {
		n++
		line := in.Text()
		if c, ok := strings.CutPrefix(line, keyConditions); ok {
			r.conditions = c
		} else if b, ok := strings.CutPrefix(line, keyBinary); ok {
			label = b
		} else if strings.HasPrefix(line, namePrefix) || strings.HasPrefix(line, failurePrefix) {
			got, err := parseLine(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			got.label = label
			r.results = append(r.results, got)
		}
	}
	return r, in.Err()
}

// parseLine reads what formatLine returns. The ratio is left out, as it follows from the
// rest.
func parseLine(line string) (result, error) {
	var r result
	rest, failed := strings.CutPrefix(line, failurePrefix)
	if failed {
		rest, r.took.failure, _ = strings.Cut(rest, ": ")
	} else {
		rest = strings.TrimPrefix(rest, namePrefix)
	}
	f := strings.Fields(rest)
	if len(f) == 0 || len(f)%2 != 0 && len(f) > 1 || failed != (r.took.failure != "") || failed != (len(f) == 1) {
		return r, fmt.Errorf("%q: expected a line as this program prints it", line)
	}
	name, step, _ := strings.Cut(f[0], "/")
	var err error
	if r.size, err = parseSize(name); err != nil {
		return r, err
	}
	if r.step = step; failed {
		return r, nil
	}
	r.took.cpu, r.took.peak = unknown, unknown
	for i := 2; i+1 < len(f); i += 2 {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil || !(v >= 0 && v < 1e15) {
			return r, fmt.Errorf("%q: expected a number, not %q", line, f[i])
		}
		r.took.set(f[i+1], v)
	}
	return r, nil
}

// set sets what has a unit of its own. Other units are left out.
func (m *measure) set(unit string, v float64) {
	switch unit {
	case "ns/op":
		m.wall = v / 1e9
	case "cpu-s":
		m.cpu = v
	case "peak-MiB":
		m.peak = int64(v * (1 << 20))
	case "calls":
		m.calls = int64(v)
	case "refused-calls":
		m.refused = int64(v)
	case "service-cpu-s":
		m.service = v
	}
}
