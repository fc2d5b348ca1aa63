package sync_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// Reads that lag behind are read again, for a while. Nothing is written again.
func TestFaultA6LaggingReads(t *testing.T) {
	for _, d := range []vpsorgtest.Dialect{
		{Name: "1 read", LagReads: 1}, {Name: "3 reads", LagReads: 3},
		{Name: "1 s", LagTime: time.Second}, {Name: "6 s", LagTime: 6 * time.Second},
	} {
		worldtest.Bubble(t, d.Name, func(t *testing.T) {
			w := twoZones(t, d)
			_, report := w.Apply()
			worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 created, 1 updated, 1 deleted, verified",
				"two.example: 1 created, 1 updated, 1 deleted, verified")
			changed(w, "one.example", "two.example")
			if n := w.Writes(); n != 6 {
				t.Errorf("got %d writes, want 6", n)
			}
		})
	}
	worldtest.Bubble(t, "beyond the waits", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{LagTime: time.Hour})
		_, report := w.Apply()
		text := worldtest.ReportText(t, report)
		worldtest.Shows(t, text, "one.example: 1 created, 1 updated, 1 deleted\n",
			"differs: ", "old A: unexpected 192.0.2.1 (ttl 300), not in the file", "2 zones failed")
		worldtest.Shows(t, text, "differs: new A: 192.0.2.1 (ttl 300) is missing")
		worldtest.Shows(t, text, "differs: www A: written as 192.0.2.2 (ttl 300), still reads as 192.0.2.1 (ttl 300): the service rewrites it, or its reads lag behind")
		if !report.Failed() {
			t.Error("the run counts as good")
		}
		if n := w.Writes(); n != 6 {
			t.Errorf("got %d writes, want 6: nothing is written twice", n)
		}
		time.Sleep(2 * time.Hour)
		if draft := w.Plan(); !empty(draft.Plan) {
			t.Errorf("once the reads have caught up:\n%s", worldtest.PlanText(t, draft.Plan))
		}
	})
}

// What still reads as before is named as that, whatever the type of the record.
func TestFaultA6LaggingReadOfAnMX(t *testing.T) {
	worldtest.Bubble(t, "beyond the waits", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{LagTime: time.Hour}})
		w.Live("one.example", "mx 300 A 192.0.2.1", "@ 300 MX 10 mx.one.example.")
		w.File("one.example", "mx 300 A 192.0.2.1", "@ 300 MX 20 mx.one.example.")
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "written as 20 mx.one.example. (ttl 300), still reads as 10 mx.one.example. (ttl 300)")
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
			worldtest.Bubble(t, f.name+" "+how, func(t *testing.T) {
				w := worldtest.New(t, vpsorgtest.Options{Dialect: f.dialect})
				if how == "PATCH" {
					w.Live("two.example", "@ 300 TXT stays", "www 300 A 192.0.2.1")
				} else {
					w.Live("two.example", "@ 300 TXT stays")
				}
				w.File("two.example", "@ 300 TXT stays", f.line)
				for _, says := range []string{
					"reads as " + f.reads + ": the service rewrites it\n",
					// Now it reads as it did before, which a lag could explain as well.
					"still reads as " + f.reads + ": the service rewrites it, or its reads lag behind\n",
				} {
					w.Server.ResetCalls()
					_, report := w.Apply()
					worldtest.Shows(t, worldtest.ReportText(t, report), "two.example: 1 ", "  differs: www A: "+f.written+", "+says, "1 zone failed")
					if !report.Failed() {
						t.Error("the run counts as good")
					}
					if n := w.Writes(); n != 1 {
						t.Errorf("got %d writes, want 1: nothing is written twice in a run", n)
					}
				}
			})
		}
	}
}

// A write that the service accepts and forgets is told from one that it rewrites.
func TestFaultA7ForgottenWrite(t *testing.T) {
	worldtest.Bubble(t, "PATCH", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{Rewrite: func(r vpsorgtest.Record) vpsorgtest.Record {
			r.Value = "192.0.2.1"
			return r
		}})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 created, 1 updated, 1 deleted\n",
			"differs: www A: written as 192.0.2.2 (ttl 300), still reads as 192.0.2.1 (ttl 300): the service rewrites it, or its reads lag behind", "2 zones failed")
		if n := w.Writes(); n != 6 {
			t.Errorf("got %d writes, want 6: nothing is written twice in a run", n)
		}
	})
}

