package vpsorg

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

const testURL = "https://api.invalid/api/v1"

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply is an HTTP answer; header is "Name: value" or "".
func reply(r *http.Request, status int, header, body string) *http.Response {
	h := http.Header{}
	if name, value, ok := strings.Cut(header, ": "); ok {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}

// newClient returns a client that uses a transport.
func newClient(t testing.TB, transport http.RoundTripper, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{URL: testURL, Token: vpsorgtest.DefaultToken, Transport: transport, Jitter: rand.NewPCG(1, 2)}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answering returns a client that gets the same answer to every call.
func answering(t testing.TB, status int, body string) *Client {
	return newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		return reply(r, status, "", body), nil
	}))
}

// bubble runs a test in a bubble, where waits take no time.
func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// zoneName is the zone that most tests use.
func zoneName() schema.Name { return schema.MustParseName("example.com") }

// simulate starts a simulator that has the zone with some records.
func simulate(t testing.TB, o vpsorgtest.Options, records ...vpsorgtest.Record) (*vpsorgtest.Server, *Client, ZoneRef) {
	t.Helper()
	s := vpsorgtest.New(o)
	id, err := s.AddZone("example.com", records...)
	if err != nil {
		t.Fatal(err)
	}
	return s, newClient(t, s.Transport()), ZoneRef{ID: id, Name: zoneName(), RecordCount: -1}
}

// rec reads a record as it stands in zone files: name, type, TTL and RDATA.
func rec(t testing.TB, name string, typ schema.Type, ttl schema.TTL, rdata string) schema.Record {
	t.Helper()
	n, _, err := schema.ParseOwner(name, zoneName())
	if err != nil {
		t.Fatal(err)
	}
	d := schema.NewTXT(rdata)
	if typ != schema.TXT {
		if d, _, err = schema.ParseRDATA(typ, rdata, schema.Origin{Zone: zoneName()}); err != nil {
			t.Fatal(err)
		}
	}
	return schema.Record{Name: n, Type: typ, TTL: ttl, Data: d}
}

// sample has every type, and what is awkward to spell.
func sample(t testing.TB) []schema.Record {
	return []schema.Record{
		rec(t, "@", schema.A, 300, "192.0.2.1"),
		rec(t, "@", schema.A, 300, "192.0.2.2"),
		rec(t, "www", schema.AAAA, 3600, "2001:db8::1"),
		rec(t, "mapped", schema.AAAA, 3600, "::ffff:192.0.2.1"),
		rec(t, "ftp", schema.CNAME, 600, "www.example.com."),
		rec(t, "deep", schema.CNAME, 600, "a.b.example.com."),
		rec(t, "home", schema.CNAME, 600, "example.com."),
		rec(t, "out", schema.CNAME, 600, "www.example.net."),
		rec(t, "@", schema.MX, 3600, "0 mail.example.com."),
		rec(t, "@", schema.MX, 3600, "20 mx.example.net."),
		rec(t, "null", schema.MX, 3600, "0 ."),
		rec(t, "@", schema.TXT, 3600, `v=DMARC1; p="none" \ "`),
		rec(t, "q", schema.TXT, 3600, `"wholly quoted" "twice"`),
		rec(t, "esc", schema.TXT, 3600, `a\;b\065`),
		rec(t, "long", schema.TXT, 3600, "  Spaces,  "+strings.Repeat("Long and ünicode ", 30)),
		rec(t, "sub", schema.NS, 3600, "ns1.example.net."),
		rec(t, "_sip._tcp", schema.SRV, 3600, "0 5 5060 sip.example.com."),
		rec(t, "_none._tcp", schema.SRV, 3600, "1 0 0 ."),
		rec(t, "@", schema.CAA, 3600, `0 issue "letsencrypt.org; validationmethods=dns-01"`),
		rec(t, "@", schema.CAA, 3600, `128 issuewild ";"`),
		rec(t, "*", schema.A, 3600, "192.0.2.3"),
		rec(t, "*.deep.er", schema.A, 3600, "192.0.2.4"),
		rec(t, "xn--bcher-kva", schema.CNAME, 3600, "xn--mnchen-3ya.example.com."),
		rec(t, "www.example.com", schema.A, 60, "192.0.2.5"), // doubled
	}
}

// stored returns a record as the simulator takes it.
func stored(r schema.Record) vpsorgtest.Record {
	return vpsorgtest.Record{
		Type: string(r.Type), Name: r.Name.String(), Value: carriedValue(r.Data), TTL: int(r.TTL), Priority: int(r.Data.Priority()),
	}
}

// allStored returns records as the simulator takes them.
func allStored(records []schema.Record) []vpsorgtest.Record {
	var out []vpsorgtest.Record
	for _, r := range records {
		out = append(out, stored(r))
	}
	return out
}

// declaring makes what a zone file declares of records.
func declaring(records []schema.Record) func(schema.Record) bool {
	return func(r schema.Record) bool {
		return slices.ContainsFunc(records, func(w schema.Record) bool { return w.Key() == r.Key() && w.Data == r.Data })
	}
}

// liveRecord is a record as the documented service shows it.
func liveRecord(id string, r schema.Record) diff.Live {
	l := diff.Live{ID: id, Record: r, Value: carriedValue(r.Data)}
	if r.Type.HasPriority() {
		l.Priority = new(int(r.Data.Priority()))
	}
	return l
}

// holds fails the test unless live holds want and no other managed record.
func holds(t testing.TB, live diff.LiveZone, want []schema.Record) {
	t.Helper()
	left := slices.Clone(live.Records)
	left = slices.DeleteFunc(left, func(l diff.Live) bool {
		return !l.Record.Type.Managed() || l.Record.Key() == schema.Key{Name: live.Name, Type: schema.NS}
	})
	for _, r := range want {
		i := slices.IndexFunc(left, func(l diff.Live) bool {
			return l.Unreadable == "" && l.Record == r
		})
		if i < 0 {
			t.Errorf("%s %s %d %q is missing", r.Name, r.Type, r.TTL, r.Data)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, l := range left {
		t.Errorf("%s %s %d %q %s is too many", l.Record.Name, l.Record.Type, l.Record.TTL, l.Value, l.Unreadable)
	}
}

// mustError returns the Error in err.
func mustError(t testing.TB, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an Error", err)
	}
	return e
}

// calls counts the calls of one kind that a simulator received.
func calls(s *vpsorgtest.Server, k vpsorgtest.Kind) int {
	n := 0
	for _, c := range s.Calls() {
		if c.Kind == k {
			n++
		}
	}
	return n
}

// mustZone reads a zone that can be read and declares some records.
func mustZone(t testing.TB, c *Client, ref ZoneRef, declared ...schema.Record) diff.LiveZone {
	t.Helper()
	live, err := c.Zone(t.Context(), ref, declaring(declared))
	if err != nil {
		t.Fatal(err)
	}
	return live
}
