package vpsorgtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

type rec = vpsorgtest.Record

func TestDialectEchoesRecord(t *testing.T) {
	host := rec{Type: "CNAME", Name: "ftp", Value: "www.example.com"}
	mx := rec{Type: "MX", Name: "@", Value: "mail.example.com", Priority: 10}
	v6 := rec{Type: "AAAA", Name: "www", Value: "2001:db8::1"}
	txt := rec{Type: "TXT", Name: "@", Value: `a;b "c" \`}
	long := rec{Type: "TXT", Name: "@", Value: strings.Repeat("x", 254) + "äy"}
	caa := rec{Type: "CAA", Name: "@", Value: `0 issue "letsencrypt.org"`}
	tests := []struct {
		name    string
		dialect vpsorgtest.Dialect
		record  rec
		want    map[string]any
	}{
		{"apex", vpsorgtest.Dialect{}, mx, map[string]any{"name": "@", "value": "mail.example.com", "priority": 10.0}},
		{"relative", vpsorgtest.Dialect{}, v6, map[string]any{"name": "www", "priority": nil, "ttl": 300.0}},
		{"empty apex", vpsorgtest.Dialect{Names: vpsorgtest.NameEmpty}, mx, map[string]any{"name": ""}},
		{"empty, below apex", vpsorgtest.Dialect{Names: vpsorgtest.NameEmpty}, v6, map[string]any{"name": "www"}},
		{"FQDN", vpsorgtest.Dialect{Names: vpsorgtest.NameFQDN}, v6, map[string]any{"name": "www.example.com"}},
		{"FQDN apex", vpsorgtest.Dialect{Names: vpsorgtest.NameFQDN}, mx, map[string]any{"name": "example.com"}},
		{"FQDN dot", vpsorgtest.Dialect{Names: vpsorgtest.NameFQDNDot}, v6, map[string]any{"name": "www.example.com."}},
		{"FQDN dot apex", vpsorgtest.Dialect{Names: vpsorgtest.NameFQDNDot}, mx, map[string]any{"name": "example.com."}},
		{"repeats the zone", vpsorgtest.Dialect{}, rec{Type: "A", Name: "example.com.example.com", Value: "192.0.2.1"}, map[string]any{"name": "example.com"}},
		{"upper", vpsorgtest.Dialect{Names: vpsorgtest.NameUpper}, v6, map[string]any{"name": "WWW"}},
		{"host dot", vpsorgtest.Dialect{Hosts: vpsorgtest.HostDot}, host, map[string]any{"value": "www.example.com."}},
		{"host relative", vpsorgtest.Dialect{Hosts: vpsorgtest.HostRelative}, host, map[string]any{"value": "www"}},
		{"host plain", vpsorgtest.Dialect{}, host, map[string]any{"value": "www.example.com"}},
		{"host relative, two labels", vpsorgtest.Dialect{Hosts: vpsorgtest.HostRelative}, rec{Type: "MX", Name: "x", Value: "foo.net.example.com"}, map[string]any{"value": "foo.net"}},
		{"host apex", vpsorgtest.Dialect{Hosts: vpsorgtest.HostRelative}, rec{Type: "CNAME", Name: "x", Value: "example.com"}, map[string]any{"value": "@"}},
		{"host outside", vpsorgtest.Dialect{Hosts: vpsorgtest.HostRelative}, rec{Type: "NS", Name: "x", Value: "ns.example.net"}, map[string]any{"value": "ns.example.net."}},
		{"host upper", vpsorgtest.Dialect{Hosts: vpsorgtest.HostUpper}, host, map[string]any{"value": "WWW.EXAMPLE.COM"}},
		{"SRV dot", vpsorgtest.Dialect{Hosts: vpsorgtest.HostDot}, rec{Type: "SRV", Name: "x", Value: "1 2 a.example.com"}, map[string]any{"value": "1 2 a.example.com."}},
		{"null MX dot", vpsorgtest.Dialect{Hosts: vpsorgtest.HostDot}, rec{Type: "MX", Name: "x", Value: "."}, map[string]any{"value": ".", "priority": 0.0}},
		{"TXT raw", vpsorgtest.Dialect{}, txt, map[string]any{"value": `a;b "c" \`}},
		{"TXT raw backslash", vpsorgtest.Dialect{}, rec{Type: "TXT", Name: "x", Value: `v=STSv1\; id=1`}, map[string]any{"value": `v=STSv1\; id=1`}},
		{"TXT raw quotes", vpsorgtest.Dialect{}, rec{Type: "TXT", Name: "x", Value: `"thing"`}, map[string]any{"value": `"thing"`}},
		{"TXT quoted", vpsorgtest.Dialect{TXT: vpsorgtest.TXTQuoted}, txt, map[string]any{"value": `"a;b \"c\" \\"`}},
		{"TXT escaped", vpsorgtest.Dialect{TXT: vpsorgtest.TXTEscaped}, txt, map[string]any{"value": `a\;b \"c\" \\`}},
		{"TXT split", vpsorgtest.Dialect{TXT: vpsorgtest.TXTSplit}, long, map[string]any{"value": `"` + strings.Repeat("x", 254) + `" "äy"`}},
		{"IPv6 expanded", vpsorgtest.Dialect{IPv6: vpsorgtest.IPv6Expanded}, v6, map[string]any{"value": "2001:0db8:0000:0000:0000:0000:0000:0001"}},
		{"IPv6 upper", vpsorgtest.Dialect{IPv6: vpsorgtest.IPv6Upper}, v6, map[string]any{"value": "2001:DB8::1"}},
		{"IPv6 padded", vpsorgtest.Dialect{IPv6: vpsorgtest.IPv6Padded}, v6, map[string]any{"value": "2001:0db8::0001"}},
		{"CAA unquoted", vpsorgtest.Dialect{CAA: vpsorgtest.CAAUnquoted}, caa, map[string]any{"value": "0 issue letsencrypt.org"}},
		{"CAA upper", vpsorgtest.Dialect{CAA: vpsorgtest.CAAUpper}, caa, map[string]any{"value": `0 ISSUE "letsencrypt.org"`}},
		{"priority inside", vpsorgtest.Dialect{Priority: vpsorgtest.PriorityInValue}, mx, map[string]any{"value": "10 mail.example.com", "priority": nil}},
		{"priority both", vpsorgtest.Dialect{Priority: vpsorgtest.PriorityBoth}, mx, map[string]any{"value": "10 mail.example.com", "priority": 10.0}},
		{"priority zero", vpsorgtest.Dialect{Priority: vpsorgtest.PriorityZero}, v6, map[string]any{"priority": 0.0}},
		{"strings", vpsorgtest.Dialect{NumbersAsStrings: true}, mx, map[string]any{"ttl": "300", "priority": "10"}},
		{"fractions", vpsorgtest.Dialect{Times: vpsorgtest.TimeFraction}, v6, map[string]any{"created_at": "2026-11-21T22:34:00.123456Z"}},
		{"offset", vpsorgtest.Dialect{Times: vpsorgtest.TimeOffset}, v6, map[string]any{"created_at": "2026-11-22T00:34:00+02:00"}},
		{"date", vpsorgtest.Dialect{Times: vpsorgtest.TimeDate}, v6, map[string]any{"created_at": "2026-11-21"}},
		{"extra", vpsorgtest.Dialect{ExtraFields: true}, v6, map[string]any{"enabled": true}},
		{"Unicode", vpsorgtest.Dialect{Unicode: true}, rec{Type: "CNAME", Name: "xn--bcher-kva", Value: "xn--mnchen-3ya.example.net"}, map[string]any{"name": "bücher", "value": "münchen.example.net"}},
		{"raw", vpsorgtest.Dialect{Hosts: vpsorgtest.HostDot}, rec{Type: "MX", Name: "x", Value: "10 Mail", Priority: -1, Raw: true}, map[string]any{"value": "10 Mail", "priority": nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := dialect(tt.dialect)
			tt.record.TTL = 300
			zone := addZone(t, s, "example.com", tt.record)
			list := get(t, s, records(zone)).array(t)
			got := list[0].(map[string]any)
			for field, want := range tt.want {
				if got[field] != want {
					t.Errorf("%s: got %v, want %v", field, got[field], want)
				}
			}
			detail := get(t, s, "/dns-zones/"+zone+"/").object(t)["records"].([]any)[0]
			single := get(t, s, "/dns-records/"+s.Records("example.com")[0].ID+"/").object(t)
			if !cmp.Equal(detail, list[0]) || !cmp.Equal(list[0], any(single)) {
				t.Errorf("reads differ: %v, %v, %v", detail, list[0], single)
			}
		})
	}
	s := dialect(vpsorgtest.Dialect{Priority: vpsorgtest.PriorityAbsent})
	zone := addZone(t, s, "example.com", v6)
	if body := get(t, s, records(zone)).body; strings.Contains(body, "priority") {
		t.Errorf("priority absent: got %s", body)
	}
}

