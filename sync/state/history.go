package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// A History is what a Query found.
type History struct {
	// Runs are the cycles, the newest first.
	Runs []RunEntry
	// Unchanged counts the cycles that found nothing new and are not listed, the last of
	// which ended at LastUnchanged. It is 0 where the query asks for a part only.
	Unchanged     int64
	LastUnchanged time.Time
}

// A RunEntry is one cycle in the history.
type RunEntry struct {
	Run     int64 // counts up from 1
	Kind    daemon.Kind
	Mode    daemon.Mode
	Version string // of zonetender
	Started time.Time
	Ended   time.Time
	Outcome daemon.Outcome
	Error   string
	Commit  string
	Author  string // of the commit, as "name <address>"
	Subject string // of the commit
	// VerifiedZones is how many zones were read back as they should be.
	VerifiedZones int
	// AnsweringZones is how many of those the name servers answered for as they were
	// written, and SilentZones for how many they did not in time. Both are 0 where nobody
	// has asked.
	AnsweringZones, SilentZones int
	// Repeats is how many cycles after this one changed nothing and ended as it did, with
	// nothing else in between, and LastEnded when the last of them ended. Without any it
	// is Ended.
	Repeats   int64
	LastEnded time.Time
	// Warnings are what a reader should know of the whole cycle, a sentence each.
	Warnings []string
	// What came of the cycle, in the order in which it came about. A query for a zone or a
	// name leaves out all others.
	CreatedZones []schema.Name
	DeletedZones []schema.Name
	Changes      []Entry
	Refusals     []daemon.RunRefusal
}

// An Entry is one change of a record that a cycle made, or tried to make. It holds what is
// needed to undo it.
type Entry struct {
	At     time.Time
	Zone   schema.Name
	Change diff.ChangeJSON
	// Error is why the change was not made, "" where it was.
	Error string
}

// History returns the part of the history that q asks for.
func (d *DB) History(ctx context.Context, q Query) (History, error) {
	f, err := q.filter()
	if err != nil {
		return History{}, err
	}
	h, err := d.readHistory(ctx, &q, &f)
	if err != nil {
		return History{}, fmt.Errorf("state directory %s: history: %w", d.dir, err)
	}
	return h, nil
}

func (d *DB) readHistory(ctx context.Context, q *Query, f *filter) (h History, err error) {
	tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return h, err
	}
	defer tx.Rollback()
	if h.Runs, err = readRuns(ctx, tx, f, q.Limit); err != nil {
		return h, err
	}
	for i := range h.Runs {
		r := &h.Runs[i]
		if err = readChanges(ctx, tx, f, r); err != nil {
			return h, err
		}
		if r.Refusals, err = readRefusals(ctx, tx, f, r.Run); err != nil {
			return h, err
		}
	}
	if !q.whole() {
		return h, nil
	}
	var last sql.NullInt64
	err = tx.QueryRowContext(ctx, "SELECT count, last FROM unchanged").Scan(&h.Unchanged, &last)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	h.LastUnchanged = instant(last)
	return h, err
}

func readRuns(ctx context.Context, tx *sql.Tx, f *filter, limit int) ([]RunEntry, error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, mode, version, started, ended, outcome, error, "commit", author, subject, verified, answering, silent, repeats, last, warnings
		FROM runs WHERE `+f.runs.sql()+" ORDER BY id DESC LIMIT ?", f.runs.with(limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []RunEntry
	for rows.Next() {
		var r RunEntry
		var started, ended, last sql.NullInt64
		var warnings string
		if err := rows.Scan(&r.Run, &r.Kind, &r.Mode, &r.Version, &started, &ended, &r.Outcome, &r.Error, &r.Commit, &r.Author, &r.Subject,
			&r.VerifiedZones, &r.AnsweringZones, &r.SilentZones, &r.Repeats, &last, &warnings); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(warnings), &r.Warnings); err != nil {
			return nil, fmt.Errorf("run %d: warnings: %w", r.Run, err)
		}
		r.Started, r.Ended, r.LastEnded = instant(started), instant(ended), instant(last)
		out = append(out, r)
	}
	return out, rows.Err()
}

// readChanges reads what the cycle did to records and zones.
func readChanges(ctx context.Context, tx *sql.Tx, f *filter, r *RunEntry) error {
	rows, err := tx.QueryContext(ctx, "SELECT at, zone, name, change, error FROM changes WHERE "+f.changes.sql()+" AND run = ? ORDER BY id",
		f.changes.with(r.Run)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var at sql.NullInt64
		var zone, name, change string
		if err := rows.Scan(&at, &zone, &name, &change, &e.Error); err != nil {
			return err
		}
		if e.Zone, err = schema.ParseName(zone); err == nil {
			err = json.Unmarshal([]byte(change), &e.Change)
		}
		if err != nil {
			return fmt.Errorf("run %d: %w", r.Run, err)
		}
		e.At = instant(at)
		switch {
		case name != "":
			r.Changes = append(r.Changes, e)
		case e.Change.Action == diff.Create:
			r.CreatedZones = append(r.CreatedZones, e.Zone)
		default:
			r.DeletedZones = append(r.DeletedZones, e.Zone)
		}
	}
	return rows.Err()
}

func readRefusals(ctx context.Context, tx *sql.Tx, f *filter, run int64) ([]daemon.RunRefusal, error) {
	rows, err := tx.QueryContext(ctx, "SELECT zone, guard, message, approval FROM refusals WHERE "+f.refusals.sql()+" AND run = ? ORDER BY id",
		f.refusals.with(run)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []daemon.RunRefusal
	for rows.Next() {
		var r daemon.RunRefusal
		var zone string
		if err := rows.Scan(&zone, &r.Guard, &r.Message, &r.Approval); err != nil {
			return nil, err
		}
		if zone != "" {
			if r.Zone, err = schema.ParseName(zone); err != nil {
				return nil, fmt.Errorf("run %d: %w", run, err)
			}
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
