-- Incidents. The one that is not resolved is alone for its source: see the index.
CREATE TABLE incidents (
    id BIGINT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    severity TEXT NOT NULL,
    owner TEXT,
    slo TEXT,
    service TEXT,
    runbook TEXT,
    notify TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by TEXT,
    resolved_at BIGINT,
    resolved_by TEXT,
    muted BIGINT NOT NULL,
    reopened BIGINT NOT NULL,
    impact TEXT
);

CREATE UNIQUE INDEX incidents_open_source ON incidents (source) WHERE state <> 'resolved';

CREATE INDEX incidents_source ON incidents (source, id);

-- Alerts that fire, and the incident each belongs to.
CREATE TABLE incident_alerts (
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    since BIGINT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (source, alert)
);

CREATE INDEX incident_alerts_incident ON incident_alerts (incident_id);

-- What happened to an incident. Rows are added and never changed.
CREATE TABLE timeline (
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    position BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    event_time BIGINT NOT NULL,
    recorded_time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (incident_id, position)
);

-- Messages on their way, one row for each target. The id is the same across attempts.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    position BIGINT NOT NULL,
    target TEXT NOT NULL,
    channel TEXT NOT NULL,
    event TEXT NOT NULL,
    event_time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    repeat BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at BIGINT,
    last_error TEXT,
    delivered_at BIGINT,
    UNIQUE (incident_id, position)
);

CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state IN ('pending', 'sending', 'failed');

-- How each notification target did last.
CREATE TABLE target_health (
    name TEXT NOT NULL PRIMARY KEY,
    last_success_at BIGINT,
    last_failure_at BIGINT,
    last_error TEXT
);
