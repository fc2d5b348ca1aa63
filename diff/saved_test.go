package diff

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

func planJSON(t testing.TB, p *Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func savedJSON(t testing.TB, s *SavedPlan) string {
	t.Helper()
	var b bytes.Buffer
	desired := func(zone schema.Name) (Desired, bool, error) {
		d, ok := s.Desired[zone]
		return d, ok, nil
	}
	if err := s.Plan.SaveJSON(&b, s.Version, s.Safety, desired); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func read(t testing.TB, text string) *SavedPlan {
	t.Helper()
	s, err := ReadPlan(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

// sampleSaved saves a plan of one zone with everything that a file can say of a zone.
func sampleSaved(t testing.TB) *SavedPlan {
	t.Helper()
	rule := func(name, value string, types ...schema.Type) schema.IgnoreRule {
		r, err := schema.NewIgnoreRule(name, types, value)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	www := schema.MustParseName("www.example.com")
	d := schema.Declaration{
		Name: apex, File: "example.com.yaml", Files: []string{"example.com.yaml", "shared.yaml"}, Manage: schema.ManageDeclared, TTL: 600,
		Safety:   schema.Safety{MaxDeletes: schema.Percent(80), MaxUpdates: schema.Count(7)},
		Children: []schema.Child{{Name: schema.MustParseName("child.example.com"), File: "child.example.com.yaml"}},
		Ignore: []schema.IgnoreRule{
			rule("*.Dyn", "", schema.A, "ALIAS"), rule(`\*`, "*.example.net."), rule("", `"a\"b" "c"`, schema.TXT),
			schema.IgnoreRRset(apex, schema.Key{Name: schema.MustParseName("*.x.example.com"), Type: schema.TXT}),
		},
		RRsets: []schema.RRset{
			{Name: www, Type: schema.A, TTL: 60, Values: []schema.Value{{Data: dataOf(t, schema.A, "192.0.2.1"), Pos: schema.Position{File: "shared.yaml", Line: 3, Col: 9}}}},
			{Name: www, Type: schema.TXT, TTL: 60, Lenient: true, Values: []schema.Value{
				{Data: schema.NewTXT(strings.Repeat(`a"\;ü`, 80)), Pos: schema.Position{File: "example.com.yaml", Line: 7, Col: 2}},
				{Data: schema.NewTXT(""), Pos: schema.Position{File: "example.com.yaml", Line: 8, Col: 2}},
			}},
			{Name: apex, Type: schema.CAA, TTL: 60, Values: []schema.Value{{Data: dataOf(t, schema.CAA, `128 issue "a b\"c"`), Pos: schema.Position{File: "example.com.yaml", Line: 9, Col: 2}}}},
			{Name: apex, Type: schema.MX, TTL: 60, Values: []schema.Value{{Data: dataOf(t, schema.MX, "0 ."), Pos: schema.Position{File: "example.com.yaml", Line: 9, Col: 2}}}},
		},
	}
	zone, problems := schema.NewZone(d)
	if zone == nil {
		t.Fatal(problems)
	}
	live := liveZone(t, "www 60 A 192.0.2.2", "old 60 A 192.0.2.3")
	live.Records = append(live.Records, Live{
		ID: "rec-bad", Record: schema.Record{Name: www, Type: schema.TXT, TTL: 60}, Value: "\xff\x00", Unreadable: "octets",
	})
	declared := []schema.Key{{Name: schema.MustParseName("old.example.com"), Type: schema.A}}
	p := NewPlan(PlanSpec{
		Commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", Base: "0b825dc642cb6eb9a060e54bf8d69288fbee4904", LiveFrom: "snapshot of yesterday",
		GeneratedAt: time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC), Unmanaged: []schema.Name{schema.MustParseName("parked.example")},
		Zones: []ZonePlan{Zone(zone, live, declared), {Zone: schema.MustParseName("wrong.example"), Action: None, Error: "has 1 error", Invalid: true}},
		Problems: schema.Problems{
			schema.NewProblem(schema.Error, schema.Position{File: "wrong.example.yaml", Line: 1, Col: 2}, "syntax", "no"),
			schema.NewProblem(schema.Warning, schema.Position{File: "wrong.example.yaml"}, "odd", "hm"),
		},
		Settings: []SettingChange{{Zone: apex, Key: "safety", Pos: schema.Position{File: "example.com.yaml", Line: 2}, After: "{max_deletes: 80%}",
			Risk: Risk{schema.RiskHigh, []Reason{{schema.RiskSettings, schema.RiskHigh, "less is refused"}}}}},
		Warnings: []string{"the list is odd"},
	})
	return &SavedPlan{Plan: p, Version: "1.4.2", Safety: schema.Safety{MaxFleetDeletes: schema.Count(9)},
		Desired: map[schema.Name]Desired{apex: {Zone: zone, Declared: declared}}}
}

func dataOf(t testing.TB, typ schema.Type, text string) schema.RDATA {
	t.Helper()
	d, _, err := schema.ParseRDATA(typ, text, schema.Origin{Zone: apex, Relative: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What is read back is what was written, in every rendering.
func TestReadPlan(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*Plan{"sample": samplePlan(t), "saved": sampleSaved(t).Plan, "empty": NewPlan(PlanSpec{})} {
		got := read(t, planJSON(t, p))
		if d := cmp.Diff(planJSON(t, p), planJSON(t, got.Plan)); d != "" {
			t.Errorf("%s: JSON (-want +got):\n%s", name, d)
		}
		if d := cmp.Diff(planJSON(t, p), planJSON(t, got.Plan)); d != "" {
			t.Errorf("%s: text (-want +got):\n%s", name, d)
		}
		if got.Version != "" || len(got.Desired) > 0 {
			t.Errorf("%s: a plan that was only shown reads as a saved one", name)
		}
	}
}

func TestReadPlanOfRandomZones(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		w := world{rand.New(rand.NewPCG(seed, 1))}
		desired := w.desired()
		p := NewPlan(PlanSpec{Zones: []ZonePlan{Zone(desired, w.live(true), nil)}})
		s := &SavedPlan{Plan: p, Version: "1.0.0", Desired: map[schema.Name]Desired{apex: {Zone: desired}}}
		got := read(t, savedJSON(t, s))
		if d := cmp.Diff(savedJSON(t, s), savedJSON(t, got)); d != "" {
			t.Fatalf("seed %d: (-want +got):\n%s", seed, d)
		}
		if d := cmp.Diff(planJSON(t, p), planJSON(t, got.Plan)); d != "" {
			t.Fatalf("seed %d: text (-want +got):\n%s", seed, d)
		}
		// Planned anew, it is the same plan.
		live := w.live(true)
		a, b := Zone(desired, live, nil), Zone(got.Desired[apex].Zone, live, nil)
		if !a.Same(&b) || !a.SameChanges(&b) {
			t.Fatalf("seed %d: what was read back plans otherwise", seed)
		}
		if q := got.Zone(apex); !p.zones[0].SameChanges(q) {
			t.Fatalf("seed %d: the plan that was read back makes other changes", seed)
		}
	}
}

func TestReadSavedPlan(t *testing.T) {
	t.Parallel()
	s := sampleSaved(t)
	got := read(t, savedJSON(t, s))
	if d := cmp.Diff(savedJSON(t, s), savedJSON(t, got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got.Version != s.Version || got.Safety != s.Safety {
		t.Errorf("got version %s and safety %+v, want %s and %+v", got.Version, got.Safety, s.Version, s.Safety)
	}
	want, have := s.Desired[apex].Zone, got.Desired[apex].Zone
	if want.Safety() != have.Safety() || want.Manage() != have.Manage() || want.TTL() != have.TTL() {
		t.Errorf("got %+v, want %+v", have.Declaration(), want.Declaration())
	}
	for i, r := range want.Ignore() {
		if have.Ignore()[i].String() != r.String() {
			t.Errorf("got the rule %s, want %s", have.Ignore()[i], r)
		}
	}
	bad := got.Zone(apex).Changes
	if c := bad[len(bad)-2]; c.Before.Unreadable == "" && !strings.Contains(savedJSON(t, got), `"octets"`) {
		t.Errorf("the value that cannot be read did not survive: %+v", c.Before)
	}
}

// Any octet that is lost or changed, wherever, is found.
func TestDamagedPlan(t *testing.T) {
	t.Parallel()
	text := savedJSON(t, sampleSaved(t))
	for i := 0; i < len(text)-1; i += 7 {
		if _, err := ReadPlan(strings.NewReader(text[:i])); err == nil {
			t.Fatalf("cut off at %d, it is read", i)
		}
		changed := []byte(text)
		changed[i] ^= 1
		got, err := ReadPlan(bytes.NewReader(changed))
		if err == nil && savedJSON(t, got) != text {
			t.Fatalf("with octet %d changed, it is read:\n%s", i, changed[max(0, i-40):min(len(changed), i+40)])
		}
	}
}

func TestRefusedPlans(t *testing.T) {
	t.Parallel()
	shown, saved := planJSON(t, samplePlan(t)), savedJSON(t, sampleSaved(t))
	edit := func(text, from, to string) string {
		if !strings.Contains(text, from) {
			t.Fatalf("%q is not in the plan", from)
		}
		return strings.Replace(text, from, to, 1)
	}
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "empty"},
		{"not JSON", "zone: example.com\n", "line 1: damaged, or not JSON"},
		{"cut off", shown[:len(shown)/2], "damaged, or not JSON: unexpected end"},
		{"trailing text", shown + "x", "after top-level value"},
		{"a list", "[]", "not a plan of zonetender"},
		{"another tool's", `{"format_version": "1.2", "resource_changes": []}`, "not a plan of zonetender"},
		{"another tool's with a version", `{"version": 1, "lockfile": {}}`, "not a plan of zonetender"},
		{"only a version", `{"version": 1}`, "it has no commit"},
		{"another format", edit(shown, `"version": 1`, `"version": 2`), "format 2, expected 1"},
		{"unknown field", edit(shown, `"zone_id"`, `"zone_name"`), `unknown field "zone_name"`},
		{"twice", edit(shown, `"commit"`, `"version": 1, "commit"`), `"version" stands there twice`},
		{"wrong type", edit(shown, `"ttl": 3600`, `"ttl": "1h"`), "string where something else is expected"},
		{"negative TTL", edit(shown, `"ttl": 3600`, `"ttl": -1`), "where something else is expected"},
		{"TTL", edit(shown, `"ttl": 3600`, `"ttl": 2147483648`), `zones[0] "example.com": changes[0] "@" "MX": before: TTL`},
		{"address", edit(shown, `"value": "192.0.2.7"`, `"value": "192.0.2.777"`), "expected an address"},
		{"priority", edit(shown, `"priority": 10`, `"priority": 65536`), "expected a priority"},
		{"no priority", edit(shown, `"priority": 10`, `"priority": null`), "expected a priority"},
		{"side", edit(shown, `"before": null`, `"before": {"value": "", "ttl": 0, "priority": null}`), "a side is missing"},
		{"action", edit(shown, `"action": "update"`, `"action": "upgrade"`), `action "upgrade"`},
		{"origin", edit(shown, `"origin": "change"`, `"origin": "space"`), `origin "space"`},
		{"level", edit(shown, `"level": "low"`, `"level": "off"`), `risk "off"`},
		{"order", edit(shown, `"zone": "example.com"`, `"zone": "zzz.example"`), "not in order"},
		{"summary", edit(shown, `"zones": 5`, `"zones": 6`), "the summary does not count"},
		{"digest", edit(saved, `"digest": "sha256:`, `"digest": "sha256:0`), "its digest does not fit"},
		{"desired", edit(saved, `"zonetender": "1.4.2",`, ""), "does not say which zonetender"},
		{"too many objects", `{"version": 1, "problems": [` + strings.Repeat("{},", maxPlanObjects) + `{}]}`, "objects"},
	} {
		_, err := ReadPlan(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.name, err, test.want)
		}
	}
	if _, err := ReadPlan(strings.NewReader(`{"a": 1}`)); !errors.Is(err, ErrNotPlan) {
		t.Errorf("got %v, want ErrNotPlan", err)
	}
}

// mended returns a plan with the digest that fits.
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

// What was read is written again and read as the same; nothing panics.
func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(savedJSON(f, sampleSaved(f))))
	f.Add([]byte(planJSON(f, sampleSaved(f).Plan)))
	f.Add([]byte(planJSON(f, NewPlan(PlanSpec{}))))
	f.Add([]byte(`{"version": 1, "lockfile": {}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadPlan(bytes.NewReader(mended(data)))
		if err != nil {
			return
		}
		write := planJSON
		if s.Version != "" {
			write = func(t testing.TB, _ *Plan) string { return savedJSON(t, s) }
		}
		first := write(t, s.Plan)
		again, err := ReadPlan(strings.NewReader(first))
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		if got := planJSON(t, again.Plan); got != planJSON(t, s.Plan) {
			t.Errorf("read again it differs:\n%s", cmp.Diff(planJSON(t, s.Plan), got))
		}
		if got := planJSON(t, again.Plan); got != planJSON(t, s.Plan) {
			t.Errorf("read again its text differs:\n%s", cmp.Diff(planJSON(t, s.Plan), got))
		}
	})
}

// A saved plan is JSON that any tool reads, with the summary last.
func TestSavedPlanIsJSON(t *testing.T) {
	t.Parallel()
	var whole map[string]any
	text := savedJSON(t, sampleSaved(t))
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text, "  }\n}\n") || strings.LastIndex(text, `"digest"`) > strings.LastIndex(text, `"summary"`) {
		t.Errorf("the summary is not last:\n%s", text)
	}
	if fmt.Sprint(whole["zonetender"]) != "1.4.2" {
		t.Errorf("got %v, want the version", whole["zonetender"])
	}
}

// A plan of many changes is written and read in a moment.
func BenchmarkSavedPlan(b *testing.B) {
	var lines []string
	for i := range 20_000 {
		lines = append(lines, fmt.Sprintf("n%d 60 A 192.0.2.%d", i, i%250))
	}
	desired := wantZone(b, lines...)
	s := &SavedPlan{Plan: NewPlan(PlanSpec{Zones: []ZonePlan{Zone(desired, LiveZone{Name: apex}, nil)}}), Version: "1.0.0",
		Desired: map[schema.Name]Desired{apex: {Zone: desired}}}
	for b.Loop() {
		text := savedJSON(b, s)
		b.SetBytes(int64(len(text)))
		read(b, text)
	}
}

// A plan can be saved if, and only if, it can be read again.
func TestSavedPlanIsNotTooLarge(t *testing.T) {
	t.Parallel()
	save := func(braces int) (string, error) {
		var b strings.Builder
		p := NewPlan(PlanSpec{Warnings: []string{strings.Repeat("{", braces)}})
		err := p.SaveJSON(&b, "1.4.2", schema.Safety{}, nil)
		return b.String(), err
	}
	least, err := save(0)
	if err != nil {
		t.Fatal(err)
	}
	most := maxPlanObjects - strings.Count(least, "{")
	largest, err := save(most)
	if err != nil {
		t.Fatal(err)
	}
	read(t, largest)
	if _, err := save(most + 1); err == nil || !strings.Contains(err.Error(), "the plan is too large to be read again: more than 2097152 objects") {
		t.Errorf("got %v, want an error that says why", err)
	}
	size := planSize{octets: maxPlanSize - 1}
	if err := size.add([]byte("x")); err != nil {
		t.Errorf("got %v at the most octets, want no error", err)
	}
	if err := size.add([]byte("x")); err == nil || err.Error() != "larger than 256 MiB" {
		t.Errorf("got %v beyond the most octets, want an error", err)
	}
}
