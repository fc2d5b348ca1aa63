package snapshot_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/snapshot"
	"github.com/zonetender/zonetender/sync/vpsorg"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

var at = time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC)

// take returns a snapshot of a world's zones, as its octets.
func take(w *worldtest.World) []byte {
	w.T.Helper()
	c, err := vpsorg.New(vpsorg.Options{
		URL: "https://api.invalid/api/v1", Token: w.Server.Token(), Transport: w.Transport, Readings: true,
	})
	if err != nil {
		w.T.Fatal(err)
	}
	list, err := c.Zones(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	slices.SortFunc(list.Zones, func(a, b diff.ZoneRef) int { return a.Name.Compare(b.Name) })
	c.Survey(w.T.Context(), list.Zones[:min(len(list.Zones), sync.SurveySize)], 4, nil)
	var b bytes.Buffer
	read := func(ctx context.Context, ref diff.ZoneRef) (diff.LiveZone, error) { return c.Zone(ctx, ref, nil) }
	err = snapshot.Write(w.T.Context(), &b, snapshot.Head{Time: at, Partial: list.Partial, Warnings: list.Warnings}, list.Zones, 3, read,
		func(diff.ZoneRef, error) bool { return true })
	if err != nil {
		w.T.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, data []byte) *snapshot.Reader {
	t.Helper()
	s, err := snapshot.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return &snapshot.Reader{Snapshot: s, Now: at.Add(time.Hour)}
}

// plan plans a world's files against a reader.
func plan(w *worldtest.World, api sync.Reader) *diff.Plan {
	w.T.Helper()
	p, _ := w.Pass()
	p.API, p.Now = api, func() time.Time { return at }
	draft, err := p.Plan(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	return draft.Plan
}

// A plan against a snapshot is the one against the API, but for the service's ids.
func TestPlanAgainstSnapshot(t *testing.T) {
	for _, d := range vpsorgtest.Dialects() {
		for seed := range uint64(4) {
			worldtest.Bubble(t, fmt.Sprintf("%s seed %d", d.Name, seed), func(t *testing.T) {
				g := worldtest.Generate(seed)
				w := worldtest.New(t, vpsorgtest.Options{Dialect: d, Seed: seed})
				for i := range 1 + g.Rand.IntN(4) {
					domain := fmt.Sprintf("zone-%d.example", i)
					w.File(domain, g.Zone(domain)...)
					if !g.Some(20) {
						w.Live(domain, append(g.Drift(g.Zone(domain)), g.Others()...)...)
					}
				}
				want := plan(w, w.Client())
				data := take(w)
				got := plan(w, open(t, data))
				if d := gocmp.Diff(worldtest.PlanText(t, want), worldtest.PlanText(t, got)); d != "" {
					t.Errorf("plan against the snapshot (-API +snapshot):\n%s\n%s", d, data)
				}
				for i := range want.Zones() {
					a, b := want.Zones()[i], got.Zones()[i]
					if a.ID = ""; b.ID == "snapshot" {
						b.ID = ""
					}
					if !a.SameChanges(&b) {
						t.Errorf("%s: other changes", a.Zone)
					}
				}
				for _, z := range w.Server.Zones() {
					if strings.Contains(string(data), z.ID) {
						t.Errorf("the snapshot has the id %s", z.ID)
					}
				}
			})
		}
	}
}

// Every question that stays open is read as the file of the plan has it, from the snapshot as
// from the API.
func TestOpenQuestionsInSnapshot(t *testing.T) {
	worldtest.Bubble(t, "quotes", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", `www 300 TXT "quoted"`, `zwei 300 TXT "auch"`)
		data := take(w)
		for _, declared := range []string{`www 300 TXT quoted`, `www 300 TXT \"quoted\"`} {
			w.File("one.example", declared)
			want, got := worldtest.PlanText(t, plan(w, w.Client())), worldtest.PlanText(t, plan(w, open(t, data)))
			if d := gocmp.Diff(want, got); d != "" {
				t.Errorf("declared as %s (-API +snapshot):\n%s", declared, d)
			}
			worldtest.Shows(t, got, "TXT in double quotes: the service shows")
		}
	})
}

func sample(t testing.TB) []byte {
	w := worldtest.New(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{ForeignTypes: true}})
	w.Live("one.example", `www 300 TXT "quoted"`, "@ 300 MX 10 mail.one.example.", "odd 60 ALIAS x.example.net", "@ 60 A 192.0.2.1")
	w.Live("two.example", "*.two 300 CNAME www.two.example.")
	return take(w)
}

// Nothing that is lost or changed on the way is taken for what was live.
func TestDamagedSnapshot(t *testing.T) {
	t.Parallel()
	data := sample(t)
	end := bytes.LastIndexByte(data, '}')
	for i := range end {
		if _, err := snapshot.Read(bytes.NewReader(data[:i])); err == nil {
			t.Fatalf("cut off at %d, it is read", i)
		}
		changed := slices.Clone(data)
		changed[i] ^= 1
		if s, err := snapshot.Read(bytes.NewReader(changed)); err == nil && i < bytes.LastIndex(data, []byte(`,`)) {
			t.Fatalf("with octet %d changed, it is read: %+v", i, s.Head)
		}
	}
}

func TestRefusedSnapshots(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", "damaged, or not JSON"},
		{"<html>", "line 1: damaged, or not JSON"},
		{"[]", "not a snapshot of zonetender"},
		{`{"version": 1, "zones": []}`, "not a snapshot of zonetender"},
		{`{"snapshot": 2, "zones": []}`, "format 2, expected 1"},
		{`{"snapshot": 1, "digest": ""}`, "it has no zones"},
		{`{"snapshot": 1, "zones": []}`, "its digest does not fit"},
		{`{"snapshot": 1, "zones": [], "zones": []}`, `"zones" stands there twice`},
		{`{"snapshot": 1, "zone": []}`, `unknown field "zone"`},
		{`{"snapshot": 1, "zones": [{"zone": "a..b", "records": []}]}`, `zones[0] "a..b"`},
		{`{"snapshot": 1, "zones": [{"zone": "b.example", "records": []}, {"zone": "a.example", "records": []}]}`, "not in order"},
		{`{"snapshot": 1, "zones": [{"zone": "b.example", "records": [{"name": "@", "type": "A", "data": {"value": "x", "ttl": 1, "priority": null}}]}]}`, "expected an address"},
		{`{"snapshot": 1, "zones": [{"zone": "b.example", "records": [{"name": "", "type": "A", "data": {"value": "192.0.2.1", "ttl": 1, "priority": null}}]}]}`, "no owner name"},
	} {
		_, err := snapshot.Read(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.text, err, test.want)
		}
	}
}

