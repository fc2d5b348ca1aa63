package state

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// One Save drops history only in small steps, so that it is never held up, and so that one
// wrong reading of the clock cannot take it all.
const (
	pruneRuns    = 500
	pruneChanges = 2000
	// idleRuns is for how many cycles back those are kept that changed nothing.
	idleRuns = 50_000
	// reservePages are kept free in the file rather than given back and taken again.
	reservePages = 256
	// vacuumPages is how many pages one Save gives back at most.
	vacuumPages = 1024
)

// prune drops history that is past its time, and gives space back to the disk. It drops
// more changes than this cycle added, or the file could outgrow it.
func (d *DB) prune(ctx context.Context, tx *sql.Tx, added int) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE id IN
		(SELECT id FROM runs WHERE idle = 1 AND id <= (SELECT max(id) FROM runs) - ? ORDER BY id LIMIT ?)`, idleRuns, pruneRuns); err != nil {
		return err
	}
	if d.options.Retention > 0 {
		if err := pruneBefore(ctx, tx, d.options.Now().Add(-d.options.Retention), pruneChanges+2*added); err != nil {
			return err
		}
	}
	return vacuum(ctx, tx)
}

// pruneBefore drops cycles that ended before a time: first their changes, and those without
// any then whole.
func pruneBefore(ctx context.Context, tx *sql.Tx, limit time.Time, changes int) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM changes WHERE id IN
		(SELECT c.id FROM runs r JOIN changes c ON c.run = r.id WHERE r.last < ? ORDER BY r.last, c.id LIMIT ?)`, stamp(limit), changes); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE id IN
		(SELECT id FROM runs r WHERE r.last < ? AND NOT EXISTS (SELECT 1 FROM changes WHERE run = r.id) ORDER BY r.last LIMIT ?)`, stamp(limit), pruneRuns)
	return err
}

// vacuum gives free pages back to the disk.
func vacuum(ctx context.Context, tx *sql.Tx) error {
	var free int
	if err := tx.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
		return err
	}
	if free <= reservePages {
		return nil
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", min(free-reservePages, vacuumPages)))
	return err
}
