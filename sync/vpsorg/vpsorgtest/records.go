package vpsorgtest

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
)

// visibleRecords returns the records that a read of the zone shows, in the dialect's order.
func (s *Server) visibleRecords(z *zone) []*stored {
	return s.arrange(z.lag.read(z.records(), s.now()))
}

// arrange sorts records into the order of the dialect, in place.
func (s *Server) arrange(records []*stored) []*stored {
	switch s.opts.Dialect.Order {
	case OrderNewest:
		slices.Reverse(records)
	case OrderID:
		slices.SortFunc(records, func(a, b *stored) int { return cmp.Compare(a.rec.ID, b.rec.ID) })
	}
	return records
}

// wires returns records as JSON.
func wires(records []*stored) [][]byte {
	items := make([][]byte, len(records))
	for i, r := range records {
		items[i] = r.wire
	}
	return items
}

func (s *Server) listRecords(x *exchange) (reply, *refusal) {
	z := s.store.zone(x.call.ZoneID)
	if z == nil {
		return reply{}, notFound()
	}
	records := s.visibleRecords(z)
	return s.list(x, s.opts.Dialect.Records, len(records), func(i int) []byte { return records[i].wire })
}

func (s *Server) listAllRecords(x *exchange) (reply, *refusal) {
	query := x.url.Query()
	id, typ := query.Get("zone"), query.Get("record_type")
	if s.opts.Dialect.IgnoreFilters {
		id, typ = "", ""
	}
	if typ != "" && !knownType(typ) {
		return reply{}, invalid("record_type", "Select a valid choice.")
	}
	zones := s.store.zones()
	if id != "" {
		z := s.store.zone(id)
		if z == nil {
			return reply{}, invalid("zone", "Select a valid choice.")
		}
		zones = []*zone{z}
	}
	var records []*stored
	for _, z := range zones {
		records = append(records, s.visibleRecords(z)...)
	}
	if typ != "" {
		records = slices.DeleteFunc(records, func(r *stored) bool { return r.rec.Type != typ })
	}
	return s.list(x, s.opts.Dialect.Records, len(records), func(i int) []byte {
		if r := records[i]; s.opts.Dialect.RecordZone {
			return s.opts.Dialect.record(r).with("zone", r.zone.id).encode()
		}
		return records[i].wire
	})
}

func (s *Server) getRecord(x *exchange) (reply, *refusal) {
	r := s.store.record(x.call.RecordID)
	if r == nil {
		return reply{}, notFound()
	}
	return newReply(http.StatusOK, r.wire), nil
}

func (s *Server) createRecord(x *exchange) (reply, *refusal) {
	z := s.store.zone(x.call.ZoneID)
	if z == nil {
		return reply{}, notFound()
	}
	f, no := readFields(x.payload)
	if no != nil {
		return reply{}, no
	}
	wanted, no := f.whole()
	if no != nil {
		return reply{}, no
	}
	r, created, no := s.insert(z, wanted)
	if no != nil {
		return reply{}, no
	}
	x.call.Performed, x.call.RecordID = created, r.rec.ID
	return written(http.StatusCreated, s.opts.Dialect.Post, s.opts.Dialect.record(r), x.payload.names()), nil
}

// insert stores a new record for a call. It creates none where the dialect answers a
// duplicate with the record that exists.
func (s *Server) insert(z *zone, wanted Record) (r *stored, created bool, no *refusal) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.gone {
		return nil, false, notFound()
	}
	rec, no := canonical(wanted, z.domain)
	if no != nil {
		return nil, false, no
	}
	r = &stored{rec: s.rewrite(rec), sentName: wanted.Name, sentValue: wanted.Value, zone: z}
	if s.opts.Dialect.Duplicates == DuplicateExisting {
		for _, other := range z.names[r.rec.Name] {
			if other.rec.duplicates(r.rec) {
				return other, false, nil
			}
		}
	}
	if no := s.conflict(z, nil, r); no != nil {
		return nil, false, no
	}
	r.rec.ID, r.rec.Created = s.newID(), s.now()
	s.hide(z)
	s.put(z, nil, r)
	return r, true, nil
}

