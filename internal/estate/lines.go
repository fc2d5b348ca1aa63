package main

import (
	"fmt"
	"io"
	"strings"
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
		fmt.Fprintf(l.w, "binary: %s\n", r.label)
	}
	fmt.Fprintln(l.w, line(r))
}

func line(r result) string {
	m := r.measure
	name := fmt.Sprintf("BenchmarkEstate/%s/%s", r.size, r.step)
	if m.failure != "" {
		return "# " + name + ": " + strings.ReplaceAll(m.failure, "\n", " ")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s 1 %.0f ns/op", name, m.wall*1e9)
	if m.cpu >= 0 {
		fmt.Fprintf(&b, " %.3f cpu-s", m.cpu)
	}
	if m.peak >= 0 {
		fmt.Fprintf(&b, " %.1f peak-MiB", mib(m.peak))
	}
	fmt.Fprintf(&b, " %d calls %.3f service-cpu-s", m.calls, m.service)
	if m.ratio > 0 {
		fmt.Fprintf(&b, " %.3f x-floor", m.ratio)
	}
	return b.String()
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
