package vpsorgtest

import (
	"net/http"
	"slices"
)

// insert stores a new record for a call. It is not fresh where the dialect answers a duplicate with the record
// that exists.
func (s *Server) insert(z *zone, d draft) (r *stored, fresh bool, no *refusal) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.gone {
		return nil, false, notFound()
	}
	rec, no := d.canonical(z.domain)
	if no != nil {
		return nil, false, no
	}
	r = &stored{Record: s.adjust(rec), sentName: d.name, sentValue: d.value, zone: z}
	if z.same[r.key()] > 0 && s.opts.Dialect.Duplicates == DuplicateExisting {
		i := slices.IndexFunc(z.names[r.Name], func(o *stored) bool { return o.key() == r.key() })
		return z.names[r.Name][i], false, nil
	}
	if no := s.conflict(z, nil, r); no != nil {
		return nil, false, no
	}
	r.ID, r.Created = s.newID(), s.now()
	s.put(z, nil, r, s.lags())
	return r, true, nil
}

// adjust applies what the service does to a record behind the client's back.
func (s *Server) adjust(r Record) Record {
	d := &s.opts.Dialect
	r.TTL = max(r.TTL, d.MinTTL)
	if d.MaxTTL > 0 {
		r.TTL = min(r.TTL, d.MaxTTL)
	}
	if d.Rewrite != nil {
		r = d.Rewrite(r)
	}
	return r
}

// change stores a changed record for a call. A PUT forgets what it does not name.
func (s *Server) change(id string, f fields, put bool) (old, r *stored, no *refusal) {
	old, unlock := s.lock(id)
	if old == nil {
		return nil, nil, notFound()
	}
	defer unlock()
	z := old.zone
	d := f.over(old)
	if put {
		d, _ = f.whole()
	}
	switch {
	case old.builtIn:
		return nil, nil, s.protected()
	case old.Raw && f.typ == nil && !knownType(old.Type):
		return nil, nil, invalid("record_type", old.Type+" records can not be changed")
	}
	if no := s.settleKeys(&d, old); no != nil {
		return nil, nil, no
	}
	rec, no := d.canonical(z.domain)
	if no != nil {
		return nil, nil, no
	}
	r = &stored{Record: s.adjust(rec), sentName: old.sentName, sentValue: old.sentValue, zone: z}
	if r.ID, r.Created = old.ID, old.Created; s.opts.Dialect.ChurnIDs {
		r.ID = s.newID()
	}
	if f.name != nil && s.opts.Dialect.PatchKeys == PatchKeysChange {
		r.sentName = *f.name
	}
	if f.value != nil {
		r.sentValue = *f.value
	}
	if no := s.conflict(z, old, r); no != nil {
		return nil, nil, no
	}
	s.put(z, old, r, s.lags())
	return old, r, nil
}

// settleKeys does what the dialect does with a new type or name.
func (s *Server) settleKeys(d *draft, old *stored) *refusal {
	name, err := ownerName(d.name, old.zone.domain)
	if err != nil {
		return invalid("name", err.Error())
	}
	if d.typ == old.Type && name == old.Name {
		return nil
	}
	switch s.opts.Dialect.PatchKeys {
	case PatchKeysRefuse:
		return invalid("record_type", "type and name of a record can not be changed")
	case PatchKeysIgnore:
		d.typ, d.name = old.Type, old.Name
		if hasPriority(old.Type) && d.priority == nil {
			d.priority = &old.Priority
		}
	}
	return nil
}

// lock returns a record with its zone locked for writing, and a function that unlocks it; nil where it is gone.
func (s *Server) lock(id string) (*stored, func()) {
	r := s.store.record(id)
	if r == nil {
		return nil, nil
	}
	z := r.zone
	z.mu.Lock()
	if r = s.store.record(id); r == nil { // gone since, perhaps with its zone
		z.mu.Unlock()
		return nil, nil
	}
	return r, z.mu.Unlock
}

// put stores r in the place of old, or at the end where old is nil. The caller holds the zone's lock.
func (s *Server) put(z *zone, old, r *stored, late bool) {
	s.remember(z, late)
	r.wire = s.recordObject(r).encode()
	if old == nil {
		z.insert(r)
	} else {
		z.replace(old, r)
	}
	s.store.swap(old, r)
	s.touched()
}

// drop deletes a record. By force it deletes a built-in one as well.
func (s *Server) drop(id string, late, force bool) *refusal {
	r, unlock := s.lock(id)
	if r == nil {
		return notFound()
	}
	defer unlock()
	if r.builtIn && !force {
		return s.protected()
	}
	s.remember(r.zone, late)
	r.zone.remove(r)
	s.store.swap(r, nil)
	s.touched()
	return nil
}

func (s *Server) protected() *refusal {
	if s.opts.Dialect.Apex == ApexForbidden {
		return refuse(http.StatusForbidden, "", "This record belongs to the zone.")
	}
	return invalid("", "This record belongs to the zone and can not be changed or deleted.")
}

// remember keeps the zone's records for late reads. The caller holds the zone's lock.
func (s *Server) remember(z *zone, late bool) {
	if late {
		z.lag.wrote(z.order.all, s.opts.Dialect.LagReads, s.seenFrom())
	}
}

// touched notes that the state has changed.
func (s *Server) touched() {
	s.store.changes.Add(1)
	if s.file != nil {
		s.file.wake()
	}
}