func TestDialectEchoesAsSent(t *testing.T) {
	s := dialect(vpsorgtest.Dialect{Names: vpsorgtest.NameAsSent, ValuesAsSent: true})
	zone := addZone(t, s, "example.com")
	o := do(t, s, "POST", records(zone), record("AAAA", "WwW.Example.com.", "2001:0DB8::1", "")).want(t, 201).object(t)
	if o["name"] != "WwW.Example.com." || o["value"] != "2001:0DB8::1" {
		t.Errorf("POST: got %v, want it as sent", o)
	}
	o = do(t, s, "PATCH", "/dns-records/"+o["uuid"].(string)+"/", `{"value":"2001:DB8::2"}`).want(t, 200).object(t)
	if o["name"] != "WwW.Example.com." || o["value"] != "2001:DB8::2" {
		t.Errorf("PATCH: got %v, want it as sent", o)
	}
	if r := s.Records("example.com")[0]; r.Name != "www.example.com" || r.Value != "2001:db8::2" {
		t.Errorf("stored: got %+v, want canonical", r)
	}
}

func TestDialectEnvelopes(t *testing.T) {
	tests := []struct {
		env  vpsorgtest.Envelope
		want string
	}{
		{vpsorgtest.EnvelopeArray, `[1,2,3]`},
		{vpsorgtest.EnvelopeCount, `{"count":3,"results":[1,2,3]}`},
		{vpsorgtest.EnvelopeResults, `{"results":[1,2,3]}`},
		{vpsorgtest.EnvelopePaged, `{"count":3,"next":"https://sandbox.invalid/api/v1PATH?page=2","previous":null,"results":[1,2]}`},
	}
	for _, tt := range tests {
		s := dialect(vpsorgtest.Dialect{Zones: tt.env, Records: tt.env, PageSize: 2})
		id := addZone(t, s, "example.com", sample()[:3]...)
		addZone(t, s, "example.org")
		addZone(t, s, "example.net")
		for _, path := range []string{"/dns-zones/", records(id)} {
			want := strings.ReplaceAll(tt.want, "PATH", path)
			if got := numbered(t, get(t, s, path).decode(t)); got != want {
				t.Errorf("%d %s: got %s, want %s", tt.env, path, got, want)
			}
		}
	}
	s := dialect(vpsorgtest.Dialect{Records: vpsorgtest.EnvelopePaged, PageSize: 2})
	id := addZone(t, s, "example.com", sample()[:3]...)
	last := numbered(t, get(t, s, "/dns-records/?zone="+id+"&page=2").decode(t))
	if want := `{"count":3,"next":null,"previous":"https://sandbox.invalid/api/v1/dns-records/?zone=` + id + `","results":[1]}`; last != want {
		t.Errorf("last page: got %s, want %s", last, want)
	}
	get(t, s, records(id)+"?page=3").want(t, 404)
	get(t, s, records(id)+"?page=x").want(t, 404)
}

