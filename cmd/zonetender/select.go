package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// selection says which zones a command is about. The empty selection is all of them.
type selection []string

// newSelection reads names and globs of zones; "*" stands for any characters.
func newSelection(patterns []string) (selection, error) {
	var out selection
	for _, p := range patterns {
		glob := strings.ToLower(strings.TrimSuffix(p, "."))
		if !strings.ContainsAny(glob, `*?[\`) {
			name, err := schema.ParseName(p)
			if err != nil {
				return nil, fmt.Errorf("zone %q: %w", p, err)
			}
			glob = name.Undotted()
		}
		if _, err := path.Match(glob, ""); err != nil {
			return nil, fmt.Errorf("zone %q: malformed pattern", p)
		}
		out = append(out, glob)
	}
	return out, nil
}

// match reports whether the zone is selected.
func (s selection) match(zone schema.Name) bool {
	if len(s) == 0 {
		return true
	}
	for _, glob := range s {
		if ok, _ := path.Match(glob, zone.Undotted()); ok {
			return true
		}
	}
	return false
}

// check gives an error for a pattern that matches none of the zones: most likely it
// is mistyped, and doing nothing would look like success.
func (s selection) check(zones []schema.Name, where string) error {
	for _, glob := range s {
		if (selection{glob}).matchNone(zones) {
			return fmt.Errorf("zone %s: none of %s %s matches", glob, count(len(zones), "zone"), where)
		}
	}
	return nil
}

func (s selection) matchNone(zones []schema.Name) bool {
	for _, z := range zones {
		if s.match(z) {
			return false
		}
	}
	return true
}
