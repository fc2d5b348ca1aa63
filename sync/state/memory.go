package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// Load returns what was saved last, times in UTC, empty lists as nil.
func (d *DB) Load(ctx context.Context) (daemon.Memory, error) {
	m, err := d.load(ctx)
	if err != nil {
		return daemon.Memory{}, fmt.Errorf("state directory %s: load: %w", d.dir, err)
	}
	return m, nil
}

func (d *DB) load(ctx context.Context) (m daemon.Memory, err error) {
	// One transaction, so that a Save in between shows as a whole or not at all.
	tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return m, err
	}
	defer tx.Rollback()
	if m.Progress, err = d.loadProgress(ctx, tx); err != nil {
		return m, err
	}
	m.Zones, err = d.loadZones(ctx, tx)
	return m, err
}

// loadProgress leaves out what does not agree with its sum.
func (d *DB) loadProgress(ctx context.Context, tx *sql.Tx) (daemon.Progress, error) {
	var p daemon.Progress
	var lastGood, lastChange sql.NullInt64
	var sum int64
	err := tx.QueryRowContext(ctx, "SELECT read, applied, accepted, last_good, last_change, sum FROM progress").
		Scan(&p.Read, &p.Applied, &p.Accepted, &lastGood, &lastChange, &sum)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return daemon.Progress{}, nil
	case err != nil:
		return daemon.Progress{}, err
	}
	p.LastGood, p.LastChange = instant(lastGood), instant(lastChange)
	if progressSum(p) != sum {
		d.options.Logger.WarnContext(ctx, "the state database is damaged; how far the last cycle came is taken as unknown", "database", d.path())
		return daemon.Progress{}, nil
	}
	return p, nil
}

func progressSum(p daemon.Progress) int64 {
	return checkSum(p.Read, p.Applied, p.Accepted, stampText(stamp(p.LastGood)), stampText(stamp(p.LastChange)))
}

// loadZones leaves out rows that do not agree with their sum.
func (d *DB) loadZones(ctx context.Context, tx *sql.Tx) (map[schema.Name]daemon.ZoneMemory, error) {
	rows, err := tx.QueryContext(ctx, `SELECT zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, expires, sum FROM zones`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var zones map[schema.Name]daemon.ZoneMemory
	shared := make(texts)
	for rows.Next() {
		var r zoneRow
		var sum int64
		if err := rows.Scan(&r.zone, &r.state, &r.reason, &r.commit, &r.files, &r.declared, &r.reversals, &r.failures, &r.retryAt, &r.absent, &r.expires, &sum); err != nil {
			return nil, err
		}
		name, z, err := r.memory()
		if err == nil && r.sum() != sum {
			err = errors.New("check sum differs")
		}
		if err != nil {
			d.options.Logger.WarnContext(ctx, "the state database is damaged; the zone is compared anew",
				"database", d.path(), "zone", r.zone, "cause", err)
			continue
		}
		if zones == nil {
			zones = make(map[schema.Name]daemon.ZoneMemory)
		}
		shared.shareIn(&z)
		zones[name] = z
	}
	return zones, rows.Err()
}

// Declared returns what was saved last of what a zone declares.
func (d *DB) Declared(ctx context.Context, zone schema.Name) (daemon.Declared, error) {
	var text string
	err := d.sql.QueryRowContext(ctx, "SELECT rrsets FROM declared WHERE zone = ?", zone.String()).Scan(&text)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("state directory %s: load what is declared: %w", d.dir, err)
	}
	return daemon.Declared(text), nil
}

// saveDeclared writes what zones declare. Those that are forgotten take theirs along.
func saveDeclared(ctx context.Context, tx *sql.Tx, declared map[schema.Name]daemon.Declared) error {
	for _, name := range slices.SortedFunc(maps.Keys(declared), schema.Name.Compare) {
		query, args := "INSERT OR REPLACE INTO declared (zone, rrsets) VALUES (?, ?)", []any{name.String(), string(declared[name])}
		if declared[name] == "" {
			query, args = "DELETE FROM declared WHERE zone = ?", args[:1]
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("%s: %w", name.Undotted(), err)
		}
	}
	return nil
}

