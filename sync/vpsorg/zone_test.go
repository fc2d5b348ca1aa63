package vpsorg

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// shown makes a client of a zone whose detail says count records and shows some, and
// whose lists of records show others, one after the other.
func shown(t *testing.T, detail string, lists ...string) (*Client, *int) {
	t.Helper()
	reads := new(int)
	return newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.URL.Path, "/records/") {
			return reply(r, 200, "", detail), nil
		}
		*reads++
		return reply(r, 200, "", lists[min(*reads, len(lists))-1]), nil
	})), reads
}

// items returns n records as JSON.
func items(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`{"uuid": "r%d", "record_type": "A", "name": "h%d", "value": "192.0.2.1", "ttl": 60}`, i, i))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func TestPartialReads(t *testing.T) {
	detail := func(count, n int) string {
		return fmt.Sprintf(`{"uuid": "z", "record_count": %d, "records": %s}`, count, items(n))
	}
	for _, test := range []struct {
		name    string
		detail  string
		lists   []string
		records int
		partial string // "" for a whole read
		warns   bool
		reads   int // of the list of records
	}{
		{"as counted", detail(2, 2), nil, 2, "", false, 0},
		{"empty", detail(0, 0), nil, 0, "", false, 0},
		{"count below", detail(1, 2), nil, 2, "", false, 0},
		{"no count", `{"records": ` + items(2) + `}`, nil, 2, "", false, 0},
		{"count that is none", `{"record_count": "many", "records": ` + items(2) + `}`, nil, 2, "", false, 0},
		{"count as string", `{"record_count": "5", "records": ` + items(2) + `}`, []string{items(2)}, 2, "", true, 1},
		{"count above, twice the same", detail(5, 2), []string{items(2)}, 2, "", true, 1},
		{"nothing, but counted", detail(3, 0), []string{items(0)}, 0, "record_count is 3, but no record is shown", false, 1},
		{"count above, unequal", detail(5, 2), []string{items(3)}, 3, "record_count is 5, but two reads show 2 and 3 records", false, 1},
		{"count above, fewer", detail(5, 2), []string{items(1)}, 1, "record_count is 5, but two reads show 2 and 1 records", false, 1},
		{"detail cut short", detail(5, 2), []string{items(5)}, 5, "", false, 1},
		{"list counts more", detail(5, 2), []string{`{"count": 5, "results": ` + items(2) + `}`}, 2, "counts 5 items, 2 arrived", false, 1},
		{"list goes on elsewhere", detail(5, 2), []string{`{"next": "https://other.example/", "results": ` + items(2) + `}`}, 2, "another host", false, 1},
		{"no records", `{"record_count": 2}`, []string{items(2)}, 2, "", false, 1},
		{"null records", `{"record_count": 2, "records": null}`, []string{items(2)}, 2, "", false, 1},
		{"odd records", `{"record_count": 2, "records": "many"}`, []string{items(2)}, 2, "", false, 1},
		{"no records, count above", `{"record_count": 3}`, []string{items(2)}, 2, "", true, 2},
		{"no records, unequal", `{"record_count": 3}`, []string{items(1), items(2)}, 2, "record_count is 3, but two reads show 1 and 2 records", false, 2},
		{"envelope inside", `{"record_count": 2, "records": {"count": 2, "results": ` + items(2) + `}}`, nil, 2, "", false, 0},
		{"envelope inside says more", `{"record_count": 2, "records": {"count": 3, "results": ` + items(2) + `}}`, []string{items(3)}, 3, "", false, 1},
		{"envelope inside goes on", `{"record_count": 2, "records": {"next": "?page=2", "results": ` + items(2) + `}}`, []string{items(3)}, 3, "", false, 1},
		{"record without type", `{"records": [{"uuid": "r", "name": "x", "value": "y"}]}`, nil, 0, "without a type", false, 0},
		{"record that is none", `{"records": [7]}`, nil, 0, "without a type", false, 0},
		{"record without id", `{"records": [{"record_type": "A", "name": "x", "value": "192.0.2.1"}]}`, nil, 1, "", true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, reads := shown(t, test.detail, test.lists...)
			live, err := c.Zone(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(live.Records) != test.records {
				t.Errorf("got %d records, want %d", len(live.Records), test.records)
			}
			if test.partial == "" != (live.Partial == "") || !strings.Contains(live.Partial, test.partial) {
				t.Errorf("got partial %q, want %q", live.Partial, test.partial)
			}
			if warns := len(live.Warnings) > 0; warns != test.warns {
				t.Errorf("got warnings %q", live.Warnings)
			}
			if *reads != test.reads {
				t.Errorf("got the list read %d times, want %d", *reads, test.reads)
			}
		})
	}
}

