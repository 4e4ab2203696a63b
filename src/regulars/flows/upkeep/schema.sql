-- order: 62
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