// numbered writes a list with a number for each item.
func numbered(t *testing.T, v any) string {
	t.Helper()
	number := func(items []any) {
		for i := range items {
			items[i] = i + 1
		}
	}
	switch v := v.(type) {
	case []any:
		number(v)
	case map[string]any:
		number(v["results"].([]any))
	}
	return compact(t, encode(t, v))
}

func TestDialectCounts(t *testing.T) {
	tests := []struct {
		name        string
		dialect     vpsorgtest.Dialect
		count, seen int
	}{
		{"documented", vpsorgtest.Dialect{}, 3, 3},
		{"detail truncated", vpsorgtest.Dialect{DetailLimit: 2}, 3, 2},
		{"hidden counted", vpsorgtest.Dialect{CountHidden: true}, 6, 3},
		{"apex listed", vpsorgtest.Dialect{Apex: vpsorgtest.ApexListed, CountHidden: true}, 6, 6},
		{"foreign", vpsorgtest.Dialect{ForeignTypes: true}, 5, 5},
	}
	for _, tt := range tests {
		s := dialect(tt.dialect)
		id := addZone(t, s, "example.com", sample()[:3]...)
		o := get(t, s, "/dns-zones/"+id+"/").object(t)
		if seen := len(o["records"].([]any)); o["record_count"] != float64(tt.count) || seen != tt.seen {
			t.Errorf("%s: got count %v and %d records, want %d and %d", tt.name, o["record_count"], seen, tt.count, tt.seen)
		}
		listed := get(t, s, "/dns-zones/").array(t)[0].(map[string]any)
		if listed["record_count"] != o["record_count"] {
			t.Errorf("%s: got count %v in the list, want %v", tt.name, listed["record_count"], o["record_count"])
		}
	}
}

