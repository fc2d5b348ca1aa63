package vpsorgtest_test

import (
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestRecordRefusals(t *testing.T) {
	long := strings.Repeat("a", 64)
	tests := []struct{ name, body, field string }{
		{"unknown field", record("A", "x", "192.0.2.1", `,"comment":""`), "comment"},
		{"read-only field", record("A", "x", "192.0.2.1", `,"uuid":"1"`), "uuid"},
		{"field twice", record("A", "x", "192.0.2.1", `,"name":"y"`), ""},
		{"trailing data", record("A", "x", "192.0.2.1", "") + "{}", ""},
		{"no object", `[]`, ""},
		{"no JSON", `{"name":`, ""},
		{"no type", `{"name":"x","value":"192.0.2.1"}`, "record_type"},
		{"no name", `{"record_type":"A","value":"192.0.2.1"}`, "name"},
		{"no value", `{"record_type":"A","name":"x"}`, "value"},
		{"unknown type", record("PTR", "x", "host.example.com", ""), "record_type"},
		{"lower-case type", record("a", "x", "192.0.2.1", ""), "record_type"},
		{"SOA", record("SOA", "@", "a. b. 1 2 3 4 5", ""), "record_type"},
		{"null name", `{"record_type":"A","name":null,"value":"192.0.2.1"}`, "name"},
		{"numeric value", `{"record_type":"A","name":"x","value":1}`, "value"},
		{"blank name", record("A", "", "192.0.2.1", ""), "name"},
		{"other zone", record("A", "www.example.org.", "192.0.2.1", ""), "name"},
		{"look-alike zone", record("A", "notexample.com.", "192.0.2.1", ""), "name"},
		{"long label", record("A", long, "192.0.2.1", ""), "name"},
		{"long name", record("A", strings.Repeat("abcdefg.", 31)+"x", "192.0.2.1", ""), "name"},
		{"empty label", record("A", "a..b", "192.0.2.1", ""), "name"},
		{"space in name", record("A", "a b", "192.0.2.1", ""), "name"},
		{"Unicode name", record("A", "bücher", "192.0.2.1", ""), "name"},
		{"inner wildcard", record("A", "a.*.b", "192.0.2.1", ""), "name"},
		{"partial wildcard", record("A", "*a", "192.0.2.1", ""), "name"},
		{"TTL string", record("A", "x", "192.0.2.1", `,"ttl":"60"`), "ttl"},
		{"TTL fraction", record("A", "x", "192.0.2.1", `,"ttl":60.5`), "ttl"},
		{"TTL exponent", record("A", "x", "192.0.2.1", `,"ttl":1e3`), "ttl"},
		{"TTL negative", record("A", "x", "192.0.2.1", `,"ttl":-1`), "ttl"},
		{"TTL too high", record("A", "x", "192.0.2.1", `,"ttl":2147483648`), "ttl"},
		{"TTL null", record("A", "x", "192.0.2.1", `,"ttl":null`), "ttl"},
		{"A leading zero", record("A", "x", "192.0.2.01", ""), "value"},
		{"A with IPv6", record("A", "x", "2001:db8::1", ""), "value"},
		{"A with host", record("A", "x", "www.example.com", ""), "value"},
		{"AAAA with IPv4", record("AAAA", "x", "192.0.2.1", ""), "value"},
		{"AAAA with zone", record("AAAA", "x", "fe80::1%eth0", ""), "value"},
		{"A with priority", record("A", "x", "192.0.2.1", `,"priority":0`), "priority"},
		{"CNAME at apex", record("CNAME", "@", "www.example.net", ""), "name"},
		{"CNAME at apex by FQDN", record("CNAME", "Example.com", "www.example.net", ""), "name"},
		{"CNAME beside data", record("CNAME", "www", "www.example.net", ""), "name"},
		{"second CNAME", record("CNAME", "ftp", "www.example.net", ""), "name"},
		{"data beside CNAME", record("TXT", "ftp", "text", ""), "name"},
		{"host with dot", record("CNAME", "x", "www.example.net.", ""), "value"},
		{"host of one label", record("CNAME", "x", "www", ""), "value"},
		{"address as host", record("CNAME", "x", "192.0.2.1", ""), "value"},
		{"host with space", record("NS", "x", "a b.example.net", ""), "value"},
		{"MX without priority", record("MX", "x", "mail.example.com", ""), "priority"},
		{"MX null priority", record("MX", "x", "mail.example.com", `,"priority":null`), "priority"},
		{"MX high priority", record("MX", "x", "mail.example.com", `,"priority":65536`), "priority"},
		{"MX priority string", record("MX", "x", "mail.example.com", `,"priority":"10"`), "priority"},
		{"MX priority in value", record("MX", "x", "10 mail.example.com", `,"priority":10`), "value"},
		{"SRV without priority", record("SRV", "x", "1 2 sip.example.com", ""), "priority"},
		{"SRV of four parts", record("SRV", "x", "1 2 3 sip.example.com", `,"priority":1`), "value"},
		{"SRV weight", record("SRV", "x", "65536 2 sip.example.com", `,"priority":1`), "value"},
		{"SRV leading zero", record("SRV", "x", "01 2 sip.example.com", `,"priority":1`), "value"},
		{"CAA unquoted", record("CAA", "x", "0 issue letsencrypt.org", ""), "value"},
		{"CAA flags", record("CAA", "x", `256 issue "ca.example"`, ""), "value"},
		{"CAA without tag", record("CAA", "x", `0 "ca.example"`, ""), "value"},
		{"CAA bad tag", record("CAA", "x", `0 is-sue "ca.example"`, ""), "value"},
		{"CAA after quote", record("CAA", "x", `0 issue "a" b`, ""), "value"},
		{"TXT blank", record("TXT", "x", "", ""), "value"},
		{"TXT control", record("TXT", "x", "a\nb", ""), "value"},
		{"TXT too long", record("TXT", "x", strings.Repeat("a", 65300), ""), "value"},
		{"duplicate", record("A", "example.com.", "192.0.2.1", `,"ttl":60`), ""},
		{"duplicate in other spelling", record("AAAA", "WWW", "2001:0DB8:0::1", ""), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(vpsorgtest.Options{})
			zone := addZone(t, s, "example.com", sample()...)
			o := do(t, s, "POST", records(zone), tt.body).want(t, 400).object(t)
			if field, _ := o["field"].(string); field != tt.field || o["error_code"] != "validation_error" {
				t.Errorf("got %v, want field %q", o, tt.field)
			}
			if n := len(s.Records("example.com")); n != len(sample()) {
				t.Errorf("got %d records, want %d", n, len(sample()))
			}
		})
	}
}

