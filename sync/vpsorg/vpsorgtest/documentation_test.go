package vpsorgtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// documented returns a server at the time of the documentation's examples, and the ids of
// the zones example.com, with so many records, and myapp.io, made later, with 8.
func documented(t *testing.T, d vpsorgtest.Dialect, n int) (s *vpsorgtest.Server, example, myapp string) {
	t.Helper()
	now := time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)
	s = vpsorgtest.New(vpsorgtest.Options{Dialect: d, Now: func() time.Time { return now }})
	hosts := func(n int) (records []rec) {
		for i := range n {
			records = append(records, rec{Type: "A", Name: string(rune('a' + i)), Value: "192.0.2.1", TTL: 3600})
		}
		return records
	}
	example = addZone(t, s, "example.com",
		rec{ID: "rec-001", Type: "A", Name: "@", Value: "192.0.2.1", TTL: 3600},
		rec{ID: "rec-002", Type: "MX", Name: "@", Value: "mail.example.com", TTL: 3600, Priority: 10})
	for _, r := range hosts(n - 2) {
		if _, err := s.AddRecord("example.com", r); err != nil {
			t.Fatal(err)
		}
	}
	now = time.Date(2024, 6, 20, 14, 15, 0, 0, time.UTC)
	return s, example, addZone(t, s, "myapp.io", hosts(8)...)
}

const (
	exampleA  = `{"uuid": "rec-001", "record_type": "A", "name": "@", "value": "192.0.2.1", "ttl": 3600, "priority": null, "created_at": "2024-01-15T10:30:00Z"}`
	exampleMX = `{"uuid": "rec-002", "record_type": "MX", "name": "@", "value": "mail.example.com", "ttl": 3600, "priority": 10, "created_at": "2024-01-15T10:30:00Z"}`
)

