package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// Load gives what was saved last, times in UTC, empty lists as nil. What does not agree
// with its check sum is left out with a warning: not to know is safe.
func (d *DB) Load(ctx context.Context) (sync.Memory, error) {
	var m sync.Memory
	err := d.healed(ctx, func(db *sql.DB) error {
		// One transaction, so that a Save in between shows as a whole or not at all.
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		m = sync.Memory{}
		if m.Progress, err = d.loadProgress(ctx, tx); err != nil {
			return err
		}
		m.Zones, err = d.loadZones(ctx, tx)
		return err
	})
	if err != nil {
		return sync.Memory{}, fmt.Errorf("state directory %s: load: %w", d.dir, err)
	}
	return m, nil
}

func (d *DB) loadProgress(ctx context.Context, tx *sql.Tx) (sync.Progress, error) {
	var p sync.Progress
	var lastGood sql.NullInt64
	var sum int64
	err := tx.QueryRowContext(ctx, "SELECT read, applied, accepted, version, last_good, sum FROM progress").
		Scan(&p.Read, &p.Applied, &p.Accepted, &p.Version, &lastGood, &sum)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return sync.Progress{}, nil
	case err != nil:
		return sync.Progress{}, err
	}
	p.LastGood = instant(lastGood)
	if progressSum(p) != sum {
		d.options.Logger.WarnContext(ctx, "the state database is damaged; how far the last cycle came is taken as unknown", "database", d.path())
		return sync.Progress{}, nil
	}
	return p, nil
}

func progressSum(p sync.Progress) int64 {
	return checkSum(p.Read, p.Applied, p.Accepted, p.Version, stampText(stamp(p.LastGood)))
}

func (d *DB) loadZones(ctx context.Context, tx *sql.Tx) (map[schema.Name]sync.ZoneMemory, error) {
	rows, err := tx.QueryContext(ctx, `SELECT zone, state, reason, "commit", files, declared, fights, failures, retry_at, absent, sum FROM zones`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var zones map[schema.Name]sync.ZoneMemory
	for rows.Next() {
		var r zoneRow
		var sum int64
		if err := rows.Scan(&r.zone, &r.state, &r.reason, &r.commit, &r.files, &r.declared, &r.fights, &r.failures, &r.retryAt, &r.absent, &sum); err != nil {
			return nil, err
		}
		name, m, err := r.memory()
		if err == nil && r.sum() != sum {
			err = errors.New("check sum differs")
		}
		if err != nil {
			d.options.Logger.WarnContext(ctx, "the state database is damaged; the zone is compared anew",
				"database", d.path(), "zone", r.zone, "cause", err)
			continue
		}
		if zones == nil {
			zones = make(map[schema.Name]sync.ZoneMemory)
		}
		zones[name] = m
	}
	return zones, rows.Err()
}