func TestRecordsAccepted(t *testing.T) {
	tests := []struct{ body, name, value string }{
		{record("A", "*", "192.0.2.9", ""), "*.example.com", "192.0.2.9"},
		{record("A", "*.Dev", "192.0.2.9", `,"ttl":0`), "*.dev.example.com", "192.0.2.9"},
		{record("A", "x.example.com", "192.0.2.9", `,"ttl":2147483647`), "x.example.com", "192.0.2.9"},
		{record("A", "0/26", "192.0.2.9", `,"priority":null`), "0/26.example.com", "192.0.2.9"},
		{record("A", "#a+b_c", "192.0.2.9", ""), "#a+b_c.example.com", "192.0.2.9"},
		{record("A", "example.org", "192.0.2.9", ""), "example.org.example.com", "192.0.2.9"},
		{record("AAAA", "x", "2001:0DB8::1", ""), "x.example.com", "2001:db8::1"},
		{record("CNAME", "x", "WWW.Example.net", ""), "x.example.com", "www.example.net"},
		{record("MX", "x", ".", `,"priority":0`), "x.example.com", "."},
		{record("MX", "@", "mail.example.com", `,"priority":20`), "example.com", "mail.example.com"},
		{record("SRV", "_x._tcp", "0 0 .", `,"priority":0`), "_x._tcp.example.com", "0 0 ."},
		{record("CAA", "x", `128 IODEF "mailto:a@example.com"`, ""), "x.example.com", `128 iodef "mailto:a@example.com"`},
		{record("TXT", "x", `say "ä"; \`, ""), "x.example.com", `say "ä"; \`},
		{record("NS", "@", "ns1.vps.org", ""), "example.com", "ns1.vps.org"},
	}
	for _, tt := range tests {
		s := newServer(vpsorgtest.Options{})
		zone := addZone(t, s, "example.com", sample()...)
		do(t, s, "POST", records(zone), tt.body).want(t, 201)
		all := s.Records("example.com")
		if r := all[len(all)-1]; r.Name != tt.name || r.Value != tt.value {
			t.Errorf("%s: got %s %q, want %s %q", tt.body, r.Name, r.Value, tt.name, tt.value)
		}
	}
}

func TestPatchRefusals(t *testing.T) {
	tests := []struct{ name, typ, body string }{
		{"unknown field", "A", `{"uuid":"1"}`},
		{"no body", "A", ``},
		{"into a duplicate", "A", `{"value":"192.0.2.7"}`},
		{"A to CNAME at apex", "A", `{"record_type":"CNAME","value":"www.example.net"}`},
		{"data moved beside CNAME", "A", `{"name":"ftp"}`},
		{"CNAME moved beside data", "CNAME", `{"name":"www"}`},
		{"data to CNAME beside data", "AAAA", `{"name":"@","record_type":"CNAME","value":"www.example.net"}`},
		{"priority taken from MX", "MX", `{"priority":null}`},
		{"priority given to A", "A", `{"priority":5}`},
		{"value of another type", "A", `{"value":"2001:db8::1"}`},
		{"type without its value", "A", `{"record_type":"AAAA"}`},
		{"type that needs a priority", "CNAME", `{"record_type":"MX"}`},
		{"out of zone", "A", `{"name":"www.example.org."}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(vpsorgtest.Options{})
			addZone(t, s, "example.com", append(sample(),
				vpsorgtest.Record{Type: "A", Name: "@", Value: "192.0.2.7", TTL: 60})...)
			before := s.Records("example.com")
			r := request(t, s, "PATCH", "/dns-records/"+find(t, s, tt.typ).ID+"/", tt.body)
			r.Header.Set("Content-Type", "application/json")
			a, err := send(s, r)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, 400)
			if after := s.Records("example.com"); len(after) != len(before) || after[0] != before[0] {
				t.Errorf("records changed: %v", after)
			}
		})
	}
}

