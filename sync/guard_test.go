package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// hosts returns records host-01 to host-n with one address.
func hosts(n int, addr string) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("host-%02d 300 A %s", i+1, addr))
	}
	return lines
}

// A guarded case is a change that a guard takes for an accident.
type guarded struct {
	name        string
	live, files []string
	says        []string
}

func guardedCases() []guarded {
	return []guarded{
		{"C1 mass deletion", hosts(20, "192.0.2.1"), append(hosts(13, "192.0.2.1"), "new 300 A 192.0.2.1"),
			[]string{`refused by the guard "deletes": 7 of 20 records would be deleted, the limit is 30%`}},
		{"C1 everything", hosts(12, "192.0.2.1"), nil,
			[]string{`refused by the guard "empty": the last 12 records would be deleted`, `refused by the guard "deletes": 12 of 12`}},
		{"C2 no creations and many deletions", hosts(20, "192.0.2.1"), hosts(13, "192.0.2.1"),
			[]string{`refused by the guard "deletes": 7 of 20 records would be deleted, the limit is 30%`}},
		{"C2 in a small zone", hosts(5, "192.0.2.1"), hosts(2, "192.0.2.1"),
			[]string{`refused by the guard "deletes": 3 of 5 records would be deleted, the limit is 50%`}},
		{"C3 the same edit on every record", hosts(20, "192.0.2.1"), hosts(20, "192.0.2.2"),
			[]string{`refused by the guard "updates": 20 of 20 records would be changed, the limit is 30%`}},
		{"C4 apex MX", []string{"@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net."}, []string{"@ 300 A 192.0.2.1", "www 300 A 192.0.2.1"},
			[]string{`refused by the guard "protected": the MX RRset at the apex (1 record) would disappear without a replacement`}},
	}
}

// C1 to C4: what looks like an accident is refused as a whole, with the number, the
// limit and how to go on; other zones go on. The code approves this plan, and no other.
func TestFaultC1ToC4GuardsRefuse(t *testing.T) {
	for _, f := range guardedCases() {
		for _, how := range []string{"flag", "settings"} {
			worldtest.Bubble(t, f.name+", approved by "+how, func(t *testing.T) {
				w := worldtest.New(t, vpsorgtest.Options{})
				w.Live("one.example", f.live...)
				w.File("one.example", f.files...)
				w.Live("two.example", "@ 300 A 192.0.2.1")
				w.File("two.example", "@ 300 A 192.0.2.2")
				draft, report := w.Apply()
				code := draft.Plan.Zones()[0].Approval
				text := worldtest.PlanText(t, draft.Plan)
				worldtest.Shows(t, text, append(append([]string{"one.example"}, f.says...),
					"to approve exactly this plan: zonetender apply --approve "+code+", or approve: ["+code+"] in zonetender.yaml", "1 zone refused")...)
				worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: refused by the guard ", "nothing was done", "two.example: 1 updated, verified", "1 zone refused")
				if !report.Refused() || report.Failed() {
					t.Errorf("got refused %t and failed %t, want refused alone", report.Refused(), report.Failed())
				}
				w.Holds("one.example", f.live...)
				changed(w, "two.example")

				approval(w, how, code)
				// A code is for one plan: with one record more it lapses.
				w.File("one.example", slices.Concat(f.files, []string{"later 300 A 192.0.2.1"})...)
				_, report = w.Apply()
				if !report.Refused() {
					t.Errorf("the code approved another plan:\n%s", worldtest.ReportText(t, report))
				}
				w.Holds("one.example", f.live...)

				w.File("one.example", f.files...)
				draft, report = w.Apply()
				worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "approved by code "+code)
				worldtest.Shows(t, worldtest.ReportText(t, report), "one.example", "verified")
				changed(w, "one.example")
				if again := w.Plan(); !empty(again.Plan) {
					t.Errorf("the second plan:\n%s", worldtest.PlanText(t, again.Plan))
				}
			})
		}
	}
}

// approval approves by one of the two ways.
func approval(w *worldtest.World, how, code string) {
	if how == "flag" {
		w.Approve = []string{code}
		return
	}
	w.Settings("approve: [" + code + "]\n")
}

