package diff

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// atOnce is for how many turns of an agenda a round of a law has under way: one, as in the
// plan, or several.
func atOnce(round int) int { return 1 + round%2*3 }

// calls yields the changes of a plan as a run makes them that has some turns of its agenda
// under way, in a random order where that is free, and whether a swap is half done.
func (w world) calls(plan ZonePlan, most int) iter.Seq2[Change, bool] {
	return func(yield func(Change, bool) bool) {
		a := NewAgenda(&plan)
		type run struct {
			Turn
			next int
		}
		var running []*run
		for a.Free() || len(running) > 0 {
			if a.Free() && len(running) < most && (len(running) == 0 || w.IntN(3) > 0) {
				t := a.Next()
				running = append(running, &run{t, t.From})
				continue
			}
			i := w.IntN(len(running))
			r := running[i]
			c := plan.Changes[r.next]
			r.next++
			if r.next == r.To {
				running = slices.Delete(running, i, i+1)
				a.Done(r.Turn)
			}
			half := slices.ContainsFunc(running, func(r *run) bool { return r.next > r.From && plan.Changes[r.From].Swap })
			if !yield(c, half) {
				return
			}
		}
	}
}

// Handed out one by one, the changes come in the order of the plan; handed out several at a
// time, all of them come, once, and those of a name in the order of the plan.
func TestAgendaHandsOutThePlan(t *testing.T) {
	w := world{rand.New(rand.NewPCG(8, 8))}
	for range rounds {
		plan := Zone(declareApexNS(w.desired()), w.live(true), nil)
		var one, several []string
		for c := range w.calls(plan, 1) {
			one = append(one, c.Words(apex))
		}
		if d := cmp.Diff(lines(plan), one); d != "" {
			t.Fatalf("one by one (-want +got):\n%s", d)
		}
		want, got := make(map[schema.Name][]string), make(map[schema.Name][]string)
		for _, c := range plan.Changes {
			want[c.Name] = append(want[c.Name], c.Words(apex))
		}
		for c := range w.calls(plan, 5) {
			several = append(several, c.Words(apex))
			got[c.Name] = append(got[c.Name], c.Words(apex))
		}
		if d := cmp.Diff(want, got, equate); d != "" {
			t.Fatalf("several at a time, %q (-want +got):\n%s", several, d)
		}
	}
}

// together returns how many turns of a plan can be under way at once, at the most, where
// none is over before it has to be.
func together(p ZonePlan) int {
	a := NewAgenda(&p)
	var running []Turn
	most := 0
	for a.Free() {
		for a.Free() {
			running = append(running, a.Next())
		}
		most = max(most, len(running))
		for _, t := range running {
			a.Done(t)
		}
		running = nil
	}
	return most
}

// Names that have nothing to do with each other do not wait for each other, and those that
// wait for one name do not wait for each other either.
func TestAgendaOfIndependentNames(t *testing.T) {
	var alone, pointing []string
	for i := range 100 {
		alone = append(alone, fmt.Sprintf("n%d 60 A 192.0.2.1", i))
		pointing = append(pointing, fmt.Sprintf("n%d 60 CNAME zz", i))
	}
	if got := together(Zone(wantZone(t, alone...), liveZone(t), nil)); got != 100 {
		t.Errorf("got %d creations at once, want 100", got)
	}
	if got := together(Zone(wantZone(t), liveZone(t, alone...), nil)); got != 100 {
		t.Errorf("got %d deletions at once, want 100", got)
	}
	if got := together(Zone(wantZone(t, append(pointing, "zz 60 A 192.0.2.1")...), liveZone(t), nil)); got != 100 {
		t.Errorf("got %d creations at once behind the one they point at, want 100", got)
	}
}

// The agenda of a large plan is small, also where many wait for many.
func TestAgendaIsSmall(t *testing.T) {
	want, have := manyChanges(t, 20000)
	var many, gone []schema.Record
	for i := range 4000 {
		many = append(many, rec(t, fmt.Sprintf("x%d.sub 60 A 192.0.2.1", i)), rec(t, fmt.Sprintf("p%d 60 CNAME hub", i)))
		gone = append(gone, rec(t, fmt.Sprintf("p%d 60 CNAME old", i)), rec(t, fmt.Sprintf("*.sub 60 TXT %d", i)), rec(t, fmt.Sprintf("old 60 TXT %d", i)))
	}
	crowd := LiveZone{ID: "zone-1", Name: apex}
	for i, r := range gone {
		crowd.Records = append(crowd.Records, liveOf(fmt.Sprint(i), r))
	}
	many = append(many, rec(t, "hub 60 A 192.0.2.1"))
	for name, plan := range map[string]ZonePlan{"pairs": Zone(want, have, nil), "crowds": Zone(zoneOf(many), crowd, nil)} {
		a := NewAgenda(&plan)
		if n, most := len(a.waits)+len(a.edges), 8*len(plan.Changes); n > most {
			t.Errorf("%s: got %d places and edges for %d changes, want at most %d", name, n, len(plan.Changes), most)
		}
	}
}