func TestPatchAccepted(t *testing.T) {
	tests := []struct {
		typ, body string
		want      vpsorgtest.Record
	}{
		{"A", `{"ttl":60}`, vpsorgtest.Record{Type: "A", Name: "example.com", Value: "192.0.2.1", TTL: 60}},
		{"A", `{}`, vpsorgtest.Record{Type: "A", Name: "example.com", Value: "192.0.2.1", TTL: 3600}},
		{"MX", `{"record_type":"A","value":"192.0.2.2"}`, vpsorgtest.Record{Type: "A", Name: "example.com", Value: "192.0.2.2", TTL: 3600}},
		{"MX", `{"priority":0}`, vpsorgtest.Record{Type: "MX", Name: "example.com", Value: "mail.example.com", TTL: 3600}},
		{"CNAME", `{"record_type":"A","value":"192.0.2.2"}`, vpsorgtest.Record{Type: "A", Name: "ftp.example.com", Value: "192.0.2.2", TTL: 3600}},
		{"AAAA", `{"record_type":"CNAME","value":"a.example.net"}`, vpsorgtest.Record{Type: "CNAME", Name: "www.example.com", Value: "a.example.net", TTL: 3600}},
	}
	for _, tt := range tests {
		s := newServer(vpsorgtest.Options{})
		addZone(t, s, "example.com", sample()...)
		id := find(t, s, tt.typ).ID
		do(t, s, "PATCH", "/dns-records/"+id+"/", tt.body).want(t, 200)
		for _, r := range s.Records("example.com") {
			if r.ID == id {
				tt.want.ID, tt.want.Created = r.ID, r.Created
				if r != tt.want {
					t.Errorf("%s %s: got %+v, want %+v", tt.typ, tt.body, r, tt.want)
				}
			}
		}
	}
}

