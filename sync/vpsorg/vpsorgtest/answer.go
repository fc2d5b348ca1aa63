package vpsorgtest

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strconv"
)

// An object is a JSON object that keeps the order of its fields, as the service's answers do.
type object []field

// A field's value is anything that has a JSON form.
type field struct {
	name  string
	value any
}

func (o object) with(name string, value any) object { return append(o, field{name, value}) }

// value returns the value of a field; nil where there is none.
func (o object) value(name string) any {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// only returns the fields of these names.
func (o object) only(names ...string) object {
	return slices.DeleteFunc(slices.Clone(o), func(f field) bool { return !slices.Contains(names, f.name) })
}

func (o object) encode() []byte {
	b := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, encodeJSON(f.name)...), ':')
		value := encodeJSON(f.value)
		b = append(slices.Grow(b, len(value)+1), value...) // one copy of what may be megabytes
	}
	return append(b, '}')
}

// encodeJSON leaves < > & as they are, as the service does.
func encodeJSON(v any) []byte {
	switch v := v.(type) {
	case object:
		return v.encode()
	case json.RawMessage:
		return v
	case int:
		return strconv.AppendInt(nil, int64(v), 10)
	case string:
		if plain(v) {
			return slices.Concat([]byte{'"'}, []byte(v), []byte{'"'})
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("vpsorgtest: encode answer: " + err.Error()) // nothing that the simulator puts there
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// plain reports whether a text needs no escape in JSON. Large estates are made of such texts,
// and a service that is slow to encode them would be what a benchmark measures.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// array returns items that are JSON already as one array.
func array(items [][]byte) json.RawMessage {
	size := len("[]")
	for _, item := range items {
		size += len(item) + len(",")
	}
	b := append(make([]byte, 0, size), '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, item...)
	}
	return append(b, ']')
}

// A refusal says why a call is not performed.
type refusal struct {
	status int
	field  string // to blame; may be empty
	detail string
}

func (r *refusal) Error() string {
	if r.field == "" {
		return r.detail
	}
	return r.field + ": " + r.detail
}

func refuse(status int, field, detail string) *refusal { return &refusal{status, field, detail} }

func invalid(field, detail string) *refusal { return refuse(http.StatusBadRequest, field, detail) }

func notFound() *refusal { return refuse(http.StatusNotFound, "", "Not found.") }

// code returns the error_code of a status; the documentation shows only the first.
func (r *refusal) code() string {
	switch r.status {
	case http.StatusBadRequest:
		return "validation_error"
	case http.StatusUnauthorized:
		return "authentication_failed"
	case http.StatusForbidden:
		return "permission_denied"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	}
	return "error"
}

// reply returns the refusal as an answer in a style.
func (r *refusal) reply(style ErrorStyle) reply {
	var body []byte
	switch style {
	case ErrorDetail:
		body = object{{"detail", r.detail}}.encode()
	case ErrorFields:
		body = object{{"detail", r.detail}}.encode()
		if r.field != "" {
			body = object{{r.field, []string{r.detail}}}.encode()
		}
	case ErrorNonField:
		body = object{{"non_field_errors", []string{r.detail}}}.encode()
	case ErrorArray:
		body = encodeJSON([]string{r.detail})
	case ErrorEmpty:
	case ErrorHTML:
		title := strconv.Itoa(r.status) + " " + http.StatusText(r.status)
		body = []byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title +
			"</h1><p>" + html.EscapeString(r.detail) + "</p></body></html>")
	default:
		o := object{{"detail", r.detail}, {"error_code", r.code()}}
		if r.field != "" {
			o = o.with("field", r.field)
		}
		body = o.encode()
	}
	return newReply(r.status, body)
}

// written returns the answer to a write that succeeded, in a style; changed names the fields
// that a partial answer shows.
func written(status int, style WriteAnswer, o object, changed []string) reply {
	switch style {
	case AnswerPartial:
		return newReply(status, o.only(changed...).encode())
	case AnswerID:
		return newReply(status, o.only("uuid").encode())
	case AnswerEmpty:
		return newReply(status, nil)
	case AnswerNoContent:
		if status != http.StatusCreated {
			status = http.StatusNoContent
		}
		return newReply(status, nil)
	}
	return newReply(status, o.encode())
}

// deleted returns the answer to a DELETE that succeeded.
func deleted(style DeleteAnswer) reply {
	if style == DeleteBody {
		return newReply(http.StatusOK, object{{"detail", "Deleted."}}.encode())
	}
	return newReply(http.StatusNoContent, nil)
}
