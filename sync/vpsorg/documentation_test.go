package vpsorg

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// The examples of the documentation, as it shows them.
const (
	exampleA  = `{"uuid": "rec-001", "record_type": "A", "name": "@", "value": "192.0.2.1", "ttl": 3600, "priority": null, "created_at": "2024-01-15T10:30:00Z"}`
	exampleMX = `{"uuid": "rec-002", "record_type": "MX", "name": "@", "value": "mail.example.com", "ttl": 3600, "priority": 10, "created_at": "2024-01-15T10:35:00Z"}`
	exampleID = "abc123-def456-ghi789"
)

// documentation is a service that answers with the documentation's examples, and keeps
// what it was sent.
func documentation(t *testing.T, answers map[string]string) (c *Client, sent map[string]string) {
	sent = make(map[string]string)
	return newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		call := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/api/v1")
		if r.Body != nil {
			body, _ := io.ReadAll(r.Body)
			sent[call] = string(body)
		}
		text, ok := answers[call]
		if !ok {
			t.Errorf("unexpected call %s", call)
		}
		status := http.StatusOK
		switch {
		case strings.HasPrefix(text, `{"detail"`):
			status = http.StatusBadRequest
		case r.Method == http.MethodPost:
			status = http.StatusCreated
		case r.Method == http.MethodDelete:
			status = http.StatusNoContent
		}
		return reply(r, status, "Content-Type: application/json", text), nil
	})), sent
}

func TestFaultE2DocumentedReads(t *testing.T) {
	c, _ := documentation(t, map[string]string{
		"GET /dns-zones/": `[{"uuid": "` + exampleID + `", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 12},
			{"uuid": "def456", "domain": "myapp.io", "created_at": "2024-06-20T14:15:00Z", "record_count": 8}]`,
		"GET /dns-zones/?domain=example.com":        `[{"uuid": "` + exampleID + `", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 12}]`,
		"GET /dns-zones/" + exampleID + "/":         `{"uuid": "` + exampleID + `", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 5, "records": [` + exampleA + "," + exampleMX + `]}`,
		"GET /dns-zones/" + exampleID + "/records/": `[` + exampleA + "," + exampleMX + `]`,
		"GET /account/me/":                          `{"account": {"email": "a@example.com", "first_name": "A", "last_name": "B", "company_name": "", "created_at": "2024-06-15"}, "token": {"name": "dns", "permissions": ["dns:list", "dns:create"]}}`,
	})
	list, err := c.Zones(t.Context())
	want := []ZoneRef{{ID: exampleID, Name: zoneName(), RecordCount: 12}, {ID: "def456", Name: schema.MustParseName("myapp.io"), RecordCount: 8}}
	if err != nil || list.Partial != "" || len(list.Zones) != 2 || list.Zones[0] != want[0] || list.Zones[1] != want[1] {
		t.Errorf("zones: got %+v, %v", list, err)
	}
	ref, found, err := c.FindZone(t.Context(), zoneName())
	if err != nil || !found || ref != want[0] {
		t.Errorf("find: got %+v, %t, %v", ref, found, err)
	}
	live, err := c.Zone(t.Context(), ref, nil)
	if err != nil || live.Partial != "" || len(live.Warnings) != 1 || !strings.Contains(live.Warnings[0], "record_count") {
		t.Errorf("zone: got %+v, %v, want it whole, with a word on the count", live, err)
	}
	holds(t, live, []schema.Record{rec(t, "@", "A", 3600, "192.0.2.1"), rec(t, "@", "MX", 3600, "10 mail.example.com.")})
	account, err := c.Check(t.Context())
	if d := cmp.Diff([]string{"dns:delete"}, account.Missing("dns:list", "dns:create", "dns:delete")); err != nil || d != "" || account.Token != "dns" {
		t.Errorf("account: got %+v, %v\n%s", account, err, d)
	}
}

