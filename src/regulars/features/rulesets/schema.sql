-- order: 33
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
