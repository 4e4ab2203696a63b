-- order: 60
-- What was answered to requests that create value, so that a retry gets the same answer and does nothing twice.
CREATE SCHEMA web;

CREATE TABLE web.idempotency (
    credential   text        NOT NULL COLLATE "C",
    route        text        NOT NULL COLLATE "C",
    key          text        NOT NULL COLLATE "C",
    request_hash bytea       NOT NULL,
    member_id    bigint,
    status       smallint,
    media_type   text,
    body         bytea,
    created_at   timestamptz NOT NULL,
    CONSTRAINT web_idempotency_once PRIMARY KEY (credential, route, key),
    CONSTRAINT web_idempotency_hash_is_sha256 CHECK (octet_length(request_hash) = 32)
);
COMMENT ON TABLE web.idempotency IS
    'One answered request per caller, route (method and path template) and Idempotency-Key. request_hash = SHA-256 of path, query and body; body is NULL once the member it speaks of was erased. Kept 30 days. local';
CREATE INDEX web_idempotency_by_age ON web.idempotency USING brin (created_at);
CREATE INDEX web_idempotency_by_member ON web.idempotency (member_id) WHERE member_id IS NOT NULL;
