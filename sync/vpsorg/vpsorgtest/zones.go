package vpsorgtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) listZones(x *exchange) (reply, *refusal) {
	wanted := strings.ToLower(x.url.Query().Get("domain"))
	var zones []*zone
	switch {
	case wanted == "" || s.opts.Dialect.IgnoreFilters:
		zones = s.visibleZones()
	case s.lags():
		zones = slices.DeleteFunc(s.visibleZones(), func(z *zone) bool { return z.domain != wanted })
	default:
		if z := s.store.domain(wanted); z != nil {
			zones = []*zone{z}
		}
	}
	return s.list(x, s.opts.Dialect.Zones, len(zones), func(i int) []byte {
		z := zones[i]
		z.mu.RLock()
		count := len(z.order)
		z.mu.RUnlock()
		return s.opts.Dialect.zone(z, count+s.hiddenCount()).encode()
	})
}

// visibleZones returns the zones that a read shows.
func (s *Server) visibleZones() []*zone {
	return s.store.lag.read(s.store.zones(), s.now())
}

func (s *Server) lags() bool { return s.opts.Dialect.LagReads > 0 || s.opts.Dialect.LagTime > 0 }

// visibleFrom returns when a write of this moment becomes visible, reads apart; zero where
// time makes no difference.
func (s *Server) visibleFrom() time.Time {
	if s.opts.Dialect.LagTime <= 0 {
		return time.Time{}
	}
	return s.now().Add(s.opts.Dialect.LagTime)
}

// hiddenCount returns how many records a zone's record_count includes that no list shows.
func (s *Server) hiddenCount() int {
	if d := &s.opts.Dialect; d.CountHidden && d.Apex == ApexHidden {
		return len(builtIns(""))
	}
	return 0
}

func (s *Server) getZone(x *exchange) (reply, *refusal) {
	z := s.store.zone(x.call.ZoneID)
	if z == nil {
		return reply{}, notFound()
	}
	items := wires(s.visibleRecords(z))
	shown, count := x.act.list.cut(len(items))
	if limit := s.opts.Dialect.DetailLimit; limit > 0 {
		shown = min(shown, limit)
	}
	o := s.opts.Dialect.zone(z, count+s.hiddenCount()).with("records", array(items[:shown]))
	return newReply(http.StatusOK, o.encode()), nil
}

func (s *Server) createZone(x *exchange) (reply, *refusal) {
	if no := x.payload.known("domain"); no != nil {
		return reply{}, no
	}
	domain, no := x.payload.text("domain")
	if no != nil {
		return reply{}, no
	}
	if domain == nil {
		return reply{}, invalid("domain", "this field is required")
	}
	before := s.store.zones()
	z, no := s.newZone(*domain)
	if no != nil {
		return reply{}, no
	}
	s.hideZones(before)
	x.call.Performed, x.call.ZoneID = true, z.id
	items := wires(s.arrange(z.records()))
	o := s.opts.Dialect.zone(z, len(items)+s.hiddenCount()).with("records", array(items))
	return written(http.StatusCreated, s.opts.Dialect.Post, o, x.payload.names()), nil
}

func (s *Server) deleteZone(x *exchange) (reply, *refusal) {
	before := s.store.zones()
	if !s.dropZone(x.call.ZoneID) {
		return reply{}, notFound()
	}
	s.hideZones(before)
	x.call.Performed = true
	return deleted(s.opts.Dialect.Delete), nil
}

// hideZones makes late reads show the zones as they were before a write.
func (s *Server) hideZones(before []*zone) {
	if s.lags() {
		s.store.lag.keep(before, s.opts.Dialect.LagReads, s.visibleFrom())
	}
}

// newZone creates a zone with the records that the dialect puts into every new one.
func (s *Server) newZone(domain string) (*zone, *refusal) {
	canonical, ok := zoneDomain(domain)
	if !ok {
		return nil, invalid("domain", "Invalid domain name")
	}
	taken := func(other string) bool { return strings.EqualFold(other, canonical) }
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.byDomain[canonical] != nil || slices.ContainsFunc(s.opts.OtherZones, taken) {
		return nil, invalid("domain", "Zone already exists")
	}
	z := newZone(s.newID(), canonical, s.now())
	s.addBuiltIns(z)
	if s.opts.Dialect.ForeignTypes {
		for _, rec := range foreignRecords(z.domain) {
			s.addTo(z, &stored{rec: rec})
		}
	}
	st.add(z)
	s.changed()
	return z, nil
}

// addBuiltIns puts the SOA and apex NS into a new zone, where the dialect shows them.
func (s *Server) addBuiltIns(z *zone) {
	if s.opts.Dialect.Apex == ApexHidden {
		return
	}
	for _, rec := range builtIns(z.domain) {
		s.addTo(z, &stored{rec: rec, builtIn: true})
	}
}

