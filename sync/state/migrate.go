package state

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
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
		fromVersion4,
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
