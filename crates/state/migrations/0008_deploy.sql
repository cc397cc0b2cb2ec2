-- Which version of a service went out when: as somebody told, or as telemetry shows.
CREATE TABLE deploys (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    environment TEXT NOT NULL,
    version TEXT NOT NULL,
    deployed_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    url TEXT
);

CREATE INDEX deploys_of_service ON deploys (service, deployed_at, id);
CREATE INDEX deploys_by_time ON deploys (deployed_at, id);

-- When each version was last heard: what the next look needs to know of the one before.
CREATE TABLE heard_versions (
    service TEXT NOT NULL,
    environment TEXT NOT NULL,
    version TEXT NOT NULL,
    heard_at BIGINT NOT NULL,
    PRIMARY KEY (service, environment, version)
);
