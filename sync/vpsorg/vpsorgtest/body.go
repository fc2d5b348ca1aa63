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

// A payload is the decoded JSON object of a request.
type payload map[string]json.RawMessage

// decodeObject reads one JSON object with nothing after it and no field twice.
func decodeObject(body []byte) (payload, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("JSON parse error: expected an object")
	}
	p := payload{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errors.New("JSON parse error: " + err.Error())
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errors.New("JSON parse error: " + err.Error())
		}
		if _, twice := p[name.(string)]; twice {
			return nil, errors.New("JSON parse error: field " + name.(string) + " comes twice")
		}
		p[name.(string)] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("JSON parse error: " + err.Error())
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("JSON parse error: data after the object")
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
	var unknown []string
	for name := range p {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return invalid(unknown[0], "unknown field")
}

// text reads a field that holds a string; nil where it is absent.
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

// integer reads a field that holds a whole number from 0 to most, written in digits; nil where it is absent, or
// null where that is allowed.
func (p payload) integer(name string, most int, null bool) (*int, *refusal) {
	raw, ok := p[name]
	switch {
	case !ok, null && string(raw) == "null":
		return nil, nil
	case string(raw) == "null":
		return nil, invalid(name, "this field may not be null")
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return nil, invalid(name, "a valid integer is required")
	}
	if n < 0 || n > most {
		return nil, invalid(name, "ensure this value is from 0 to "+strconv.Itoa(most))
	}
	return &n, nil
}

// checkBody refuses a request whose body is no JSON object sent as one.
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