// rewrite returns what the service stores in place of what the client sent.
func (s *Server) rewrite(r Record) Record {
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

// conflict refuses a record that cannot stand beside the zone's others. old, where not nil,
// is the record whose place it takes. The caller holds the zone's lock.
func (s *Server) conflict(z *zone, old, r *stored) *refusal {
	d, cname := &s.opts.Dialect, r.rec.Type == "CNAME"
	if cname && r.rec.Name == z.domain && !d.LaxConflicts {
		return invalid("name", "CNAME is not allowed at the zone apex.")
	}
	for _, other := range z.names[r.rec.Name] {
		otherCNAME := other.rec.Type == "CNAME"
		switch {
		case other == old:
		case other.rec.duplicates(r.rec) && d.Duplicates != DuplicateCopied:
			return invalid("", "A record with this type, name and value already exists.")
		case d.LaxConflicts:
		case cname && otherCNAME:
			return invalid("name", "A CNAME record with this name already exists.")
		case cname:
			return invalid("name", "A CNAME record cannot stand beside other records of its name.")
		case otherCNAME:
			return invalid("name", "This name has a CNAME record and can have no other.")
		}
	}
	return nil
}

func (s *Server) changeRecord(x *exchange) (reply, *refusal) {
	if s.store.record(x.call.RecordID) == nil {
		return reply{}, notFound()
	}
	f, no := readFields(x.payload)
	if no != nil {
		return reply{}, no
	}
	wanted := f.over
	if x.call.Kind == PutRecord { // forgets what it does not name
		whole, no := f.whole()
		if no != nil {
			return reply{}, no
		}
		wanted = func(Record) Record { return whole }
	}
	old, r, no := s.change(x.call.RecordID, f, wanted)
	if no != nil {
		return reply{}, no
	}
	x.call.Performed = true
	before, after := s.opts.Dialect.record(old), s.opts.Dialect.record(r)
	var changed []string
	for _, f := range after {
		if !bytes.Equal(encodeJSON(f.value), encodeJSON(before.value(f.name))) {
			changed = append(changed, f.name)
		}
	}
	return written(http.StatusOK, s.opts.Dialect.Patch, after, changed), nil
}

// change stores a changed record for a call; wanted makes it from the record as it is.
func (s *Server) change(id string, f recordFields, wanted func(Record) Record) (old, r *stored, no *refusal) {
	old, unlock := s.lock(id)
	if old == nil {
		return nil, nil, notFound()
	}
	defer unlock()
	switch {
	case old.builtIn:
		return nil, nil, s.protected()
	case f.typ == nil && !knownType(old.rec.Type):
		return nil, nil, invalid("record_type", old.rec.Type+" records cannot be changed")
	}
	z := old.zone
	rec, no := s.keepKeys(wanted(old.rec), old)
	if no != nil {
		return nil, nil, no
	}
	if rec, no = canonical(rec, z.domain); no != nil {
		return nil, nil, no
	}
	r = &stored{rec: s.rewrite(rec), sentName: old.sentName, sentValue: old.sentValue, zone: z}
	if r.rec.ID, r.rec.Created = old.rec.ID, old.rec.Created; s.opts.Dialect.ChurnIDs {
		r.rec.ID = s.newID()
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
	s.hide(z)
	s.put(z, old, r)
	return old, r, nil
}

// keepKeys refuses or undoes a new type or name, where the dialect does.
func (s *Server) keepKeys(wanted Record, old *stored) (Record, *refusal) {
	name, err := ownerName(wanted.Name, old.zone.domain)
	if err != nil {
		return wanted, invalid("name", err.Error())
	}
	if wanted.Type == old.rec.Type && name == old.rec.Name {
		return wanted, nil
	}
	switch s.opts.Dialect.PatchKeys {
	case PatchKeysRefuse:
		return wanted, invalid("record_type", "type and name of a record cannot be changed")
	case PatchKeysIgnore:
		wanted.Type, wanted.Name = old.rec.Type, old.rec.Name
		if hasPriority(old.rec.Type) && wanted.Priority < 0 {
			wanted.Priority = old.rec.Priority
		}
	}
	return wanted, nil
}

func (s *Server) deleteRecord(x *exchange) (reply, *refusal) {
	r, unlock := s.lock(x.call.RecordID)
	if r == nil {
		return reply{}, notFound()
	}
	defer unlock()
	if r.builtIn {
		return reply{}, s.protected()
	}
	s.hide(r.zone)
	s.drop(r)
	x.call.Performed = true
	return deleted(s.opts.Dialect.Delete), nil
}

func (s *Server) protected() *refusal {
	if s.opts.Dialect.Apex == ApexForbidden {
		return refuse(http.StatusForbidden, "", "This record belongs to the zone.")
	}
	return invalid("", "This record belongs to the zone and cannot be changed or deleted.")
}

// lock returns a record with its zone locked for writing, and a function that unlocks it; nil
// where the record is gone.
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

// hide makes late reads show the zone's records as they are before a write. The caller holds
// the zone's lock.
func (s *Server) hide(z *zone) {
	if s.lags() {
		z.lag.keep(z.order, s.opts.Dialect.LagReads, s.visibleFrom())
	}
}

// put stores r in the place of old, or at the end where old is nil. The caller holds the
// zone's lock.
func (s *Server) put(z *zone, old, r *stored) {
	r.wire = s.opts.Dialect.record(r).encode()
	if old == nil {
		z.insert(r)
	} else {
		z.replace(old, r)
	}
	s.store.swap(old, r)
	s.changed()
}

// drop deletes a record. The caller holds its zone's lock.
func (s *Server) drop(r *stored) {
	r.zone.remove(r)
	s.store.swap(r, nil)
	s.changed()
}
