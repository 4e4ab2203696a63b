-- order: 44
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