// What another writer puts beside our records while we write is shown, and left to the
// next plan.
func TestFaultA7LeftoversOfASecondWriter(t *testing.T) {
	worldtest.Bubble(t, "beside", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		atFirstWrite(w, "one.example", func() {
			add(w, "one.example", "www 300 A 203.0.113.5", "made 300 TXT by hand")
		})
		_, report := w.Apply()
		text := worldtest.ReportText(t, report)
		worldtest.Shows(t, text, "one.example: 1 created, 1 updated, 1 deleted\n",
			`differs: made TXT: unexpected "by hand" (ttl 300), not in the file`, "two.example", "1 zone failed")
		worldtest.Shows(t, text, "differs: www A: unexpected 203.0.113.5 (ttl 300), not in the file")
		w.Holds("one.example", "@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2",
			"www 300 A 203.0.113.5", "made 300 TXT by hand")
	})
}

// atFirstWrite runs f once, before the first write to a zone is performed.
func atFirstWrite(w *worldtest.World, domain string, f func()) {
	done := false
	w.Watch(func(c vpsorgtest.Call) {
		if c.Domain == domain && c.Kind.Writes() && !done {
			done = true
			f()
		}
	})
}

// add puts records into a zone as a person would.
func add(w *worldtest.World, domain string, lines ...string) {
	w.T.Helper()
	for _, r := range worldtest.Stored(w.T, lines) {
		if _, err := w.Server.AddRecord(domain, r); err != nil {
			w.T.Error(err)
		}
	}
}

