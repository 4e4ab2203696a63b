-- order: 38
CREATE SCHEMA dashboards;

CREATE TABLE dashboards.dashboard (
    program_id int         NOT NULL,
    owner      text        NOT NULL COLLATE "C",
    code       text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    shared     boolean     NOT NULL DEFAULT false,
    widgets    jsonb       NOT NULL,
    revision   int         NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT dashboards_dashboard_once PRIMARY KEY (program_id, owner, code)
);
COMMENT ON TABLE dashboards.dashboard IS 'A page of widgets over reports, of the person (or key) that made it; others of the program see it when it is shared. reference';
