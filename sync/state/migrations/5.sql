-- What zones declare stands in a table of its own, which is read for one zone at a time. The
-- rows of zones are converted by the program, and zones4 is dropped after.

ALTER TABLE zones RENAME TO zones4;
CREATE TABLE zones (
	zone      TEXT PRIMARY KEY,
	state     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	"commit"  TEXT NOT NULL,
	files     TEXT NOT NULL, -- {path: blob hash}
	declared  BLOB,          -- digest of the text in the table declared, NULL for none
	reversals TEXT NOT NULL, -- [{name, type, written, found, count, since}]
	failures  INTEGER NOT NULL,
	retry_at  INTEGER,
	absent    INTEGER NOT NULL, -- 1 where the files hold the zone's tombstone
	expires   INTEGER,
	sum       INTEGER NOT NULL -- over the columns before it
) STRICT;

-- A text that does not agree with the digest of its zone counts for nothing.
CREATE TABLE declared (
	zone   TEXT PRIMARY KEY REFERENCES zones (zone) ON DELETE CASCADE,
	rrsets TEXT NOT NULL -- lines of types, with commas between them, and a relative owner name
) STRICT;
