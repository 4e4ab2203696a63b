-- order: 68
-- Spending a household's points together: which parts came from whom, and how much of others' points each has spent.
CREATE SCHEMA pooling;

CREATE TABLE pooling.spend (
    household_id bigint      NOT NULL,
    id           bigint      NOT NULL,
    program_id   int         NOT NULL,
    member_id    bigint      NOT NULL,
    point_type   text        NOT NULL COLLATE "C",
    points       bigint      NOT NULL,
    of_others    bigint      NOT NULL,
    period       text        NOT NULL COLLATE "C",
    reference    text        NOT NULL DEFAULT '',
    spent_at     timestamptz NOT NULL,
    CONSTRAINT pooling_spend_pk PRIMARY KEY (household_id, id),
    CONSTRAINT pooling_spend_positive CHECK (points > 0 AND of_others BETWEEN 0 AND points)
);
COMMENT ON TABLE pooling.spend IS 'A spend of one member from the points of a household; period = which of the spender''s limit it counted in. distributed by household_id';

CREATE TABLE pooling.part (
    household_id bigint NOT NULL,
    spend_id     bigint NOT NULL,
    place        int    NOT NULL,
    member_id    bigint NOT NULL,
    transfer_id  bigint NOT NULL,
    points       bigint NOT NULL,
    returned     bigint NOT NULL DEFAULT 0,
    CONSTRAINT pooling_part_pk PRIMARY KEY (household_id, spend_id, place),
    CONSTRAINT pooling_part_returns_no_more CHECK (returned BETWEEN 0 AND points)
);
COMMENT ON TABLE pooling.part IS 'What of a pooled spend came from whom, in the order in which it was drawn. distributed by household_id';

CREATE TABLE pooling.usage (
    member_id    bigint NOT NULL,
    household_id bigint NOT NULL,
    point_type   text   NOT NULL COLLATE "C",
    period       text   NOT NULL COLLATE "C",
    points       bigint NOT NULL,
    CONSTRAINT pooling_usage_pk PRIMARY KEY (member_id, household_id, point_type, period),
    CONSTRAINT pooling_usage_not_negative CHECK (points >= 0)
);
COMMENT ON TABLE pooling.usage IS 'How many of others'' points a member has spent in a period. distributed by member_id';
