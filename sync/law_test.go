package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

const lawSettings = `
safety: {max_deletes: 100%, max_updates: 100%, max_fleet_deletes: 100000, max_fleet_percent: 100%}
ignore: [{name: _acme-challenge.**}]
`

// draw returns a world with zones that are live and declared, only live, and only declared,
// and what each zone has to hold in the end. No file declares NS at the apex where the
// service has its own there, which cannot be changed. With shuffle, the live records and
// zones come in another order, which must make no difference.
func draw(t testing.TB, seed uint64, d vpsorgtest.Dialect, shuffle bool) (w *worldtest.World, want map[string][]string) {
	g := worldtest.Generate(seed)
	w, want = worldtest.New(t, vpsorgtest.Options{Dialect: d, Seed: seed}), map[string][]string{}
	w.Settings(lawSettings)
	live := map[string][]string{}
	for i := range 1 + g.Rand.IntN(5) {
		domain := fmt.Sprintf("zone-%d.example", i)
		files, others := g.Zone(domain), g.Others()
		if d.Apex != vpsorgtest.ApexHidden {
			files = slices.DeleteFunc(files, isApexNS)
		}
		switch {
		case g.Some(20):
			w.File(domain, files...)
			want[domain] = w.Declared(domain)
		case i > 0 && g.Some(15):
			live[domain] = append(g.Zone(domain), others...)
			want[domain] = live[domain]
		default:
			held := g.Drift(g.Zone(domain))
			if d.Duplicates == vpsorgtest.DuplicateCopied {
				held = g.Copies(held)
			}
			live[domain] = append(held, others...)
			w.File(domain, files...)
			want[domain] = slices.Concat(w.Declared(domain), others, undeclaredApexNS(held, files))
		}
	}
	order := worldtest.Generate(seed + 1)
	var domains []string
	for domain := range live {
		domains = append(domains, domain)
	}
	slices.Sort(domains)
	if shuffle {
		order.Rand.Shuffle(len(domains), func(i, j int) { domains[i], domains[j] = domains[j], domains[i] })
	}
	for _, domain := range domains {
		lines := live[domain]
		if shuffle {
			order.Rand.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		}
		w.Live(domain, lines...)
	}
	return w, want
}

// undeclaredApexNS returns the NS records at the apex that are the service's own, because
// no file speaks for them.
func undeclaredApexNS(live, files []string) []string {
	if slices.ContainsFunc(files, isApexNS) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(live), func(line string) bool { return !isApexNS(line) })
}

func isApexNS(line string) bool { return strings.HasPrefix(line, "@ ") && typeOf(line) == "NS" }

// empty reports whether a plan would do nothing, and could be made for every zone.
func empty(p *diff.Plan) bool {
	s := p.Summary()
	return s.ZonesChanged == 0 && s.Errors == 0 && len(p.Blocked) == 0
}

// dialectsOfLaws are the service as documented, one with copies and new ids, and three
// that spell everything otherwise.
func dialectsOfLaws() []vpsorgtest.Dialect {
	all := vpsorgtest.Dialects()
	combined := all[len(all)-3:]
	return append([]vpsorgtest.Dialect{{Name: "documented"}, copying()}, combined...)
}

// Applying a plan leads to what the files say beside what is not ours, by exactly as many
// writes as the summary says and as few reads as can be; then there is nothing to do.
func TestLaws(t *testing.T) {
	for _, d := range dialectsOfLaws() {
		for seed := range uint64(40) {
			worldtest.Bubble(t, fmt.Sprintf("%s seed %d", d.Name, seed), func(t *testing.T) {
				w, want := draw(t, seed, d, false)
				w.Approve = codes(w)
				w.Server.ResetCalls()
				draft, report := w.Apply()
				if report.Failed() || report.Refused() || draft.Plan.Summary().Errors > 0 {
					t.Fatalf("%s\n%s", worldtest.PlanText(t, draft.Plan), worldtest.ReportText(t, report))
				}
				writesAsSummed(w, draft.Plan)
				if d.Name == "documented" {
					readsAsFew(w, draft.Plan)
				}
				for domain, lines := range want {
					w.Holds(domain, withBuiltIn(w, domain, lines)...)
				}
				if again := w.Plan(); !empty(again.Plan) {
					t.Errorf("the second plan:\n%s", worldtest.PlanText(t, again.Plan))
				}
			})
		}
	}
}

// C6: a run over any zones that is killed anywhere is made good by the next one.
func TestFaultC6KillInAnyWorld(t *testing.T) {
	for seed := range uint64(100) {
		worldtest.Bubble(t, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			w, want := draw(t, seed, copying(), false)
			w.Approve = codes(w)
			m := &mortal{next: w.Transport}
			m.left.Store(int64(worldtest.Generate(seed).Rand.IntN(100)))
			w.Transport = m
			// The report of a process that is dead reaches nobody.
			_, _, _ = w.Try(t.Context())
			w.Transport = w.Server.Transport()
			w.Approve = append(w.Approve, codes(w)...)
			if _, report := w.Apply(); report.Failed() || report.Refused() {
				t.Error(worldtest.ReportText(t, report))
			}
			for domain, lines := range want {
				w.Holds(domain, lines...)
			}
		})
	}
}

