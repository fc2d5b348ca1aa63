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
)

const lawSettings = `
safety: {max_deletes: 100%, max_updates: 100%, max_fleet_deletes: 100000, max_fleet_percent: 100%}
ignore: [{name: _acme-challenge.**}]
`

// A drawn world has zones that are live and declared, live alone, and declared alone. No
// file declares NS at the apex where the service has its own there, which cannot be changed.
type drawn struct {
	*world
	want map[string][]string // what each zone is to hold in the end
}

// draw makes a world. shuffle puts the live records and zones into another order, which
// is to make no difference.
func draw(t testing.TB, seed uint64, d vpsorgtest.Dialect, shuffle bool) drawn {
	g := generate(seed)
	w := drawn{newWorld(t, vpsorgtest.Options{Dialect: d, Seed: seed}), map[string][]string{}}
	w.settings(lawSettings)
	live := map[string][]string{}
	for i := range 1 + g.IntN(5) {
		domain := fmt.Sprintf("zone-%d.example", i)
		files, others := g.zone(domain), g.others()
		if d.Apex != vpsorgtest.ApexHidden {
			files = slices.DeleteFunc(files, isApexNS)
		}
		switch {
		case g.some(20):
			w.file(domain, files...)
			w.want[domain] = w.declared(domain)
		case i > 0 && g.some(15):
			live[domain] = append(g.zone(domain), others...)
			w.want[domain] = live[domain]
		default:
			held := g.drift(g.zone(domain), d.Duplicates == vpsorgtest.DuplicateCopied)
			live[domain] = append(held, others...)
			w.file(domain, files...)
			w.want[domain] = slices.Concat(w.declared(domain), others, undeclaredApexNS(held, files))
		}
	}
	order := generate(seed + 1)
	var domains []string
	for domain := range live {
		domains = append(domains, domain)
	}
	slices.Sort(domains)
	if shuffle {
		order.Shuffle(len(domains), func(i, j int) { domains[i], domains[j] = domains[j], domains[i] })
	}
	for _, domain := range domains {
		lines := live[domain]
		if shuffle {
			order.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		}
		w.live(domain, lines...)
	}
	return w
}

// undeclaredApexNS gives the NS records at the apex that are the service's own, because
// no file speaks for them.
func undeclaredApexNS(live, files []string) []string {
	if slices.ContainsFunc(files, isApexNS) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(live), func(line string) bool { return !isApexNS(line) })
}

func isApexNS(line string) bool { return strings.HasPrefix(line, "@ ") && typeOf(line) == "NS" }

// dialectsOfLaws are the service as documented, one with copies and new ids, and three
// that spell everything otherwise.
func dialectsOfLaws() []vpsorgtest.Dialect {
	all := vpsorgtest.Dialects()
	combined := all[len(all)-3:]
	return append([]vpsorgtest.Dialect{{Name: "documented"}, copying()}, combined...)
}

// Applying a plan gives what the files say beside what is not ours, by exactly as many
// writes as the summary says and as few reads as can be; then there is nothing to do.
func TestLaws(t *testing.T) {
	for _, d := range dialectsOfLaws() {
		for seed := range uint64(40) {
			bubble(t, fmt.Sprintf("%s seed %d", d.Name, seed), func(t *testing.T) {
				w := draw(t, seed, d, false)
				w.approve = w.codes()
				w.ResetCalls()
				draft, report := w.apply()
				if report.Failed() || report.Refused() || draft.Plan.Summary().Errors > 0 {
					t.Fatalf("%s\n%s", planText(t, draft.Plan), reportText(t, report))
				}
				w.writesAsSummed(draft.Plan)
				if d.Name == "documented" {
					w.readsAsFew(draft.Plan)
				}
				for domain, lines := range w.want {
					w.holds(domain, w.withBuiltIn(domain, lines)...)
				}
				if again := w.plan(); !again.Plan.Empty() {
					t.Errorf("the second plan:\n%s", planText(t, again.Plan))
				}
			})
		}
	}
}

// C6: a run over any zones that is killed anywhere is made good by the next one.
func TestFaultC6KillInAnyWorld(t *testing.T) {
	for seed := range uint64(100) {
		bubble(t, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			w := draw(t, seed, copying(), false)
			w.approve = w.codes()
			m := &mortal{next: w.transport}
			m.left.Store(int64(generate(seed).IntN(100)))
			w.transport = m
			// The report of a process that is dead reaches nobody.
			_, _, _ = w.try(t.Context())
			w.transport = w.Server.Transport()
			w.approve = append(w.approve, w.codes()...)
			if _, report := w.apply(); report.Failed() || report.Refused() {
				t.Error(reportText(t, report))
			}
			for domain, lines := range w.want {
				w.holds(domain, lines...)
			}
		})
	}
}