func TestDialectApexProtected(t *testing.T) {
	for style, status := range map[vpsorgtest.ApexStyle]int{vpsorgtest.ApexListed: 400, vpsorgtest.ApexForbidden: 403} {
		s := dialect(vpsorgtest.Dialect{Apex: style})
		id := addZone(t, s, "example.com")
		var types []string
		for _, item := range get(t, s, records(id)).array(t) {
			r := item.(map[string]any)
			types = append(types, r["record_type"].(string))
			do(t, s, "DELETE", "/dns-records/"+r["uuid"].(string)+"/", "").want(t, status)
			do(t, s, "PATCH", "/dns-records/"+r["uuid"].(string)+"/", `{"ttl":1}`).want(t, status)
		}
		if diff := cmp.Diff([]string{"SOA", "NS", "NS"}, types); diff != "" {
			t.Errorf("types (-want +got):\n%s", diff)
		}
	}
}

func TestDialectErrorShapes(t *testing.T) {
	tests := map[vpsorgtest.ErrorStyle]string{
		vpsorgtest.ErrorDocumented: `{"detail":"MX records require a priority value","error_code":"validation_error","field":"priority"}`,
		vpsorgtest.ErrorDetail:     `{"detail":"MX records require a priority value"}`,
		vpsorgtest.ErrorFields:     `{"priority":["MX records require a priority value"]}`,
		vpsorgtest.ErrorNonField:   `{"non_field_errors":["MX records require a priority value"]}`,
		vpsorgtest.ErrorArray:      `["MX records require a priority value"]`,
		vpsorgtest.ErrorEmpty:      ``,
	}
	for style, want := range tests {
		s := dialect(vpsorgtest.Dialect{Errors: style})
		id := addZone(t, s, "example.com")
		if got := do(t, s, "POST", records(id), record("MX", "@", "m.example.com", "")).want(t, 400).body; got != want {
			t.Errorf("style %d: got %s, want %s", style, got, want)
		}
	}
	page := get(t, dialect(vpsorgtest.Dialect{Errors: vpsorgtest.ErrorHTML}), "/nowhere/").want(t, 404)
	if page.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page.body, "<h1>404") {
		t.Errorf("HTML: got %s %s", page.header, page.body)
	}
}

