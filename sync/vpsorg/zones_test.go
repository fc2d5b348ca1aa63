package vpsorg

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestZones(t *testing.T) {
	c := answering(t, 200, `[
		{"uuid": "1", "domain": "Example.COM.", "record_count": "7", "created_at": "2024-01-15"},
		{"id": 2, "domain": "bücher.example", "new": {"x": [1]}},
		{"uuid": "3", "domain": "a..b"},
		{"domain": "noid.example", "record_count": -1}
	]`)
	list, err := c.Zones(t.Context())
	if err != nil || list.Partial != "" || len(list.Warnings) != 2 {
		t.Fatalf("got %+v, %v", list, err)
	}
	want := []ZoneRef{
		{ID: "1", Name: schema.MustParseName("example.com"), RecordCount: 7},
		{ID: "2", Name: schema.MustParseName("xn--bcher-kva.example"), RecordCount: -1},
		{ID: "", Name: schema.MustParseName("noid.example"), RecordCount: -1},
	}
	if !slices.Equal(list.Zones, want) {
		t.Errorf("got %+v, want %+v", list.Zones, want)
	}
}

// What the filter returns is looked at again: it may be everything, and in any order.
func TestFindZone(t *testing.T) {
	for _, d := range []vpsorgtest.Dialect{{}, {IgnoreFilters: true}, {IgnoreFilters: true, Zones: vpsorgtest.EnvelopePaged, PageSize: 1}, {Unicode: true}} {
		s := vpsorgtest.New(vpsorgtest.Options{Dialect: d})
		ids := map[string]string{}
		for _, domain := range []string{"other.example", "example.com", "www.example.com", "xn--bcher-kva.example"} {
			ids[domain], _ = s.AddZone(domain)
		}
		c := newClient(t, s.Transport())
		for domain, id := range ids {
			if ref, ok, err := c.FindZone(t.Context(), schema.MustParseName(domain)); err != nil || !ok || ref.ID != id {
				t.Errorf("%+v: %s: got %+v, %v, %v", d, domain, ref, ok, err)
			}
		}
		for _, domain := range []string{"example.org", "com", "xn--mnchen-3ya.example"} {
			if ref, ok, err := c.FindZone(t.Context(), schema.MustParseName(domain)); err != nil || ok {
				t.Errorf("%+v: %s: got %+v, %v, %v", d, domain, ref, ok, err)
			}
		}
	}
}

// A service that keeps names in Unicode may know the zone by that name only.
func TestFindZoneByUnicode(t *testing.T) {
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if d := r.URL.Query().Get("domain"); d != "" && d != "bücher.example" {
			return reply(r, 200, "", "[]"), nil
		}
		return reply(r, 200, "", `[{"uuid": "1", "domain": "bücher.example"}]`), nil
	}))
	if ref, ok, err := c.FindZone(t.Context(), schema.MustParseName("bücher.example")); err != nil || !ok || ref.ID != "1" {
		t.Errorf("got %+v, %v, %v", ref, ok, err)
	}
}

func TestFindZoneErrors(t *testing.T) {
	for body, want := range map[string]string{
		`[{"uuid": "1", "domain": "example.com"}, {"uuid": "2", "domain": "EXAMPLE.com."}]`: "listed 2 times",
		`{"count": 2, "results": [{"uuid": "2", "domain": "example.net"}]}`:                 "may be incomplete",
		`[{"uuid": "1"}]`: "may be incomplete",
	} {
		if _, ok, err := answering(t, 200, body).FindZone(t.Context(), zoneName()); ok || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v, want %q", body, ok, err, want)
		}
	}
	_, ok, err := answering(t, 404, "").FindZone(t.Context(), zoneName())
	if ok || err == nil {
		t.Errorf("got %v, %v, want an error: a list that is not found is not empty", ok, err)
	}
}
