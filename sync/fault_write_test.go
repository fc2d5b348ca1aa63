package sync_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// Reads that lag behind are read again, for a while. Nothing is written again.
func TestFaultA6LaggingReads(t *testing.T) {
	for _, d := range []vpsorgtest.Dialect{
		{Name: "1 read", LagReads: 1}, {Name: "3 reads", LagReads: 3},
		{Name: "1 s", LagTime: time.Second}, {Name: "6 s", LagTime: 6 * time.Second},
	} {
		bubble(t, d.Name, func(t *testing.T) {
			w := twoZones(t, d)
			_, report := w.apply()
			shows(t, reportText(t, report), "one.example: 1 created, 1 updated, 1 deleted, verified",
				"two.example: 1 created, 1 updated, 1 deleted, verified")
			w.changed("one.example", "two.example")
			if n := w.writes(); n != 6 {
				t.Errorf("got %d writes, want 6", n)
			}
		})
	}
	bubble(t, "beyond the waits", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{LagTime: time.Hour})
		_, report := w.apply()
		text := reportText(t, report)
		shows(t, text, "one.example: 1 created, 1 updated, 1 deleted\n",
			"differs: ", "old A: 192.0.2.1 (ttl 300) is there beside what the file says", "2 zones failed")
		shows(t, text, "differs: new A: 192.0.2.1 (ttl 300) is missing")
		shows(t, text, "differs: www A: written as 192.0.2.2 (ttl 300), still reads as 192.0.2.1 (ttl 300): the service rewrites it, or its reads lag behind")
		if !report.Failed() {
			t.Error("the run counts as good")
		}
		if n := w.writes(); n != 6 {
			t.Errorf("got %d writes, want 6: nothing is written twice", n)
		}
		time.Sleep(2 * time.Hour)
		if draft := w.plan(); !draft.Plan.Empty() {
			t.Errorf("once the reads have caught up:\n%s", planText(t, draft.Plan))
		}
	})
}

// A value that the service rewrites is named and not fought within the run.
func TestFaultA7RewrittenValues(t *testing.T) {
	for _, f := range []struct {
		name           string
		dialect        vpsorgtest.Dialect
		line           string
		written, reads string
	}{
		{"TTL floor", vpsorgtest.Dialect{MinTTL: 600}, "www 60 A 192.0.2.2",
			"written as 192.0.2.2 (ttl 60)", "192.0.2.2 (ttl 600)"},
		{"TTL ceiling", vpsorgtest.Dialect{MaxTTL: 600}, "www 86400 A 192.0.2.2",
			"written as 192.0.2.2 (ttl 86400)", "192.0.2.2 (ttl 600)"},
		{"value", vpsorgtest.Dialect{Rewrite: func(r vpsorgtest.Record) vpsorgtest.Record {
			if r.Type == "A" {
				r.Value = "198.51.100.1"
			}
			return r
		}}, "www 300 A 192.0.2.2",
			"written as 192.0.2.2 (ttl 300)", "198.51.100.1 (ttl 300)"},
	} {
		for _, how := range []string{"PATCH", "POST"} {
			bubble(t, f.name+" "+how, func(t *testing.T) {
				w := newWorld(t, vpsorgtest.Options{Dialect: f.dialect})
				if how == "PATCH" {
					w.live("two.example", "@ 300 TXT stays", "www 300 A 192.0.2.1")
				} else {
					w.live("two.example", "@ 300 TXT stays")
				}
				w.file("two.example", "@ 300 TXT stays", f.line)
				for _, says := range []string{
					"reads as " + f.reads + ": the service rewrites it\n",
					// Now it reads as it did before, which a lag could explain as well.
					"still reads as " + f.reads + ": the service rewrites it, or its reads lag behind\n",
				} {
					w.ResetCalls()
					_, report := w.apply()
					shows(t, reportText(t, report), "two.example: 1 ", "  differs: www A: "+f.written+", "+says, "1 zone failed")
					if !report.Failed() {
						t.Error("the run counts as good")
					}
					if n := w.writes(); n != 1 {
						t.Errorf("got %d writes, want 1: nothing is written twice in a run", n)
					}
				}
			})
		}
	}
}