// A snapshot of some zones does not say that others do not exist, and one that could not read
// a zone does not say that it is empty.
func TestPartialSnapshot(t *testing.T) {
	worldtest.Bubble(t, "partial", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		name := schema.MustParseName("one.example")
		var b bytes.Buffer
		head := snapshot.Head{Time: at, Partial: "only some zones were asked for"}
		fails := func(context.Context, diff.ZoneRef) (diff.LiveZone, error) {
			return diff.LiveZone{}, errors.New("503 Service Unavailable")
		}
		err := snapshot.Write(t.Context(), &b, head, []diff.ZoneRef{{ID: "1", Name: name}}, 1, fails, func(diff.ZoneRef, error) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		w.File("one.example", "www 300 A 192.0.2.1")
		w.File("two.example", "www 300 A 192.0.2.1")
		got := worldtest.PlanText(t, plan(w, open(t, b.Bytes())))
		worldtest.Shows(t, got, "two.example:", `refused by the guard "incomplete"`, "one.example: cannot be planned", "503 Service Unavailable")
	})
}

func TestOldSnapshot(t *testing.T) {
	worldtest.Bubble(t, "old", func(t *testing.T) {
		r := open(t, sample(t))
		for _, test := range []struct {
			age  time.Duration
			want int
		}{{24 * time.Hour, 0}, {25 * time.Hour, 1}} {
			r.Now = at.Add(test.age)
			list, err := r.Zones(t.Context())
			if err != nil || len(list.Warnings) != test.want {
				t.Errorf("at the age of %v: got %q and %v, want %d warnings", test.age, list.Warnings, err, test.want)
			}
		}
	})
}

// mended returns a snapshot with the digest that fits.
func mended(data []byte) []byte {
	head := []byte(",\n  \"digest\": \"sha256:")
	at := bytes.LastIndex(data, head)
	if at < 0 || len(data) < at+len(head)+64 {
		return data
	}
	out, sum := bytes.Clone(data), sha256.Sum256(data[:at])
	hex.Encode(out[at+len(head):], sum[:])
	return out
}

// Whatever is read has zones in order, and nothing panics.
func FuzzRead(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(`{"snapshot": 1, "zones": [{"zone": "b.example", "records": []}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := snapshot.Read(bytes.NewReader(mended(data)))
		if err != nil {
			return
		}
		r := &snapshot.Reader{Snapshot: s}
		list, err := r.Zones(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		read := func(ctx context.Context, ref diff.ZoneRef) (diff.LiveZone, error) { return r.Zone(ctx, ref, nil) }
		if err := snapshot.Write(t.Context(), &b, s.Head, list.Zones, 1, read, func(diff.ZoneRef, error) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if _, err := snapshot.Read(&b); err != nil {
			t.Errorf("written again: %v", err)
		}
	})
}
