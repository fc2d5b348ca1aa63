package sync_test

import (
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// twoZones is a world with two live zones, each of which has one change to make, and a
// third that no file names.
func twoZones(t testing.TB, d vpsorgtest.Dialect) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{Dialect: d})
	for _, domain := range []string{"one.example", "two.example"} {
		w.Live(domain, "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		w.File(domain, "@ 300 A 192.0.2.1", "www 300 A 192.0.2.2", "new 300 A 192.0.2.1")
	}
	w.Live("parked.example", "@ 300 A 192.0.2.9")
	return w
}

// untouched fails the test unless the zones hold what they held at the beginning, and
// nothing was sent.
func untouched(w *worldtest.World, domains ...string) {
	w.T.Helper()
	for _, domain := range domains {
		w.Holds(domain, "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		for _, c := range w.Server.Calls() {
			if c.Domain == domain && c.Kind.Writes() {
				w.T.Errorf("%s: %s was sent", domain, c.Kind)
			}
		}
	}
}

// changed fails the test unless the zones are as their files say.
func changed(w *worldtest.World, domains ...string) {
	w.T.Helper()
	for _, domain := range domains {
		w.Holds(domain, w.Declared(domain)...)
	}
}

// wholeList chooses the list of zones, but no look-up by name.
func wholeList(c vpsorgtest.Call) bool {
	return c.Kind == vpsorgtest.ListZones && c.Domain == ""
}

// A zone that the list leaves out is found by its name: it is neither created again nor
// taken for gone.
func TestFaultA1EmptyList(t *testing.T) {
	worldtest.Bubble(t, "list", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: wholeList, Do: vpsorgtest.EmptyList()})
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example", "missing from the list of zones, but found by name", "two.example")
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 created, 1 updated, 1 deleted, verified")
		changed(w, "one.example", "two.example")
		w.Holds("parked.example", "@ 300 A 192.0.2.9")
		if n := w.Count(vpsorgtest.CreateZone); n != 0 {
			t.Errorf("got %d zones created, want none", n)
		}
	})
	worldtest.Bubble(t, "list and look-up", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.EmptyList()})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: nothing was changed",
			"create zone", "not in this account", "already exists", "2 zones failed")
		if !report.Failed() {
			t.Error("the run counts as good")
		}
		for _, domain := range []string{"one.example", "two.example"} {
			w.Holds(domain, "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		}
	})
	worldtest.Bubble(t, "records", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: recordsOf("one.example"), Do: vpsorgtest.TruncateCounted(-1)})
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example", `refused by the guard "incomplete":`, "may not have been read completely", "3")
		worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "incomplete", nothing was done`,
			"two.example: 1 created, 1 updated, 1 deleted, verified", "1 zone refused")
		untouched(w, "one.example")
		changed(w, "two.example")
	})
}

// A zone that reads as empty although it counts records is not taken for one that lost them
// all: nothing is created again, not even if every read says the same.
func TestFaultD4EmptyReadCreatesNothing(t *testing.T) {
	worldtest.Bubble(t, "46 records", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{Dialect: copying()})
		w.Live("one.example", hosts(46, "192.0.2.1")...)
		w.File("one.example", hosts(46, "192.0.2.1")...)
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(200, `{"domain": "one.example", "record_count": 46, "records": []}`)})
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListRecords, Do: vpsorgtest.Answer(200, "[]")})
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example", `refused by the guard "incomplete":`, "record_count is 46, but no record is shown")
		worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "incomplete", nothing was done`)
		w.Holds("one.example", hosts(46, "192.0.2.1")...)
		if n := w.Writes(); n != 0 {
			t.Errorf("got %d writes, want none", n)
		}
	})
}

// recordsOf chooses the reads of a zone's records.
func recordsOf(domain string) func(vpsorgtest.Call) bool {
	return func(c vpsorgtest.Call) bool {
		return c.Domain == domain && (c.Kind == vpsorgtest.GetZone || c.Kind == vpsorgtest.ListRecords)
	}
}

