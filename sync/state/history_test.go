package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

var update = flag.Bool("update", false, "write the golden files")

// Every change is in the history as it was saved, with all that undoing it takes.
func TestHistoryHoldsEveryChange(t *testing.T) {
	for seed := range uint64(3) {
		r := newRandom(100 + seed)
		d := testDB(t, t.TempDir(), Options{})
		var want []RunEntry
		for i := range int64(8) {
			c := r.cycle()
			run := &c.run
			run.Outcome, run.VerifiedZones = daemon.OutcomePartly, r.rand.IntN(9)
			run.CreatedZones = []schema.Name{r.zone()}
			run.Refusals = []daemon.RunRefusal{{Zone: r.zone(), Guard: diff.GuardDeletes, Message: r.octets(), Approval: r.octets()}, {Guard: "rewind"}}
			save(t, d, c)
			entry := RunEntry{
				Run: i + 1, Kind: run.Kind, Mode: run.Mode, Version: run.Version, Started: run.Started, Ended: run.Ended, LastEnded: run.Ended,
				Outcome: run.Outcome, Error: run.Error, Commit: run.Commit, Author: run.Author, Subject: run.Subject,
				VerifiedZones: run.VerifiedZones, Warnings: run.Warnings, CreatedZones: run.CreatedZones, Refusals: run.Refusals,
			}
			for _, c := range run.Changes {
				e := Entry{At: c.At, Zone: c.Zone, Change: c.Change.JSON(c.Zone), Error: c.Error}
				entry.Changes = append(entry.Changes, e)
			}
			want = slices.Insert(want, 0, entry)
		}
		if diff := same(history(t, d, Query{}).Runs, want); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func record(owner string, typ schema.Type, ttl schema.TTL, data schema.RDATA) schema.Record {
	return schema.Record{Name: name(owner), Type: typ, TTL: ttl, Data: data}
}

func address(t *testing.T, text string) schema.RDATA {
	t.Helper()
	data, _, err := schema.ParseRDATA(schema.A, text, schema.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// example fills a database with a little of everything.
func example(t *testing.T) *DB {
	t.Helper()
	d := testDB(t, t.TempDir(), Options{})
	com, net := name("example.com"), name("example.net")
	ten := 10
	save(t, d, cycle{run: daemon.Run{
		Kind: daemon.Sweep, Mode: daemon.ModeApply, Version: "v1.0.0", Started: epoch, Ended: epoch.Add(3 * time.Second), Outcome: daemon.OutcomeApplied,
		Commit: "9f3c2ab41e0799aa", Author: "Ada Example <ada@example.com>", Subject: "Move www to the new host", VerifiedZones: 2,
		CreatedZones: []schema.Name{net},
		Changes: []daemon.RunChange{
			{Zone: com, At: epoch.Add(time.Second), Change: diff.Change{
				Action: diff.Update, Name: name("www.example.com"), Type: schema.A, Origin: diff.OriginChange,
				Before: diff.Live{ID: "rec-1", Record: record("www.example.com", schema.A, 3600, address(t, "192.0.2.1"))},
				After:  record("www.example.com", schema.A, 60, address(t, "192.0.2.2")), Pos: schema.Position{File: "zones/example.com.yaml", Line: 12},
			}},
			{Zone: com, At: epoch.Add(time.Second), Change: diff.Change{
				Action: diff.Delete, Name: com, Type: schema.MX, Origin: diff.OriginDrift,
				Before: diff.Live{ID: "rec-2", Record: schema.Record{Name: com, Type: schema.MX, TTL: 300}, Value: "mail one\x1b[31m", Priority: &ten}, Pos: schema.Position{File: "zones/example.com.yaml"},
			}},
			{Zone: net, At: epoch.Add(2 * time.Second), Change: diff.Change{
				Action: diff.Create, Name: net, Type: schema.TXT, Origin: diff.OriginChange,
				After: record("example.net", schema.TXT, 3600, schema.NewTXT(`v=spf1 "a" -all`)), Pos: schema.Position{File: "zones/example.net.yaml", Line: 3},
			}, Error: "429 Too Many Requests"},
		},
	}})
	for i := range 4 {
		at := epoch.Add(time.Duration(i+1) * time.Minute)
		save(t, d, cycle{run: daemon.Run{Kind: daemon.Pull, Mode: daemon.ModeApply, Version: "v1.0.0", Started: at, Ended: at, Outcome: daemon.OutcomeFailed, Error: "git: connection refused"}})
	}
	at := epoch.Add(time.Hour)
	save(t, d, cycle{run: daemon.Run{Kind: daemon.Sweep, Mode: daemon.ModeApply, Version: "v1.0.0", Started: at, Ended: at, Outcome: daemon.OutcomeApplied, Commit: "9f3c2ab41e0799aa", VerifiedZones: 2}})
	at = epoch.Add(2 * time.Hour)
	save(t, d, cycle{run: daemon.Run{
		Kind: daemon.Pull, Mode: daemon.ModeApply, Version: "v1.0.0", Started: at, Ended: at.Add(time.Second), Outcome: daemon.OutcomePartly, Commit: "5e1f00aa",
		DeletedZones: []schema.Name{net},
		Refusals: []daemon.RunRefusal{
			{Zone: com, Guard: diff.GuardDeletes, Message: "9 of 12 records would be deleted", Approval: "9f3c2ab41e07"},
			{Guard: diff.GuardFleet, Message: "too many"},
		},
	}})
	save(t, d, cycle{run: daemon.Run{Kind: daemon.Pull, Outcome: daemon.OutcomeUnchanged, Started: at.Add(time.Minute), Ended: at.Add(time.Minute)}})
	return d
}

func TestQuery(t *testing.T) {
	d := example(t)
	const all = "4 2 1"
	tests := []struct {
		what           string
		q              Query
		runs           string // newest first
		changes, zones int
	}{
		{"everything", Query{}, all, 3, 2},
		{"idle ones too", Query{All: true}, "4 3 2 1", 3, 2},
		{"newest", Query{Limit: 2}, "4 2", 0, 1},
		{"one run", Query{Run: 1}, "1", 3, 1},
		{"one idle run", Query{Run: 3}, "3", 0, 0},
		{"no such run", Query{Run: 9}, "", 0, 0},
		{"zone", Query{Zone: "example.com"}, "4 1", 2, 0},
		{"zone in upper case, with its dot", Query{Zone: "EXAMPLE.com."}, "4 1", 2, 0},
		{"zones by glob", Query{Zone: "*.net"}, "4 1", 1, 2},
		{"zones by set", Query{Zone: "exampl[ef].?om"}, "4 1", 2, 0},
		{"no such zone", Query{Zone: "example.org"}, "", 0, 0},
		{"relative name", Query{Name: "www"}, "4 1", 1, 2},
		{"relative name in a zone", Query{Zone: "example.com", Name: "www"}, "1", 1, 0},
		{"absolute name", Query{Name: "www.example.com."}, "1", 1, 0},
		{"absolute name, its dot forgotten", Query{Zone: "*", Name: "WWW.example.com"}, "4 1", 1, 2},
		{"name in a zone that went", Query{Name: "a.b.example.net."}, "4 1", 0, 2},
		{"name of a zone", Query{Name: "example.net."}, "4 1", 1, 2},
		{"apex", Query{Zone: "example.com", Name: "@"}, "1", 1, 0},
		{"commit", Query{Commit: "9F3C"}, "1", 3, 1},
		{"no such commit", Query{Commit: "f3c2"}, "", 0, 0},
		{"since", Query{Since: epoch.Add(90 * time.Minute)}, "4", 0, 1},
		{"since a time within the repeats", Query{Since: epoch.Add(3 * time.Minute)}, "4 2", 0, 1},
		{"until", Query{Until: epoch.Add(30 * time.Second)}, "1", 3, 1},
		{"SQL as a zone", Query{Zone: "*' OR '1'='1"}, "", 0, 0},
		{"SQL as a commit", Query{Commit: "' OR 1=1; DROP TABLE runs; --"}, "", 0, 0},
		{"a broken glob", Query{Zone: "["}, "", 0, 0},
	}
	for _, test := range tests {
		h := history(t, d, test.q)
		var runs []string
		changes, zones := 0, 0
		for _, r := range h.Runs {
			runs = append(runs, string(rune('0'+r.Run)))
			changes += len(r.Changes)
			zones += len(r.CreatedZones) + len(r.DeletedZones)
		}
		if got := strings.Join(runs, " "); got != test.runs || changes != test.changes || zones != test.zones {
			t.Errorf("%s: runs %q with %d changes and %d zones, want %q with %d and %d", test.what, got, changes, zones, test.runs, test.changes, test.zones)
		}
		if got, want := h.Unchanged > 0, test.what == "everything" || test.q == (Query{All: true}) || test.q == (Query{Limit: 2}); got != want {
			t.Errorf("%s: %d unchanged, want some: %v", test.what, h.Unchanged, want)
		}
	}
	for _, q := range []Query{{Name: "a..b"}, {Zone: "a..b"}, {Name: strings.Repeat("x", 64)}} {
		if _, err := d.History(t.Context(), q); err == nil {
			t.Errorf("%+v: no error", q)
		}
	}
}

// What is shown stays as it is, because scripts and people rely on it.
func TestHistoryRenderings(t *testing.T) {
	h := history(t, example(t), Query{All: true})
	var text, asJSON bytes.Buffer
	if err := h.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := h.JSON(&asJSON); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(text.String(), 0x1b) {
		t.Error("a stored value steers the terminal")
	}
	if !json.Valid(asJSON.Bytes()) {
		t.Error("the JSON is none")
	}
	for file, got := range map[string][]byte{"history.txt": text.Bytes(), "history.json": asJSON.Bytes()} {
		if *update {
			writeFile(t, got, "testdata", file)
		}
		if want := readFile(t, "testdata", file); !bytes.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", file, got, want)
		}
	}
	var empty bytes.Buffer
	if err := (&History{}).Text(&empty); err != nil || empty.String() != "nothing in the history\n" {
		t.Errorf("an empty history is %q, %v", empty.String(), err)
	}
}

// Text from outside is shown, and never obeyed; a name in Unicode stands beside its A-label.
func TestFaultB3HistoryIsReadAndNotObeyed(t *testing.T) {
	d := testDB(t, t.TempDir(), Options{})
	const hostile = "x\x1b[2J\u202e\u2028\n::warning::forged"
	zone := name("xn--bcher-kva.example")
	save(t, d, cycle{run: daemon.Run{
		Kind: daemon.Pull, Outcome: daemon.OutcomePartly, Error: hostile, Author: hostile, Subject: hostile, Commit: "9f3c",
		Warnings: []string{hostile}, Refusals: []daemon.RunRefusal{{Zone: zone, Guard: diff.GuardDeletes, Message: hostile}},
		Changes: []daemon.RunChange{{Zone: zone, Error: hostile, Change: diff.Change{
			Action: diff.Delete, Name: name("xn--strae-oqa.xn--bcher-kva.example"), Type: schema.TXT,
			Before: diff.Live{ID: hostile, Record: schema.Record{Type: schema.TXT, Data: schema.NewTXT(hostile)}}, Pos: schema.Position{File: hostile},
		}}},
	}})
	h := history(t, d, Query{})
	var text, asJSON bytes.Buffer
	if err := errors.Join(h.Text(&text), h.JSON(&asJSON)); err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]string{"text": text.String(), "JSON": asJSON.String()} {
		if strings.ContainsAny(got, "\x1b\u202e\u2028") || strings.Contains(got, "\n::") {
			t.Errorf("%s: got %q, want nothing in it that is obeyed", what, got)
		}
	}
	for _, want := range []string{"bücher.example (xn--bcher-kva.example)", "straße (xn--strae-oqa)", "warning: x"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("got:\n%s\nwant it to show %q", text.String(), want)
		}
	}
}

// A cycle that was suspended for another one is saved after it, under the lower number.
func TestRunIsSavedAfterOneThatBeganLater(t *testing.T) {
	d := testDB(t, t.TempDir(), Options{})
	next := func(want int64) {
		t.Helper()
		if got, err := d.NextRun(t.Context()); err != nil || got != want {
			t.Errorf("got next run %d, %v, want %d", got, err, want)
		}
	}
	run := func(number int64, kind daemon.Kind) cycle {
		return cycle{run: daemon.Run{Number: number, Kind: kind, Started: epoch, Ended: epoch, Outcome: daemon.OutcomeApplied, CreatedZones: []schema.Name{name("a.example")}}}
	}
	next(1)
	save(t, d, run(2, daemon.Pull))
	next(3)
	save(t, d, run(3, daemon.Pull))
	save(t, d, run(1, daemon.Sweep))
	next(4)
	var got []int64
	for _, r := range history(t, d, Query{}).Runs {
		if got = append(got, r.Run); (r.Kind == daemon.Sweep) != (r.Run == 1) {
			t.Errorf("run %d: got a %s", r.Run, r.Kind)
		}
	}
	if !slices.Equal(got, []int64{3, 2, 1}) {
		t.Errorf("got runs %d, want the newest first by when they began", got)
	}
}
