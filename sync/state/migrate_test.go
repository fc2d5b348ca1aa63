package state

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// A database of the first version, written by the program of that time, is brought up to
// date with all that it holds.
func TestVersion1(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, readFile(t, "testdata", "version1.db"), dir, database)
	d := testDB(t, dir, Options{})
	com, bücher, www := name("example.com"), name("xn--bcher-kva.example"), name("www.example.com")
	wantDeclared := daemon.NewDeclared(com, []schema.Key{{Name: com, Type: schema.MX}, {Name: www, Type: schema.A}})
	want := daemon.Memory{
		Progress: daemon.Progress{Read: "5e1f", Applied: "9f3c", Accepted: "77aa", LastGood: epoch},
		Zones: map[schema.Name]daemon.ZoneMemory{
			com: {
				State: daemon.StateQuarantined, Reason: "it does not stay", Commit: "9f3c2ab41e0799aa",
				Read:     daemon.Reading{Files: []daemon.File{{Path: "example.com.yaml", Blob: "abcd"}}, Settings: "ef01", Version: "v1.0.0"},
				Declared: wantDeclared.Digest(),
				Failures: 2, RetryAt: epoch.Add(time.Hour), Absent: true,
				Reversals: []daemon.Reversal{{
					Key: schema.Key{Name: www, Type: schema.A}, Written: `192.0.2.2 "ttl 60"`, Found: "192.0.2.2 ttl 300", Count: 3, Since: epoch.Add(-time.Hour),
				}},
			},
			bücher: {State: daemon.StateInSync, Commit: "9f3c2ab41e0799aa"},
		},
	}
	if diff := same(load(t, d), want); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	if diff := same(declared(t, d, com, bücher), map[schema.Name]daemon.Declared{com: wantDeclared, bücher: ""}); diff != "" {
		t.Errorf("declared (-want +got):\n%s", diff)
	}
	h := history(t, d, Query{})
	if len(h.Runs) != 1 || h.Unchanged != 1 {
		t.Fatalf("history %+v, want one run and one unchanged cycle", h)
	}
	ten := 10
	wantChanges := []Entry{
		{At: epoch.Add(time.Second), Zone: com, Change: diff.ChangeJSON{
			Action: diff.Update, Name: "www", Type: schema.A, RecordID: "rec-1", Origin: diff.OriginChange, File: "example.com.yaml", Line: 12,
			Before: &diff.ValueJSON{Value: "192.0.2.1", TTL: 3600}, After: &diff.ValueJSON{Value: "192.0.2.2", TTL: 60},
		}},
		{At: epoch.Add(time.Second), Zone: com, Change: diff.ChangeJSON{
			Action: diff.Delete, Name: "@", Type: schema.MX, RecordID: "rec-2", Origin: diff.OriginDrift, File: "example.com.yaml",
			Before: &diff.ValueJSON{Value: "mail.example.net", TTL: 300, Priority: &ten},
		}},
		{At: epoch.Add(2 * time.Second), Zone: bücher, Error: "429 Too Many Requests", Change: diff.ChangeJSON{
			Action: diff.Create, Name: "@", Type: schema.TXT, Origin: diff.OriginChange, File: "b.yaml", Line: 3,
			After: &diff.ValueJSON{Value: `v=spf1 "a" ü -all`, TTL: 3600},
		}},
	}
	run := h.Runs[0]
	if diff := same(run.Changes, wantChanges); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if len(run.Refusals) != 2 || len(run.CreatedZones) != 1 || len(run.DeletedZones) != 1 || run.Commit != "9f3c2ab41e0799aa" {
		t.Errorf("run %+v, want two refusals, a zone created and one deleted", run)
	}
	if got, err := d.NextRun(t.Context()); err != nil || got != 3 {
		t.Errorf("next run %d, %v, want 3: a number never comes back as another's", got, err)
	}
	save(t, d, numbered(1))
	if got := history(t, d, Query{All: true}).Runs[0].Run; got != 3 {
		t.Errorf("got run %d, want 3", got)
	}
}

