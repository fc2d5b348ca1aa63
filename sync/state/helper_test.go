package state

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// childEnv names the work that the test binary does when it is run again as a child.
const childEnv = "ZONETENDER_STATE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "save":
		childSave(os.Args[1])
	case "hold":
		childHold(os.Args[1])
	}
}

var epoch = time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC)

// testClock is a clock that stands still until it is moved.
type testClock struct{ now time.Time }

func (c *testClock) Now() time.Time { return c.now }

// testDB opens a state directory, and closes it at the end of the test.
func testDB(t testing.TB, dir string, o Options) *DB {
	t.Helper()
	if o.Now == nil {
		o.Now = (&testClock{epoch}).Now
	}
	d, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// unsynced takes the syncs out of commits, for tests that make thousands of them.
func unsynced(t testing.TB, d *DB) *DB {
	t.Helper()
	if _, err := d.sql.Exec("PRAGMA synchronous = OFF"); err != nil {
		t.Fatal(err)
	}
	return d
}

// A cycle is what one cycle saves.
type cycle struct {
	run    daemon.Run
	change daemon.MemoryChange
}

func save(t testing.TB, d *DB, c cycle) {
	t.Helper()
	if err := d.Save(t.Context(), c.run, c.change); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, d *DB) daemon.Memory {
	t.Helper()
	m, err := d.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// declared returns what the store has of zones.
func declared(t testing.TB, d *DB, zones ...schema.Name) map[schema.Name]daemon.Declared {
	t.Helper()
	out := make(map[schema.Name]daemon.Declared)
	for _, zone := range zones {
		text, err := d.Declared(t.Context(), zone)
		if err != nil {
			t.Fatal(err)
		}
		out[zone] = text
	}
	return out
}

func history(t testing.TB, d *DB, q Query) History {
	t.Helper()
	h, err := d.History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// same compares what was loaded with what was saved.
func same(got, want any) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b schema.Name) bool { return a == b }))
}

// logTo returns a logger that writes to b.
func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func name(text string) schema.Name { return schema.MustParseName(text) }

func readFile(t testing.TB, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t testing.TB, data []byte, elem ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(elem...), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// random makes random things, the same for the same seed.
type random struct{ rand *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 7))} }

// octets returns a text of any octets, at times one that means something to SQL.
func (r random) octets() string {
	if r.rand.IntN(8) == 0 {
		return "x'); DROP TABLE zones; --\x00\"?1"
	}
	b := make([]byte, r.rand.IntN(30))
	for i := range b {
		b[i] = byte(r.rand.Uint32())
	}
	return string(b)
}

// text draws valid UTF-8, as JSON holds nothing else.
func (r random) text() string { return strings.ToValidUTF8(r.octets(), "ü") }

func (r random) zone() schema.Name {
	return name(fmt.Sprintf("%s%d.example", []string{"a", "xn--bcher-kva", "0/25.b", "_c"}[r.rand.IntN(4)], r.rand.IntN(6)))
}

func (r random) key(zone schema.Name) schema.Key {
	owners := []string{"", "www.", "*.", "_sip._tcp.", "a.b.c."}
	return schema.Key{Name: name(owners[r.rand.IntN(len(owners))] + zone.String()), Type: schema.Types()[r.rand.IntN(8)]}
}

func (r random) time() time.Time {
	if r.rand.IntN(4) == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(r.rand.Int64N(int64(1000 * time.Hour))))
}

func (r random) memory(zone schema.Name) daemon.ZoneMemory {
	m := daemon.ZoneMemory{
		State: daemon.States()[r.rand.IntN(7)], Reason: r.octets(), Commit: fmt.Sprintf("%040x", r.rand.Uint64()),
		Failures: r.rand.IntN(4), RetryAt: r.time(), Absent: r.rand.IntN(2) == 0, Expires: r.time(),
	}
	if r.rand.IntN(4) > 0 {
		m.Read = daemon.Reading{Settings: fmt.Sprintf("%x", r.rand.Uint64()), Version: r.text()}
		for i := range 1 + r.rand.IntN(4) {
			m.Read.Files = append(m.Read.Files, daemon.File{Path: fmt.Sprint(i, r.text()), Blob: fmt.Sprintf("%040x", r.rand.Uint64())})
		}
	}
	for range r.rand.IntN(3) {
		m.Reversals = append(m.Reversals, daemon.Reversal{Key: r.key(zone), Written: r.text(), Found: r.text(), Count: r.rand.IntN(9), Since: r.time()})
	}
	return m
}

// declared draws what a zone declares, at times nothing.
func (r random) declared(zone schema.Name) daemon.Declared {
	var keys []schema.Key
	for range r.rand.IntN(6) {
		keys = append(keys, r.key(zone))
	}
	slices.SortFunc(keys, schema.Key.Compare)
	return daemon.NewDeclared(zone, slices.Compact(keys))
}

