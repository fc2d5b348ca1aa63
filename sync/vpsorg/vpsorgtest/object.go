package vpsorgtest

import (
	"bytes"
	"encoding/json"
	"slices"
)

// An object is a JSON object that keeps the order of its fields, as the service's answers do.
type object []field

type field struct {
	name  string
	value any
}

func (o object) with(name string, value any) object { return append(o, field{name, value}) }

// only returns the fields of these names.
func (o object) only(names ...string) object {
	return slices.DeleteFunc(slices.Clone(o), func(f field) bool { return !slices.Contains(names, f.name) })
}

// encode returns the object as JSON. What the simulator puts in one always has a JSON form.
func (o object) encode() []byte {
	b := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(appendJSON(b, f.name), ':'), mustJSON(f.value)...)
	}
	return append(b, '}')
}

// appendJSON appends a string the way the service writes one: with < > & as they are.
func appendJSON(b []byte, s string) []byte { return append(b, mustJSON(s)...) }

func mustJSON(v any) []byte {
	switch v := v.(type) {
	case nil:
		return []byte("null")
	case object:
		return v.encode()
	case json.RawMessage:
		return v
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("vpsorgtest: encode answer: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})
}

// array returns items that are JSON already as one array.
func array(items [][]byte) json.RawMessage {
	size := 2
	for _, item := range items {
		size += len(item) + 1
	}
	b := append(make([]byte, 0, size), '[')
	return append(append(b, bytes.Join(items, []byte{','})...), ']')
}

func (s *Server) recordObject(r *stored) object {
	d := &s.opts.Dialect
	o := object{
		{"uuid", r.ID},
		{"record_type", r.Type},
		{"name", d.spellName(r)},
		{"value", d.spellValue(r)},
		{"ttl", d.number(r.TTL)},
	}
	if p, ok := d.spellPriority(r); ok {
		o = o.with("priority", p)
	}
	o = o.with("created_at", d.spellTime(r.Created))
	if d.ExtraFields {
		o = o.with("updated_at", d.spellTime(r.Created)).with("enabled", true).
			with("tags", []string{}).with("meta", object{{"source", "api"}, {"comment", nil}})
	}
	return o
}

// zoneObject returns a zone's summary with a count of its records.
func (s *Server) zoneObject(z *zone, count int) object {
	d := &s.opts.Dialect
	o := object{
		{"uuid", z.id},
		{"domain", d.spellDomain(z.domain)},
		{"created_at", d.spellTime(z.created)},
		{"record_count", d.number(count)},
	}
	if d.ExtraFields {
		o = o.with("status", "active").with("dnssec", object{{"enabled", false}})
	}
	return o
}
