package vpsorgtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestDocumentedZoneLifecycle(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	if got := get(t, s, "/dns-zones/").want(t, 200).body; got != "[]" {
		t.Errorf("empty list: got %s, want []", got)
	}
	made := do(t, s, "POST", "/dns-zones/", `{"domain": "Example.com"}`).want(t, 201)
	id := made.object(t)["uuid"].(string)
	want := `{"uuid":"` + id + `","domain":"example.com","created_at":"2026-11-21T22:34:00Z","record_count":0`
	if made.body != want+`,"records":[]}` {
		t.Errorf("POST: got %s, want %s and no records", made.body, want)
	}
	if again := get(t, s, "/dns-zones/"+id+"/").want(t, 200); again.body != made.body {
		t.Errorf("GET: got %s, want %s", again.body, made.body)
	}
	do(t, s, "POST", "/dns-zones/", `{"domain": "example.org"}`).want(t, 201)
	if got := get(t, s, "/dns-zones/?domain=example.com").body; got != "["+want+"}]" {
		t.Errorf("filtered list: got %s, want %s", got, want)
	}
	if n := len(get(t, s, "/dns-zones/").array(t)); n != 2 {
		t.Errorf("list: got %d zones, want 2", n)
	}
	if gone := do(t, s, "DELETE", "/dns-zones/"+id+"/", "").want(t, 204); gone.body != "" {
		t.Errorf("DELETE: got body %q, want none", gone.body)
	}
	get(t, s, "/dns-zones/"+id+"/").want(t, 404)
	get(t, s, "/dns-zones/"+id+"/records/").want(t, 404)
	do(t, s, "DELETE", "/dns-zones/"+id+"/", "").want(t, 404)
}

func TestZonesAccepted(t *testing.T) {
	for _, domain := range []string{"_msdcs.corp.example", "0/26.2.0.192.in-addr.arpa", "xn--bcher-kva.example"} {
		s := newServer(vpsorgtest.Options{})
		do(t, s, "POST", "/dns-zones/", `{"domain":"`+domain+`"}`).want(t, 201)
	}
}

