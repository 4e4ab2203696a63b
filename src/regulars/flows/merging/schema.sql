-- order: 63
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
