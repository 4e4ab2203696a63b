-- order: 48
-- How programs account for their points.
CREATE SCHEMA accounting;

CREATE TABLE accounting.setting (
    program_id int         PRIMARY KEY,
    doc        jsonb       NOT NULL,
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE accounting.setting IS
    'How a program accounts for its points: account codes, standalone selling prices, breakage, allocation. reference';
