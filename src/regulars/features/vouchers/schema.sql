-- order: 42
-- Vouchers and coupons: what they are worth (definitions), the codes, who holds them, and every use.
CREATE SCHEMA vouchers;

CREATE TABLE vouchers.definition (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL,
    code       text        NOT NULL COLLATE "C",
    document   text        NOT NULL,
    zone       text        NOT NULL,
    revision   bigint      NOT NULL DEFAULT 1,
    uses_total bigint,
    uses       bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT vouchers_definition_once UNIQUE (program_id, code),
    CONSTRAINT vouchers_definition_uses_not_negative CHECK (uses >= 0)
);
COMMENT ON TABLE vouchers.definition IS
    'What vouchers of one kind are worth and who may use them when (document = JSON). uses is counted only while uses_total bounds it. zone = the program''s calendar for days after issue. reference';

CREATE TABLE vouchers.voucher (
    program_id    int         NOT NULL,
    code          text        NOT NULL COLLATE "C",
    definition_id int         NOT NULL,
    status        text        NOT NULL COLLATE "C",
    member_id     bigint,
    uses_max      int,
    uses          int         NOT NULL DEFAULT 0,
    reserved      int         NOT NULL DEFAULT 0,
    issued_at     timestamptz,
    valid_until   timestamptz,
    last_used_at  timestamptz,
    CONSTRAINT vouchers_voucher_pk PRIMARY KEY (program_id, code),
    CONSTRAINT vouchers_voucher_known_status CHECK (status IN ('stock', 'issued', 'void')),
    CONSTRAINT vouchers_voucher_uses_not_negative CHECK (uses >= 0 AND reserved >= 0),
    CONSTRAINT vouchers_voucher_not_used_up CHECK (uses_max IS NULL OR uses + reserved <= uses_max),
    CONSTRAINT vouchers_voucher_stock_is_nobodys CHECK (status <> 'stock' OR member_id IS NULL)
) WITH (fillfactor = 90);
COMMENT ON TABLE vouchers.voucher IS
    'A code. stock = waits to be handed out, issued = may be used (by its member, or by whoever holds it), void = taken back. valid_until = its own end beside the definition''s. distributed by code';
CREATE INDEX vouchers_voucher_in_stock ON vouchers.voucher (definition_id) WHERE status = 'stock';
CREATE INDEX vouchers_voucher_of_member ON vouchers.voucher (member_id, program_id) WHERE member_id IS NOT NULL;
CREATE INDEX vouchers_voucher_of_definition ON vouchers.voucher (definition_id, code);

CREATE TABLE vouchers.use (
    program_id    int         NOT NULL,
    code          text        NOT NULL COLLATE "C",
    reservation   text        NOT NULL COLLATE "C",
    definition_id int         NOT NULL,
    member_id     bigint,
    status        text        NOT NULL COLLATE "C",
    order_id      text        COLLATE "C",
    until         timestamptz NOT NULL,
    reserved_at   timestamptz NOT NULL,
    used_at       timestamptz,
    ended_at      timestamptz,
    CONSTRAINT vouchers_use_pk PRIMARY KEY (program_id, code, reservation),
    CONSTRAINT vouchers_use_known_status CHECK (status IN ('reserved', 'used', 'released', 'lapsed', 'returned'))
);
COMMENT ON TABLE vouchers.use IS
    'One use of a code: set aside for a basket (reserved), then used by its order, or free again (released, lapsed, returned). distributed by code';
CREATE INDEX vouchers_use_of_reservation ON vouchers.use (reservation);
CREATE INDEX vouchers_use_of_order ON vouchers.use (program_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX vouchers_use_to_lapse ON vouchers.use (until) WHERE status = 'reserved';

CREATE TABLE vouchers.member_count (
    member_id     bigint NOT NULL,
    program_id    int    NOT NULL,
    definition_id int    NOT NULL,
    uses          int    NOT NULL,
    CONSTRAINT vouchers_member_count_pk PRIMARY KEY (member_id, program_id, definition_id),
    CONSTRAINT vouchers_member_count_not_negative CHECK (uses >= 0)
);
COMMENT ON TABLE vouchers.member_count IS 'How often a member used vouchers of a definition, those set aside for a basket included. distributed by member_id';

CREATE TABLE vouchers.issue (
    member_id     bigint      NOT NULL,
    program_id    int         NOT NULL,
    cause         text        NOT NULL COLLATE "C",
    definition_id int         NOT NULL,
    code          text        COLLATE "C",
    event_id      bigint,
    rule          text        COLLATE "C",
    issued_at     timestamptz NOT NULL,
    CONSTRAINT vouchers_issue_pk PRIMARY KEY (member_id, program_id, cause)
);
COMMENT ON TABLE vouchers.issue IS
    'Who was given which code and why, once per cause for ever. event_id and rule: the effect of a rule that caused it. distributed by member_id';

CREATE TABLE vouchers.audience (
    member_id  bigint NOT NULL,
    program_id int    NOT NULL,
    audience   text   NOT NULL COLLATE "C",
    CONSTRAINT vouchers_audience_pk PRIMARY KEY (member_id, program_id, audience)
);
COMMENT ON TABLE vouchers.audience IS 'Whom vouchers are for that name an audience: a mailing''s households, say. distributed by member_id';

CREATE TABLE vouchers.batch (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id    int         NOT NULL,
    definition_id int         NOT NULL,
    origin        text        NOT NULL COLLATE "C",
    mark          text        NOT NULL COLLATE "C",
    bearer        boolean     NOT NULL,
    uses_max      int,
    wanted        bigint,
    done          bigint      NOT NULL DEFAULT 0,
    refused       bigint      NOT NULL DEFAULT 0,
    bytes_done    bigint      NOT NULL DEFAULT 0,
    lines_done    bigint      NOT NULL DEFAULT 0,
    error_bytes   bigint      NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    CONSTRAINT vouchers_batch_once UNIQUE (program_id, origin, mark),
    CONSTRAINT vouchers_batch_known_origin CHECK (origin IN ('generated', 'imported'))
);
COMMENT ON TABLE vouchers.batch IS
    'Codes that were generated or imported together, and how far that has come: a killed run goes on from here. local';

CREATE TABLE vouchers.incoming (
    batch_id bigint NOT NULL,
    line     bigint NOT NULL,
    code     text   NOT NULL COLLATE "C"
);
COMMENT ON TABLE vouchers.incoming IS 'Codes on their way from COPY into vouchers.voucher, within one transaction. local';

CREATE TABLE vouchers.guess (
    program_id int         NOT NULL,
    caller     text        NOT NULL COLLATE "C",
    tries      int         NOT NULL,
    since      timestamptz NOT NULL,
    CONSTRAINT vouchers_guess_pk PRIMARY KEY (program_id, caller)
);
COMMENT ON TABLE vouchers.guess IS
    'Wrong codes of one caller (SHA-256 of who it is) in the present window; tries that are under way are counted before they are known to be wrong. distributed by caller';
