package sync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// entangled draws a large zone whose names point at each other.
func entangled(r *rand.Rand, domain string) []string {
	var names, lines []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("n%02d", i))
	}
	names = append(names, "*", "*.sub", "x.sub", "y.sub")
	for i, n := range names {
		to := names[r.IntN(60)]
		if r.IntN(4) == 0 && (i >= 60 || n < to) {
			lines = append(lines, fmt.Sprintf("%s 300 CNAME %s.%s.", n, to, domain))
			continue
		}
		to += "." + domain + "."
		for _, data := range []string{"A 192.0.2.1", "A 192.0.2.2", "AAAA 2001:db8::1", "TXT one", "TXT two", "MX 10 " + to, "MX 20 " + to, "SRV 1 2 3 " + to} {
			if r.IntN(2) == 0 {
				lines = append(lines, n+" 300 "+data)
			}
		}
	}
	return append(lines, "@ 300 A 192.0.2.1")
}

// entanglement is a world of two large zones and a small one, in which some writes are
// refused.
func entanglement(t testing.TB, seed uint64) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{})
	w.Settings("safety: {max_deletes: 100%, max_updates: 100%, max_fleet_deletes: 100000, max_fleet_percent: 100%}\n")
	r := rand.New(rand.NewPCG(seed, 17))
	for _, domain := range []string{"one.example", "two.example"} {
		w.Live(domain, entangled(r, domain)...)
		w.File(domain, entangled(r, domain)...)
	}
	w.Live("small.example", "www 300 A 192.0.2.1")
	w.File("small.example", "www 300 A 192.0.2.2", "api 300 A 192.0.2.3")
	refused := func(c vpsorgtest.Call) bool {
		r := rand.New(rand.NewPCG(seed, uint64(len(fmt.Sprint(c.RecordName, c.Body["value"])))))
		return c.Kind.Writes() && r.IntN(12) == 0
	}
	if seed%3 > 0 {
		w.Server.AddRule(vpsorgtest.Rule{When: refused, Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`)})
	}
	return w
}

// A witness is an API that notes when each write begins and ends.
type witness struct {
	sync.API

	mu    gosync.Mutex
	now   int
	began map[string]int // by what is written, as in keyOf
	ended map[string]int
}

func newWitness(api sync.API) *witness {
	return &witness{API: api, began: make(map[string]int), ended: make(map[string]int)}
}

func (w *witness) note(at map[string]int, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now++
	at[key] = w.now
}

func (w *witness) watch(key string, call func() error) error {
	w.note(w.began, key)
	defer w.note(w.ended, key)
	return call()
}

func (w *witness) CreateRecord(ctx context.Context, z diff.ZoneRef, r schema.Record) error {
	return w.watch(recordKey(r), func() error { return w.API.CreateRecord(ctx, z, r) })
}

func (w *witness) RestoreRecord(ctx context.Context, z diff.ZoneRef, r schema.Record) error {
	return w.watch(recordKey(r), func() error { return w.API.RestoreRecord(ctx, z, r) })
}

func (w *witness) UpdateRecord(ctx context.Context, z diff.ZoneRef, l diff.Live, after schema.Record) error {
	return w.watch(l.ID, func() error { return w.API.UpdateRecord(ctx, z, l, after) })
}

func (w *witness) DeleteRecord(ctx context.Context, z diff.ZoneRef, l diff.Live) error {
	return w.watch(l.ID, func() error { return w.API.DeleteRecord(ctx, z, l) })
}

func recordKey(r schema.Record) string { return fmt.Sprint(r.Name, r.Type, r.Data) }

func keyOf(c diff.Change) string {
	if c.Action == diff.Create {
		return recordKey(c.After)
	}
	return c.Before.ID
}

// dependsOn reports whether a change must not begin before an earlier one of the plan is over.
func dependsOn(c, earlier diff.Change) bool {
	covers := func(star, n schema.Name) bool { return star.IsWildcard() && n.In(star.Parent()) }
	switch {
	case c.Name == earlier.Name:
		return true
	case c.Action != diff.Delete:
		return earlier.Action != diff.Delete && earlier.Answers() && c.PointsAt() == earlier.Name
	case c.Answers() && earlier.PointedAt() == c.Name:
		return true
	}
	return earlier.Action != diff.Delete && !c.Swap && (covers(earlier.Name, c.Name) || covers(c.Name, earlier.Name))
}

// inOrder fails the test where a change began before one that it depends on was over.
func (w *witness) inOrder(t testing.TB, z *diff.ZonePlan) {
	t.Helper()
	for j, c := range z.Changes {
		began := w.began[keyOf(c)]
		if began == 0 {
			continue // left out
		}
		for _, earlier := range z.Changes[:j] {
			if dependsOn(c, earlier) && w.ended[keyOf(earlier)] > began {
				t.Errorf("%s began before this was over: %s", c.Words(z.Zone), earlier.Words(z.Zone))
			}
		}
	}
}

// Changes of independent names that are made at the same time make no other difference than
// to take less time: what a change waits for is over when it begins, the calls in flight are
// never more than allowed, and the same is made, refused, left out and put back as by one
// call after the other, and told in the same order.
func TestParallelWritesAreAsSerialOnes(t *testing.T) {
	for seed := range uint64(30) {
		worldtest.Bubble(t, fmt.Sprint(seed), func(t *testing.T) {
			serial := entanglement(t, seed)
			serial.Concurrency = 1
			_, want := serial.Apply()

			w := entanglement(t, seed)
			w.Concurrency = 2 + int(seed%7)
			u := &unsteady{next: w.Transport}
			w.Transport = u
			pass, api := w.Pass()
			draft, err := pass.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen := newWitness(api)
			got := pass.Apply(t.Context(), draft, seen)
			if u.most != w.Concurrency {
				t.Errorf("got up to %d calls in flight, want %d", u.most, w.Concurrency)
			}
			for i := range draft.Plan.Zones() {
				z := &draft.Plan.Zones()[i]
				if z.Zone.Undotted() != "small.example" && len(z.Changes) < many {
					t.Fatalf("got %d changes of %s, want a large plan", len(z.Changes), z.Zone)
				}
				seen.inOrder(t, z)
			}
			if d := gocmp.Diff(worldtest.ReportText(t, want), worldtest.ReportText(t, got)); d != "" {
				t.Errorf("report (-serial +parallel):\n%s", d)
			}
			for i := range want.Zones {
				if w, g := want.Zones[i].Done, got.Zones[i].Done; !slices.EqualFunc(w, g, sameChange) {
					t.Errorf("%s: %d changes done, want the %d of the serial run, in that order", want.Zones[i].Zone, len(g), len(w))
				}
			}
			for _, domain := range []string{"one.example", "two.example", "small.example"} {
				w.Holds(domain, serial.Records(domain)...)
			}
		})
	}
}

// After the first answer by which the service says that it cannot take several writes to a
// zone at the same time, the rest of that zone goes one by one, also where the call succeeded
// in the end. Other zones go on as before.
func TestConflictEndsParallelWrites(t *testing.T) {
	for name, do := range map[string]vpsorgtest.Action{
		"409": vpsorgtest.Answer(http.StatusConflict, `{"detail": "busy"}`), "423": vpsorgtest.Answer(http.StatusLocked, `{"detail": "locked"}`),
		"500": vpsorgtest.HTMLPage(http.StatusInternalServerError), "502, done": vpsorgtest.PerformThen(http.StatusBadGateway),
		"400": vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`),
	} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{})
			for _, domain := range []string{"alpha.example", "beta.example"} {
				w.Live(domain, "@ 300 A 192.0.2.1")
				w.File(domain, append(crowd(600), "@ 300 A 192.0.2.1")...)
			}
			w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, When: in("alpha.example"), Skip: 100, Times: 1, Do: do})
			inFlight, after := map[string]int{}, map[string]int{}
			answered := false
			u := &unsteady{next: w.Transport}
			zone := func(r *http.Request) string { return strings.Split(r.URL.Path, "/")[4] }
			u.begins = func(r *http.Request) {
				if r.Method != http.MethodPost {
					return
				}
				if inFlight[zone(r)]++; answered {
					after[zone(r)] = max(after[zone(r)], inFlight[zone(r)])
				}
			}
			u.ends = func(r *http.Request, resp *http.Response) {
				if r.Method == http.MethodPost {
					inFlight[zone(r)]--
					answered = answered || resp.StatusCode >= 400
				}
			}
			w.Transport = u
			w.Apply()
			alpha, beta := after[zoneID(w, "alpha.example")], after[zoneID(w, "beta.example")]
			if serial := name != "400"; (alpha == 1) != serial || beta < 2 {
				t.Errorf("got up to %d and %d writes at once after the answer, want one in alpha.example unless it is a 400, and several in beta.example", alpha, beta)
			}
		})
	}
}

