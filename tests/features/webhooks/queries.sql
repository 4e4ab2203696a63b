-- insert_batch --
-- Write an outbox row as a change does.
INSERT INTO events.batch (program_id, received_at, events, notices)
VALUES (%(program_id)s, %(now)s, 1, %(notices)s) RETURNING id;

-- count_by_status --
-- Count messages by what became of them.
SELECT status, count(*) FROM webhooks.message GROUP BY status;

-- count_open_batches --
-- Count outbox rows that are not done with.
SELECT count(*) FROM events.batch WHERE NOT fanned_out;

-- expire_leases --
-- Let time pass for every message on the way, as when its worker was killed.
UPDATE webhooks.message SET lease_until = clock_timestamp() - interval '1 second' WHERE status = 'sending';

-- select_bodies --
-- Read all messages in the order in which they were made.
SELECT endpoint_id, type FROM webhooks.message ORDER BY id;

-- select_endpoint_state --
-- Read how an endpoint fares.
SELECT enabled, disabled_reason, failures, rest_until FROM webhooks.endpoint WHERE id = %(id)s;
