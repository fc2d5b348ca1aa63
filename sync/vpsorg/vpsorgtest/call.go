package vpsorgtest

import (
	"crypto/subtle"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Kind is what a call asks of the API.
type Kind string

// Kinds of calls.
const (
	ListZones      Kind = "ListZones"      // GET dns-zones/
	CreateZone     Kind = "CreateZone"     // POST dns-zones/
	GetZone        Kind = "GetZone"        // GET dns-zones/{uuid}/
	DeleteZone     Kind = "DeleteZone"     // DELETE dns-zones/{uuid}/
	ListRecords    Kind = "ListRecords"    // GET dns-zones/{uuid}/records/
	CreateRecord   Kind = "CreateRecord"   // POST dns-zones/{uuid}/records/
	ListAllRecords Kind = "ListAllRecords" // GET dns-records/
	GetRecord      Kind = "GetRecord"      // GET dns-records/{uuid}/
	PutRecord      Kind = "PutRecord"      // PUT dns-records/{uuid}/
	PatchRecord    Kind = "PatchRecord"    // PATCH dns-records/{uuid}/
	DeleteRecord   Kind = "DeleteRecord"   // DELETE dns-records/{uuid}/
	Account        Kind = "Account"        // GET account/me/
	Other          Kind = "Other"          // anything else
)

// An endpoint is one method on one path of the API.
type endpoint struct {
	method     string
	path       string // "*" stands for an id
	kind       Kind
	permission string // that the token needs; empty means any active token will do
	handle     func(*Server, *exchange) (reply, *refusal)
}

func endpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "account/me", Account, "", (*Server).account},
		{http.MethodGet, "dns-zones", ListZones, PermList, (*Server).listZones},
		{http.MethodPost, "dns-zones", CreateZone, PermCreate, (*Server).createZone},
		{http.MethodGet, "dns-zones/*", GetZone, PermList, (*Server).getZone},
		{http.MethodDelete, "dns-zones/*", DeleteZone, PermDelete, (*Server).deleteZone},
		{http.MethodGet, "dns-zones/*/records", ListRecords, PermList, (*Server).listRecords},
		{http.MethodPost, "dns-zones/*/records", CreateRecord, PermCreate, (*Server).createRecord},
		{http.MethodGet, "dns-records", ListAllRecords, PermList, (*Server).listAllRecords},
		{http.MethodGet, "dns-records/*", GetRecord, PermList, (*Server).getRecord},
		{http.MethodPut, "dns-records/*", PutRecord, PermUpdate, (*Server).changeRecord},
		{http.MethodPatch, "dns-records/*", PatchRecord, PermUpdate, (*Server).changeRecord},
		{http.MethodDelete, "dns-records/*", DeleteRecord, PermDelete, (*Server).deleteRecord},
	}
}

// endpoint returns the endpoint of a kind; the zero value for Other.
func (k Kind) endpoint() endpoint {
	for _, e := range endpoints() {
		if e.kind == k {
			return e
		}
	}
	return endpoint{}
}

// Writes reports whether calls of this kind change the state.
func (k Kind) Writes() bool {
	method := k.endpoint().method
	return method != "" && method != http.MethodGet
}

func (k Kind) hasBody() bool { return k.Writes() && k.endpoint().method != http.MethodDelete }

// endpointsAt returns the endpoints at a path, one for each method, and the id in the path.
func endpointsAt(path string) (at []endpoint, id string) {
	inner, below := strings.CutPrefix(path, prefix+"/")
	inner, slash := strings.CutSuffix(inner, "/")
	if !below || !slash {
		return nil, ""
	}
	parts := strings.Split(inner, "/")
	for _, e := range endpoints() {
		if got, ok := e.match(parts); ok {
			at, id = append(at, e), got
		}
	}
	return at, id
}

func (e endpoint) match(parts []string) (id string, ok bool) {
	pattern := strings.Split(e.path, "/")
	if len(parts) != len(pattern) {
		return "", false
	}
	for i, part := range parts {
		switch {
		case pattern[i] == "*" && part != "":
			id = part
		case pattern[i] != part:
			return "", false
		}
	}
	return id, true
}

// Auth says what a call's Authorization header held. The header itself is not kept.
type Auth string

// What an Authorization header held.
const (
	AuthNone  Auth = "none"  // there was no header
	AuthOwn   Auth = "own"   // the server's token
	AuthOther Auth = "other" // something else
)

// A Call is one request that the server received.
type Call struct {
	N      int    // 1 for the first since the server began, whatever ResetCalls does
	Method string // as sent
	Host   string // with the port where there was one
	Path   string // with the query
	Kind   Kind
	Auth   Auth

	ZoneID   string // from the path, the filter, or the record in the path; after CreateZone the new zone's
	Domain   string // of that zone, or from the filter or body; lower case, without a final dot
	RecordID string // from the path; after CreateRecord the new record's

	// RecordName and RecordType are those of the record that the call is about: from the body
	// of a CreateRecord, otherwise as stored before the call. The name is absolute, in lower
	// case, without a final dot.
	RecordName, RecordType string

	// Body is the request's JSON object, nil where there was none; numbers are json.Number.
	Body map[string]any

	Status    int    // of the answer; 0 where none was sent
	Performed bool   // whether the call did its work; for a write, whether the state changed
	Rule      string // name of the rule that interfered, "rule N" where it has none
}

