package sync_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// savePlan plans, and returns the plan as another process reads it from a file.
func savePlan(w *worldtest.World) *diff.SavedPlan {
	w.T.Helper()
	p, _ := w.Pass()
	p.Keep, p.Commit = true, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	draft, err := p.Plan(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Save(&b, draft, "1.0.0"); err != nil {
		w.T.Fatal(err)
	}
	saved, err := diff.ReadPlan(&b)
	if err != nil {
		w.T.Fatal(err)
	}
	return saved
}

// savedPass returns a pass over a saved plan, and what it writes with.
func savedPass(w *worldtest.World, saved *diff.SavedPlan) (*sync.Pass, sync.API) {
	c := w.Client()
	return &sync.Pass{Saved: saved, API: c, Concurrency: w.Concurrency, Approve: w.Approve}, c
}

// applySaved carries a saved plan out. Between is called when it has been planned anew, and
// may be nil.
func applySaved(w *worldtest.World, saved *diff.SavedPlan, between func()) (*sync.Draft, *sync.Report) {
	w.T.Helper()
	p, api := savedPass(w, saved)
	draft, err := p.Plan(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	if between != nil {
		between()
	}
	return draft, p.Apply(w.T.Context(), draft, api)
}

// A saved plan leads to what the files said when it was made, although they are gone.
func TestSavedPlanLeadsToItsFiles(t *testing.T) {
	for _, d := range dialectsOfLaws() {
		for seed := range uint64(20) {
			worldtest.Bubble(t, fmt.Sprintf("%s seed %d", d.Name, seed), func(t *testing.T) {
				w, want := draw(t, seed, d, false)
				w.Approve = codes(w)
				made := w.Plan().Plan
				saved := savePlan(w)
				clear(w.Files)
				w.Server.ResetCalls()
				draft, report := applySaved(w, saved, nil)
				if report.Failed() || report.Refused() || draft.Plan.Summary().Errors > 0 {
					t.Fatalf("%s\n%s", worldtest.PlanText(t, draft.Plan), worldtest.ReportText(t, report))
				}
				for i := range made.Zones() {
					if a, b := &made.Zones()[i], &draft.Plan.Zones()[i]; !a.Same(b) || !a.SameChanges(b) {
						t.Errorf("%s is planned otherwise from the file", a.Zone)
					}
				}
				writesAsSummed(w, draft.Plan)
				for domain, lines := range want {
					w.Holds(domain, withBuiltIn(w, domain, lines)...)
				}
			})
		}
	}
}

// declaredFile is the file of a zone that speaks for what it names only.
func declaredFile(domain string, lines ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("manage: declared\n" + worldtest.ZoneFile(domain, lines))}
}

// twoPlanned has two zones with one change each, beside a third without.
func twoPlanned(t testing.TB) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{})
	for _, domain := range []string{"one.example", "same.example", "two.example"} {
		w.Live(domain, "www 300 A 192.0.2.1", "mail 300 A 192.0.2.9")
		w.File(domain, "www 300 A 192.0.2.2", "mail 300 A 192.0.2.9")
	}
	w.File("same.example", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.9")
	return w
}

// stale fails the test unless the zone one.example was refused as stale and two.example was
// written.
func stale(w *worldtest.World, report *sync.Report) {
	w.T.Helper()
	worldtest.Shows(w.T, worldtest.ReportText(w.T, report),
		`one.example: refused by the guard "stale", nothing was done`, "two.example: 1 updated, verified")
	w.Holds("two.example", "www 300 A 192.0.2.2", "mail 300 A 192.0.2.9")
}

func editLive(w *worldtest.World, domain string, lines ...string) func() {
	return func() {
		for _, r := range worldtest.Stored(w.T, lines) {
			if _, err := w.Server.AddRecord(domain, r); err != nil {
				w.T.Fatal(err)
			}
		}
	}
}

