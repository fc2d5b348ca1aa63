package schema

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// foldLabel lower-cases an ASCII label and turns any other one into its A-label.
func foldLabel(label string) (string, error) {
	if isASCII(label) {
		return strings.ToLower(label), nil
	}
	// Hyphens in places 3 and 4 are allowed: only a label without an A-label is wrong.
	profile := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))
	a, err := profile.ToASCII(label)
	if err != nil {
		return "", fmt.Errorf("label %s has no IDNA form: %v", Clip(label), err)
	}
	if a == "" || strings.Contains(a, ".") {
		return "", fmt.Errorf("label %s contains a character that reads as a dot or as nothing", Clip(label))
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '/'
	}
	if strings.ContainsFunc(a, odd) {
		return "", fmt.Errorf("label %s reads as %q, expected letters, digits, - and _ beside characters outside ASCII", Clip(label), a)
	}
	return a, nil
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Unicode returns the name with its final dot and its A-labels decoded. A label stays as
// it is where its Unicode form is not safe to show: it does not encode to the same label,
// has characters that cannot be seen, or mixes scripts so that it may look like another.
func (n Name) Unicode() string { return decode(n.s) }

// Display returns a name for people, with or without its final dot and relative or not:
// an internationalized one in Unicode with its A-labels beside it, as in
// "bücher.example (xn--bcher-kva.example)", any other as it is.
func Display(name string) string {
	if u := decode(name); u != name {
		return u + " (" + name + ")"
	}
	return name
}

// Display returns [Display] of the name with its final dot.
func (n Name) Display() string { return Display(n.s) }

// DisplayIn returns [Display] of the name relative to a zone.
func (n Name) DisplayIn(zone Name) string { return Display(n.Relative(zone)) }

func decode(name string) string {
	if !strings.Contains(name, "xn--") {
		return name
	}
	labels := strings.Split(name, ".")
	for i, l := range labels {
		labels[i] = decodeLabel(l)
	}
	return strings.Join(labels, ".")
}

func decodeLabel(label string) string {
	if !strings.HasPrefix(label, "xn--") {
		return label
	}
	profile := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true), idna.BidiRule())
	u, err := profile.ToUnicode(label)
	if err != nil || !hasOneScript(u) {
		return label
	}
	if a, err := foldLabel(u); err != nil || a != label {
		return label
	}
	return u
}

// hasOneScript reports whether every character can be seen and all letters are of one
// script, or of those that East Asian languages mix.
func hasOneScript(label string) bool {
	eastAsian := []*unicode.RangeTable{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}
	var script *unicode.RangeTable
	one, east := true, true
	for _, r := range label {
		switch {
		case !unicode.IsPrint(r):
			return false
		case unicode.In(r, unicode.Common, unicode.Inherited):
			continue
		case script == nil:
			script = scriptOf(r)
		}
		one = one && script != nil && unicode.Is(script, r)
		east = east && unicode.In(r, eastAsian...)
	}
	return one || east
}

func scriptOf(r rune) *unicode.RangeTable {
	for _, script := range unicode.Scripts {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil
}
