package zonefile

import "github.com/zonetender/zonetender/schema"

// read reads one record of a name once more: in the short spelling all its types.
func (c *converter) read(name schema.Name, n node) []converted {
	if _, long := c.b.tree.get(n, "type"); long || c.b.bare {
		return []converted{c.readLong(name, n)}
	}
	var out []converted
	for k, v := range c.b.tree.fields(n) {
		switch typ := schema.Type(k.yaml.Value); {
		case k.yaml.Value == "ttl", k.yaml.Value == "expires":
		case !typ.Managed():
			c.refuse(k, "type %s is not looked into, expected the zone form", show(k))
		default:
			out = append(out, converted{line: k.yaml.Line, typ: typ, values: c.b.shortValues(typ, v)})
		}
	}
	ttl, _ := c.b.tree.get(n, "ttl")
	expires, _ := c.b.tree.get(n, "expires")
	for i := range out {
		out[i].ttl, out[i].hasTTL, out[i].ttlLine = c.ttl(ttl)
		out[i].expires, out[i].expiresLine = c.expires(expires)
	}
	return out
}

// expires returns when a record ends, as its file says it, with the line; "" for never.
func (c *converter) expires(n node) (text string, line int) {
	if n.yaml == nil {
		return "", 0
	}
	text, _ = c.b.scalar(n, "expires")
	return text, n.yaml.Line
}

// ttl returns the TTL of a record: its own with its line, else that of the head, which the
// bare form does not have.
func (c *converter) ttl(n node) (ttl schema.TTL, has bool, line int) {
	if n.yaml != nil {
		ttl, has = c.b.recordTTL(n)
		return ttl, has, n.yaml.Line
	}
	_, inHead := c.b.heads["ttl"]
	return c.b.zone.TTL, inHead && c.w.form == BareForm, 0
}

func (c *converter) readLong(name schema.Name, n node) converted {
	l := c.b.longFields(n)
	r := converted{line: n.yaml.Line, typ: schema.Type(l.typ.yaml.Value)}
	lenient, ignored := c.b.readOctodns(l.octodns)
	if l.octodns.yaml != nil {
		r.octodns = c.flow(l.octodns)
	}
	switch {
	case len(l.unknown) > 0 && !lenient && c.w.form == ZoneForm:
		c.refuse(l.unknown[0], "key %s has no effect, and the zone form has no words for it; remove it", show(l.unknown[0]))
		return r
	case ignored, !r.typ.Managed(), len(l.unknown) > 0:
		r.whole = c.flow(n)
		return r
	}
	d := declared{at: n, name: name, typ: r.typ, lenient: lenient}
	r.ttl, r.hasTTL, r.ttlLine = c.ttl(l.ttl)
	r.expires, r.expiresLine = c.expires(l.expires)
	r.values = c.b.longValues(l, d)
	return r
}
