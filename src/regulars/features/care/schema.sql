-- order: 47
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
