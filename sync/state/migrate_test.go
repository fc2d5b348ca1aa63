package state

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// A database of the first version is still read, whatever came after it.
func TestVersion1(t *testing.T) {
	dir := t.TempDir()
	makeDatabase(t, filepath.Join(dir, database), string(readFile(t, "testdata", "version1.sql")))
	d := testDB(t, dir, Options{})
	zone := name("example.com")
	want := sync.Memory{
		Progress: sync.Progress{Read: "5e1f", Applied: "9f3c", Accepted: "77aa", Version: "v1.0.0", LastGood: epoch},
		Zones: map[schema.Name]sync.ZoneMemory{zone: {
			State: sync.Quarantined, Reason: "it does not stay", Commit: "9f3c",
			Files:    map[string]string{"zones/example.com.yaml": "abcd", "zones/zonetender.yaml": ""},
			Declared: []schema.Key{{Name: zone, Type: schema.MX}, {Name: name("www.example.com"), Type: schema.A}},
			Failures: 2, RetryAt: epoch.Add(time.Hour), Absent: true,
			Fights: []sync.Fight{{
				Key:  schema.Key{Name: name("www.example.com"), Type: schema.A},
				Want: "192.0.2.2 ttl 60", Got: "192.0.2.2 ttl 300", Count: 3, Since: epoch.Add(-time.Hour),
			}},
		}},
	}
	if diff := same(load(t, d), want); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	h := history(t, d, Query{})
	if len(h.Runs) != 1 || len(h.Runs[0].Changes) != 1 || len(h.Runs[0].Refusals) != 1 || h.Unchanged != 7 {
		t.Fatalf("history %+v, want one run with a change and a refusal, and 7 unchanged", h)
	}
	if got := h.Runs[0].Changes[0].Before; got == nil || got.Value != "192.0.2.1" {
		t.Errorf("before %+v, want 192.0.2.1", got)
	}
	save(t, d, numbered(1))
	if got := history(t, d, Query{All: true}).Runs[0].Run; got != 5 {
		t.Errorf("run %d is the next, want 5: a number is never given twice", got)
	}
}

// A database of a newer version is refused and stays as it is.
func TestNewerVersion(t *testing.T) {
	dir := t.TempDir()
	makeDatabase(t, filepath.Join(dir, database), fmt.Sprintf("CREATE TABLE t (x); PRAGMA application_id = %d; PRAGMA user_version = 99;", applicationID))
	before := readFile(t, dir, database)
	want := fmt.Sprintf("state directory %s: database: its version is 99 and this zonetender knows versions up to 1; use the newer zonetender", dir)
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v\nwant  %s...", err, want)
	}
	if _, err := OpenReadOnly(t.Context(), dir); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v\nwant  %s...", err, want)
	}
	if string(readFile(t, dir, database)) != string(before) {
		t.Error("the database was changed")
	}
	if found := setAsides(t, dir); len(found) > 0 {
		t.Errorf("set aside %q, want nothing", found)
	}
	// The lock is not kept by an Open that failed.
	l, err := takeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.release()
}

// A step that fails leaves the version before it, and the next start goes on from there.
func TestMigrationIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	d := testDB(t, dir, Options{})
	save(t, d, numbered(1))
	want := load(t, d)
	broken := append(d.steps, "ALTER TABLE zones ADD COLUMN extra TEXT", "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)")
	err := migrate(t.Context(), d.sql.Load(), broken)
	if err == nil || !strings.Contains(err.Error(), "migrate to version 3: ") {
		t.Fatalf("error %v, want one of the migration to version 3", err)
	}
	if version, err := inspect(t.Context(), d.path()); version != 2 || err != nil {
		t.Errorf("version %d, %v, want 2", version, err)
	}
	if diff := same(load(t, d), want); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	mended := append(broken[:2:2], "CREATE TABLE more (x)")
	if err := migrate(t.Context(), d.sql.Load(), mended); err != nil {
		t.Fatal(err)
	}
	if version, err := inspect(t.Context(), d.path()); version != 3 || err != nil {
		t.Errorf("version %d, %v, want 3", version, err)
	}
}