// The documentation's examples of requests get the responses that it shows with them.
func TestFaultE2DocumentedExamples(t *testing.T) {
	abridged := vpsorgtest.Dialect{DetailLimit: 2} // the example shows 2 of 5 records
	tests := []struct {
		name               string
		dialect            vpsorgtest.Dialect
		records            int // of example.com
		method, path, body string
		status             int
		want               string // ZONE and APP are the ids of the zones
	}{
		{"list all DNS zones", vpsorgtest.Dialect{}, 12, "GET", "/dns-zones/", "", 200, `[
			{"uuid": "ZONE", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 12},
			{"uuid": "APP", "domain": "myapp.io", "created_at": "2024-06-20T14:15:00Z", "record_count": 8}]`},
		{"list by domain", vpsorgtest.Dialect{}, 12, "GET", "/dns-zones/?domain=example.com", "", 200, `[
			{"uuid": "ZONE", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 12}]`},
		{"zone with records", abridged, 5, "GET", "/dns-zones/ZONE/", "", 200, `
			{"uuid": "ZONE", "domain": "example.com", "created_at": "2024-01-15T10:30:00Z", "record_count": 5,
			 "records": [` + exampleA + "," + exampleMX + `]}`},
		{"delete zone", vpsorgtest.Dialect{}, 2, "DELETE", "/dns-zones/ZONE/", "", 204, ``},
		{"records of a zone", vpsorgtest.Dialect{}, 2, "GET", "/dns-zones/ZONE/records/", "", 200, `[` + exampleA + "," + exampleMX + `]`},
		{"direct list", vpsorgtest.Dialect{}, 2, "GET", "/dns-records/?zone=ZONE&record_type=MX", "", 200, `[` + exampleMX + `]`},
		{"direct record", vpsorgtest.Dialect{}, 2, "GET", "/dns-records/rec-001/", "", 200, exampleA},
		{"change the TTL", vpsorgtest.Dialect{}, 2, "PATCH", "/dns-records/rec-001/", `{"ttl": 1800}`, 200,
			strings.Replace(exampleA, "3600", "1800", 1)},
		{"delete record", vpsorgtest.Dialect{}, 2, "DELETE", "/dns-records/rec-001/", "", 204, ``},
		{"MX without priority", vpsorgtest.Dialect{}, 2, "POST", "/dns-zones/ZONE/records/",
			`{"record_type": "MX", "name": "@", "value": "mail2.example.com"}`, 400,
			`{"detail": "MX records require a priority value", "error_code": "validation_error", "field": "priority"}`},
		{"account", vpsorgtest.Dialect{}, 2, "GET", "/account/me/", "", 200, `
			{"account": {"email": "sandbox@example.com", "first_name": "Sandbox", "last_name": "Account",
			  "company_name": "", "created_at": "2024-06-15"},
			 "token": {"name": "sandbox", "permissions": ["dns:list", "dns:create", "dns:update", "dns:delete"]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, example, myapp := documented(t, tt.dialect, tt.records)
			ids := strings.NewReplacer("ZONE", example, "APP", myapp)
			a := do(t, s, tt.method, ids.Replace(tt.path), tt.body).want(t, tt.status)
			if tt.want == "" {
				if a.body != "" {
					t.Errorf("got %q, want no body", a.body)
				}
				return
			}
			var want any
			if err := json.Unmarshal([]byte(ids.Replace(tt.want)), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, a.decode(t)); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

// What the documentation creates is created, and shown as it says.
func TestFaultE2DocumentedCreation(t *testing.T) {
	s, _, _ := documented(t, vpsorgtest.Dialect{}, 2)
	zone := do(t, s, "POST", "/dns-zones/", `{"domain": "newdomain.com"}`).want(t, 201).object(t)
	want := map[string]any{
		"uuid": zone["uuid"], "domain": "newdomain.com", "created_at": "2024-06-20T14:15:00Z",
		"record_count": 0.0, "records": []any{},
	}
	if diff := cmp.Diff(want, zone); diff != "" {
		t.Errorf("zone (-want +got):\n%s", diff)
	}
	// The example of each type, with the name in each of the documented forms.
	for body, want := range map[string]map[string]any{
		`{"record_type": "A", "name": "www", "value": "192.0.2.1", "ttl": 3600}`:                           {"name": "www", "ttl": 3600.0, "priority": nil},
		`{"record_type": "AAAA", "name": "www.newdomain.com", "value": "2001:0db8::1"}`:                    {"name": "www", "ttl": 3600.0},
		`{"record_type": "CNAME", "name": "ftp", "value": "example.com"}`:                                  {"value": "example.com"},
		`{"record_type": "MX", "name": "@", "value": "mail.example.com", "priority": 10}`:                  {"name": "@", "value": "mail.example.com", "priority": 10.0},
		`{"record_type": "TXT", "name": "@", "value": "v=spf1 include:_spf.google.com ~all"}`:              {"value": "v=spf1 include:_spf.google.com ~all"},
		`{"record_type": "NS", "name": "sub", "value": "ns1.example.com"}`:                                 {"value": "ns1.example.com"},
		`{"record_type": "SRV", "name": "_sip._tcp", "value": "10 5060 sip.example.com", "priority": 5}`:   {"value": "10 5060 sip.example.com", "priority": 5.0},
		`{"record_type": "CAA", "name": "@", "value": "0 issue \"letsencrypt.org\"", "ttl": 300}`:          {"value": `0 issue "letsencrypt.org"`, "ttl": 300.0},
		`{"record_type": "TXT", "name": "null", "value": "priority may be null", "priority": null}`:        {"priority": nil},
		`{"record_type": "A", "name": "api.newdomain.com.", "value": "192.0.2.1", "ttl": 60}`:              {"name": "api"},
		`{"record_type": "MX", "name": "zero", "value": "mail.example.com", "priority": 0, "ttl": 86400}`:  {"priority": 0.0},
		`{"record_type": "SRV", "name": "_sip._udp", "value": "10 5060 sip.example.com", "priority": 655}`: {"priority": 655.0},
	} {
		got := do(t, s, "POST", records(zone["uuid"].(string)), body).want(t, 201).object(t)
		for field, v := range want {
			if got[field] != v {
				t.Errorf("%s: got %s %v, want %v", body, field, got[field], v)
			}
		}
	}
}

// The documentation's table of errors, word for word.
func TestFaultE2DocumentedErrors(t *testing.T) {
	const validation, zone = "validation_error", "/dns-zones/ZONE/"
	tests := []struct {
		name, method, path, body string
		authorization            string // empty means the server's own token
		permissions              []string
		status                   int
		detail, code, field      string
	}{
		{"invalid domain", "POST", "/dns-zones/", `{"domain": "not a domain"}`, "", nil, 400, "Invalid domain name", validation, "domain"},
		{"no domain at all", "POST", "/dns-zones/", `{"domain": ""}`, "", nil, 400, "Invalid domain name", validation, "domain"},
		{"zone exists", "POST", "/dns-zones/", `{"domain": "example.com"}`, "", nil, 400, "Zone already exists", validation, "domain"},
		{"MX", "POST", zone + "records/", record("MX", "@", "mail.example.com", ""), "", nil, 400, "MX records require a priority value", validation, "priority"},
		{"SRV", "POST", zone + "records/", record("SRV", "_a._tcp", "10 5060 sip.example.com", `,"priority":null`), "", nil, 400, "SRV records require a priority value", validation, "priority"},
		{"no token", "GET", "/dns-zones/", "", "none", nil, 401, "Invalid API token", "authentication_failed", ""},
		{"another token", "GET", "/dns-zones/", "", "Bearer vps_other", nil, 401, "Invalid API token", "authentication_failed", ""},
		{"no vps_", "GET", "/account/me/", "", "Bearer sandbox_0000", nil, 401, "Invalid API token", "authentication_failed", ""},
		{"no dns:list", "GET", "/dns-zones/", "", "", []string{"dns:create", "dns:delete"}, 403, "Missing permission", "permission_denied", ""},
		{"no dns:create", "POST", "/dns-zones/", `{"domain": "example.org"}`, "", []string{"dns:list", "dns:delete"}, 403, "Missing permission", "permission_denied", ""},
		{"no dns:delete", "DELETE", zone, "", "", []string{"dns:list", "dns:create"}, 403, "Missing permission", "permission_denied", ""},
		{"no zone", "GET", "/dns-zones/abc123-def456-ghi789/", "", "", nil, 404, "Not found.", "not_found", ""},
		{"no record", "GET", "/dns-records/rec-001/", "", "", nil, 404, "Not found.", "not_found", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(vpsorgtest.Options{Permissions: tt.permissions})
			id := addZone(t, s, "example.com")
			r := request(t, s, tt.method, strings.Replace(tt.path, "ZONE", id, 1), tt.body)
			switch tt.authorization {
			case "":
			case "none":
				r.Header.Del("Authorization")
			default:
				r.Header.Set("Authorization", tt.authorization)
			}
			a, err := send(s, r)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"detail": tt.detail, "error_code": tt.code}
			if tt.field != "" {
				want["field"] = tt.field
			}
			if diff := cmp.Diff(want, a.want(t, tt.status).object(t)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if challenge := a.header.Get("WWW-Authenticate"); (challenge != "") != (tt.status == http.StatusUnauthorized) {
				t.Errorf("got WWW-Authenticate %q with status %d", challenge, tt.status)
			}
			if len(s.Writes()) != 0 {
				t.Errorf("got writes %v, want none", s.Writes())
			}
		})
	}
}

// Each call needs the permission of the documentation's table; account/me lists what there
// is and needs none.
func TestFaultE2Permissions(t *testing.T) {
	calls := []struct{ method, path, body, needs string }{
		{"GET", "/dns-zones/", "", "dns:list"},
		{"GET", "/dns-zones/ID/", "", "dns:list"},
		{"GET", "/dns-zones/ID/records/", "", "dns:list"},
		{"GET", "/dns-records/?zone=ID", "", "dns:list"},
		{"GET", "/dns-records/none/", "", "dns:list"},
		{"POST", "/dns-zones/", `{"domain":"example.org"}`, "dns:create"},
		{"POST", "/dns-zones/ID/records/", record("A", "@", "192.0.2.1", ""), "dns:create"},
		{"PATCH", "/dns-records/none/", `{"ttl":1}`, "dns:update"},
		{"PUT", "/dns-records/none/", `{"ttl":1}`, "dns:update"},
		{"DELETE", "/dns-records/none/", "", "dns:delete"},
		{"DELETE", "/dns-zones/ID/", "", "dns:delete"},
	}
	for _, granted := range vpsorgtest.Permissions() {
		for _, call := range calls {
			s := newServer(vpsorgtest.Options{Permissions: []string{granted}})
			path := strings.Replace(call.path, "ID", addZone(t, s, "example.com"), 1)
			a := do(t, s, call.method, path, call.body)
			if forbidden := granted != call.needs && granted != "dns:*"; (a.status == 403) != forbidden {
				t.Errorf("%s %s with %s: got %d, want 403: %t", call.method, call.path, granted, a.status, forbidden)
			}
		}
	}
	for _, granted := range [][]string{{}, {"dns:list"}, {"dns:list", "dns:create"}, {"dns:*"}} {
		s := newServer(vpsorgtest.Options{Permissions: granted})
		token := get(t, s, "/account/me/").want(t, 200).object(t)["token"].(map[string]any)
		got := []string{}
		for _, p := range token["permissions"].([]any) {
			got = append(got, p.(string))
		}
		if diff := cmp.Diff(granted, got); diff != "" {
			t.Errorf("permissions (-want +got):\n%s", diff)
		}
	}
}
