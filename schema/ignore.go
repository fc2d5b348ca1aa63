package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An IgnoreRule names records that other tools own: never changed, never deleted.
// All parts that are given must match. The zero IgnoreRule matches nothing.
type IgnoreRule struct {
	name  string   // glob over the relative owner name, "" for any
	types []Type   // empty for any
	value string   // glob over the canonical value, "" for any
	exact bool     // name is no glob but the text itself
	parts []string // name by labels
}

// NewIgnoreRule makes a rule from what "ignore:" gives; at least one part is needed.
// In name, "*" stands for any one label, "**" for any number of labels, none
// included, "@" for the apex and `\*` for the wildcard label itself. In value, "*"
// stands for any run of characters. Case is folded.
func NewIgnoreRule(name string, types []Type, value string) (IgnoreRule, error) {
	if name == "" && len(types) == 0 && value == "" {
		return IgnoreRule{}, errors.New("empty ignore rule, expected name, types or value")
	}
	if strings.HasSuffix(name, ".") {
		return IgnoreRule{}, fmt.Errorf("ignore name %q ends in a dot, expected a name relative to the zone", name)
	}
	name = strings.ToLower(name)
	r := IgnoreRule{name: name, types: slices.Clone(types), value: strings.ToLower(value)}
	if name != "" {
		r.parts = strings.Split(name, ".")
		if name == "@" {
			r.parts = nil
		}
	}
	for _, p := range r.parts {
		if p == "" {
			return IgnoreRule{}, fmt.Errorf("ignore name %q has an empty label", name)
		}
	}
	return r, nil
}

// IgnoreRRset makes a rule for exactly one RRset of zone.
func IgnoreRRset(zone Name, k Key) IgnoreRule {
	return IgnoreRule{name: k.Name.Relative(zone), types: []Type{k.Type}, exact: true}
}

// Match reports whether the rule names record r of zone.
func (r IgnoreRule) Match(zone Name, rec Record) bool {
	if r.name == "" && len(r.types) == 0 && r.value == "" {
		return false
	}
	if len(r.types) > 0 && !slices.Contains(r.types, rec.Type) {
		return false
	}
	if r.name != "" {
		rel := rec.Name.Relative(zone)
		if r.exact {
			if rel != r.name {
				return false
			}
		} else if !r.matchName(rel) {
			return false
		}
	}
	return r.value == "" || matchText(r.value, strings.ToLower(rec.Value()))
}

func (r IgnoreRule) matchName(rel string) bool {
	if rel == "@" {
		return matchLabels(r.parts, nil)
	}
	return matchLabels(r.parts, strings.Split(rel, "."))
}

// matchLabels matches label by label; "**" takes any number of them. It remembers
// only the last "**", as in any glob, so that it is quadratic at the worst.
func matchLabels(pattern, labels []string) bool {
	p, l, star, mark := 0, 0, -1, 0
	for l < len(labels) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, mark = p, l
			p++
		case p < len(pattern) && matchLabel(pattern[p], labels[l]):
			p++
			l++
		case star >= 0:
			mark++
			p, l = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

// matchLabel matches one label; `\*` is the wildcard label, "*" any one label or,
// beside other characters, any run of them.
func matchLabel(pattern, label string) bool {
	if pattern == `\*` {
		return label == "*"
	}
	return matchText(pattern, label)
}

// matchText matches text against a glob in which "*" is any run of characters.
func matchText(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
