package sync

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// openQuestions returns the warnings about the questions that are open in planned zones.
func openQuestions(results []planned) []string {
	var zones [][]diff.OpenQuestion
	for _, r := range results {
		zones = append(zones, r.open)
	}
	return OpenQuestions(zones)
}

// OpenQuestions returns one warning for each question about the account's spelling that is
// open in any of the zones, which must be sorted by name.
func OpenQuestions(zones [][]diff.OpenQuestion) []string {
	type total struct {
		first          diff.OpenQuestion
		zones, records int
	}
	var order []string
	totals := make(map[string]*total)
	for _, open := range zones {
		for _, q := range open {
			t := totals[q.About]
			if t == nil {
				t = &total{first: q}
				totals[q.About] = t
				order = append(order, q.About)
			}
			t.zones++
			t.records += q.Records
		}
	}
	slices.Sort(order)
	var out []string
	for _, about := range order {
		t := totals[about]
		q := t.first
		out = append(out, fmt.Sprintf(
			"%s: the service shows %s for %s, which could mean %s or %s, and no record that was read settles it; read as %s (%s in %s)",
			about, quoteRaw(q.Shown), q.Key, quoteRaw(q.Taken), quoteRaw(q.Other), quoteRaw(q.Taken),
			Plural(t.records, "record"), Plural(t.zones, "zone")))
	}
	return out
}

// quoteRaw puts a value between backquotes, because quotes and backslashes are what the
// question is about. A value that is long, or that a terminal could interpret, becomes a
// clipped Go string instead.
func quoteRaw(text string) string {
	if len(text) <= 60 && strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return schema.Clip(text)
}