// A zone whose plan would be another one is stale, and the others go on: when the plan is
// read, and just before the zone is written.
func TestStaleZone(t *testing.T) {
	for name, edit := range map[string]string{
		"a record that would be deleted": "new 300 A 192.0.2.7",
		"half of it was done by hand":    "www 300 A 192.0.2.2",
	} {
		worldtest.Bubble(t, name+", before", func(t *testing.T) {
			w := twoPlanned(t)
			saved := savePlan(w)
			editLive(w, "one.example", edit)()
			draft, report := applySaved(w, saved, nil)
			stale(w, report)
			worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "192.0.2.1 -> 192.0.2.2", `refused by the guard "stale"`)
		})
		worldtest.Bubble(t, name+", in between", func(t *testing.T) {
			w := twoPlanned(t)
			_, report := applySaved(w, savePlan(w), editLive(w, "one.example", edit))
			stale(w, report)
		})
	}
}

// A saved plan does not write what has expired since it was made.
func TestStaleWhereARecordHasExpired(t *testing.T) {
	worldtest.Bubble(t, "an hour", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "www 300 A 192.0.2.1")
		w.Live("two.example", "www 300 A 192.0.2.1")
		end := time.Now().UTC().Add(time.Hour).Format(time.RFC3339)
		w.Files["one.example.yaml"] = &fstest.MapFile{Data: []byte("zone: one.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.2}\n  promo: {A: 192.0.2.3, expires: " + end + "}\n")}
		w.Files["two.example.yaml"] = &fstest.MapFile{Data: []byte("zone: two.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.2, expires: " + end + "}\n  a: {A: 192.0.2.2}\n")}
		saved := savePlan(w)
		time.Sleep(2 * time.Hour)
		_, report := applySaved(w, saved, nil)
		for _, z := range report.Zones {
			if len(z.Refused) != 1 || z.Refused[0].Guard != diff.GuardStale || z.Refused[0].Message != "records have expired since this plan was made; plan again" {
				t.Errorf("%s: got %v, want it stale", z.Zone, z.Refused)
			}
		}
		w.Holds("one.example", "www 300 A 192.0.2.1")
	})
}

// Changes to what the plan does not touch do not matter, nor do other ids of the same records.
func TestNotStale(t *testing.T) {
	worldtest.Bubble(t, "foreign record", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "www 300 A 192.0.2.1")
		w.Files["one.example.yaml"] = declaredFile("one.example", "www 300 A 192.0.2.2")
		saved := savePlan(w)
		_, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 updated, verified")

		w.Files["one.example.yaml"] = declaredFile("one.example", "www 300 A 192.0.2.3")
		saved = savePlan(w)
		editLive(w, "one.example", "theirs 300 A 192.0.2.7")()
		_, report = applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 updated, verified")
		w.Holds("one.example", "www 300 A 192.0.2.3", "theirs 300 A 192.0.2.7")
	})
	worldtest.Bubble(t, "new id", func(t *testing.T) {
		w := twoPlanned(t)
		saved := savePlan(w)
		if err := w.Server.RemoveRecord(w.ID("one.example", "www", "A")); err != nil {
			t.Fatal(err)
		}
		editLive(w, "one.example", "www 300 A 192.0.2.1")()
		_, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 updated, verified", "two.example: 1 updated, verified")
	})
	worldtest.Bubble(t, "a zone that the plan leaves unchanged", func(t *testing.T) {
		w := twoPlanned(t)
		saved := savePlan(w)
		editLive(w, "same.example", "new 300 A 192.0.2.7")()
		draft, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "the live zone has changed since this plan was made, which leaves the zone unchanged")
		worldtest.Shows(t, worldtest.ReportText(t, report), "2 zones brought up to date: 0 created, 2 updated, 0 deleted\n")
		w.Holds("same.example", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.9", "new 300 A 192.0.2.7")
	})
}

// A zone that came up, or went away, since the plan was made is stale as well.
func TestStaleZoneThatCameOrWent(t *testing.T) {
	worldtest.Bubble(t, "came", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.File("new.example", "www 300 A 192.0.2.2")
		_, report := applySaved(w, savePlan(w), func() { w.Live("new.example", "other 300 A 192.0.2.9") })
		worldtest.Shows(t, worldtest.ReportText(t, report), `new.example: refused by the guard "stale"`)
		w.Holds("new.example", "other 300 A 192.0.2.9")
	})
	worldtest.Bubble(t, "deleted with one more record", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("old.example", "www 300 A 192.0.2.2")
		w.Files["old.example.yaml"] = worldtest.Tombstone("old.example")
		saved := savePlan(w)
		editLive(w, "old.example", "new 300 A 192.0.2.7")()
		_, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), `old.example: refused by the guard "stale"`)
		w.Holds("old.example", "www 300 A 192.0.2.2", "new 300 A 192.0.2.7")
	})
}

