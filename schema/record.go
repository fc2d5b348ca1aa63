package schema

import (
	"cmp"
	"fmt"
)

// A Record is one resource record in canonical form. Records compare with ==. A live
// record that could not be read, or is of a foreign type, has the zero Data.
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

// Key returns the key of the RRset that r belongs to.
func (r Record) Key() Key { return Key{r.Name, r.Type} }

// String returns the record in zone-file form, as in "www.example.com. 3600 IN A
// 192.0.2.1".
func (r Record) String() string {
	return fmt.Sprintf("%s %d IN %s %s", r.Name, r.TTL, r.Type, r.Data)
}

// Compare orders keys by owner name, canonically, and then by type.
func (k Key) Compare(l Key) int {
	if c := k.Name.Compare(l.Name); c != 0 {
		return c
	}
	return cmp.Compare(k.Type, l.Type)
}

// String returns the key as in "www.example.com. A".
func (k Key) String() string { return k.Name.String() + " " + string(k.Type) }

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
