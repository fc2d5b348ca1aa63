package sync_test

import (
	"net/http"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// What builds on a change that failed is held back; everything else goes on.
func TestHeldBack(t *testing.T) {
	for _, f := range []struct {
		name        string
		live, files []string
		fails       func(vpsorgtest.Call) bool
		says        []string
		holds       []string
	}{
		{
			"a failed creation keeps what it was to stand beside",
			[]string{"www 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"},
			[]string{"www 300 AAAA 2001:db8::1", "zebra 300 A 192.0.2.2"},
			aboutRecord(vpsorgtest.CreateRecord, "www"),
			[]string{"one.example: 1 updated\n", "failed: create www AAAA", "400 Bad Request: no", "failed: delete www A", "held back, as what it builds on failed"},
			[]string{"www 300 A 192.0.2.1", "zebra 300 A 192.0.2.2"},
		},
		{
			"a failed pointer keeps its old target",
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"},
			[]string{"www 300 CNAME new.one.example.", "new 300 A 192.0.2.1"},
			aboutRecord(vpsorgtest.PatchRecord, "www"),
			[]string{"one.example: 1 created, 1 deleted\n", "failed: update www CNAME", "400 Bad Request: no", "failed: delete old A", "held back"},
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "new 300 A 192.0.2.1"},
		},
		{
			"a pointer that could not be deleted keeps its target",
			[]string{"@ 300 MX 10 mx.one.example.", "@ 300 MX 20 mx.example.net.", "mx 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"},
			[]string{"@ 300 MX 20 mx.example.net."},
			aboutRecord(vpsorgtest.DeleteRecord, "@"),
			[]string{"one.example: 1 deleted\n", "failed: delete @ MX", "400 Bad Request: no", "failed: delete mx A", "held back"},
			[]string{"@ 300 MX 10 mx.one.example.", "@ 300 MX 20 mx.example.net.", "mx 300 A 192.0.2.1"},
		},
		{
			"a failed deletion holds no other one",
			[]string{"@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "www 300 CAA 0 issue \"ca.example\"", "www 300 TXT hello"},
			[]string{"@ 300 A 192.0.2.1"},
			func(c vpsorgtest.Call) bool { return c.Kind == vpsorgtest.DeleteRecord && c.RecordType == "CAA" },
			[]string{"one.example: 2 deleted\n", "failed: delete www CAA", "400 Bad Request: no"},
			[]string{"@ 300 A 192.0.2.1", "www 300 CAA 0 issue \"ca.example\""},
		},
		{
			"a target that did not come holds its pointers, and theirs",
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"},
			[]string{"www 300 CNAME new.one.example.", "new 300 A 192.0.2.1", "alias 300 CNAME www.one.example.",
				"@ 300 MX 10 new.one.example.", "@ 300 TXT goes on"},
			aboutRecord(vpsorgtest.CreateRecord, "new"),
			[]string{"one.example: 1 created, 1 deleted\n", "failed: create new A", "400 Bad Request: no",
				"failed: create @ MX", "held back", "failed: update www CNAME", "held back", "failed: create alias CNAME", "held back", "failed: delete old A", "held back"},
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "@ 300 TXT goes on"},
		},
	} {
		bubble(t, f.name, func(t *testing.T) {
			w := newWorld(t, vpsorgtest.Options{})
			w.settings("safety: {max_deletes: 100%}\n")
			w.live("one.example", f.live...)
			w.file("one.example", f.files...)
			w.live("two.example", "@ 300 A 192.0.2.1")
			w.file("two.example", "@ 300 A 192.0.2.2")
			w.AddRule(vpsorgtest.Rule{When: f.fails, Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`)})
			_, report := w.apply()
			text := reportText(t, report)
			shows(t, text, f.says[0], "1 zone failed")
			for _, says := range f.says {
				shows(t, text, says)
			}
			hides(t, text, "differs")
			w.holds("one.example", f.holds...)
			w.changed("two.example")

			w.ClearRules()
			if _, report = w.apply(); report.Failed() {
				t.Errorf("the next run:\n%s", reportText(t, report))
			}
			w.changed("one.example")
		})
	}
}

// aboutRecord chooses the writes of a kind to an owner name of one.example.
func aboutRecord(kind vpsorgtest.Kind, name string) func(vpsorgtest.Call) bool {
	name += ".one.example"
	if name == "@.one.example" {
		name = "one.example"
	}
	return func(c vpsorgtest.Call) bool { return c.Kind == kind && c.RecordName == name }
}

// A zone that cannot be created, read again or deleted leaves the others alone.
func TestOneZonesFailureLeavesTheRest(t *testing.T) {
	no := vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`)
	for _, f := range []struct {
		name    string
		rule    vpsorgtest.Rule
		says    []string
		changed []string // the zones that are as their files say
	}{
		{"create", vpsorgtest.Rule{Kind: vpsorgtest.CreateZone, When: in("new.example"), Do: no},
			[]string{"new.example: nothing was changed\n  failed: create zone: ", "400 Bad Request: no"},
			[]string{"one.example", "two.example"}},
		{"delete", vpsorgtest.Rule{Kind: vpsorgtest.DeleteZone, Do: no},
			[]string{"going.example: nothing was changed\n  failed: delete zone: DELETE /dns-zones/", "400 Bad Request: no"},
			[]string{"one.example", "two.example", "new.example"}},
		{"delete without effect", vpsorgtest.Rule{Kind: vpsorgtest.DeleteZone, Do: vpsorgtest.Answer(http.StatusOK, "{}")},
			[]string{"going.example: the zone was deleted\n  failed: delete zone: the service accepted it, but still has the zone"},
			[]string{"one.example", "two.example", "new.example"}},
		{"read again", vpsorgtest.Rule{Skip: 1, When: recordsOf("one.example"), Do: no},
			[]string{"one.example: 1 created, 1 updated, 1 deleted\n  failed: read again: GET /dns-zones/", "400 Bad Request: no"},
			[]string{"one.example", "two.example", "new.example"}},
		{"partial read again", vpsorgtest.Rule{Skip: 1, When: recordsOf("one.example"), Do: vpsorgtest.Truncate(1, true)},
			[]string{"one.example: 1 created, 1 updated, 1 deleted\n  failed: read again: the read may be partial: "},
			[]string{"one.example", "two.example", "new.example"}},
	} {
		bubble(t, f.name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.file("new.example", "@ 300 A 192.0.2.1")
			w.live("going.example", "@ 300 A 192.0.2.1")
			w.files["going.example.yaml"] = tombstone("going.example")
			w.AddRule(f.rule)
			_, report := w.apply()
			text := reportText(t, report)
			shows(t, text, f.says...)
			shows(t, text, "3 zones brought up to date", "1 zone failed")
			w.changed(f.changed...)
			w.ClearRules()
			if _, report = w.apply(); report.Failed() {
				t.Errorf("the next run:\n%s", reportText(t, report))
			}
			w.changed("one.example", "two.example", "new.example")
			if w.Records("going.example") != nil {
				t.Error("going.example is still there")
			}
		})
	}
}

// A zone file that does not validate stops its zone only.
func TestBrokenFileStopsItsZoneOnly(t *testing.T) {
	bubble(t, "recrods", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.files["one.example.yaml"].Data = []byte("zone: one.example\nrecrods: {}\n")
		draft, report := w.apply()
		shows(t, planText(t, draft.Plan), "one.example: cannot be planned", ".yaml does not validate", "the live zone stays as it is")
		shows(t, draft.Problems.Error(), "one.example.yaml:2:1", "recrods")
		shows(t, reportText(t, report), "two.example", "verified")
		w.untouched("one.example")
		w.changed("two.example")
		if n := w.count(vpsorgtest.GetZone); n != 2 {
			t.Errorf("got %d zones read, want 2: two.example before and after, and not one.example", n)
		}
	})
}