func zoneID(w *worldtest.World, domain string) string {
	zones := w.Server.Zones()
	return zones[slices.IndexFunc(zones, func(z vpsorgtest.Zone) bool { return z.Domain == domain })].ID
}

// A zone with many changes leaves the others their share, and alone has all calls.
func TestLargeZoneLeavesOthersTheirShare(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Concurrency = 2
		w.Live("a-large.example", "@ 300 A 192.0.2.1")
		w.File("a-large.example", append(crowd(1000), "@ 300 A 192.0.2.1")...)
		for i := range 20 {
			domain := fmt.Sprintf("small-%02d.example", i)
			w.Live(domain, "@ 300 A 192.0.2.1")
			w.File(domain, "@ 300 A 192.0.2.1", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1")
		}
		w.Server.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Latency(100 * time.Millisecond)})
		pass, api := w.Pass()
		draft, err := pass.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		small := begin
		pass.Changed = func(e sync.Event) {
			if e.Zone.Undotted() != "a-large.example" {
				small = time.Now()
			}
		}
		pass.Apply(t.Context(), draft, api)
		// The small zones make 80 calls, three creations and a read each, none of which waits for
		// more than one call of the large zone.
		if took := small.Sub(begin); took > 16*time.Second {
			t.Errorf("the small zones were done after %v, want at most 16 s", took)
		}
		// With the large one's 1,001 calls, two at a time, and its last read alone.
		if took := time.Since(begin); took > 56*time.Second {
			t.Errorf("all were done after %v, want 54 s", took)
		}
	})
}

