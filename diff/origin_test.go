package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// calls describes changes by what they do, sorted.
func calls(changes []Change, keep func(Change) bool) []string {
	out := []string{}
	for _, c := range changes {
		if keep(c) {
			out = append(out, fmt.Sprintf("%s %s %s %q %v", c.Action, c.Name, c.Type, c.Before.ID, c.After))
		}
	}
	slices.Sort(out)
	return out
}

// Drift is exactly what a plan of the base would put right as well, where the files have not
// changed since. Without a difference to the base, all is drift; without a base, nothing is.
func TestDriftIsWhatTheBaseWouldRepair(t *testing.T) {
	t.Parallel()
	for seed := range uint64(800) {
		w := world{rand.New(rand.NewPCG(seed, 17))}
		base := w.desired()
		// Some RRsets are edited, the others stay.
		kept := slices.DeleteFunc(recordsOf(base), func(r schema.Record) bool { return w.IntN(4) == 0 })
		desired, _ := declare(kept)
		if w.IntN(5) == 0 || desired == nil {
			desired = w.desired()
		}
		live := w.live(true)
		p, before := Zone(desired, live, nil), Zone(base, live, nil)
		if p.Error != "" || before.Error != "" {
			continue
		}
		p.MarkOrigins(desired, base, live)
		got := calls(p.Changes, func(c Change) bool { return c.Origin == OriginDrift })
		want := calls(before.Changes, func(c Change) bool { return SameRRset(base, desired, schema.Key{Name: c.Name, Type: c.Type}) })
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: drift (-want +got):\n%s", seed, d)
		}
		p.MarkOrigins(desired, desired, live)
		if got := calls(p.Changes, func(c Change) bool { return c.Origin != OriginDrift || c.OverwritesDrift }); len(got) > 0 {
			t.Fatalf("seed %d: against itself: got the edits %q", seed, got)
		}
		p.MarkOrigins(desired, nil, live)
		if got := calls(p.Changes, func(c Change) bool { return c.Origin != OriginChange || c.OverwritesDrift }); len(got) > 0 {
			t.Fatalf("seed %d: without a base: got the drift %q", seed, got)
		}
	}
}

// An edit overwrites drift where, and only where, the base's own plan would touch the RRset.
func TestOverwrittenDriftIsWhatTheBaseWouldRepair(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(600) {
		w := world{rand.New(rand.NewPCG(seed, 18))}
		base, desired, live := w.desired(), w.desired(), w.live(true)
		p, before := Zone(desired, live, nil), Zone(base, live, nil)
		if p.Error != "" || before.Error != "" {
			continue
		}
		p.MarkOrigins(desired, base, live)
		for _, c := range p.Changes {
			touched := slices.ContainsFunc(before.Changes, func(b Change) bool { return b.Name == c.Name && b.Type == c.Type })
			if want := c.Origin == OriginChange && touched; c.OverwritesDrift != want {
				t.Fatalf("seed %d: %s %s %s: got overwrites %v, want %v", seed, c.Action, c.Name, c.Type, c.OverwritesDrift, want)
			}
			if c.OverwritesDrift {
				found++
			}
		}
	}
	if found == 0 {
		t.Error("no case of overwritten drift came up")
	}
}

func recordsOf(z *schema.Zone) []schema.Record {
	var out []schema.Record
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			out = append(out, s.Record(v))
		}
	}
	return out
}

