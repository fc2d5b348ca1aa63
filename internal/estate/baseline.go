package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// A baseline is what ratios and numbers of calls were when somebody last looked at them. It
// knows no times, which differ from machine to machine.
type baseline []limit

// A limit is one line of a baseline.
type limit struct {
	size  size
	step  string
	unit  string // unitRatio or unitCalls
	value float64
}

const (
	unitRatio = "x-floor"
	unitCalls = "calls"
)

// growth is how many times its baseline a value may be.
const growth = 1.5

const baselineHead = `# What CI holds the ratios and the numbers of calls against: half as much again fails.
# Written by go run ./internal/estate with -check and -update.
`

// parseBaseline reads lines such as "1000x50/plan x-floor 2.5".
func parseBaseline(text string) (baseline, error) {
	var b baseline
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		l, err := parseLimit(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		b = append(b, l)
	}
	if len(b) == 0 {
		return nil, errors.New("there is no line in it")
	}
	return b, nil
}

func parseLimit(line string) (limit, error) {
	bad := fmt.Errorf("%q: expected ESTATE/STEP UNIT NUMBER, such as 1000x50/plan %s 2.5", line, unitRatio)
	f := strings.Fields(line)
	if len(f) != 3 || f[1] != unitRatio && f[1] != unitCalls {
		return limit{}, bad
	}
	estate, step, _ := strings.Cut(f[0], "/")
	s, err := parseSize(estate)
	if err != nil {
		return limit{}, err
	}
	v, err := strconv.ParseFloat(f[2], 64)
	if err != nil || !(v >= 0 && v < 1e12) || step == "" {
		return limit{}, bad
	}
	return limit{s, step, f[1], v}, nil
}

// newBaseline makes a baseline of what was measured of the newest contender.
func newBaseline(all []summary) baseline {
	var b baseline
	for _, s := range all {
		if s.about.label != labelNow || s.took.failure != "" {
			continue
		}
		if s.took.ratio > 0 {
			b = append(b, limit{s.about.size, s.about.step, unitRatio, s.took.ratio})
		}
		if s.took.calls > 0 {
			b = append(b, limit{s.about.size, s.about.step, unitCalls, float64(s.took.calls)})
		}
	}
	return b
}

func (b baseline) String() string {
	var out strings.Builder
	out.WriteString(baselineHead)
	for _, l := range b {
		digits := 2
		if l.unit == unitCalls {
			digits = 0
		}
		fmt.Fprintf(&out, "%s/%s %s %s\n", l.size, l.step, l.unit, strconv.FormatFloat(l.value, 'f', digits, 64))
	}
	return out.String()
}

// check names everything that has grown too much, and what was not measured at all.
func (b baseline) check(all []summary) error {
	measured := newBaseline(all)
	var errs []error
	for _, want := range b {
		got := -1.0
		for _, l := range measured {
			if l.size == want.size && l.step == want.step && l.unit == want.unit {
				got = l.value
			}
		}
		switch {
		case got < 0:
			errs = append(errs, fmt.Errorf("%s/%s: %s was not measured, expected about %.2f", want.size, want.step, want.unit, want.value))
		case got > growth*want.value:
			errs = append(errs, fmt.Errorf("%s/%s: %s is %.2f, expected about %.2f, at most %.2f", want.size, want.step, want.unit, got, want.value, growth*want.value))
		}
	}
	return errors.Join(errs...)
}

// checkFile holds what was measured against a file, or writes the file anew.
func checkFile(path string, update bool, all []summary) error {
	if update {
		return os.WriteFile(path, []byte(newBaseline(all).String()), 0o644)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b, err := parseBaseline(string(text))
	if err == nil {
		err = b.check(all)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
