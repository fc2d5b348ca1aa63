package state

import (
	"database/sql"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// A zoneRow is a ZoneMemory as it is stored. The lists are packed into one row, because a
// sweep saves all zones, and most of them as they were.
type zoneRow struct {
	zone, state, reason, commit string
	files, declared, fights     string
	failures                    int64
	retryAt                     sql.NullInt64
	absent                      bool
}

func newZoneRow(name schema.Name, m *sync.ZoneMemory) zoneRow {
	row := zoneRow{
		zone: name.String(), state: string(m.State), reason: m.Reason, commit: m.Commit,
		failures: int64(m.Failures), retryAt: stamp(m.RetryAt), absent: m.Absent,
	}
	var lines [][]string
	for path, hash := range m.Files {
		lines = append(lines, []string{path, hash})
	}
	slices.SortFunc(lines, slices.Compare[[]string])
	row.files = pack(lines)
	lines = nil
	for _, k := range m.Declared {
		lines = append(lines, []string{k.Name.String(), string(k.Type)})
	}
	row.declared = pack(lines)
	lines = nil
	for _, f := range m.Fights {
		lines = append(lines, []string{
			f.Key.Name.String(), string(f.Key.Type), f.Want, f.Got, strconv.Itoa(f.Count), stampText(stamp(f.Since)),
		})
	}
	row.fights = pack(lines)
	return row
}

// memory reads the row back.
func (r *zoneRow) memory() (schema.Name, sync.ZoneMemory, error) {
	m := sync.ZoneMemory{
		State: sync.State(r.state), Reason: r.reason, Commit: r.commit,
		Failures: int(r.failures), RetryAt: instant(r.retryAt), Absent: r.absent,
	}
	name, err := schema.ParseName(r.zone)
	if err != nil {
		return name, m, err
	}
	files, err := unpack(r.files, 2)
	if err != nil {
		return name, m, fmt.Errorf("files: %w", err)
	}
	for _, f := range files {
		if m.Files == nil {
			m.Files = make(map[string]string, len(files))
		}
		m.Files[f[0]] = f[1]
	}
	declared, err := unpack(r.declared, 2)
	if err != nil {
		return name, m, fmt.Errorf("declared: %w", err)
	}
	for _, d := range declared {
		k, err := parseKey(d[0], d[1])
		if err != nil {
			return name, m, fmt.Errorf("declared: %w", err)
		}
		m.Declared = append(m.Declared, k)
	}
	m.Fights, err = r.parseFights()
	return name, m, err
}

func (r *zoneRow) parseFights() ([]sync.Fight, error) {
	lines, err := unpack(r.fights, 6)
	if err != nil {
		return nil, fmt.Errorf("fights: %w", err)
	}
	var fights []sync.Fight
	for _, l := range lines {
		f := sync.Fight{Want: l[2], Got: l[3]}
		if f.Key, err = parseKey(l[0], l[1]); err != nil {
			return nil, fmt.Errorf("fights: %w", err)
		}
		if f.Count, err = strconv.Atoi(l[4]); err != nil {
			return nil, fmt.Errorf("fights: count: %w", err)
		}
		if f.Since, err = parseStamp(l[5]); err != nil {
			return nil, fmt.Errorf("fights: since: %w", err)
		}
		fights = append(fights, f)
	}
	return fights, nil
}

func parseKey(name, typ string) (schema.Key, error) {
	n, err := schema.ParseName(name)
	return schema.Key{Name: n, Type: schema.Type(typ)}, err
}

// sum is a check sum over all that the row says. SQLite has none: a bit that falls over on
// the disk within a list of declared RRsets could otherwise delete a record of others.
func (r *zoneRow) sum() int64 {
	return checkSum(r.zone, r.state, r.reason, r.commit, r.files, r.declared, r.fights,
		strconv.FormatInt(r.failures, 10), stampText(r.retryAt), strconv.FormatBool(r.absent))
}

func checkSum(fields ...string) int64 {
	return int64(crc32.ChecksumIEEE([]byte(pack([][]string{fields}))))
}