// withBuiltIn adds what the dialect puts into every zone.
func (w *world) withBuiltIn(domain string, lines []string) []string {
	out := slices.Clone(lines)
	for _, r := range w.Records(domain) {
		if line := lineOf(r, domain); r.Raw && !slices.Contains(lines, line) {
			out = append(out, line)
		}
	}
	return out
}

// codes gives the approval codes of what guards refuse.
func (w *world) codes() []string {
	w.Helper()
	p := w.plan().Plan
	codes := []string{p.Approval}
	for i := range p.Zones {
		codes = append(codes, p.Zones[i].Approval)
	}
	return slices.DeleteFunc(codes, func(c string) bool { return c == "" })
}

// writesAsSummed fails the test unless the service carried out what the plan counts.
func (w *world) writesAsSummed(p *diff.Plan) {
	w.Helper()
	s := p.Summary()
	want := map[vpsorgtest.Kind]int{}
	note := func(k vpsorgtest.Kind, n int) {
		if n > 0 {
			want[k] = n
		}
	}
	zones := 0
	for i := range p.Zones {
		if p.Zones[i].Action == diff.Create {
			zones++
		}
	}
	note(vpsorgtest.CreateRecord, s.Create)
	note(vpsorgtest.PatchRecord, s.Update)
	note(vpsorgtest.DeleteRecord, s.Delete)
	note(vpsorgtest.CreateZone, zones)
	if d := gocmp.Diff(w.Writes(), want); d != "" {
		w.Errorf("writes (-got +want):\n%s", d)
	}
	if got, want := w.writes(), s.Create+s.Update+s.Delete+zones; got != want {
		w.Errorf("got %d writes sent, want %d", got, want)
	}
}

// readsAsFew fails the test unless the run read the list, each zone once, and each
// changed zone once more. A zone that is not live yet is looked up instead.
func (w *world) readsAsFew(p *diff.Plan) {
	w.Helper()
	lists, zones := 1, 0
	for i := range p.Zones {
		switch p.Zones[i].Action {
		case diff.Create:
			lists++
			zones++
		case diff.Update:
			zones += 2
		case diff.None:
			zones++
		}
	}
	if got := w.count(vpsorgtest.ListZones); got != lists {
		w.Errorf("got %d lists of zones read, want %d", got, lists)
	}
	if got := w.count(vpsorgtest.GetZone); got != zones {
		w.Errorf("got %d zones read, want %d", got, zones)
	}
	if got := w.count(vpsorgtest.ListRecords, vpsorgtest.ListAllRecords, vpsorgtest.GetRecord, vpsorgtest.Account, vpsorgtest.Other); got != 0 {
		w.Errorf("got %d further reads, want none", got)
	}
}

// The same zones in another order give the same plan.
func TestOrderMakesNoDifference(t *testing.T) {
	for seed := range uint64(60) {
		bubble(t, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			d := vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied}
			got := planText(t, draw(t, seed, d, true).plan().Plan)
			want := planText(t, draw(t, seed, d, false).plan().Plan)
			if d := gocmp.Diff(got, want); d != "" {
				t.Errorf("plan of the shuffled zones (-got +want):\n%s", d)
			}
		})
	}
}

// Pages cost a read each, and a zone that does not exist one look-up.
func TestReadsOfPages(t *testing.T) {
	bubble(t, "paged", func(t *testing.T) {
		w := newWorld(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged, PageSize: 2}})
		for i := range 5 {
			w.live(fmt.Sprintf("zone-%d.example", i), "@ 300 A 192.0.2.1")
			w.file(fmt.Sprintf("zone-%d.example", i), "@ 300 A 192.0.2.1")
		}
		w.file("new.example", "@ 300 A 192.0.2.1")
		w.plan()
		if got := w.count(vpsorgtest.ListZones); got != 3+1 {
			t.Errorf("got %d lists read, want 3 pages and a look-up", got)
		}
		if got := w.count(vpsorgtest.GetZone); got != 5 {
			t.Errorf("got %d zones read, want 5", got)
		}
	})
}

// Only the zones that are asked for are read, and the others stay as they are.
func TestSelectedZonesOnly(t *testing.T) {
	bubble(t, "one of two", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		c, api := w.cycle()
		c.Select = func(n schema.Name) bool { return n.Undotted() == "two.example" }
		draft, err := c.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report := c.Apply(t.Context(), draft, api)
		shows(t, reportText(t, report), "two.example: 1 created, 1 updated, 1 deleted, verified")
		w.untouched("one.example")
		w.changed("two.example")
		if got := w.count(vpsorgtest.GetZone); got != 2 {
			t.Errorf("got %d zones read, want two.example twice", got)
		}
	})
}
