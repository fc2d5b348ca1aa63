package vpsorgtest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// day is what the tests' clock shows.
var day = time.Date(2026, 11, 21, 22, 34, 0, 123456000, time.UTC)

func fixed() time.Time { return day }

// newServer returns a server with a fixed clock.
func newServer(opts vpsorgtest.Options) *vpsorgtest.Server {
	if opts.Now == nil {
		opts.Now = fixed
	}
	return vpsorgtest.New(opts)
}

func dialect(d vpsorgtest.Dialect) *vpsorgtest.Server {
	return newServer(vpsorgtest.Options{Dialect: d})
}

// newWeb serves the simulator over loopback for one test and returns its URL.
func newWeb(t *testing.T, s *vpsorgtest.Server) string {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return web.URL
}

// An answer is what a call returned.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) decode(t *testing.T) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("body %q: %v", a.body, err)
	}
	return v
}

func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	o, ok := a.decode(t).(map[string]any)
	if !ok {
		t.Fatalf("body %q: got no object", a.body)
	}
	return o
}

func (a answer) array(t *testing.T) []any {
	t.Helper()
	l, ok := a.decode(t).([]any)
	if !ok {
		t.Fatalf("body %q: got no array", a.body)
	}
	return l
}

// request makes a request with token and, where there is a body, its Content-Type.
func request(t *testing.T, s *vpsorgtest.Server, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "https://sandbox.invalid/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func send(s *vpsorgtest.Server, r *http.Request) (answer, error) {
	resp, err := s.Transport().RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

func do(t *testing.T, s *vpsorgtest.Server, method, path, body string) answer {
	t.Helper()
	a, err := send(s, request(t, s, method, path, body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func get(t *testing.T, s *vpsorgtest.Server, path string) answer {
	t.Helper()
	return do(t, s, http.MethodGet, path, "")
}

// want fails the test unless the answer has a status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("got status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// addZone adds example.com or another zone and returns its id.
func addZone(t *testing.T, s *vpsorgtest.Server, domain string, records ...vpsorgtest.Record) string {
	t.Helper()
	id, err := s.AddZone(domain, records...)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func records(id string) string { return "/dns-zones/" + id + "/records/" }

// record returns a JSON body for a POST; extra goes before the closing brace.
func record(typ, name, value, extra string) string {
	b, _ := json.Marshal(map[string]string{"record_type": typ, "name": name, "value": value})
	return strings.TrimSuffix(string(b), "}") + extra + "}"
}

// sample has one record of each type, and more.
func sample() []vpsorgtest.Record {
	return []vpsorgtest.Record{
		{Type: "A", Name: "@", Value: "192.0.2.1", TTL: 3600},
		{Type: "AAAA", Name: "www", Value: "2001:db8::1", TTL: 3600},
		{Type: "CNAME", Name: "ftp", Value: "www.example.com", TTL: 3600},
		{Type: "MX", Name: "@", Value: "mail.example.com", TTL: 3600, Priority: 10},
		{Type: "TXT", Name: "@", Value: `v=spf1 "a;b" \ -all`, TTL: 3600},
		{Type: "NS", Name: "sub", Value: "ns1.example.net", TTL: 3600},
		{Type: "SRV", Name: "_sip._tcp", Value: "5 5060 sip.example.com", TTL: 3600, Priority: 20},
		{Type: "CAA", Name: "@", Value: `0 issue "letsencrypt.org"`, TTL: 3600},
	}
}

func compact(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
