package vpsorg

import (
	"strconv"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// A scalar is a string of the API, or another scalar in its place, as an id may be a
// number. The zero scalar is absent.
type scalar struct {
	s   string
	set bool // false if the field is absent or null
	odd bool // true for a list or an object, whose JSON is in s
}

// scalarOf returns what a JSON value is.
func scalarOf(b []byte) scalar {
	switch {
	case string(b) == "null":
		return scalar{}
	case b[0] == '"':
		return scalar{s: unquoteJSON(b), set: true}
	}
	return scalar{s: string(b), set: true, odd: b[0] == '{' || b[0] == '['}
}

// A number is an integer of the API, or a string that holds one. The zero number is
// absent.
type number struct {
	n   int64
	set bool   // false if the field is absent, null or an empty string
	bad string // the JSON of what is not an integer, "" otherwise
}

// numberOf returns what a JSON value is.
func numberOf(b []byte) number {
	if string(b) == "null" || string(b) == `""` {
		return number{}
	}
	digits := b
	if b[0] == '"' {
		digits = b[1 : len(b)-1]
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err == nil {
		return number{n: n, set: true}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(string(digits)), 64)
	if n = int64(f); err != nil || float64(n) != f || f > 1<<53 || f < -1<<53 {
		return number{set: true, bad: string(b)}
	}
	return number{n: n, set: true}
}

// A wireRecord is a record as the API shows it.
type wireRecord struct {
	ID                string // "" for none that can be used
	Type, Name, Value scalar
	TTL, Priority     number
}

// readRecord reads a record. What is not an object is a record without any field.
func readRecord(r *jsonReader) (w wireRecord, err error) {
	names := [...]string{"uuid", "record_type", "name", "value", "ttl", "priority", "id"}
	var uuid, id scalar
	err = r.fields(names[:], func(name string) error {
		value, err := r.raw()
		if err != nil {
			return err
		}
		switch name {
		case "uuid":
			uuid = scalarOf(value)
		case "id":
			id = scalarOf(value)
		case "record_type":
			w.Type = typeScalar(value)
		case "name":
			w.Name = scalarOf(value)
		case "value":
			w.Value = scalarOf(value)
		case "ttl":
			w.TTL = numberOf(value)
		case "priority":
			w.Priority = numberOf(value)
		}
		return nil
	})
	w.ID = firstID(uuid, id)
	return w, err
}

// typeScalar is scalarOf for a record type, of which a zone repeats a few.
func typeScalar(b []byte) scalar {
	for _, t := range schema.Types() {
		if len(b) == len(t)+2 && string(b[1:len(b)-1]) == string(t) && b[0] == '"' {
			return scalar{s: string(t), set: true}
		}
	}
	return scalarOf(b)
}

// A wireZone is a zone as the API shows it, without its records.
type wireZone struct {
	ID          string // "" for none that can be used
	Domain      scalar
	RecordCount number
}

// readWireZone reads a zone. What is not an object is a zone without any field. Records reads
// its records, each time that it has them; nil skips them.
func readWireZone(r *jsonReader, records func() error) (w wireZone, err error) {
	names := [...]string{"uuid", "domain", "record_count", "id", "records"}
	var uuid, id scalar
	err = r.fields(names[:], func(name string) error {
		if name == "records" && records != nil {
			return records()
		}
		value, err := r.raw()
		if err != nil {
			return err
		}
		switch name {
		case "uuid":
			uuid = scalarOf(value)
		case "id":
			id = scalarOf(value)
		case "domain":
			w.Domain = scalarOf(value)
		case "record_count":
			w.RecordCount = numberOf(value)
		}
		return nil
	})
	w.ID = firstID(uuid, id)
	return w, err
}

// readListedZone reads a zone of the list of zones, where records do not matter.
func readListedZone(r *jsonReader) (wireZone, error) { return readWireZone(r, nil) }

func (w wireZone) id() string { return w.ID }

func (w wireRecord) id() string { return w.ID }

// firstID returns the first usable id, or "".
func firstID(ids ...scalar) string {
	for _, t := range ids {
		if t.set && !t.odd && t.s != "" {
			return t.s
		}
	}
	return ""
}