// A write that the service accepts and forgets is told from one that it rewrites.
func TestFaultA7ForgottenWrite(t *testing.T) {
	bubble(t, "PATCH", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{Rewrite: func(r vpsorgtest.Record) vpsorgtest.Record {
			r.Value = "192.0.2.1"
			return r
		}})
		_, report := w.apply()
		shows(t, reportText(t, report), "one.example: 1 created, 1 updated, 1 deleted\n",
			"differs: www A: written as 192.0.2.2 (ttl 300), still reads as 192.0.2.1 (ttl 300): the service rewrites it, or its reads lag behind", "2 zones failed")
		if n := w.writes(); n != 6 {
			t.Errorf("got %d writes, want 6: nothing is written twice in a run", n)
		}
	})
}

// What another writer puts beside our records while we write is shown, and left to the
// next plan.
func TestFaultA7LeftoversOfASecondWriter(t *testing.T) {
	bubble(t, "beside", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.atFirstWrite("one.example", func() {
			w.add("one.example", "www 300 A 203.0.113.5", "made 300 TXT by hand")
		})
		_, report := w.apply()
		text := reportText(t, report)
		shows(t, text, "one.example: 1 created, 1 updated, 1 deleted\n",
			`differs: made TXT: "by hand" (ttl 300) is there beside what the file says`, "two.example", "1 zone failed")
		shows(t, text, "differs: www A: 203.0.113.5 (ttl 300) is there beside what the file says")
		w.holds("one.example", "@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2",
			"www 300 A 203.0.113.5", "made 300 TXT by hand")
	})
}

// atFirstWrite runs f once, before the first write to a zone is performed.
func (w *world) atFirstWrite(domain string, f func()) {
	done := false
	w.watch(func(c vpsorgtest.Call) {
		if c.Domain == domain && c.Kind.Writes() && !done {
			done = true
			f()
		}
	})
}

// add puts records into a zone as a person would.
func (w *world) add(domain string, lines ...string) {
	w.Helper()
	for _, r := range stored(w, lines) {
		if _, err := w.AddRecord(domain, r); err != nil {
			w.Error(err)
		}
	}
}

