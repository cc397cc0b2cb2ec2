-- How far ippo has asked Prometheus servers for the samples of its queries: after filled_from, up to and with filled_to.
CREATE TABLE prometheus_queries (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    query TEXT NOT NULL,
    filled_from BIGINT NOT NULL,
    filled_to BIGINT NOT NULL,
    PRIMARY KEY (source, kind, query)
);