// A journal remembers calls.
type journal struct {
	keep int // at least so many; a negative number means none

	mu     sync.Mutex
	n      int
	calls  []Call
	writes map[Kind]int
}

// next numbers a call when it arrives.
func (j *journal) next() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.n++
	return j.n
}

func (j *journal) add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Kind.Writes() && c.Performed {
		if j.writes == nil {
			j.writes = map[Kind]int{}
		}
		j.writes[c.Kind]++
	}
	if j.keep < 0 {
		return
	}
	if len(j.calls) >= 2*j.keep { // drops half at once, so that a call costs the same however many are kept
		j.calls = slices.Clone(j.calls[len(j.calls)-j.keep:])
	}
	j.calls = append(j.calls, c)
}

// Calls returns the calls since the server began or [Server.ResetCalls], in the order in
// which they ended. A call is there before its answer arrives.
func (s *Server) Calls() []Call {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.calls)
}

// Writes returns how many writes changed the state, by kind, since the server began or
// [Server.ResetCalls].
func (s *Server) Writes() map[Kind]int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	writes := map[Kind]int{}
	maps.Copy(writes, s.journal.writes)
	return writes
}

// ResetCalls forgets the calls and the counts of writes.
func (s *Server) ResetCalls() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.calls, s.journal.writes = nil, nil
}

// An exchange is one request on its way through the server.
type exchange struct {
	url         *url.URL
	base        string     // scheme and host, for absolute URLs
	endpoints   []endpoint // at the path, whatever the method
	contentType string

	payload  payload
	bodyErr  error // why the body is not a JSON object
	tooLarge bool

	call Call
	act  Action
}

// receive reads a request.
func (s *Server) receive(r *http.Request) *exchange {
	host, scheme := r.Host, "http"
	if host == "" {
		host = r.URL.Host
	}
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	at, id := endpointsAt(r.URL.Path)
	x := &exchange{url: r.URL, base: scheme + "://" + host, endpoints: at, contentType: r.Header.Get("Content-Type")}
	x.call = Call{
		N: s.journal.next(), Method: r.Method, Host: host, Path: r.URL.RequestURI(),
		Kind: Other, Auth: s.authOf(r.Header),
	}
	for _, e := range at {
		if e.method == r.Method {
			x.call.Kind = e.kind
		}
		if strings.HasPrefix(e.path, "dns-records/") {
			x.call.RecordID = id
		} else {
			x.call.ZoneID = id
		}
	}
	x.readBody(r)
	s.describe(x)
	return x
}

func (s *Server) authOf(h http.Header) Auth {
	given := h.Values("Authorization")
	switch {
	case len(given) == 0:
		return AuthNone
	case len(given) == 1 && subtle.ConstantTimeCompare([]byte(given[0]), []byte("Bearer "+s.opts.Token)) == 1:
		return AuthOwn
	}
	return AuthOther
}

func (x *exchange) readBody(r *http.Request) {
	if r.Body == nil {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case len(body) > maxBody:
		x.tooLarge = true
	case err != nil:
		x.bodyErr = err
	case len(body) > 0 || x.call.Kind.hasBody():
		x.payload, x.bodyErr = decodeObject(body)
		x.call.Body = x.payload.values()
	}
}

// describe fills in what the call is about, for rules and the journal.
func (s *Server) describe(x *exchange) {
	c := &x.call
	if c.Kind == ListAllRecords {
		c.ZoneID = x.url.Query().Get("zone")
	}
	if r := s.store.record(c.RecordID); r != nil {
		c.RecordName, c.RecordType, c.ZoneID = r.rec.Name, r.rec.Type, r.zone.id
	}
	if z := s.store.zone(c.ZoneID); z != nil {
		c.Domain = z.domain
	}
	switch c.Kind {
	case ListZones:
		c.Domain = strings.ToLower(x.url.Query().Get("domain"))
	case CreateZone:
		domain, _ := c.Body["domain"].(string)
		c.Domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	case CreateRecord:
		c.RecordType, _ = c.Body["record_type"].(string)
		c.RecordName, _ = c.Body["name"].(string)
		if absolute, err := ownerName(c.RecordName, c.Domain); err == nil {
			c.RecordName = absolute
		}
	}
}

// withSlash returns where the request would have led with a final slash; empty where that
// is nowhere either.
func (x *exchange) withSlash() string {
	to := url.URL{Path: x.url.Path + "/", RawQuery: x.url.RawQuery}
	if at, _ := endpointsAt(to.Path); len(at) == 0 {
		return ""
	}
	return to.RequestURI()
}

// allow returns the value of an Allow header.
func (x *exchange) allow() string {
	var methods []string
	for _, e := range x.endpoints {
		methods = append(methods, e.method)
	}
	return strings.Join(slices.Sorted(slices.Values(methods)), ", ")
}
