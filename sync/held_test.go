package sync_test

import (
	"net/http"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
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
			[]string{"one.example: 1 updated\n", "failed: create www AAAA", "400 Bad Request: no", "failed: delete www A", "not attempted: a change it depends on failed"},
			[]string{"www 300 A 192.0.2.1", "zebra 300 A 192.0.2.2"},
		},
		{
			"a failed pointer keeps its old target",
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"},
			[]string{"www 300 CNAME new.one.example.", "new 300 A 192.0.2.1"},
			aboutRecord(vpsorgtest.PatchRecord, "www"),
			[]string{"one.example: 1 created, 1 deleted\n", "failed: update www CNAME", "400 Bad Request: no", "failed: delete old A", "not attempted"},
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "new 300 A 192.0.2.1"},
		},
		{
			"a pointer that could not be deleted keeps its target",
			[]string{"@ 300 MX 10 mx.one.example.", "@ 300 MX 20 mx.example.net.", "mx 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"},
			[]string{"@ 300 MX 20 mx.example.net."},
			aboutRecord(vpsorgtest.DeleteRecord, "@"),
			[]string{"one.example: 1 deleted\n", "failed: delete @ MX", "400 Bad Request: no", "failed: delete mx A", "not attempted"},
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
			[]string{"www 300 CNAME new.one.example.", "new 300 A 192.0.2.1", "web 300 CNAME new.one.example.", "alias 300 CNAME web.one.example.",
				"@ 300 MX 10 new.one.example.", "@ 300 TXT goes on"},
			aboutRecord(vpsorgtest.CreateRecord, "new"),
			[]string{"one.example: 1 created, 1 deleted\n", "failed: create new A", "400 Bad Request: no",
				"failed: create @ MX", "not attempted", "failed: update www CNAME", "not attempted", "failed: create web CNAME", "not attempted",
				"failed: create alias CNAME", "not attempted", "failed: delete old A", "not attempted"},
			[]string{"www 300 CNAME old.one.example.", "old 300 A 192.0.2.1", "@ 300 TXT goes on"},
		},
	} {
		worldtest.Bubble(t, f.name, func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{})
			w.Settings("safety: {max_deletes: 100%}\n")
			w.Live("one.example", f.live...)
			w.File("one.example", f.files...)
			w.Live("two.example", "@ 300 A 192.0.2.1")
			w.File("two.example", "@ 300 A 192.0.2.2")
			w.Server.AddRule(vpsorgtest.Rule{When: f.fails, Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`)})
			_, report := w.Apply()
			text := worldtest.ReportText(t, report)
			worldtest.Shows(t, text, f.says[0], "1 zone failed")
			for _, says := range f.says {
				worldtest.Shows(t, text, says)
			}
			worldtest.Hides(t, text, "differs")
			w.Holds("one.example", f.holds...)
			changed(w, "two.example")

			w.Server.ClearRules()
			if _, report = w.Apply(); report.Failed() {
				t.Errorf("the next run:\n%s", worldtest.ReportText(t, report))
			}
			changed(w, "one.example")
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
			[]string{"going.example: the zone was deleted\n  failed: delete zone: the service accepted the call but still lists the zone"},
			[]string{"one.example", "two.example", "new.example"}},
		{"read again", vpsorgtest.Rule{Skip: 1, When: recordsOf("one.example"), Do: no},
			[]string{"one.example: 1 created, 1 updated, 1 deleted\n  failed: verify: read: GET /dns-zones/", "400 Bad Request: no"},
			[]string{"one.example", "two.example", "new.example"}},
		{"partial read again", vpsorgtest.Rule{Skip: 1, When: recordsOf("one.example"), Do: vpsorgtest.TruncateCounted(1)},
			[]string{"one.example: 1 created, 1 updated, 1 deleted\n  failed: verify: the read may be incomplete: "},
			[]string{"one.example", "two.example", "new.example"}},
	} {
		worldtest.Bubble(t, f.name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.File("new.example", "@ 300 A 192.0.2.1")
			w.Live("going.example", "@ 300 A 192.0.2.1")
			w.Files["going.example.yaml"] = worldtest.Tombstone("going.example")
			w.Server.AddRule(f.rule)
			_, report := w.Apply()
			text := worldtest.ReportText(t, report)
			worldtest.Shows(t, text, f.says...)
			worldtest.Shows(t, text, "3 zones brought up to date", "1 zone failed")
			changed(w, f.changed...)
			w.Server.ClearRules()
			if _, report = w.Apply(); report.Failed() {
				t.Errorf("the next run:\n%s", worldtest.ReportText(t, report))
			}
			changed(w, "one.example", "two.example", "new.example")
			if w.Server.Records("going.example") != nil {
				t.Error("going.example is still there")
			}
		})
	}
}

// A zone file that does not validate stops its zone only.
func TestBrokenFileStopsItsZoneOnly(t *testing.T) {
	worldtest.Bubble(t, "recrods", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Files["one.example.yaml"].Data = []byte("zone: one.example\nrecrods: {}\n")
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example: cannot be planned", ".yaml has 1 error", "the live zone is left unchanged")
		worldtest.Shows(t, draft.Problems.Error(), "one.example.yaml:2:1", "recrods")
		worldtest.Shows(t, worldtest.ReportText(t, report), "two.example", "verified")
		untouched(w, "one.example")
		changed(w, "two.example")
		if n := w.Count(vpsorgtest.GetZone); n != 2 {
			t.Errorf("got %d zones read, want 2: two.example before and after, and not one.example", n)
		}
	})
}
