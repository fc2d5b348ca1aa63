package schema

import (
	"errors"
	"fmt"
	"strings"
)

// A ZoneGlob is a pattern for the names of zones. The zero ZoneGlob matches none.
type ZoneGlob struct{ text string }

// ParseZoneGlob reads the name of a zone in which "*" stands for any run of characters,
// dots included, as in "*.example.com". The final dot may be left out. The rest is read as
// a name is: case is folded, and Unicode labels become A-labels. A pattern that no name
// can match is an error.
func ParseZoneGlob(text string) (ZoneGlob, error) {
	trimmed := strings.TrimSuffix(text, ".")
	if trimmed == "" {
		return ZoneGlob{}, errors.New("empty zone name")
	}
	labels := strings.Split(trimmed, ".")
	for i, l := range labels {
		folded, err := globLabel(l)
		if err != nil {
			return ZoneGlob{}, fmt.Errorf("zone %s: %w", Clip(text), err)
		}
		labels[i] = folded
	}
	g := ZoneGlob{strings.Join(labels, ".")}
	if len(strings.ReplaceAll(g.text, "*", "")) > maxName {
		return ZoneGlob{}, fmt.Errorf("zone %s is longer than %d characters", Clip(text), maxName)
	}
	return g, nil
}

// Match reports whether the pattern matches the name of a zone.
func (g ZoneGlob) Match(zone Name) bool {
	return g.text != "" && MatchText(g.text, zone.Undotted())
}

// String returns the pattern in canonical form, without a final dot.
func (g ZoneGlob) String() string { return g.text }

// globLabel folds a label in which "*" stands for any run of characters.
func globLabel(label string) (string, error) {
	switch {
	case strings.Contains(label, "**"):
		return "", errors.New("** is malformed here, expected *")
	case strings.ContainsAny(label, `[]{}?\`):
		return "", fmt.Errorf("label %s is malformed, expected no wildcard other than *", Clip(label))
	case !strings.Contains(label, "*"):
		return canonicalLabel(label)
	case !isASCII(label):
		return "", fmt.Errorf("label %s mixes * with characters outside ASCII, which names have as A-labels; expected * alone, or the whole label", Clip(label))
	case len(strings.ReplaceAll(label, "*", "")) > maxLabel:
		return "", fmt.Errorf("label %s is longer than %d octets", Clip(label), maxLabel)
	}
	return strings.ToLower(label), nil
}

// MatchLabels reports whether a list of labels matches a pattern, each by match; "**" in
// the pattern takes any number of them. It remembers only the last "**", as any glob does,
// so that its cost is quadratic at worst.
func MatchLabels(pattern, labels []string, match func(pattern, label string) bool) bool {
	p, l, star, mark := 0, 0, -1, 0
	for l < len(labels) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, mark = p, l
			p++
		case p < len(pattern) && match(pattern[p], labels[l]):
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

// matchLabel matches one label; `\*` is the wildcard label, "*" any one label or, beside
// other characters, any run of them.
func matchLabel(pattern, label string) bool {
	if pattern == `\*` {
		return label == "*"
	}
	return MatchText(pattern, label)
}

// MatchText reports whether text matches a glob in which "*" is any run of octets. Its cost
// is quadratic at worst.
func MatchText(pattern, text string) bool {
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
