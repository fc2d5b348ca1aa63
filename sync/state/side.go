package state

import (
	"database/sql"

	"github.com/zonetender/zonetender/schema"
)

// A Value is a record's data and TTL as the API carries them: the same fields as in a plan.
type Value struct {
	// Value may hold any octets; see schema.RDATA.Value.
	Value    string
	TTL      schema.TTL
	Priority *int // nil for none
}

// A side is a Value as it is stored. Its TTL is NULL where there is no Value, because an
// empty value is one.
type side struct {
	value         []byte
	ttl, priority sql.NullInt64
}

func newSide(v *Value) side {
	if v == nil {
		return side{}
	}
	s := side{value: []byte(v.Value), ttl: sql.NullInt64{Int64: int64(v.TTL), Valid: true}}
	if v.Priority != nil {
		s.priority = sql.NullInt64{Int64: int64(*v.Priority), Valid: true}
	}
	return s
}

// load gives the Value, nil for none.
func (s *side) load() *Value {
	if !s.ttl.Valid {
		return nil
	}
	v := &Value{Value: string(s.value), TTL: schema.TTL(s.ttl.Int64)}
	if s.priority.Valid {
		p := int(s.priority.Int64)
		v.Priority = &p
	}
	return v
}
