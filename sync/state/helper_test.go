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
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
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
	if _, err := d.sql.Load().Exec("PRAGMA synchronous = OFF"); err != nil {
		t.Fatal(err)
	}
	return d
}

func save(t testing.TB, d *DB, run sync.Run) {
	t.Helper()
	if err := d.Save(t.Context(), run); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, d *DB) sync.Memory {
	t.Helper()
	m, err := d.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
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

// logTo gives a logger that writes to b.
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
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 7))} }

// octets gives a text of any octets, at times one that means something to SQL.
func (r random) octets() string {
	if r.IntN(8) == 0 {
		return "x'); DROP TABLE zones; --\x00\"?1"
	}
	b := make([]byte, r.IntN(30))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func (r random) zone() schema.Name {
	return name(fmt.Sprintf("%s%d.example", []string{"a", "xn--bcher-kva", "0/25.b", "_c"}[r.IntN(4)], r.IntN(6)))
}

func (r random) key(zone schema.Name) schema.Key {
	owners := []string{"", "www.", "*.", "_sip._tcp.", "a.b.c."}
	return schema.Key{Name: name(owners[r.IntN(len(owners))] + zone.String()), Type: schema.Types()[r.IntN(8)]}
}

func (r random) time() time.Time {
	if r.IntN(4) == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(r.Int64N(int64(1000 * time.Hour))))
}

func (r random) memory(zone schema.Name) sync.ZoneMemory {
	m := sync.ZoneMemory{
		State: sync.States()[r.IntN(7)], Reason: r.octets(), Commit: fmt.Sprintf("%040x", r.Uint64()),
		Failures: r.IntN(4), RetryAt: r.time(), Absent: r.IntN(2) == 0, Files: make(map[string]string),
	}
	for range r.IntN(4) {
		m.Files[r.octets()] = fmt.Sprintf("%040x", r.Uint64())
	}
	m.Files["zonetender.yaml"] = ""
	for range r.IntN(6) {
		m.Declared = append(m.Declared, r.key(zone))
	}
	for range r.IntN(3) {
		m.Fights = append(m.Fights, sync.Fight{Key: r.key(zone), Want: r.octets(), Got: r.octets(), Count: r.IntN(9), Since: r.time()})
	}
	return m
}

func (r random) progress() sync.Progress {
	return sync.Progress{Read: r.octets(), Applied: fmt.Sprintf("%040x", r.Uint64()), Accepted: r.octets(), Version: "v1.2.3", LastGood: r.time()}
}

// run gives a cycle with news of some zones.
func (r random) run() sync.Run {
	run := sync.Run{
		Kind: sync.Pull, Mode: sync.ModeApply, Version: "v1.2.3", Started: epoch, Ended: epoch.Add(time.Second),
		Outcome: sync.Outcomes()[r.IntN(6)], Error: r.octets(), Commit: fmt.Sprintf("%040x", r.Uint64()),
		Author: r.octets(), Subject: r.octets(), Progress: r.progress(), Zones: make(map[schema.Name]sync.ZoneMemory),
	}
	for range r.IntN(5) {
		zone := r.zone()
		run.Zones[zone] = r.memory(zone)
	}
	if r.IntN(3) == 0 {
		forget := r.zone()
		delete(run.Zones, forget)
		run.Forget = append(run.Forget, forget)
	}
	for range r.IntN(4) {
		run.Changes = append(run.Changes, r.change(r.zone()))
	}
	return run
}

// change gives a change of a record of any type.
func (r random) change(zone schema.Name) sync.RunChange {
	k := r.key(zone)
	record := func() schema.Record {
		data := schema.NewTXT(r.octets() + "x")
		switch {
		case k.Type.HasPriority():
			data = schema.NewMX(uint16(r.IntN(3)), name("mail.example"))
		case k.Type.HasHost():
			data = schema.NewHost(name("host.example"))
		}
		return schema.Record{Name: k.Name, Type: k.Type, TTL: schema.TTL(r.IntN(4) * 300), Data: data}
	}
	c := diff.Change{
		Action: []diff.Action{diff.Create, diff.Update, diff.Delete}[r.IntN(3)], Name: k.Name, Type: k.Type, ID: r.octets(),
		Before: record(), After: record(), Origin: diff.OriginDrift, Pos: schema.Position{File: r.octets(), Line: r.IntN(99)},
	}
	if r.IntN(5) == 0 {
		c.Before.Data, c.Raw = schema.RDATA{}, diff.RawValue{Value: r.octets()}
	}
	return sync.RunChange{Zone: zone, Change: c, Error: r.octets(), At: r.time()}
}

// remember does to a memory what saving the run does to the database.
func remember(m *sync.Memory, run *sync.Run) {
	m.Progress = run.Progress
	if m.Zones == nil {
		m.Zones = make(map[schema.Name]sync.ZoneMemory)
	}
	for n, z := range run.Zones {
		m.Zones[n] = z
	}
	for _, n := range run.Forget {
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
		if err := d.Save(ctx, numbered(i)); err != nil {
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

// numbered gives a run of which everything tells its number.
func numbered(i int) sync.Run {
	run := newRandom(uint64(i)).run()
	run.Progress.Read = fmt.Sprint(i)
	run.Error, run.Outcome = fmt.Sprint(i), sync.Partly
	run.Zones = make(map[schema.Name]sync.ZoneMemory)
	run.Forget = nil
	for n := range 20 {
		run.Zones[name(fmt.Sprintf("z%d.example", n))] = sync.ZoneMemory{State: sync.InSync, Commit: fmt.Sprint(i)}
	}
	return run
}
