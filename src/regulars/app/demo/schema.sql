-- order: 91
-- What the demo must still know when it is not running.
CREATE SCHEMA demo;

CREATE TABLE demo.clock (
    only_one boolean     NOT NULL DEFAULT true,
    shop_at  timestamptz NOT NULL,
    wall_at  timestamptz NOT NULL,
    CONSTRAINT demo_clock_pk PRIMARY KEY (only_one),
    CONSTRAINT demo_clock_only_one CHECK (only_one)
);
COMMENT ON TABLE demo.clock IS 'The clock that a database with the demo''s year lives by: what it said when the clock on the wall said wall_at. No row: the clock on the wall. local';