// fleet is a world of zones of which each loses a few records, no guard's worth alone.
func fleet(t testing.TB, zones int) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{})
	for i := range zones {
		domain := fmt.Sprintf("zone-%02d.example", i+1)
		w.Live(domain, hosts(10, "192.0.2.1")...)
		w.File(domain, append(hosts(7, "192.0.2.1"), "new 300 A 192.0.2.1")...)
	}
	return w
}

// C1: a deletion that spreads over the fleet is refused everywhere: nothing is done in
// any zone, not even a creation.
func TestFaultC1MassDeletionAcrossTheFleet(t *testing.T) {
	for _, f := range []struct {
		zones int
		says  string
	}{
		{7, `refused by the guard "fleet": 21 of 70 records would be deleted in this run, the limit is 10%`},
		{34, `refused by the guard "fleet": 102 of 340 records would be deleted in this run, the limit is 100`},
	} {
		for _, how := range []string{"flag", "settings"} {
			worldtest.Bubble(t, fmt.Sprintf("%d zones, approved by %s", f.zones, how), func(t *testing.T) {
				w := fleet(t, f.zones)
				draft, report := w.Apply()
				code := draft.Plan.Approval
				worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), f.says, "to approve exactly this plan: zonetender apply --approve "+code)
				text := worldtest.ReportText(t, report)
				if n := strings.Count(text, `: refused by the guard "fleet", nothing was done`); n != f.zones {
					t.Errorf("got %d zones refused, want %d", n, f.zones)
				}
				worldtest.Shows(t, text, "0 zones brought up to date: 0 created, 0 updated, 0 deleted; ", "refused")
				if n := w.Writes(); n != 0 {
					t.Errorf("got %d writes, want none", n)
				}

				approval(w, how, code)
				if _, report = w.Apply(); report.Failed() || report.Refused() {
					t.Error(worldtest.ReportText(t, report))
				}
				if again := w.Plan(); !empty(again.Plan) {
					t.Errorf("the second plan:\n%s", worldtest.PlanText(t, again.Plan))
				}
			})
		}
	}
}

// The records of a zone that a tombstone deletes count for the fleet.
func TestFaultC1Tombstones(t *testing.T) {
	worldtest.Bubble(t, "a large zone", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", hosts(60, "192.0.2.1")...)
		w.Live("two.example", hosts(40, "192.0.2.1")...)
		w.Files["one.example.yaml"] = worldtest.Tombstone("one.example")
		w.File("two.example", hosts(40, "192.0.2.1")...)
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example: the zone would be deleted, with 60 records", `refused by the guard "fleet": 60 of 100`)
		worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "fleet", nothing was done`)
		w.Holds("one.example", hosts(60, "192.0.2.1")...)
		w.Approve = []string{draft.Plan.Approval}
		_, report = w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: the zone was deleted, verified")
		if w.Server.Records("one.example") != nil {
			t.Error("one.example is still there")
		}
	})
}

// A folder without zone files is no wish to delete anything, and no code makes it one.
func TestFaultC1EmptyFolder(t *testing.T) {
	worldtest.Bubble(t, "no file", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "@ 300 A 192.0.2.1")
		w.Settings("ttl: 300\n")
		draft, report := w.Apply()
		text := worldtest.PlanText(t, draft.Plan)
		worldtest.Shows(t, text, "(not touched): one.example", `refused by the guard "empty": no zone files found`)
		if report.Failed() || !draft.Plan.Refused() || w.Writes() != 0 {
			t.Errorf("got failed %t, refused %t and %d writes, want a refused plan alone", report.Failed(), draft.Plan.Refused(), w.Writes())
		}
		worldtest.Hides(t, text, "to approve")
		w.Holds("one.example", "@ 300 A 192.0.2.1")
	})
}

// A zone that keeps only what others own is not empty.
func TestFaultC1IgnoredRecordsCountAsKept(t *testing.T) {
	worldtest.Bubble(t, "ignored", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Settings("ignore: [{name: ext}]\n")
		w.Live("one.example", "ext 300 A 192.0.2.1", "@ 300 A 192.0.2.1")
		w.File("one.example")
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 deleted, verified")
		w.Holds("one.example", "ext 300 A 192.0.2.1")
	})
}
