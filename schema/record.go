package schema

import "cmp"

// A Record is one resource record in canonical form. Records compare with ==.
type Record struct {
	Name Name
	Type Type
	TTL  TTL
	Data RDATA
}

// A Key names an RRset within a zone: records of one owner name and one type
// (RFC 2181 section 5).
type Key struct {
	Name Name
	Type Type
}

// Key gives the RRset that r belongs to.
func (r Record) Key() Key { return Key{r.Name, r.Type} }

// Value is the data as the API carries it; see RDATA.Value.
func (r Record) Value() string { return r.Data.Value(r.Type) }

// Compare orders keys by owner name, canonically, and then by type.
func (k Key) Compare(l Key) int {
	if c := k.Name.Compare(l.Name); c != 0 {
		return c
	}
	return cmp.Compare(k.Type, l.Type)
}

// Compare orders records by key, data and TTL.
func (r Record) Compare(s Record) int {
	if c := r.Key().Compare(s.Key()); c != 0 {
		return c
	}
	if c := r.Data.Compare(s.Data); c != 0 {
		return c
	}
	return cmp.Compare(r.TTL, s.TTL)
}
