package state

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// A step takes a database from one version to the next. A step that was released is never
// edited.
type step func(ctx context.Context, tx *sql.Tx) error

// migrations lists the steps: step i takes a database from version i to version i+1.
func migrations() []step {
	return []step{
		func(ctx context.Context, tx *sql.Tx) error { return execFile(ctx, tx, "migrations/1.sql") },
		fromVersion1,
		func(ctx context.Context, tx *sql.Tx) error { return execFile(ctx, tx, "migrations/3.sql") },
		func(ctx context.Context, tx *sql.Tx) error { return execFile(ctx, tx, "migrations/4.sql") },
	}
}

func execFile(ctx context.Context, tx *sql.Tx, file string) error {
	text, err := migrationFiles.ReadFile(file)
	if err == nil {
		_, err = tx.ExecContext(ctx, string(text))
	}
	return err
}

// migrate brings the database to the version of the last step. Each step is made whole or
// not at all.
func migrate(ctx context.Context, db *sql.DB, steps []step) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	for v := version; v < len(steps); v++ {
		err := inTx(ctx, db, func(tx *sql.Tx) error {
			if err := steps[v](ctx, tx); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate to version %d: %w", v+1, err)
		}
	}
	return nil
}

// inTx runs do in a transaction, which is committed where do returns no error.
func inTx(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		// SQLite may have rolled back by itself, so that this error says nothing.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// fromVersion1 converts the lists of version 1, which were lines of quoted fields. A row
// that does not agree with its sum is left out: not to know is safe.
func fromVersion1(ctx context.Context, tx *sql.Tx) error {
	progress, known, err := progressOfVersion1(ctx, tx)
	if err != nil {
		return err
	}
	zones, err := zonesOfVersion1(ctx, tx)
	if err != nil {
		return err
	}
	if err := execFile(ctx, tx, "migrations/2.sql"); err != nil {
		return err
	}
	if known {
		if err := saveProgress(ctx, tx, progress); err != nil {
			return err
		}
	}
	return saveZonesOfVersion2(ctx, tx, zones)
}

// saveZonesOfVersion2 fills the empty table of version 2, which knows of nothing that expires.
func saveZonesOfVersion2(ctx context.Context, tx *sql.Tx, zones map[schema.Name]daemon.ZoneMemory) error {
	for name, z := range zones {
		r, err := newZoneRow(name, z)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO zones (zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, sum)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.reversals, r.failures, r.retryAt, r.absent, r.sum())
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name.Undotted(), err)
		}
	}
	return nil
}

func progressOfVersion1(ctx context.Context, tx *sql.Tx) (p daemon.Progress, known bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT read, applied, accepted, version, last_good, sum FROM progress")
	if err != nil {
		return p, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var version string
		var lastGood sql.NullInt64
		var sum int64
		if err := rows.Scan(&p.Read, &p.Applied, &p.Accepted, &version, &lastGood, &sum); err != nil {
			return p, false, err
		}
		p.LastGood = instant(lastGood)
		known = sum == sumOfVersion1(p.Read, p.Applied, p.Accepted, version, stampText(lastGood))
	}
	return p, known, rows.Err()
}

func zonesOfVersion1(ctx context.Context, tx *sql.Tx) (map[schema.Name]daemon.ZoneMemory, error) {
	rows, err := tx.QueryContext(ctx, `SELECT zone, state, reason, "commit", files, declared, fights, failures, retry_at, absent, sum FROM zones`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	zones := make(map[schema.Name]daemon.ZoneMemory)
	for rows.Next() {
		var r zoneRow // its lists in the old form, and fights as reversals
		var sum int64
		if err := rows.Scan(&r.zone, &r.state, &r.reason, &r.commit, &r.files, &r.declared, &r.reversals, &r.failures, &r.retryAt, &r.absent, &sum); err != nil {
			return nil, err
		}
		if sum != sumOfVersion1(r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.reversals,
			strconv.FormatInt(r.failures, 10), stampText(r.retryAt), strconv.FormatBool(r.absent)) {
			continue
		}
		if name, z, err := r.memoryOfVersion1(); err == nil {
			zones[name] = z
		}
	}
	return zones, rows.Err()
}

func (r *zoneRow) memoryOfVersion1() (schema.Name, daemon.ZoneMemory, error) {
	z := daemon.ZoneMemory{
		State: daemon.State(r.state), Reason: r.reason, Commit: r.commit, Files: make(map[string]string),
		Failures: int(r.failures), RetryAt: instant(r.retryAt), Absent: r.absent,
	}
	name, err := schema.ParseName(r.zone)
	if err != nil {
		return name, z, err
	}
	files, err := unpack(r.files, 2)
	if err != nil {
		return name, z, err
	}
	for _, f := range files {
		z.Files[f[0]] = f[1]
	}
	declared, err := unpack(r.declared, 2)
	if err != nil {
		return name, z, err
	}
	for _, d := range declared {
		k, err := parseKey(d[0], d[1])
		if err != nil {
			return name, z, err
		}
		z.Declared = append(z.Declared, k)
	}
	z.Reversals, err = reversalsOfVersion1(r.reversals)
	return name, z, err
}

func reversalsOfVersion1(text string) ([]daemon.Reversal, error) {
	fights, err := unpack(text, 6)
	if err != nil {
		return nil, err
	}
	var out []daemon.Reversal
	for _, f := range fights {
		v := daemon.Reversal{Written: f[2], Found: f[3]}
		if v.Key, err = parseKey(f[0], f[1]); err != nil {
			return nil, err
		}
		if v.Count, err = strconv.Atoi(f[4]); err != nil {
			return nil, err
		}
		if v.Since, err = parseStamp(f[5]); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// sumOfVersion1 is the check sum of a row in version 1.
func sumOfVersion1(fields ...string) int64 {
	var b []byte
	for i, field := range fields {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendQuoteToASCII(b, field)
	}
	return int64(crc32.ChecksumIEEE(append(b, '\n')))
}

// unpack reads a list of version 1, in rows of the given number of fields.
func unpack(text string, fields int) ([][]string, error) {
	var rows [][]string
	for line := range strings.Lines(text) {
		row := make([]string, 0, fields)
		rest := strings.TrimSuffix(line, "\n")
		for rest != "" {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("line %.80q: %w", line, err)
			}
			field, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("line %.80q: %w", line, err)
			}
			row = append(row, field)
			rest = strings.TrimPrefix(rest[len(quoted):], " ")
		}
		if len(row) != fields {
			return nil, fmt.Errorf("line %.80q: %d fields, expected %d", line, len(row), fields)
		}
		rows = append(rows, slices.Clip(row))
	}
	return rows, nil
}

// parseStamp reads a time of version 1 within a list.
func parseStamp(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return instant(sql.NullInt64{Int64: n, Valid: true}), err
}
