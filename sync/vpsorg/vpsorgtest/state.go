package vpsorgtest

import (
	"fmt"
	"strings"
	"time"
)

// A Zone is a zone as the simulator stores it.
type Zone struct {
	ID      string
	Domain  string // lower case, without a final dot
	Created time.Time
}

// AddZone creates a zone and its records as another person would, with no call recorded, no lag and no silent
// adjustment, and returns its id. Records are checked as a POST checks them, except raw ones. Where a record is
// refused, the zone exists with those before it.
func (s *Server) AddZone(domain string, records ...Record) (id string, err error) {
	canonical, err := zoneDomain(strings.TrimSuffix(domain, "."))
	if err != nil {
		return "", fmt.Errorf("zone %s: add: %w", domain, err)
	}
	z, no := s.newZone(canonical, false)
	if no != nil {
		return "", fmt.Errorf("zone %s: add: %w", domain, no)
	}
	for _, r := range records {
		if _, err := s.AddRecord(canonical, r); err != nil {
			return z.id, err
		}
	}
	return z.id, nil
}

// RemoveZone deletes a zone and its records as another person would.
func (s *Server) RemoveZone(domain string) error {
	z := s.findZone(domain)
	if z == nil || !s.dropZone(z.id, false) {
		return fmt.Errorf("zone %s: remove: no such zone", domain)
	}
	return nil
}

// Zones returns the zones in the order of their creation.
func (s *Server) Zones() []Zone {
	var zones []Zone
	for _, z := range s.store.zones() {
		zones = append(zones, Zone{z.id, z.domain, z.created})
	}
	return zones
}

// Records returns the records of a zone in the order of their creation, without the SOA and NS that came with
// it; nil where there is no such zone. A record that was replaced keeps its place.
func (s *Server) Records(domain string) []Record {
	z := s.findZone(domain)
	if z == nil {
		return nil
	}
	z.mu.RLock()
	defer z.mu.RUnlock()
	records := make([]Record, 0, z.count())
	for _, r := range z.order.all() {
		if !r.builtIn {
			records = append(records, r.Record)
		}
	}
	return records
}

// AddRecord stores a record as another person would and returns it as stored. It gets an id and a time of
// creation where it has none. Its TTL is taken as it is: zero is a TTL of zero.
func (s *Server) AddRecord(domain string, r Record) (Record, error) {
	z := s.findZone(domain)
	if z == nil {
		return Record{}, fmt.Errorf("zone %s: add record: no such zone", domain)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.gone {
		return Record{}, fmt.Errorf("zone %s: add record: no such zone", domain)
	}
	n, no := s.place(z, nil, r)
	if no != nil {
		return Record{}, fmt.Errorf("zone %s: add %s %s: %w", domain, r.Name, r.Type, no)
	}
	return n.Record, nil
}

// ReplaceRecord changes a record as another person would and returns it as stored. change gets the record as it
// is and must not call the server. It may set any field, the id too.
func (s *Server) ReplaceRecord(id string, change func(r *Record)) (Record, error) {
	old, unlock := s.lock(id)
	if old == nil {
		return Record{}, fmt.Errorf("record %s: replace: no such record", id)
	}
	defer unlock()
	r := old.Record
	change(&r)
	n, no := s.place(old.zone, old, r)
	if no != nil {
		return Record{}, fmt.Errorf("record %s: replace: %w", id, no)
	}
	return n.Record, nil
}

// RemoveRecord deletes a record as another person would.
func (s *Server) RemoveRecord(id string) error {
	if no := s.drop(id, false, true); no != nil {
		return fmt.Errorf("record %s: remove: no such record", id)
	}
	return nil
}

// place checks a record, except a raw one, and stores it. The caller holds the zone's lock.
func (s *Server) place(z *zone, old *stored, r Record) (*stored, *refusal) {
	n := &stored{Record: r, zone: z}
	if r.Raw {
		name, err := ownerName(r.Name, z.domain)
		if err != nil {
			return nil, invalid("name", err.Error())
		}
		n.Name = name
	} else {
		rec, no := checked(r, z.domain)
		if no != nil {
			return nil, no
		}
		rec.ID, rec.Created = r.ID, r.Created
		n.Record = rec
		if no := s.conflict(z, old, n); no != nil {
			return nil, no
		}
	}
	if n.ID == "" {
		n.ID = s.newID()
	}
	if n.Created.IsZero() {
		n.Created = s.now()
	}
	if other := s.store.record(n.ID); other != nil && other != old {
		return nil, invalid("uuid", "this id is taken")
	}
	s.put(z, old, n, false)
	return n, nil
}

// checked returns the canonical form of a record given by a caller.
func checked(r Record, domain string) (Record, *refusal) {
	if !knownType(r.Type) {
		return r, invalid("record_type", `"`+r.Type+`" is not a valid choice.`)
	}
	if r.TTL < 0 || r.TTL > maxTTL {
		return r, invalid("ttl", "ensure this value is from 0 to 2147483647")
	}
	d := draft{typ: r.Type, name: r.Name, value: r.Value, ttl: r.TTL}
	if hasPriority(r.Type) {
		if r.Priority < 0 || r.Priority > 65535 {
			return r, invalid("priority", "ensure this value is from 0 to 65535")
		}
		d.priority = &r.Priority
	}
	return d.canonical(domain)
}

// findZone finds a zone by its domain in any case, with or without a final dot.
func (s *Server) findZone(domain string) *zone {
	return s.store.domain(strings.ToLower(strings.TrimSuffix(domain, ".")))
}
