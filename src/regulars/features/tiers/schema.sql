-- order: 34
CREATE SCHEMA tiers;

CREATE TABLE tiers.tier_set (
    program_id   int         NOT NULL,
    code         text        NOT NULL COLLATE "C",
    version      int         NOT NULL,
    doc          jsonb       NOT NULL,
    in_force_from timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT tiers_tier_set_pk PRIMARY KEY (program_id, code, version)
);
COMMENT ON TABLE tiers.tier_set IS 'Tier sets, versioned: metric, window, tiers with thresholds and entry awards, downgrade policy, grace. The highest version is in force. reference';

CREATE TABLE tiers.scheduled (
    program_id    int         NOT NULL,
    code          text        NOT NULL COLLATE "C",
    doc           jsonb       NOT NULL,
    in_force_from timestamptz NOT NULL,
    scheduled_at  timestamptz NOT NULL,
    problem       text        NOT NULL DEFAULT '',
    CONSTRAINT tiers_scheduled_pk PRIMARY KEY (program_id, code)
);
COMMENT ON TABLE tiers.scheduled IS 'The next version of a tier set, until its instant comes: then upkeep publishes it. problem = why that was not possible. reference';

CREATE TABLE tiers.standing (
    member_id   bigint      NOT NULL,
    id          bigint      NOT NULL,
    program_id  int         NOT NULL,
    tier_set    text        NOT NULL COLLATE "C",
    tier        text        NOT NULL COLLATE "C",
    previous    text        COLLATE "C",
    direction   text        NOT NULL COLLATE "C",
    reason      text        NOT NULL COLLATE "C",
    event_id    bigint,
    since       timestamptz NOT NULL,
    posted_at   timestamptz NOT NULL,
    CONSTRAINT tiers_standing_pk PRIMARY KEY (member_id, id)
);
COMMENT ON TABLE tiers.standing IS 'History of every member''s tier: from which, to which, why. The standing in force is in the purse''s state. distributed by member_id';
CREATE INDEX tiers_standing_by_time ON tiers.standing USING brin (posted_at) WITH (pages_per_range = 32, autosummarize = on);