// addTo puts a record into a zone that is not yet in the store.
func (s *Server) addTo(z *zone, r *stored) {
	if r.rec.ID == "" {
		r.rec.ID, r.rec.Created = s.newID(), z.created
	}
	r.zone = z
	r.wire = s.opts.Dialect.record(r).encode()
	z.insert(r)
}

// dropZone deletes a zone with its records and reports whether there was one.
func (s *Server) dropZone(id string) bool {
	st := s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	z := st.byID[id]
	if z == nil {
		return false
	}
	st.remove(z)
	s.changed()
	return true
}

// nameServers returns the hosts that serve every zone of VPS.org.
func nameServers() []string { return []string{"ns1.vps.org", "ns2.vps.org"} }

// builtIns returns the apex records that every new zone has.
func builtIns(domain string) []Record {
	soa := "ns1.vps.org. hostmaster.vps.org. 1 10800 3600 604800 3600"
	records := []Record{{Type: "SOA", Name: domain, Value: soa, TTL: defaultTTL, Priority: NoPriority, Raw: true}}
	for _, host := range nameServers() {
		records = append(records, Record{Type: "NS", Name: domain, Value: host, TTL: apexTTL})
	}
	return records
}

// foreignRecords returns records of types outside the documented eight, as a dashboard may
// make them.
func foreignRecords(domain string) []Record {
	return []Record{
		{Type: "PTR", Name: "ptr." + domain, Value: "host.example.net", TTL: defaultTTL, Priority: NoPriority, Raw: true},
		{Type: "ALIAS", Name: "alias." + domain, Value: "app.example.net", TTL: defaultTTL, Priority: NoPriority, Raw: true},
	}
}

// list answers with n items in an envelope, falsified as the action wants it. item returns
// one of them as JSON; it is called only for those that are shown.
func (s *Server) list(x *exchange, env Envelope, n int, item func(i int) []byte) (reply, *refusal) {
	fault := x.act.list
	if fault.loop || fault.nextHost != "" {
		env = EnvelopePaged
	}
	if (fault.counted && fault.drop != 0 || fault.extra != 0) && env != EnvelopePaged {
		env = EnvelopeCount
	}
	if env == EnvelopePaged {
		return s.page(x, n, item)
	}
	shown, count := fault.cut(n)
	results := between(0, shown, item)
	switch env {
	case EnvelopeCount:
		return newReply(http.StatusOK, object{{"count", s.opts.Dialect.number(count)}, {"results", results}}.encode()), nil
	case EnvelopeResults:
		return newReply(http.StatusOK, object{{"results", results}}.encode()), nil
	}
	return newReply(http.StatusOK, results), nil
}

// page answers with the page of n items that the query asks for, and links to its neighbours.
func (s *Server) page(x *exchange, n int, item func(i int) []byte) (reply, *refusal) {
	number, size := 1, s.opts.Dialect.PageSize
	if asked := x.url.Query().Get("page"); asked != "" {
		var err error
		if number, err = strconv.Atoi(asked); err != nil || number < 1 || number > 1 && number > (n+size-1)/size {
			return reply{}, refuse(http.StatusNotFound, "", "Invalid page.")
		}
	}
	fault := x.act.list
	first := (number - 1) * size
	last := min(first+size, n)
	shown, _ := fault.cut(last - first)
	_, count := fault.cut(n)
	var next, previous any
	switch {
	case fault.loop:
		next = x.base + x.url.RequestURI()
	case fault.nextHost != "":
		next = x.pageURL("https://"+fault.nextHost, number+1)
	case last < n && fault.drop >= 0:
		next = x.pageURL(x.base, number+1)
	}
	if number > 1 {
		previous = x.pageURL(x.base, number-1)
	}
	return newReply(http.StatusOK, object{
		{"count", s.opts.Dialect.number(count)}, {"next", next}, {"previous", previous},
		{"results", between(first, first+shown, item)},
	}.encode()), nil
}

func between(first, last int, item func(i int) []byte) json.RawMessage {
	items := make([][]byte, 0, last-first)
	for i := first; i < last; i++ {
		items = append(items, item(i))
	}
	return array(items)
}

// pageURL returns the absolute URL of another page of the same list; the first has no number.
func (x *exchange) pageURL(base string, number int) string {
	query := url.Values{}
	for name, values := range x.url.Query() {
		query[name] = values
	}
	query.Set("page", strconv.Itoa(number))
	if number == 1 {
		query.Del("page")
	}
	u := url.URL{Path: x.url.Path, RawQuery: query.Encode()}
	return base + u.RequestURI()
}
