package schema

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// An IgnoreRule names records that other tools own: never changed, never deleted. All
// parts that are given must match. The zero IgnoreRule matches nothing.
type IgnoreRule struct {
	name  string   // as given, lower case; "" for any
	parts []string // the glob over the relative owner name, by labels
	types []Type   // empty for any
	value valueGlob
	exact bool // for one RRset: name is the relative name itself, not a glob
}

// NewIgnoreRule makes a rule of what "ignore:" says; at least one part is needed.
//
// Name is a glob over the owner name relative to its zone: "*" is any one label or, beside
// other characters, any run of them, "**" any number of labels, none included, "@" the apex
// and `\*` the wildcard label itself.
//
// Value is a glob over the value as zone files and plans write it, in which "*" is any run
// of characters: hosts with or without their final dot, MX and SRV with or without their
// priority, addresses in any spelling. Case is folded, and Unicode labels are A-labels.
//
// A rule that no record can match is an error.
func NewIgnoreRule(name string, types []Type, value string) (IgnoreRule, error) {
	if name == "" && len(types) == 0 && value == "" {
		return IgnoreRule{}, errors.New("empty ignore rule, expected name, types or value")
	}
	r := IgnoreRule{name: strings.ToLower(name), types: slices.Clone(types)}
	var err error
	if r.parts, err = nameGlob(name); err != nil {
		return IgnoreRule{}, fmt.Errorf("ignore name %s: %w", Clip(name), err)
	}
	if r.value, err = newValueGlob(value, types); err != nil {
		return IgnoreRule{}, err
	}
	return r, nil
}

// nameGlob reads the glob over a relative owner name.
func nameGlob(name string) ([]string, error) {
	switch {
	case name == "" || name == "@":
		return nil, nil
	case strings.HasSuffix(name, "."):
		return nil, errors.New("ends in a dot, expected a name relative to the zone")
	}
	parts := strings.Split(name, ".")
	for i, p := range parts {
		switch {
		case p == "**", p == `\*` && i == 0:
		case p == `\*`:
			return nil, errors.New(`\* is inside the name, where no wildcard can be; expected it as the first label`)
		default:
			var err error
			if parts[i], err = globLabel(p); err != nil {
				return nil, err
			}
		}
	}
	if fixed := strings.ReplaceAll(strings.Join(parts, "."), "*", ""); len(fixed) > maxName {
		return nil, fmt.Errorf("longer than %d characters", maxName)
	}
	return parts, nil
}

// IgnoreRRset makes a rule for exactly one RRset of a zone.
func IgnoreRRset(zone Name, k Key) IgnoreRule {
	return IgnoreRule{name: k.Name.Relative(zone), types: []Type{k.Type}, exact: true}
}

// RepeatedZone returns the zone whose name the rule's name ends in, of those that isZone
// reports. Names of rules are relative to their zone, so that such a rule is one for names
// that repeat the zone. ok is false where there is none.
func (r IgnoreRule) RepeatedZone(isZone func(Name) bool) (zone Name, ok bool) {
	for i := len(r.parts) - 1; i >= 0 && !strings.Contains(r.parts[i], "*"); i-- {
		zone = Name{strings.Join(r.parts[i:], ".") + "."}
		if isZone(zone) {
			return zone, true
		}
	}
	return Name{}, false
}

// Parts returns what the rule was made of, in lower case. Exact is true for a rule of
// [IgnoreRRset], whose name is no glob.
func (r IgnoreRule) Parts() (name string, types []Type, value string, exact bool) {
	return r.name, r.types, r.value.text, r.exact
}

// String returns the rule as a zone file writes it, as in "name: *.dyn, types: [A]".
func (r IgnoreRule) String() string {
	var parts []string
	if r.name != "" {
		parts = append(parts, "name: "+r.name)
	}
	if len(r.types) > 0 {
		types := make([]string, len(r.types))
		for i, t := range r.types {
			types[i] = string(t)
		}
		parts = append(parts, "types: ["+strings.Join(types, ", ")+"]")
	}
	if r.value.text != "" {
		parts = append(parts, "value: "+r.value.text)
	}
	return strings.Join(parts, ", ")
}

// Match reports whether the rule names record r of zone.
func (r IgnoreRule) Match(zone Name, rec Record) bool {
	switch {
	case r.name == "" && len(r.types) == 0 && r.value.text == "",
		len(r.types) > 0 && !slices.Contains(r.types, rec.Type),
		r.name != "" && !r.matchName(rec.Name.Relative(zone)):
		return false
	}
	return r.value.match(rec.Data)
}

func (r IgnoreRule) matchName(rel string) bool {
	switch {
	case r.exact:
		return rel == r.name
	case rel == "@":
		return MatchLabels(r.parts, nil, matchLabel)
	}
	return MatchLabels(r.parts, strings.Split(rel, "."), matchLabel)
}

// A valueGlob is a glob over values, as each type spells them. The zero valueGlob matches
// every value.
type valueGlob struct {
	text    string   // as given, lower case
	texts   []string // for a TXT: with and without the escapes and quotes of zone files
	address string   // for A and AAAA
	host    string   // for values that end in a host
}

