-- Times are nanoseconds since 1970 (UTC), NULL for none. Names are absolute, with their
-- final dot. Lists are lines of quoted fields.

PRAGMA application_id = 0x5a4e5444;

-- One row: how far the daemon has come. sum is over the columns before it.
CREATE TABLE progress (
	id        INTEGER PRIMARY KEY CHECK (id = 1),
	read      TEXT NOT NULL,
	applied   TEXT NOT NULL,
	accepted  TEXT NOT NULL,
	version   TEXT NOT NULL,
	last_good INTEGER,
	sum       INTEGER NOT NULL
) STRICT;

-- One row: cycles that found nothing new, which are only counted.
CREATE TABLE unchanged (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	count INTEGER NOT NULL,
	last  INTEGER
) STRICT;

-- What is known of each zone. sum is over all other columns.
CREATE TABLE zones (
	zone      TEXT PRIMARY KEY,
	state     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	"commit"  TEXT NOT NULL,
	files     TEXT NOT NULL, -- path, blob hash
	declared  TEXT NOT NULL, -- owner name, type
	fights    TEXT NOT NULL, -- owner name, type, want, got, count, since
	failures  INTEGER NOT NULL,
	retry_at  INTEGER,
	absent    INTEGER NOT NULL, -- 1 where the files hold the zone's tombstone
	sum       INTEGER NOT NULL
) STRICT;

-- Cycles. A cycle that changed nothing and ended as the one before it is not a row of its
-- own: it counts in that one's repeats, and last is when it ended. AUTOINCREMENT keeps the
-- number of a cycle that is gone from coming back as another's.
CREATE TABLE runs (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	kind     TEXT NOT NULL,
	mode     TEXT NOT NULL,
	version  TEXT NOT NULL,
	started  INTEGER,
	ended    INTEGER,
	outcome  TEXT NOT NULL,
	error    TEXT NOT NULL,
	"commit" TEXT NOT NULL,
	author   TEXT NOT NULL,
	subject  TEXT NOT NULL,
	verified INTEGER NOT NULL, -- zones
	idle     INTEGER NOT NULL, -- 1 where nothing was changed or tried
	alike    BLOB,             -- digest of how an idle cycle ended
	repeats  INTEGER NOT NULL,
	last     INTEGER
) STRICT;
CREATE INDEX runs_last ON runs (last);
CREATE INDEX runs_idle ON runs (id) WHERE idle = 1;

-- Changes, made or tried. A row without name and type is the zone itself, created or
-- deleted. Values are as the API carries them, in any octets; a TTL is NULL where there is
-- no such side.
CREATE TABLE changes (
	id              INTEGER PRIMARY KEY,
	run             INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	at              INTEGER,
	zone            TEXT NOT NULL,
	action          TEXT NOT NULL,
	name            TEXT NOT NULL,
	type            TEXT NOT NULL,
	record          TEXT NOT NULL, -- the service's id
	before_value    BLOB,
	before_ttl      INTEGER,
	before_priority INTEGER,
	after_value     BLOB,
	after_ttl       INTEGER,
	after_priority  INTEGER,
	origin          TEXT NOT NULL,
	file            TEXT NOT NULL,
	line            INTEGER NOT NULL,
	error           TEXT NOT NULL
) STRICT;
CREATE INDEX changes_run ON changes (run);
CREATE INDEX changes_name ON changes (zone, name);

-- Refusals of guards. The empty zone is the whole cycle.
CREATE TABLE refusals (
	id       INTEGER PRIMARY KEY,
	run      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	zone     TEXT NOT NULL,
	guard    TEXT NOT NULL,
	message  TEXT NOT NULL,
	approval TEXT NOT NULL
) STRICT;
CREATE INDEX refusals_run ON refusals (run);
