package vpsorgtest

import (
	"cmp"
	"net/http"
	"slices"
)

// wires returns the records that a zone holds, as JSON.
func (s *Server) wires(z *zone) [][]byte {
	z.mu.RLock()
	defer z.mu.RUnlock()
	return s.arrange(z.order.all())
}

// seenRecords returns the records that a read of the zone shows, as JSON.
func (s *Server) seenRecords(z *zone) [][]byte {
	z.mu.RLock()
	records := z.order.all()
	z.mu.RUnlock()
	if s.lags() {
		records = slices.Clone(z.lag.read(records, s.now()))
	}
	return s.arrange(records)
}

// arrange puts records into the order of the dialect. It may reorder its argument.
func (s *Server) arrange(records []*stored) [][]byte {
	switch s.opts.Dialect.Order {
	case OrderNewest:
		slices.Reverse(records)
	case OrderID:
		slices.SortFunc(records, func(a, b *stored) int { return cmp.Compare(a.ID, b.ID) })
	}
	wires := make([][]byte, len(records))
	for i, r := range records {
		wires[i] = r.wire
	}
	return wires
}

func (s *Server) listRecords(x *exchange) (reply, *refusal) {
	z := s.store.zone(x.call.ZoneID)
	if z == nil {
		return reply{}, notFound()
	}
	return s.listJSON(x, s.seenRecords(z))
}

// listJSON lists records that are JSON already.
func (s *Server) listJSON(x *exchange, items [][]byte) (reply, *refusal) {
	return s.list(x, s.opts.Dialect.Records, len(items), func(i int) []byte { return items[i] })
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
	var items [][]byte
	for _, z := range zones {
		items = append(items, s.directItems(z, typ)...)
	}
	return s.listJSON(x, items)
}

// directItems returns the records of a zone, of one type if not empty, as the direct list shows them.
func (s *Server) directItems(z *zone, typ string) [][]byte {
	z.mu.RLock()
	records := z.order.all()
	z.mu.RUnlock()
	if s.lags() {
		records = slices.Clone(z.lag.read(records, s.now()))
	}
	if typ != "" {
		records = slices.DeleteFunc(records, func(r *stored) bool { return r.Type != typ })
	}
	items := s.arrange(records)
	if s.opts.Dialect.RecordZone {
		for i, r := range records {
			items[i] = s.recordObject(r).with("zone", z.id).encode()
		}
	}
	return items
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
	d, no := f.whole()
	if no != nil {
		return reply{}, no
	}
	r, fresh, no := s.insert(z, d)
	if no != nil {
		return reply{}, no
	}
	x.call.Performed, x.call.RecordID = fresh, r.ID
	return s.written(http.StatusCreated, s.opts.Dialect.Post, s.recordObject(r), f.given()), nil
}

func (s *Server) changeRecord(x *exchange) (reply, *refusal) {
	if s.store.record(x.call.RecordID) == nil {
		return reply{}, notFound()
	}
	f, no := readFields(x.payload)
	if no != nil {
		return reply{}, no
	}
	if x.call.Kind == PutRecord {
		if _, no := f.whole(); no != nil {
			return reply{}, no
		}
	}
	old, r, no := s.change(x.call.RecordID, f, x.call.Kind == PutRecord)
	if no != nil {
		return reply{}, no
	}
	x.call.Performed = true
	return s.written(http.StatusOK, s.opts.Dialect.Patch, s.recordObject(r), s.changed(old, r)), nil
}

// changed names the fields in which two records differ on the wire.
func (s *Server) changed(old, r *stored) []string {
	var names []string
	before := map[string]string{}
	for _, f := range s.recordObject(old) {
		before[f.name] = string(mustJSON(f.value))
	}
	for _, f := range s.recordObject(r) {
		if before[f.name] != string(mustJSON(f.value)) {
			names = append(names, f.name)
		}
	}
	return names
}

func (s *Server) deleteRecord(x *exchange) (reply, *refusal) {
	if no := s.drop(x.call.RecordID, s.lags(), false); no != nil {
		return reply{}, no
	}
	x.call.Performed = true
	return s.deleted(), nil
}