// find returns the first record of a type in example.com.
func find(t *testing.T, s *vpsorgtest.Server, typ string) vpsorgtest.Record {
	t.Helper()
	for _, r := range s.Records("example.com") {
		if r.Type == typ {
			return r
		}
	}
	t.Fatalf("no %s record", typ)
	return vpsorgtest.Record{}
}

func TestRequestRefusals(t *testing.T) {
	zone := `{"domain":"example.org"}`
	tests := []struct {
		name, method, path, body, contentType string
		status                                int
	}{
		{"no slash", "GET", "/dns-zones", "", "", 404},
		{"no slash on POST", "POST", "/dns-zones", zone, "application/json", 404},
		{"unknown path", "GET", "/dns/", "", "", 404},
		{"double slash", "GET", "/dns-zones//", "", "", 404},
		{"below records", "GET", "/dns-zones/x/records/y/", "", "", 404},
		{"unknown zone", "GET", "/dns-zones/x/", "", "", 404},
		{"no Content-Type", "POST", "/dns-zones/", zone, "", 415},
		{"form", "POST", "/dns-zones/", "domain=example.org", "application/x-www-form-urlencoded", 415},
		{"charset", "POST", "/dns-zones/", zone, "application/json; charset=latin1", 415},
		{"body too large", "POST", "/dns-zones/", strings.Repeat(" ", 1<<20) + zone, "application/json", 413},
		{"method", "PATCH", "/dns-zones/", zone, "application/json", 405},
		{"POST to direct list", "POST", "/dns-records/", zone, "application/json", 405},
		{"query", "GET", "/dns-zones/?search=example", "", "", 400},
		{"page of no pages", "GET", "/dns-zones/?page=2", "", "", 400},
		{"unknown type filter", "GET", "/dns-records/?record_type=PTR", "", "", 400},
		{"unknown zone filter", "GET", "/dns-records/?zone=x", "", "", 400},
		{"body on GET", "GET", "/dns-zones/", "{}", "application/json", 400},
		{"no domain", "POST", "/dns-zones/", "{}", "application/json", 400},
		{"unknown field", "POST", "/dns-zones/", `{"domain":"example.org","ttl":1}`, "application/json", 400},
		{"existing zone", "POST", "/dns-zones/", `{"domain":"EXAMPLE.com"}`, "application/json", 400},
		{"blank domain", "POST", "/dns-zones/", `{"domain":""}`, "application/json", 400},
		{"domain with dot", "POST", "/dns-zones/", `{"domain":"example.org."}`, "application/json", 400},
		{"single label", "POST", "/dns-zones/", `{"domain":"localhost"}`, "application/json", 400},
		{"address", "POST", "/dns-zones/", `{"domain":"192.0.2.1"}`, "application/json", 400},
		{"wildcard", "POST", "/dns-zones/", `{"domain":"*.example.org"}`, "application/json", 400},
		{"underscore", "POST", "/dns-zones/", `{"domain":"a_b.example.org"}`, "application/json", 400},
		{"Unicode", "POST", "/dns-zones/", `{"domain":"bücher.example"}`, "application/json", 400},
		{"not UTF-8", "POST", "/dns-zones/", "{\"domain\":\"\xff.example\"}", "application/json", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(vpsorgtest.Options{})
			addZone(t, s, "example.com")
			r := request(t, s, tt.method, tt.path, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			a, err := send(s, r)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, tt.status)
			if tt.status == 405 && a.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
			if n := len(s.Zones()); n != 1 {
				t.Errorf("got %d zones, want 1", n)
			}
		})
	}
}
