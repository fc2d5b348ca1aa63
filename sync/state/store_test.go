package state

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// What was saved is loaded, whatever it holds, also after the directory was closed.
func TestSaveThenLoad(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		r := newRandom(seed)
		dir := t.TempDir()
		d := testDB(t, dir, Options{})
		if diff := same(load(t, d), daemon.Memory{}); diff != "" {
			t.Fatalf("an empty store holds (-want +got):\n%s", diff)
		}
		var want daemon.Memory
		wantDeclared := make(map[schema.Name]daemon.Declared)
		for i := range 12 {
			c := r.cycle()
			save(t, d, c)
			remember(&want, c.change)
			maps.Copy(wantDeclared, c.change.Declared)
			for _, gone := range c.change.Forget {
				wantDeclared[gone] = ""
			}
			if i%4 == 3 {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				d = testDB(t, dir, Options{})
			}
			if diff := same(load(t, d), want); diff != "" {
				t.Fatalf("seed %d, save %d (-want +got):\n%s", seed, i, diff)
			}
			if diff := same(declared(t, d, slices.Collect(maps.Keys(wantDeclared))...), wantDeclared); diff != "" {
				t.Fatalf("seed %d, save %d: declared (-want +got):\n%s", seed, i, diff)
			}
		}
	}
}

// A zone that a cycle has no news of keeps what was known; one to forget goes.
func TestSaveKeepsOtherZones(t *testing.T) {
	d := testDB(t, t.TempDir(), Options{})
	a, b := name("a.example"), name("b.example")
	save(t, d, cycle{change: daemon.MemoryChange{Zones: map[schema.Name]daemon.ZoneMemory{a: {State: daemon.StateInSync}, b: {State: daemon.StateFailed}}}})
	save(t, d, cycle{change: daemon.MemoryChange{Zones: map[schema.Name]daemon.ZoneMemory{b: {State: daemon.StatePending}}}})
	want := map[schema.Name]daemon.ZoneMemory{a: {State: daemon.StateInSync}, b: {State: daemon.StatePending}}
	if diff := same(load(t, d).Zones, want); diff != "" {
		t.Errorf("after news of b (-want +got):\n%s", diff)
	}
	save(t, d, cycle{change: daemon.MemoryChange{Forget: []schema.Name{a, name("never.example")}}})
	delete(want, a)
	if diff := same(load(t, d).Zones, want); diff != "" {
		t.Errorf("after forgetting a (-want +got):\n%s", diff)
	}
}

// What a zone declares stays until a cycle has news of that, whatever else changes.
func TestSaveKeepsDeclared(t *testing.T) {
	dir := t.TempDir()
	d := testDB(t, dir, Options{})
	a, b := name("a.example"), name("b.example")
	www, both := daemon.Declared("A www\n"), daemon.Declared("A,MX @\n")
	zones := func(text daemon.Declared) map[schema.Name]daemon.ZoneMemory {
		return map[schema.Name]daemon.ZoneMemory{a: {Declared: www.Digest()}, b: {Declared: text.Digest()}}
	}
	save(t, d, cycle{change: daemon.MemoryChange{Zones: zones(www), Declared: map[schema.Name]daemon.Declared{a: www, b: www}}})
	save(t, d, cycle{change: daemon.MemoryChange{Zones: zones(both), Declared: map[schema.Name]daemon.Declared{b: both}}})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = testDB(t, dir, Options{})
	if diff := same(load(t, d).Zones, zones(both)); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
	if diff := same(declared(t, d, a, b, name("c.example")), map[schema.Name]daemon.Declared{a: www, b: both, name("c.example"): ""}); diff != "" {
		t.Errorf("declared (-want +got):\n%s", diff)
	}
	save(t, d, cycle{change: daemon.MemoryChange{Zones: zones(""), Declared: map[schema.Name]daemon.Declared{b: ""}, Forget: []schema.Name{a}}})
	if diff := same(declared(t, d, a, b), map[schema.Name]daemon.Declared{a: "", b: ""}); diff != "" {
		t.Errorf("declared after the end of both (-want +got):\n%s", diff)
	}
}

// A Save that fails leaves what was there, and the next one works.
func TestSaveIsWholeOrNothing(t *testing.T) {
	big := func(i int) cycle {
		c := numbered(i)
		for n, z := range c.change.Zones {
			z.Reason = strings.Repeat("x", 50_000)
			c.change.Zones[n] = z
		}
		return c
	}
	tests := []struct {
		what, pragma, undo, want string
	}{
		{"disk full", "max_page_count = 100", "max_page_count = 1000000", "disk is full"},
		{"read-only", "query_only = 1", "query_only = 0", "readonly"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			dir := t.TempDir()
			d := testDB(t, dir, Options{})
			save(t, d, numbered(1))
			before := load(t, d)
			if _, err := d.sql.Exec("PRAGMA " + test.pragma); err != nil {
				t.Fatal(err)
			}
			err := d.Save(t.Context(), big(2).run, big(2).change)
			if err == nil || !strings.HasPrefix(err.Error(), "state directory "+dir+": save: ") || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one of the state directory that contains %q", err, test.want)
			}
			if diff := same(load(t, d), before); diff != "" {
				t.Errorf("something was saved (-want +got):\n%s", diff)
			}
			if _, err := d.sql.Exec("PRAGMA " + test.undo); err != nil {
				t.Fatal(err)
			}
			save(t, d, big(2))
			if got := load(t, d).Progress.Read; got != "2" {
				t.Errorf("read %q after the disk had room again, want 2", got)
			}
		})
	}
}

// A Save whose context has ended saves nothing.
func TestSaveWithoutTime(t *testing.T) {
	d := testDB(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Save(ctx, daemon.Run{}, daemon.MemoryChange{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	if diff := same(load(t, d), daemon.Memory{}); diff != "" {
		t.Errorf("something was saved (-want +got):\n%s", diff)
	}
	save(t, d, numbered(1))
}

// What name servers answer is counted with the run that wrote it, and with no other.
func TestAnswered(t *testing.T) {
	d := testDB(t, t.TempDir(), Options{})
	save(t, d, numbered(1))
	save(t, d, numbered(2))
	for _, answer := range []struct {
		run int64
		yes bool
	}{{2, true}, {2, true}, {2, false}, {99, true}} {
		if err := d.Answered(t.Context(), answer.run, answer.yes); err != nil {
			t.Fatal(err)
		}
	}
	runs := history(t, d, Query{All: true}).Runs
	if got := [4]int{runs[0].AnsweringZones, runs[0].SilentZones, runs[1].AnsweringZones, runs[1].SilentZones}; got != [4]int{2, 1, 0, 0} {
		t.Errorf("got %v, want 2 and 1 for the second run", got)
	}
	var text strings.Builder
	h := history(t, d, Query{All: true})
	if err := h.Text(&text); err != nil || !strings.Contains(text.String(), "; name servers: 2 answering, 1 not in time\n") {
		t.Errorf("got %v and\n%s", err, text.String())
	}
}
