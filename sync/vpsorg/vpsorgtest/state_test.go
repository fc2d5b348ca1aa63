package vpsorgtest_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestStateAccess(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	zone := addZone(t, s, "Example.com.", rec{Type: "MX", Name: "@", Value: "Mail.example.com", TTL: 60, Priority: 5})
	if diff := cmp.Diff([]vpsorgtest.Zone{{ID: zone, Domain: "example.com", Created: fixed().Truncate(1000)}}, s.Zones()); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
	id := s.Records("example.com")[0].ID
	r, err := s.ReplaceRecord(id, func(r *rec) { r.TTL, r.Name = 120, "www" })
	if err != nil {
		t.Fatal(err)
	}
	want := rec{ID: id, Type: "MX", Name: "www.example.com", Value: "mail.example.com", TTL: 120, Priority: 5, Created: r.Created}
	if diff := cmp.Diff([]rec{want}, s.Records("example.com.")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	raw, err := s.AddRecord("example.com", rec{ID: "rec-001", Type: "TLSA", Name: "www", Value: "x", Raw: true, Priority: vpsorgtest.NoPriority})
	if err != nil || raw.ID != "rec-001" {
		t.Fatalf("raw: got %+v, %v", raw, err)
	}
	o := get(t, s, "/dns-records/rec-001/").want(t, 200).object(t)
	if o["record_type"] != "TLSA" || o["priority"] != nil || o["value"] != "x" {
		t.Errorf("raw: got %v", o)
	}
	do(t, s, "PATCH", "/dns-records/rec-001/", `{"ttl":5}`).want(t, 400)
	do(t, s, "DELETE", "/dns-records/rec-001/", "").want(t, 204)
	if err := s.RemoveRecord(r.ID); err != nil {
		t.Error(err)
	}
	if err := s.RemoveZone("example.com"); err != nil {
		t.Error(err)
	}
	if s.Records("example.com") != nil || len(s.Zones()) != 0 {
		t.Errorf("got %v and %v, want nothing", s.Zones(), s.Records("example.com"))
	}
}

func TestStateRefusals(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	addZone(t, s, "example.com", sample()...)
	id := s.Records("example.com")[0].ID
	for name, err := range map[string]error{
		"zone twice":      second(s.AddZone("example.com")),
		"bad zone":        second(s.AddZone("localhost")),
		"zone of record":  second(s.AddRecord("example.org", rec{Type: "A", Name: "@", Value: "192.0.2.1"})),
		"bad type":        second(s.AddRecord("example.com", rec{Type: "PTR", Name: "@", Value: "192.0.2.1"})),
		"bad value":       second(s.AddRecord("example.com", rec{Type: "A", Name: "@", Value: "x"})),
		"bad TTL":         second(s.AddRecord("example.com", rec{Type: "A", Name: "@", Value: "192.0.2.9", TTL: -1})),
		"bad priority":    second(s.AddRecord("example.com", rec{Type: "MX", Name: "@", Value: "a.example.com", Priority: -1})),
		"duplicate":       second(s.AddRecord("example.com", sample()[0])),
		"taken id":        second(s.AddRecord("example.com", rec{ID: id, Type: "A", Name: "y", Value: "192.0.2.9"})),
		"raw out of zone": second(s.AddRecord("example.com", rec{Type: "PTR", Name: "x.example.org.", Raw: true})),
		"no record":       second(s.ReplaceRecord("none", func(*rec) {})),
		"conflict":        second(s.ReplaceRecord(id, func(r *rec) { r.Name = "ftp" })),
		"remove record":   s.RemoveRecord("none"),
		"remove zone":     s.RemoveZone("example.org"),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if n := len(s.Records("example.com")); n != len(sample()) {
		t.Errorf("got %d records, want %d", n, len(sample()))
	}
}

func second[T any](_ T, err error) error { return err }

// For the race detector. In the end the lists and the indexes agree.
func TestConcurrentUse(t *testing.T) {
	s := newServer(vpsorgtest.Options{Dialect: vpsorgtest.Dialect{LagReads: 1, ChurnIDs: true}})
	zone := addZone(t, s, "example.com")
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 25 {
				name := fmt.Sprintf("w%d-%d", worker, i)
				made := do(t, s, "POST", records(zone), record("A", name, "192.0.2.1", "")).object(t)
				id := made["uuid"].(string)
				id = do(t, s, "PATCH", "/dns-records/"+id+"/", `{"ttl":60}`).object(t)["uuid"].(string)
				if i%2 == 0 {
					do(t, s, "DELETE", "/dns-records/"+id+"/", "")
				}
				get(t, s, "/dns-zones/"+zone+"/")
				domain := fmt.Sprintf("z%d.example", worker)
				addZone(t, s, domain, sampleFor(domain)...)
				_ = s.RemoveZone(domain)
				get(t, s, "/dns-zones/")
				get(t, s, "/dns-records/?record_type=A")
			}
		})
	}
	wg.Wait()
	all := s.Records("example.com")
	if len(all) != 4*12 {
		t.Errorf("got %d records, want 48", len(all))
	}
	for _, r := range all {
		get(t, s, "/dns-records/"+r.ID+"/").want(t, 200)
	}
}

func sampleFor(domain string) []rec {
	return []rec{{Type: "A", Name: "www." + domain, Value: "192.0.2.1"}}
}

// The cost of a write hardly grows with the zone.
func TestManyRecords(t *testing.T) {
	s := newServer(vpsorgtest.Options{KeepCalls: -1})
	addZone(t, s, "example.com")
	const n = 20_000
	ids := make([]string, n)
	for i := range n {
		r, err := s.AddRecord("example.com", rec{Type: "A", Name: fmt.Sprintf("h%d", i), Value: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = r.ID
	}
	for _, id := range ids[:n-1] {
		if err := s.RemoveRecord(id); err != nil {
			t.Fatal(err)
		}
	}
	if all := s.Records("example.com"); len(all) != 1 || all[0].ID != ids[n-1] {
		t.Errorf("got %v, want the last record", all)
	}
}

func BenchmarkZoneDetail(b *testing.B) {
	s := newServer(vpsorgtest.Options{KeepCalls: -1})
	id, err := s.AddZone("example.com")
	if err != nil {
		b.Fatal(err)
	}
	for i := range 50 {
		if _, err := s.AddRecord("example.com", rec{Type: "A", Name: fmt.Sprintf("h%d", i), Value: "192.0.2.1"}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		r, _ := http.NewRequestWithContext(b.Context(), "GET", "https://sandbox.invalid/api/v1/dns-zones/"+id+"/", nil)
		r.Header.Set("Authorization", "Bearer "+s.Token())
		if a, err := send(s, r); err != nil || a.status != 200 {
			b.Fatal(a, err)
		}
	}
}