// marked describes the changes of a plan: owner name, action, origin, and line.
func marked(desired, base *schema.Zone, live LiveZone, declared []schema.Key) []string {
	p := Zone(desired, live, declared)
	p.MarkOrigins(desired, base, live)
	var out []string
	for _, c := range slices.Concat(p.Changes, p.Gone) {
		over := ""
		if c.OverwritesDrift {
			over = " over"
		}
		out = append(out, fmt.Sprintf("%s %s %s%s %d", c.Name.Relative(apex), c.Action, c.Origin, over, c.Pos.Line))
	}
	return out
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	was := wantZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2")
	only := wantZone(t, "a 300 A 192.0.2.1")
	ignoring := func(z *schema.Zone) *schema.Zone {
		return tuned(t, z, func(d *schema.Declaration) {
			d.Ignore = []schema.IgnoreRule{schema.IgnoreRRset(apex, schema.Key{Name: schema.MustParseName("c.example.com"), Type: schema.A})}
		})
	}
	declared := func(z *schema.Zone) *schema.Zone {
		return tuned(t, z, func(d *schema.Declaration) { d.Manage = schema.ManageDeclared })
	}
	absent := tuned(t, was, func(d *schema.Declaration) { d.Absent, d.RRsets = true, nil })
	b := []schema.Key{{Name: schema.MustParseName("b.example.com"), Type: schema.A}}
	for _, c := range []struct {
		name          string
		desired, base *schema.Zone
		live          LiveZone
		want          []string
	}{
		{"a declaration that is gone", only, was, liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2"), []string{"b delete change 2"}},
		{"gone, and its value drifted", only, was, liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.9"), []string{"b delete change over 2"}},
		{"a stray record", was, was, liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2", "c 300 A 192.0.2.3"), []string{"c delete drift 0"}},
		{"no longer ignored", was, ignoring(was), liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2", "c 300 A 192.0.2.3"), []string{"c delete change 0"}},
		{"no longer only what is declared", was, declared(was), liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2", "c 300 A 192.0.2.3"), []string{"c delete change 0"}},
		{"of what is declared, one is gone", declared(only), declared(was), liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2"), []string{"b delete change 2"}},
		{"a zone that is new", only, nil, liveZone(t, "a 300 A 192.0.2.9"), []string{"a update change 1"}},
		{"a zone that comes back", only, absent, liveZone(t, "a 300 A 192.0.2.9"), []string{"a update change 1"}},
		{"a new tombstone", absent, was, liveZone(t, "a 300 A 192.0.2.1"), []string{"a delete change 0"}},
		{"an old tombstone", absent, absent, liveZone(t, "a 300 A 192.0.2.1"), []string{"a delete drift 0"}},
	} {
		if got := marked(c.desired, c.base, c.live, b); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// What expires is no drift, and its deletion points at its declaration; an edit is an edit
// all the same.
func TestOriginsOfWhatExpires(t *testing.T) {
	t.Parallel()
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	forever := wantZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2")
	expires := tuned(t, forever, func(d *schema.Declaration) {
		d.RRsets = slices.Clone(d.RRsets)
		d.RRsets[1].Expires = end
	})
	expired := expires.At(end)
	live := liveZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2")
	for _, c := range []struct {
		name          string
		desired, base *schema.Zone
		want          []string
	}{
		{"as in the base", expired, expired, []string{"b delete expired 2"}},
		{"an end that is over when it is written", expired, forever, []string{"b delete change 2"}},
		{"an end that is taken away", forever, expired, nil},
	} {
		if got := marked(c.desired, c.base, live, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	declared := func(z *schema.Zone) *schema.Zone {
		return tuned(t, z, func(d *schema.Declaration) { d.Manage = schema.ManageDeclared })
	}
	if got, want := marked(declared(expired), declared(expired), live, nil), []string{"b delete expired 2"}; !slices.Equal(got, want) {
		t.Errorf("manage: declared: got %q, want %q", got, want)
	}
	changed := wantZone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.3")
	if got, want := marked(changed, expired, live, nil), []string{"b update change 2"}; !slices.Equal(got, want) {
		t.Errorf("renewed with another value: got %q, want %q", got, want)
	}
}

func TestSettingRisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		levels map[string]schema.RiskLevel
		want   schema.RiskLevel
	}{
		{nil, schema.RiskHigh},
		{map[string]schema.RiskLevel{schema.RiskSettings: schema.RiskMedium}, schema.RiskMedium},
		{map[string]schema.RiskLevel{schema.RiskSettings: schema.RiskOff}, schema.RiskLow},
	} {
		if got := settingRisk("ignore", c.levels); got.Level != c.want {
			t.Errorf("%v: got %v, want %v", c.levels, got.Level, c.want)
		}
	}
}
