-- order: 45
-- Households: who lives together, in which role, and how much each may spend of the others' points.
CREATE SCHEMA households;

CREATE TABLE households.household (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    name         text        NOT NULL,
    draws        text        NOT NULL DEFAULT 'own_first' COLLATE "C",
    created_at   timestamptz NOT NULL,
    dissolved_at timestamptz,
    CONSTRAINT households_household_known_order CHECK (draws IN ('own_first', 'ending_first'))
);
COMMENT ON TABLE households.household IS
    'A household account. draws = in which order pooled spending takes from its members. Points stay in their members'' own wallets. distributed by id';

CREATE TABLE households.person (
    member_id    bigint      NOT NULL,
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    program_id   int         NOT NULL,
    household_id bigint      NOT NULL,
    role         text        NOT NULL COLLATE "C",
    shares       boolean     NOT NULL,
    spend_max    bigint,
    spend_period text        NOT NULL DEFAULT 'month' COLLATE "C",
    joined_at    timestamptz NOT NULL,
    left_at      timestamptz,
    CONSTRAINT households_person_pk PRIMARY KEY (member_id, id),
    CONSTRAINT households_person_known_role CHECK (role IN ('head', 'adult', 'child')),
    CONSTRAINT households_person_known_period CHECK (spend_period IN ('day', 'week', 'month', 'year')),
    CONSTRAINT households_person_limit_not_negative CHECK (spend_max >= 0)
);
COMMENT ON TABLE households.person IS
    'A member in a household, from when till when. shares = others may spend her points; spend_max = how many of others'' points of a type she may spend in a period (smallest units of the first redeemable type), null = no bound. distributed by member_id';
CREATE UNIQUE INDEX households_person_in_one_household ON households.person (member_id, program_id) WHERE left_at IS NULL;
CREATE INDEX households_person_of_household ON households.person (household_id) WHERE left_at IS NULL;

CREATE TABLE households.invitation (
    household_id bigint      NOT NULL,
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    program_id   int         NOT NULL,
    secret_hash  bytea       NOT NULL,
    role         text        NOT NULL COLLATE "C",
    member_id    bigint,
    invited_by   bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    accepted_by  bigint,
    ended_at     timestamptz,
    CONSTRAINT households_invitation_pk PRIMARY KEY (household_id, id)
);
COMMENT ON TABLE households.invitation IS
    'An invitation by its secret (kept as SHA-256), for one member or whoever has it; accepted once. distributed by household_id';
CREATE INDEX households_invitation_by_secret ON households.invitation (secret_hash) WHERE ended_at IS NULL;
