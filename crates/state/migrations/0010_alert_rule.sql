-- How far each alert rule has been looked at, and what kept it from being judged then.
CREATE TABLE alert_rule_looks (
    rule TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    trouble TEXT,
    trouble_ja TEXT,
    last_fired_at BIGINT
);

-- The groups of alert rules with which something is the matter: the condition holds, or the alert fires.
CREATE TABLE alert_rule_groups (
    rule TEXT NOT NULL,
    label TEXT NOT NULL,
    fields TEXT NOT NULL,
    group_values TEXT NOT NULL,
    firing BIGINT NOT NULL,
    since_minute BIGINT NOT NULL,
    held_minutes BIGINT NOT NULL,
    calm_minutes BIGINT NOT NULL,
    empty_minutes BIGINT NOT NULL,
    PRIMARY KEY (rule, label)
);

CREATE TABLE alert_rule_mutes (
    rule TEXT NOT NULL PRIMARY KEY,
    muted_until BIGINT NOT NULL,
    muted_by TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- What an alert rule says of its incidents.
ALTER TABLE incidents ADD COLUMN rule TEXT;
ALTER TABLE incidents ADD COLUMN action TEXT;
ALTER TABLE incidents ADD COLUMN examples TEXT;