func TestDialectWriteAnswers(t *testing.T) {
	tests := []struct {
		style        vpsorgtest.WriteAnswer
		post, patch  int
		postB, patcB string
	}{
		{vpsorgtest.AnswerPartial, 201, 200, `{"record_type":"A","name":"x","value":"192.0.2.5"}`, `{"ttl":60}`},
		{vpsorgtest.AnswerEmpty, 201, 200, "", ""},
		{vpsorgtest.AnswerID, 201, 200, `{"uuid":"ID"}`, `{"uuid":"ID"}`},
		{vpsorgtest.AnswerNoContent, 201, 204, "", ""},
	}
	for _, tt := range tests {
		s := dialect(vpsorgtest.Dialect{Post: tt.style, Patch: tt.style, Delete: vpsorgtest.DeleteBody})
		zone := addZone(t, s, "example.com")
		post := do(t, s, "POST", records(zone), record("A", "x", "192.0.2.5", "")).want(t, tt.post)
		id := s.Records("example.com")[0].ID
		if want := strings.ReplaceAll(tt.postB, "ID", id); post.body != want {
			t.Errorf("POST: got %s, want %s", post.body, want)
		}
		patch := do(t, s, "PATCH", "/dns-records/"+id+"/", `{"ttl":60}`).want(t, tt.patch)
		if want := strings.ReplaceAll(tt.patcB, "ID", id); patch.body != want {
			t.Errorf("PATCH: got %s, want %s", patch.body, want)
		}
		if got := do(t, s, "DELETE", "/dns-records/"+id+"/", "").want(t, 200).body; got != `{"detail":"Deleted."}` {
			t.Errorf("DELETE: got %s", got)
		}
	}
}

func TestDialectStorage(t *testing.T) {
	body := record("A", "x", "192.0.2.5", `,"ttl":60`)
	s := dialect(vpsorgtest.Dialect{MinTTL: 300, MaxTTL: 600, ChurnIDs: true, Rewrite: func(r rec) rec {
		r.Value = "198.51.100.5"
		return r
	}})
	zone := addZone(t, s, "example.com")
	do(t, s, "POST", records(zone), body).want(t, 201)
	r := s.Records("example.com")[0]
	if r.TTL != 300 || r.Value != "198.51.100.5" {
		t.Errorf("got %+v, want TTL 300 and the value rewritten", r)
	}
	got := do(t, s, "PATCH", "/dns-records/"+r.ID+"/", `{"ttl":86400}`).want(t, 200).object(t)
	if got["ttl"] != 600.0 || got["uuid"] == r.ID {
		t.Errorf("PATCH: got %v, want TTL 600 and a new id", got)
	}
	get(t, s, "/dns-records/"+r.ID+"/").want(t, 404)
	get(t, s, "/dns-records/"+got["uuid"].(string)+"/").want(t, 200)
}

func TestDialectDuplicates(t *testing.T) {
	for style, want := range map[vpsorgtest.Duplicates]int{vpsorgtest.DuplicateCopied: 2, vpsorgtest.DuplicateExisting: 1} {
		s := dialect(vpsorgtest.Dialect{Duplicates: style})
		zone := addZone(t, s, "example.com")
		for range 2 {
			do(t, s, "POST", records(zone), record("A", "x", "192.0.2.5", "")).want(t, 201)
		}
		if all := s.Records("example.com"); len(all) != want || s.Writes()[vpsorgtest.CreateRecord] != want {
			t.Errorf("style %d: got %v and %v, want %d", style, all, s.Writes(), want)
		}
	}
}

