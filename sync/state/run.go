package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// Save writes a cycle that has ended and what it changes in the memory, in one transaction,
// and drops history that is past its time. Cycles that found nothing new are only counted:
// a year of them, one a minute, would be half a million rows that say nothing. Others that
// changed nothing are counted as well where they ended as the one before.
func (d *DB) Save(ctx context.Context, run daemon.Run, change daemon.MemoryChange) error {
	err := inTx(ctx, d.sql, func(tx *sql.Tx) error {
		if err := saveProgress(ctx, tx, change.Progress); err != nil {
			return fmt.Errorf("progress: %w", err)
		}
		if err := saveZones(ctx, tx, change.Zones, change.Forget); err != nil {
			return fmt.Errorf("zones: %w", err)
		}
		if err := saveDeclared(ctx, tx, change.Declared); err != nil {
			return fmt.Errorf("declared: %w", err)
		}
		if err := d.saveHistory(ctx, tx, &run); err != nil {
			return fmt.Errorf("history: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("state directory %s: save: %w", d.dir, err)
	}
	return nil
}

// NextRun returns the number that the next run in the history gets.
func (d *DB) NextRun(ctx context.Context) (int64, error) {
	var last int64
	err := d.sql.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'runs'").Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("state directory %s: next run: %w", d.dir, err)
	}
	return last + 1, nil
}

// Answered notes whether the name servers of one more zone answer what a run has written.
func (d *DB) Answered(ctx context.Context, run int64, answering bool) error {
	column := "silent"
	if answering {
		column = "answering"
	}
	if _, err := d.sql.ExecContext(ctx, "UPDATE runs SET "+column+" = "+column+" + 1 WHERE id = ?", run); err != nil {
		return fmt.Errorf("state directory %s: run %d: save the answers: %w", d.dir, run, err)
	}
	return nil
}

func (d *DB) saveHistory(ctx context.Context, tx *sql.Tx, run *daemon.Run) error {
	if unchanged(run) {
		_, err := tx.ExecContext(ctx, `INSERT INTO unchanged (id, count, last) VALUES (1, 1, ?)
			ON CONFLICT (id) DO UPDATE SET count = count + 1, last = excluded.last`, stamp(run.Ended))
		return err
	}
	if err := saveRun(ctx, tx, run); err != nil {
		return err
	}
	return d.prune(ctx, tx, len(run.Changes))
}

// idle reports whether the cycle changed nothing and tried nothing.
func idle(run *daemon.Run) bool {
	return len(run.Changes)+len(run.CreatedZones)+len(run.DeletedZones) == 0
}

// unchanged reports whether there is nothing to say of the cycle but that it took place.
func unchanged(run *daemon.Run) bool {
	return run.Outcome == daemon.OutcomeUnchanged && idle(run) && run.Error == "" && len(run.Refusals)+len(run.Warnings) == 0
}

// saveRun writes the cycle into the history.
func saveRun(ctx context.Context, tx *sql.Tx, run *daemon.Run) error {
	warnings, err := encode(append([]string{}, run.Warnings...))
	if err != nil {
		return err
	}
	var alike []byte
	if idle(run) {
		if alike, err = likeness(run); err != nil {
			return err
		}
		repeated, err := countRepeat(ctx, tx, run, alike)
		if err != nil || repeated {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO runs
		(id, kind, mode, version, started, ended, outcome, error, "commit", author, subject, verified, idle, alike, repeats, last, warnings)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		sql.NullInt64{Int64: run.Number, Valid: run.Number > 0}, string(run.Kind), string(run.Mode), run.Version,
		stamp(run.Started), stamp(run.Ended), string(run.Outcome), run.Error,
		run.Commit, run.Author, run.Subject, run.VerifiedZones, idle(run), alike, stamp(run.Ended), warnings)
	if err != nil {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	if err := saveChanges(ctx, tx, id, run); err != nil {
		return err
	}
	return saveRefusals(ctx, tx, id, run.Refusals)
}

// countRepeat counts the cycle with the newest one in the history where that changed nothing
// either and ended alike, and reports whether it did. A Git host that is away for a week
// is one event.
func countRepeat(ctx context.Context, tx *sql.Tx, run *daemon.Run, alike []byte) (bool, error) {
	result, err := tx.ExecContext(ctx, `UPDATE runs SET repeats = repeats + 1, last = ?
		WHERE id = (SELECT max(id) FROM runs) AND alike = ?`, stamp(run.Ended), alike)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// likeness is a digest of what a reader of the history would see of a cycle that changed
// nothing, apart from its number and times.
func likeness(run *daemon.Run) ([]byte, error) {
	lines := [][]string{{string(run.Kind), string(run.Mode), run.Version, string(run.Outcome), run.Error, run.Commit}, run.Warnings}
	for _, r := range run.Refusals {
		lines = append(lines, []string{r.Zone.String(), string(r.Guard), r.Message, r.Approval})
	}
	text, err := encode(lines)
	sum := sha256.Sum256([]byte(text))
	return sum[:], err
}

// saveChanges writes what the cycle did to zones and records, in the order in which it
// came about.
func saveChanges(ctx context.Context, tx *sql.Tx, id int64, run *daemon.Run) error {
	insert, err := tx.PrepareContext(ctx, "INSERT INTO changes (run, at, zone, name, change, error) VALUES (?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	save := func(zone schema.Name, name string, change diff.ChangeJSON, at sql.NullInt64, failure string) error {
		text, err := encode(change)
		if err == nil {
			_, err = insert.ExecContext(ctx, id, at, zone.String(), name, text, failure)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", zone.Undotted(), err)
		}
		return nil
	}
	for _, zone := range run.CreatedZones {
		if err := save(zone, "", diff.ChangeJSON{Action: diff.Create}, stamp(run.Ended), ""); err != nil {
			return err
		}
	}
	for _, c := range run.Changes {
		if err := save(c.Zone, c.Change.Name.String(), c.Change.JSON(c.Zone), stamp(c.At), c.Error); err != nil {
			return err
		}
	}
	for _, zone := range run.DeletedZones {
		if err := save(zone, "", diff.ChangeJSON{Action: diff.Delete}, stamp(run.Ended), ""); err != nil {
			return err
		}
	}
	return nil
}

func saveRefusals(ctx context.Context, tx *sql.Tx, id int64, refusals []daemon.RunRefusal) error {
	for _, r := range refusals {
		if _, err := tx.ExecContext(ctx, "INSERT INTO refusals (run, zone, guard, message, approval) VALUES (?, ?, ?, ?, ?)",
			id, r.Zone.String(), string(r.Guard), r.Message, r.Approval); err != nil {
			return err
		}
	}
	return nil
}

// encode returns JSON as it is stored.
func encode[T any](v T) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
