package sync_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// ownersOf returns the owner names of a zone's records.
func ownersOf(lines []string) map[string]bool {
	out := make(map[string]bool)
	for _, l := range lines {
		name, _, _ := strings.Cut(l, " ")
		out[name] = true
	}
	return out
}

// pointing draws a zone whose names point at each other, so that creations wait.
func pointing(r *rand.Rand) []string {
	lines := []string{"@ 300 A 192.0.2.1"}
	names := []string{"a", "b", "c", "d"}
	for _, n := range names {
		to := names[r.IntN(len(names))] + ".one.example."
		if r.IntN(6) == 0 && to != n+".one.example." && n < to {
			lines = append(lines, n+" 300 CNAME "+to)
			continue
		}
		for _, data := range []string{"A 192.0.2.1", "A 192.0.2.2", "TXT text", "MX 10 " + to, "SRV 1 2 3 " + to} {
			if r.IntN(4) == 0 {
				lines = append(lines, n+" 300 "+data)
			}
		}
	}
	return lines
}

// A name that answers before and after a plan answers all the time, also where one call
// after the other fails, or the run is stopped after it. A swap of a CNAME, whose calls are
// made back to back, is looked at when it is done.
func TestFaultD1NoNameGoesDarkWhateverFails(t *testing.T) {
	for seed := range uint64(30) {
		worldtest.Bubble(t, fmt.Sprint(seed), func(t *testing.T) {
			for fails := 0; staysBright(t, seed, 0, fails); fails++ {
			}
		})
	}
	for seed := range uint64(5) {
		worldtest.Bubble(t, fmt.Sprintf("independent names at once, %d", seed), func(t *testing.T) {
			for fails := 0; staysBright(t, seed, many, fails); fails++ {
			}
		})
	}
}

// staysBright has one call about the names that point at each other fail, beside so many
// more. It returns false if there are not so many calls.
func staysBright(t *testing.T, seed uint64, more, fails int) bool {
	r := rand.New(rand.NewPCG(seed, 3))
	before, after := pointing(r), pointing(r)
	w := worldtest.New(t, vpsorgtest.Options{})
	if more > 0 {
		w.Transport = &unsteady{next: w.Transport}
	}
	w.Settings("safety: {max_deletes: 100%, max_updates: 100%}\n")
	w.Live("one.example", before...)
	w.File("one.example", append(crowd(more), after...)...)
	had, wanted := ownersOf(w.Records("one.example")), ownersOf(w.Declared("one.example"))
	n, failed := 0, false
	w.Server.AddRule(vpsorgtest.Rule{
		When: func(c vpsorgtest.Call) bool {
			if c.Kind != vpsorgtest.CreateRecord && c.Kind != vpsorgtest.PatchRecord && c.Kind != vpsorgtest.DeleteRecord {
				return false
			}
			if label, _, _ := strings.Cut(c.RecordName, "."); len(label) == 4 {
				return false // one of the crowd
			}
			n++
			failed = failed || n == fails
			return n == fails
		},
		Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`),
	})
	draft := w.Plan()
	swaps := make(map[string]bool)
	for _, c := range draft.Plan.Zones()[0].Changes {
		if c.Swap {
			swaps[c.Name.Relative(draft.Plan.Zones()[0].Zone)] = true
		}
	}
	var dark []string
	w.Watch(func(vpsorgtest.Call) {
		there := ownersOf(w.Records("one.example"))
		for name := range had {
			if wanted[name] && !there[name] && !swaps[name] && !slices.Contains(dark, name) {
				dark = append(dark, name)
			}
		}
	})
	w.Apply()
	there := ownersOf(w.Records("one.example"))
	for name := range had {
		if wanted[name] && !there[name] {
			dark = append(dark, name+" at the end")
		}
	}
	if len(dark) > 0 {
		t.Fatalf("where call %d fails, these are silent: %q\n%s", fails, dark, worldtest.PlanText(t, draft.Plan))
	}
	return fails == 0 || failed
}
