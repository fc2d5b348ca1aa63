package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/zonetender/zonetender/sync/daemon"
)

// DefaultRetention is how long history is kept where nothing else is said.
const DefaultRetention = 400 * 24 * time.Hour

// database is the name of the database within the state directory.
const database = "zonetender.db"

// Options say how a state directory is used. The zero Options are good.
type Options struct {
	// Retention is how long history is kept: 0 is DefaultRetention, less than 0 for ever.
	Retention time.Duration
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Logger is told what was set aside or left out; nil is nobody.
	Logger *slog.Logger
}

// A DB is the database of a state directory. The zero DB is of no use: Open and
// OpenReadOnly make one. Its methods may be called by several goroutines.
type DB struct {
	dir     string
	options Options
	lock    *lock // nil where it is read-only
	steps   []step
	sql     *sql.DB
}

var _ daemon.Store = (*DB)(nil)

// Open opens the state directory for the daemon: it is made where it is missing, locked
// against other daemons until Close or the end of the process, and its database is
// checked and brought to the newest version. A damaged database is set aside with a
// warning, and an empty one begun. It is an error when another process has the directory,
// when the database is of a newer zonetender, or when the disk refuses.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	d, err := openLocked(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("state directory %s: %w", dir, err)
	}
	return d, nil
}

func openLocked(ctx context.Context, dir string, o Options) (*DB, error) {
	d, err := newDB(dir, o)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, err
	}
	if d.lock, err = takeLock(d.dir); err != nil {
		return nil, err
	}
	err = d.start(ctx)
	if damaged(err) {
		err = d.restart(ctx, err)
	}
	if err != nil {
		return nil, errors.Join(err, d.lock.release())
	}
	return d, nil
}

// OpenReadOnly opens the state directory for a look, beside a daemon that may be running.
// It takes no lock, and writes and mends nothing. The error is ErrNoDatabase where there is
// no database yet; Save always returns an error.
func OpenReadOnly(ctx context.Context, dir string) (*DB, error) {
	d, err := newDB(dir, Options{})
	if err != nil {
		return nil, fmt.Errorf("state directory %s: %w", dir, err)
	}
	if err := d.look(ctx); err != nil {
		return nil, fmt.Errorf("state directory %s: database: %w", dir, err)
	}
	return d, nil
}

func newDB(dir string, o Options) (*DB, error) {
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	// SQLite is given the path as a URI, which has to be absolute.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &DB{dir: dir, options: o, steps: migrations()}, nil
}

func (d *DB) path() string { return filepath.Join(d.dir, database) }

// look opens the database for reading.
func (d *DB) look(ctx context.Context) error {
	version, err := inspect(ctx, d.path())
	switch {
	case err != nil:
		return err
	case version == 0:
		return ErrNoDatabase
	case version < len(d.steps):
		return fmt.Errorf("its version is %d, expected %d; the daemon brings it up to date when it starts", version, len(d.steps))
	}
	if err := checkVersion(version, len(d.steps)); err != nil {
		return err
	}
	d.sql, err = connectReadOnly(d.path())
	return err
}

// start checks the database and opens it for writing.
func (d *DB) start(ctx context.Context) error {
	// First without writing: a newer database must stay as it is.
	version, err := inspectWhole(ctx, d.path(), d.steps)
	if err == nil {
		err = checkVersion(version, len(d.steps))
	}
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	// SQLite would make the file for all to read; those beside it get its permissions.
	f, err := os.OpenFile(d.path(), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	db, err := connect(d.path())
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := migrate(ctx, db, d.steps); err != nil {
		return errors.Join(fmt.Errorf("database: %w", err), db.Close())
	}
	d.sql = db
	return nil
}

// restart sets the damaged database aside and begins an empty one.
func (d *DB) restart(ctx context.Context, why error) error {
	aside, err := setAside(d.path(), d.options.Now())
	if err != nil {
		return fmt.Errorf("set the damaged database aside: %w", err)
	}
	d.options.Logger.WarnContext(ctx, "the state database is damaged; it was set aside and an empty one begun, every zone is compared anew",
		"database", d.path(), "aside", aside, "cause", why)
	return d.start(ctx)
}

// Lost returns ErrLost once the directory, or the lock in it, was deleted or replaced.
func (d *DB) Lost() error {
	if d.lock == nil {
		return nil
	}
	if err := d.lock.lost(); err != nil {
		return fmt.Errorf("state directory %s: %w", d.dir, err)
	}
	return nil
}

// Close closes the database and lets other daemons have the directory.
func (d *DB) Close() error {
	err := d.sql.Close()
	if d.lock != nil {
		err = errors.Join(err, d.lock.release())
	}
	if err != nil {
		return fmt.Errorf("state directory %s: close: %w", d.dir, err)
	}
	return nil
}

// connect opens the database for writing, by one connection: SQLite has one writer.
//
// Each commit is synced (FULL): there is one a cycle, so that it costs nothing, and a power
// cut that took commits back would leave an older memory, by which a record that came to
// be somebody else's since then could be deleted.
func connect(path string) (*sql.DB, error) {
	return open(path, url.Values{
		"_txlock":      {"immediate"},
		"_auto_vacuum": {"INCREMENTAL"},
		"_pragma": {
			"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(WAL)", "synchronous(FULL)",
			"journal_size_limit(4194304)", "cell_size_check(1)", "trusted_schema(0)",
		},
	})
}

// connectReadOnly opens the database for reading. That works beside a daemon that writes,
// and in a directory that cannot be written to: where no log lies beside the database,
// nobody has it open, and it is read without the shared memory that a log needs.
func connectReadOnly(path string) (*sql.DB, error) {
	query := url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(5000)", "query_only(1)", "cell_size_check(1)", "trusted_schema(0)"},
	}
	if !exists(path+"-wal") && !exists(path+"-journal") {
		query.Set("immutable", "1")
	}
	return open(path, query)
}

// open returns a handle with one connection, which is made when it is first used.
func open(path string, query url.Values) (*sql.DB, error) {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}