// A database of version 4, which has what zones declare in their rows, is brought up to date;
// rows that are damaged are left out.
func TestVersion4(t *testing.T) {
	dir := t.TempDir()
	db, err := connect(filepath.Join(dir, database))
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), db, migrations()[:4]); err != nil {
		t.Fatal(err)
	}
	insert := func(zone, declared string, sum int64, expires any) {
		row := rowOfVersion2{
			zone: zone, state: string(daemon.StateInSync), commit: "9f3c", files: `{"":"ef01 v1.0.0","a.yaml":"abcd"}`, declared: declared, reversals: "[]",
		}
		if at, ok := expires.(time.Time); ok {
			row.expires = stamp(at)
		}
		_, err := db.Exec(`INSERT INTO zones (zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, expires, sum)
			VALUES (?, ?, '', ?, ?, ?, ?, 0, NULL, 0, ?, ?)`, row.zone, row.state, row.commit, row.files, row.declared, row.reversals, row.expires, row.sum()+sum)
		if err != nil {
			t.Fatal(err)
		}
	}
	insert("a.example.", `[["a.example.","MX"],["www.a.example.","A"],["www.a.example.","AAAA"]]`, 0, epoch)
	insert("b.example.", `[]`, 0, nil)
	insert("c.example.", `[["www.c.example.","A"]]`, 1, nil)
	insert("d.example.", `[["..","A"]]`, 0, nil)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	d := testDB(t, dir, Options{})
	a, b := name("a.example"), name("b.example")
	want := daemon.Declared("MX @\nA,AAAA www\n")
	z := daemon.ZoneMemory{
		State: daemon.StateInSync, Commit: "9f3c",
		Read: daemon.Reading{Files: []daemon.File{{Path: "a.yaml", Blob: "abcd"}}, Settings: "ef01", Version: "v1.0.0"},
	}
	zones := map[schema.Name]daemon.ZoneMemory{a: z, b: z}
	z.Declared, z.Expires = want.Digest(), epoch
	zones[a] = z
	if diff := same(load(t, d).Zones, zones); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	got := declared(t, d, a, b, name("c.example"), name("d.example"))
	if diff := same(got, map[schema.Name]daemon.Declared{a: want, b: "", name("c.example"): "", name("d.example"): ""}); diff != "" {
		t.Errorf("declared (-want +got):\n%s", diff)
	}
}

// A database of a newer version is refused and stays as it is.
func TestNewerVersion(t *testing.T) {
	dir := t.TempDir()
	makeDatabase(t, filepath.Join(dir, database), fmt.Sprintf("CREATE TABLE t (x); PRAGMA application_id = %d; PRAGMA user_version = 99;", applicationID))
	before := readFile(t, dir, database)
	want := fmt.Sprintf("state directory %s: database: its version is 99 and this zonetender knows versions up to 5; use the newer zonetender", dir)
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
	exec := func(text string) step {
		return func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, text)
			return err
		}
	}
	broken := append(d.steps, exec("ALTER TABLE zones ADD COLUMN extra TEXT"), exec("CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)"))
	err := migrate(t.Context(), d.sql, broken)
	if err == nil || !strings.Contains(err.Error(), "migrate to version 7: ") {
		t.Fatalf("error %v, want one of the migration to version 7", err)
	}
	if version, err := inspect(t.Context(), d.path()); version != 6 || err != nil {
		t.Errorf("version %d, %v, want 6", version, err)
	}
	if diff := same(load(t, d), want); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	mended := append(broken[:5:5], exec("CREATE TABLE more (x)"))
	if err := migrate(t.Context(), d.sql, mended); err != nil {
		t.Fatal(err)
	}
	if version, err := inspect(t.Context(), d.path()); version != 6 || err != nil {
		t.Errorf("version %d, %v, want 6", version, err)
	}
}