// newValueGlob reads the glob for values of some types, any where there are none.
func newValueGlob(text string, types []Type) (valueGlob, error) {
	if text == "" {
		return valueGlob{}, nil
	}
	g := valueGlob{text: strings.ToLower(text), address: strings.ToLower(text)}
	if addr, err := netip.ParseAddr(text); err == nil {
		g.address = addr.String()
	}
	g.texts = []string{g.text}
	plain := text
	if joined, ok := joinQuoted(text); ok {
		plain = joined
	}
	if plain, _ = unescape(plain); plain != text {
		g.texts = append(g.texts, strings.ToLower(plain))
	}
	var hostErr error
	g.host, hostErr = hostGlob(text)
	if len(types) == 0 {
		types = Types()
	}
	var why error
	for _, t := range types {
		err := hostErr
		if err == nil || !t.HasHost() {
			err = g.possible(t)
		}
		if err == nil {
			return g, nil
		}
		why = fmt.Errorf("ignore value %s matches no %s: %w", Clip(text), t, err)
	}
	return valueGlob{}, why
}

// hostGlob folds the host that a value ends in, label by label.
func hostGlob(text string) (string, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return "", errors.New("expected a host")
	}
	last := len(fields) - 1
	host, dot := strings.CutSuffix(fields[last], ".")
	if host == "" {
		return strings.Join(fields, " "), nil
	}
	labels := strings.Split(host, ".")
	for i, l := range labels {
		if l == "" && i == 0 && len(labels) > 1 {
			return "", errors.New("empty label: a dot at the start")
		}
		folded, err := globLabel(l)
		if err != nil {
			return "", err
		}
		labels[i] = folded
	}
	fields[last] = strings.Join(labels, ".")
	if dot {
		fields[last] += "."
	}
	return strings.ToLower(strings.Join(fields, " ")), nil
}

// possible returns an error where no value of the type can match.
func (g valueGlob) possible(t Type) error {
	glob := strings.Contains(g.text, "*")
	switch t {
	case TXT:
		if strings.ContainsFunc(g.text, isControl) {
			return errors.New("expected no control character")
		}
		return nil
	case A, AAAA:
		if glob {
			return possibleAddress(t, g.address)
		}
		_, err := parseAddress(t, g.address)
		return err
	case CAA:
		if glob {
			return possibleFields(g.text, CAA, 1, math.MaxInt)
		}
		_, err := parseCAA(g.text)
		return err
	}
	numbers := map[Type]int{MX: 1, SRV: 3}[t]
	if glob {
		return possibleFields(g.host, t, numbers, numbers+1)
	}
	value := g.host
	if t.HasPriority() && len(strings.Fields(value)) == numbers {
		value = "0 " + value
	}
	_, _, err := ParseRDATA(t, value, Origin{})
	return err
}

// possibleFields looks at a glob for a value that begins with numbers, and has at most so
// many fields in all: every field of it that is written whole.
func possibleFields(text string, t Type, numbers, most int) error {
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
		return errors.New("expected printable ASCII")
	}
	fields := strings.Fields(text)
	if len(fields) > most {
		return fmt.Errorf("%d fields, expected at most %d", len(fields), most)
	}
	for _, f := range fields[:min(numbers, len(fields)-1)] {
		if strings.Contains(f, "*") {
			break // it may stand for several fields
		}
		if _, err := ParseUint16(string(t)+" value begins with", f); err != nil {
			return err
		}
	}
	return nil
}

// possibleAddress looks at a glob for addresses: their characters, and each number that is
// written whole, as netip writes it.
func possibleAddress(t Type, text string) error {
	separator, allowed, digits, example := ".", "0123456789.*", 3, "192.0.2.*"
	if t == AAAA {
		separator, allowed, digits, example = ":", "0123456789abcdef:.*", 4, "2001:db8:*"
	}
	if strings.Trim(text, allowed) != "" {
		return fmt.Errorf("expected a glob such as %s", example)
	}
	for part := range strings.SplitSeq(text, separator) {
		number, _, _ := strings.Cut(part, "*")
		tooLong := len(strings.ReplaceAll(part, "*", "")) > digits && !strings.Contains(part, ".")
		if tooLong || len(number) > 1 && number[0] == '0' || t == A && len(number) == 3 && number > "255" {
			return fmt.Errorf("%s is in no such address, expected a glob such as %s", Clip(part), example)
		}
	}
	if parts := strings.Count(text, separator); t == A && parts > 3 || t == AAAA && (parts > 7 || strings.Count(text, "::") > 1) {
		return fmt.Errorf("too many parts, expected a glob such as %s", example)
	}
	return nil
}

// match reports whether the value of a record matches.
func (g valueGlob) match(d RDATA) bool {
	switch t := d.Type(); {
	case g.text == "":
		return true
	case t == TXT:
		text := strings.ToLower(d.TXT())
		return slices.ContainsFunc(g.texts, func(glob string) bool { return MatchText(glob, text) })
	case t == A || t == AAAA:
		return MatchText(g.address, d.String())
	case t == CAA:
		flags, tag, value := d.CAA()
		bare := fmt.Sprintf("%d %s %s", flags, tag, strings.ToLower(value))
		return MatchText(g.text, strings.ToLower(d.String())) || MatchText(g.text, bare)
	case t.HasHost():
		return g.matchHost(d)
	}
	return false
}

func (g valueGlob) matchHost(d RDATA) bool {
	if g.host == "" {
		return false
	}
	full := d.String()
	spellings := []string{full}
	if d.Type().HasPriority() {
		_, rest, _ := strings.Cut(full, " ")
		spellings = append(spellings, rest)
	}
	return slices.ContainsFunc(spellings, func(text string) bool {
		return MatchText(g.host, text) || MatchText(g.host, strings.TrimSuffix(text, "."))
	})
}
