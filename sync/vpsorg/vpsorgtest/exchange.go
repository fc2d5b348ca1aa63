package vpsorgtest

import (
	"crypto/subtle"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// An exchange is one request on its way through the server.
type exchange struct {
	url         *url.URL
	base        string // scheme and host, for absolute URLs
	route       route
	contentType string

	payload  payload
	bodyErr  error // why the body is no JSON object
	tooLarge bool

	call Call
	act  Action
}

// receive reads a request.
func (s *Server) receive(r *http.Request) *exchange {
	path, below := strings.CutPrefix(r.URL.Path, s.opts.Prefix)
	x := &exchange{url: r.URL, contentType: r.Header.Get("Content-Type")}
	if below {
		x.route = routeOf(path)
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	x.base = scheme + "://" + host
	x.call = Call{
		N: s.journal.next(), Method: r.Method, Host: host, Path: r.URL.RequestURI(), Kind: x.route.kind(r.Method),
		Auth: s.authOf(r.Header), ZoneID: x.route.zoneID, RecordID: x.route.recordID,
	}
	x.readBody(r, s.opts.MaxBody)
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

func (x *exchange) readBody(r *http.Request, most int64) {
	if r.Body == nil {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case int64(len(body)) > most:
		x.tooLarge = true
	case err != nil:
		x.bodyErr = err
	case len(body) > 0 || x.needsBody():
		x.payload, x.bodyErr = decodeObject(body)
		x.call.Body = x.payload.values()
	}
}

func (x *exchange) needsBody() bool {
	switch x.call.Kind {
	case CreateZone, CreateRecord, PutRecord, PatchRecord:
		return true
	}
	return false
}

// describe fills in what the call is about, for rules and the journal.
func (s *Server) describe(x *exchange) {
	c := &x.call
	if c.Kind == ListAllRecords {
		c.ZoneID = x.url.Query().Get("zone")
	}
	if r := s.store.record(c.RecordID); r != nil {
		c.RecordName, c.RecordType, c.ZoneID = r.Name, r.Type, r.zone.id
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
		name, _ := c.Body["name"].(string)
		if abs, err := ownerName(name, c.Domain); err == nil {
			name = abs
		}
		c.RecordName = name
	}
}
