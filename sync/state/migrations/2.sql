-- Lists are JSON now, and a change is what a plan's JSON has for it. The rows of progress
-- and zones are converted by the program, which reads the old ones first.

DROP TABLE progress;
CREATE TABLE progress (
	id          INTEGER PRIMARY KEY CHECK (id = 1),
	read        TEXT NOT NULL,
	applied     TEXT NOT NULL,
	accepted    TEXT NOT NULL,
	last_good   INTEGER,
	last_change INTEGER,
	sum         INTEGER NOT NULL -- over the columns before it
) STRICT;

DROP TABLE zones;
CREATE TABLE zones (
	zone      TEXT PRIMARY KEY,
	state     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	"commit"  TEXT NOT NULL,
	files     TEXT NOT NULL, -- {path: blob hash}
	declared  TEXT NOT NULL, -- [[owner name, type]]
	reversals TEXT NOT NULL, -- [{name, type, written, found, count, since}]
	failures  INTEGER NOT NULL,
	retry_at  INTEGER,
	absent    INTEGER NOT NULL, -- 1 where the files hold the zone's tombstone
	sum       INTEGER NOT NULL  -- over the columns before it
) STRICT;

ALTER TABLE runs ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]'; -- [text]

-- A row without name is the zone itself, created or deleted.
CREATE TABLE changes2 (
	id     INTEGER PRIMARY KEY,
	run    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	at     INTEGER,
	zone   TEXT NOT NULL,
	name   TEXT NOT NULL, -- absolute
	change TEXT NOT NULL, -- as in a plan
	error  TEXT NOT NULL
) STRICT;
INSERT INTO changes2 SELECT id, run, at, zone, name, json_object(
	'action', action,
	'name', CASE WHEN name = zone THEN '@'
		WHEN substr(name, -length(zone) - 1) = '.' || zone THEN substr(name, 1, length(name) - length(zone) - 1)
		ELSE name END,
	'type', type,
	'record_id', record,
	'before', json(iif(before_ttl IS NULL, 'null', json_object('value', CAST(before_value AS TEXT), 'ttl', before_ttl, 'priority', before_priority))),
	'after', json(iif(after_ttl IS NULL, 'null', json_object('value', CAST(after_value AS TEXT), 'ttl', after_ttl, 'priority', after_priority))),
	'origin', origin,
	'file', file,
	'line', line), error
	FROM changes;
DROP TABLE changes;
ALTER TABLE changes2 RENAME TO changes;
CREATE INDEX changes_run ON changes (run);
CREATE INDEX changes_name ON changes (zone, name);
