-- order: 30
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
