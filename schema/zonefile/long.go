package zonefile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// A long is one record in the long spelling, which octoDNS has, by its keys.
type long struct {
	at                     node
	typ, ttl, expires      node
	value, values, octodns node
	unknown                []node
}

// longFields splits a record in the long spelling into its parts.
func (b *builder) longFields(n node) long {
	l := long{at: n}
	for k, v := range b.tree.fields(n) {
		switch k.yaml.Value {
		case "type":
			l.typ = v
		case "ttl":
			l.ttl = v
		case "expires":
			l.expires = v
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
func (b *builder) buildLong(name schema.Name, n node) {
	l := b.longFields(n)
	d := declared{at: n, name: name, ttl: b.zone.TTL}
	var ignored bool
	d.lenient, ignored = b.readOctodns(l.octodns)
	b.unknownKeys(l.unknown, d, longKeys())
	if l.typ.yaml == nil {
		b.tree.errorf(n, codeType, "%s has a record without type, expected type: and one of %s%s",
			name.DisplayIn(b.zone.Name), schema.TypeList(), b.headHint(name, n))
		return
	}
	if !b.readType(&d, l.typ) {
		return
	}
	if ignored {
		if b.claim(d) {
			b.zone.Ignore = append(b.zone.Ignore, schema.IgnoreRRset(b.zone.Name, schema.Key{Name: name, Type: d.typ}))
		}
		return
	}
	if !d.typ.Managed() {
		d.at = l.typ
		b.unsupported(d)
		return
	}
	if l.ttl.yaml != nil {
		if ttl, ok := b.recordTTL(l.ttl); ok {
			d.ttl, d.hasTTL = ttl, true
		}
	}
	if l.expires.yaml != nil {
		d.expires = b.readExpires(l.expires, d.name, string(d.typ))
	}
	d.values = b.longValues(l, d)
	b.add(d)
}

// longKeys are the keys of a record in the long spelling.
func longKeys() []string {
	return []string{"type", "ttl", "value", "values", "octodns", "expires"}
}

// headHint points at the zone form where the bare form at hand looks like it.
func (b *builder) headHint(name schema.Name, n node) string {
	if rel := name.Relative(b.zone.Name); slices.Contains(headKeys(), rel) {
		return "; " + rel + " in the head of a zone needs zone: NAME beside it"
	}
	for k := range b.tree.fields(n) {
		if schema.Type(k.yaml.Value).Managed() {
			return "; the short spelling needs zone: NAME at the top of the file"
		}
	}
	return ""
}

// readType reads the type, in exact upper case.
func (b *builder) readType(d *declared, n node) bool {
	text, ok := b.tree.text(n, "type")
	if !ok {
		return false
	}
	d.typ = schema.Type(text)
	switch upper := schema.Type(strings.ToUpper(text)); {
	case d.typ.Managed():
	case upper.Managed():
		b.tree.errorf(n, codeType, "type %s, expected %s", show(n), upper)
		return false
	case !isTypeLike(text):
		b.tree.errorf(n, codeType, "type %s, expected one of %s%s", show(n), schema.TypeList(), schema.DidYouMean(text, schema.TypeNames()...))
		return false
	}
	return true
}

// recordTTL reads the TTL of records, which has a unit in the zone form only.
func (b *builder) recordTTL(n node) (schema.TTL, bool) {
	text, ok := b.scalar(n, "ttl")
	if !ok {
		return 0, false
	}
	parse := schema.ParseTTLUnit
	if b.bare {
		parse = schema.ParseTTL
	}
	ttl, err := parse(text)
	if err != nil {
		b.tree.errorf(n, codeTTL, "%v", err)
	}
	return ttl, err == nil
}

// readOctodns reads the "octodns:" block. Its other keys are for octoDNS's own
// providers and have no effect here.
func (b *builder) readOctodns(n node) (lenient, ignored bool) {
	if n.yaml == nil || !b.tree.isMapping(n, "octodns", "a mapping") {
		return false, false
	}
	for k, v := range b.tree.fields(n) {
		switch k.yaml.Value {
		case "lenient":
			lenient = b.tree.yesOrNo(v, "lenient")
		case "ignored":
			ignored = b.tree.yesOrNo(v, "ignored")
		}
	}
	return lenient, ignored
}

// unknownKeys names keys that are not read: errors in the zone form, warnings in
// the bare form, because octoDNS ignores them, and where the record is lenient.
func (b *builder) unknownKeys(keys []node, d declared, known []string) {
	for _, k := range keys {
		if b.bare || d.lenient {
			b.tree.warnf(k, codeUnknownKey, "key %s has no effect, expected one of %s%s",
				show(k), strings.Join(known, ", "), schema.DidYouMean(k.yaml.Value, known...))
			continue
		}
		b.tree.unknownKey(k, "in a record", known...)
	}
}

// longValues reads "values", which wins, or "value"; each takes one or a list.
func (b *builder) longValues(l long, d declared) []schema.Value {
	n := l.values
	switch {
	case n.yaml == nil && l.value.yaml == nil:
		b.tree.errorf(l.at, codeEmpty, "%s %s has no value, expected value: or values:", d.name.DisplayIn(b.zone.Name), d.typ)
		return nil
	case n.yaml == nil:
		n = l.value
	case l.value.yaml != nil:
		b.tree.warnf(l.value, codeUnknownKey, "value has no effect beside values")
	}
	if isList(n) && len(n.yaml.Content) == 0 {
		b.tree.errorf(n, codeEmpty, "%s %s has an empty list of values, expected a value", d.name.DisplayIn(b.zone.Name), d.typ)
	}
	var out []schema.Value
	for item := range b.tree.items(n) {
		if !b.hasRoom(item) {
			break
		}
		if v, ok := b.longValue(d, item); ok {
			out = append(out, v)
		}
	}
	return out
}

// longValue reads one value: a mapping for the types that have parts, else text in
// presentation form, which those take as well.
func (b *builder) longValue(d declared, n node) (schema.Value, bool) {
	if n.yaml.Kind == yaml.MappingNode {
		switch d.typ {
		case schema.MX:
			return b.mxValue(d, n)
		case schema.SRV:
			return b.srvValue(d, n)
		case schema.CAA:
			return b.caaValue(d, n)
		}
	}
	text, ok := b.scalar(n, string(d.typ)+" value")
	if !ok {
		return schema.Value{}, false
	}
	return b.data(d.typ, n, text)
}

// parts returns the parts of a value that is a mapping: those of some keys, in their order.
func (b *builder) parts(d declared, n node, keys ...string) []node {
	out := make([]node, len(keys))
	var unknown []node
	for k, v := range b.tree.fields(n) {
		if i := slices.Index(keys, k.yaml.Value); i >= 0 {
			out[i] = v
		} else {
			unknown = append(unknown, k)
		}
	}
	b.unknownKeys(unknown, d, keys)
	return out
}

// partsOf returns the keys of a value that is a mapping, nil for a type whose values are text.
func partsOf(t schema.Type) []string {
	switch t {
	case schema.MX:
		return []string{"preference", "exchange", "priority", "value"}
	case schema.SRV:
		return []string{"priority", "weight", "port", "target"}
	case schema.CAA:
		return []string{"flags", "tag", "value"}
	}
	return nil
}

// part returns the text of one part of a value that is a mapping.
func (b *builder) part(d declared, value, n node, what string) (string, bool) {
	if n.yaml == nil {
		b.tree.errorf(value, codeRDATA, "%s value has no %s, expected one", d.typ, what)
		return "", false
	}
	return b.scalar(n, string(d.typ)+" "+what)
}

// number reads one part from 0 to 65535.
func (b *builder) number(d declared, value, n node, what string) (uint16, bool) {
	text, ok := b.part(d, value, n, what)
	if !ok {
		return 0, false
	}
	v, err := schema.ParseUint16(string(d.typ)+" "+what, text)
	if err != nil {
		b.tree.errorf(n, codeRDATA, "%v", err)
		return 0, false
	}
	return v, true
}

// host reads one part that is the name of a host.
func (b *builder) host(d declared, value, n node, what string) (schema.Name, bool) {
	text, ok := b.part(d, value, n, what)
	if !ok {
		return schema.Name{}, false
	}
	host, warning, err := schema.ParseHost(text, schema.Origin{Zone: b.zone.Name, Relative: !b.bare})
	if err != nil {
		b.tree.errorf(n, codeRDATA, "%s %s: %v", d.typ, what, err)
		return schema.Name{}, false
	}
	if text == n.yaml.Value {
		b.tree.spelled.propose(n, spelledHost(text, warning != ""))
	}
	b.noteHost(n, host, warning)
	b.noteSpelling(n, nil)
	return host, true
}

// either returns the first of two spellings of a part, and says where both are used.
func (b *builder) either(n, other node, name, otherName string) node {
	if n.yaml == nil {
		return other
	}
	if other.yaml != nil {
		b.tree.warnf(other, codeUnknownKey, "%s has no effect beside %s", otherName, name)
	}
	return n
}

func (b *builder) mxValue(d declared, n node) (schema.Value, bool) {
	p := b.parts(d, n, partsOf(schema.MX)...)
	preference, ok1 := b.number(d, n, b.either(p[0], p[2], "preference", "priority"), "preference")
	exchange, ok2 := b.host(d, n, b.either(p[1], p[3], "exchange", "value"), "exchange")
	if !ok1 || !ok2 {
		return schema.Value{}, false
	}
	if err := schema.CheckNullMX(preference, exchange); err != nil {
		b.tree.errorf(n, codeRDATA, "%v", err)
		return schema.Value{}, false
	}
	return schema.Value{Data: schema.NewMX(preference, exchange), Pos: n.pos()}, true
}

func (b *builder) srvValue(d declared, n node) (schema.Value, bool) {
	p := b.parts(d, n, partsOf(schema.SRV)...)
	priority, ok1 := b.number(d, n, p[0], "priority")
	weight, ok2 := b.number(d, n, p[1], "weight")
	port, ok3 := b.number(d, n, p[2], "port")
	target, ok4 := b.host(d, n, p[3], "target")
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return schema.Value{}, false
	}
	return schema.Value{Data: schema.NewSRV(priority, weight, port, target), Pos: n.pos()}, true
}

func (b *builder) caaValue(d declared, n node) (schema.Value, bool) {
	p := b.parts(d, n, partsOf(schema.CAA)...)
	flags := uint8(0)
	okFlags := true
	if p[0].yaml != nil {
		var text string
		if text, okFlags = b.part(d, n, p[0], "flags"); okFlags {
			var err error
			if flags, err = schema.ParseCAAFlags(text); err != nil {
				b.tree.errorf(p[0], codeRDATA, "%v", err)
				okFlags = false
			}
		}
	}
	tag, okTag := b.part(d, n, p[1], "tag")
	value, okValue := b.part(d, n, p[2], "value")
	if !okFlags || !okTag || !okValue {
		return schema.Value{}, false
	}
	if strings.HasPrefix(value, `"`) {
		if inner, err := schema.Unquote(value); err == nil {
			b.tree.warnf(p[2], codeText, "CAA value in double quotes is read without them; write the text alone")
			value = inner
		}
	}
	data, err := schema.NewCAA(flags, tag, value)
	if err != nil {
		b.tree.errorf(n, codeRDATA, "%v", err)
		return schema.Value{}, false
	}
	b.noteSpelling(p[2], nil)
	return schema.Value{Data: data, Pos: n.pos()}, true
}
