-- The rules of error budget policies that stand, for which SLO, and for which incident: 0 for none.
CREATE TABLE standing_rules (
    policy TEXT NOT NULL,
    rule TEXT NOT NULL,
    slo TEXT NOT NULL,
    incident_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    held_at BIGINT NOT NULL,
    text TEXT NOT NULL,
    text_ja TEXT NOT NULL,
    PRIMARY KEY (policy, rule, slo, incident_id)
);
