package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
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
	Kind    sync.Kind
	Mode    sync.Mode
	Version string // of zonetender
	Started time.Time
	Ended   time.Time
	Outcome sync.Outcome
	Error   string
	Commit  string
	Author  string // of the commit, as "name <address>"
	Subject string // of the commit
	// VerifiedZones is how many zones were read back as they should be.
	VerifiedZones int
	// Repeats is how many cycles after this one changed nothing and ended as it did, with
	// nothing else in between, and LastEnded when the last of them ended. Without any it
	// is Ended.
	Repeats   int64
	LastEnded time.Time
	// What came of the cycle, in the order in which it came about. A query for a zone or a
	// name leaves out all others.
	CreatedZones []schema.Name
	DeletedZones []schema.Name
	Changes      []Entry
	Refusals     []sync.RunRefusal
}

// An Entry is one change of a record that a cycle made, or tried to make. It holds what is
// needed to undo it.
type Entry struct {
	At       time.Time
	Zone     schema.Name
	Action   diff.Action
	Name     schema.Name // absolute
	Type     schema.Type
	RecordID string // the service's, before the change
	// Before is nil for a creation, After for a deletion.
	Before, After *Value
	Origin        diff.Origin
	// File and Line say where the record is declared, line 0 for a deletion.
	File string
	Line int
	// Error is why the change was not made, "" where it was.
	Error string
}

// History gives the part of the history that q asks for.
func (d *DB) History(ctx context.Context, q Query) (History, error) {
	f, err := q.filter()
	if err != nil {
		return History{}, err
	}
	var h History
	err = d.healed(ctx, func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		h, err = readHistory(ctx, tx, &q, &f)
		return err
	})
	if err != nil {
		return History{}, fmt.Errorf("state directory %s: history: %w", d.dir, err)
	}
	return h, nil
}

func readHistory(ctx context.Context, tx *sql.Tx, q *Query, f *filter) (History, error) {
	var h History
	var err error
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
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, mode, version, started, ended, outcome, error, "commit", author, subject, verified, repeats, last
		FROM runs WHERE `+f.runs.sql()+" ORDER BY id DESC LIMIT ?", f.runs.with(limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []RunEntry
	for rows.Next() {
		var r RunEntry
		var started, ended, last sql.NullInt64
		if err := rows.Scan(&r.Run, &r.Kind, &r.Mode, &r.Version, &started, &ended, &r.Outcome, &r.Error, &r.Commit, &r.Author, &r.Subject,
			&r.VerifiedZones, &r.Repeats, &last); err != nil {
			return nil, err
		}
		r.Started, r.Ended, r.LastEnded = instant(started), instant(ended), instant(last)
		out = append(out, r)
	}
	return out, rows.Err()
}

// readChanges reads what the cycle did to records and zones.
func readChanges(ctx context.Context, tx *sql.Tx, f *filter, r *RunEntry) error {
	rows, err := tx.QueryContext(ctx, `SELECT at, zone, action, name, type, record, before_value, before_ttl, before_priority,
			after_value, after_ttl, after_priority, origin, file, line, error
		FROM changes WHERE `+f.changes.sql()+" AND run = ? ORDER BY id", f.changes.with(r.Run)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var at sql.NullInt64
		var zone, name string
		var before, after side
		if err := rows.Scan(&at, &zone, &e.Action, &name, &e.Type, &e.RecordID, &before.value, &before.ttl, &before.priority,
			&after.value, &after.ttl, &after.priority, &e.Origin, &e.File, &e.Line, &e.Error); err != nil {
			return err
		}
		if e.Zone, e.Name, err = parseNames(zone, name); err != nil {
			return fmt.Errorf("run %d: %w", r.Run, err)
		}
		e.At, e.Before, e.After = instant(at), before.load(), after.load()
		switch {
		case !e.Name.IsZero():
			r.Changes = append(r.Changes, e)
		case e.Action == diff.Create:
			r.CreatedZones = append(r.CreatedZones, e.Zone)
		default:
			r.DeletedZones = append(r.DeletedZones, e.Zone)
		}
	}
	return rows.Err()
}

// parseNames reads a zone's name and an owner name, either of which may be "", for none.
func parseNames(zone, name string) (z, n schema.Name, err error) {
	if zone != "" {
		if z, err = schema.ParseName(zone); err != nil {
			return z, n, err
		}
	}
	if name != "" {
		n, err = schema.ParseName(name)
	}
	return z, n, err
}

func readRefusals(ctx context.Context, tx *sql.Tx, f *filter, run int64) ([]sync.RunRefusal, error) {
	rows, err := tx.QueryContext(ctx, "SELECT zone, guard, message, approval FROM refusals WHERE "+f.refusals.sql()+" AND run = ? ORDER BY id",
		f.refusals.with(run)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sync.RunRefusal
	for rows.Next() {
		var r sync.RunRefusal
		var zone string
		if err := rows.Scan(&zone, &r.Guard, &r.Message, &r.Approval); err != nil {
			return nil, err
		}
		if r.Zone, _, err = parseNames(zone, ""); err != nil {
			return nil, fmt.Errorf("run %d: %w", run, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
