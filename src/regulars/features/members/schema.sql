-- order: 31
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
