-- order: 31
CREATE SCHEMA members;

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
    updated_at      timestamptz NOT NULL,
    CONSTRAINT members_member_known_status CHECK (status IN ('active', 'inactive', 'blocked', 'merged', 'erased'))
) WITH (fillfactor = 85);
COMMENT ON TABLE members.member IS 'A member as rules see her: status, attributes (added at will), tags, lists (segments by id). distributed by id (= member_id)';
CREATE INDEX members_member_by_program ON members.member (program_id, id);
CREATE INDEX members_member_birthdays ON members.member (program_id, (extract(month FROM birthday) * 100 + extract(day FROM birthday))) WHERE birthday IS NOT NULL;

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
    updated_at  timestamptz NOT NULL
);
COMMENT ON TABLE members.profile IS 'The personal part of a member that no rule needs; erased as a whole. distributed by member_id';

CREATE TABLE members.identifier (
    program_id  int         NOT NULL,
    kind        text        NOT NULL COLLATE "C",
    value       text        NOT NULL COLLATE "C",
    member_id   bigint      NOT NULL,
    verified_at timestamptz,
    created_at  timestamptz NOT NULL,
    CONSTRAINT members_identifier_once PRIMARY KEY (program_id, kind, value)
);
COMMENT ON TABLE members.identifier IS 'How a member is known: external_id, anonymous_id, email, phone, card, each normalised. distributed by value';
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
