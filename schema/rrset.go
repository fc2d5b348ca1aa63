package schema

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// An RRset is the records of one owner name and type, which share a TTL (RFC 2181
// section 5).
type RRset struct {
	Name Name
	Type Type
	TTL  TTL
	// Values has at least one value. Within a [Zone] it is sorted by RDATA.Compare and
	// without repetitions.
	Values []Value
	// Lenient is true where the file says that mistakes that can be lived with are
	// warnings for this RRset (octoDNS's "lenient").
	Lenient bool
	// Expires is the moment from which on the RRset is no longer desired, in UTC; the zero
	// Time is never.
	Expires time.Time
}

// A Value is the data of one record and where it was written.
type Value struct {
	Data RDATA
	Pos  Position
}

// Key returns what names the RRset within its zone.
func (s RRset) Key() Key { return Key{s.Name, s.Type} }

// Record returns the record of value v of the RRset.
func (s RRset) Record(v Value) Record { return Record{s.Name, s.Type, s.TTL, v.Data} }

// Same reports whether two RRsets hold the same records: the same TTL and the same data,
// wherever that was written. Values must be sorted, as within a [Zone].
func (s RRset) Same(t RRset) bool {
	return s.Key() == t.Key() && s.TTL == t.TTL &&
		slices.EqualFunc(s.Values, t.Values, func(v, w Value) bool { return v.Data == w.Data })
}

// String returns the RRset in zone-file form, a line for each record.
func (s RRset) String() string {
	lines := make([]string, len(s.Values))
	for i, v := range s.Values {
		lines[i] = s.Record(v).String()
	}
	return strings.Join(lines, "\n")
}

// Pos returns where the RRset was first written.
func (s RRset) Pos() Position {
	if len(s.Values) == 0 {
		return Position{}
	}
	first := s.Values[0].Pos
	for _, v := range s.Values[1:] {
		if v.Pos.Compare(first) < 0 {
			first = v.Pos
		}
	}
	return first
}

// InFileOrder returns the values as they were written, for messages that speak of a
// first and a second one.
func (s RRset) InFileOrder() []Value {
	if len(s.Values) < 2 {
		return s.Values
	}
	return slices.SortedStableFunc(slices.Values(s.Values), func(a, b Value) int { return a.Pos.Compare(b.Pos) })
}

// sortValues puts the values in order and removes repetitions, which it returns as
// warnings.
func (s *RRset) sortValues(zone Name) Problems {
	if len(s.Values) < 2 {
		return nil
	}
	var repeated Problems
	s.Values = slices.SortedStableFunc(slices.Values(s.Values), func(v, w Value) int { return v.Data.Compare(w.Data) })
	s.Values = slices.CompactFunc(s.Values, func(v, w Value) bool {
		if v.Data != w.Data {
			return false
		}
		repeated = append(repeated, NewProblem(Warning, w.Pos, "value-twice",
			"value %s is listed twice in %s %s, first at %s; it counts once",
			Clip(w.Data.String()), s.Name.DisplayIn(zone), s.Type, v.Pos.From(w.Pos)))
		return true
	})
	return repeated
}

// A Node is the RRsets of one owner name, sorted by type.
type Node []RRset

// Type returns the node's RRset of a type.
func (n Node) Type(t Type) (s RRset, ok bool) {
	for _, s := range n {
		if s.Type == t {
			return s, true
		}
	}
	return RRset{}, false
}

// Types lists the types of the node's RRsets, as in "A, TXT".
func (n Node) Types() string {
	types := make([]string, len(n))
	for i, s := range n {
		types[i] = string(s.Type)
	}
	return strings.Join(types, ", ")
}

// Nodes yields the RRsets of one owner name after the other. Sets must be sorted by key.
func Nodes(sets []RRset) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for len(sets) > 0 {
			n := 1
			for n < len(sets) && sets[n].Name == sets[0].Name {
				n++
			}
			if !yield(Node(sets[:n:n])) {
				return
			}
			sets = sets[n:]
		}
	}
}
