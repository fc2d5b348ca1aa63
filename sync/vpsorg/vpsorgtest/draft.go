package vpsorgtest

// fields are those of a record in a request; nil where not sent.
type fields struct {
	typ, name, value *string
	ttl, priority    *int
	noPriority       bool // priority was sent as null
}

// A draft is a record as a client wants it.
type draft struct {
	typ, name, value string
	ttl              int
	priority         *int
}

// readFields reads the fields of a record, and refuses any other and any of the wrong kind.
func readFields(p payload) (f fields, no *refusal) {
	if no := p.known("record_type", "name", "value", "ttl", "priority"); no != nil {
		return f, no
	}
	if f.typ, no = p.text("record_type"); no != nil {
		return f, no
	}
	if f.typ != nil && !knownType(*f.typ) {
		return f, invalid("record_type", `"`+*f.typ+`" is not a valid choice.`)
	}
	if f.name, no = p.text("name"); no != nil {
		return f, no
	}
	if f.value, no = p.text("value"); no != nil {
		return f, no
	}
	if f.ttl, no = p.integer("ttl", maxTTL, false); no != nil {
		return f, no
	}
	f.priority, no = p.integer("priority", 65535, true)
	f.noPriority = string(p["priority"]) == "null"
	return f, no
}

// whole returns the fields as a new record, with the default TTL where none is sent.
func (f fields) whole() (draft, *refusal) {
	switch {
	case f.typ == nil:
		return draft{}, invalid("record_type", "this field is required")
	case f.name == nil:
		return draft{}, invalid("name", "this field is required")
	case f.value == nil:
		return draft{}, invalid("value", "this field is required")
	}
	d := draft{typ: *f.typ, name: *f.name, value: *f.value, ttl: defaultTTL, priority: f.priority}
	if f.ttl != nil {
		d.ttl = *f.ttl
	}
	return d, nil
}

// over returns a record with the fields put over it. A priority goes with the type that had it.
func (f fields) over(r *stored) draft {
	d := draft{typ: r.Type, name: r.Name, value: r.Value, ttl: r.TTL}
	if f.typ != nil {
		d.typ = *f.typ
	}
	if f.name != nil {
		d.name = *f.name
	}
	if f.value != nil {
		d.value = *f.value
	}
	if f.ttl != nil {
		d.ttl = *f.ttl
	}
	switch {
	case f.priority != nil:
		d.priority = f.priority
	case hasPriority(r.Type) && hasPriority(d.typ) && !f.noPriority && r.Priority >= 0:
		d.priority = &r.Priority
	}
	return d
}

// given names the fields that were sent.
func (f fields) given() []string {
	var names []string
	for name, sent := range map[string]bool{
		"record_type": f.typ != nil, "name": f.name != nil, "value": f.value != nil,
		"ttl": f.ttl != nil, "priority": f.priority != nil || f.noPriority,
	} {
		if sent {
			names = append(names, name)
		}
	}
	return names
}

// canonical checks a draft and returns the record it stands for in a zone.
func (d draft) canonical(domain string) (Record, *refusal) {
	name, err := ownerName(d.name, domain)
	if err != nil {
		return Record{}, invalid("name", err.Error())
	}
	value, err := canonicalValue(d.typ, d.value)
	if err != nil {
		return Record{}, invalid("value", err.Error())
	}
	r := Record{Type: d.typ, Name: name, Value: value, TTL: d.ttl}
	switch {
	case hasPriority(d.typ) && d.priority == nil:
		return r, invalid("priority", "Priority is required for "+d.typ+" records")
	case !hasPriority(d.typ) && d.priority != nil:
		return r, invalid("priority", d.typ+" records have no priority")
	case d.priority != nil:
		r.Priority = *d.priority
	}
	return r, nil
}
