package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// conditions says under which conditions something was measured.
func conditions(o *options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of the records changed, concurrency %d", percent(o.changed), o.concurrency)
	if o.latency > 0 {
		fmt.Fprintf(&b, ", each call takes %s", o.latency)
	}
	if o.rate > 0 {
		fmt.Fprintf(&b, ", %v calls a second allowed", o.rate)
	}
	for _, v := range o.env {
		b.WriteString(", " + v)
	}
	fmt.Fprintf(&b, "; best of %d; %d CPUs, %s/%s, %s", o.runs, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return b.String()
}

// table returns the summaries as Markdown: a row for each estate and step. With two
// contenders each cell has the older one first.
func table(conditions string, all []summary) string {
	var b strings.Builder
	b.WriteString(conditions)
	if slices.ContainsFunc(all, func(s summary) bool { return s.about.label == labelBefore }) {
		b.WriteString("; before → now")
	}
	b.WriteString(".\n\n| estate | step | wall, s | CPU, s | peak, MiB | calls | times the floor |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n")
	var done []subject
	for _, s := range all {
		row := subject{s.about.size, "", s.about.step}
		if slices.Contains(done, row) {
			continue
		}
		done = append(done, row)
		var same []summary
		for _, other := range all {
			if other.about.size == row.size && other.about.step == row.step {
				same = append(same, other)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row.size, row.step, strings.Join(cells(same), " | "))
	}
	return b.String() + failures(all)
}

// failures lists why steps did not do their work, each reason once for the steps of one
// estate that it holds for.
func failures(all []summary) string {
	type reason struct {
		size size
		text string
	}
	var order []reason
	steps := map[reason][]string{}
	for _, s := range all {
		if s.took.failure == "" {
			continue
		}
		why := reason{s.about.size, s.took.failure}
		if steps[why] == nil {
			order = append(order, why)
		}
		steps[why] = append(steps[why], s.about.step+" ("+s.about.label+")")
	}
	var b strings.Builder
	for _, why := range order {
		fmt.Fprintf(&b, "\n- %s: %s: %s", why.size, strings.Join(steps[why], ", "), escape(why.text))
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// cells returns what the contenders took in one step.
func cells(same []summary) []string {
	columns := []func(measure) string{
		func(m measure) string { return number(m.wall, 3) },
		func(m measure) string { return number(m.cpu, 3) },
		func(m measure) string { return number(mib(m.peak), 1) },
		func(m measure) string { return strconv.FormatInt(m.calls, 10) },
		func(m measure) string { return ratioText(m.ratio) },
	}
	var out []string
	for i, column := range columns {
		var texts []string
		for _, s := range same {
			switch {
			case s.took.failure == "":
				texts = append(texts, column(s.took))
			case i == 0:
				word, _, _ := strings.Cut(s.took.failure, ":")
				texts = append(texts, escape(word))
			default:
				texts = append(texts, "–")
			}
		}
		out = append(out, strings.Join(slices.Compact(texts), " → "))
	}
	return out
}

// number is a measure with as many digits as it deserves, "–" where it is unknown.
func number(v float64, most int) string {
	switch {
	case v < 0:
		return "–"
	case v >= 100:
		most = 0
	case v >= 10:
		most = min(most, 1)
	case v >= 1:
		most = min(most, 2)
	}
	return strconv.FormatFloat(v, 'f', most, 64)
}

func ratioText(r float64) string {
	if r == 0 {
		return "–"
	}
	return number(r, 2)
}

func percent(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) + " %" }

func escape(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

// The markers between which a document holds the table.
const (
	beginMark = "<!-- measured: begin -->\n"
	endMark   = "<!-- measured: end -->\n"
)

// fillIn puts a table between the markers of a document.
func fillIn(path, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok1 := strings.Cut(string(text), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: expected the lines %q and %q", path, strings.TrimSpace(beginMark), strings.TrimSpace(endMark))
	}
	return os.WriteFile(path, []byte(before+beginMark+table+endMark+after), 0o644)
}
