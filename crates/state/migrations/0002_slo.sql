-- Definitions as applied: every revision is kept as it was. An ended definition has a last revision without text.
CREATE TABLE definition_revisions (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT NOT NULL,
    ended BIGINT NOT NULL,
    applied_at BIGINT NOT NULL,
    applied_by TEXT NOT NULL,
    PRIMARY KEY (kind, name, revision)
);

-- When ippo was up: intervals that each tick extends.
CREATE TABLE uptime (
    started_at BIGINT NOT NULL PRIMARY KEY,
    ended_at BIGINT NOT NULL
);

-- Which alerts of an SLO fire: what the next evaluation needs to know of the one before.
CREATE TABLE slo_alerts (
    slo TEXT NOT NULL,
    alert TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (slo, alert)
);

-- Until when nobody is told of an SLO, and who said so.
CREATE TABLE slo_mutes (
    slo TEXT NOT NULL PRIMARY KEY,
    muted_until BIGINT NOT NULL,
    muted_by TEXT NOT NULL,
    reason TEXT NOT NULL
);
