-- How many of the zones that a run wrote to answer what it wrote, by their name servers, and
-- how many did not in time. Both are 0 where nobody has asked.
ALTER TABLE runs ADD COLUMN answering INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;
