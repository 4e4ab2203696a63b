-- order: 60
-- Webhooks out: who wants to hear what, what they are to hear, and every attempt to tell them.
CREATE SCHEMA webhooks;

CREATE TABLE webhooks.endpoint (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id      int         NOT NULL,
    url             text        NOT NULL,
    description     text        NOT NULL DEFAULT '',
    types           text[]      NOT NULL DEFAULT '{*}',
    concurrency     smallint    NOT NULL DEFAULT 4,
    revision        int         NOT NULL DEFAULT 1,
    enabled         boolean     NOT NULL DEFAULT true,
    disabled_reason text,
    failures        int         NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    rest_until      timestamptz,
    created_at      timestamptz NOT NULL,
    archived_at     timestamptz,
    CONSTRAINT webhooks_endpoint_concurrency CHECK (concurrency BETWEEN 1 AND 32),
    CONSTRAINT webhooks_endpoint_some_types CHECK (cardinality(types) BETWEEN 1 AND 100),
    CONSTRAINT webhooks_endpoint_archived_is_off CHECK (archived_at IS NULL OR NOT enabled)
);
COMMENT ON TABLE webhooks.endpoint IS
    'A subscriber of a program: types are exact (points.earned), a family (points.*) or all (*). failures = attempts failed in a row; rest_until = left alone until then. reference';
CREATE INDEX webhooks_endpoint_of_program ON webhooks.endpoint (program_id, id);

CREATE TABLE webhooks.secret (
    endpoint_id bigint      NOT NULL REFERENCES webhooks.endpoint,
    number      int         NOT NULL,
    secret      text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    CONSTRAINT webhooks_secret_pk PRIMARY KEY (endpoint_id, number)
);
COMMENT ON TABLE webhooks.secret IS 'Signing secrets of an endpoint (whsec_…, sealed); more than one during a rotation. Each message is signed with all that have not expired. reference';

CREATE TABLE webhooks.subscription (
    program_id int    PRIMARY KEY,
    revision   bigint NOT NULL DEFAULT 1,
    types      text[] NOT NULL
);
COMMENT ON TABLE webhooks.subscription IS 'All types that some enabled endpoint of a program listens to; written with every change of an endpoint, read by whoever announces. reference';

CREATE SEQUENCE webhooks.message_id_seq;

CREATE TABLE webhooks.message (
    endpoint_id bigint      NOT NULL,
    id          bigint      NOT NULL DEFAULT nextval('webhooks.message_id_seq'),
    program_id  int         NOT NULL,
    type        text        NOT NULL COLLATE "C",
    body        text        NOT NULL,
    status      text        NOT NULL DEFAULT 'waiting' COLLATE "C",
    attempts    int         NOT NULL DEFAULT 0,
    tries       int         NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,
    fence       int         NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT webhooks_message_pk PRIMARY KEY (endpoint_id, id),
    CONSTRAINT webhooks_message_known_status CHECK (status IN ('waiting', 'sending', 'delivered', 'failed')),
    CONSTRAINT webhooks_message_leased_while_sending CHECK ((status = 'sending') = (lease_until IS NOT NULL))
);
COMMENT ON TABLE webhooks.message IS
    'One notice for one endpoint; its id is the webhook-id, the same over all attempts. attempts = made so far, tries = of the present round of retries (a resend begins a new round). distributed by endpoint_id';
CREATE INDEX webhooks_message_due ON webhooks.message (endpoint_id, next_at, id) WHERE status = 'waiting';
CREATE INDEX webhooks_message_in_flight ON webhooks.message (endpoint_id, lease_until) WHERE status = 'sending';
CREATE INDEX webhooks_message_finished ON webhooks.message (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhooks.delivery (
    endpoint_id bigint      NOT NULL,
    message_id  bigint      NOT NULL,
    attempt     int         NOT NULL,
    url         text        NOT NULL,
    sent_at     timestamptz NOT NULL,
    duration_ms int         NOT NULL,
    outcome     text        NOT NULL COLLATE "C",
    status      int,
    response    text        NOT NULL DEFAULT '',
    CONSTRAINT webhooks_delivery_pk PRIMARY KEY (endpoint_id, message_id, attempt),
    CONSTRAINT webhooks_delivery_message FOREIGN KEY (endpoint_id, message_id) REFERENCES webhooks.message ON DELETE CASCADE
);
COMMENT ON TABLE webhooks.delivery IS 'One attempt to deliver a message: when, where, how long it took, the HTTP status (NULL when there was no answer) and how the answer began. distributed by endpoint_id';

CREATE TABLE webhooks.unreadable (
    batch_id   bigint      PRIMARY KEY,
    program_id int         NOT NULL,
    reason     text        NOT NULL,
    found_at   timestamptz NOT NULL
);
COMMENT ON TABLE webhooks.unreadable IS 'Outbox rows whose notices could not be decoded: set aside with the reason, so that their neighbours flow. local';
