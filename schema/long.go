package schema

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A long is one record in the long spelling, which octoDNS has, by its keys.
type long struct {
	at                     node
	typ, ttl               node
	value, values, octodns node
	unknown                []node
}

// longFields takes a record in the long spelling apart.
func (b *builder) longFields(n node) long {
	l := long{at: n}
	for k, v := range b.fields(n) {
		switch k.Value {
		case "type":
			l.typ = v
		case "ttl":
			l.ttl = v
		case "value":
			l.value = v
		case "values":
			l.values = v
		case "octodns":
			l.octodns = v
		default:
			l.unknown = append(l.unknown, k)
		}
	}
	return l
}

// buildLong reads a record with "type", "value" or "values", "ttl" and "octodns".
func (b *builder) buildLong(name Name, n node, hasType bool) {
	l := b.longFields(n)
	d := declared{at: n, name: name, ttl: b.zone.TTL}
	var ignored bool
	d.lenient, ignored = b.readOctodns(l.octodns)
	b.unknownKeys(l.unknown, d.lenient, longKeys())
	if !hasType {
		b.errorf(n, ruleType, "%s has a record without type, expected type: and one of %s%s",
			name.Relative(b.zone.Name), typeList(), b.headHint(name, n))
		return
	}
	if !b.readType(&d, l.typ) {
		return
	}
	if ignored {
		if b.claim(d) {
			b.zone.Ignore = append(b.zone.Ignore, IgnoreRRset(b.zone.Name, Key{name, d.typ}))
		}
		return
	}
	if !d.typ.Managed() {
		d.at = l.typ
		b.unsupported(d)
		return
	}
	b.readLongTTL(&d, l.ttl)
	d.values = b.longValues(l, d)
	b.add(d)
}

func longKeys() []string { return []string{"type", "ttl", "value", "values", "octodns"} }

// headHint points at the zone form where the bare form at hand looks like it.
func (b *builder) headHint(name Name, n node) string {
	if rel := name.Relative(b.zone.Name); slices.Contains(headKeys(), rel) {
		return "; " + rel + " in the head of a zone needs zone: NAME beside it"
	}
	for k := range b.fields(n) {
		if Type(k.Value).Managed() {
			return "; the short spelling needs zone: NAME at the top of the file"
		}
	}
	return ""
}

// readType reads the type, in exact upper case.
func (b *builder) readType(d *declared, n node) bool {
	text, ok := b.text(n, "type")
	if !ok {
		return false
	}
	d.typ = Type(text)
	switch upper := Type(strings.ToUpper(text)); {
	case d.typ.Managed():
	case upper.Managed():
		b.errorf(n, ruleType, "type %s, expected %s", show(n), upper)
		return false
	case !isTypeLike(text):
		b.errorf(n, ruleType, "type %s, expected one of %s%s", show(n), typeList(), didYouMean(text, typeNames()...))
		return false
	}
	return true
}

func (b *builder) readLongTTL(d *declared, n node) {
	if n.Node == nil {
		return
	}
	if text, ok := b.scalar(n, "ttl"); ok {
		if ttl, ok := b.ttl(n, text, !b.bare); ok {
			d.ttl, d.hasTTL = ttl, true
		}
	}
}

// readOctodns reads the "octodns:" block. Its other keys are for octoDNS's own
// providers and have no effect here.
func (b *builder) readOctodns(n node) (lenient, ignored bool) {
	if n.Node == nil || !b.isMapping(n, "octodns", "a mapping") {
		return false, false
	}
	for k, v := range b.fields(n) {
		switch k.Value {
		case "lenient":
			lenient = b.yesOrNo(v, "lenient")
		case "ignored":
			ignored = b.yesOrNo(v, "ignored")
		}
	}
	return lenient, ignored
}

// unknownKeys names keys that are not read: errors in the zone form, warnings in
// the bare form, because octoDNS ignores them, and where the record is lenient.
func (b *builder) unknownKeys(keys []node, lenient bool, known []string) {
	for _, k := range keys {
		if b.bare || lenient {
			b.warnf(k, ruleUnknownKey, "key %s has no effect, expected one of %s%s",
				show(k), strings.Join(known, ", "), didYouMean(k.Value, known...))
			continue
		}
		b.unknownKey(k, "in a record", known...)
	}
}

// longValues reads "values", which wins, or "value"; each takes one or a list.
func (b *builder) longValues(l long, d declared) []Value {
	n := l.values
	switch {
	case n.Node == nil && l.value.Node == nil:
		b.errorf(l.at, ruleEmpty, "%s %s has no value, expected value: or values:", d.name.Relative(b.zone.Name), d.typ)
		return nil
	case n.Node == nil:
		n = l.value
	case l.value.Node != nil:
		b.warnf(l.value, ruleUnknownKey, "value has no effect beside values")
	}
	if isList(n) && len(n.Content) == 0 {
		b.errorf(n, ruleEmpty, "%s %s has an empty list of values, expected a value", d.name.Relative(b.zone.Name), d.typ)
	}
	var out []Value
	for item := range b.items(n) {
		if v, ok := b.longValue(d, item); ok {
			out = append(out, v)
		}
	}
	return out
}

// longValue reads one value: a mapping for the types that have parts, else text in
// presentation form, which those take as well.
func (b *builder) longValue(d declared, n node) (Value, bool) {
	if n.Kind == yaml.MappingNode {
		switch d.typ {
		case MX:
			return b.mxValue(d, n)
		case SRV:
			return b.srvValue(d, n)
		case CAA:
			return b.caaValue(d, n)
		}
	}
	text, ok := b.scalar(n, string(d.typ)+" value")
	if !ok {
		return Value{}, false
	}
	return b.data(d.typ, n, text)
}

// parts takes a value that is a mapping apart: the given keys, in their order.
func (b *builder) parts(d declared, n node, keys ...string) []node {
	out := make([]node, len(keys))
	var unknown []node
	for k, v := range b.fields(n) {
		if i := slices.Index(keys, k.Value); i >= 0 {
			out[i] = v
		} else {
			unknown = append(unknown, k)
		}
	}
	b.unknownKeys(unknown, d.lenient, keys)
	return out
}