// 27,000 creations by 8 calls of 50 ms take under four minutes.
func TestManyCreationsInTime(t *testing.T) {
	worldtest.Bubble(t, "", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{KeepCalls: -1})
		var lines []string
		for i := range 27000 {
			lines = append(lines, fmt.Sprintf("h%05d 300 A 192.0.2.1", i))
		}
		w.File("large.example", lines...)
		w.Server.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Latency(50 * time.Millisecond)})
		begin := time.Now()
		_, report := w.Apply()
		if report.Failed() || len(report.Zones[0].Done) != 27000 {
			t.Fatal(worldtest.ReportText(t, report))
		}
		if took := time.Since(begin); took > 4*time.Minute {
			t.Errorf("got done after %v, want under 4 minutes", took)
		}
	})
}

// Once the token is refused, calls in flight may end, but none begins, whatever waits.
func TestDenialEndsParallelWrites(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		worldtest.Bubble(t, fmt.Sprint(status), func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{})
			for _, domain := range []string{"alpha.example", "beta.example"} {
				w.Live(domain, "@ 300 A 192.0.2.1")
				w.File(domain, append(crowd(400), "@ 300 A 192.0.2.1")...)
			}
			w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Skip: 100, Do: vpsorgtest.Answer(status, `{"detail": "no"}`)})
			denied, late := false, 0
			u := &unsteady{next: w.Transport}
			u.begins = func(*http.Request) {
				if denied {
					late++
				}
			}
			u.ends = func(_ *http.Request, resp *http.Response) { denied = denied || resp.StatusCode == status }
			w.Transport = u
			_, report := w.Apply()
			if !denied || late > 0 {
				t.Errorf("got %d calls begun after the refusal %t, want none", late, denied)
			}
			worldtest.Shows(t, worldtest.ReportText(t, report), "not attempted: an earlier call was denied", "0 zones brought up to date: 100 created")
		})
	}
}