// The documentation's values of each type are what is sent, and what is read as the same.
func TestFaultE2DocumentedValues(t *testing.T) {
	for _, test := range []struct{ typ, rdata, value, priority string }{
		{"A", "192.0.2.1", "192.0.2.1", ""},
		{"AAAA", "2001:0db8::1", "2001:db8::1", ""},
		{"CNAME", "example.com.", "example.com", ""},
		{"MX", "10 mail.example.com.", "mail.example.com", `,"priority":10`},
		{"TXT", "v=spf1 include:_spf.google.com ~all", "v=spf1 include:_spf.google.com ~all", ""},
		{"NS", "ns1.example.com.", "ns1.example.com", ""},
		{"SRV", "5 10 5060 sip.example.com.", "10 5060 sip.example.com", `,"priority":5`},
		{"CAA", `0 issue "letsencrypt.org"`, `0 issue \"letsencrypt.org\"`, ""},
	} {
		r := rec(t, "www", schema.Type(test.typ), 3600, test.rdata)
		body, err := encodeCreate(r, zoneName())
		want := `{"record_type":"` + test.typ + `","name":"www","value":"` + test.value + `","ttl":3600` + test.priority + `}`
		if err != nil || string(body) != want {
			t.Errorf("%s: got %s, %v, want %s", test.typ, body, err, want)
		}
		if back := decode(t, string(body)); back[0].Unreadable != "" || back[0].Record != r {
			t.Errorf("%s: reads back as %+v", test.typ, back[0])
		}
	}
	// The documentation spells an address out that is shorter in canonical form.
	if l := decode(t, `{"record_type": "AAAA", "name": "www", "value": "2001:0db8::1", "ttl": 3600}`); l[0].Record != rec(t, "www", "AAAA", 3600, "2001:db8::1") {
		t.Errorf("AAAA: got %+v", l[0])
	}
}

func TestFaultE2DocumentedWrites(t *testing.T) {
	ref := ZoneRef{ID: exampleID, Name: zoneName()}
	records := "POST /dns-zones/" + exampleID + "/records/"
	c, sent := documentation(t, map[string]string{
		"POST /dns-zones/":                     `{"uuid": "` + exampleID + `", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 0, "records": []}`,
		records:                                `{"detail": "MX records require a priority value", "error_code": "validation_error", "field": "priority"}`,
		"PATCH /dns-records/rec-001/":          `{"uuid": "rec-001", "record_type": "A", "name": "@", "value": "192.0.2.1", "ttl": 1800, "priority": null}`,
		"DELETE /dns-records/rec-001/":         "",
		"DELETE /dns-zones/" + exampleID + "/": "",
	})
	made, isNew, err := c.CreateZone(t.Context(), zoneName())
	if err != nil || !isNew || made.ID != exampleID || sent["POST /dns-zones/"] != `{"domain":"example.com"}` {
		t.Errorf("create zone: got %+v, %t, %v by %s", made, isNew, err, sent["POST /dns-zones/"])
	}
	a := rec(t, "@", "A", 3600, "192.0.2.1")
	after := a
	after.TTL = 1800
	if err := c.UpdateRecord(t.Context(), ref, liveRecord("rec-001", a), after); err != nil || sent["PATCH /dns-records/rec-001/"] != `{"ttl":1800}` {
		t.Errorf("update: got %v by %s", err, sent["PATCH /dns-records/rec-001/"])
	}
	for _, err := range []error{c.DeleteRecord(t.Context(), ref, diff.Live{ID: "rec-001"}), c.DeleteZone(t.Context(), ref)} {
		if err != nil {
			t.Error(err)
		}
	}
	err = c.CreateRecord(t.Context(), ref, rec(t, "@", "MX", 3600, "10 mail.example.com."))
	if e := mustError(t, err); e.Status != http.StatusBadRequest || !strings.Contains(err.Error(), "400 Bad Request: priority: MX records require a priority value (validation_error)") {
		t.Errorf("refused: got %v", err)
	}
}

// What the sandbox refuses in the documentation's words is shown in them.
func TestFaultE2DocumentedRefusals(t *testing.T) {
	_, c, _ := simulate(t, vpsorgtest.Options{})
	if _, _, err := c.CreateZone(t.Context(), schema.MustParseName("not_a_domain")); err == nil || !strings.Contains(err.Error(), "Invalid domain name") {
		t.Errorf("got %v, want the documentation's words", err)
	}
	bad := newClient(t, vpsorgtest.New(vpsorgtest.Options{}).Transport(), func(o *Options) { o.Token = "vps_0000000000000000" })
	if _, err := bad.Zones(t.Context()); err == nil || !strings.Contains(err.Error(), "401 Unauthorized: Invalid API token") {
		t.Errorf("got %v, want the documentation's words", err)
	}
}
