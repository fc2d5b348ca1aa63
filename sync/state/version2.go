package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// A rowOfVersion2 is a row of zones in the versions 2 to 4, which had what a zone declares in
// the row.
type rowOfVersion2 struct {
	zone, state, reason, commit string
	files, declared, reversals  string // JSON; declared is [[owner name, type]]
	failures                    int64
	retryAt                     sql.NullInt64
	absent                      bool
	expires                     sql.NullInt64 // since version 4
}

func (r *rowOfVersion2) sum() int64 {
	fields := []string{r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.reversals,
		strconv.FormatInt(r.failures, 10), stampText(r.retryAt), strconv.FormatBool(r.absent)}
	if r.expires.Valid { // rows from before there was such a column kept their sums
		fields = append(fields, stampText(r.expires))
	}
	return checkSum(fields...)
}

// insert saves the row in the table of version 2.
func (r *rowOfVersion2) insert(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO zones (zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, sum)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.reversals, r.failures, r.retryAt, r.absent, r.sum())
	return err
}

// fromVersion4 takes what zones declare out of their rows. A row that does not agree with its
// sum is left out: not to know is safe.
func fromVersion4(ctx context.Context, tx *sql.Tx) error {
	if err := execFile(ctx, tx, "migrations/5.sql"); err != nil {
		return err
	}
	// A row at a time: all lists together may be larger than the memory that there is.
	rows, err := tx.QueryContext(ctx, `SELECT zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, expires, sum FROM zones4`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r rowOfVersion2
		var sum int64
		if err := rows.Scan(&r.zone, &r.state, &r.reason, &r.commit, &r.files, &r.declared, &r.reversals, &r.failures, &r.retryAt, &r.absent, &r.expires, &sum); err != nil {
			return err
		}
		if r.sum() != sum {
			continue
		}
		if err := r.convert(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", r.zone, err)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE zones4")
	return err
}

// convert saves the row in the tables of version 5. One that makes no sense is left out.
func (r *rowOfVersion2) convert(ctx context.Context, tx *sql.Tx) error {
	zone, declared, err := r.parseDeclared()
	if err != nil {
		return nil
	}
	row := zoneRow{
		zone: r.zone, state: r.state, reason: r.reason, commit: r.commit, files: r.files, reversals: r.reversals,
		failures: r.failures, retryAt: r.retryAt, absent: r.absent, expires: r.expires,
	}
	if digest := declared.Digest(); declared != "" {
		row.declared = digest[:]
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO zones (zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, expires, sum)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.zone, row.state, row.reason, row.commit, row.files, row.declared, row.reversals, row.failures, row.retryAt, row.absent, row.expires, row.sum()); err != nil {
		return err
	}
	return saveDeclared(ctx, tx, map[schema.Name]daemon.Declared{zone: declared})
}

func (r *rowOfVersion2) parseDeclared() (zone schema.Name, declared daemon.Declared, err error) {
	if zone, err = schema.ParseName(r.zone); err != nil {
		return zone, "", err
	}
	var list [][2]string
	if err := json.Unmarshal([]byte(r.declared), &list); err != nil {
		return zone, "", err
	}
	var keys []schema.Key
	for _, d := range list {
		k, err := parseKey(d[0], d[1])
		if err != nil {
			return zone, "", err
		}
		keys = append(keys, k)
	}
	return zone, daemon.NewDeclared(zone, keys), nil
}