// A zone that is read as empty while record_count is above 0 is never whole, however often
// the reads agree: every record would be created again.
func TestFaultD4EmptyReadWithACountIsPartial(t *testing.T) {
	for name, detail := range map[string]string{
		"empty list":    `{"uuid": "z", "record_count": 46, "records": []}`,
		"no list":       `{"uuid": "z", "record_count": 46}`,
		"counts itself": `{"uuid": "z", "record_count": 46, "records": {"count": 0, "results": []}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := shown(t, detail, "[]")
			live := mustZone(t, c, ZoneRef{ID: "z", Name: zoneName()})
			if want := "record_count is 46, but no record is shown"; live.Partial != want || len(live.Warnings) > 0 {
				t.Errorf("got partial %q with warnings %q, want %q", live.Partial, live.Warnings, want)
			}
		})
	}
}

// Duplicate ids are one record, whether on one page or on two.
func TestDuplicateIDs(t *testing.T) {
	one := strings.Trim(items(1), "[]")
	c, _ := shown(t, `{"record_count": 3, "records": [`+one+`, `+one+`]}`, `{"results": [`+one+`, `+one+`], "count": 1}`)
	if live := mustZone(t, c, ZoneRef{ID: "z", Name: zoneName()}); len(live.Records) != 1 || live.Partial != "" {
		t.Errorf("got %+v, want one record", live)
	}
}

// A zone that is not there, or not to be seen, is never an empty zone (A1, A3).
func TestZoneErrors(t *testing.T) {
	for status, test := range map[int]func(*Error) bool{404: (*Error).NotFound, 401: (*Error).Denied, 403: (*Error).Denied} {
		s, c, ref := simulate(t, vpsorgtest.Options{})
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(status, "")})
		live, err := c.Zone(t.Context(), ref, nil)
		if e := mustError(t, err); !test(e) || live.ID != "" {
			t.Errorf("%d: got %+v, %v", status, live, err)
		}
	}
	// The list of records may fail where the detail did not.
	s, c, ref := simulate(t, vpsorgtest.Options{}, stored(rec(t, "www", "A", 60, "192.0.2.1")))
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.TruncateCounted(1)})
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListRecords, Do: vpsorgtest.Answer(404, "")})
	if live, err := c.Zone(t.Context(), ref, nil); err != nil || !strings.Contains(live.Partial, "404 Not Found") {
		t.Errorf("got %+v, %v, want a partial read: the zone itself is there", live, err)
	}
	s.ClearRules()
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.TruncateCounted(1)})
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListRecords, Do: vpsorgtest.Answer(403, "")})
	if _, err := c.Zone(t.Context(), ref, nil); !mustError(t, err).Denied() {
		t.Errorf("got %v, want that of the list of records", err)
	}
	for _, body := range []string{"", "[]", "7", "<html>", `{"records": [`, `{"domain": "example.net", "records": []}`, `{"domain": "a..b", "records": []}`} {
		if live, err := answering(t, 200, body).Zone(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, nil); err == nil && live.Partial == "" {
			t.Errorf("%s: got %+v, want an error or a partial read", body, live)
		}
	}
}

// A list that is cut short, empty or endless never looks complete if anything in the answers
// shows it (A1, A2).
func TestFalsifiedLists(t *testing.T) {
	for name, do := range map[string]vpsorgtest.Action{
		"cut": vpsorgtest.TruncateCounted(1), "count": vpsorgtest.WrongCount(3), "loop": vpsorgtest.PageLoop(), "host": vpsorgtest.NextHost("other.example"),
	} {
		t.Run(name, func(t *testing.T) {
			want := sample(t)
			s, c, ref := simulate(t, vpsorgtest.Options{}, allStored(want)...)
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: do})
			if list, err := c.Zones(t.Context()); err != nil || list.Partial == "" {
				t.Errorf("zones: got %+v, %v, want a partial list", list, err)
			}
			if _, ok, err := c.FindZone(t.Context(), zoneName()); !ok && err == nil {
				t.Error("got no zone and no error from a partial list")
			}
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.TruncateCounted(1)})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListRecords, Do: do})
			if live := mustZone(t, c, ref); live.Partial == "" {
				t.Errorf("zone: got %d of %d records and no word of it", len(live.Records), len(want))
			}
		})
	}
	// An empty list with 200 and a count of 0 is what an empty account looks like: the
	// list says so, and it is for the caller's guards to doubt it.
	s, c, _ := simulate(t, vpsorgtest.Options{})
	s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.EmptyList()})
	if list, err := c.Zones(t.Context()); err != nil || list.Partial != "" || len(list.Zones) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
}
