package sync_test

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// listings are the calls that list or look up zones.
func listings(w *worldtest.World) []string {
	var out []string
	for _, c := range w.Server.Calls() {
		if c.Kind == vpsorgtest.ListZones {
			out = append(out, c.Domain)
		}
	}
	w.Server.ResetCalls()
	return out
}

// Few of many zones are looked up by name, and the account is not listed.
func TestFewZonesAreLookedUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		zones   int
		chosen  []string
		dialect vpsorgtest.Dialect
		// list are the domains that are asked for, "" for the whole account, and listed is
		// whether the plan knows of the whole account.
		list   []string
		listed bool
	}{
		{"one of three", 3, []string{"zone-001.example"}, vpsorgtest.Dialect{}, []string{"zone-001.example"}, false},
		{"two of three", 3, []string{"zone-000.example", "zone-001.example"}, vpsorgtest.Dialect{}, []string{""}, true},
		{"two of 101", 101, []string{"zone-000.example", "zone-001.example"}, vpsorgtest.Dialect{},
			[]string{"zone-000.example", "zone-001.example"}, false},
		// The list does not have it either, which is no proof: it is looked for once more.
		{"one that is missing", 3, []string{"missing.example"}, vpsorgtest.Dialect{}, []string{"missing.example", "", "missing.example"}, true},
		{"the filter is ignored", 250, []string{"zone-000.example", "zone-001.example", "zone-002.example"},
			vpsorgtest.Dialect{IgnoreFilters: true, Zones: vpsorgtest.EnvelopePaged},
			[]string{"zone-000.example", "zone-000.example", "zone-000.example"}, true}, // pages
		{"kept in Unicode", 3, []string{"xn--bcher-kva.example"}, vpsorgtest.Dialect{Unicode: true}, []string{"xn--bcher-kva.example"}, false},
		{"missing, and maybe kept in Unicode", 3, []string{"xn--mnchen-3ya.example"}, vpsorgtest.Dialect{},
			[]string{"xn--mnchen-3ya.example", "", "xn--mnchen-3ya.example", ""}, true},
	} {
		worldtest.Bubble(t, c.name, func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{Dialect: c.dialect})
			for i := range c.zones {
				d := fmt.Sprintf("zone-%03d.example", i)
				w.File(d, "www 300 A 192.0.2.1")
				w.Live(d, "www 300 A 192.0.2.2")
			}
			w.Live("xn--bcher-kva.example", "www 300 A 192.0.2.2")
			chosen := make(map[schema.Name]bool)
			for _, d := range c.chosen {
				w.File(d, "www 300 A 192.0.2.1")
				chosen[schema.MustParseName(d)] = true
			}
			p, api := w.Pass()
			p.ByName, p.Select = true, func(n schema.Name) bool { return chosen[n] }
			w.Server.ResetCalls()
			draft, err := p.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			reads := 0
			for _, call := range w.Server.Calls() {
				if call.Kind == vpsorgtest.GetZone {
					reads++
				}
			}
			if d := gocmp.Diff(c.list, listings(w)); d != "" {
				t.Errorf("zones listed (-want +got):\n%s", d)
			}
			if draft.Listed != c.listed {
				t.Errorf("got Listed %v, want %v", draft.Listed, c.listed)
			}
			if reads > len(c.chosen) {
				t.Errorf("got %d reads, want one for each zone", reads)
			}
			if report := p.Apply(t.Context(), draft, api); len(report.Zones) != len(c.chosen) {
				t.Errorf("got %+v, want all chosen zones changed", report)
			}
			for _, d := range c.chosen {
				w.Holds(d, "www 300 A 192.0.2.1")
			}
		})
	}
}

// Zones that are looked up show how the account spells as all others do.
func TestLookedUpZonesShowTheSpelling(t *testing.T) {
	worldtest.Bubble(t, "spelling", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Hosts: vpsorgtest.HostDot}})
		w.Live("a.example", "alias 300 CNAME target.a.example.", "www 300 CNAME target.b.example.")
		w.File("a.example", "alias 300 CNAME target.a.example.", "www 300 CNAME target.b.example.")
		w.File("b.example", "www 300 A 192.0.2.1")
		p, _ := w.Pass()
		p.ByName, p.Select = true, func(n schema.Name) bool { return n == schema.MustParseName("a.example") }
		draft, err := p.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s := draft.Plan.Summary(); s.Zones != 1 || s.ZonesChanged+s.Errors > 0 || len(draft.Plan.Warnings) > 0 {
			t.Errorf("got %+v, %q, want nothing to do and nothing to warn of", s, draft.Plan.Warnings)
		}
	})
}

// A zone that the service has twice is an error also where it is looked up, and a lookup that
// fails leaves it to the list to tell.
func TestLookupsThatTellNothing(t *testing.T) {
	plan := func(t *testing.T, w *worldtest.World) (*sync.Draft, error) {
		w.File("a.example", "www 300 A 192.0.2.1")
		w.File("b.example", "www 300 A 192.0.2.1")
		p, _ := w.Pass()
		p.ByName, p.Select = true, func(n schema.Name) bool { return n == schema.MustParseName("a.example") }
		return p.Plan(t.Context())
	}
	byName := func(c vpsorgtest.Call) bool { return c.Kind == vpsorgtest.ListZones && c.Domain != "" }
	for name, do := range map[string]vpsorgtest.Action{"400": vpsorgtest.Answer(400, ""), "404": vpsorgtest.Answer(404, ""), "HTML": vpsorgtest.HTMLPage(200)} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{})
			w.Live("a.example", "www 300 A 192.0.2.1")
			w.Server.AddRule(vpsorgtest.Rule{When: byName, Do: do})
			draft, err := plan(t, w)
			if err != nil || !draft.Listed || draft.Plan.Zones()[0].Error != "" {
				t.Errorf("got %+v, %v, want what the list says", draft, err)
			}
		})
	}
	worldtest.Bubble(t, "kept in upper case, and sought as written", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("a.example", "www 300 A 192.0.2.1")
		w.Server.AddRule(vpsorgtest.Rule{When: byName, Do: vpsorgtest.Answer(200, `[]`)})
		draft, err := plan(t, w)
		if err != nil || draft.Plan.Zones()[0].Action != diff.None {
			t.Errorf("got %+v, %v, want the zone that the list has", draft, err)
		}
	})
	worldtest.Bubble(t, "denied", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Server.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(401, "")})
		if _, err := plan(t, w); err == nil {
			t.Error("got no error, want that of the denied call")
		}
		if got := listings(w); len(got) != 1 {
			t.Errorf("got %q, want no further call", got)
		}
	})
	worldtest.Bubble(t, "twice", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Server.AddRule(vpsorgtest.Rule{When: byName, Do: vpsorgtest.Answer(200, `[{"uuid": "1", "domain": "a.example"}, {"uuid": "2", "domain": "A.example."}]`)})
		draft, err := plan(t, w)
		if err != nil {
			t.Fatal(err)
		}
		worldtest.Shows(t, draft.Plan.Zones()[0].Error, "lists this zone 2 times", "ids 1, 2")
	})
}