// withBuiltIn adds what the dialect puts into every zone.
func withBuiltIn(w *worldtest.World, domain string, lines []string) []string {
	out := slices.Clone(lines)
	for _, r := range w.Server.Records(domain) {
		if line := worldtest.LineOf(r, domain); r.Raw && !slices.Contains(lines, line) {
			out = append(out, line)
		}
	}
	return out
}

// codes returns the approval codes of everything that guards refuse.
func codes(w *worldtest.World) []string {
	w.T.Helper()
	p := w.Plan().Plan
	codes := []string{p.Approval}
	for i := range p.Zones() {
		codes = append(codes, p.Zones()[i].Approval)
	}
	return slices.DeleteFunc(codes, func(c string) bool { return c == "" })
}

// writesAsSummed fails the test unless the service carried out what the plan counts.
func writesAsSummed(w *worldtest.World, p *diff.Plan) {
	w.T.Helper()
	s := p.Summary()
	want := map[vpsorgtest.Kind]int{}
	note := func(k vpsorgtest.Kind, n int) {
		if n > 0 {
			want[k] = n
		}
	}
	zones := 0
	for i := range p.Zones() {
		if p.Zones()[i].Action == diff.Create {
			zones++
		}
	}
	note(vpsorgtest.CreateRecord, s.Create)
	note(vpsorgtest.PatchRecord, s.Update)
	note(vpsorgtest.DeleteRecord, s.Delete)
	note(vpsorgtest.CreateZone, zones)
	if d := gocmp.Diff(want, w.Server.Writes()); d != "" {
		w.T.Errorf("writes (-want +got):\n%s", d)
	}
	if got, want := w.Writes(), s.Create+s.Update+s.Delete+zones; got != want {
		w.T.Errorf("got %d writes sent, want %d", got, want)
	}
}

// readsAsFew fails the test unless the run read the list, each zone once, and each
// changed zone once more. A zone that is not live yet is looked up instead.
func readsAsFew(w *worldtest.World, p *diff.Plan) {
	w.T.Helper()
	lists, zones := 1, 0
	for i := range p.Zones() {
		switch p.Zones()[i].Action {
		case diff.Create:
			lists++
			zones++
		case diff.Update:
			zones += 2
		case diff.None:
			zones++
		}
	}
	if got := w.Count(vpsorgtest.ListZones); got != lists {
		w.T.Errorf("got %d lists of zones read, want %d", got, lists)
	}
	if got := w.Count(vpsorgtest.GetZone); got != zones {
		w.T.Errorf("got %d zones read, want %d", got, zones)
	}
	if got := w.Count(vpsorgtest.ListRecords, vpsorgtest.ListAllRecords, vpsorgtest.GetRecord, vpsorgtest.Account, vpsorgtest.Other); got != 0 {
		w.T.Errorf("got %d further reads, want none", got)
	}
}

// The same zones in another order give the same plan.
func TestOrderMakesNoDifference(t *testing.T) {
	for seed := range uint64(60) {
		worldtest.Bubble(t, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			d := vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied}
			shuffled, _ := draw(t, seed, d, true)
			ordered, _ := draw(t, seed, d, false)
			want, got := worldtest.PlanText(t, ordered.Plan().Plan), worldtest.PlanText(t, shuffled.Plan().Plan)
			if d := gocmp.Diff(want, got); d != "" {
				t.Errorf("plan of the shuffled zones (-want +got):\n%s", d)
			}
		})
	}
}

// Pages cost a read each, and a zone that does not exist one look-up.
func TestReadsOfPages(t *testing.T) {
	worldtest.Bubble(t, "paged", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged, PageSize: 2}})
		for i := range 5 {
			w.Live(fmt.Sprintf("zone-%d.example", i), "@ 300 A 192.0.2.1")
			w.File(fmt.Sprintf("zone-%d.example", i), "@ 300 A 192.0.2.1")
		}
		w.File("new.example", "@ 300 A 192.0.2.1")
		w.Plan()
		if got := w.Count(vpsorgtest.ListZones); got != 3+1 {
			t.Errorf("got %d lists read, want 3 pages and a look-up", got)
		}
		if got := w.Count(vpsorgtest.GetZone); got != 5 {
			t.Errorf("got %d zones read, want 5", got)
		}
	})
}

// Only the zones that are asked for are read, and the others stay as they are.
func TestSelectedZonesOnly(t *testing.T) {
	worldtest.Bubble(t, "one of two", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		c, api := w.Pass()
		c.Select = func(n schema.Name) bool { return n.Undotted() == "two.example" }
		draft, err := c.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report := c.Apply(t.Context(), draft, api)
		worldtest.Shows(t, worldtest.ReportText(t, report), "two.example: 1 created, 1 updated, 1 deleted, verified")
		untouched(w, "one.example")
		changed(w, "two.example")
		if got := w.Count(vpsorgtest.GetZone); got != 2 {
			t.Errorf("got %d zones read, want two.example twice", got)
		}
	})
}
