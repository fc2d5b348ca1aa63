package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks a database as one of ours, in its header: "ZNTD".
const applicationID = 0x5a4e5444

// ErrNoDatabase is the error of OpenReadOnly where no daemon has made a database yet.
var ErrNoDatabase = errors.New("there is no database yet; the daemon makes one when it starts")

// errDamaged is the error of a database that cannot be made sense of.
var errDamaged = errors.New("damaged")

// damaged reports whether err says that the database is past use. A full disk, a lack of
// permission or of file handles is no damage: setting the database aside would not help.
func damaged(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return true
		}
	}
	return errors.Is(err, errDamaged)
}

// inspect returns the version of the database at path, 0 for one that is still empty,
// without writing to it.
func inspect(ctx context.Context, path string) (version int, err error) {
	err = peek(path, func(db *sql.DB) error {
		version, err = readVersion(ctx, db)
		return err
	})
	return version, err
}

// inspectWhole does the same and checks all of the database, which the steps have made. A
// version past them is returned without further checks.
func inspectWhole(ctx context.Context, path string, steps []step) (version int, err error) {
	defer func() {
		// Of these few queries, which nothing is put into, SQLite complains only where the
		// tables of its own make no sense.
		var e *sqlite.Error
		if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR {
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
	}()
	err = peek(path, func(db *sql.DB) error {
		version, err = readVersion(ctx, db)
		if err != nil || version == 0 || version > len(steps) {
			return err
		}
		if err := checkColumns(ctx, db, steps[:version]); err != nil {
			return err
		}
		return checkIntegrity(ctx, db)
	})
	return version, err
}

// peek calls do with the database at path, for reading, unless there is none.
func peek(path string, do func(*sql.DB) error) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", path)
	case info.Size() == 0:
		return nil
	}
	db, err := connectReadOnly(path)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

func readVersion(ctx context.Context, db *sql.DB) (int, error) {
	var id, version, tables int
	err := errors.Join(
		db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id),
		db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version),
		db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables),
	)
	switch {
	case err != nil:
		return 0, err
	case id == applicationID && version > 0:
		return version, nil
	case tables > 0 || id != 0 || version != 0:
		return 0, fmt.Errorf("%w: it is a database of something else", errDamaged)
	}
	// Killed after the header was written, and before the first step.
	return 0, nil
}

// checkColumns compares the tables with those that the steps make. SQLite checks its pages,
// and not that a table still has the name and the columns that it was made with.
func checkColumns(ctx context.Context, db *sql.DB, steps []step) error {
	fresh, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer fresh.Close()
	fresh.SetMaxOpenConns(1) // or each would be a database of its own
	if err := migrate(ctx, fresh, steps); err != nil {
		return err
	}
	want, err := columns(ctx, fresh)
	if err != nil {
		return err
	}
	got, err := columns(ctx, db)
	if err == nil && got != want {
		err = fmt.Errorf("%w: its tables have other columns than they should", errDamaged)
	}
	return err
}

// columns describes all columns of all tables, and what they refer to.
func columns(ctx context.Context, db *sql.DB) (string, error) {
	var text sql.NullString
	err := db.QueryRowContext(ctx, `SELECT group_concat(line, char(10)) FROM (
		SELECT concat_ws(' ', t.name, c.name, c.type, c."notnull", c.pk) AS line
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
		UNION ALL SELECT concat_ws(' ', t.name, f."from", f."table", f."to", f.on_delete)
		FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
		ORDER BY line)`).Scan(&text)
	return text.String, err
}

// checkIntegrity finds pages, and entries of indexes, that make no sense. What is wrong
// within a value shows by the sum of its row.
func checkIntegrity(ctx context.Context, db *sql.DB) error {
	var finding string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&finding); err != nil {
		return err
	}
	if finding != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, finding)
	}
	return nil
}

// checkVersion refuses a database that a newer version has made.
func checkVersion(version, ours int) error {
	if version > ours {
		return fmt.Errorf("its version is %d and this zonetender knows versions up to %d; use the newer zonetender that wrote it, or move the file away, which costs its history and one sweep",
			version, ours)
	}
	return nil
}

// keepCorrupt is how many databases that were set aside are kept for a look.
const keepCorrupt = 3

// companions are what SQLite keeps beside a database, under its name. The database itself
// comes first: without it, the others are ignored, while it without them would be an
// older state that looks whole.
func companions() []string { return []string{"", "-wal", "-shm", "-journal"} }

// setAside renames a damaged database and returns its new name.
func setAside(path string, now time.Time) (string, error) {
	prefix := path + ".corrupt-"
	aside := prefix + now.UTC().Format("20060102T150405Z")
	for exists(aside) {
		now = now.Add(time.Second)
		aside = prefix + now.UTC().Format("20060102T150405Z")
	}
	for _, suffix := range companions() {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, dropOldest(filepath.Dir(path), filepath.Base(prefix))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// dropOldest removes what was set aside before the newest few.
func dropOldest(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(e.Name(), prefix)
		if ok && !strings.Contains(stamp, "-") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-keepCorrupt)] {
		for _, suffix := range companions() {
			if err := os.Remove(filepath.Join(dir, name+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
