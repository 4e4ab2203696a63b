-- order: 00
-- What the database itself needs to know. The migration runner creates this before the first migration.
CREATE SCHEMA IF NOT EXISTS infra;

CREATE TABLE IF NOT EXISTS infra.migration (
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migration_name_unique PRIMARY KEY (name)
);
COMMENT ON TABLE infra.migration IS 'Applied migrations. local';
