package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// idle reports whether the cycle changed nothing and tried nothing.
func idle(run *sync.Run) bool {
	return len(run.Changes)+len(run.CreatedZones)+len(run.DeletedZones) == 0
}

// unchanged reports whether there is nothing to say of the cycle but that it took place.
func unchanged(run *sync.Run) bool {
	return run.Outcome == sync.Unchanged && idle(run) && run.Error == "" && len(run.Refusals) == 0
}

// saveRun writes the cycle into the history.
func saveRun(ctx context.Context, tx *sql.Tx, run *sync.Run) error {
	var alike []byte
	if idle(run) {
		alike = likeness(run)
		repeated, err := countRepeat(ctx, tx, run, alike)
		if err != nil || repeated {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO runs
		(kind, mode, version, started, ended, outcome, error, "commit", author, subject, verified, idle, alike, repeats, last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		string(run.Kind), string(run.Mode), run.Version, stamp(run.Started), stamp(run.Ended), string(run.Outcome), run.Error,
		run.Commit, run.Author, run.Subject, run.VerifiedZones, idle(run), alike, stamp(run.Ended))
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

func countUnchanged(ctx context.Context, tx *sql.Tx, run *sync.Run) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO unchanged (id, count, last) VALUES (1, 1, ?)
		ON CONFLICT (id) DO UPDATE SET count = count + 1, last = excluded.last`, stamp(run.Ended))
	return err
}

// countRepeat counts the cycle with the newest one in the history where that changed nothing
// either and ended alike, and reports whether it did. A Git host that is away for a week
// is one event.
func countRepeat(ctx context.Context, tx *sql.Tx, run *sync.Run, alike []byte) (bool, error) {
	result, err := tx.ExecContext(ctx, `UPDATE runs SET repeats = repeats + 1, last = ?
		WHERE id = (SELECT max(id) FROM runs) AND alike = ?`, stamp(run.Ended), alike)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// likeness is a digest of what a reader of the history would see of a cycle that changed
// nothing, apart from its times.
func likeness(run *sync.Run) []byte {
	lines := [][]string{{string(run.Kind), string(run.Mode), run.Version, string(run.Outcome), run.Error, run.Commit}}
	for _, r := range run.Refusals {
		lines = append(lines, []string{r.Zone.String(), string(r.Guard), r.Message, r.Approval})
	}
	sum := sha256.Sum256([]byte(pack(lines)))
	return sum[:]
}

func saveChanges(ctx context.Context, tx *sql.Tx, id int64, run *sync.Run) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO changes
		(run, at, zone, action, name, type, record, before_value, before_ttl, before_priority,
		after_value, after_ttl, after_priority, origin, file, line, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	zones := func(names []schema.Name, a diff.Action) []sync.RunChange {
		var out []sync.RunChange
		for _, n := range names {
			out = append(out, sync.RunChange{Zone: n, Change: diff.Change{Action: a}, At: run.Ended})
		}
		return out
	}
	changes := slices.Concat(zones(run.CreatedZones, diff.Create), run.Changes, zones(run.DeletedZones, diff.Delete))
	for i := range changes {
		if err := saveChange(ctx, insert, id, &changes[i]); err != nil {
			return fmt.Errorf("%s: %w", changes[i].Zone.Undotted(), err)
		}
	}
	return nil
}

func saveChange(ctx context.Context, insert *sql.Stmt, id int64, c *sync.RunChange) error {
	before, after := sides(&c.Change)
	b, a := newSide(before), newSide(after)
	_, err := insert.ExecContext(ctx, id, stamp(c.At), c.Zone.String(), string(c.Change.Action), c.Change.Name.String(), string(c.Change.Type),
		c.Change.ID, b.value, b.ttl, b.priority, a.value, a.ttl, a.priority,
		string(c.Change.Origin), c.Change.Pos.File, c.Change.Pos.Line, c.Error)
	return err
}

// sides gives the state before and after a change, nil where there is none.
func sides(c *diff.Change) (before, after *Value) {
	if c.Name.IsZero() {
		return nil, nil // a zone
	}
	if c.Action != diff.Create {
		before = recordValue(c.Before)
		if c.Before.Data.IsZero() {
			before.Value, before.Priority = c.Raw.Value, c.Raw.Priority
		}
	}
	if c.Action != diff.Delete {
		after = recordValue(c.After)
	}
	return before, after
}

func recordValue(r schema.Record) *Value {
	v := &Value{Value: r.Value(), TTL: r.TTL}
	if r.Type.HasPriority() {
		p := int(r.Data.Priority())
		v.Priority = &p
	}
	return v
}

func saveRefusals(ctx context.Context, tx *sql.Tx, id int64, refusals []sync.RunRefusal) error {
	for _, r := range refusals {
		if _, err := tx.ExecContext(ctx, "INSERT INTO refusals (run, zone, guard, message, approval) VALUES (?, ?, ?, ?, ?)",
			id, r.Zone.String(), string(r.Guard), r.Message, r.Approval); err != nil {
			return err
		}
	}
	return nil
}