// What the file says of guards is not believed: they judge anew, the whole run by what is
// live now.
func TestSavedPlanIsJudgedAnew(t *testing.T) {
	worldtest.Bubble(t, "refusals taken out", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		w.File("one.example", "a 300 A 192.0.2.1")
		saved := savePlan(w)
		z := saved.Zone(saved.Plan.Zones()[0].Zone)
		code := z.Approval
		if len(z.Blocked) == 0 || code == "" {
			t.Fatalf("expected a refusal with a code, got %+v", z)
		}
		z.Blocked, z.Approval = nil, ""
		draft, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), `refused by the guard "deletes"`)
		if got := draft.Plan.Zones()[0].Approval; got != code {
			t.Errorf("got the code %s, want %s as when the plan was made", got, code)
		}
		if w.Writes() > 0 {
			t.Error("something was written")
		}
		w.Approve = []string{code}
		_, report = applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 3 deleted, verified")
	})
	worldtest.Bubble(t, "the codes of the folder do not count", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "d 300 A 192.0.2.1")
		w.File("one.example", "a 300 A 192.0.2.1")
		w.Settings("approve: [" + codes(w)[0] + "]\n")
		saved := savePlan(w)
		if saved.Plan.Refused() {
			t.Fatal("the plan is refused although it is approved")
		}
		_, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), `refused by the guard "deletes"`)
	})
	worldtest.Bubble(t, "no zone file", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		saved := savePlan(w)
		saved.Plan.Blocked = nil
		draft, _ := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "no zone files found")
	})
	worldtest.Bubble(t, "the run", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Settings("safety: {max_fleet_deletes: 1}\n")
		for _, domain := range []string{"one.example", "two.example"} {
			w.Live(domain, "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1")
			w.File(domain, "a 300 A 192.0.2.1", "b 300 A 192.0.2.1")
		}
		saved := savePlan(w)
		saved.Plan.Blocked, saved.Plan.Approval = nil, ""
		_, report := applySaved(w, saved, nil)
		worldtest.Shows(t, worldtest.ReportText(t, report), `one.example: refused by the guard "fleet"`, `two.example: refused by the guard "fleet"`)
	})
}

// Zones that could not be planned are not applied, and keep their reason.
func TestSavedPlanWithBrokenZones(t *testing.T) {
	worldtest.Bubble(t, "broken", func(t *testing.T) {
		w := twoPlanned(t)
		w.Files["one.example.yaml"].Data = []byte("zone: one.example\nrecords: {www: {A: nonsense}}\n")
		saved := savePlan(w)
		draft, report := applySaved(w, saved, nil)
		var invalid []string
		for _, z := range draft.Plan.Zones() {
			if z.Invalid {
				invalid = append(invalid, z.Zone.Undotted())
			}
		}
		if d := gocmp.Diff([]string{"one.example"}, invalid); d != "" {
			t.Errorf("invalid zones (-want +got):\n%s", d)
		}
		worldtest.Shows(t, worldtest.ReportText(t, report), "two.example: 1 updated, verified", "1 zone not planned")
		w.Holds("one.example", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.9")
	})
}

// The commit that a change comes from, and the place where it stands, are those of the plan.
func TestSavedPlanKeepsItsCommit(t *testing.T) {
	worldtest.Bubble(t, "commit", func(t *testing.T) {
		w := twoPlanned(t)
		saved := savePlan(w)
		c := &saved.Zone(saved.Plan.Zones()[0].Zone).Changes[0]
		c.Origin, c.Commit, c.Author = diff.OriginDrift, "abc", "A <a@example.com>"
		draft, _ := applySaved(w, saved, nil)
		got := draft.Plan.Zones()[0].Changes[0]
		if got.Origin != diff.OriginDrift || got.Commit != "abc" || got.Author != c.Author || got.Pos.Line == 0 {
			t.Errorf("got %+v, want what the plan says of %+v", got, c)
		}
		if !strings.HasPrefix(draft.Plan.Commit, "4b825dc") {
			t.Errorf("got the commit %q, want that of the plan", draft.Plan.Commit)
		}
	})
}
