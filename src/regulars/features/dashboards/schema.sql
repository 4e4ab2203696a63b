-- order: 38
CREATE SCHEMA dashboards;

CREATE TABLE dashboards.dashboard (
    program_id int         NOT NULL,
    owner      text        NOT NULL COLLATE "C",
    code       text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    shared     boolean     NOT NULL DEFAULT false,
    first_for  text[]      NOT NULL DEFAULT '{}',
    widgets    jsonb       NOT NULL,
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT dashboards_dashboard_once PRIMARY KEY (program_id, owner, code)
);
COMMENT ON TABLE dashboards.dashboard IS 'A page of widgets: of the person (or key) that made it, which others see when it is shared, or of the program (owner program), which people of the roles in first_for see first. reference';
