-- order: 66
-- Roll-ups: what dashboards ask, added up by program, local day and whatever else it is asked by. Made from closed batches,
-- each exactly once; `rebuild` makes the same again from the rows they were made of.
CREATE SCHEMA reporting;

CREATE TABLE reporting.progress (
    name         text        PRIMARY KEY COLLATE "C",
    until_batch  bigint      NOT NULL DEFAULT 0,
    revision     bigint      NOT NULL DEFAULT 0,
    until_at     timestamptz,
    moved_at     timestamptz,
    took_ms      bigint      NOT NULL DEFAULT 0
);
COMMENT ON TABLE reporting.progress IS
    'How far each family of roll-ups has come: every batch up to until_batch is in them, none twice. revision rises when figures changed. local';

CREATE TABLE reporting.flow (
    program_id        int      NOT NULL,
    point_type_id     int      NOT NULL,
    day               date     NOT NULL,
    posted_day        date     NOT NULL,
    kind              smallint NOT NULL,
    debit_account_id  int      NOT NULL,
    credit_account_id int      NOT NULL,
    transfers         bigint   NOT NULL,
    points            bigint   NOT NULL,
    CONSTRAINT reporting_flow_pk PRIMARY KEY (program_id, day, posted_day, point_type_id, kind, debit_account_id, credit_account_id)
);
COMMENT ON TABLE reporting.flow IS
    'Transfers by the local day on which they happened, the local day on which they were posted, kind and the two accounts. local';

CREATE TABLE reporting.award (
    program_id    int    NOT NULL,
    dimension     text   NOT NULL COLLATE "C",
    grain         text   NOT NULL COLLATE "C",
    day           date   NOT NULL,
    key           text   NOT NULL COLLATE "C",
    point_type_id int    NOT NULL,
    awards        bigint NOT NULL,
    points        bigint NOT NULL,
    CONSTRAINT reporting_award_pk PRIMARY KEY (program_id, dimension, grain, day, key, point_type_id),
    CONSTRAINT reporting_award_known_grain CHECK (grain IN ('day', 'month'))
);
COMMENT ON TABLE reporting.award IS
    'Points awarded by rule (key = version:place in it), store, partner, source, tier; by day and again by month (day = its first). local';

CREATE TABLE reporting.order_fact (
    member_id  bigint NOT NULL,
    event_id   bigint NOT NULL,
    program_id int    NOT NULL,
    order_key  uuid   NOT NULL,
    day        date   NOT NULL,
    store      text   NOT NULL COLLATE "C",
    partner    text   NOT NULL COLLATE "C",
    channel    text   NOT NULL COLLATE "C",
    source_id  int    NOT NULL,
    tiers      text[] NOT NULL,
    rules      text[] NOT NULL,
    units      bigint NOT NULL,
    units_left bigint NOT NULL,
    gross      bigint NOT NULL,
    net        bigint NOT NULL,
    lines      jsonb  NOT NULL,
    CONSTRAINT reporting_order_fact_pk PRIMARY KEY (member_id, event_id)
);
COMMENT ON TABLE reporting.order_fact IS
    'One order as it is after its refunds, without a word of what may name a person: what the roll-ups of sales are made of. lines = [sku, category, units, units left, gross, net]; gross, net in minor units. order_key = MD5 of the order id. member_id 0 = nobody''s. distributed by member_id';
CREATE INDEX reporting_order_fact_by_event ON reporting.order_fact (event_id);
CREATE INDEX reporting_order_fact_of_nobody ON reporting.order_fact (program_id, order_key) WHERE member_id = 0;

CREATE TABLE reporting.sale (
    program_id int    NOT NULL,
    dimension  text   NOT NULL COLLATE "C",
    grain      text   NOT NULL COLLATE "C",
    day        date   NOT NULL,
    key        text   NOT NULL COLLATE "C",
    orders     bigint NOT NULL,
    units      bigint NOT NULL,
    units_left bigint NOT NULL,
    gross      bigint NOT NULL,
    net        bigint NOT NULL,
    CONSTRAINT reporting_sale_pk PRIMARY KEY (program_id, dimension, grain, day, key),
    CONSTRAINT reporting_sale_known_grain CHECK (grain IN ('day', 'month'))
);
COMMENT ON TABLE reporting.sale IS
    'Orders by their local day, in all and by store, partner, channel, source, tier, rule, product, category; by day and again by month. gross = as bought, net = after refunds, minor units. local';

CREATE TABLE reporting.tier_move (
    program_id int    NOT NULL,
    day        date   NOT NULL,
    tier_set   text   NOT NULL COLLATE "C",
    previous   text   NOT NULL COLLATE "C",
    tier       text   NOT NULL COLLATE "C",
    direction  text   NOT NULL COLLATE "C",
    reason     text   NOT NULL COLLATE "C",
    members    bigint NOT NULL,
    CONSTRAINT reporting_tier_move_pk PRIMARY KEY (program_id, day, tier_set, previous, tier, direction, reason)
);
COMMENT ON TABLE reporting.tier_move IS 'Changes of tier by the local day since which they hold. local';

CREATE TABLE reporting.intake (
    program_id int    NOT NULL,
    day        date   NOT NULL,
    batches    bigint NOT NULL,
    events     bigint NOT NULL,
    CONSTRAINT reporting_intake_pk PRIMARY KEY (program_id, day)
);
COMMENT ON TABLE reporting.intake IS 'Events taken in by the local day on which they were received. local';

CREATE TABLE reporting.activity (
    member_id  bigint NOT NULL,
    program_id int    NOT NULL,
    months     int[]  NOT NULL,
    CONSTRAINT reporting_activity_pk PRIMARY KEY (member_id)
);
COMMENT ON TABLE reporting.activity IS
    'In which months a member bought, ascending, as year * 12 + month - 1. distributed by member_id';

CREATE TABLE reporting.retention (
    program_id int    NOT NULL,
    cohort     int    NOT NULL,
    month      int    NOT NULL,
    members    bigint NOT NULL,
    CONSTRAINT reporting_retention_pk PRIMARY KEY (program_id, cohort, month)
);
COMMENT ON TABLE reporting.retention IS
    'Members by the month of their first order and each month in which they bought; months as year * 12 + month - 1. local';

CREATE TABLE reporting.member_count (
    program_id int    NOT NULL,
    joined     date   NOT NULL,
    status     text   NOT NULL COLLATE "C",
    members    bigint NOT NULL,
    CONSTRAINT reporting_member_count_pk PRIMARY KEY (program_id, joined, status)
);
COMMENT ON TABLE reporting.member_count IS
    'Members by the local day on which they joined and their status, counted anew when members changed. local';

CREATE TABLE reporting.tier_count (
    program_id int    NOT NULL,
    tier_set   text   NOT NULL COLLATE "C",
    tier       text   NOT NULL COLLATE "C",
    members    bigint NOT NULL,
    CONSTRAINT reporting_tier_count_pk PRIMARY KEY (program_id, tier_set, tier)
);
COMMENT ON TABLE reporting.tier_count IS 'Living members in each tier, counted anew with the members. local';
