package state

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// database is the name of the database within the state directory.
const database = "zonetender.db"

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

// connectReadOnly opens the database for reading. That works beside a daemon that writes.
func connectReadOnly(path string) (*sql.DB, error) {
	return open(path, url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(5000)", "query_only(1)", "cell_size_check(1)", "trusted_schema(0)"},
	})
}

// open gives a handle with one connection, which is made when it is first used.
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
