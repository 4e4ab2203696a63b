-- order: 70
-- Simulations that were asked for, with what they found: jobs are forgotten after a while, these are kept.
CREATE SCHEMA simulation;

CREATE TABLE simulation.run (
    program_id  int         NOT NULL,
    id          bigint      NOT NULL,
    asked_by    text        NOT NULL COLLATE "C",
    asked_at    timestamptz NOT NULL,
    from_at     timestamptz,
    to_at       timestamptz,
    start       text        NOT NULL COLLATE "C",
    compared    text        NOT NULL,
    finished_at timestamptz,
    summary     text,
    result      text,
    CONSTRAINT simulation_run_pk PRIMARY KEY (program_id, id),
    CONSTRAINT simulation_run_finished_with_result CHECK ((finished_at IS NULL) = (result IS NULL) AND (result IS NULL) = (summary IS NULL))
);
COMMENT ON TABLE simulation.run IS
    'A simulation: id = its job''s number, from_at and to_at = its window (NULL = without that end), compared = in what the draft differed from the version in force (JSON); result = its report (JSON), summary = the part that a list shows. local';