// A record that a person touches between plan and write.
func TestFaultA8ChangedBetweenPlanAndWrite(t *testing.T) {
	for _, f := range []struct {
		name   string
		person func(w *worldtest.World)
		says   []string
		first  []string // what the zone holds after the run
	}{
		{"value of what is updated", func(w *worldtest.World) {
			replace(w, "www", "A", func(r *vpsorgtest.Record) { r.Value = "203.0.113.5" })
		}, []string{"one.example: 1 created, 1 updated, 1 deleted, verified"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"TTL of what is updated", func(w *worldtest.World) {
			replace(w, "www", "A", func(r *vpsorgtest.Record) { r.TTL = 77 })
		}, []string{"differs: www A: written as 192.0.2.2 (ttl 300), reads as 192.0.2.2 (ttl 77)", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 77 A 192.0.2.2"}},
		{"removed what is updated", func(w *worldtest.World) { remove(w, "www", "A") },
			[]string{"one.example: 1 created, 1 deleted\n", "failed: update www A", "404 Not Found", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1"}},
		{"removed what is deleted", func(w *worldtest.World) { remove(w, "old", "A") },
			[]string{"one.example: 1 created, 1 updated, 1 deleted, verified"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"removed what stays", func(w *worldtest.World) { remove(w, "@", "A") },
			[]string{"differs: @ A: 192.0.2.1 (ttl 300) is missing", "1 zone failed"},
			[]string{"new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"added what is created", func(w *worldtest.World) { add(w, "one.example", "new 300 A 192.0.2.1") },
			[]string{"one.example: 1 updated, 1 deleted\n", "failed: create new A", "400 Bad Request", "already exists", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 A 192.0.2.1", "www 300 A 192.0.2.2"}},
		{"added a CNAME where we create", func(w *worldtest.World) { add(w, "one.example", "new 300 CNAME person.example.") },
			[]string{"failed: create new A", "400 Bad Request", "CNAME", "1 zone failed"},
			[]string{"@ 300 A 192.0.2.1", "new 300 CNAME person.example.", "www 300 A 192.0.2.2"}},
	} {
		worldtest.Bubble(t, f.name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			atFirstWrite(w, "one.example", func() { f.person(w) })
			_, report := w.Apply()
			worldtest.Shows(t, worldtest.ReportText(t, report), f.says...)
			w.Holds("one.example", f.first...)
			changed(w, "two.example")

			if _, report = w.Apply(); report.Failed() {
				t.Errorf("the next run:\n%s", worldtest.ReportText(t, report))
			}
			changed(w, "one.example", "two.example")
		})
	}
}

func replace(w *worldtest.World, name, typ string, change func(*vpsorgtest.Record)) {
	w.T.Helper()
	if _, err := w.Server.ReplaceRecord(w.ID("one.example", name, typ), change); err != nil {
		w.T.Error(err)
	}
}

func remove(w *worldtest.World, name, typ string) {
	w.T.Helper()
	if err := w.Server.RemoveRecord(w.ID("one.example", name, typ)); err != nil {
		w.T.Error(err)
	}
}

// A plan that waited for a person's word is refused where its zone has changed since.
func TestFaultC5StalePlan(t *testing.T) {
	for name, person := range map[string]func(w *worldtest.World){
		"changed": func(w *worldtest.World) {
			replace(w, "www", "A", func(r *vpsorgtest.Record) { r.Value = "203.0.113.5" })
		},
		"TTL":      func(w *worldtest.World) { replace(w, "old", "A", func(r *vpsorgtest.Record) { r.TTL = 77 }) },
		"id":       func(w *worldtest.World) { replace(w, "www", "A", func(r *vpsorgtest.Record) { r.ID = "another" }) },
		"removed":  func(w *worldtest.World) { remove(w, "old", "A") },
		"added":    func(w *worldtest.World) { add(w, "one.example", "more 300 A 192.0.2.1") },
		"zone":     func(w *worldtest.World) { gone(w, "one.example") },
		"new zone": func(w *worldtest.World) { gone(w, "one.example"); w.Live("one.example", "@ 300 A 192.0.2.1") },
	} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.File("three.example", "@ 300 A 192.0.2.1")
			c, api := w.Pass()
			draft, err := c.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			person(w)
			held := w.Records("one.example")
			if err := c.Recheck(t.Context(), draft); err != nil {
				t.Fatal(err)
			}
			worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example", `refused by the guard "stale": the live zone has changed since this plan was made; plan again`)
			worldtest.Hides(t, worldtest.PlanText(t, draft.Plan), "to approve")
			report := c.Apply(t.Context(), draft, api)
			worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "stale", nothing was done`,
				"three.example: the zone was created", "two.example: 1 created, 1 updated, 1 deleted, verified", "1 zone refused")
			w.Holds("one.example", held...)
			changed(w, "two.example", "three.example")
		})
	}
	worldtest.Bubble(t, "nothing changed", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		c, api := w.Pass()
		draft, err := c.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Recheck(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
		if report := c.Apply(t.Context(), draft, api); report.Failed() || report.Refused() {
			t.Error(worldtest.ReportText(t, report))
		}
		changed(w, "one.example", "two.example")
	})
	worldtest.Bubble(t, "a new zone that came meanwhile", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.File("three.example", "@ 300 A 192.0.2.1")
		c, api := w.Pass()
		draft, err := c.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.Live("three.example", "@ 300 A 203.0.113.5")
		if err := c.Recheck(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
		report := c.Apply(t.Context(), draft, api)
		worldtest.Shows(t, worldtest.ReportText(t, report), `three.example: refused by the guard "stale"`)
		w.Holds("three.example", "@ 300 A 203.0.113.5")
	})
}

func gone(w *worldtest.World, domain string) {
	w.T.Helper()
	if err := w.Server.RemoveZone(domain); err != nil {
		w.T.Error(err)
	}
}

// A6: a count that does not agree while reads lag behind is waited out like the lag.
func TestFaultA6LaggingCount(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{CountHidden: true, LagReads: 1}})
		w.Live("one.example", "@ 300 A 192.0.2.1")
		w.File("one.example", "@ 300 A 192.0.2.1", "www 300 A 192.0.2.2")
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 created, verified")
		changed(w, "one.example")
	})
}

// The summary counts the zones that could not be planned as well.
func TestSummaryCountsWhatCouldNotBePlanned(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Times: 1, Do: vpsorgtest.Answer(404, `{"detail": "not found"}`)})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "1 zone brought up to date", "1 zone not planned")
	})
}

// A6: a list that still shows a zone which was deleted is read again.
func TestFaultA6LaggingListAfterADeletion(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{LagReads: 1}})
		w.Live("one.example", "@ 300 A 192.0.2.1")
		w.Files["one.example.yaml"] = worldtest.Tombstone("one.example")
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: the zone was deleted, verified")
	})
}
