-- What people and ippo entered about the budgets of SLOs: added to and never changed.
CREATE TABLE slo_ledger (
    id TEXT NOT NULL PRIMARY KEY,
    slo TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);

CREATE INDEX slo_ledger_of_slo ON slo_ledger (slo, recorded_at, id);

-- Pages that are not sent now, as so few failures may be chance: what the next evaluation needs to know of the one before.
CREATE TABLE slo_suppressed (
    slo TEXT NOT NULL,
    alert TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (slo, alert)
);
