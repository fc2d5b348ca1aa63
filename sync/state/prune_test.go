package state

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// pages is how large the database is, its log apart.
func pages(t *testing.T, d *DB) (n int) {
	t.Helper()
	if err := d.sql.QueryRow("PRAGMA page_count").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Through ten thousand cycles of every kind, history stays within its retention, the file
// stops growing, and what nobody needs to see one by one is counted.
func TestGrowthIsBounded(t *testing.T) {
	t.Parallel()
	clock := &testClock{epoch}
	cycles := 10_000
	if raceEnabled {
		cycles = 500
	}
	retention := time.Duration(cycles/10) * time.Minute
	d := unsynced(t, testDB(t, t.TempDir(), Options{Now: clock.Now, Retention: retention}))
	r := newRandom(4)
	zone := name("a.example")
	changes := []daemon.RunChange{r.change(zone), r.change(zone), r.change(zone)}
	half := 0
	for i := range cycles {
		clock.now = clock.now.Add(time.Minute)
		run := daemon.Run{
			Kind: daemon.Pull, Outcome: daemon.OutcomeUnchanged, Started: clock.now, Ended: clock.now,
		}
		switch {
		case i%20 == 0: // a push
			run.Outcome, run.Changes, run.Commit = daemon.OutcomeApplied, changes, fmt.Sprint(i)
		case i%20 < 4: // an error that is never twice the same
			run.Outcome, run.Error = daemon.OutcomeFailed, fmt.Sprintf("port %d: connection refused", i)
		case i%20 < 8: // a guard that refuses again and again
			run.Outcome, run.Refusals = daemon.OutcomeHeld, []daemon.RunRefusal{{Guard: "rewind", Message: "held"}}
		}
		save(t, d, cycle{run, daemon.MemoryChange{Progress: daemon.Progress{Read: "c", LastGood: clock.now}}})
		if i == cycles/2 {
			half = pages(t, d)
		}
	}
	if got := pages(t, d); got > half+half/10 {
		t.Errorf("%d pages at the end, want no more than the %d of half-time", got, half)
	}
	if info, err := os.Stat(d.path() + "-wal"); err != nil || info.Size() > 5<<20 {
		t.Errorf("the log: %v, %v, want it below 5 MiB", info, err)
	}
	h := history(t, d, Query{All: true})
	if h.Unchanged != int64(cycles*12/20) || !h.LastUnchanged.Equal(clock.now) {
		t.Errorf("%d unchanged until %v, want %d until %v", h.Unchanged, h.LastUnchanged, cycles*12/20, clock.now)
	}
	// Of twenty, one is a push, three are errors, and four are one refusal.
	if got, want := len(h.Runs), cycles/10*5/20; got < want-5 || got > want+5 {
		t.Errorf("%d cycles are listed, want about %d", got, want)
	}
	for _, run := range h.Runs {
		// What was only counted since then dropped nothing.
		if run.LastEnded.Before(clock.now.Add(-retention - 20*time.Minute)) {
			t.Fatalf("run %d ended %v, want it dropped by %v", run.Run, run.LastEnded, clock.now)
		}
		if run.Outcome == daemon.OutcomeHeld && run.Repeats != 3 && run.Run != h.Runs[len(h.Runs)-1].Run {
			t.Errorf("run %d repeats %d times, want 3", run.Run, run.Repeats)
		}
	}
}

// Space that is no longer needed goes back to the disk, a step with each Save.
func TestSpaceIsGivenBack(t *testing.T) {
	t.Parallel()
	clock := &testClock{epoch}
	d := unsynced(t, testDB(t, t.TempDir(), Options{Now: clock.Now, Retention: time.Hour}))
	big := daemon.Run{Outcome: daemon.OutcomeApplied, Ended: epoch}
	for i := range 3000 {
		big.Changes = append(big.Changes, daemon.RunChange{Zone: name("a.example"), Change: diff.Change{
			Action: diff.Delete, Name: name(fmt.Sprintf("n%d.a.example", i)), Type: schema.TXT,
			Before: diff.Live{Record: schema.Record{Type: schema.TXT, Data: schema.NewTXT(fmt.Sprintf("%01000d", i))}},
		}})
	}
	save(t, d, cycle{run: big})
	full := pages(t, d)
	clock.now = clock.now.Add(2 * time.Hour)
	for range 5 {
		save(t, d, cycle{run: daemon.Run{Outcome: daemon.OutcomeHeld, Ended: epoch}})
	}
	if got := pages(t, d); got > reservePages+60 {
		t.Errorf("%d pages of %d are left, want about the %d in reserve", got, full, reservePages)
	}
	if runs := history(t, d, Query{All: true}).Runs; len(runs) > 0 {
		t.Errorf("%d cycles are left, want none", len(runs))
	}
}

// A negative retention keeps what was changed for ever.
func TestKeptForEver(t *testing.T) {
	clock := &testClock{epoch}
	d := testDB(t, t.TempDir(), Options{Now: clock.Now, Retention: -1})
	r := newRandom(5)
	save(t, d, cycle{run: daemon.Run{Ended: epoch, Changes: []daemon.RunChange{r.change(name("a.example"))}}})
	clock.now = clock.now.AddDate(100, 0, 0)
	save(t, d, cycle{run: daemon.Run{Ended: clock.now, Outcome: daemon.OutcomeApplied}})
	if got := len(history(t, d, Query{All: true}).Runs); got != 2 {
		t.Errorf("%d cycles, want 2", got)
	}
}

// One wrong reading of the clock takes a step of the history at most.
func TestClockJump(t *testing.T) {
	clock := &testClock{epoch}
	d := unsynced(t, testDB(t, t.TempDir(), Options{Now: clock.Now}))
	if _, err := d.sql.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO runs SELECT i, '', '', '', ?2, ?2, 'failed', '', '', '', '', 0, 1, NULL, 0, ?2, '[]', 0, 0 FROM n`,
		pruneRuns+100, stamp(epoch)); err != nil {
		t.Fatal(err)
	}
	clock.now = epoch.AddDate(50, 0, 0)
	save(t, d, cycle{run: daemon.Run{Outcome: daemon.OutcomeHeld, Ended: clock.now}})
	clock.now = epoch
	save(t, d, cycle{run: daemon.Run{Outcome: daemon.OutcomeHeld, Ended: clock.now}})
	if got := len(history(t, d, Query{}).Runs); got != 101 {
		t.Errorf("%d cycles are left, want 100 and that of the wrong time", got)
	}
}