func TestDialectPatchKeys(t *testing.T) {
	for style, status := range map[vpsorgtest.PatchKeys]int{vpsorgtest.PatchKeysRefuse: 400, vpsorgtest.PatchKeysIgnore: 200} {
		s := dialect(vpsorgtest.Dialect{PatchKeys: style})
		addZone(t, s, "example.com", rec{Type: "A", Name: "x", Value: "192.0.2.5"})
		id := s.Records("example.com")[0].ID
		do(t, s, "PATCH", "/dns-records/"+id+"/", `{"name":"y"}`).want(t, status)
		do(t, s, "PATCH", "/dns-records/"+id+"/", `{"name":"X","ttl":7}`).want(t, 200)
		if r := s.Records("example.com")[0]; r.Name != "x.example.com" || r.TTL != 7 {
			t.Errorf("style %d: got %+v, want the old name", style, r)
		}
	}
}

func TestDialectLaxConflicts(t *testing.T) {
	s := dialect(vpsorgtest.Dialect{LaxConflicts: true})
	zone := addZone(t, s, "example.com", sample()...)
	for _, name := range []string{"@", "www", "ftp"} {
		do(t, s, "POST", records(zone), record("CNAME", name, "a.example.net", "")).want(t, 201)
	}
}

func TestDialectLagReads(t *testing.T) {
	s := dialect(vpsorgtest.Dialect{LagReads: 2})
	zone := addZone(t, s, "example.com")
	do(t, s, "POST", records(zone), record("A", "x", "192.0.2.5", "")).want(t, 201)
	do(t, s, "POST", "/dns-zones/", `{"domain":"example.org"}`).want(t, 201)
	for i, want := range []int{0, 0, 1, 1} {
		if got := len(get(t, s, records(zone)).array(t)); got != want {
			t.Errorf("read %d: got %d records, want %d", i, got, want)
		}
	}
	for i, want := range []int{1, 1, 2} {
		if got := len(get(t, s, "/dns-zones/").array(t)); got != want {
			t.Errorf("read %d: got %d zones, want %d", i, got, want)
		}
	}
}

func TestDialectLagTime(t *testing.T) {
	now := day
	s := newServer(vpsorgtest.Options{
		Now: func() time.Time { return now }, Dialect: vpsorgtest.Dialect{LagTime: time.Second},
	})
	zone := addZone(t, s, "example.com")
	do(t, s, "POST", records(zone), record("A", "x", "192.0.2.5", "")).want(t, 201)
	for _, step := range []struct {
		after time.Duration
		want  float64
	}{{0, 0}, {999 * time.Millisecond, 0}, {time.Second, 1}} {
		now = day.Add(step.after)
		if got := get(t, s, "/dns-zones/"+zone+"/").object(t)["record_count"]; got != step.want {
			t.Errorf("after %s: got %v records, want %v", step.after, got, step.want)
		}
	}
}

func TestDialectOrderAndFilters(t *testing.T) {
	s := dialect(vpsorgtest.Dialect{Order: vpsorgtest.OrderNewest, IgnoreFilters: true, RecordZone: true})
	one := addZone(t, s, "example.com", sample()[:2]...)
	two := addZone(t, s, "example.org", rec{Type: "A", Name: "@", Value: "192.0.2.1"})
	var got []string
	for _, item := range get(t, s, "/dns-records/?zone="+one+"&record_type=TXT").array(t) {
		r := item.(map[string]any)
		got = append(got, r["record_type"].(string)+" "+r["zone"].(string))
	}
	if diff := cmp.Diff([]string{"AAAA " + one, "A " + one, "A " + two}, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if n := len(get(t, s, "/dns-zones/?domain=example.com").array(t)); n != 2 {
		t.Errorf("zones: got %d, want 2", n)
	}
}

func TestDialectSlashRedirect(t *testing.T) {
	s := dialect(vpsorgtest.Dialect{Slash: vpsorgtest.SlashRedirect})
	a := get(t, s, "/dns-zones?domain=example.com").want(t, 301)
	if got := a.header.Get("Location"); got != "/api/v1/dns-zones/?domain=example.com" {
		t.Errorf("Location: got %s", got)
	}
	get(t, s, "/nowhere").want(t, 404)
}
