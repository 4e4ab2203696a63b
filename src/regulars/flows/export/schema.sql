-- order: 68
-- How far exports have come, so that the next one goes on there and a killed one goes on where it stopped.
CREATE SCHEMA export;

CREATE TABLE export.run (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    folder       text        NOT NULL,
    format       text        NOT NULL COLLATE "C",
    after_batch  bigint      NOT NULL,
    until_batch  bigint      NOT NULL,
    done_batch   bigint      NOT NULL,
    rows         bigint      NOT NULL DEFAULT 0,
    files        bigint      NOT NULL DEFAULT 0,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CONSTRAINT export_run_known_format CHECK (format IN ('parquet', 'csv')),
    CONSTRAINT export_run_within CHECK (after_batch <= done_batch AND done_batch <= until_batch)
);
COMMENT ON TABLE export.run IS
    'One export of a program to a folder: batches after_batch < id <= until_batch, fixed when it began, so that its files have the same names and contents whoever finishes it. local';
CREATE UNIQUE INDEX export_run_open ON export.run (program_id, folder, format) WHERE finished_at IS NULL;
CREATE INDEX export_run_of_program ON export.run (program_id, id);
