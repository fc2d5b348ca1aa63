package vpsorgtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A payload is the JSON object of a request.
type payload map[string]json.RawMessage

// decodeObject reads one JSON object with nothing after it and no field twice.
func decodeObject(body []byte) (payload, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	bad := func(err error) (payload, error) { return nil, errors.New("JSON parse error: " + err.Error()) }
	dec := json.NewDecoder(bytes.NewReader(body))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return bad(errors.New("expected an object"))
	}
	p := payload{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return bad(err)
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return bad(err)
		}
		if _, twice := p[name]; twice {
			return bad(errors.New("field " + name + " comes twice"))
		}
		p[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return bad(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return bad(errors.New("data after the object"))
	}
	return p, nil
}

// values returns the payload as [Call.Body] shows it.
func (p payload) values() map[string]any {
	if p == nil {
		return nil
	}
	values := make(map[string]any, len(p))
	for name, raw := range p {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) == nil {
			values[name] = v
		}
	}
	return values
}

// known refuses fields other than these.
func (p payload) known(names ...string) *refusal {
	for _, name := range p.names() {
		if !slices.Contains(names, name) {
			return invalid(name, "unknown field")
		}
	}
	return nil
}

// names returns the names of the fields, sorted.
func (p payload) names() []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// text returns a field that holds a string; nil where it is absent.
func (p payload) text(name string) (*string, *refusal) {
	raw, ok := p[name]
	if !ok {
		return nil, nil
	}
	var v *string
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, invalid(name, "not a valid string")
	}
	if v == nil {
		return nil, invalid(name, "this field may not be null")
	}
	return v, nil
}

// integer returns a field that holds a whole number from 0 to most, written in digits; nil
// where it is absent.
func (p payload) integer(name string, most int) (*int, *refusal) {
	raw, ok := p[name]
	if !ok {
		return nil, nil
	}
	n, err := strconv.Atoi(string(raw))
	switch {
	case string(raw) == "null":
		return nil, invalid(name, "this field may not be null")
	case err != nil:
		return nil, invalid(name, "a valid integer is required")
	case n < 0 || n > most:
		return nil, invalid(name, "ensure this value is from 0 to "+strconv.Itoa(most))
	}
	return &n, nil
}

// checkBody refuses a request whose body is not a JSON object sent as such.
func (x *exchange) checkBody() *refusal {
	if x.tooLarge {
		return refuse(http.StatusRequestEntityTooLarge, "", "request body too large")
	}
	media, parameters, _ := strings.Cut(x.contentType, ";")
	charset := strings.ToLower(strings.TrimSpace(parameters))
	if strings.TrimSpace(media) != "application/json" || charset != "" && charset != "charset=utf-8" {
		return refuse(http.StatusUnsupportedMediaType, "", "Unsupported media type "+strconv.Quote(x.contentType)+" in request.")
	}
	if x.bodyErr != nil {
		return invalid("", x.bodyErr.Error())
	}
	return nil
}

// recordFields are the fields of a record in a request; nil where not sent.
type recordFields struct {
	typ, name, value *string
	ttl, priority    *int
	noPriority       bool // priority was sent as null
}

// readFields reads the fields of a record, and refuses any other and any of the wrong kind.
func readFields(p payload) (f recordFields, no *refusal) {
	if no := p.known("record_type", "name", "value", "ttl", "priority"); no != nil {
		return f, no
	}
	if f.typ, no = p.text("record_type"); no != nil {
		return f, no
	}
	if f.typ != nil && !knownType(*f.typ) {
		return f, unknownType(*f.typ)
	}
	if f.name, no = p.text("name"); no != nil {
		return f, no
	}
	if f.value, no = p.text("value"); no != nil {
		return f, no
	}
	if f.ttl, no = p.integer("ttl", maxTTL); no != nil {
		return f, no
	}
	if f.noPriority = string(p["priority"]) == "null"; f.noPriority {
		return f, nil
	}
	f.priority, no = p.integer("priority", maxPriority)
	return f, no
}

// whole returns the fields as a new record, with the default TTL where none is sent.
func (f recordFields) whole() (Record, *refusal) {
	switch {
	case f.typ == nil:
		return Record{}, invalid("record_type", "this field is required")
	case f.name == nil:
		return Record{}, invalid("name", "this field is required")
	case f.value == nil:
		return Record{}, invalid("value", "this field is required")
	}
	return f.over(Record{TTL: defaultTTL, Priority: NoPriority}), nil
}

// over returns a record with the fields put over it. A record without a priority has
// NoPriority. A priority goes when the type changes to one that has none.
func (f recordFields) over(r Record) Record {
	if !hasPriority(r.Type) || f.noPriority || f.typ != nil && !hasPriority(*f.typ) {
		r.Priority = NoPriority
	}
	if f.typ != nil {
		r.Type = *f.typ
	}
	if f.name != nil {
		r.Name = *f.name
	}
	if f.value != nil {
		r.Value = *f.value
	}
	if f.ttl != nil {
		r.TTL = *f.ttl
	}
	if f.priority != nil {
		r.Priority = *f.priority
	}
	return r
}
