-- order: 67
-- What finance keeps beside the ledger: the periods a program has closed.
CREATE SCHEMA finance;

CREATE TABLE finance.close (
    program_id  int         NOT NULL,
    period      date        NOT NULL,
    version     int         NOT NULL,
    ends        date        NOT NULL,
    until_batch bigint      NOT NULL,
    report      jsonb       NOT NULL,
    digest      text        NOT NULL COLLATE "C",
    closed_by   text        NOT NULL,
    closed_at   timestamptz NOT NULL,
    CONSTRAINT finance_close_pk PRIMARY KEY (program_id, period, version)
);
COMMENT ON TABLE finance.close IS
    'Immutable: every close of a period (its first local day) with the whole report as it was then, and the batch up to which it was known. A period that was reopened and closed again has versions. reference';

CREATE TABLE finance.period (
    program_id int  NOT NULL,
    period     date NOT NULL,
    version    int  NOT NULL,
    closed     boolean NOT NULL,
    CONSTRAINT finance_period_pk PRIMARY KEY (program_id, period)
);
COMMENT ON TABLE finance.period IS 'Whether a period is closed, and by which version of its close. reference';
