package schema

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// A builder makes one zone out of its files.
type builder struct {
	tree
	settings *Settings
	zone     *Zone
	vars     variables
	bare     bool // the records at hand are in the bare form
	seen     map[Key]claim
	heads    map[string]Position // head keys so far, for folders of several files
	records  bool                // something declares records, be it none
	stray    bool                // a head key is mistyped, so that one may seem to be missing
}

// A claim is the first place that speaks for an RRset.
type claim struct {
	pos    Position
	ttl    TTL
	hasTTL bool
}

// A declared RRset is what one place says of it, before its values are read.
type declared struct {
	at      node // where to point
	name    Name
	typ     Type
	ttl     TTL
	hasTTL  bool
	lenient bool
	values  []Value
}

// claim reports whether nobody has declared the RRset before, and says so where
// somebody has.
func (b *builder) claim(d declared) bool {
	k := Key{d.name, d.typ}
	first, taken := b.seen[k]
	if !taken {
		if b.seen == nil {
			b.seen = make(map[Key]claim)
		}
		b.seen[k] = claim{d.at.pos(), d.ttl, d.hasTTL}
		return true
	}
	rel := d.name.Relative(b.zone.Name)
	if d.hasTTL && first.hasTTL && d.ttl != first.ttl {
		b.errorf(d.at, ruleTwoTTLs, "%s %s has TTL %d here and %d at %s, expected one RRset with one TTL",
			rel, d.typ, d.ttl, first.ttl, placeFrom(d.at.pos(), first.pos))
	} else {
		b.errorf(d.at, ruleRRsetTwice, "%s %s is declared twice, first at %s; expected one RRset with all its values",
			rel, d.typ, placeFrom(d.at.pos(), first.pos))
	}
	return false
}

// add takes a whole RRset into the zone.
func (b *builder) add(d declared) {
	if !b.claim(d) || len(d.values) == 0 {
		return
	}
	b.zone.RRsets = append(b.zone.RRsets, RRset{
		Key: Key{d.name, d.typ}, TTL: d.ttl, Lenient: d.lenient, Values: b.sorted(d),
	})
}

// sorted orders the values and takes repetitions out.
func (b *builder) sorted(d declared) []Value {
	if len(d.values) < 2 {
		return d.values
	}
	slices.SortStableFunc(d.values, func(v, w Value) int { return v.Data.Compare(w.Data) })
	return slices.CompactFunc(d.values, func(v, w Value) bool {
		if v.Data != w.Data {
			return false
		}
		b.problem(Warning, w.Pos, ruleValueTwice, "value %s stands twice in %s %s, first at %s; it counts once",
			[]any{clip(w.Data.Text(d.typ)), d.name.Relative(b.zone.Name), d.typ, placeFrom(w.Pos, v.Pos)})
		return true
	})
}

// expanded replaces the variables in text, in the zone form only: octoDNS knows
// none, so that ${ is plain text in the bare form.
func (b *builder) expanded(n node, text string) (string, bool) {
	if b.bare {
		return text, true
	}
	out, err := b.vars.expand(text)
	if err != nil {
		b.errorf(n, ruleVariable, "%v", err)
		return "", false
	}
	return out, true
}

// scalar gives the text of a value, with its variables replaced.
func (b *builder) scalar(n node, what string) (string, bool) {
	text, ok := b.text(n, what)
	if !ok {
		return "", false
	}
	return b.expanded(n, text)
}

// owner reads the name that a key gives.
func (b *builder) owner(k node) (Name, bool) {
	if k.isNull() && (k.Value == "" || k.Value == "~") {
		b.errorf(k, ruleNull, "owner name is empty, expected '@' for the apex")
		return Name{}, false
	}
	text, ok := b.expanded(k, k.Value)
	if !ok {
		return Name{}, false
	}
	name, warning, err := ParseOwner(text, b.zone.Name)
	if err != nil {
		b.errorf(k, ruleOwner, "%v", err)
		return Name{}, false
	}
	if warning != "" {
		b.warnf(k, ruleRepeatsZone, "%s", warning)
	}
	if k.isPlain() {
		if reads, differs := yaml11(k.Value); differs && foldASCII(reads) != foldASCII(k.Value) {
			b.warnf(k, ruleYAML11, "name %s is read as written; octoDNS reads %s: quote it", k.Value, foldASCII(reads))
		}
	}
	return name, true
}

func foldASCII(s string) string {
	s, _ = foldLabel(s)
	return s
}

// data reads the RDATA of one value from text, and the place it gets.
func (b *builder) data(typ Type, n node, text string) (Value, bool) {
	d, warnings, err := ParseRDATA(typ, text, Origin{b.zone.Name, !b.bare})
	if err != nil {
		b.errorf(n, ruleRDATA, "%v", err)
		return Value{}, false
	}
	b.noteSpelling(typ, n, warnings)
	return Value{d, n.pos()}, true
}

// noteSpelling passes on what was read otherwise than it may look.
func (b *builder) noteSpelling(typ Type, n node, warnings []string) {
	rule := ruleHostDot
	if typ == TXT || typ == CAA {
		rule = ruleText
	}
	for _, w := range warnings {
		b.warnf(n, rule, "%s", w)
	}
	if n.isPlain() {
		if reads, differs := yaml11(n.Value); differs {
			b.warnf(n, ruleYAML11, "value %s is read as written; octoDNS reads %s: quote it", n.Value, reads)
		}
	}
}

// isList reports whether n is a list that stands there, be it empty.
func isList(n node) bool { return n.Kind == yaml.SequenceNode && n.Tag != tagInclude }
