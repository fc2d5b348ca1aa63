package schema

import "strings"

// part gives the text of one part of a value that is a mapping.
func (b *builder) part(d declared, value, n node, what string) (string, bool) {
	if n.Node == nil {
		b.errorf(value, ruleRDATA, "%s value has no %s, expected one", d.typ, what)
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
	v, err := ParseUint16(string(d.typ)+" "+what, text)
	if err != nil {
		b.errorf(n, ruleRDATA, "%v", err)
		return 0, false
	}
	return v, true
}

// host reads one part that is the name of a host.
func (b *builder) host(d declared, value, n node, what string) (Name, bool) {
	text, ok := b.part(d, value, n, what)
	if !ok {
		return Name{}, false
	}
	host, warning, err := ParseHost(text, Origin{b.zone.Name, !b.bare})
	if err != nil {
		b.errorf(n, ruleRDATA, "%s %s: %v", d.typ, what, err)
		return Name{}, false
	}
	b.noteSpelling(d.typ, n, list(warning))
	return host, true
}

// either gives the first of two spellings of a part, and says where both are used.
func (b *builder) either(n, other node, name, otherName string) node {
	if n.Node == nil {
		return other
	}
	if other.Node != nil {
		b.warnf(other, ruleUnknownKey, "%s has no effect beside %s", otherName, name)
	}
	return n
}

func (b *builder) mxValue(d declared, n node) (Value, bool) {
	p := b.parts(d, n, "preference", "exchange", "priority", "value")
	preference, ok1 := b.number(d, n, b.either(p[0], p[2], "preference", "priority"), "preference")
	exchange, ok2 := b.host(d, n, b.either(p[1], p[3], "exchange", "value"), "exchange")
	if !ok1 || !ok2 {
		return Value{}, false
	}
	if err := checkNullMX(preference, exchange); err != nil {
		b.errorf(n, ruleRDATA, "%v", err)
		return Value{}, false
	}
	return Value{NewMX(preference, exchange), n.pos()}, true
}

func (b *builder) srvValue(d declared, n node) (Value, bool) {
	p := b.parts(d, n, "priority", "weight", "port", "target")
	priority, ok1 := b.number(d, n, p[0], "priority")
	weight, ok2 := b.number(d, n, p[1], "weight")
	port, ok3 := b.number(d, n, p[2], "port")
	target, ok4 := b.host(d, n, p[3], "target")
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return Value{}, false
	}
	return Value{NewSRV(priority, weight, port, target), n.pos()}, true
}

func (b *builder) caaValue(d declared, n node) (Value, bool) {
	p := b.parts(d, n, "flags", "tag", "value")
	flags := uint8(0)
	okFlags := true
	if p[0].Node != nil {
		var text string
		if text, okFlags = b.part(d, n, p[0], "flags"); okFlags {
			var err error
			if flags, err = ParseCAAFlags(text); err != nil {
				b.errorf(p[0], ruleRDATA, "%v", err)
				okFlags = false
			}
		}
	}
	tag, okTag := b.part(d, n, p[1], "tag")
	value, okValue := b.part(d, n, p[2], "value")
	if !okFlags || !okTag || !okValue {
		return Value{}, false
	}
	if strings.HasPrefix(value, `"`) {
		if inner, err := unquote(value); err == nil {
			b.warnf(p[2], ruleText, "CAA value in double quotes is read without them; write the text alone")
			value = inner
		}
	}
	data, err := NewCAA(flags, tag, value)
	if err == nil {
		err = checkUTF8("CAA value", value)
	}
	if err != nil {
		b.errorf(n, ruleRDATA, "%v", err)
		return Value{}, false
	}
	b.noteSpelling(CAA, p[2], nil)
	return Value{data, n.pos()}, true
}
