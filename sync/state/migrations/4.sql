-- When the next record of the zone expires, NULL for never.
ALTER TABLE zones ADD COLUMN expires INTEGER;
