-- People who can sign in.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    -- argon2id in PHC form; NULL: no password opens it.
    password_hash TEXT,
    created_at BIGINT NOT NULL
);

-- Signed-in browsers. The secret itself is in the browser alone.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    began_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);

-- API tokens and ingest keys. The secret itself was shown once.
CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    hint TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    revoked_at BIGINT
);

-- Links that let someone in: to make the first account, or as an account that is there.
CREATE TABLE setup_links (
    secret_hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    expires_at BIGINT NOT NULL,
    uses_left BIGINT NOT NULL
);

-- Every change that a person or a token made. Rows are added and never changed.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX audit_at ON audit (at, id);
