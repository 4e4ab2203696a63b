-- order: 67
-- Spending where there is no network: points set aside, a signed token for them, and what tills report later.
CREATE SCHEMA offline;

CREATE TABLE offline.key (
    program_id int         NOT NULL,
    id         text        NOT NULL COLLATE "C",
    private    bytea       NOT NULL,
    public     bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT offline_key_pk PRIMARY KEY (program_id, id)
);
COMMENT ON TABLE offline.key IS 'The Ed25519 keys that sign tokens of a program; the private half is sealed. Retired ones sign no more; tills keep them until their last token is over. reference';
CREATE UNIQUE INDEX offline_key_one_in_use ON offline.key (program_id) WHERE retired_at IS NULL;

CREATE TABLE offline.token (
    member_id  bigint      NOT NULL,
    hold_id    bigint      NOT NULL,
    program_id int         NOT NULL,
    points     bigint      NOT NULL,
    used       bigint      NOT NULL DEFAULT 0,
    status     text        NOT NULL DEFAULT 'open' COLLATE "C",
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settles_at timestamptz NOT NULL,
    settled_at timestamptz,
    CONSTRAINT offline_token_pk PRIMARY KEY (member_id, hold_id),
    CONSTRAINT offline_token_within_bound CHECK (used BETWEEN 0 AND points),
    CONSTRAINT offline_token_known_status CHECK (status IN ('open', 'settled', 'revoked'))
);
COMMENT ON TABLE offline.token IS
    'A signed token: so many points, set aside by the hold. used = what tills reported and was accepted, never more than the points. settles_at = until when tills may report. distributed by member_id';
CREATE INDEX offline_token_to_settle ON offline.token (settles_at) WHERE status = 'open';

CREATE TABLE offline.use (
    member_id   bigint      NOT NULL,
    hold_id     bigint      NOT NULL,
    till        text        NOT NULL COLLATE "C",
    number      text        NOT NULL COLLATE "C",
    program_id  int         NOT NULL,
    points      bigint      NOT NULL,
    accepted    bigint      NOT NULL,
    reason      text        NOT NULL DEFAULT '' COLLATE "C",
    order_id    text        NOT NULL DEFAULT '',
    used_at     timestamptz NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT offline_use_pk PRIMARY KEY (member_id, hold_id, till, number),
    CONSTRAINT offline_use_accepts_no_more CHECK (accepted BETWEEN 0 AND points)
);
COMMENT ON TABLE offline.use IS
    'Immutable: one use of a token at a till without network, and how much of it was accepted when it was reported. reason = why not all of it. distributed by member_id';
CREATE INDEX offline_use_over ON offline.use (program_id, reported_at) WHERE accepted < points;
