-- The initial state: all schema.sql files in order. Written by `make schema`; change those files instead.

-- from infra/db/schema.sql
-- What the database itself needs to know. The migration runner creates this before the first migration.
CREATE SCHEMA IF NOT EXISTS infra;

CREATE TABLE IF NOT EXISTS infra.migration (
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migration_name_unique PRIMARY KEY (name)
);
COMMENT ON TABLE infra.migration IS 'Applied migrations. local';

-- from infra/sealing/schema.sql
-- With which key the secrets of this database are sealed. The key itself is elsewhere.
CREATE SCHEMA sealing;

CREATE TABLE sealing.key_in_use (
    only_one boolean     NOT NULL DEFAULT true,
    id       text        NOT NULL COLLATE "C",
    since    timestamptz NOT NULL,
    CONSTRAINT sealing_key_in_use_one PRIMARY KEY (only_one),
    CONSTRAINT sealing_key_in_use_is_one CHECK (only_one)
);
COMMENT ON TABLE sealing.key_in_use IS 'The id of the key that secrets are sealed with (SHA-256, shortened): a server that does not have it does not start. One row. local';

-- from infra/jobs/schema.sql
-- Work that is done later: jobs with leases on the database's time, and the schedules that make them.
CREATE SCHEMA jobs;

CREATE TABLE jobs.job (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue       text        NOT NULL COLLATE "C",
    kind        text        NOT NULL COLLATE "C",
    key         text        COLLATE "C",
    program_id  int,
    payload     jsonb       NOT NULL DEFAULT '{}',
    status      text        NOT NULL DEFAULT 'waiting' COLLATE "C",
    attempts    int         NOT NULL DEFAULT 0,
    tries_max   int         NOT NULL,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,
    fence       bigint      NOT NULL DEFAULT 0,
    cancelled   boolean     NOT NULL DEFAULT false,
    progress    jsonb,
    error       text,
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz,
    CONSTRAINT jobs_job_known_status CHECK (status IN ('waiting', 'running', 'done', 'parked', 'cancelled')),
    CONSTRAINT jobs_job_leased_while_running CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT jobs_job_tries CHECK (tries_max >= 1 AND attempts >= 0)
);
COMMENT ON TABLE jobs.job IS
    'One piece of work. key is unique among the open jobs of a kind. lease_until is on the database''s clock; fence rises with every claim, so that a worker that lost its lease cannot write. parked = gave up, with the reason in error. program_id NULL = of the platform. local';
CREATE UNIQUE INDEX jobs_job_open_key_once ON jobs.job (kind, key) WHERE status IN ('waiting', 'running');
CREATE INDEX jobs_job_due ON jobs.job (queue, next_at, id) WHERE status = 'waiting';
CREATE INDEX jobs_job_leased ON jobs.job (queue, lease_until) WHERE status = 'running';
CREATE INDEX jobs_job_parked ON jobs.job (id) WHERE status = 'parked';
CREATE INDEX jobs_job_finished ON jobs.job (finished_at) WHERE status IN ('done', 'cancelled');

CREATE TABLE jobs.schedule (
    name       text        PRIMARY KEY COLLATE "C",
    program_id int,
    kind       text        NOT NULL COLLATE "C",
    payload    jsonb       NOT NULL DEFAULT '{}',
    cron       text        NOT NULL COLLATE "C",
    zone       text        NOT NULL COLLATE "C",
    missed     text        NOT NULL DEFAULT 'last' COLLATE "C",
    last_tick  timestamptz,
    next_tick  timestamptz NOT NULL,
    enabled    boolean     NOT NULL DEFAULT true,
    CONSTRAINT jobs_schedule_known_missed CHECK (missed IN ('all', 'last', 'skip'))
);
COMMENT ON TABLE jobs.schedule IS
    'When a kind of job is to run: five cron fields read in an IANA zone. missed = what becomes of ticks nobody was there for: a job for each, one for the last, or none. local';
CREATE INDEX jobs_schedule_due ON jobs.schedule (next_tick) WHERE enabled;

-- from infra/web/schema.sql
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

-- from core/events/schema.sql
-- What happened, once. `identity` says that an event was seen, for ever; `event` keeps what it said and what came of it.
CREATE SCHEMA events;

CREATE SEQUENCE events.batch_id_seq;
CREATE SEQUENCE events.decision_seq;

CREATE TABLE events.batch (
    id          bigint      PRIMARY KEY DEFAULT nextval('events.batch_id_seq'),
    program_id  int         NOT NULL,
    received_at timestamptz NOT NULL,
    events      int         NOT NULL,
    notices     text,
    fanned_out  boolean     NOT NULL DEFAULT false,
    decision    bigint      NOT NULL DEFAULT nextval('events.decision_seq')
);
COMMENT ON TABLE events.batch IS
    'One committed micro-batch; event and transfer ids are (batch id << 20) + position. A batch takes its number before it waits for its members and its `decision` while it holds them: of two batches with one member, the one with the smaller decision was decided first. `notices` is its outbox: what subscribers of webhooks must hear, JSON. local';
CREATE INDEX events_batch_outbox ON events.batch (id) WHERE notices IS NOT NULL AND NOT fanned_out;

CREATE TABLE events.identity (
    program_id int    NOT NULL,
    source_id  int    NOT NULL,
    key        uuid   NOT NULL,
    content    uuid   NOT NULL,
    member_id  bigint NOT NULL,
    event_id   bigint NOT NULL,
    CONSTRAINT events_identity_once PRIMARY KEY (program_id, source_id, key)
);
COMMENT ON TABLE events.identity IS
    'Immutable: every message ever admitted, and (under source 0) every order ever rated. key = BLAKE2b-128 of the id, content = BLAKE2b-128 of what it said. distributed by key';

