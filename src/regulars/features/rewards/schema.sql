-- order: 40
CREATE SCHEMA rewards;

CREATE TABLE rewards.revision (
    program_id int    PRIMARY KEY,
    revision   bigint NOT NULL
);
COMMENT ON TABLE rewards.revision IS 'Rises with every change of a program''s rewards, so that a process knows when the rewards it holds in memory are old. reference';

CREATE TABLE rewards.reward (
    id          int  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int  NOT NULL,
    code        text NOT NULL COLLATE "C",
    version     int  NOT NULL DEFAULT 1,
    archived_at timestamptz,
    CONSTRAINT rewards_reward_once UNIQUE (program_id, code)
);
COMMENT ON TABLE rewards.reward IS 'Something members can have for points; version = the one that is offered now. reference';

CREATE TABLE rewards.version (
    reward_id  int         NOT NULL REFERENCES rewards.reward,
    number     int         NOT NULL,
    document   text        NOT NULL,
    made_at    timestamptz NOT NULL,
    CONSTRAINT rewards_version_once PRIMARY KEY (reward_id, number)
);
COMMENT ON TABLE rewards.version IS 'Immutable: what a reward was at a time (JSON of model.Reward); whoever took it then took this. reference';

CREATE TABLE rewards.pool (
    reward_id int      NOT NULL,
    key       text     NOT NULL COLLATE "C",
    slot      smallint NOT NULL,
    free      bigint   NOT NULL,
    total     bigint   NOT NULL,
    CONSTRAINT rewards_pool_once PRIMARY KEY (reward_id, key, slot),
    CONSTRAINT rewards_pool_never_oversold CHECK (free BETWEEN 0 AND total)
) WITH (fillfactor = 50);
COMMENT ON TABLE rewards.pool IS
    'How many pieces there are (total) and how many of them nobody has (free), split over slots so that many clients take at once. key = stock/<store> (stock/ = not in a store) or limit/<period> (what all members together may have). distributed by reward_id';

CREATE TABLE rewards.used (
    member_id bigint NOT NULL,
    reward_id int    NOT NULL,
    period    text   NOT NULL COLLATE "C",
    used      bigint NOT NULL,
    CONSTRAINT rewards_used_once PRIMARY KEY (member_id, reward_id, period),
    CONSTRAINT rewards_used_not_negative CHECK (used >= 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE rewards.used IS 'How often a member had a limited reward in a period (lifetime, day/2026-03-02, month/2026-03 …); changed under the lock of her purse. distributed by member_id';
