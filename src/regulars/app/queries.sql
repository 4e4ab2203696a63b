-- ask_nothing --
-- See whether the database answers.
SELECT 1;

-- upkeep_behind_s --
-- How many seconds the program that is furthest behind has waited for its time to be followed up.
SELECT coalesce(extract(epoch FROM %(now)s::timestamptz - min(u.done_until)), 0)::bigint
  FROM upkeep.progress AS u
  JOIN programs.program AS p ON p.id = u.program_id
 WHERE p.archived_at IS NULL;

-- oldest_outbox_s --
-- Age in seconds of the oldest batch whose notices were not turned into messages.
SELECT coalesce(extract(epoch FROM %(now)s::timestamptz - received_at), 0)::bigint
FROM (SELECT min(received_at) AS received_at FROM events.batch WHERE notices IS NOT NULL AND NOT fanned_out) AS oldest;

-- oldest_webhook_s --
-- How long the oldest message that could be sent has been due, in seconds; endpoints that fail or rest are left out.
SELECT coalesce(greatest(extract(epoch FROM %(now)s::timestamptz - min(due.next_at)), 0), 0)::bigint
FROM webhooks.endpoint AS endpoint
CROSS JOIN LATERAL (
    SELECT min(message.next_at) AS next_at FROM webhooks.message AS message
    WHERE message.endpoint_id = endpoint.id AND message.status = 'waiting'
) AS due
WHERE endpoint.enabled AND endpoint.failures = 0;

-- count_parked_events --
-- Count the events that wait for a person.
SELECT count(*) FROM events.parked WHERE replayed_at IS NULL;

-- count_parked_jobs --
-- Count the jobs that gave up.
SELECT count(*) FROM jobs.job WHERE status = 'parked';

-- count_unreadable --
-- Count the outbox rows that were set aside.
SELECT count(*) FROM webhooks.unreadable;

-- count_idle_transactions --
-- Count our transactions that have been idle for more than ten seconds.
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '10 seconds';

-- upsert_clock --
-- Remember what the shop's clock said when the one on the wall said something else.
INSERT INTO demo.clock (shop_at, wall_at)
     VALUES (%(shop_at)s, %(wall_at)s)
ON CONFLICT (only_one) DO UPDATE SET shop_at = excluded.shop_at, wall_at = excluded.wall_at;

-- select_clock --
-- What the shop's clock said, and what the one on the wall.
SELECT shop_at, wall_at FROM demo.clock;
