package vpsorg

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A scalar is a string of the API, or another scalar in its place, as an id may be a
// number. The zero scalar is absent.
type scalar struct {
	s   string
	set bool // false if the field is absent or null
	odd bool // true for a list or an object, whose JSON is in s
}

// UnmarshalJSON reads any JSON value. It never returns an error.
func (t *scalar) UnmarshalJSON(b []byte) error {
	*t = scalar{}
	if len(b) == 0 || string(b) == "null" {
		return nil
	}
	t.set = true
	switch b[0] {
	case '"':
		t.s = unquoteJSON(b)
	case '{', '[':
		t.s, t.odd = string(b), true
	default:
		t.s = string(b)
	}
	return nil
}

// unquoteJSON returns the text of a valid JSON string.
func unquoteJSON(b []byte) string {
	for _, c := range b {
		if c == '\\' || c >= utf8.RuneSelf {
			var s string
			_ = json.Unmarshal(b, &s)
			return s
		}
	}
	return string(b[1 : len(b)-1])
}

// A number is an integer of the API, or a string that holds one. The zero number is
// absent.
type number struct {
	n   int64
	set bool   // false if the field is absent, null or an empty string
	bad string // the JSON of what is not an integer, "" otherwise
}

// UnmarshalJSON reads any JSON value. It never returns an error.
func (v *number) UnmarshalJSON(b []byte) error {
	*v = number{}
	if len(b) == 0 || string(b) == "null" {
		return nil
	}
	digits := b
	if b[0] == '"' {
		if digits = b[1 : len(b)-1]; len(digits) == 0 {
			return nil
		}
	}
	v.set = true
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(strings.TrimSpace(string(digits)), 64)
		if n = int64(f); ferr != nil || float64(n) != f || f > 1<<53 || f < -1<<53 {
			v.bad = string(b)
			return nil
		}
	}
	v.n = n
	return nil
}

// A wireRecord is a record as the API shows it.
type wireRecord struct {
	UUID     scalar `json:"uuid"`
	ID       scalar `json:"id"`
	Type     scalar `json:"record_type"`
	Name     scalar `json:"name"`
	Value    scalar `json:"value"`
	TTL      number `json:"ttl"`
	Priority number `json:"priority"`
}

func (w wireRecord) id() string { return firstID(w.UUID, w.ID) }

// A wireZone is a zone as the API shows it. Only its detail has records.
type wireZone struct {
	UUID        scalar          `json:"uuid"`
	ID          scalar          `json:"id"`
	Domain      scalar          `json:"domain"`
	RecordCount number          `json:"record_count"`
	Records     json.RawMessage `json:"records"`
}

func (w wireZone) id() string { return firstID(w.UUID, w.ID) }

// firstID returns the first usable id, or "".
func firstID(ids ...scalar) string {
	for _, t := range ids {
		if t.set && !t.odd && t.s != "" {
			return t.s
		}
	}
	return ""
}
