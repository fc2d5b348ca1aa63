package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	stdsync "sync"
	"sync/atomic"
	"time"

	"github.com/zonetender/zonetender/sync"
)

// DefaultRetention is how long history is kept where nothing else is said.
const DefaultRetention = 400 * 24 * time.Hour

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
	steps   []string
	// mending keeps two calls that meet the same damage from setting two databases aside.
	mending stdsync.Mutex
	// sql is nil while a damaged database could not be replaced.
	sql atomic.Pointer[sql.DB]
}

var _ sync.Store = (*DB)(nil)

// Open opens the state directory for the daemon: it is made where it is missing, locked
// against other daemons until Close or the end of the process, and its database is
// brought to the newest version. A damaged database is set aside with a warning, and an
// empty one begun. It is an error when another process has the directory, when the
// database is of a newer zonetender, or when the disk refuses.
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
	if err := d.begin(ctx); err != nil {
		return nil, errors.Join(err, d.lock.release())
	}
	return d, nil
}

// OpenReadOnly opens the state directory for a look, beside a daemon that may be running.
// It takes no lock, and writes and mends nothing. The error is ErrNoDatabase where there is
// no database yet; Save always gives an error.
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
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	return &DB{dir: dir, options: o, steps: steps}, nil
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
	db, err := connectReadOnly(d.path())
	if err != nil {
		return err
	}
	d.sql.Store(db)
	return nil
}

// begin opens the database for writing, or an empty one where it is damaged.
func (d *DB) begin(ctx context.Context) error {
	err := d.start(ctx)
	if damaged(err) {
		err = d.restart(ctx, err)
	}
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
	d.sql.Store(db)
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

// healed calls do, and once more on an empty database where the first call finds this one
// damaged.
func (d *DB) healed(ctx context.Context, do func(*sql.DB) error) error {
	db := d.sql.Load()
	var why error
	if db != nil {
		why = do(db)
		if !damaged(why) || d.lock == nil {
			return why
		}
	}
	if err := d.mend(ctx, db, why); err != nil {
		return err
	}
	return do(d.sql.Load())
}

// mend replaces the database that was found damaged, unless another call has done so. Where
// that cannot be done, as on a full disk, the next call tries again.
func (d *DB) mend(ctx context.Context, db *sql.DB, why error) error {
	d.mending.Lock()
	defer d.mending.Unlock()
	switch d.sql.Load() {
	case nil:
		return d.begin(ctx)
	case db:
		d.sql.Store(nil)
		// What Close has to say about a damaged database helps nobody.
		_ = db.Close()
		return d.restart(ctx, why)
	}
	return nil
}

// Close closes the database and lets other daemons have the directory.
func (d *DB) Close() error {
	var err error
	if db := d.sql.Load(); db != nil {
		err = db.Close()
	}
	if d.lock != nil {
		err = errors.Join(err, d.lock.release())
	}
	if err != nil {
		return fmt.Errorf("state directory %s: close: %w", d.dir, err)
	}
	return nil
}
