package state

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// A Query says which part of the history is asked for. All that it names must hold; the
// zero Query asks for every cycle that has something to say.
type Query struct {
	// Zone is a zone's name, or a glob over names, in which "*" stands for any characters,
	// "?" for one and "[...]" for one of a set. "" is any zone.
	Zone string
	// Name is an owner name: with a final dot it is absolute, "@" is the apex, and any
	// other is tried as relative to each zone and as absolute. That a zone was created or
	// deleted shows for the names in it. "" is any name.
	Name string
	// Run is the number of one cycle, 0 for any.
	Run int64
	// Commit is the beginning of a commit's hash, "" for any.
	Commit string
	// Since and Until bound when a cycle ran; the zero time is no bound.
	Since, Until time.Time
	// Limit is how many cycles are returned at most, the newest; 0 is all.
	Limit int
	// All asks also for cycles that had nothing to do and did it well.
	All bool
}

// whole reports whether the query leaves nothing out but by its limit.
func (q *Query) whole() bool {
	return *q == Query{Limit: q.Limit, All: q.All}
}

// A clause is a condition in SQL with its arguments. Arguments are always bound: a name may
// hold anything.
type clause struct {
	terms []string
	args  []any
}

func (c *clause) and(term string, args ...any) {
	c.terms = append(c.terms, "("+term+")")
	c.args = append(c.args, args...)
}

// with returns the arguments, and more behind them.
func (c *clause) with(args ...any) []any { return slices.Concat(c.args, args) }

func (c *clause) sql() string {
	if len(c.terms) == 0 {
		return "1"
	}
	return strings.Join(c.terms, " AND ")
}

// A filter is a Query in SQL: over runs, over changes and over refusals.
type filter struct {
	runs, changes, refusals clause
}

func (q *Query) filter() (filter, error) {
	var f filter
	if q.Zone != "" {
		glob, err := zoneGlob(q.Zone)
		if err != nil {
			return f, fmt.Errorf("zone %q: %w", q.Zone, err)
		}
		f.changes.and("zone GLOB ?", glob)
		f.refusals.and("zone GLOB ?", glob)
	}
	if q.Name != "" {
		if err := f.name(q.Name); err != nil {
			return f, fmt.Errorf("name %q: %w", q.Name, err)
		}
	}
	if len(f.changes.terms) > 0 {
		f.runs.and("id IN (SELECT run FROM changes WHERE "+f.changes.sql()+
			" UNION SELECT run FROM refusals WHERE "+f.refusals.sql()+")", f.changes.with(f.refusals.args...)...)
	}
	if q.Run != 0 {
		f.runs.and("id = ?", q.Run)
	}
	if q.Commit != "" {
		f.runs.and(`substr("commit", 1, ?) = ?`, len(q.Commit), strings.ToLower(q.Commit))
	}
	if !q.Since.IsZero() {
		f.runs.and("last >= ?", stamp(q.Since))
	}
	if !q.Until.IsZero() {
		f.runs.and("started <= ?", stamp(q.Until))
	}
	if !q.All && q.Run == 0 {
		f.runs.and(`idle = 0 OR error <> '' OR warnings <> '[]' OR outcome NOT IN ('unchanged', 'applied', 'observed')
			OR EXISTS (SELECT 1 FROM refusals WHERE run = runs.id)`)
	}
	return f, nil
}

// zoneGlob returns the pattern for zone names as they are stored.
func zoneGlob(text string) (string, error) {
	if strings.ContainsAny(text, "*?[") {
		return strings.ToLower(strings.TrimSuffix(text, ".")) + ".", nil
	}
	name, err := schema.ParseName(text)
	return name.String(), err
}

// name restricts the changes to an owner name. Refusals are of zones, and none is of a name.
func (f *filter) name(text string) error {
	f.refusals.and("0")
	if text == "@" {
		f.changes.and("name = zone OR name = ''")
		return nil
	}
	name, err := schema.ParseName(text)
	switch {
	case err != nil:
		return err
	case strings.HasSuffix(text, "."):
		f.changes.and("name = ? OR name = '' AND (zone IN (?, '.') OR substr(?, -length(zone) - 1) = '.' || zone)",
			name.String(), name.String(), name.String())
	default:
		f.changes.and("name = ? OR name = ? || zone OR name = ''", name.String(), name.String())
	}
	return nil
}
