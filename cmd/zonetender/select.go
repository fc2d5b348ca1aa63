package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// selection says which zones a command is about. The empty selection is all of them.
type selection []schema.ZoneGlob

// newSelection reads names and globs of zones.
func newSelection(patterns []string) (selection, error) {
	var out selection
	for _, p := range patterns {
		glob, err := schema.ParseZoneGlob(p)
		if err != nil {
			return nil, err
		}
		out = append(out, glob)
	}
	return out, nil
}

// match reports whether the zone is selected.
func (s selection) match(zone schema.Name) bool {
	return len(s) == 0 || slices.ContainsFunc(s, func(g schema.ZoneGlob) bool { return g.Match(zone) })
}

// exact reports whether the selection is of zones by their whole names.
func (s selection) exact() bool {
	return len(s) > 0 && !slices.ContainsFunc(s, func(g schema.ZoneGlob) bool { return strings.Contains(g.String(), "*") })
}

// check returns an error for a pattern that matches none of the zones: most likely it is
// mistyped, and doing nothing would look like success.
func (s selection) check(zones []schema.Name, where string) error {
	for _, glob := range s {
		if !slices.ContainsFunc(zones, glob.Match) {
			return fmt.Errorf("zone %s: none of %s %s matches", glob, count(len(zones), "zone"), where)
		}
	}
	return nil
}
