-- order: 20
-- Work that is done later: jobs with leases on the database's time, and the schedules that make them.
CREATE SCHEMA jobs;

CREATE TABLE jobs.job (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue       text        NOT NULL COLLATE "C",
    kind        text        NOT NULL COLLATE "C",
    key         text        COLLATE "C",
    program_id  int,
    payload     jsonb       NOT NULL DEFAULT '{}',
    status      text        NOT NULL DEFAULT 'waiting' COLLATE "C",
    attempts    int         NOT NULL DEFAULT 0,
    tries_max   int         NOT NULL,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,
    fence       bigint      NOT NULL DEFAULT 0,
    cancelled   boolean     NOT NULL DEFAULT false,
    progress    jsonb,
    error       text,
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz,
    CONSTRAINT jobs_job_known_status CHECK (status IN ('waiting', 'running', 'done', 'parked', 'cancelled')),
    CONSTRAINT jobs_job_leased_while_running CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT jobs_job_tries CHECK (tries_max >= 1 AND attempts >= 0)
);
COMMENT ON TABLE jobs.job IS
    'One piece of work. key is unique among the open jobs of a kind. lease_until is on the database''s clock; fence rises with every claim, so that a worker that lost its lease cannot write. parked = gave up, with the reason in error. program_id NULL = of the platform. local';
CREATE UNIQUE INDEX jobs_job_open_key_once ON jobs.job (kind, key) WHERE status IN ('waiting', 'running');
CREATE INDEX jobs_job_due ON jobs.job (queue, next_at, id) WHERE status = 'waiting';
CREATE INDEX jobs_job_leased ON jobs.job (queue, lease_until) WHERE status = 'running';
CREATE INDEX jobs_job_parked ON jobs.job (id) WHERE status = 'parked';
CREATE INDEX jobs_job_finished ON jobs.job (finished_at) WHERE status IN ('done', 'cancelled');

CREATE TABLE jobs.schedule (
    name       text        PRIMARY KEY COLLATE "C",
    program_id int,
    kind       text        NOT NULL COLLATE "C",
    payload    jsonb       NOT NULL DEFAULT '{}',
    cron       text        NOT NULL COLLATE "C",
    zone       text        NOT NULL COLLATE "C",
    missed     text        NOT NULL DEFAULT 'last' COLLATE "C",
    last_tick  timestamptz,
    next_tick  timestamptz NOT NULL,
    enabled    boolean     NOT NULL DEFAULT true,
    CONSTRAINT jobs_schedule_known_missed CHECK (missed IN ('all', 'last', 'skip'))
);
COMMENT ON TABLE jobs.schedule IS
    'When a kind of job is to run: five cron fields read in an IANA zone. missed = what becomes of ticks nobody was there for: a job for each, one for the last, or none. local';
CREATE INDEX jobs_schedule_due ON jobs.schedule (next_tick) WHERE enabled;
