package schema

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxLabel = 63  // octets in a label, RFC 1035 section 2.3.4
	maxName  = 253 // characters in a name without its final dot, RFC 1035 section 2.3.4
)

// A Name is an absolute domain name in canonical form: A-labels in lower case
// with the final dot. Names compare with ==. The zero Name is invalid; the root
// is the Name whose text is ".".
type Name struct{ s string }

// ParseName reads an absolute name, with or without its final dot. Upper case is folded,
// Unicode labels become A-labels (UTS 46, non-transitional), and "xn--" labels pass as they
// are, like any other printable ASCII (RFC 2181 section 11). There are no escapes. The
// error says what is wrong with which label.
func ParseName(text string) (Name, error) {
	if text == "." {
		return Name{"."}, nil
	}
	text = strings.TrimSuffix(text, ".")
	if text == "" {
		return Name{}, errors.New("empty name")
	}
	s, err := canonical(text)
	if err != nil {
		return Name{}, err
	}
	if len(s) > maxName {
		return Name{}, fmt.Errorf("name of %d characters, expected at most %d", len(s), maxName)
	}
	return Name{s + "."}, nil
}

// MustParseName is ParseName for names that are known to be good; it panics otherwise.
func MustParseName(text string) Name {
	n, err := ParseName(text)
	if err != nil {
		panic(fmt.Sprintf("schema.MustParseName(%q): %v", text, err))
	}
	return n
}

// ParseOwner reads an owner name as zone files write it: "@" and "" are the apex,
// a name with a final dot is absolute and must be in the zone, everything else is
// relative. The warning is "" or says why the name is probably not what was meant.
func ParseOwner(text string, zone Name) (name Name, warning string, err error) {
	if text == "@" || text == "" {
		return zone, "", nil
	}
	if strings.HasSuffix(text, ".") {
		n, err := ParseName(text)
		if err != nil {
			return Name{}, "", err
		}
		if !n.In(zone) {
			return Name{}, "", fmt.Errorf("name %s is outside the zone %s, expected a name in it", n.Display(), zone.Display())
		}
		return n, "", nil
	}
	rel, err := canonical(text)
	if err != nil {
		return Name{}, "", err
	}
	s := rel + "." + zone.s
	if len(s) > maxName+1 {
		return Name{}, "", fmt.Errorf("name of %d characters with its zone, expected at most %d", len(s)-1, maxName)
	}
	if (Name{rel + "."}).In(zone) {
		warning = fmt.Sprintf("name %s repeats the zone and means %s; for %s. write %q", Display(rel), s, rel, Name{rel + "."}.Relative(zone))
	}
	return Name{s}, warning, nil
}

// An Origin says how a host in RDATA that has no final dot is read.
type Origin struct {
	Zone Name
	// Relative is true in the zone form, where a single label such as "sip" is
	// relative to the zone. In the bare form that is an error.
	Relative bool
}

// hostSyntax holds the characters that separate, quote or escape in presentation form, and
// the one that only addresses have.
const hostSyntax = " \t\r\n\"();\\:"

// ParseHost reads a host in RDATA: "@" is the apex of the zone, a final dot makes
// it absolute, dots without a final one as well, but with a warning, and a single
// label is relative to the zone where o.Relative allows it.
func ParseHost(text string, o Origin) (host Name, warning string, err error) {
	switch {
	case text == "@":
		return o.Zone, "", nil
	case text == "":
		return Name{}, "", errors.New("empty host, expected a name such as mail.example.com.")
	}
	if a, err := netip.ParseAddr(strings.TrimSuffix(text, ".")); err == nil {
		return Name{}, "", fmt.Errorf("%s is an address, expected the name of a host", a)
	}
	if i := strings.IndexAny(text, hostSyntax); i >= 0 {
		return Name{}, "", fmt.Errorf("host %s contains %q, expected one name such as mail.example.com.", Clip(text), text[i])
	}
	n, err := ParseName(text)
	switch {
	case err != nil:
		return Name{}, "", err
	case strings.HasSuffix(text, "."):
		return n, "", nil
	case strings.Contains(text, "."):
		return n, fmt.Sprintf("host %s has no final dot and is read as %s", text, n.Display()), nil
	case o.Relative:
		n, _, err = ParseOwner(text, o.Zone)
		return n, "", err
	}
	return Name{}, "", fmt.Errorf("host %q has no dot, expected an absolute name such as %s.%s", text, text, o.Zone.Display())
}

// canonical folds a name without a final dot, label by label.
func canonical(text string) (string, error) {
	if plain(text) {
		return text, nil
	}
	labels := strings.Split(text, ".")
	for i, l := range labels {
		if l == "*" && i == 0 {
			continue
		}
		c, err := canonicalLabel(l)
		if err != nil {
			return "", err
		}
		labels[i] = c
	}
	return strings.Join(labels, "."), nil
}

// plain reports whether text is canonical already, which most names are.
func plain(text string) bool {
	label := 0
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '/':
			label++
		case c == '.' && label > 0:
			label = 0
		default:
			return false
		}
		if label > maxLabel {
			return false
		}
	}
	return label > 0
}

