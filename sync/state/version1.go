package state

import (
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

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
	for i := range zones {
		if err := zones[i].insert(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", zones[i].zone, err)
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

func zonesOfVersion1(ctx context.Context, tx *sql.Tx) ([]rowOfVersion2, error) {
	rows, err := tx.QueryContext(ctx, `SELECT zone, state, reason, "commit", files, declared, fights, failures, retry_at, absent, sum FROM zones`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var zones []rowOfVersion2
	for rows.Next() {
		var r rowOfVersion2 // its lists in the old form, and fights as reversals
		var sum int64
		if err := rows.Scan(&r.zone, &r.state, &r.reason, &r.commit, &r.files, &r.declared, &r.reversals, &r.failures, &r.retryAt, &r.absent, &sum); err != nil {
			return nil, err
		}
		if sum != sumOfVersion1(r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.reversals,
			strconv.FormatInt(r.failures, 10), stampText(r.retryAt), strconv.FormatBool(r.absent)) {
			continue
		}
		if r.convertLists() == nil {
			zones = append(zones, r)
		}
	}
	return zones, rows.Err()
}

// convertLists makes the lists of version 2 from those of version 1.
func (r *rowOfVersion2) convertLists() error {
	files, err := unpack(r.files, 2)
	if err != nil {
		return err
	}
	hashes := make(map[string]string)
	for _, f := range files {
		hashes[f[0]] = f[1]
	}
	declared, err := unpack(r.declared, 2)
	if err != nil {
		return err
	}
	reversals, err := reversalsOfVersion1(r.reversals)
	if err != nil {
		return err
	}
	if r.files, err = encode(hashes); err != nil {
		return err
	}
	if r.declared, err = encode(append([][]string{}, declared...)); err != nil {
		return err
	}
	r.reversals, err = reversalsText(reversals)
	return err
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
