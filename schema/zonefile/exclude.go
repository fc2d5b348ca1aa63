package zonefile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/zonetender/zonetender/schema"
)

// A fileGlob is a glob of "exclude:" over paths relative to the zones folder, by
// components: "*" is any run of characters within one, "**" any number of folders.
type fileGlob []string

// parseFileGlob reads a glob. One without a slash holds at any depth. A glob that no path
// can match is an error.
func parseFileGlob(text string) (fileGlob, error) {
	trimmed := strings.TrimSuffix(strings.TrimPrefix(text, "./"), "/")
	switch {
	case trimmed == "":
		return nil, errors.New("expected the name of a file or folder")
	case strings.Contains(text, `\`):
		return nil, errors.New(`expected / between folders, not \`)
	case strings.HasPrefix(trimmed, "/"):
		return nil, errors.New("absolute path, expected one relative to the zones folder")
	case strings.ContainsAny(text, "[]{}?"):
		return nil, errors.New("malformed, expected no wildcard other than * and **")
	}
	glob := fileGlob(strings.Split(norm.NFC.String(trimmed), "/"))
	for _, part := range glob {
		switch {
		case part == "" || part == "." || part == "..":
			return nil, fmt.Errorf("%s is in no path below the zones folder", schema.Clip(part))
		case part != "**" && strings.Contains(part, "**"):
			return nil, fmt.Errorf("%s is malformed, expected ** alone between slashes", schema.Clip(part))
		}
	}
	if len(glob) == 1 && glob[0] != "**" {
		glob = fileGlob{"**", glob[0]}
	}
	return glob, nil
}

// match reports whether the glob matches a path, of which it is given the spellings of
// each component.
func (g fileGlob) match(parts []string, spellings map[string][]string) bool {
	return schema.MatchLabels(g, parts, func(pattern, part string) bool {
		return slices.ContainsFunc(spellings[part], func(s string) bool { return schema.MatchText(pattern, s) })
	})
}

// spellings returns the spellings of the name of a file or folder. One that is named after
// a zone has two, in Unicode and with A-labels: a glob may use either.
func spellings(name string) []string {
	name = norm.NFC.String(name)
	stem, ok := yamlStem(name)
	if !ok {
		stem = name
	}
	zone, err := zoneFromStem(stem)
	if err != nil {
		return []string{name}
	}
	ext := name[len(stem):]
	return []string{name, zone.Undotted() + ext, strings.TrimSuffix(zone.Unicode(), ".") + ext}
}
