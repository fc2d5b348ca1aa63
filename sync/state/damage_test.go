package state

import (
	"bytes"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

// filled makes a state directory with some zones and history, closed, and returns what
// it remembers.
func filled(t *testing.T) (string, daemon.Memory) {
	t.Helper()
	dir := t.TempDir()
	d := unsynced(t, testDB(t, dir, Options{}))
	for i := range 12 {
		c := numbered(i)
		r := newRandom(uint64(i))
		for n := range c.change.Zones {
			z := r.memory(n)
			z.Declared = c.change.Declared[n].Digest()
			c.change.Zones[n] = z
		}
		save(t, d, c)
	}
	m := load(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// setAsides lists the databases that were set aside.
func setAsides(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.corrupt-*Z"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A database that cannot be used is set aside with a warning, and an empty one begun that
// works.
func TestDamagedDatabase(t *testing.T) {
	template, remembered := filled(t)
	whole := readFile(t, template, database)
	other := filepath.Join(t.TempDir(), "other.db")
	makeDatabase(t, other, "CREATE TABLE t (x); PRAGMA user_version = 1;")
	tests := []struct {
		what  string
		db    []byte
		wal   []byte
		aside bool
		want  daemon.Memory
	}{
		{what: "cut in half", db: whole[:len(whole)/2], aside: true},
		{what: "cut within a page", db: whole[:len(whole)-1000], aside: true},
		{what: "cut within the header", db: whole[:50], aside: true},
		{what: "garbage", db: bytes.Repeat([]byte("no database "), 4000), aside: true},
		{what: "one octet, which is none for SQLite", db: []byte("x")},
		{what: "zeros", db: make([]byte, 8192), aside: true},
		{what: "another magic", db: append([]byte("SQLite format 4\x00"), whole[16:]...), aside: true},
		{what: "a page of garbage", db: slices.Concat(whole[:8192], bytes.Repeat([]byte{0xa5}, 4096), whole[12288:]), aside: true},
		{what: "of something else", db: readFile(t, other), aside: true},
		{what: "empty", db: []byte{}},
		{what: "empty, with garbage as its log", db: []byte{}, wal: bytes.Repeat([]byte{7}, 9000)},
		{what: "whole, with garbage as its log", db: whole, wal: bytes.Repeat([]byte{7}, 9000), want: remembered},
		{what: "whole, with an empty log", db: whole, wal: []byte{}, want: remembered},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, test.db, dir, database)
			if test.wal != nil {
				writeFile(t, test.wal, dir, database+"-wal")
			}
			var log bytes.Buffer
			d := testDB(t, dir, Options{Logger: logTo(&log)})
			if diff := same(load(t, d), test.want); diff != "" {
				t.Errorf("loaded (-want +got):\n%s", diff)
			}
			found := setAsides(t, dir)
			if got := len(found) == 1; got != test.aside {
				t.Errorf("set aside %q, want one: %v", found, test.aside)
			}
			if got := strings.Contains(log.String(), "it was set aside and an empty one begun"); got != test.aside {
				t.Errorf("log %q, want a warning: %v", log.String(), test.aside)
			}
			if test.aside {
				if got := readFile(t, found[0]); !bytes.Equal(got, test.db) {
					t.Errorf("%d octets were set aside, want the %d of the damaged database", len(got), len(test.db))
				}
			}
			save(t, d, numbered(1))
			if got := load(t, d).Progress.Read; got != "1" {
				t.Errorf("read %q after a Save, want 1", got)
			}
		})
	}
}

// Whatever falls over on the disk, what is loaded of a zone is what was saved, or nothing:
// a wrong memory could make the daemon delete what is not its own.
func TestNeverAWrongMemory(t *testing.T) {
	t.Parallel()
	template, remembered := filled(t)
	whole := readFile(t, template, database)
	r := newRandom(3)
	lost, kept := 0, 0
	trials := 120
	if raceEnabled {
		trials = 24
	}
	for trial := range trials {
		db := slices.Clone(whole)
		size := len(db)
		if trial%2 == 1 {
			size = 8192 // where the tables are described
		}
		for range 1 + r.rand.IntN(3) {
			db[r.rand.IntN(size)] ^= 1 << r.rand.IntN(8)
		}
		if r.rand.IntN(10) == 0 {
			db = db[:r.rand.IntN(len(db))]
		}
		dir := t.TempDir()
		writeFile(t, db, dir, database)
		d, err := Open(t.Context(), dir, Options{})
		if err != nil {
			if !strings.Contains(err.Error(), "newer zonetender") {
				t.Errorf("trial %d: %v", trial, err)
			}
			continue
		}
		got := load(t, d)
		if diff := same(got.Progress, remembered.Progress); diff != "" && got.Progress != (daemon.Progress{}) {
			t.Errorf("trial %d: progress (-want +got):\n%s", trial, diff)
		}
		for n, z := range got.Zones {
			if diff := same(z, remembered.Zones[n]); diff != "" {
				t.Errorf("trial %d: zone %s (-want +got):\n%s", trial, n, diff)
			}
		}
		kept += len(got.Zones)
		lost += len(remembered.Zones) - len(got.Zones)
		save(t, d, numbered(1))
		d.Close()
	}
	if lost == 0 || kept == 0 {
		t.Errorf("%d zones were lost and %d kept, want some of both", lost, kept)
	}
}

// A change within a stored text is no damage for SQLite, and is found by the row's sum.
func TestCheckSum(t *testing.T) {
	dir, _ := filled(t)
	var log bytes.Buffer
	d := testDB(t, dir, Options{Logger: logTo(&log)})
	for _, change := range []string{
		`UPDATE zones SET reason = reason || 'x' WHERE zone = 'z0.example.'`,
		`UPDATE declared SET rrsets = replace(rrsets, 'host', 'hosu')`,
		`UPDATE progress SET applied = applied || 'f'`,
	} {
		if _, err := d.sql.Exec(change); err != nil {
			t.Fatal(err)
		}
	}
	m := load(t, d)
	if m.Progress != (daemon.Progress{}) {
		t.Errorf("progress %v, want none", m.Progress)
	}
	if _, ok := m.Zones[name("z0.example")]; ok || len(m.Zones) != 19 {
		t.Errorf("%d zones were loaded, want all but z0.example", len(m.Zones))
	}
	for n, text := range declared(t, d, slices.Collect(maps.Keys(m.Zones))...) {
		if text == "" || text.Digest() == m.Zones[n].Declared {
			t.Errorf("zone %s: declared is %q, want its change to show", n, text)
		}
	}
	if got := log.String(); !strings.Contains(got, "the zone is compared anew") || !strings.Contains(got, "taken as unknown") {
		t.Errorf("log %q, want warnings of a zone and of the progress", got)
	}
}

// Not more than a few damaged databases are kept, and the newest of them.
func TestSetAsideIsBounded(t *testing.T) {
	dir := t.TempDir()
	clock := &testClock{epoch}
	for i := range 6 {
		writeFile(t, fmt.Appendf(nil, "garbage %d", i), dir, database)
		if err := testDB(t, dir, Options{Now: clock.Now}).Close(); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			clock.now = clock.now.Add(time.Hour) // two fall into the same second
		}
	}
	var got []string
	for _, f := range setAsides(t, dir) {
		got = append(got, string(readFile(t, f)))
	}
	if want := []string{"garbage 3", "garbage 4", "garbage 5"}; !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
}

// makeDatabase makes a database by SQL.
func makeDatabase(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}
