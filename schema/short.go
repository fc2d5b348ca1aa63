package schema

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// buildShort reads a mapping from type to value or values, as in {A: 192.0.2.1}.
// "ttl" beside the types covers all of them.
func (b *builder) buildShort(name Name, n node) {
	ttl, hasTTL := b.zone.TTL, false
	if v, ok := b.get(n, "ttl"); ok {
		if text, ok := b.scalar(v, "ttl"); ok {
			if t, ok := b.ttl(v, text, true); ok {
				ttl, hasTTL = t, true
			}
		}
	}
	types := 0
	for k, v := range b.fields(n) {
		if k.Value == "ttl" {
			continue
		}
		types++
		typ := Type(k.Value)
		d := declared{at: k, name: name, typ: typ, ttl: ttl, hasTTL: hasTTL}
		switch {
		case typ.Managed():
			d.values = b.shortValues(typ, v)
			b.add(d)
		case isTypeLike(k.Value):
			b.unsupported(d)
		default:
			b.unknownType(k)
		}
	}
	if types == 0 {
		b.errorf(n, ruleEmpty, "%s has no record, expected a type such as A", name.Relative(b.zone.Name))
	}
}

// unknownType refuses a key of the short spelling.
func (b *builder) unknownType(k node) {
	if typ := Type(strings.ToUpper(k.Value)); typ.Managed() {
		b.errorf(k, ruleType, "type %s, expected %s", show(k), typ)
		return
	}
	b.errorf(k, ruleUnknownKey, "key %s is not known in a record, expected type, ttl or one of %s%s",
		show(k), typeList(), didYouMean(k.Value, append(typeNames(), "type", "ttl")...))
}

// shortValues reads a value or a list of them, in presentation form.
func (b *builder) shortValues(typ Type, n node) []Value {
	if isList(n) && len(n.Content) == 0 {
		b.errorf(n, ruleEmpty, "%s has an empty list of values, expected a value", typ)
	}
	var out []Value
	for item := range b.items(n) {
		if item.Kind == yaml.MappingNode {
			b.errorf(item, ruleShape, "%s value is a mapping, expected text such as %s", typ, example(typ))
			continue
		}
		text, ok := b.scalar(item, string(typ)+" value")
		if !ok {
			continue
		}
		if v, ok := b.data(typ, item, text); ok {
			out = append(out, v)
		}
	}
	return out
}

// example is a value of the type in presentation form.
func example(t Type) string {
	switch t {
	case A:
		return "192.0.2.1"
	case AAAA:
		return "2001:db8::1"
	case CAA:
		return `0 issue "letsencrypt.org"`
	case MX:
		return "10 mail.example.com."
	case SRV:
		return "10 5 5060 sip.example.com."
	case TXT:
		return "v=spf1 -all"
	}
	return "host.example.com."
}
