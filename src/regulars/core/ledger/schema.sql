-- order: 21
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
