package vpsorgtest

import (
	"fmt"
	"strings"
)

// AddZone creates a zone and its records as another person would, with no call recorded, no
// lag and no rewriting, and returns its id. Records are checked as a POST checks them, except
// raw ones. Where a record is refused, the zone exists with those before it.
func (s *Server) AddZone(domain string, records ...Record) (id string, err error) {
	z, no := s.newZone(strings.TrimSuffix(domain, "."))
	if no != nil {
		return "", fmt.Errorf("zone %s: add: %w", domain, no)
	}
	for _, r := range records {
		if _, err := s.AddRecord(z.domain, r); err != nil {
			return z.id, err
		}
	}
	return z.id, nil
}

// RemoveZone deletes a zone and its records as another person would.
func (s *Server) RemoveZone(domain string) error {
	z := s.findZone(domain)
	if z == nil || !s.dropZone(z.id) {
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

// Records returns the records of a zone in the order of their creation, without the SOA and
// NS that came with it; nil where there is no such zone. A record that was replaced keeps its
// place.
func (s *Server) Records(domain string) []Record {
	z := s.findZone(domain)
	if z == nil {
		return nil
	}
	return z.keep().Records
}

// AddRecord stores a record as another person would and returns it as stored. It gets an id
// and a time of creation where it has none. Its TTL is taken as it is: zero is a TTL of zero.
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
	return n.rec, nil
}

// ReplaceRecord changes a record as another person would and returns it as stored. change
// gets the record as it is and must not call the server. It may set any field, the id too.
func (s *Server) ReplaceRecord(id string, change func(r *Record)) (Record, error) {
	old, unlock := s.lock(id)
	if old == nil {
		return Record{}, fmt.Errorf("record %s: replace: no such record", id)
	}
	defer unlock()
	r := old.rec
	change(&r)
	n, no := s.place(old.zone, old, r)
	if no != nil {
		return Record{}, fmt.Errorf("record %s: replace: %w", id, no)
	}
	return n.rec, nil
}

// RemoveRecord deletes a record as another person would.
func (s *Server) RemoveRecord(id string) error {
	r, unlock := s.lock(id)
	if r == nil {
		return fmt.Errorf("record %s: remove: no such record", id)
	}
	defer unlock()
	s.drop(r)
	return nil
}

// place checks a record, except a raw one, and stores it in the place of old, or at the end
// where old is nil. The caller holds the zone's lock.
func (s *Server) place(z *zone, old *stored, r Record) (*stored, *refusal) {
	n := &stored{rec: r, zone: z}
	if r.Raw {
		name, err := ownerName(r.Name, z.domain)
		if err != nil {
			return nil, invalid("name", err.Error())
		}
		n.rec.Name = name
	} else {
		rec, no := checked(r, z.domain)
		if no != nil {
			return nil, no
		}
		rec.ID, rec.Created = r.ID, r.Created
		n.rec = rec
		if no := s.conflict(z, old, n); no != nil {
			return nil, no
		}
	}
	if n.rec.ID == "" {
		n.rec.ID = s.newID()
	}
	if n.rec.Created.IsZero() {
		n.rec.Created = s.now()
	}
	if other := s.store.record(n.rec.ID); other != nil && other != old {
		return nil, invalid("uuid", "this id is taken")
	}
	s.put(z, old, n)
	return n, nil
}

// checked returns the canonical form of a record that did not come in a request, so that its
// numbers are not checked yet.
func checked(r Record, domain string) (Record, *refusal) {
	switch {
	case !knownType(r.Type):
		return r, unknownType(r.Type)
	case r.TTL < 0 || r.TTL > maxTTL:
		return r, invalid("ttl", "ensure this value is from 0 to 2147483647")
	case !hasPriority(r.Type):
		r.Priority = NoPriority
	case r.Priority < 0 || r.Priority > maxPriority:
		return r, invalid("priority", "ensure this value is from 0 to 65535")
	}
	return canonical(r, domain)
}

// findZone finds a zone by its domain in any case, with or without a final dot; nil where
// there is none.
func (s *Server) findZone(domain string) *zone {
	return s.store.domain(strings.ToLower(strings.TrimSuffix(domain, ".")))
}
