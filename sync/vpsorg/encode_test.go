package vpsorg

import (
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
)

func TestEncodeCreate(t *testing.T) {
	for _, test := range []struct {
		record schema.Record
		want   string
	}{
		{rec(t, "@", "A", 0, "192.0.2.1"), `{"record_type":"A","name":"@","value":"192.0.2.1","ttl":0}`},
		{rec(t, "*.a", "AAAA", 60, "2001:DB8:0::1"), `{"record_type":"AAAA","name":"*.a","value":"2001:db8::1","ttl":60}`},
		{rec(t, "www", "CNAME", 60, "example.com."), `{"record_type":"CNAME","name":"www","value":"example.com","ttl":60}`},
		{rec(t, "@", "MX", 60, "0 mail.example.com."), `{"record_type":"MX","name":"@","value":"mail.example.com","ttl":60,"priority":0}`},
		{rec(t, "@", "MX", 60, "0 ."), `{"record_type":"MX","name":"@","value":".","ttl":60,"priority":0}`},
		{rec(t, "_s._tcp", "SRV", 60, "10 5 5060 sip.example.com."), `{"record_type":"SRV","name":"_s._tcp","value":"5 5060 sip.example.com","ttl":60,"priority":10}`},
		{rec(t, "@", "CAA", 60, `0 issue "a.example"`), `{"record_type":"CAA","name":"@","value":"0 issue \"a.example\"","ttl":60}`},
		{rec(t, "@", "TXT", 60, `<a> & "b"; \ `), `{"record_type":"TXT","name":"@","value":"<a> & \"b\"; \\ ","ttl":60}`},
		// Relative, this name would look absolute.
		{rec(t, "www.example.com", "A", 60, "192.0.2.1"), `{"record_type":"A","name":"www.example.com.example.com","value":"192.0.2.1","ttl":60}`},
	} {
		got, err := encodeCreate(test.record, zoneName())
		if err != nil || string(got) != test.want {
			t.Errorf("got\n%s, %v, want\n%s", got, err, test.want)
		}
	}
}

func TestEncodeUpdate(t *testing.T) {
	mx := func(ttl schema.TTL, rdata string) schema.Record { return rec(t, "@", "MX", ttl, rdata) }
	unread := mx(60, "10 a.example.")
	unread.Data = schema.RDATA{}
	for _, test := range []struct {
		name          string
		before, after schema.Record
		want          string
	}{
		{"nothing", mx(60, "10 a.example."), mx(60, "10 a.example."), ""},
		{"value", mx(60, "10 a.example."), mx(60, "10 b.example."), `{"value":"b.example"}`},
		{"TTL", mx(60, "10 a.example."), mx(0, "10 a.example."), `{"ttl":0}`},
		{"priority", mx(60, "10 a.example."), mx(60, "0 a.example."), `{"priority":0}`},
		{"all", mx(60, "10 a.example."), mx(61, "0 b.example."), `{"value":"b.example","ttl":61,"priority":0}`},
		{"not read before", unread, mx(60, "10 a.example."), `{"value":"a.example","ttl":60,"priority":10}`},
		{"not read before, no priority", schema.Record{Type: "A"}, rec(t, "@", "A", 60, "192.0.2.1"), `{"value":"192.0.2.1","ttl":60}`},
	} {
		got, err := encodeUpdate(liveRecord("1", test.before), test.after, zoneName())
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.name, got, err, test.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	a := rec(t, "www", "A", 60, "192.0.2.1")
	soa, outside, bare := a, a, a
	soa.Type = schema.SOA
	outside.Name = schema.MustParseName("www.example.net")
	bare.Data = schema.RDATA{}
	for want, r := range map[string]schema.Record{
		"type SOA": soa, "outside the zone": outside, "no data": bare, "UTF-8": rec(t, "www", "TXT", 60, "a\xff"),
	} {
		if _, err := encodeCreate(r, zoneName()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("create: got %v, want %q", err, want)
		}
		if _, err := encodeUpdate(liveRecord("1", r), r, zoneName()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("update: got %v, want %q", err, want)
		}
	}
	for _, before := range []schema.Record{rec(t, "other", "A", 60, "192.0.2.1"), rec(t, "www", "AAAA", 60, "::1"), {Type: "TXT"}} {
		if _, err := encodeUpdate(liveRecord("1", before), a, zoneName()); err == nil || !strings.Contains(err.Error(), "keeps owner name and type") {
			t.Errorf("got %v", err)
		}
	}
}
