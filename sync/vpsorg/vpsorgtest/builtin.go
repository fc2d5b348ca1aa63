package vpsorgtest

import (
	"net/http"
	"slices"
	"strings"
)

// nameServers are the hosts that serve every zone of VPS.org.
func nameServers() []string { return []string{"ns1.vps.org", "ns2.vps.org"} }

// builtIns are the apex records that a zone has from its creation.
func builtIns(z *zone) []Record {
	soa := "ns1.vps.org. hostmaster.vps.org. 1 10800 3600 604800 3600"
	records := []Record{{Type: "SOA", Name: z.domain, Value: soa, TTL: defaultTTL, Priority: NoPriority, Raw: true}}
	for _, host := range nameServers() {
		records = append(records, Record{Type: "NS", Name: z.domain, Value: host, TTL: 86400})
	}
	return records
}

// foreign are records of types outside the documented eight, as a dashboard may have made them.
func foreign(z *zone) []Record {
	return []Record{
		{Type: "PTR", Name: "ptr." + z.domain, Value: "host.example.net", TTL: defaultTTL, Priority: NoPriority, Raw: true},
		{Type: "ALIAS", Name: "alias." + z.domain, Value: "app.example.net", TTL: defaultTTL, Priority: NoPriority, Raw: true},
	}
}

// newZone creates a zone with what the dialect puts into every new one.
func (s *Server) newZone(domain string, late bool) (*zone, *refusal) {
	z := newZone(s.newID(), domain, s.now())
	s.furnish(z)
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.byDomain[domain] != nil || s.taken(domain) {
		return nil, refuse(http.StatusBadRequest, "domain", "A zone for this domain already exists.")
	}
	if late {
		st.lag.wrote(st.order.all, s.opts.Dialect.LagReads, s.seenFrom())
	}
	st.enter(z)
	s.touched()
	return z, nil
}

// taken tells whether a domain belongs to another account.
func (s *Server) taken(domain string) bool {
	return slices.ContainsFunc(s.opts.OtherZones, func(other string) bool { return strings.EqualFold(other, domain) })
}

// furnish puts into a zone what every new one has.
func (s *Server) furnish(z *zone) {
	var records []Record
	own := 0
	if s.opts.Dialect.Apex != ApexHidden {
		records = builtIns(z)
		own = len(records)
	}
	if s.opts.Dialect.ForeignTypes {
		records = append(records, foreign(z)...)
	}
	for i, rec := range records {
		rec.ID, rec.Created = s.newID(), z.created
		r := &stored{Record: rec, zone: z, builtIn: i < own}
		r.wire = s.recordObject(r).encode()
		z.insert(r)
	}
}

// enter makes a zone and its records part of the store. The caller holds the store's lock.
func (st *store) enter(z *zone) {
	st.order.add(z)
	st.byID[z.id], st.byDomain[z.domain] = z, z
	for _, r := range z.order.all() {
		st.swap(nil, r)
	}
}

// dropZone deletes a zone with its records and tells whether there was one.
func (s *Server) dropZone(id string, late bool) bool {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	z := st.byID[id]
	if z == nil {
		return false
	}
	if late {
		st.lag.wrote(st.order.all, s.opts.Dialect.LagReads, s.seenFrom())
	}
	st.order.remove(z)
	delete(st.byID, z.id)
	delete(st.byDomain, z.domain)
	z.mu.Lock()
	defer z.mu.Unlock()
	z.gone = true
	st.forget(z.order.all())
	s.touched()
	return true
}