func (r random) progress() daemon.Progress {
	return daemon.Progress{Read: r.octets(), Applied: fmt.Sprintf("%040x", r.rand.Uint64()), Accepted: r.octets(), LastGood: r.time(), LastChange: r.time()}
}

// cycle draws a cycle with news of some zones.
func (r random) cycle() cycle {
	run := daemon.Run{
		Kind: daemon.Pull, Mode: daemon.ModeApply, Version: "v1.2.3", Started: epoch, Ended: epoch.Add(time.Second),
		Outcome: daemon.Outcomes()[r.rand.IntN(7)], Error: r.octets(), Commit: fmt.Sprintf("%040x", r.rand.Uint64()),
		Author: r.octets(), Subject: r.octets(),
	}
	change := daemon.MemoryChange{
		Progress: r.progress(), Zones: make(map[schema.Name]daemon.ZoneMemory), Declared: make(map[schema.Name]daemon.Declared),
	}
	for range r.rand.IntN(5) {
		zone := r.zone()
		z, declared := r.memory(zone), r.declared(zone)
		z.Declared = declared.Digest()
		change.Zones[zone], change.Declared[zone] = z, declared
	}
	if r.rand.IntN(3) == 0 {
		forget := r.zone()
		delete(change.Zones, forget)
		delete(change.Declared, forget)
		change.Forget = append(change.Forget, forget)
	}
	for range r.rand.IntN(4) {
		run.Changes = append(run.Changes, r.change(r.zone()))
	}
	for range r.rand.IntN(3) {
		run.Warnings = append(run.Warnings, r.text())
	}
	return cycle{run, change}
}

// change returns a change of a record of any type.
func (r random) change(zone schema.Name) daemon.RunChange {
	k := r.key(zone)
	record := func() schema.Record {
		return schema.Record{Name: k.Name, Type: k.Type, TTL: schema.TTL(r.rand.IntN(4) * 300), Data: r.data(k.Type)}
	}
	c := diff.Change{
		Action: []diff.Action{diff.Create, diff.Update, diff.Delete}[r.rand.IntN(3)], Name: k.Name, Type: k.Type,
		Before: diff.Live{ID: r.text(), Record: record()}, After: record(), Origin: diff.OriginDrift, Pos: schema.Position{File: r.text(), Line: r.rand.IntN(99)},
	}
	if r.rand.IntN(5) == 0 {
		c.Before.Record.Data, c.Before.Value = schema.RDATA{}, r.text()
	}
	return daemon.RunChange{Zone: zone, Change: c, Error: r.octets(), At: r.time()}
}

func (r random) data(t schema.Type) schema.RDATA {
	host := name("host.example")
	switch t {
	case schema.MX:
		return schema.NewMX(uint16(r.rand.IntN(3)), host)
	case schema.SRV:
		return schema.NewSRV(uint16(r.rand.IntN(3)), 1, 2, host)
	case schema.CNAME:
		return schema.NewCNAME(host)
	case schema.NS:
		return schema.NewNS(host)
	}
	return schema.NewTXT(r.text() + "x")
}

// remember does to a memory what saving the run does to the database.
func remember(m *daemon.Memory, change daemon.MemoryChange) {
	m.Progress = change.Progress
	if m.Zones == nil {
		m.Zones = make(map[schema.Name]daemon.ZoneMemory)
	}
	for n, z := range change.Zones {
		m.Zones[n] = z
	}
	for _, n := range change.Forget {
		delete(m.Zones, n)
	}
}

// childSave saves run after run and prints the number of each, until it is killed.
func childSave(dir string) {
	ctx := context.Background()
	d, err := Open(ctx, dir, Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 1; ; i++ {
		c := numbered(i)
		if err := d.Save(ctx, c.run, c.change); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

// childHold opens the directory and keeps it until its input ends.
func childHold(dir string) {
	if _, err := Open(context.Background(), dir, Options{}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// numbered returns a run of which everything tells its number.
func numbered(i int) cycle {
	c := newRandom(uint64(i)).cycle()
	c.run.Error, c.run.Outcome = fmt.Sprint(i), daemon.OutcomePartly
	c.change.Progress.Read = fmt.Sprint(i)
	c.change.Zones, c.change.Forget = make(map[schema.Name]daemon.ZoneMemory), nil
	c.change.Declared = make(map[schema.Name]daemon.Declared)
	for n := range 20 {
		zone, declared := name(fmt.Sprintf("z%d.example", n)), daemon.Declared(fmt.Sprintf("A host%d\n", i))
		c.change.Zones[zone] = daemon.ZoneMemory{State: daemon.StateInSync, Commit: fmt.Sprint(i), Declared: declared.Digest()}
		c.change.Declared[zone] = declared
	}
	return c
}