// A record that a person touches between plan and write.
func TestFaultA8ChangedBetweenPlanAndWrite(t *testing.T) {
	for _, f := range []struct {
		name   string
		person func(w *world)
		says   []string
		first  []string // what the zone holds after the run
	}{
		{"value of what is updated", func(w *world) {
			w.replace("www", "A", func(r *vpsorgtest.Record) { r.Value = "203.0.113.5" })
		}, []string{"one.example: 1 created, 1 updated, 1 deleted, verified"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"TTL of what is updated", func(w *world) {
			w.replace("www", "A", func(r *vpsorgtest.Record) { r.TTL = 77 })
		}, []string{"differs: www A: written as 192.0.2.2 (ttl 300), reads as 192.0.2.2 (ttl 77)", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 77 A 192.0.2.2"}},
		{"removed what is updated", func(w *world) { w.remove("www", "A") },
			[]string{"one.example: 1 created, 1 deleted\n", "failed: update www A", "404 Not Found", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1"}},
		{"removed what is deleted", func(w *world) { w.remove("old", "A") },
			[]string{"one.example: 1 created, 1 updated, 1 deleted, verified"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"removed what stays", func(w *world) { w.remove("@", "A") },
			[]string{"differs: @ A: 192.0.2.1 (ttl 300) is missing", "1 zone failed"},
			[]string{"new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"added what is created", func(w *world) { w.add("one.example", "new 300 A 192.0.2.1") },
			[]string{"one.example: 1 updated, 1 deleted\n", "failed: create new A", "400 Bad Request", "already exists", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"added a CNAME where we create", func(w *world) { w.add("one.example", "new 300 CNAME person.example.") },
			[]string{"failed: create new A", "400 Bad Request", "CNAME", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 CNAME person.example.", "www 300 A 192.0.2.2"}},
	} {
		bubble(t, f.name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.atFirstWrite("one.example", func() { f.person(w) })
			_, report := w.apply()
			shows(t, reportText(t, report), f.says...)
			w.holds("one.example", f.first...)
			w.changed("two.example")

			if _, report = w.apply(); report.Failed() {
				t.Errorf("the next run:\n%s", reportText(t, report))
			}
			w.changed("one.example", "two.example")
		})
	}
}

func (w *world) replace(name, typ string, change func(*vpsorgtest.Record)) {
	w.Helper()
	if _, err := w.ReplaceRecord(w.id("one.example", name, typ), change); err != nil {
		w.Error(err)
	}
}

func (w *world) remove(name, typ string) {
	w.Helper()
	if err := w.RemoveRecord(w.id("one.example", name, typ)); err != nil {
		w.Error(err)
	}
}

// A plan that waited for a person's word is refused where its zone has changed since.
func TestFaultC5StalePlan(t *testing.T) {
	for name, person := range map[string]func(w *world){
		"changed":  func(w *world) { w.replace("www", "A", func(r *vpsorgtest.Record) { r.Value = "203.0.113.5" }) },
		"TTL":      func(w *world) { w.replace("old", "A", func(r *vpsorgtest.Record) { r.TTL = 77 }) },
		"id":       func(w *world) { w.replace("www", "A", func(r *vpsorgtest.Record) { r.ID = "another" }) },
		"removed":  func(w *world) { w.remove("old", "A") },
		"added":    func(w *world) { w.add("one.example", "more 300 A 192.0.2.1") },
		"zone":     func(w *world) { w.gone("one.example") },
		"new zone": func(w *world) { w.gone("one.example"); w.live("one.example", "@ 300 A 192.0.2.1") },
	} {
		bubble(t, name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.file("three.example", "@ 300 A 192.0.2.1")
			c, api := w.cycle()
			draft, err := c.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			person(w)
			held := w.records("one.example")
			if err := c.Recheck(t.Context(), draft); err != nil {
				t.Fatal(err)
			}
			shows(t, planText(t, draft.Plan), "one.example", `refused by the guard "stale": the live zone has changed since this plan was made; plan again`)
			hides(t, planText(t, draft.Plan), "to approve")
			report := c.Apply(t.Context(), draft, api)
			shows(t, reportText(t, report), `one.example: refused by the guard "stale", nothing was done`,
				"three.example: the zone was created", "two.example: 1 created, 1 updated, 1 deleted, verified", "1 zone refused")
			w.holds("one.example", held...)
			w.changed("two.example", "three.example")
		})
	}
	bubble(t, "nothing changed", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		c, api := w.cycle()
		draft, err := c.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Recheck(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
		if report := c.Apply(t.Context(), draft, api); report.Failed() || report.Refused() {
			t.Error(reportText(t, report))
		}
		w.changed("one.example", "two.example")
	})
	bubble(t, "a new zone that came meanwhile", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.file("three.example", "@ 300 A 192.0.2.1")
		c, api := w.cycle()
		draft, err := c.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.live("three.example", "@ 300 A 203.0.113.5")
		if err := c.Recheck(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
		report := c.Apply(t.Context(), draft, api)
		shows(t, reportText(t, report), `three.example: refused by the guard "stale"`)
		w.holds("three.example", "@ 300 A 203.0.113.5")
	})
}

func (w *world) gone(domain string) {
	w.Helper()
	if err := w.RemoveZone(domain); err != nil {
		w.Error(err)
	}
}

// A6: a count that does not agree while reads lag behind is waited out like the lag.
func TestFaultA6LaggingCount(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		w := newWorld(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{CountHidden: true, LagReads: 1}})
		w.live("one.example", "@ 300 A 192.0.2.1")
		w.file("one.example", "@ 300 A 192.0.2.1", "www 300 A 192.0.2.2")
		_, report := w.apply()
		shows(t, reportText(t, report), "one.example: 1 created, verified")
		w.changed("one.example")
	})
}

// The summary counts the zones that could not be planned as well.
func TestSummaryCountsWhatCouldNotBePlanned(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Times: 1, Do: vpsorgtest.Answer(404, `{"detail": "not found"}`)})
		_, report := w.apply()
		shows(t, reportText(t, report), "1 zone brought up to date", "1 zone not planned")
	})
}

// A6: a list that still shows a zone which was deleted is read again.
func TestFaultA6LaggingListAfterADeletion(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		w := newWorld(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{LagReads: 1}})
		w.live("one.example", "@ 300 A 192.0.2.1")
		w.files["one.example.yaml"] = tombstone("one.example")
		_, report := w.apply()
		shows(t, reportText(t, report), "one.example: the zone was deleted, verified")
	})
}