-- What was admitted stays admitted: the application's role may not change it. These are all that may be done, with the owner's
-- rights: an order that was nobody's when it came is freed to be claimed by a member; the messages that brought it lead to
-- her event; and ids of an event that was set aside, and never rated, are freed to be replayed.
CREATE FUNCTION events.free_order(of_program int, of_key uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    DELETE FROM events.identity WHERE program_id = of_program AND source_id = 0 AND key = of_key AND member_id = 0
$$;
CREATE FUNCTION events.give_messages(of_program int, of_event bigint, to_member bigint, to_event bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    UPDATE events.identity SET member_id = to_member, event_id = to_event
     WHERE program_id = of_program AND member_id = 0 AND event_id = of_event
$$;

CREATE TABLE events.event (
    member_id   bigint      NOT NULL,
    id          bigint      NOT NULL,
    program_id  int         NOT NULL,
    source_id   int         NOT NULL,
    status      smallint    NOT NULL,
    type        text        NOT NULL COLLATE "C",
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    doc         text,
    outcome     text,
    CONSTRAINT events_event_pk PRIMARY KEY (member_id, id)
);
COMMENT ON TABLE events.event IS
    'An admitted event: doc = its normal form as JSON (NULL once erased), outcome = the facts it was decided on and what fired, enough to explain and to re-rate it. member_id 0 = not matched to a member. distributed by member_id';
CREATE INDEX events_event_by_id ON events.event USING brin (id) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX events_event_by_time ON events.event USING brin (occurred_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX events_event_unmatched ON events.event (program_id, id) WHERE member_id = 0;

CREATE TABLE events.parked (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL,
    source_id   int         NOT NULL,
    key         text        NOT NULL,
    reason      text        NOT NULL,
    detail      text        NOT NULL,
    doc         text        NOT NULL,
    event_id    bigint,
    attempts    int         NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL,
    replayed_at timestamptz
);
COMMENT ON TABLE events.parked IS
    'Events that could not be decided (a poison event, a refund waiting for its order): visible, with the reason, and replayable. local';
CREATE INDEX events_parked_open ON events.parked (program_id, id) WHERE replayed_at IS NULL;

CREATE TABLE events.waiting (
    program_id int         NOT NULL,
    order_key  uuid        NOT NULL,
    parked_id  bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT events_waiting_pk PRIMARY KEY (program_id, order_key, parked_id)
);
COMMENT ON TABLE events.waiting IS 'A refund, update or cancellation that came before its order; taken up in the batch that brings the order. distributed by order_key';

CREATE FUNCTION events.release_identities(of_program int, source_ids int[], keys uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    DELETE FROM events.identity AS i
     WHERE i.program_id = of_program
       AND (i.source_id, i.key) IN (SELECT u.source_id, u.key FROM unnest(source_ids, keys) AS u (source_id, key))
       AND NOT EXISTS (SELECT FROM events.event AS e WHERE e.member_id = i.member_id AND e.id = i.event_id)
       AND NOT EXISTS (SELECT FROM events.waiting AS w JOIN events.parked AS p ON p.id = w.parked_id
                        WHERE p.event_id = i.event_id)
$$;

-- from core/ledger/schema.sql
-- TigerBeetle's model in PostgreSQL: accounts, immutable transfers, and balances only where they must be checked (the member's purse).
CREATE SCHEMA ledger;

CREATE TABLE ledger.account (
    id            int  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id    int  NOT NULL,
    point_type_id int  NOT NULL,
    kind          text NOT NULL COLLATE "C",
    owner         text NOT NULL DEFAULT '' COLLATE "C",
    CONSTRAINT ledger_account_once UNIQUE (program_id, point_type_id, kind, owner),
    CONSTRAINT ledger_account_known_kind CHECK (kind IN
        ('available', 'pending', 'held', 'debt', 'house', 'partner', 'campaign', 'spent', 'expired', 'adjusted', 'between_members')),
    CONSTRAINT ledger_account_of_program UNIQUE (id, program_id, point_type_id)
);
COMMENT ON TABLE ledger.account IS
    'available, pending, held, debt are the four sides of every member''s wallet (sub-account = transfer.member_id); the rest are the issuer''s. No balances here: a hot row costs five times the throughput. reference';

CREATE TABLE ledger.purse (
    member_id  bigint   PRIMARY KEY,
    program_id int      NOT NULL,
    balances   bigint[] NOT NULL DEFAULT '{}',
    debts      bigint[],
    debt_max   bigint   NOT NULL DEFAULT 0,
    state      text     NOT NULL DEFAULT '',
    CONSTRAINT ledger_purse_not_below_zero CHECK (0 <= ALL (balances)),
    CONSTRAINT ledger_purse_debt_not_negative CHECK (0 <= ALL (debts)),
    CONSTRAINT ledger_purse_debt_within_limit CHECK (debt_max >= ALL (debts))
) WITH (fillfactor = 70);
COMMENT ON TABLE ledger.purse IS
    'All wallets of one member in one row, locked first by whatever changes them. balances = available, pending, held for slot 0, then slot 1, … (slot = point type''s place in the program); debts = what claw-backs left owing per slot. state = opaque to the ledger (what decide must see changed exactly with the balances). distributed by member_id';

CREATE TABLE ledger.transfer (
    member_id         bigint      NOT NULL,
    id                bigint      NOT NULL,
    program_id        int         NOT NULL,
    point_type_id     int         NOT NULL,
    debit_account_id  int         NOT NULL,
    credit_account_id int         NOT NULL,
    amount            bigint      NOT NULL,
    kind              smallint    NOT NULL,
    event_id          bigint,
    reverses_id       bigint,
    ruleset_version   int,
    occurred_at       timestamptz NOT NULL,
    posted_at         timestamptz NOT NULL,
    detail            text,
    CONSTRAINT ledger_transfer_pk PRIMARY KEY (member_id, id),
    CONSTRAINT ledger_transfer_amount_positive CHECK (amount > 0),
    CONSTRAINT ledger_transfer_between_two_accounts CHECK (debit_account_id <> credit_account_id)
);
COMMENT ON TABLE ledger.transfer IS
    'One immutable movement of points of one type between two accounts. kind = ledger.TransferKind; detail = JSON: points by rule, reason, who. distributed by member_id';
CREATE INDEX ledger_transfer_by_time ON ledger.transfer USING brin (posted_at) WITH (pages_per_range = 32, autosummarize = on);

-- The application's role has no right to change what is posted; this stops everybody else too. COPY and INSERT never meet it.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What is posted is never changed: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Post a transfer that makes up for it.';
END
$$;
CREATE TRIGGER ledger_transfer_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TABLE ledger.note (
    member_id   bigint NOT NULL,
    transfer_id bigint NOT NULL,
    program_id  int    NOT NULL,
    text        text   NOT NULL,
    CONSTRAINT ledger_note_pk PRIMARY KEY (member_id, transfer_id)
);
COMMENT ON TABLE ledger.note IS 'What a person wrote beside a transfer (reason, reference), JSON: apart from the transfer, because it may name people and is erased with its member. distributed by member_id';

CREATE TABLE ledger.lot (
    member_id          bigint      NOT NULL,
    id                 bigint      NOT NULL,
    program_id         int         NOT NULL,
    point_type_id      int         NOT NULL,
    amount             bigint      NOT NULL,
    remaining          bigint      NOT NULL,
    pending            boolean     NOT NULL DEFAULT false,
    funding_account_id int         NOT NULL,
    earned_at          timestamptz NOT NULL,
    active_at          timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL DEFAULT 'infinity',
    CONSTRAINT ledger_lot_pk PRIMARY KEY (member_id, id),
    CONSTRAINT ledger_lot_within_amount CHECK (remaining BETWEEN 0 AND amount)
) WITH (fillfactor = 90);
COMMENT ON TABLE ledger.lot IS
    'Points with one origin and one expiry; id = the transfer that brought them. active_at infinity = pending until an event or a person releases them. distributed by member_id';
CREATE INDEX ledger_lot_to_expire ON ledger.lot (expires_at) WHERE remaining > 0 AND expires_at < 'infinity';
CREATE INDEX ledger_lot_to_release ON ledger.lot (active_at) WHERE pending;

CREATE TABLE ledger.draw (
    member_id   bigint NOT NULL,
    transfer_id bigint NOT NULL,
    lot_id      bigint NOT NULL,
    amount      bigint NOT NULL,
    CONSTRAINT ledger_draw_pk PRIMARY KEY (member_id, transfer_id, lot_id),
    CONSTRAINT ledger_draw_not_zero CHECK (amount <> 0)
);
CREATE TRIGGER ledger_draw_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.draw
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
COMMENT ON TABLE ledger.draw IS 'Immutable: a transfer''s use of a lot; negative gives back (a cancelled spend returns to the same lots). distributed by member_id';

CREATE TABLE ledger.hold (
    member_id     bigint      NOT NULL,
    id            bigint      NOT NULL,
    program_id    int         NOT NULL,
    point_type_id int         NOT NULL,
    amount        bigint      NOT NULL,
    captured      bigint      NOT NULL DEFAULT 0,
    status        text        NOT NULL DEFAULT 'open' COLLATE "C",
    reference     text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    moved_to      bigint,
    CONSTRAINT ledger_hold_pk PRIMARY KEY (member_id, id),
    CONSTRAINT ledger_hold_amount_positive CHECK (amount > 0),
    CONSTRAINT ledger_hold_capture_within CHECK (captured BETWEEN 0 AND amount),
    CONSTRAINT ledger_hold_known_status CHECK (status IN ('open', 'captured', 'voided', 'expired', 'moved')),
    CONSTRAINT ledger_hold_closed_at_an_instant CHECK ((status = 'open') = (closed_at IS NULL)),
    CONSTRAINT ledger_hold_moved_somewhere CHECK ((status = 'moved') = (moved_to IS NOT NULL))
);
COMMENT ON TABLE ledger.hold IS 'Points authorised and not yet captured; id = the transfer that set them aside. moved_to = the hold that took its place when its member was merged. expires_at infinity = ended by who set it aside alone. distributed by member_id';
CREATE INDEX ledger_hold_to_expire ON ledger.hold (expires_at) WHERE status = 'open';

-- One row a wallet, for people and reports.
CREATE VIEW ledger.wallet_v1 AS
SELECT p.member_id,
       p.program_id,
       s.slot,
       coalesce(p.balances[3 * s.slot + 1], 0) AS available,
       coalesce(p.balances[3 * s.slot + 2], 0) AS pending,
       coalesce(p.balances[3 * s.slot + 3], 0) AS held,
       coalesce(p.debts[s.slot + 1], 0) AS debt
  FROM ledger.purse AS p,
       generate_series(0, cardinality(p.balances) / 3 - 1) AS s (slot);

-- from features/programs/schema.sql
CREATE SCHEMA programs;

CREATE TABLE programs.program (
    id          int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text        NOT NULL COLLATE "C",
    name        text        NOT NULL,
    currency    text        NOT NULL COLLATE "C",
    zone        text        NOT NULL COLLATE "C",
    region      text        NOT NULL DEFAULT 'GB' COLLATE "C",
    settings    jsonb       NOT NULL DEFAULT '{}',
    revision    int         NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT programs_program_code_once UNIQUE (code),
    CONSTRAINT programs_program_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT programs_program_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE programs.program IS 'One loyalty program: its currency (ISO 4217), IANA zone, default telephone region and settings (identifier order, amount base). revision rises with every change of its configuration. reference';

CREATE TABLE programs.partner (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL REFERENCES programs.program,
    code       text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    roles      text[]      NOT NULL DEFAULT '{earn}',
    settings   jsonb       NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT programs_partner_code_once UNIQUE (program_id, code),
    CONSTRAINT programs_partner_of_program UNIQUE (id, program_id),
    CONSTRAINT programs_partner_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT programs_partner_known_roles CHECK (roles <@ '{earn,burn}')
);
COMMENT ON TABLE programs.partner IS 'A company that earns for or burns points of the program''s members. reference';

CREATE TABLE programs.store (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL REFERENCES programs.program,
    code       text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    region     text        NOT NULL DEFAULT '' COLLATE "C",
    channel    text        NOT NULL DEFAULT 'store' COLLATE "C",
    partner_id int,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT programs_store_code_once UNIQUE (program_id, code),
    CONSTRAINT programs_store_of_program UNIQUE (id, program_id),
    CONSTRAINT programs_store_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT programs_store_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT programs_store_known_channel CHECK (channel IN ('store', 'web', 'app', 'social', 'third_party', 'partner'))
);
COMMENT ON TABLE programs.store IS 'A place of sale or contact: a shop, a web shop, an app, a social page, a third-party platform. reference';

CREATE TABLE programs.source (
    id          int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL REFERENCES programs.program,
    code        text        NOT NULL COLLATE "C",
    name        text        NOT NULL,
    profile     text        NOT NULL DEFAULT 'segment' COLLATE "C",
    client_side boolean     NOT NULL DEFAULT false,
    enrol       boolean     NOT NULL DEFAULT false,
    store_id    int,
    partner_id  int,
    origins     text[]      NOT NULL DEFAULT '{}',
    rate_per_second int     NOT NULL DEFAULT 1000,
    signing_secret text,
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT programs_source_code_once UNIQUE (program_id, code),
    CONSTRAINT programs_source_of_program UNIQUE (id, program_id),
    CONSTRAINT programs_source_store_of_program FOREIGN KEY (store_id, program_id) REFERENCES programs.store (id, program_id),
    CONSTRAINT programs_source_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT programs_source_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT programs_source_rate_positive CHECK (rate_per_second > 0),
    CONSTRAINT programs_source_known_profile CHECK (profile IN ('segment', 'rudder', 'system'))
);
COMMENT ON TABLE programs.source IS 'Where events come from. enrol = an unknown customer id makes a member. store and partner are the defaults of its events. signing_secret = what it signs its requests with, where it must (sealed). reference';

CREATE TABLE programs.credential (
    id          int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         REFERENCES programs.program,
    source_id   int,
    kind        text        NOT NULL COLLATE "C",
    name        text        NOT NULL,
    prefix      text        NOT NULL COLLATE "C",
    secret_hash bytea       NOT NULL,
    roles       text[]      NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    last_used_at timestamptz,
    CONSTRAINT programs_credential_prefix_once UNIQUE (prefix),
    CONSTRAINT programs_credential_source_of_program FOREIGN KEY (source_id, program_id) REFERENCES programs.source (id, program_id),
    CONSTRAINT programs_credential_known_kind CHECK (kind IN ('write_key', 'api_key')),
    CONSTRAINT programs_credential_write_key_has_source CHECK ((kind = 'write_key') = (source_id IS NOT NULL)),
    CONSTRAINT programs_credential_source_has_program CHECK (source_id IS NULL OR program_id IS NOT NULL)
);
COMMENT ON TABLE programs.credential IS 'A write key (of a source) or an API key (of a program, or of the platform when program_id is NULL): prefix for look-up, SHA-256 of the whole key, roles. Two live keys of one name at most. reference';
CREATE INDEX programs_credential_of_program ON programs.credential (program_id, name);

CREATE TABLE programs.point_type (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL REFERENCES programs.program,
    code       text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    kind       text        NOT NULL DEFAULT 'redeemable' COLLATE "C",
    scale      smallint    NOT NULL DEFAULT 0,
    slot       smallint    NOT NULL,
    partner_id int,
    policy     jsonb       NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT programs_point_type_code_once UNIQUE (program_id, code),
    CONSTRAINT programs_point_type_slot_once UNIQUE (program_id, slot),
    CONSTRAINT programs_point_type_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT programs_point_type_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT programs_point_type_known_kind CHECK (kind IN ('redeemable', 'qualifying', 'partner')),
    CONSTRAINT programs_point_type_partner_kind CHECK ((kind = 'partner') = (partner_id IS NOT NULL)),
    CONSTRAINT programs_point_type_slot_range CHECK (slot BETWEEN 0 AND 63),
    CONSTRAINT programs_point_type_scale CHECK (scale BETWEEN 0 AND 6)
);
COMMENT ON TABLE programs.point_type IS 'A kind of points. slot = its place in every purse, never reused. policy = pending, expiry, cap, debt, lots, value. reference';

CREATE VIEW programs.program_v1 AS SELECT id, code, name, archived_at FROM programs.program;
COMMENT ON VIEW programs.program_v1 IS 'Programs by number, for slices that show or take their codes.';

CREATE VIEW programs.partner_v1 AS SELECT id, program_id, code, name, archived_at FROM programs.partner;
COMMENT ON VIEW programs.partner_v1 IS 'Partners by number, for slices that show or take their codes.';

-- from features/members/schema.sql
CREATE SCHEMA members;

-- Ids are handed out in blocks of 64: nextval, nextval + 1, … nextval + 63.
CREATE SEQUENCE members.member_id_seq INCREMENT 64 MINVALUE 64;

CREATE TABLE members.member (
    id              bigint      PRIMARY KEY,
    program_id      int         NOT NULL,
    status          text        NOT NULL DEFAULT 'active' COLLATE "C",
    earning_blocked boolean     NOT NULL DEFAULT false,
    spending_blocked boolean    NOT NULL DEFAULT false,
    joined_at       timestamptz NOT NULL,
    zone            text        COLLATE "C",
    birthday        date,
    attributes      jsonb       NOT NULL DEFAULT '{}',
    tags            text[]      NOT NULL DEFAULT '{}',
    lists           text[]      NOT NULL DEFAULT '{}',
    consent         jsonb       NOT NULL DEFAULT '{}',
    merged_into     bigint,
    revision        int         NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT members_member_known_status CHECK (status IN ('active', 'inactive', 'blocked', 'merged', 'erased')),
    CONSTRAINT members_member_merged_into_one CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT members_member_not_into_itself CHECK (merged_into <> id)
) WITH (fillfactor = 85);
COMMENT ON TABLE members.member IS 'A member as rules see her: status, attributes (added at will), tags, lists (segments by id), consent by channel. merged_into = the member who took her place. revision rises with every change by a person or an event. distributed by id (= member_id)';
CREATE INDEX members_member_by_program ON members.member (program_id, id);
CREATE INDEX members_member_birthdays ON members.member (program_id, (extract(month FROM birthday) * 100 + extract(day FROM birthday))) WHERE birthday IS NOT NULL;
CREATE INDEX members_member_merged ON members.member (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX members_member_lists ON members.member USING gin (lists) WHERE lists <> '{}';

CREATE TABLE members.profile (
    member_id   bigint      PRIMARY KEY,
    program_id  int         NOT NULL,
    first_name  text,
    last_name   text,
    email       text,
    phone       text,
    gender      text,
    language    text,
    address     jsonb,
    name_key    text        NOT NULL DEFAULT '' COLLATE "C",
    updated_at  timestamptz NOT NULL
);
COMMENT ON TABLE members.profile IS 'The personal part of a member that no rule needs; erased as a whole. name_key = "last first" in small letters, for search. distributed by member_id';
CREATE INDEX members_profile_by_name ON members.profile (program_id, name_key) WHERE name_key <> '';

CREATE TABLE members.identifier (
    program_id  int         NOT NULL,
    kind        text        NOT NULL COLLATE "C",
    value       text        NOT NULL COLLATE "C",
    member_id   bigint      NOT NULL,
    verified_at timestamptz,
    created_at  timestamptz NOT NULL,
    CONSTRAINT members_identifier_once PRIMARY KEY (program_id, kind, value)
);
COMMENT ON TABLE members.identifier IS 'How a member is known: external_id, anonymous_id, email, phone, card and what else the program names, each normalised. member_id is never a merged member. distributed by value';
CREATE INDEX members_identifier_of_member ON members.identifier (member_id);

CREATE TABLE members.attribute (
    program_id  int         NOT NULL,
    name        text        NOT NULL COLLATE "C",
    kind        text        NOT NULL COLLATE "C",
    declared    boolean     NOT NULL DEFAULT false,
    label       text,
    created_at  timestamptz NOT NULL,
    CONSTRAINT members_attribute_pk PRIMARY KEY (program_id, name),
    CONSTRAINT members_attribute_known_kind CHECK (kind IN ('text', 'number', 'boolean', 'date', 'instant', 'list'))
);
COMMENT ON TABLE members.attribute IS 'The attributes members of a program have, declared by a person or inferred from the first value seen. reference';

CREATE TABLE members.parked_attribute (
    member_id   bigint      NOT NULL,
    name        text        NOT NULL COLLATE "C",
    program_id  int         NOT NULL,
    value       jsonb       NOT NULL,
    reason      text        NOT NULL COLLATE "C",
    parked_at   timestamptz NOT NULL,
    CONSTRAINT members_parked_attribute_pk PRIMARY KEY (member_id, name)
);
COMMENT ON TABLE members.parked_attribute IS 'The last value of an attribute that came by an event and did not fit its kind; taken up when the attribute is declared anew. distributed by member_id';
CREATE INDEX members_parked_attribute_by_name ON members.parked_attribute (program_id, name);

CREATE TABLE members.consent_entry (
    member_id   bigint      NOT NULL,
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    program_id  int         NOT NULL,
    channel     text        NOT NULL COLLATE "C",
    granted     boolean     NOT NULL,
    source      text        NOT NULL,
    stated_at   timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT members_consent_entry_pk PRIMARY KEY (member_id, id),
    CONSTRAINT members_consent_entry_known_channel CHECK (channel IN ('email', 'sms', 'push', 'in_app', 'phone', 'post'))
);
COMMENT ON TABLE members.consent_entry IS 'Every opt-in and opt-out with its time and source: the proof. What holds now is in member.consent. distributed by member_id';

CREATE TABLE members.merge (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL,
    source_id   bigint      NOT NULL,
    target_id   bigint      NOT NULL,
    reason      text        NOT NULL,
    moved       jsonb       NOT NULL,
    merged_at   timestamptz NOT NULL,
    undone_at   timestamptz
);
COMMENT ON TABLE members.merge IS 'Two members who were one person: what moved, so that it can be undone. local';
CREATE INDEX members_merge_of_source ON members.merge (source_id);
CREATE INDEX members_merge_of_target ON members.merge (target_id);

-- Merges lead from member to member, over any number of them: these follow them, for every query that needs it. A query that
-- selects from one of them is planned as if the recursion stood in it.
CREATE FUNCTION members.survivors(member_ids bigint[]) RETURNS TABLE (asked bigint, survivor bigint)
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE line AS (
        SELECT m.id AS asked, m.id, m.merged_into
          FROM members.member AS m
         WHERE m.id = ANY (member_ids)
         UNION ALL
        SELECT line.asked, m.id, m.merged_into
          FROM line
          JOIN members.member AS m ON m.id = line.merged_into
    )
    SELECT line.asked, line.id FROM line WHERE line.merged_into IS NULL
$$;
COMMENT ON FUNCTION members.survivors IS 'Who stands for some members now: themselves, or who took over.';

CREATE FUNCTION members.merged(member_ids bigint[]) RETURNS TABLE (survivor bigint, id bigint)
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE line AS (
        SELECT k.id AS survivor, k.id
          FROM unnest(member_ids) AS k (id)
         UNION
        SELECT line.survivor, m.id
          FROM line
          JOIN members.member AS m ON m.merged_into = line.id
    )
    SELECT line.survivor, line.id FROM line
$$;
COMMENT ON FUNCTION members.merged IS 'Some members, and everybody who was merged into each of them.';

CREATE FUNCTION members.kin(member_ids bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE kin AS (
        SELECT k.id
          FROM unnest(member_ids) AS k (id)
         UNION
        SELECT CASE m.source_id WHEN kin.id THEN m.target_id ELSE m.source_id END
          FROM kin
          JOIN members.merge AS m ON kin.id IN (m.source_id, m.target_id)
    )
    SELECT kin.id FROM kin
$$;
COMMENT ON FUNCTION members.kin IS 'Some members, and everybody who ever was one with them, merges that were undone included: in whose purses points and holds may be that were theirs.';

CREATE TABLE members.import_run (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL,
    file_name   text        NOT NULL,
    fingerprint text        NOT NULL COLLATE "C",
    bytes_total bigint      NOT NULL,
    bytes_done  bigint      NOT NULL DEFAULT 0,
    lines_done  bigint      NOT NULL DEFAULT 0,
    error_bytes bigint      NOT NULL DEFAULT 0,
    created     bigint      NOT NULL DEFAULT 0,
    updated     bigint      NOT NULL DEFAULT 0,
    refused     bigint      NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz
);
COMMENT ON TABLE members.import_run IS 'How far the import of a file has come; moved on in the transaction of each piece, so that a killed import goes on where it stopped. local';
CREATE UNIQUE INDEX members_import_run_open ON members.import_run (program_id, fingerprint) WHERE finished_at IS NULL;

-- from features/catalog/schema.sql
CREATE SCHEMA catalog;

CREATE TABLE catalog.revision (
    program_id int    PRIMARY KEY,
    revision   bigint NOT NULL
);
COMMENT ON TABLE catalog.revision IS 'Rises with every change of a program''s products, so that a process knows when the products it holds in memory are old. reference';

CREATE TABLE catalog.product (
    program_id int         NOT NULL,
    sku        text        NOT NULL COLLATE "C",
    name       text        NOT NULL DEFAULT '',
    category   text        NOT NULL DEFAULT '' COLLATE "C",
    brand      text        NOT NULL DEFAULT '' COLLATE "C",
    points     bigint,
    price      bigint,
    earns      boolean     NOT NULL DEFAULT true,
    attributes jsonb       NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT catalog_product_pk PRIMARY KEY (program_id, sku),
    CONSTRAINT catalog_product_points_not_negative CHECK (points >= 0),
    CONSTRAINT catalog_product_price_not_negative CHECK (price >= 0)
);
COMMENT ON TABLE catalog.product IS 'A product: what rules may ask of an order line beside what the till says. points = a unit''s own points of the program''s first redeemable type, smallest unit. reference';
CREATE INDEX catalog_product_by_category ON catalog.product (program_id, category, sku);

CREATE TABLE catalog.stock (
    program_id int    NOT NULL,
    sku        text   NOT NULL COLLATE "C",
    store      text   NOT NULL COLLATE "C",
    quantity   bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT catalog_stock_pk PRIMARY KEY (program_id, sku, store),
    CONSTRAINT catalog_stock_of_product FOREIGN KEY (program_id, sku) REFERENCES catalog.product,
    CONSTRAINT catalog_stock_not_negative CHECK (quantity >= 0)
);
COMMENT ON TABLE catalog.stock IS 'How much of a product a store (by its code) has. reference';

-- from features/rulesets/schema.sql
CREATE SCHEMA rulesets;

CREATE TABLE rulesets.rule (
    program_id int         NOT NULL,
    code       text        NOT NULL COLLATE "C",
    doc        jsonb       NOT NULL,
    status     text        NOT NULL DEFAULT 'draft' COLLATE "C",
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT rulesets_rule_pk PRIMARY KEY (program_id, code),
    CONSTRAINT rulesets_rule_known_status CHECK (status IN ('draft', 'active', 'paused', 'archived'))
);
COMMENT ON TABLE rulesets.rule IS 'The rules as people edit them; nothing here is in force until it is published. reference';

CREATE TABLE rulesets.part (
    program_id int         NOT NULL,
    kind       text        NOT NULL COLLATE "C",
    code       text        NOT NULL COLLATE "C",
    doc        jsonb       NOT NULL,
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT rulesets_part_pk PRIMARY KEY (program_id, kind, code),
    CONSTRAINT rulesets_part_known_kind CHECK (kind IN ('collection', 'table', 'group', 'campaign'))
);
COMMENT ON TABLE rulesets.part IS 'What rules share: collections, decision tables, evaluation groups, campaigns (budgets). reference';

CREATE TABLE rulesets.version (
    program_id   int         NOT NULL,
    version      int         NOT NULL,
    document     jsonb       NOT NULL,
    digest       text        NOT NULL COLLATE "C",
    in_force_from timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text        NOT NULL DEFAULT '',
    note         text        NOT NULL DEFAULT '',
    CONSTRAINT rulesets_version_pk PRIMARY KEY (program_id, version)
);
COMMENT ON TABLE rulesets.version IS 'Published rulesets, immutable: an event is rated by the version in force when it occurred. reference';

-- from features/tiers/schema.sql
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

-- from features/staff/schema.sql
CREATE SCHEMA staff;

CREATE TABLE staff.person (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text        NOT NULL COLLATE "C",
    name          text        NOT NULL,
    locale        text        NOT NULL DEFAULT 'en' COLLATE "C",
    password_hash text,
    totp_secret   bytea,
    totp_step     bigint      NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT staff_person_email_once UNIQUE (email),
    CONSTRAINT staff_person_email_form CHECK (email = lower(email) AND email LIKE '%_@_%' AND length(email) <= 254)
);
COMMENT ON TABLE staff.person IS 'Somebody who works with the installation: argon2id hash of the password, secret of the one-time codes (sealed) and the last step that was used. reference';

CREATE TABLE staff.assignment (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  int         NOT NULL REFERENCES staff.person,
    role       text        NOT NULL COLLATE "C",
    program_id int,
    partner_id int,
    region     text        COLLATE "C",
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL DEFAULT '' COLLATE "C",
    CONSTRAINT staff_assignment_once UNIQUE NULLS NOT DISTINCT (person_id, role, program_id, partner_id, region),
    CONSTRAINT staff_assignment_known_role CHECK (role IN ('platform_admin', 'program_admin', 'marketer', 'approver', 'analyst', 'service_agent', 'finance', 'auditor', 'partner')),
    CONSTRAINT staff_assignment_platform_is_whole CHECK (role <> 'platform_admin' OR (program_id IS NULL AND partner_id IS NULL AND region IS NULL)),
    CONSTRAINT staff_assignment_partner_named CHECK (role <> 'partner' OR partner_id IS NOT NULL),
    CONSTRAINT staff_assignment_part_of_program CHECK (program_id IS NOT NULL OR (partner_id IS NULL AND region IS NULL))
);
COMMENT ON TABLE staff.assignment IS 'A role that a person has: everywhere, in a program, or for one partner or region of it. reference';

CREATE TABLE staff.recovery_code (
    person_id int         NOT NULL REFERENCES staff.person,
    code_hash bytea       NOT NULL,
    used_at   timestamptz,
    CONSTRAINT staff_recovery_code_once PRIMARY KEY (person_id, code_hash)
);
COMMENT ON TABLE staff.recovery_code IS 'Codes that stand in for a lost authenticator, each once. SHA-256 of 80 random bits. reference';

CREATE TABLE staff.passkey (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id     int         NOT NULL REFERENCES staff.person,
    credential_id bytea       NOT NULL,
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL,
    name          text        NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    CONSTRAINT staff_passkey_credential_once UNIQUE (credential_id)
);
COMMENT ON TABLE staff.passkey IS 'A public key of a person, made by a device of hers (WebAuthn). reference';
CREATE INDEX staff_passkey_of_person ON staff.passkey (person_id);

CREATE TABLE staff.identity_provider (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text        NOT NULL COLLATE "C",
    name          text        NOT NULL,
    issuer        text        NOT NULL COLLATE "C",
    client_id     text        NOT NULL,
    client_secret text,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT staff_identity_provider_code_once UNIQUE (code),
    CONSTRAINT staff_identity_provider_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$')
);
COMMENT ON TABLE staff.identity_provider IS 'An OpenID provider that people may sign in with. client_secret is sealed. reference';

CREATE TABLE staff.identity (
    provider_id int         NOT NULL REFERENCES staff.identity_provider,
    subject     text        NOT NULL COLLATE "C",
    person_id   int         NOT NULL REFERENCES staff.person,
    created_at  timestamptz NOT NULL,
    CONSTRAINT staff_identity_once PRIMARY KEY (provider_id, subject)
);
COMMENT ON TABLE staff.identity IS 'Who a person is at an OpenID provider, bound at her first sign-in there. reference';

CREATE TABLE staff.link (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea       NOT NULL,
    purpose    text        NOT NULL COLLATE "C",
    person_id  int         REFERENCES staff.person,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT staff_link_token_once UNIQUE (token_hash),
    CONSTRAINT staff_link_known_purpose CHECK (purpose IN ('first_admin', 'invite', 'reset')),
    CONSTRAINT staff_link_of_somebody CHECK ((purpose = 'first_admin') = (person_id IS NULL))
);
COMMENT ON TABLE staff.link IS 'A link that lets somebody in once: the first administrator, somebody invited, somebody who forgot the password. SHA-256 of the token. local';

CREATE TABLE staff.session (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    secret_hash bytea       NOT NULL,
    person_id   int         NOT NULL REFERENCES staff.person,
    method      text        NOT NULL COLLATE "C",
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    address     text        NOT NULL DEFAULT '',
    browser     text        NOT NULL DEFAULT '',
    CONSTRAINT staff_session_secret_once UNIQUE (secret_hash),
    CONSTRAINT staff_session_known_method CHECK (method IN ('password', 'password+code', 'password+recovery', 'passkey', 'oidc', 'link', 'demo'))
);
COMMENT ON TABLE staff.session IS 'A browser that is signed in. SHA-256 of 32 random bytes; idle and absolute end. local';
CREATE INDEX staff_session_of_person ON staff.session (person_id, id);

CREATE TABLE staff.challenge (
    token_hash bytea       NOT NULL PRIMARY KEY,
    purpose    text        NOT NULL COLLATE "C",
    person_id  int         REFERENCES staff.person,
    content    jsonb       NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT staff_challenge_known_purpose CHECK (purpose IN ('passkey_new', 'passkey_sign_in', 'oidc', 'totp'))
);
COMMENT ON TABLE staff.challenge IS 'A question to which one answer is awaited: a passkey''s challenge, the state of a sign-in at an OpenID provider, the secret of an authenticator not yet confirmed. local';

CREATE TABLE staff.throttle (
    subject  text        NOT NULL COLLATE "C" PRIMARY KEY,
    since    timestamptz NOT NULL,
    attempts int         NOT NULL
);
COMMENT ON TABLE staff.throttle IS 'Attempts to sign in since an instant, by account and by address; counted before anything is tried. local';

-- from features/audit/schema.sql
-- The log of changes. Triggers write it in the transaction of the change, and seal it when that commits: each seal is
-- the SHA-256 of the one before and of the entry, so that an entry edited, removed, added or moved is found.
CREATE SCHEMA audit;

CREATE TABLE audit.entry (
    number     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL COLLATE "C",
    request_id text        NOT NULL COLLATE "C",
    program_id int,
    action     text        NOT NULL COLLATE "C",
    kind       text        NOT NULL COLLATE "C",
    key        text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    before     jsonb,
    after      jsonb,
    tx         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT audit_entry_known_action CHECK (action IN ('created', 'changed', 'removed'))
);
COMMENT ON TABLE audit.entry IS 'A change of one row: who, when, in which request, and the columns that changed, before and after; secrets are hidden. immutable, written by its triggers alone. local';
CREATE INDEX audit_entry_of_program ON audit.entry (program_id, number);
CREATE INDEX audit_entry_of_object ON audit.entry (kind, key, number);

CREATE TABLE audit.seal (
    place  bigint NOT NULL PRIMARY KEY,
    number bigint NOT NULL REFERENCES audit.entry,
    hash   bytea  NOT NULL,
    CONSTRAINT audit_seal_once UNIQUE (number)
);
COMMENT ON TABLE audit.seal IS 'The chain over the entries, in the order of their commits. immutable, written by its triggers alone. local';

CREATE TABLE audit.head (
    single boolean NOT NULL PRIMARY KEY DEFAULT true,
    place  bigint  NOT NULL,
    hash   bytea   NOT NULL,
    CONSTRAINT audit_head_is_one CHECK (single)
);
COMMENT ON TABLE audit.head IS 'The end of the chain: whoever commits changes of configuration takes it last. immutable, written by its triggers alone. local';
INSERT INTO audit.head (place, hash) VALUES (0, sha256(''));

CREATE FUNCTION audit.canonical(entry audit.entry) RETURNS bytea
    LANGUAGE sql STABLE SET search_path = pg_catalog
    RETURN (
        SELECT convert_to(string_agg(coalesce(octet_length(part)::text || ':' || part, '-'), ',' ORDER BY place), 'UTF8')
          FROM unnest(ARRAY[
                   entry.number::text,
                   to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                   entry.actor, entry.request_id, entry.program_id::text, entry.action, entry.kind, entry.key, entry.name,
                   entry.before::text, entry.after::text
               ]) WITH ORDINALITY AS p (part, place)
    );
COMMENT ON FUNCTION audit.canonical IS 'An entry as the bytes that are sealed: every part with its length, a missing one as a hyphen.';

CREATE FUNCTION audit.seal_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    ending audit.head;
    entry  audit.entry;
BEGIN
    IF EXISTS (SELECT FROM audit.seal WHERE number = NEW.number) THEN
        RETURN NULL;  -- the first of this transaction's entries took the others along
    END IF;
    SELECT * INTO ending FROM audit.head FOR UPDATE;
    FOR entry IN
        SELECT e.* FROM audit.entry AS e WHERE e.number >= NEW.number AND e.tx = pg_current_xact_id() ORDER BY e.number
    LOOP
        ending.place := ending.place + 1;
        ending.hash := sha256(ending.hash || audit.canonical(entry));
        INSERT INTO audit.seal (place, number, hash) VALUES (ending.place, entry.number, ending.hash);
    END LOOP;
    UPDATE audit.head SET place = ending.place, hash = ending.hash;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER seal_at_commit AFTER INSERT ON audit.entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.seal_entry();

CREATE FUNCTION audit.note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    keys     text[] := TG_ARGV[0];
    ignored  text[] := TG_ARGV[1];
    hidden   text[] := TG_ARGV[2];
    old_row  jsonb;
    new_row  jsonb;
    whole    jsonb;
    hide     text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD) - ignored;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW) - ignored;
    END IF;
    whole := coalesce(new_row, old_row);
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_row -> o.key)
          INTO old_row, new_row
          FROM jsonb_each(old_row) AS o
         WHERE o.value IS DISTINCT FROM new_row -> o.key;
        IF old_row IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    FOREACH hide IN ARRAY hidden LOOP
        IF old_row -> hide <> 'null' THEN
            old_row := jsonb_set(old_row, ARRAY[hide], '"(hidden)"');
        END IF;
        IF new_row -> hide <> 'null' THEN
            new_row := jsonb_set(new_row, ARRAY[hide], '"(hidden)"');
        END IF;
    END LOOP;
    INSERT INTO audit.entry (at, actor, request_id, program_id, action, kind, key, name, before, after)
         VALUES (clock_timestamp(),
                 coalesce(nullif(current_setting('regulars.actor', true), ''), 'system'),
                 coalesce(current_setting('regulars.request', true), ''),
                 CASE TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME WHEN 'programs.program' THEN whole ->> 'id' ELSE whole ->> 'program_id' END::int,
                 CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
                 TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
                 (SELECT string_agg(CASE WHEN k = ANY (hidden) THEN '(hidden)' ELSE whole ->> k END, '/' ORDER BY place)
                    FROM unnest(keys) WITH ORDINALITY AS p (k, place)),
                 CASE WHEN 'code' = ANY (hidden) THEN '' ELSE coalesce(whole ->> 'code', '') END,
                 old_row,
                 new_row);
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.watch(
    watched text, ignored text[] DEFAULT '{}', hidden text[] DEFAULT '{}', people_only boolean DEFAULT false
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    place    regclass := to_regclass(watched);
    keys     text[];
    columns  text;
    told     text := CASE WHEN people_only THEN $when$WHEN (current_setting('regulars.actor', true) ~ '^(staff|cli):')$when$ ELSE '' END;
    noted    text;
BEGIN
    IF place IS NULL THEN
        RAISE NOTICE 'audit.watch: there is no table %', watched;
        RETURN;
    END IF;
    SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum))
      INTO keys
      FROM pg_index AS i
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
     WHERE i.indrelid = place AND i.indisprimary;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
      INTO columns
      FROM pg_attribute AS a
     WHERE a.attrelid = place AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (ignored);
    noted := format('audit.note(%L, %L, %L)', keys, ignored, hidden);
    EXECUTE format('CREATE TRIGGER audit_rows AFTER INSERT OR DELETE ON %s FOR EACH ROW %s EXECUTE FUNCTION %s', place, told, noted);
    EXECUTE format('CREATE TRIGGER audit_columns AFTER UPDATE OF %s ON %s FOR EACH ROW %s EXECUTE FUNCTION %s', columns, place, told, noted);
END
$$;
COMMENT ON FUNCTION audit.watch IS 'Let changes of a table be noted. ignored: columns that count or remember only; hidden: columns whose values are secret or personal; people_only: only what people change.';

-- from features/dashboards/schema.sql
CREATE SCHEMA dashboards;

CREATE TABLE dashboards.dashboard (
    program_id int         NOT NULL,
    owner      text        NOT NULL COLLATE "C",
    code       text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    shared     boolean     NOT NULL DEFAULT false,
    first_for  text[]      NOT NULL DEFAULT '{}',
    widgets    jsonb       NOT NULL,
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT dashboards_dashboard_once PRIMARY KEY (program_id, owner, code)
);
COMMENT ON TABLE dashboards.dashboard IS 'A page of widgets: of the person (or key) that made it, which others see when it is shared, or of the program (owner program), which people of the roles in first_for see first. reference';

-- from features/rewards/schema.sql
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

-- from features/vouchers/schema.sql
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

-- from features/draws/schema.sql
-- Draws: prizes, tickets, and results that were fixed before anybody could see them.
CREATE SCHEMA draws;

CREATE TABLE draws.draw (
    id          int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL,
    code        text        NOT NULL COLLATE "C",
    document    text        NOT NULL,
    status      text        NOT NULL DEFAULT 'draft' COLLATE "C",
    revision    bigint      NOT NULL DEFAULT 1,
    seed        bytea,
    revealed_seed bytea,
    salt        bytea,
    commitment  text        COLLATE "C",
    entries_digest text     COLLATE "C",
    public_value text       NOT NULL DEFAULT '',
    plays       bigint      NOT NULL DEFAULT 0,
    places      bigint      NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL,
    opened_at   timestamptz,
    closed_at   timestamptz,
    revealed_at timestamptz,
    CONSTRAINT draws_draw_once UNIQUE (program_id, code),
    CONSTRAINT draws_draw_known_status CHECK (status IN ('draft', 'open', 'closed', 'revealed', 'archived')),
    CONSTRAINT draws_draw_plays_within_places CHECK (plays BETWEEN 0 AND places),
    CONSTRAINT draws_draw_seed_told_when_revealed CHECK ((revealed_seed IS NOT NULL) = (status = 'revealed'))
);
COMMENT ON TABLE draws.draw IS
    'A draw or instant win. seed is fixed when it opens, and sealed; its hash (commitment) is published then, and the seed itself when it is revealed: revealed_seed. reference';

CREATE TABLE draws.entry (
    draw_id    int         NOT NULL,
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    program_id int         NOT NULL,
    member_id  bigint      NOT NULL,
    tickets    int         NOT NULL,
    cause      text        NOT NULL COLLATE "C",
    entered_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    CONSTRAINT draws_entry_pk PRIMARY KEY (draw_id, id),
    CONSTRAINT draws_entry_once_per_cause UNIQUE (draw_id, cause),
    CONSTRAINT draws_entry_has_tickets CHECK (tickets > 0)
);
COMMENT ON TABLE draws.entry IS 'Tickets of a member, once per cause for ever. distributed by draw_id';
CREATE INDEX draws_entry_of_member ON draws.entry (member_id, program_id);
CREATE INDEX draws_entry_of_cause ON draws.entry (program_id, cause);

CREATE TABLE draws.prize (
    draw_id    int         NOT NULL,
    number     int         NOT NULL,
    prize      text        NOT NULL COLLATE "C",
    place      bigint,
    mark       bytea,
    entry_id   bigint,
    member_id  bigint,
    won_at     timestamptz,
    delivered  text        COLLATE "C",
    delivered_at timestamptz,
    refused_at timestamptz,
    CONSTRAINT draws_prize_pk PRIMARY KEY (draw_id, number),
    CONSTRAINT draws_prize_one_per_place UNIQUE (draw_id, place),
    CONSTRAINT draws_prize_one_per_mark UNIQUE (draw_id, mark)
);
COMMENT ON TABLE draws.prize IS
    'Every single prize of a pool. mark = where a prize of an instant win lies, fixed when it opens and said with the seed, so that nobody reads the place from it; place = the same in clear, once it was played or the draw has closed; entry_id = the entry that won. delivered = what the member got for it (a voucher''s code, a transfer); refused_at = when it could last not be given. distributed by draw_id';
CREATE INDEX draws_prize_of_entry ON draws.prize (draw_id, entry_id) WHERE entry_id IS NOT NULL;
CREATE INDEX draws_prize_to_deliver ON draws.prize (draw_id, number) WHERE member_id IS NOT NULL AND delivered IS NULL;

CREATE TABLE draws.play (
    draw_id    int         NOT NULL,
    place      bigint      NOT NULL,
    program_id int         NOT NULL,
    member_id  bigint      NOT NULL,
    cause      text        NOT NULL COLLATE "C",
    played_at  timestamptz NOT NULL,
    CONSTRAINT draws_play_pk PRIMARY KEY (draw_id, place),
    CONSTRAINT draws_play_once_per_cause UNIQUE (draw_id, cause)
);
CREATE INDEX draws_play_of_member ON draws.play (member_id, draw_id);
COMMENT ON TABLE draws.play IS 'A play of an instant win: the place in the list that was fixed before. distributed by draw_id';

-- from features/giftcards/schema.sql
-- Gift cards: a number and a PIN that lead to a purse of their own. What is on a card is in the ledger alone.
CREATE SCHEMA giftcards;

CREATE TABLE giftcards.card (
    program_id  int         NOT NULL,
    number      text        NOT NULL COLLATE "C",
    purse_id    bigint      NOT NULL,
    point_type  text        NOT NULL COLLATE "C",
    status      text        NOT NULL DEFAULT 'new' COLLATE "C",
    pin_salt    bytea       NOT NULL,
    pin_hash    bytea       NOT NULL,
    wrong_pins  int         NOT NULL DEFAULT 0,
    wrong_since timestamptz,
    created_at  timestamptz NOT NULL,
    activated_at timestamptz,
    CONSTRAINT giftcards_card_pk PRIMARY KEY (program_id, number),
    CONSTRAINT giftcards_card_known_status CHECK (status IN ('new', 'active', 'blocked'))
);
COMMENT ON TABLE giftcards.card IS
    'A gift card. purse_id = its purse in the ledger, numbered as members are so that no member has it. point_type = the money it holds. PINs are kept as salted hashes. distributed by number';
CREATE INDEX giftcards_card_of_purse ON giftcards.card (purse_id);
CREATE INDEX giftcards_card_of_type ON giftcards.card (program_id, point_type);

-- from features/partners/schema.sql
-- What partners have agreed to: terms in money, who funds which account, blocks of points bought ahead.
CREATE SCHEMA partners;

CREATE TABLE partners.terms (
    program_id int         NOT NULL,
    partner_id int         NOT NULL,
    document   jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT partners_terms_pk PRIMARY KEY (program_id, partner_id)
);
COMMENT ON TABLE partners.terms IS 'What a partner pays and is paid: rates by point type and time, fees, points of others it takes, bank account, statement period. reference';

CREATE TABLE partners.treasury (
    program_id int         NOT NULL PRIMARY KEY,
    document   jsonb       NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE partners.treasury IS 'The program''s own side of settlement: its bank account and the names of its books'' accounts. reference';

CREATE TABLE partners.template (
    program_id int         NOT NULL,
    code       text        NOT NULL COLLATE "C",
    document   jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT partners_template_pk PRIMARY KEY (program_id, code)
);
COMMENT ON TABLE partners.template IS 'What a new partner gets when it is connected: roles, terms, kinds of sources. reference';

CREATE TABLE partners.agreement (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id    int         NOT NULL,
    code          text        NOT NULL COLLATE "C",
    account       text        NOT NULL COLLATE "C",
    point_type_id int         NOT NULL,
    point_type    text        NOT NULL COLLATE "C",
    payer_id      int         NOT NULL,
    payer         text        NOT NULL COLLATE "C",
    mode          text        NOT NULL COLLATE "C",
    basis         text        NOT NULL DEFAULT 'issue' COLLATE "C",
    caps          jsonb       NOT NULL DEFAULT '[]',
    fallback      text        NOT NULL DEFAULT 'house' COLLATE "C",
    reserve       bigint      NOT NULL DEFAULT 0,
    reorder_at    bigint,
    valid_from    date,
    valid_until   date,
    changed_at    timestamptz NOT NULL,
    archived_at   timestamptz,
    CONSTRAINT partners_agreement_code_once UNIQUE (program_id, code),
    CONSTRAINT partners_agreement_account_once UNIQUE (program_id, account, point_type_id),
    CONSTRAINT partners_agreement_of_program UNIQUE (id, program_id),
    CONSTRAINT partners_agreement_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT partners_agreement_account_form CHECK (account ~ '^(partner|campaign):[a-z0-9][a-z0-9_-]{0,62}$'),
    CONSTRAINT partners_agreement_known_mode CHECK (mode IN ('prepaid', 'postpaid')),
    CONSTRAINT partners_agreement_known_basis CHECK (basis IN ('issue', 'redemption')),
    CONSTRAINT partners_agreement_prepaid_on_issue CHECK (mode = 'postpaid' OR basis = 'issue'),
    CONSTRAINT partners_agreement_not_its_own_fallback CHECK (fallback <> account),
    CONSTRAINT partners_agreement_reserve_not_negative CHECK (reserve >= 0),
    CONSTRAINT partners_agreement_reorder_not_negative CHECK (reorder_at >= 0),
    CONSTRAINT partners_agreement_block_only_prepaid CHECK (mode = 'prepaid' OR (reserve = 0 AND reorder_at IS NULL)),
    CONSTRAINT partners_agreement_from_before_until CHECK (valid_from < valid_until)
);
COMMENT ON TABLE partners.agreement IS 'Which partner pays for what an account funds, up to which caps or from which block, and who funds beyond. What was used is counted in accrual.budget under funding:<code>. reference';

CREATE TABLE partners.block_entry (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    agreement_id int         NOT NULL,
    points       bigint      NOT NULL,
    price_minor  bigint      NOT NULL DEFAULT 0,
    reference    text        NOT NULL DEFAULT '',
    made_by      text        NOT NULL DEFAULT '',
    made_at      timestamptz NOT NULL,
    CONSTRAINT partners_block_entry_of_agreement FOREIGN KEY (agreement_id, program_id) REFERENCES partners.agreement (id, program_id),
    CONSTRAINT partners_block_entry_not_zero CHECK (points <> 0),
    CONSTRAINT partners_block_entry_price_goes_with_points CHECK (price_minor = 0 OR (price_minor > 0) = (points > 0))
);
COMMENT ON TABLE partners.block_entry IS 'Immutable: points bought ahead (positive) and given back unused (negative), with what was paid for them in minor units. reference';
CREATE INDEX partners_block_entry_of_agreement ON partners.block_entry (agreement_id);
CREATE UNIQUE INDEX partners_block_entry_reference_once ON partners.block_entry (agreement_id, (points > 0), reference) WHERE reference <> '';

CREATE TABLE partners.task (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    agreement_id int         NOT NULL,
    kind         text        NOT NULL COLLATE "C",
    bought       bigint      NOT NULL,
    remaining    bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    done_at      timestamptz,
    done_by      text        NOT NULL DEFAULT '',
    CONSTRAINT partners_task_of_agreement FOREIGN KEY (agreement_id, program_id) REFERENCES partners.agreement (id, program_id),
    CONSTRAINT partners_task_once UNIQUE (agreement_id, kind, bought),
    CONSTRAINT partners_task_known_kind CHECK (kind IN ('reorder', 'exhausted'))
);
COMMENT ON TABLE partners.task IS 'Something for whoever looks after a partner: a block is to be bought again. Once for a kind and a size of the block. reference';

-- from features/households/schema.sql
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

-- from features/campaigns/schema.sql
-- Campaigns as records: what is planned, who answers for it, how far it is, what has to be done, and for whom it is.
CREATE SCHEMA campaigns;

CREATE TABLE campaigns.campaign (
    id                int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id        int         NOT NULL,
    code              text        NOT NULL COLLATE "C",
    name              text        NOT NULL,
    type              text        NOT NULL DEFAULT '',
    template          boolean     NOT NULL DEFAULT false,
    status            text        NOT NULL DEFAULT 'draft' COLLATE "C",
    owner_id          int,
    currency          text        NOT NULL COLLATE "C",
    budget            bigint,
    estimated_revenue bigint,
    expected_response numeric(5, 2),
    proposed_from     date,
    proposed_to       date,
    actual_from       date,
    actual_to         date,
    description       text        NOT NULL DEFAULT '',
    offer             text        NOT NULL DEFAULT '',
    promotions        text[]      NOT NULL DEFAULT '{}' COLLATE "C",
    lists             text[]      NOT NULL DEFAULT '{}' COLLATE "C",
    revision          int         NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    archived_at       timestamptz,
    CONSTRAINT campaigns_campaign_once UNIQUE (program_id, code),
    CONSTRAINT campaigns_campaign_known_status CHECK (status IN ('draft', 'proposed', 'approved', 'active', 'completed', 'cancelled')),
    CONSTRAINT campaigns_campaign_template_is_a_draft CHECK (NOT template OR status = 'draft'),
    CONSTRAINT campaigns_campaign_money_not_negative CHECK (budget >= 0 AND estimated_revenue >= 0),
    CONSTRAINT campaigns_campaign_response_a_percentage CHECK (expected_response BETWEEN 0 AND 100),
    CONSTRAINT campaigns_campaign_proposed_in_order CHECK (proposed_from <= proposed_to),
    CONSTRAINT campaigns_campaign_actual_in_order CHECK (actual_from <= actual_to)
);
COMMENT ON TABLE campaigns.campaign IS
    'A campaign as planned and as it went. Money in minor units of its currency, expected_response in percent, days of the program''s calendar with the last one included. promotions = kind:code of what it offers, lists = marketing lists it is for. reference';

CREATE FUNCTION campaigns.keep_life_cycle() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'proposed'), ('draft', 'cancelled'),
        ('proposed', 'approved'), ('proposed', 'draft'), ('proposed', 'cancelled'),
        ('approved', 'active'), ('approved', 'draft'), ('approved', 'cancelled'),
        ('active', 'completed'), ('active', 'cancelled'),
        ('cancelled', 'draft')
    ) THEN
        RAISE EXCEPTION 'A campaign does not go from % to %.', OLD.status, NEW.status
              USING ERRCODE = 'check_violation', CONSTRAINT = 'campaigns_campaign_life_cycle';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_life_cycle BEFORE UPDATE OF status ON campaigns.campaign
    FOR EACH ROW EXECUTE FUNCTION campaigns.keep_life_cycle();

CREATE TABLE campaigns.step (
    campaign_id int         NOT NULL REFERENCES campaigns.campaign,
    number      int         NOT NULL,
    status      text        NOT NULL COLLATE "C",
    made_at     timestamptz NOT NULL,
    made_by     text        NOT NULL COLLATE "C",
    reason      text        NOT NULL DEFAULT '',
    CONSTRAINT campaigns_step_pk PRIMARY KEY (campaign_id, number)
);
COMMENT ON TABLE campaigns.step IS 'Each status a campaign took, when, by whom and why. immutable. reference';

CREATE TABLE campaigns.activity (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    campaign_id  int         NOT NULL REFERENCES campaigns.campaign,
    kind         text        NOT NULL COLLATE "C",
    subject      text        NOT NULL,
    details      text        NOT NULL DEFAULT '',
    assignee_id  int,
    due_on       date,
    completed_at timestamptz,
    completed_by text        COLLATE "C",
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL COLLATE "C",
    revision     int         NOT NULL DEFAULT 1,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT campaigns_activity_known_kind CHECK (kind IN ('call', 'task')),
    CONSTRAINT campaigns_activity_completed_by_somebody CHECK ((completed_at IS NULL) = (completed_by IS NULL))
);
COMMENT ON TABLE campaigns.activity IS 'Something to be done for a campaign: a call or a task of one of the staff, due on a day of the program''s calendar. reference';
CREATE INDEX campaigns_activity_of_campaign ON campaigns.activity (campaign_id);
CREATE INDEX campaigns_activity_open ON campaigns.activity (program_id, assignee_id) WHERE completed_at IS NULL;

CREATE TABLE campaigns.note (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id int         NOT NULL REFERENCES campaigns.campaign,
    text        text        NOT NULL,
    written_at  timestamptz NOT NULL,
    written_by  text        NOT NULL COLLATE "C"
);
COMMENT ON TABLE campaigns.note IS 'What somebody wrote about a campaign. immutable. reference';
CREATE INDEX campaigns_note_of_campaign ON campaigns.note (campaign_id, id);

CREATE TABLE campaigns.marketing_list (
    program_id  int         NOT NULL,
    code        text        NOT NULL COLLATE "C",
    name        text        NOT NULL,
    description text        NOT NULL DEFAULT '',
    revision    int         NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT campaigns_marketing_list_pk PRIMARY KEY (program_id, code)
);
COMMENT ON TABLE campaigns.marketing_list IS 'The name of a list of members and what it is for. Who is on it stands with the members (members.member.lists), where rules and rewards look. reference';

-- from features/care/schema.sql
-- What people of the staff write about members, and what they have promised to do for them.
CREATE SCHEMA care;

CREATE TABLE care.note (
    member_id  bigint      NOT NULL,
    id         bigint      NOT NULL,
    program_id int         NOT NULL,
    text       text        NOT NULL,
    written_by text        NOT NULL COLLATE "C",
    written_at timestamptz NOT NULL,
    CONSTRAINT care_note_pk PRIMARY KEY (member_id, id),
    CONSTRAINT care_note_says_something CHECK (length(text) BETWEEN 1 AND 4000)
);
COMMENT ON TABLE care.note IS
    'What somebody wrote about a member; written_by = the credential, such as staff:5. Gone when the member is erased. distributed by member_id';

CREATE TABLE care.task (
    member_id  bigint      NOT NULL,
    id         bigint      NOT NULL,
    program_id int         NOT NULL,
    kind       text        NOT NULL COLLATE "C",
    title      text        NOT NULL,
    details    text        NOT NULL DEFAULT '',
    assignee   text        NOT NULL DEFAULT '' COLLATE "C",
    due_on     date,
    rule       text        COLLATE "C",
    event_id   bigint,
    status     text        NOT NULL DEFAULT 'open' COLLATE "C",
    outcome    text        NOT NULL DEFAULT '',
    created_by text        NOT NULL COLLATE "C",
    created_at timestamptz NOT NULL,
    closed_by  text        COLLATE "C",
    closed_at  timestamptz,
    revision   int         NOT NULL DEFAULT 1,
    CONSTRAINT care_task_pk PRIMARY KEY (member_id, id),
    CONSTRAINT care_task_known_kind CHECK (kind IN ('task', 'call')),
    CONSTRAINT care_task_known_status CHECK (status IN ('open', 'done', 'cancelled')),
    CONSTRAINT care_task_closed_by_somebody CHECK
        ((status = 'open') = (closed_at IS NULL) AND (status = 'open') = (closed_by IS NULL)),
    CONSTRAINT care_task_of_a_rule_and_event CHECK ((rule IS NULL) = (event_id IS NULL))
) WITH (fillfactor = 85);
COMMENT ON TABLE care.task IS
    'Something to do for a member, or a call to make: by whom (an e-mail address of the staff, or a team''s name), until which local day, and who did it. rule and event_id = the rule that asked for it and the event that fired it. distributed by member_id';
CREATE INDEX care_task_open ON care.task (program_id, coalesce(due_on, 'infinity'), id) WHERE status = 'open';
CREATE INDEX care_task_closed ON care.task (program_id, id) WHERE status <> 'open';

-- from features/accounting/schema.sql
-- How programs account for their points.
CREATE SCHEMA accounting;

CREATE TABLE accounting.setting (
    program_id int         PRIMARY KEY,
    doc        jsonb       NOT NULL,
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE accounting.setting IS
    'How a program accounts for its points: account codes, standalone selling prices, breakage, allocation. reference';

-- from features/webhooks/schema.sql
-- Webhooks out: who wants to hear what, what they are to hear, and every attempt to tell them.
CREATE SCHEMA webhooks;

CREATE TABLE webhooks.endpoint (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id      int         NOT NULL,
    url             text        NOT NULL,
    description     text        NOT NULL DEFAULT '',
    types           text[]      NOT NULL DEFAULT '{*}',
    concurrency     smallint    NOT NULL DEFAULT 4,
    revision        int         NOT NULL DEFAULT 1,
    enabled         boolean     NOT NULL DEFAULT true,
    disabled_reason text,
    failures        int         NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    rest_until      timestamptz,
    created_at      timestamptz NOT NULL,
    archived_at     timestamptz,
    CONSTRAINT webhooks_endpoint_concurrency CHECK (concurrency BETWEEN 1 AND 32),
    CONSTRAINT webhooks_endpoint_some_types CHECK (cardinality(types) BETWEEN 1 AND 100),
    CONSTRAINT webhooks_endpoint_archived_is_off CHECK (archived_at IS NULL OR NOT enabled)
);
COMMENT ON TABLE webhooks.endpoint IS
    'A subscriber of a program: types are exact (points.earned), a family (points.*) or all (*). failures = attempts failed in a row; rest_until = left alone until then. reference';
CREATE INDEX webhooks_endpoint_of_program ON webhooks.endpoint (program_id, id);

CREATE TABLE webhooks.secret (
    endpoint_id bigint      NOT NULL REFERENCES webhooks.endpoint,
    number      int         NOT NULL,
    secret      text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    CONSTRAINT webhooks_secret_pk PRIMARY KEY (endpoint_id, number)
);
COMMENT ON TABLE webhooks.secret IS 'Signing secrets of an endpoint (whsec_…, sealed); more than one during a rotation. Each message is signed with all that have not expired. reference';

CREATE TABLE webhooks.subscription (
    program_id int    PRIMARY KEY,
    revision   bigint NOT NULL DEFAULT 1,
    types      text[] NOT NULL
);
COMMENT ON TABLE webhooks.subscription IS 'All types that some enabled endpoint of a program listens to; written with every change of an endpoint, read by whoever announces. reference';

CREATE SEQUENCE webhooks.message_id_seq;

CREATE TABLE webhooks.message (
    endpoint_id bigint      NOT NULL,
    id          bigint      NOT NULL DEFAULT nextval('webhooks.message_id_seq'),
    program_id  int         NOT NULL,
    type        text        NOT NULL COLLATE "C",
    body        text        NOT NULL,
    status      text        NOT NULL DEFAULT 'waiting' COLLATE "C",
    attempts    int         NOT NULL DEFAULT 0,
    tries       int         NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,
    fence       int         NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT webhooks_message_pk PRIMARY KEY (endpoint_id, id),
    CONSTRAINT webhooks_message_known_status CHECK (status IN ('waiting', 'sending', 'delivered', 'failed')),
    CONSTRAINT webhooks_message_leased_while_sending CHECK ((status = 'sending') = (lease_until IS NOT NULL))
);
COMMENT ON TABLE webhooks.message IS
    'One notice for one endpoint; its id is the webhook-id, the same over all attempts. attempts = made so far, tries = of the present round of retries (a resend begins a new round). distributed by endpoint_id';
CREATE INDEX webhooks_message_due ON webhooks.message (endpoint_id, next_at, id) WHERE status = 'waiting';
CREATE INDEX webhooks_message_in_flight ON webhooks.message (endpoint_id, lease_until) WHERE status = 'sending';
CREATE INDEX webhooks_message_finished ON webhooks.message (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhooks.delivery (
    endpoint_id bigint      NOT NULL,
    message_id  bigint      NOT NULL,
    attempt     int         NOT NULL,
    url         text        NOT NULL,
    sent_at     timestamptz NOT NULL,
    duration_ms int         NOT NULL,
    outcome     text        NOT NULL COLLATE "C",
    status      int,
    response    text        NOT NULL DEFAULT '',
    CONSTRAINT webhooks_delivery_pk PRIMARY KEY (endpoint_id, message_id, attempt),
    CONSTRAINT webhooks_delivery_message FOREIGN KEY (endpoint_id, message_id) REFERENCES webhooks.message ON DELETE CASCADE
);
COMMENT ON TABLE webhooks.delivery IS 'One attempt to deliver a message: when, where, how long it took, the HTTP status (NULL when there was no answer) and how the answer began. distributed by endpoint_id';

CREATE TABLE webhooks.unreadable (
    batch_id   bigint      PRIMARY KEY,
    program_id int         NOT NULL,
    reason     text        NOT NULL,
    found_at   timestamptz NOT NULL
);
COMMENT ON TABLE webhooks.unreadable IS 'Outbox rows whose notices could not be decoded: set aside with the reason, so that their neighbours flow. local';

-- from flows/accrual/schema.sql
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

-- from flows/redemption/schema.sql
CREATE SCHEMA redemption;

CREATE TABLE redemption.redemption (
    member_id       bigint      NOT NULL,
    id              bigint      NOT NULL,
    program_id      int         NOT NULL,
    reward_id       int         NOT NULL,
    reward_version  int         NOT NULL,
    status          text        NOT NULL COLLATE "C",
    quantity        bigint      NOT NULL,
    point_type_id   int         NOT NULL,
    points          bigint      NOT NULL,
    money           bigint      NOT NULL,
    points_back     bigint      NOT NULL DEFAULT 0,
    money_back      bigint      NOT NULL DEFAULT 0,
    returned        text        NOT NULL DEFAULT '0' COLLATE "C",
    payer_id        bigint      NOT NULL,
    hold_id         bigint,
    spend_id        bigint,
    store           text        NOT NULL DEFAULT '' COLLATE "C",
    reference       text        NOT NULL DEFAULT '',
    actor           text        NOT NULL DEFAULT '' COLLATE "C",
    price           text        NOT NULL,
    claims          text        NOT NULL,
    issued          text,
    delivery        text,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    confirmed_at    timestamptz,
    closed_at       timestamptz,
    CONSTRAINT redemption_pk PRIMARY KEY (member_id, id),
    CONSTRAINT redemption_known_status CHECK (status IN
        ('reserved', 'confirmed', 'ordered', 'shipped', 'delivered', 'cancelled', 'returned', 'expired')),
    CONSTRAINT redemption_quantity_positive CHECK (quantity > 0),
    CONSTRAINT redemption_price_not_negative CHECK (points >= 0 AND money >= 0),
    CONSTRAINT redemption_back_within CHECK (points_back BETWEEN 0 AND points AND money_back BETWEEN 0 AND money),
    CONSTRAINT redemption_closed_at_an_instant CHECK
        ((status IN ('cancelled', 'returned', 'expired')) = (closed_at IS NOT NULL)),
    CONSTRAINT redemption_confirmed_spends CHECK
        (status IN ('reserved', 'cancelled', 'expired') OR points = 0 OR spend_id IS NOT NULL)
) WITH (fillfactor = 80);
COMMENT ON TABLE redemption.redemption IS
    'A reward a member has set aside or taken. points and money = the price of all pieces; returned = which part of it came back (a fraction); hold_id, spend_id = the ledger''s transfers, of payer_id (another than member_id where members were merged in between); price, claims, issued, delivery = JSON: why this price, which pieces it holds, codes that were handed out, where it is. distributed by member_id';
CREATE INDEX redemption_by_program ON redemption.redemption (program_id, id);
CREATE INDEX redemption_to_expire ON redemption.redemption (expires_at) WHERE status = 'reserved';

-- from flows/upkeep/schema.sql
CREATE SCHEMA upkeep;

CREATE TABLE upkeep.progress (
    program_id   int         PRIMARY KEY,
    done_until   timestamptz NOT NULL,
    step         timestamptz,
    stage        text        NOT NULL DEFAULT '' COLLATE "C",
    after_member bigint      NOT NULL DEFAULT 0,
    updated_at   timestamptz NOT NULL
);
COMMENT ON TABLE upkeep.progress IS
    'How far time has been followed up in a program: everything due up to done_until is done; within the step that is being done now, the stage and the last member it did. Moved on in the transaction of each piece, and only from where it was: two runners cannot do one piece twice. reference';

-- from flows/checkout/schema.sql
CREATE SCHEMA checkout;

CREATE TABLE checkout.session (
    member_id  bigint      NOT NULL,
    id         bigint      NOT NULL,
    program_id int         NOT NULL,
    status     text        NOT NULL COLLATE "C",
    order_id   text        NOT NULL DEFAULT '' COLLATE "C",
    store      text        NOT NULL DEFAULT '' COLLATE "C",
    content    text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at  timestamptz,
    CONSTRAINT checkout_session_pk PRIMARY KEY (member_id, id),
    CONSTRAINT checkout_session_known_status CHECK (status IN ('open', 'closed', 'part_returned', 'returned', 'cancelled'))
) WITH (fillfactor = 80);
COMMENT ON TABLE checkout.session IS
    'A basket with what was taken off it and what is set aside for it until expires_at; content = JSON of model.Content. member_id 0 = nobody known. distributed by member_id';
CREATE INDEX checkout_session_by_program ON checkout.session (program_id, id);
CREATE INDEX checkout_session_by_order ON checkout.session (program_id, order_id) WHERE order_id <> '';

-- from flows/merging/schema.sql
CREATE SCHEMA merging;

CREATE TABLE merging.state_before (
    merge_id     bigint PRIMARY KEY,
    program_id   int    NOT NULL,
    source_id    bigint NOT NULL,
    target_id    bigint NOT NULL,
    source_state text   NOT NULL,
    target_state text   NOT NULL
);
COMMENT ON TABLE merging.state_before IS
    'The states of two purses before their members became one (behaviour, limits, standings), to undo it. local';

-- from flows/couponing/schema.sql
-- What rules issue is carried out beside the hot path; how far corrections of orders have been looked at.
CREATE SCHEMA couponing;

CREATE TABLE couponing.progress (
    name       text        PRIMARY KEY,
    seen_until timestamptz NOT NULL
);
COMMENT ON TABLE couponing.progress IS 'Up to when (posting time) corrected orders have been looked at for vouchers and tickets to take back, or to give again. local';

CREATE INDEX accrual_effect_to_carry_out ON accrual.effect (member_id, id)
    WHERE status = 'recorded' AND kind IN ('issue_voucher', 'enter_draw');
CREATE INDEX accrual_corrected_order_by_time ON accrual.corrected_order (corrected_at);

-- from flows/reporting/schema.sql
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

-- from flows/finance/schema.sql
-- What finance keeps beside the ledger: the periods a program has closed.
CREATE SCHEMA finance;

CREATE TABLE finance.close (
    program_id  int         NOT NULL,
    period      date        NOT NULL,
    version     int         NOT NULL,
    ends        date        NOT NULL,
    until_batch bigint      NOT NULL,
    report      jsonb       NOT NULL,
    digest      text        NOT NULL COLLATE "C",
    closed_by   text        NOT NULL,
    closed_at   timestamptz NOT NULL,
    CONSTRAINT finance_close_pk PRIMARY KEY (program_id, period, version)
);
COMMENT ON TABLE finance.close IS
    'Immutable: every close of a period (its first local day) with the whole report as it was then, and the batch up to which it was known. A period that was reopened and closed again has versions. reference';

CREATE TABLE finance.period (
    program_id int  NOT NULL,
    period     date NOT NULL,
    version    int  NOT NULL,
    closed     boolean NOT NULL,
    CONSTRAINT finance_period_pk PRIMARY KEY (program_id, period)
);
COMMENT ON TABLE finance.period IS 'Whether a period is closed, and by which version of its close. reference';

-- from flows/offline/schema.sql
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

-- from flows/export/schema.sql
-- How far exports have come, so that the next one goes on there and a killed one goes on where it stopped.
CREATE SCHEMA export;

CREATE TABLE export.run (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    folder       text        NOT NULL,
    format       text        NOT NULL COLLATE "C",
    after_batch  bigint      NOT NULL,
    until_batch  bigint      NOT NULL,
    done_batch   bigint      NOT NULL,
    rows         bigint      NOT NULL DEFAULT 0,
    files        bigint      NOT NULL DEFAULT 0,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CONSTRAINT export_run_known_format CHECK (format IN ('parquet', 'csv')),
    CONSTRAINT export_run_within CHECK (after_batch <= done_batch AND done_batch <= until_batch)
);
COMMENT ON TABLE export.run IS
    'One export of a program to a folder: batches after_batch < id <= until_batch, fixed when it began, so that its files have the same names and contents whoever finishes it. local';
CREATE UNIQUE INDEX export_run_open ON export.run (program_id, folder, format) WHERE finished_at IS NULL;
CREATE INDEX export_run_of_program ON export.run (program_id, id);

-- from flows/pooling/schema.sql
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

-- from flows/settlement/schema.sql
-- What partners and the program owe each other: statements, their lines, disputes about them, netting and payments.
CREATE SCHEMA settlement;

CREATE TABLE settlement.netting (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL REFERENCES programs.program,
    currency     text        NOT NULL COLLATE "C",
    due_on       date        NOT NULL,
    made_by      text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    paid_at      timestamptz,
    CONSTRAINT settlement_netting_of_program UNIQUE (id, program_id)
);
COMMENT ON TABLE settlement.netting IS 'Agreed statements settled together, with as few payments as there are parties less one. reference';

CREATE TABLE settlement.payment (
    netting_id bigint NOT NULL REFERENCES settlement.netting,
    number     int    NOT NULL,
    program_id int    NOT NULL,
    payer_id   int,
    payee_id   int,
    amount     bigint NOT NULL,
    CONSTRAINT settlement_payment_pk PRIMARY KEY (netting_id, number),
    CONSTRAINT settlement_payment_positive CHECK (amount > 0),
    CONSTRAINT settlement_payment_between_two CHECK (payer_id IS DISTINCT FROM payee_id),
    CONSTRAINT settlement_payment_payer_of_program FOREIGN KEY (payer_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT settlement_payment_payee_of_program FOREIGN KEY (payee_id, program_id) REFERENCES programs.partner (id, program_id)
);
COMMENT ON TABLE settlement.payment IS 'Immutable: who pays whom how much (minor units) in a netting; NULL is the program itself. reference';

CREATE TABLE settlement.statement (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    partner_id   int         NOT NULL,
    first_day    date        NOT NULL,
    end_day      date        NOT NULL,
    status       text        NOT NULL DEFAULT 'draft' COLLATE "C",
    version      int         NOT NULL DEFAULT 0,
    total        bigint      NOT NULL DEFAULT 0,
    netting_id   bigint,
    drawn_up_at  timestamptz NOT NULL,
    issued_at    timestamptz,
    agreed_at    timestamptz,
    settled_at   timestamptz,
    due_on       date,
    CONSTRAINT settlement_statement_once UNIQUE (program_id, partner_id, first_day, end_day),
    CONSTRAINT settlement_statement_of_program UNIQUE (id, program_id),
    CONSTRAINT settlement_statement_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT settlement_statement_netting_of_program FOREIGN KEY (netting_id, program_id) REFERENCES settlement.netting (id, program_id),
    CONSTRAINT settlement_statement_known_status CHECK (status IN ('draft', 'issued', 'agreed', 'disputed', 'settled')),
    CONSTRAINT settlement_statement_days CHECK (first_day < end_day),
    CONSTRAINT settlement_statement_netted_when_agreed CHECK (netting_id IS NULL OR status IN ('agreed', 'settled')),
    CONSTRAINT settlement_statement_settled_by_netting CHECK (status <> 'settled' OR netting_id IS NOT NULL)
);
COMMENT ON TABLE settlement.statement IS 'A partner''s account for a period; total in minor units, positive = the partner owes the program. end_day is the first day after. reference';

CREATE TABLE settlement.line (
    member_id     bigint      NOT NULL,
    transfer_id   bigint      NOT NULL,
    share         int         NOT NULL,
    program_id    int         NOT NULL,
    partner_id    int         NOT NULL,
    statement_id  bigint      NOT NULL,
    kind          text        NOT NULL COLLATE "C",
    point_type_id int         NOT NULL,
    points        bigint      NOT NULL,
    amount        numeric     NOT NULL,
    occurred_at   timestamptz NOT NULL,
    posted_at     timestamptz NOT NULL,
    event_id      bigint,
    order_id      text        NOT NULL DEFAULT '',
    store         text        NOT NULL DEFAULT '',
    CONSTRAINT settlement_line_once PRIMARY KEY (member_id, transfer_id, share),
    CONSTRAINT settlement_line_known_kind CHECK (kind IN ('issued', 'reversed', 'drawn', 'returned', 'redeemed', 'unredeemed',
                                                          'burned', 'unburned', 'honoured', 'unhonoured')),
    CONSTRAINT settlement_line_points_not_zero CHECK (points <> 0)
);
COMMENT ON TABLE settlement.line IS 'Immutable: one share of one transfer on one statement, and never on another. share = the funding or spending account (0: the owner of points honoured elsewhere); points and amount (minor units, exact) positive = the partner owes. distributed by member_id';
CREATE INDEX settlement_line_of_statement ON settlement.line (statement_id, member_id, transfer_id);

CREATE TABLE settlement.progress (
    program_id     int    NOT NULL,
    partner_id     int    NOT NULL,
    until_batch    bigint NOT NULL,
    until_account  int    NOT NULL,
    ground         text   NOT NULL COLLATE "C",
    CONSTRAINT settlement_progress_pk PRIMARY KEY (program_id, partner_id),
    CONSTRAINT settlement_progress_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id)
);
COMMENT ON TABLE settlement.progress IS 'How far a partner''s statements have read the ledger: everything of batches up to until_batch is on them, as long as the digest of who pays for which account (of those up to until_account) is still `ground`. reference';

CREATE TABLE settlement.entry (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    statement_id bigint      NOT NULL,
    kind         text        NOT NULL COLLATE "C",
    code         text        NOT NULL COLLATE "C",
    amount       bigint      NOT NULL,
    text         text        NOT NULL DEFAULT '',
    dispute_id   bigint,
    sales        bigint,
    made_at      timestamptz NOT NULL,
    CONSTRAINT settlement_entry_of_statement FOREIGN KEY (statement_id, program_id) REFERENCES settlement.statement (id, program_id),
    CONSTRAINT settlement_entry_once UNIQUE (statement_id, kind, code),
    CONSTRAINT settlement_entry_known_kind CHECK (kind IN ('fee', 'block', 'adjustment'))
);
COMMENT ON TABLE settlement.entry IS 'What a statement holds beside lines of points: fees, blocks bought ahead, adjustments after a dispute; minor units. sales = what members bought that a fee was taken of, minor units. reference';
CREATE UNIQUE INDEX settlement_entry_block_once ON settlement.entry (program_id, code) WHERE kind = 'block';

CREATE TABLE settlement.version (
    statement_id bigint      NOT NULL,
    version      int         NOT NULL,
    program_id   int         NOT NULL,
    document     jsonb       NOT NULL,
    digest       text        NOT NULL COLLATE "C",
    issued_by    text        NOT NULL DEFAULT '',
    issued_at    timestamptz NOT NULL,
    CONSTRAINT settlement_version_pk PRIMARY KEY (statement_id, version),
    CONSTRAINT settlement_version_of_statement FOREIGN KEY (statement_id, program_id) REFERENCES settlement.statement (id, program_id)
);
COMMENT ON TABLE settlement.version IS 'Immutable: a statement as it was issued; digest = SHA-256 over its document and the keys and amounts of its lines. reference';

CREATE TABLE settlement.upload (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    statement_id bigint      NOT NULL,
    rows         int         NOT NULL,
    matched      int         NOT NULL,
    exceptions   int         NOT NULL,
    made_by      text        NOT NULL DEFAULT '',
    made_at      timestamptz NOT NULL,
    CONSTRAINT settlement_upload_of_statement FOREIGN KEY (statement_id, program_id) REFERENCES settlement.statement (id, program_id)
);
COMMENT ON TABLE settlement.upload IS 'A partner''s own file about a statement and how it matched. reference';

CREATE TABLE settlement.dispute (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    statement_id bigint      NOT NULL,
    kind         text        NOT NULL COLLATE "C",
    reference    text        NOT NULL COLLATE "C",
    side         text        NOT NULL COLLATE "C",
    ours         jsonb       NOT NULL DEFAULT '{}',
    theirs       jsonb       NOT NULL DEFAULT '{}',
    status       text        NOT NULL DEFAULT 'open' COLLATE "C",
    upload_id    bigint,
    adjustment   bigint,
    opened_at    timestamptz NOT NULL,
    closed_at    timestamptz,
    CONSTRAINT settlement_dispute_of_statement FOREIGN KEY (statement_id, program_id) REFERENCES settlement.statement (id, program_id),
    CONSTRAINT settlement_dispute_known_kind CHECK (kind IN ('differs', 'missing_here', 'missing_there', 'other')),
    CONSTRAINT settlement_dispute_known_side CHECK (side IN ('issue', 'burn', '')),
    CONSTRAINT settlement_dispute_known_status CHECK (status IN ('open', 'answered', 'accepted', 'rejected', 'withdrawn')),
    CONSTRAINT settlement_dispute_closed_at_an_instant CHECK ((status IN ('open', 'answered')) = (closed_at IS NULL))
);
COMMENT ON TABLE settlement.dispute IS 'What program and partner see differently on a statement: what each says, and what became of it. adjustment in minor units when accepted. reference';
CREATE UNIQUE INDEX settlement_dispute_open_once ON settlement.dispute (statement_id, kind, side, reference) WHERE closed_at IS NULL;

CREATE TABLE settlement.note (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL,
    dispute_id bigint      NOT NULL REFERENCES settlement.dispute,
    side       text        NOT NULL COLLATE "C",
    written_by text        NOT NULL,
    text       text        NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT settlement_note_known_side CHECK (side IN ('program', 'partner'))
);
COMMENT ON TABLE settlement.note IS 'Immutable: what either side wrote about a dispute. reference';
CREATE INDEX settlement_note_of_dispute ON settlement.note (dispute_id, id);

-- A partner that still pays under an agreement is not archived, whoever asks: its account would go on funding awards.
CREATE FUNCTION settlement.refuse_archiving_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM partners.agreement AS a
                WHERE a.program_id = NEW.program_id AND a.archived_at IS NULL
                  AND (a.payer_id = NEW.id OR a.account = 'partner:' || NEW.code OR a.fallback = 'partner:' || NEW.code)) THEN
        RAISE EXCEPTION 'Partner % still pays under an agreement', NEW.code
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'partners_agreement_payer_lives';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER partner_of_agreement_lives BEFORE UPDATE OF archived_at ON programs.partner
    FOR EACH ROW WHEN (OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL) EXECUTE FUNCTION settlement.refuse_archiving_payer();

-- from flows/connection/schema.sql
-- Shops whose own platform tells us of orders.
CREATE SCHEMA connection;

CREATE TABLE connection.hook (
    id           text        NOT NULL COLLATE "C",
    program_id   int         NOT NULL,
    partner_id   int         NOT NULL,
    source_id    int         NOT NULL,
    platform     text        NOT NULL COLLATE "C",
    secret       text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT connection_hook_pk PRIMARY KEY (id),
    CONSTRAINT connection_hook_source_once UNIQUE (source_id),
    CONSTRAINT connection_hook_source_of_program FOREIGN KEY (source_id, program_id) REFERENCES programs.source (id, program_id),
    CONSTRAINT connection_hook_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT connection_hook_known_platform CHECK (platform IN ('woocommerce', 'shopify')),
    CONSTRAINT connection_hook_id_form CHECK (id ~ '^[a-z0-9]{24}$')
);
COMMENT ON TABLE connection.hook IS 'Where a shop''s platform sends its orders, and the secret it signs them with (sealed; needed to check a signature, never shown again). reference';

CREATE VIEW connection.movement AS
SELECT p.program_id, p.code AS partner, t.member_id, t.id, t.kind, y.code AS point_type, y.scale, t.amount AS points, t.occurred_at,
       t.posted_at, CASE WHEN a.owner <> '' THEN a.kind || ':' || a.owner ELSE '' END AS account,
       coalesce(e.doc::jsonb #>> '{order,order_id}', t.detail::jsonb ->> 'order', '') AS order_id,
       coalesce(nullif(r.store, ''), e.doc::jsonb ->> 'store', t.detail::jsonb ->> 'store', '') AS store
  FROM programs.partner AS p
  JOIN ledger.transfer AS t ON t.program_id = p.program_id AND t.kind IN (1, 3, 5, 6, 9, 13)
  JOIN programs.point_type AS y ON y.id = t.point_type_id
  LEFT JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id
  LEFT JOIN programs.source AS o ON o.id = e.source_id AND o.partner_id = p.id
  LEFT JOIN ledger.account AS a
    ON a.id = CASE WHEN t.kind IN (1, 6) THEN t.debit_account_id ELSE t.credit_account_id END
   AND a.owner = p.code AND a.kind IN ('partner', 'spent')
  LEFT JOIN redemption.redemption AS r
    ON t.kind IN (5, 6, 9) AND r.payer_id = t.member_id AND r.spend_id = CASE WHEN t.kind = 6 THEN t.reverses_id ELSE t.id END
  LEFT JOIN programs.store AS s ON s.program_id = t.program_id AND s.code = r.store AND s.partner_id = p.id
 WHERE a.id IS NOT NULL
    OR s.id IS NOT NULL
    OR (e.doc IS NOT NULL AND o.id IS NOT NULL)
    -- The search tells most events apart without reading their JSON, which costs five times as much.
    OR (strpos(e.doc, '"partner"') > 0 AND e.doc::jsonb ->> 'partner' = p.code);
COMMENT ON VIEW connection.movement IS 'What a partner may see of the ledger: movements of points at its stores, from its sources, or that its own account funded; its own members'' transactions and nobody else''s. Whoever the member is, only her id is in it.';

-- from flows/simulation/schema.sql
-- Simulations that were asked for, with what they found: jobs are forgotten after a while, these are kept.
CREATE SCHEMA simulation;

CREATE TABLE simulation.run (
    program_id  int         NOT NULL,
    id          bigint      NOT NULL,
    asked_by    text        NOT NULL COLLATE "C",
    asked_at    timestamptz NOT NULL,
    from_at     timestamptz,
    to_at       timestamptz,
    start       text        NOT NULL COLLATE "C",
    compared    text        NOT NULL,
    finished_at timestamptz,
    summary     text,
    result      text,
    CONSTRAINT simulation_run_pk PRIMARY KEY (program_id, id),
    CONSTRAINT simulation_run_finished_with_result CHECK ((finished_at IS NULL) = (result IS NULL) AND (result IS NULL) = (summary IS NULL))
);
COMMENT ON TABLE simulation.run IS
    'A simulation: id = its job''s number, from_at and to_at = its window (NULL = without that end), compared = in what the draft differed from the version in force (JSON); result = its report (JSON), summary = the part that a list shows. local';

-- from flows/approval/schema.sql
-- What waits for another person. The database itself holds back a version of the rules that nobody approved, whoever
-- publishes it and by whatever way.
CREATE SCHEMA approval;

CREATE TABLE approval.policy (
    program_id         int         NOT NULL PRIMARY KEY REFERENCES programs.program,
    publishing         boolean     NOT NULL,
    budget_points_over numeric,
    budget_money_over  numeric,
    adjustment_over    bigint,
    days               int         NOT NULL,
    changed_at         timestamptz NOT NULL,
    CONSTRAINT approval_policy_days CHECK (days BETWEEN 1 AND 90),
    CONSTRAINT approval_policy_not_negative CHECK (least(budget_points_over, budget_money_over, adjustment_over) >= 0)
);
COMMENT ON TABLE approval.policy IS 'What needs a second person in a program: publishing, budgets over so many points or so much money, adjustments over so many points of a type (smallest units of the first redeemable type). No row: nothing does. reference';

CREATE TABLE approval.request (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL REFERENCES programs.program,
    kind       text        NOT NULL COLLATE "C",
    title      text        NOT NULL,
    payload    jsonb       NOT NULL,
    digest     bytea       NOT NULL,
    reason     text        NOT NULL,
    maker      text        NOT NULL COLLATE "C",
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status     text        NOT NULL DEFAULT 'waiting' COLLATE "C",
    checker    text        COLLATE "C",
    comment    text        NOT NULL DEFAULT '',
    decided_at timestamptz,
    outcome    jsonb,
    CONSTRAINT approval_request_known_kind CHECK (kind IN ('publish_rules', 'adjust_points', 'reopen_period')),
    CONSTRAINT approval_request_known_status CHECK (status IN ('waiting', 'approved', 'rejected', 'withdrawn', 'void')),
    CONSTRAINT approval_request_decided CHECK ((status = 'waiting') = (decided_at IS NULL)),
    CONSTRAINT approval_request_another_person CHECK (status IN ('waiting', 'withdrawn', 'void') OR (checker IS NOT NULL AND checker <> maker))
);
COMMENT ON TABLE approval.request IS 'Something that waits for another person, and what became of it. digest = SHA-256 of what is to be done. local';
CREATE INDEX approval_request_of_program ON approval.request (program_id, id);

CREATE FUNCTION approval.hold_back_publishing() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    policy approval.policy;
    needed boolean;
BEGIN
    SELECT * INTO policy FROM approval.policy AS p WHERE p.program_id = NEW.program_id;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    needed := policy.publishing OR EXISTS (
        SELECT r.value ->> 'code', l.value
          FROM jsonb_array_elements(NEW.document -> 'rules') AS r
         CROSS JOIN LATERAL jsonb_array_elements(
                   CASE jsonb_typeof(r.value -> 'limits') WHEN 'array' THEN r.value -> 'limits' ELSE '[]' END) AS l
         WHERE l.value ->> 'per' IN ('rule', 'campaign')
           AND (   (l.value ->> 'measure' = 'points' AND (l.value ->> 'max')::numeric > policy.budget_points_over)
                OR (l.value ->> 'measure' = 'money' AND (l.value ->> 'max')::numeric > policy.budget_money_over))
        EXCEPT
        SELECT r.value ->> 'code', l.value
          FROM (SELECT document FROM rulesets.version WHERE program_id = NEW.program_id ORDER BY version DESC LIMIT 1) AS v
         CROSS JOIN LATERAL jsonb_array_elements(v.document -> 'rules') AS r
         CROSS JOIN LATERAL jsonb_array_elements(
                   CASE jsonb_typeof(r.value -> 'limits') WHEN 'array' THEN r.value -> 'limits' ELSE '[]' END) AS l
    );
    IF NOT needed THEN
        RETURN NEW;
    END IF;
    UPDATE approval.request AS q
       SET outcome = jsonb_build_object('version', NEW.version)
     WHERE q.id = (SELECT min(id) FROM approval.request
                    WHERE program_id = NEW.program_id AND kind = 'publish_rules' AND status = 'approved'
                      AND outcome IS NULL AND payload ->> 'document' = NEW.digest);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Nobody approved this version.' USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_needed';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER hold_back_publishing BEFORE INSERT ON rulesets.version
    FOR EACH ROW EXECUTE FUNCTION approval.hold_back_publishing();

-- from app/schema.sql
-- Which tables' changes are noted in the log: one line each. A test asks of every reference table to stand here, or to
-- be named there with the reason why not.
SELECT audit.watch('programs.program', '{revision}');
SELECT audit.watch('programs.partner');
SELECT audit.watch('programs.store');
SELECT audit.watch('programs.source', '{}', '{signing_secret}');
SELECT audit.watch('programs.point_type');
SELECT audit.watch('programs.credential', '{last_used_at}', '{secret_hash}');
SELECT audit.watch('catalog.product', '{updated_at}');
SELECT audit.watch('rulesets.rule', '{revision,updated_at}');
SELECT audit.watch('rulesets.part', '{revision,updated_at}');
SELECT audit.watch('rulesets.version', '{}', '{document}');
SELECT audit.watch('tiers.tier_set');
SELECT audit.watch('tiers.scheduled');
SELECT audit.watch('webhooks.endpoint', '{revision,failures,failing_since,rest_until}');
SELECT audit.watch('webhooks.secret', '{}', '{secret}');
SELECT audit.watch('jobs.schedule', '{last_tick,next_tick}');
SELECT audit.watch('rewards.reward');
SELECT audit.watch('rewards.version');
SELECT audit.watch('vouchers.definition', '{uses,uses_total,updated_at}');
SELECT audit.watch('draws.draw', '{plays,places,updated_at}', '{seed,revealed_seed,salt}');
SELECT audit.watch('partners.agreement', '{changed_at}');
SELECT audit.watch('partners.terms', '{changed_at}');
SELECT audit.watch('partners.template', '{changed_at}');
SELECT audit.watch('partners.treasury', '{changed_at}');
SELECT audit.watch('partners.task');
SELECT audit.watch('settlement.statement');
SELECT audit.watch('settlement.dispute');
SELECT audit.watch('settlement.netting');
SELECT audit.watch('connection.hook', '{}', '{secret}');
SELECT audit.watch('offline.key', '{}', '{private}');
SELECT audit.watch('accounting.setting', '{revision,updated_at}');
SELECT audit.watch('finance.period');
SELECT audit.watch('dashboards.dashboard', '{revision,updated_at}');
SELECT audit.watch('campaigns.campaign', '{revision,updated_at}');
SELECT audit.watch('campaigns.activity', '{revision,updated_at}');
SELECT audit.watch('campaigns.marketing_list', '{revision,updated_at}');
SELECT audit.watch('staff.person', '{totp_step}', '{password_hash,totp_secret}');
SELECT audit.watch('staff.assignment');
SELECT audit.watch('staff.passkey', '{sign_count,last_used_at}', '{credential_id,public_key}');
SELECT audit.watch('staff.recovery_code', '{}', '{code_hash}');
SELECT audit.watch('staff.identity_provider', '{}', '{client_secret}');
SELECT audit.watch('staff.identity');
SELECT audit.watch('approval.policy', '{changed_at}');
SELECT audit.watch('approval.request');
SELECT audit.watch('members.attribute', '{}', '{}', true);
SELECT audit.watch('members.member', '{revision,updated_at}', '{birthday,attributes}', true);
SELECT audit.watch('members.identifier', '{}', '{value}', true);
SELECT audit.watch('members.profile', '{updated_at}', '{first_name,last_name,email,phone,gender,address,name_key}', true);

-- from app/demo/schema.sql
-- What the demo must still know when it is not running.
CREATE SCHEMA demo;

CREATE TABLE demo.clock (
    only_one boolean     NOT NULL DEFAULT true,
    shop_at  timestamptz NOT NULL,
    wall_at  timestamptz NOT NULL,
    CONSTRAINT demo_clock_pk PRIMARY KEY (only_one),
    CONSTRAINT demo_clock_only_one CHECK (only_one)
);
COMMENT ON TABLE demo.clock IS 'The clock that a database with the demo''s year lives by: what it said when the clock on the wall said wall_at. No row: the clock on the wall. local';