// canonicalLabel folds a label other than the wildcard.
func canonicalLabel(l string) (string, error) {
	if l == "" {
		return "", errors.New("empty label: two dots in a row, or a dot at the start")
	}
	if !utf8.ValidString(l) {
		return "", fmt.Errorf("label %q is not UTF-8", l)
	}
	ascii, err := foldLabel(l)
	if err != nil {
		return "", err
	}
	if len(ascii) > maxLabel {
		return "", fmt.Errorf("label %s has %d octets, expected at most %d", Clip(ascii), len(ascii), maxLabel)
	}
	switch {
	case ascii == "*":
		return "", errors.New("* is inside the name, expected it only as the whole first label")
	case ascii == "@":
		return "", errors.New("@ is a label of the name, expected it alone, for the apex")
	case hasEscape(ascii):
		return "", fmt.Errorf("label %s has an escape, expected the character itself", Clip(l))
	}
	for _, r := range ascii {
		switch {
		case r == '*':
			return "", fmt.Errorf("label %s contains *, expected it only as the whole first label", Clip(l))
		case r < ' ' || r > '~':
			return "", fmt.Errorf("label %s contains %q, expected printable characters", Clip(l), r)
		}
	}
	return ascii, nil
}

// hasEscape reports whether a label has \DDD, or ends in the backslash of \. where a master
// file has an escape (RFC 1035 section 5.1). Taken as they are, they would mean another
// name.
func hasEscape(label string) bool {
	if strings.HasSuffix(label, `\`) {
		return true
	}
	for i := range len(label) {
		if label[i] != '\\' {
			continue
		}
		if _, ok := decimalOctet(label[i+1:]); ok {
			return true
		}
	}
	return false
}

// OddCharacters returns the characters of the name that only RFC 2181 section 11 allows:
// other than letters, digits, "-", "_", "/" and the wildcard, each once. Name servers serve
// them, while much that reads names does not expect them.
func (n Name) OddCharacters() string {
	if plain(n.Undotted()) {
		return ""
	}
	var odd []byte
	for i := range len(n.s) {
		c := n.s[i]
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("-_/.*", c) < 0 && !slices.Contains(odd, c) {
			odd = append(odd, c)
		}
	}
	return string(odd)
}

// IsZero reports whether n is the zero Name, which is not a name.
func (n Name) IsZero() bool { return n.s == "" }

// IsRoot reports whether n is the root of the name space.
func (n Name) IsRoot() bool { return n.s == "." }

// String returns the name with its final dot.
func (n Name) String() string { return n.s }

// Undotted returns the name without its final dot; the root is ".".
func (n Name) Undotted() string {
	if n.s == "." {
		return n.s
	}
	return strings.TrimSuffix(n.s, ".")
}

// In reports whether n is zone or below it, by labels.
func (n Name) In(zone Name) bool {
	if zone.IsRoot() {
		return n.s != ""
	}
	return n.s == zone.s && n.s != "" ||
		len(n.s) > len(zone.s) && strings.HasSuffix(n.s, zone.s) && n.s[len(n.s)-len(zone.s)-1] == '.'
}

// Relative returns n as it is written in zone: "@" at the apex, without the zone's
// labels below it, and with the final dot where n is outside.
func (n Name) Relative(zone Name) string {
	switch {
	case n == zone:
		return "@"
	case zone.IsRoot() || !n.In(zone):
		return n.s
	}
	return n.s[:len(n.s)-len(zone.s)-1]
}

// Parent returns the name without its first label. The root is its own parent.
func (n Name) Parent() Name {
	_, rest, _ := strings.Cut(n.s, ".")
	if rest == "" {
		return Name{"."}
	}
	return Name{rest}
}

// IsWildcard reports whether the first label is "*" (RFC 4592).
func (n Name) IsWildcard() bool { return strings.HasPrefix(n.s, "*.") }

// Wildcard returns the name of the wildcard below n (RFC 4592).
func (n Name) Wildcard() Name {
	if n.IsRoot() {
		return Name{"*."}
	}
	return Name{"*." + n.s}
}

// Labels yields the labels from the first to the last, without the root's.
func (n Name) Labels() iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := n.s; rest != "" && rest != "."; {
			var l string
			l, rest, _ = strings.Cut(rest, ".")
			if !yield(l) {
				return
			}
		}
	}
}

// Compare orders names canonically (RFC 4034 section 6.1): by label from the last
// one on, so that a name comes right before the names below it.
func (n Name) Compare(m Name) int {
	// Most names that are compared are siblings, or the same.
	i, j := strings.IndexByte(n.s, '.'), strings.IndexByte(m.s, '.')
	if i >= 0 && j >= 0 && n.s[i:] == m.s[j:] {
		return cmp.Compare(n.s[:i], m.s[:j])
	}
	a, b := n.Undotted(), m.Undotted()
	for {
		i, j := strings.LastIndexByte(a, '.'), strings.LastIndexByte(b, '.')
		if c := cmp.Compare(a[i+1:], b[j+1:]); c != 0 {
			return c
		}
		if i < 0 || j < 0 {
			return cmp.Compare(i, j)
		}
		a, b = a[:i], b[:j]
	}
}
