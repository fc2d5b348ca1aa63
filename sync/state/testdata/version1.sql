-- A database of version 1, as zonetender v1.0.0 would leave it. It is never made anew.
PRAGMA application_id = 0x5a4e5444;


CREATE TABLE progress (
	id        INTEGER PRIMARY KEY CHECK (id = 1),
	read      TEXT NOT NULL,
	applied   TEXT NOT NULL,
	accepted  TEXT NOT NULL,
	version   TEXT NOT NULL,
	last_good INTEGER,
	sum       INTEGER NOT NULL
) STRICT;

CREATE TABLE unchanged (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	count INTEGER NOT NULL,
	last  INTEGER
) STRICT;

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
	absent    INTEGER NOT NULL,
	sum       INTEGER NOT NULL
) STRICT;

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

CREATE TABLE refusals (
	id       INTEGER PRIMARY KEY,
	run      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	zone     TEXT NOT NULL,
	guard    TEXT NOT NULL,
	message  TEXT NOT NULL,
	approval TEXT NOT NULL
) STRICT;
CREATE INDEX refusals_run ON refusals (run);

INSERT INTO progress VALUES (1, '5e1f', '9f3c', '77aa', 'v1.0.0', 1795300440000000000, 1203764988);
INSERT INTO unchanged VALUES (1, 7, 1795300440000000000);
INSERT INTO zones VALUES ('example.com.', 'quarantined', 'it does not stay', '9f3c', '"zones/example.com.yaml" "abcd"
"zones/zonetender.yaml" ""
', '"example.com." "MX"
"www.example.com." "A"
', '"www.example.com." "A" "192.0.2.2 ttl 60" "192.0.2.2 ttl 300" "3" "1795296840000000000"
', 2, 1795304040000000000, 1, 62867360);
INSERT INTO runs VALUES (4, 'pull', 'apply', 'v1.0.0', 1795300440000000000, 1795300442000000000, 'partly', '', '9f3c', 'Ada Example <ada@example.com>', 'Move www', 1, 0, NULL, 0, 1795300442000000000);
INSERT INTO changes VALUES (1, 4, 1795300441000000000, 'example.com.', 'update', 'www.example.com.', 'A', 'rec-1', x'3139322e302e322e31', 3600, NULL, x'3139322e302e322e32', 60, NULL, 'change', 'zones/example.com.yaml', 12, '');
INSERT INTO refusals VALUES (1, 4, 'example.net.', 'deletes', '9 of 12 records would be deleted', '9f3c2ab41e07');
PRAGMA user_version = 1;
