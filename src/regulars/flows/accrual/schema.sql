-- order: 60
-- What accrual keeps beside events and ledger: corrected orders, budgets, and effects for others to carry out.
CREATE SCHEMA accrual;

CREATE TABLE accrual.corrected_order (
    member_id   bigint      NOT NULL,
    order_event_id bigint   NOT NULL,
    program_id  int         NOT NULL,
    doc         text        NOT NULL,
    outcome     text        NOT NULL,
    corrections text        NOT NULL DEFAULT '',
    cancelled   boolean     NOT NULL DEFAULT false,
    corrected_at timestamptz NOT NULL,
    CONSTRAINT accrual_corrected_order_pk PRIMARY KEY (member_id, order_event_id)
);
COMMENT ON TABLE accrual.corrected_order IS
    'An order after its refunds, updates or cancellation: what is left of the basket (doc) and of its awards (outcome), and what was said of it (corrections, as they happened). distributed by member_id';

CREATE TABLE accrual.budget (
    program_id int    NOT NULL,
    owner      text   NOT NULL COLLATE "C",
    measure    text   NOT NULL COLLATE "C",
    period     text   NOT NULL COLLATE "C",
    used       bigint NOT NULL DEFAULT 0,
    CONSTRAINT accrual_budget_pk PRIMARY KEY (program_id, owner, measure, period),
    CONSTRAINT accrual_budget_not_negative CHECK (used >= 0)
);
COMMENT ON TABLE accrual.budget IS
    'What a rule or campaign has given in a period, in points, money or count. Changed last in a batch and only while it stays within the maximum. reference';

CREATE TABLE accrual.effect (
    member_id  bigint      NOT NULL,
    id         bigint      NOT NULL,
    program_id int         NOT NULL,
    event_id   bigint      NOT NULL,
    rule       text        NOT NULL COLLATE "C",
    rule_index int         NOT NULL,
    kind       text        NOT NULL COLLATE "C",
    nth        int         NOT NULL,
    arguments  text        NOT NULL,
    status     text        NOT NULL DEFAULT 'recorded' COLLATE "C",
    again      int         NOT NULL DEFAULT 0,
    posted_at  timestamptz NOT NULL,
    CONSTRAINT accrual_effect_pk PRIMARY KEY (member_id, id)
);
COMMENT ON TABLE accrual.effect IS
    'Effects other than points: a draw entered, a voucher, a message, a task, a webhook, a custom effect; recorded with the event that caused them. nth: how many of its kind the rule (rule_index: its place in the version) had for the event before it. again: how often it was owed again after it had been taken back. distributed by member_id';
CREATE INDEX accrual_effect_by_time ON accrual.effect USING brin (posted_at) WITH (pages_per_range = 32, autosummarize = on);
