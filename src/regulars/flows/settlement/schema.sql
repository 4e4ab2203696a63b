-- order: 68
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