// texts are those that many zones have in common. Each is kept in memory once.
type texts map[string]string

func (t texts) share(text *string) {
	if known, ok := t[*text]; ok {
		*text = known
	} else {
		t[*text] = *text
	}
}

func (t texts) shareIn(z *daemon.ZoneMemory) {
	for _, text := range []*string{(*string)(&z.State), &z.Commit, &z.Read.Settings, &z.Read.Version} {
		t.share(text)
	}
	for i := range z.Read.Files {
		t.share(&z.Read.Files[i].Path)
		t.share(&z.Read.Files[i].Blob)
	}
}

func saveProgress(ctx context.Context, tx *sql.Tx, p daemon.Progress) error {
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO progress (id, read, applied, accepted, last_good, last_change, sum) VALUES (1, ?, ?, ?, ?, ?, ?)`,
		p.Read, p.Applied, p.Accepted, stamp(p.LastGood), stamp(p.LastChange), progressSum(p))
	return err
}

// saveZones writes the zones that a cycle has news of, and drops those to forget. A row
// that stays as it is costs no write.
func saveZones(ctx context.Context, tx *sql.Tx, zones map[schema.Name]daemon.ZoneMemory, forget []schema.Name) error {
	upsert, err := tx.PrepareContext(ctx, `INSERT INTO zones (zone, state, reason, "commit", files, declared, reversals, failures, retry_at, absent, expires, sum)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (zone) DO UPDATE SET state = excluded.state, reason = excluded.reason, "commit" = excluded."commit",
			files = excluded.files, declared = excluded.declared, reversals = excluded.reversals,
			failures = excluded.failures, retry_at = excluded.retry_at, absent = excluded.absent, expires = excluded.expires, sum = excluded.sum
		WHERE (state, reason, "commit", files, declared, reversals, failures, retry_at, absent, expires, sum) IS NOT
			(excluded.state, excluded.reason, excluded."commit", excluded.files, excluded.declared, excluded.reversals,
			excluded.failures, excluded.retry_at, excluded.absent, excluded.expires, excluded.sum)`)
	if err != nil {
		return err
	}
	defer upsert.Close()
	for _, name := range slices.SortedFunc(maps.Keys(zones), schema.Name.Compare) {
		r, err := newZoneRow(name, zones[name])
		if err == nil {
			_, err = upsert.ExecContext(ctx, r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.reversals, r.failures, r.retryAt, r.absent, r.expires, r.sum())
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name.Undotted(), err)
		}
	}
	for _, name := range forget {
		if _, err := tx.ExecContext(ctx, "DELETE FROM zones WHERE zone = ?", name.String()); err != nil {
			return fmt.Errorf("%s: %w", name.Undotted(), err)
		}
	}
	return nil
}

// A zoneRow is a ZoneMemory as it is stored. The lists stand in one row with the rest,
// because a sweep saves all zones, and most of them as they were.
type zoneRow struct {
	zone, state, reason, commit string
	files                       string // JSON
	declared                    []byte // digest, nil for none
	reversals                   string // JSON
	failures                    int64
	retryAt                     sql.NullInt64
	absent                      bool
	expires                     sql.NullInt64
}

type jsonReversal struct {
	Name    string      `json:"name"`
	Type    schema.Type `json:"type"`
	Written string      `json:"written"`
	Found   string      `json:"found"`
	Count   int         `json:"count"`
	Since   time.Time   `json:"since"`
}

func newZoneRow(name schema.Name, z daemon.ZoneMemory) (zoneRow, error) {
	row := zoneRow{
		zone: name.String(), state: string(z.State), reason: z.Reason, commit: z.Commit,
		failures: int64(z.Failures), retryAt: stamp(z.RetryAt), absent: z.Absent, expires: stamp(z.Expires),
	}
	if z.Declared != (daemon.Digest{}) {
		row.declared = z.Declared[:]
	}
	var err1, err2 error
	row.files, err1 = filesText(z.Read)
	row.reversals, err2 = reversalsText(z.Reversals)
	return row, errors.Join(err1, err2)
}

// filesText returns a Reading as it is stored: blob hashes by path, and under "" the digest of
// the settings, a space and the version; null for the zero Reading.
func filesText(r daemon.Reading) (string, error) {
	if r.Files == nil {
		return "null", nil
	}
	files := map[string]string{"": r.Settings + " " + r.Version}
	for _, f := range r.Files {
		files[f.Path] = f.Blob
	}
	return encode(files)
}

func parseFiles(text string) (daemon.Reading, error) {
	var files map[string]string
	if err := json.Unmarshal([]byte(text), &files); err != nil || files == nil {
		return daemon.Reading{}, err
	}
	r := daemon.Reading{Files: make([]daemon.File, 0, len(files))}
	r.Settings, r.Version, _ = strings.Cut(files[""], " ")
	delete(files, "")
	for _, path := range slices.Sorted(maps.Keys(files)) {
		r.Files = append(r.Files, daemon.File{Path: path, Blob: files[path]})
	}
	return r, nil
}

func reversalsText(reversals []daemon.Reversal) (string, error) {
	list := make([]jsonReversal, 0, len(reversals))
	for _, r := range reversals {
		list = append(list, jsonReversal{r.Key.Name.String(), r.Key.Type, r.Written, r.Found, r.Count, r.Since.UTC()})
	}
	return encode(list)
}

// memory reads the row back.
func (r *zoneRow) memory() (schema.Name, daemon.ZoneMemory, error) {
	z := daemon.ZoneMemory{
		State: daemon.State(r.state), Reason: r.reason, Commit: r.commit,
		Failures: int(r.failures), RetryAt: instant(r.retryAt), Absent: r.absent, Expires: instant(r.expires),
	}
	name, err := schema.ParseName(r.zone)
	if err != nil {
		return name, z, err
	}
	copy(z.Declared[:], r.declared)
	var err1, err2 error
	z.Read, err1 = parseFiles(r.files)
	z.Reversals, err2 = parseReversals(r.reversals)
	return name, z, errors.Join(err1, err2)
}

func parseReversals(text string) ([]daemon.Reversal, error) {
	var list []jsonReversal
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	var out []daemon.Reversal
	for _, j := range list {
		k, err := parseKey(j.Name, string(j.Type))
		if err != nil {
			return nil, fmt.Errorf("reversals: %w", err)
		}
		out = append(out, daemon.Reversal{Key: k, Written: j.Written, Found: j.Found, Count: j.Count, Since: j.Since})
	}
	return out, nil
}

func parseKey(name, typ string) (schema.Key, error) {
	n, err := schema.ParseName(name)
	return schema.Key{Name: n, Type: schema.Type(typ)}, err
}

func (r *zoneRow) sum() int64 {
	return checkSum(r.zone, r.state, r.reason, r.commit, r.files, string(r.declared), r.reversals,
		strconv.FormatInt(r.failures, 10), stampText(r.retryAt), strconv.FormatBool(r.absent), stampText(r.expires))
}

// checkSum is over all that a row says. SQLite's own checks look at how the pages hang
// together and find nothing wrong in a text of which a bit has flipped on the disk. Within a
// list of declared RRsets, such a bit could delete a record that is somebody else's.
func checkSum(fields ...string) int64 {
	var b []byte
	for _, f := range fields {
		b = append(strconv.AppendInt(b, int64(len(f)), 10), ':')
		b = append(b, f...)
	}
	return int64(crc32.ChecksumIEEE(b))
}

// stamp returns a time as it is stored: nanoseconds since 1970, NULL for the zero time.
// Times outside the years 1678 to 2261 become the first or last one that can be stored.
func stamp(t time.Time) sql.NullInt64 {
	switch {
	case t.IsZero():
		return sql.NullInt64{}
	case t.Year() < 1678:
		return sql.NullInt64{Int64: math.MinInt64, Valid: true}
	case t.Year() > 2261:
		return sql.NullInt64{Int64: math.MaxInt64, Valid: true}
	}
	return sql.NullInt64{Int64: t.UnixNano(), Valid: true}
}

// instant returns a stored time, in UTC.
func instant(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(0, n.Int64).UTC()
}

// stampText returns a stored time as text, "" for NULL.
func stampText(n sql.NullInt64) string {
	if !n.Valid {
		return ""
	}
	return strconv.FormatInt(n.Int64, 10)
}
