-- What ippo says of incidents, in Japanese beside English. Null in what was written before.
ALTER TABLE incidents ADD COLUMN title_ja TEXT;
ALTER TABLE incident_alerts ADD COLUMN text_ja TEXT;
ALTER TABLE timeline ADD COLUMN text_ja TEXT;
ALTER TABLE outbox ADD COLUMN text_ja TEXT;