func TestDocumentedRecordLifecycle(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	zone := addZone(t, s, "example.com")
	made := do(t, s, "POST", records(zone), record("MX", "@", "mail.example.com", `,"priority":10`)).want(t, 201)
	id := made.object(t)["uuid"].(string)
	want := `{"uuid":"` + id + `","record_type":"MX","name":"@","value":"mail.example.com","ttl":3600,"priority":10,` +
		`"created_at":"2026-11-21T22:34:00Z"}`
	for path, body := range map[string]string{
		records(zone):                          "[" + want + "]",
		"/dns-records/?zone=" + zone:           "[" + want + "]",
		"/dns-records/?record_type=MX":         "[" + want + "]",
		"/dns-records/?record_type=A":          "[]",
		"/dns-records/" + id + "/":             want,
		"/dns-zones/?domain=example.com&":      `[{"uuid":"` + zone + `","domain":"example.com","created_at":"2026-11-21T22:34:00Z","record_count":1}]`,
		"/dns-zones/?domain=EXAMPLE.com":       `[{"uuid":"` + zone + `","domain":"example.com","created_at":"2026-11-21T22:34:00Z","record_count":1}]`,
		"/dns-zones/?domain=xample.com":        "[]",
		"/dns-records/?zone=" + zone + "&zone": "[" + want + "]",
	} {
		if got := get(t, s, path).want(t, 200).body; got != body {
			t.Errorf("GET %s: got %s, want %s", path, got, body)
		}
	}
	changed := do(t, s, "PATCH", "/dns-records/"+id+"/", `{"ttl":1800}`).want(t, 200)
	if changed.body != strings.Replace(want, "3600", "1800", 1) {
		t.Errorf("PATCH: got %s, want ttl 1800 in %s", changed.body, want)
	}
	put := do(t, s, "PUT", "/dns-records/"+id+"/", record("A", "www", "192.0.2.1", "")).want(t, 200).object(t)
	if put["ttl"] != 3600.0 || put["priority"] != nil || put["name"] != "www" {
		t.Errorf("PUT: got %v, want the default TTL and no priority", put)
	}
	do(t, s, "PUT", "/dns-records/"+id+"/", `{"ttl":1}`).want(t, 400)
	do(t, s, "DELETE", "/dns-records/"+id+"/", "").want(t, 204)
	for _, method := range []string{"GET", "DELETE"} {
		do(t, s, method, "/dns-records/"+id+"/", "").want(t, 404)
	}
	do(t, s, "PATCH", "/dns-records/"+id+"/", `{"ttl":1}`).want(t, 404)
	if got := s.Records("example.com"); len(got) != 0 {
		t.Errorf("records: got %v, want none", got)
	}
	want2 := map[vpsorgtest.Kind]int{"CreateRecord": 1, "PatchRecord": 1, "PutRecord": 1, "DeleteRecord": 1}
	if diff := cmp.Diff(want2, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestUnauthorized(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	for header, auth := range map[string]vpsorgtest.Auth{
		"":                          vpsorgtest.AuthNone,
		"Bearer vps_wrong":          vpsorgtest.AuthOther,
		"Token " + s.Token():        vpsorgtest.AuthOther,
		"Bearer " + s.Token() + "x": vpsorgtest.AuthOther,
	} {
		s.ResetCalls()
		r := request(t, s, "GET", "/dns-zones/", "")
		r.Header.Del("Authorization")
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		a, err := send(s, r)
		if err != nil || a.status != 401 || a.object(t)["error_code"] != "authentication_failed" {
			t.Errorf("%q: got %d %s, %v, want 401", header, a.status, a.body, err)
		}
		if c := s.Calls()[0]; c.Auth != auth || c.Performed || c.Status != 401 {
			t.Errorf("%q: got call %+v, want auth %s, not performed", header, c, auth)
		}
	}
}

func TestOtherAccountsZone(t *testing.T) {
	s := newServer(vpsorgtest.Options{OtherZones: []string{"taken.example"}})
	do(t, s, "POST", "/dns-zones/", `{"domain":"taken.example"}`).want(t, 400)
	if got := get(t, s, "/dns-zones/?domain=taken.example").body; got != "[]" {
		t.Errorf("list: got %s, want []", got)
	}
}

func TestIDsDependOnSeed(t *testing.T) {
	one, same := newServer(vpsorgtest.Options{Seed: 1}), newServer(vpsorgtest.Options{Seed: 1})
	other := newServer(vpsorgtest.Options{Seed: 2})
	id := addZone(t, one, "example.com")
	if got := addZone(t, same, "example.com"); got != id {
		t.Errorf("same seed: got %s, want %s", got, id)
	}
	if got := addZone(t, other, "example.com"); got == id {
		t.Errorf("other seed: got %s again", got)
	}
	if len(id) != 36 || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) {
		t.Errorf("got %s, want the form of a version 4 UUID", id)
	}
}

func TestCallsDescribeRequests(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	zone := addZone(t, s, "example.com")
	id := do(t, s, "POST", records(zone), record("A", "WWW", "192.0.2.1", `,"ttl":60`)).object(t)["uuid"].(string)
	do(t, s, "DELETE", "/dns-records/"+id+"/", "").want(t, 204)
	want := []vpsorgtest.Call{{
		N: 1, Method: "POST", Host: "sandbox.invalid", Path: "/api/v1" + records(zone), Kind: vpsorgtest.CreateRecord,
		Auth: vpsorgtest.AuthOwn, ZoneID: zone, Domain: "example.com", RecordID: id,
		RecordName: "www.example.com", RecordType: "A", Status: 201, Performed: true,
	}, {
		N: 2, Method: "DELETE", Host: "sandbox.invalid", Path: "/api/v1/dns-records/" + id + "/",
		Kind: vpsorgtest.DeleteRecord, Auth: vpsorgtest.AuthOwn, ZoneID: zone, Domain: "example.com",
		RecordID: id, RecordName: "www.example.com", RecordType: "A", Status: 204, Performed: true,
	}}
	got := s.Calls()
	if ttl := got[0].Body["ttl"]; ttl == nil {
		t.Errorf("body: got %v, want a ttl", got[0].Body)
	}
	got[0].Body = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestKeepCalls(t *testing.T) {
	s := newServer(vpsorgtest.Options{KeepCalls: 3})
	for range 20 {
		get(t, s, "/account/me/")
	}
	calls := s.Calls()
	if n := len(calls); n < 3 || n > 6 || calls[n-1].N != 20 {
		t.Errorf("got %d calls, the last %d; want 3 to 6, the last 20", n, calls[n-1].N)
	}
}

func TestServesOverLoopback(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	addZone(t, s, "example.com", sample()...)
	web := newWeb(t, s)
	r, _ := http.NewRequestWithContext(t.Context(), "GET", web+"/api/v1/dns-zones/", nil)
	r.Header.Set("Authorization", "Bearer "+s.Token())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || resp.ContentLength <= 0 {
		t.Errorf("got %d, length %d; want 200 with a length", resp.StatusCode, resp.ContentLength)
	}
}