// A read that may be partial deletes nothing, and creates nothing that may be there.
func TestFaultA2PartialRead(t *testing.T) {
	paged := vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged, Records: vpsorgtest.EnvelopePaged, PageSize: 2, DetailLimit: 2}
	for _, f := range []struct {
		name string
		do   vpsorgtest.Action
		says string
	}{
		{"lost page", vpsorgtest.TruncateCounted(1), "the list counts 3 items, 1 arrived"},
		{"page loop", vpsorgtest.PageLoop(), "the list repeats itself after 2 items"},
		{"count above items", vpsorgtest.WrongCount(4), "the list counts 7 items, 3 arrived"},
		{"next page elsewhere", vpsorgtest.NextHost("evil.example"), "the list continues at another host, https://evil.example, which must not get the token"},
	} {
		worldtest.Bubble(t, f.name, func(t *testing.T) {
			w := twoZones(t, paged)
			w.Server.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool {
				return c.Domain == "one.example" && c.Kind == vpsorgtest.ListRecords
			}, Do: f.do})
			draft, report := w.Apply()
			worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example", `refused by the guard "incomplete":`, f.says, "nothing is written until it can be read in full")
			worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "incomplete"`, "two.example", "verified")
			if z := draft.Plan.Zones()[0]; z.Approval != "" {
				t.Errorf("got the approval code %s for a partial read, want none", z.Approval)
			}
			untouched(w, "one.example")
			changed(w, "two.example")
			noCallTo(w, "evil.example")
		})
	}
}

// noCallTo fails the test where a host was asked.
func noCallTo(w *worldtest.World, host string) {
	w.T.Helper()
	for _, c := range w.Server.Calls() {
		if c.Host == host {
			w.T.Errorf("%s %s was sent to %s", c.Method, c.Path, host)
		}
	}
}

// A list of zones that may be partial hides zones: those are looked up, and a zone that
// is nowhere is not created from it.
func TestFaultA2PartialListOfZones(t *testing.T) {
	for name, do := range map[string]vpsorgtest.Action{
		"lost page":           vpsorgtest.TruncateCounted(2),
		"page loop":           vpsorgtest.PageLoop(),
		"next page elsewhere": vpsorgtest.NextHost("evil.example"),
	} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged, PageSize: 1})
			w.File("new.example", "@ 300 A 192.0.2.1")
			w.Server.AddRule(vpsorgtest.Rule{When: wholeList, Do: do})
			draft, report := w.Apply()
			worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "new.example", `refused by the guard "incomplete":`)
			worldtest.Shows(t, worldtest.ReportText(t, report), `new.example: refused by the guard "incomplete", nothing was done`)
			changed(w, "one.example", "two.example")
			if w.Server.Records("new.example") != nil {
				t.Error("a zone was created from a partial list")
			}
			noCallTo(w, "evil.example")
		})
	}
}

// A tombstone deletes no zone of which only a part can be seen.
func TestFaultA2NoZoneIsDeletedFromAPartialRead(t *testing.T) {
	worldtest.Bubble(t, "tombstone", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{Records: vpsorgtest.EnvelopeCount, DetailLimit: 1})
		w.Files["one.example.yaml"] = worldtest.Tombstone("one.example")
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListRecords, Do: vpsorgtest.TruncateCounted(1)})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "incomplete"`)
		untouched(w, "one.example")
	})
}

// A zone in Git that is not live is created; a live one that no file names is listed
// and left alone.
func TestFaultA11ZoneOnOneSideOnly(t *testing.T) {
	worldtest.Bubble(t, "both ways", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{OtherZones: []string{"taken.example"}})
		w.Live("parked.example", "@ 300 A 192.0.2.9")
		w.File("new.example", "@ 300 A 192.0.2.1", "www 300 CNAME new.example.")
		w.File("taken.example", "@ 300 A 192.0.2.1")
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "new.example: new zone, 2 to create", "live zones without a file (not touched): parked.example")
		worldtest.Shows(t, worldtest.ReportText(t, report),
			"new.example: the zone was created, 2 created, verified",
			"taken.example: nothing was changed", "another account may own it",
			"1 zone failed")
		changed(w, "new.example")
		w.Holds("parked.example", "@ 300 A 192.0.2.9")
		if again := w.Plan(); again.Plan.Summary().ZonesChanged != 1 {
			t.Errorf("got %s, want taken.example alone to be left", again.Plan.Summary())
		}
	})
}

// A zone that the service lists twice is not guessed at.
func TestFaultA2ZoneListedTwice(t *testing.T) {
	worldtest.Bubble(t, "two ids", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: wholeList, Do: vpsorgtest.Action{Alter: func(body []byte) []byte {
			return append(body[:len(body)-1], `,{"uuid": "another", "domain": "one.example"}]`...)
		}}})
		draft, _ := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example: cannot be planned", "the service lists this zone 2 times", "another")
		untouched(w, "one.example")
		changed(w, "two.example")
	})
}

// A1 for a moment only: a zone that seemed to be absent is there when it is created.
// What it holds was never planned, so that nothing is written into it.
func TestFaultA1ZoneThatExistsAfterAll(t *testing.T) {
	for _, d := range []vpsorgtest.Dialect{{}, {Duplicates: vpsorgtest.DuplicateCopied}, {Duplicates: vpsorgtest.DuplicateExisting}} {
		worldtest.Bubble(t, d.Name, func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{Dialect: d})
			before := []string{"@ 300 A 192.0.2.1", "www 300 A 192.0.2.1"}
			w.Live("one.example", before...)
			w.File("one.example", "@ 300 A 192.0.2.1", "www 300 A 192.0.2.2")
			w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Times: 2, Do: vpsorgtest.EmptyList()})
			_, report := w.Apply()
			worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: nothing was changed", "the zone already exists and differs from the plan; plan again", "1 zone failed")
			w.Holds("one.example", before...)
			w.Apply()
			changed(w, "one.example")
		})
	}
}

// An empty zone that somebody else made in the meantime is as good as one's own.
func TestFaultA8ZoneCreatedBySomebodyElse(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.File("one.example", "@ 300 A 192.0.2.1")
		w.Watch(func(c vpsorgtest.Call) {
			if c.Kind == vpsorgtest.CreateZone {
				_, _ = w.Server.AddZone("one.example")
			}
		})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: the zone was created, 1 created, verified")
		changed(w, "one.example")
	})
}

// What was odd about the list of zones is told.
func TestWarningsOfTheZoneList(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.Answer(200,
			`[{"uuid": "x", "domain": "bad..name", "record_count": 0}]`)})
		if draft := w.Plan(); len(draft.Plan.Warnings) == 0 {
			t.Error("no warning of a zone whose name cannot be read")
		}
	})
}
