package vpsorgtest_test

import (
	"reflect"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// Every field of Dialect is set by some dialect of the list, and a plain client can write and
// read in each.
func TestDialectsCoverEveryChoice(t *testing.T) {
	unset := map[string]bool{}
	for f := range reflect.TypeFor[vpsorgtest.Dialect]().Fields() {
		unset[f.Name] = true
	}
	choices := map[string]int{
		"Zones": 4, "Records": 4, "Order": 3, "Names": 6, "Hosts": 4, "TXT": 4, "IPv6": 4, "CAA": 3, "Priority": 5,
		"Apex": 3, "Times": 4, "Errors": 7, "Post": 5, "Patch": 5, "Delete": 2, "Slash": 2, "PatchKeys": 3, "Duplicates": 3,
	}
	chosen := map[string]map[int64]bool{}
	names := map[string]bool{}
	for _, d := range vpsorgtest.Dialects() {
		if d.Name == "" || names[d.Name] {
			t.Errorf("name %q is empty or comes twice", d.Name)
		}
		names[d.Name] = true
		v := reflect.ValueOf(d)
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if !v.Field(i).IsZero() {
				delete(unset, name)
			}
			if choices[name] > 0 {
				if chosen[name] == nil {
					chosen[name] = map[int64]bool{}
				}
				chosen[name][v.Field(i).Int()] = true
			}
		}
		t.Run(d.Name, func(t *testing.T) {
			s := dialect(d)
			do(t, s, "POST", "/dns-zones/", `{"domain":"example.com"}`).want(t, 201)
			zone := s.Zones()[0].ID
			before := len(s.Records("example.com"))
			do(t, s, "POST", records(zone), record("A", "x", "203.0.113.5", `,"ttl":3600`)).want(t, 201)
			r := s.Records("example.com")[before]
			a := do(t, s, "PATCH", "/dns-records/"+r.ID+"/", `{"value":"203.0.113.6"}`)
			if a.status != 200 && a.status != 204 {
				t.Errorf("PATCH: got %d %s", a.status, a.body)
			}
			r = s.Records("example.com")[before]
			if r.Value != "203.0.113.6" {
				t.Errorf("got %+v, want 203.0.113.6", r)
			}
			get(t, s, "/dns-zones/"+zone+"/").want(t, 200).object(t)
			get(t, s, records(zone)).want(t, 200).decode(t)
			if a := do(t, s, "DELETE", "/dns-records/"+r.ID+"/", ""); a.status != 200 && a.status != 204 {
				t.Errorf("DELETE: got %d %s", a.status, a.body)
			}
		})
	}
	for field, want := range choices {
		if got := len(chosen[field]); got != want {
			t.Errorf("%s: got %d choices in the list, want %d", field, got, want)
		}
	}
	for field := range unset {
		t.Errorf("no dialect sets %s", field)
	}
}
