package state

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// Save writes a cycle that has ended and what is to be remembered of it, in one transaction,
// and drops history that is past its time. Cycles that found nothing new are only counted:
// a year of them, one a minute, would be half a million rows that say nothing. Others that
// changed nothing are counted as well where they ended as the one before.
func (d *DB) Save(ctx context.Context, run sync.Run) error {
	err := d.healed(ctx, func(db *sql.DB) error {
		return inTx(ctx, db, func(tx *sql.Tx) error { return d.save(ctx, tx, &run) })
	})
	if err != nil {
		return fmt.Errorf("state directory %s: save: %w", d.dir, err)
	}
	return nil
}

func (d *DB) save(ctx context.Context, tx *sql.Tx, run *sync.Run) error {
	if err := saveProgress(ctx, tx, run.Progress); err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	if err := saveZones(ctx, tx, run); err != nil {
		return fmt.Errorf("zones: %w", err)
	}
	if unchanged(run) {
		if err := countUnchanged(ctx, tx, run); err != nil {
			return fmt.Errorf("history: %w", err)
		}
		return nil
	}
	if err := saveRun(ctx, tx, run); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if err := d.prune(ctx, tx, len(run.Changes)); err != nil {
		return fmt.Errorf("drop old history: %w", err)
	}
	return nil
}

func saveProgress(ctx context.Context, tx *sql.Tx, p sync.Progress) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO progress (id, read, applied, accepted, version, last_good, sum) VALUES (1, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET read = excluded.read, applied = excluded.applied, accepted = excluded.accepted, version = excluded.version,
			last_good = excluded.last_good, sum = excluded.sum`,
		p.Read, p.Applied, p.Accepted, p.Version, stamp(p.LastGood), progressSum(p))
	return err
}

// saveZones writes the zones that the cycle has news of. A row that stays as it is costs
// no write.
func saveZones(ctx context.Context, tx *sql.Tx, run *sync.Run) error {
	upsert, err := tx.PrepareContext(ctx, `INSERT INTO zones (zone, state, reason, "commit", files, declared, fights, failures, retry_at, absent, sum)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (zone) DO UPDATE SET state = excluded.state, reason = excluded.reason, "commit" = excluded."commit",
			files = excluded.files, declared = excluded.declared, fights = excluded.fights,
			failures = excluded.failures, retry_at = excluded.retry_at, absent = excluded.absent, sum = excluded.sum
		WHERE (state, reason, "commit", files, declared, fights, failures, retry_at, absent, sum) IS NOT
			(excluded.state, excluded.reason, excluded."commit", excluded.files, excluded.declared, excluded.fights,
			excluded.failures, excluded.retry_at, excluded.absent, excluded.sum)`)
	if err != nil {
		return err
	}
	defer upsert.Close()
	for _, name := range slices.SortedFunc(maps.Keys(run.Zones), schema.Name.Compare) {
		m := run.Zones[name]
		r := newZoneRow(name, &m)
		if _, err := upsert.ExecContext(ctx, r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.fights, r.failures, r.retryAt, r.absent, r.sum()); err != nil {
			return fmt.Errorf("%s: %w", name.Undotted(), err)
		}
	}
	for _, name := range run.Forget {
		if _, err := tx.ExecContext(ctx, "DELETE FROM zones WHERE zone = ?", name.String()); err != nil {
			return fmt.Errorf("%s: %w", name.Undotted(), err)
		}
	}
	return nil
}
