-- insert_endpoint --
-- Add a subscriber.
INSERT INTO webhooks.endpoint (program_id, url, description, types, concurrency, enabled, created_at)
VALUES (%(program_id)s, %(url)s, %(description)s, %(types)s, %(concurrency)s, %(enabled)s, %(now)s)
RETURNING id;

-- count_endpoints --
-- Count a program's endpoints.
SELECT count(*) FROM webhooks.endpoint WHERE program_id = %(program_id)s AND archived_at IS NULL;

-- update_endpoint --
-- Change a subscriber that is at the revision its editor saw; enabling forgets past failures.
UPDATE webhooks.endpoint
SET url = %(url)s, description = %(description)s, types = %(types)s, concurrency = %(concurrency)s, enabled = %(enabled)s,
    disabled_reason = CASE WHEN %(enabled)s THEN NULL ELSE coalesce(disabled_reason, 'by request') END,
    failures = CASE WHEN %(enabled)s AND NOT enabled THEN 0 ELSE failures END,
    failing_since = CASE WHEN %(enabled)s AND NOT enabled THEN NULL ELSE failing_since END,
    rest_until = CASE WHEN %(enabled)s AND NOT enabled THEN NULL ELSE rest_until END,
    revision = revision + 1
WHERE program_id = %(program_id)s AND id = %(id)s AND archived_at IS NULL
  AND (%(revision)s::int IS NULL OR revision = %(revision)s);

-- archive_endpoint --
-- Take a subscriber away; its log stays for as long as messages are kept.
UPDATE webhooks.endpoint
SET archived_at = %(now)s, enabled = false, disabled_reason = 'deleted', revision = revision + 1
WHERE program_id = %(program_id)s AND id = %(id)s AND archived_at IS NULL
  AND (%(revision)s::int IS NULL OR revision = %(revision)s);

-- fail_waiting --
-- Give up what an endpoint that was taken away would still have heard.
UPDATE webhooks.message SET status = 'failed', finished_at = %(now)s
WHERE endpoint_id = %(id)s AND status = 'waiting';

-- select_endpoint --
-- Read one subscriber of a program.
SELECT id, program_id, url, description, types, concurrency, revision, enabled, disabled_reason, failures, failing_since, rest_until, created_at
FROM webhooks.endpoint WHERE program_id = %(program_id)s AND id = %(id)s AND archived_at IS NULL;

-- select_endpoints --
-- Read a page of a program's subscribers.
SELECT id, program_id, url, description, types, concurrency, revision, enabled, disabled_reason, failures, failing_since, rest_until, created_at
FROM webhooks.endpoint
WHERE program_id = %(program_id)s AND archived_at IS NULL AND id > %(after)s
ORDER BY id LIMIT %(limit)s;

-- write_subscription --
-- Sum up what the enabled endpoints of some programs listen to, for whoever announces.
INSERT INTO webhooks.subscription (program_id, types)
SELECT program.id, coalesce(array_agg(DISTINCT heard.type ORDER BY heard.type) FILTER (WHERE heard.type IS NOT NULL), '{}')
FROM unnest(%(program_ids)s::int[]) AS program (id)
LEFT JOIN webhooks.endpoint AS endpoint ON endpoint.program_id = program.id AND endpoint.enabled
LEFT JOIN LATERAL unnest(endpoint.types) AS heard (type) ON true
GROUP BY program.id ORDER BY program.id
ON CONFLICT (program_id) DO UPDATE
SET types = EXCLUDED.types, revision = subscription.revision + (subscription.types <> EXCLUDED.types)::int;

-- lock_program --
-- Let changes of a program's endpoints happen one after the other, so that the summary is that of the last one.
SELECT pg_advisory_xact_lock(hashtextextended('webhooks', %(program_id)s));

-- select_subscription --
-- Read what anybody in a program listens to.
SELECT types FROM webhooks.subscription WHERE program_id = %(program_id)s;

-- select_next_number --
-- The number of the next signing secret; the program is locked.
SELECT coalesce(max(number), 0) + 1 FROM webhooks.secret WHERE endpoint_id = %(endpoint_id)s;

-- insert_secret --
-- Add a signing secret.
INSERT INTO webhooks.secret (endpoint_id, number, secret, created_at) VALUES (%(endpoint_id)s, %(number)s, %(secret)s, %(now)s);

-- expire_secrets --
-- Let the older secrets end, not later than they would have anyway.
UPDATE webhooks.secret SET expires_at = least(expires_at, %(expires_at)s)
WHERE endpoint_id = %(endpoint_id)s AND number < %(number)s AND (expires_at IS NULL OR expires_at > %(expires_at)s);

-- delete_expired_secrets --
-- Forget secrets that no longer sign.
DELETE FROM webhooks.secret WHERE expires_at <= %(now)s;

-- select_secrets --
-- Read the living secrets of an endpoint, without their values.
SELECT number, created_at, expires_at FROM webhooks.secret
WHERE endpoint_id = %(endpoint_id)s AND (expires_at IS NULL OR expires_at > %(now)s) ORDER BY number DESC;

-- insert_messages --
-- Make one message of each notice for each endpoint that listens to it.
INSERT INTO webhooks.message (endpoint_id, program_id, type, body, next_at, created_at)
SELECT endpoint.id, notice.program_id, notice.type, notice.body, %(now)s, %(now)s
FROM unnest(%(program_ids)s::int[], %(types)s::text[], %(bodies)s::text[]) WITH ORDINALITY AS notice (program_id, type, body, place)
JOIN webhooks.endpoint AS endpoint
  ON endpoint.program_id = notice.program_id AND endpoint.enabled
 AND endpoint.types && ARRAY[notice.type, split_part(notice.type, '.', 1) || '.*', '*']
ORDER BY notice.place, endpoint.id;

-- insert_unreadable --
-- Set an outbox row aside that cannot be decoded.
INSERT INTO webhooks.unreadable (batch_id, program_id, reason, found_at)
VALUES (%(batch_id)s, %(program_id)s, %(reason)s, %(now)s) ON CONFLICT DO NOTHING;

-- insert_message --
-- Add one message for one endpoint, whatever it listens to.
INSERT INTO webhooks.message (endpoint_id, program_id, type, body, next_at, created_at)
VALUES (%(endpoint_id)s, %(program_id)s, %(type)s, %(body)s, %(now)s, %(now)s)
RETURNING id;

-- release_lapsed --
-- Give back messages whose worker did not come back from sending them.
UPDATE webhooks.message SET status = 'waiting', lease_until = NULL
WHERE status = 'sending' AND lease_until < clock_timestamp();

-- lock_ready_endpoints --
-- Take endpoints that may be called and have something due, in any order, so that none is always the last.
SELECT endpoint.id, endpoint.concurrency, endpoint.failures
FROM webhooks.endpoint AS endpoint
WHERE endpoint.enabled AND (endpoint.rest_until IS NULL OR endpoint.rest_until <= %(now)s)
  AND EXISTS (SELECT FROM webhooks.message AS message
              WHERE message.endpoint_id = endpoint.id AND message.status = 'waiting' AND message.next_at <= %(now)s)
ORDER BY random() LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED;

-- claim_messages --
-- Take the oldest due messages of locked endpoints, no more than leaves each within its bound over all workers.
WITH room AS (
    SELECT wanted.endpoint_id, greatest(wanted.most - (
        SELECT count(*) FROM webhooks.message AS message
        WHERE message.endpoint_id = wanted.endpoint_id AND message.status = 'sending'
    ), 0) AS free
    FROM unnest(%(endpoint_ids)s::bigint[], %(most)s::int[]) AS wanted (endpoint_id, most)
), due AS (
    SELECT message.endpoint_id, message.id
    FROM room CROSS JOIN LATERAL (
        SELECT waiting.endpoint_id, waiting.id FROM webhooks.message AS waiting
        WHERE waiting.endpoint_id = room.endpoint_id AND waiting.status = 'waiting' AND waiting.next_at <= %(now)s
        ORDER BY waiting.next_at, waiting.id LIMIT room.free FOR UPDATE SKIP LOCKED
    ) AS message
)
UPDATE webhooks.message AS message
SET status = 'sending', lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s),
    fence = message.fence + 1, attempts = message.attempts + 1, tries = message.tries + 1
FROM due JOIN webhooks.endpoint AS endpoint ON endpoint.id = due.endpoint_id
WHERE message.endpoint_id = due.endpoint_id AND message.id = due.id
RETURNING message.endpoint_id, message.id, message.fence, message.attempts, message.tries, endpoint.url, message.body, ARRAY(
    SELECT secret.secret FROM webhooks.secret AS secret
    WHERE secret.endpoint_id = message.endpoint_id AND (secret.expires_at IS NULL OR secret.expires_at > %(now)s)
    ORDER BY secret.number DESC
), ARRAY(
    SELECT secret.number FROM webhooks.secret AS secret
    WHERE secret.endpoint_id = message.endpoint_id AND (secret.expires_at IS NULL OR secret.expires_at > %(now)s)
    ORDER BY secret.number DESC
);

-- write_deliveries --
-- Note what came of attempts, unless somebody else has taken the message over since.
WITH result AS (
    SELECT * FROM unnest(
        %(endpoint_ids)s::bigint[], %(message_ids)s::bigint[], %(fences)s::int[], %(attempts)s::int[], %(urls)s::text[],
        %(sent_at)s::timestamptz[], %(durations_ms)s::int[], %(outcomes)s::text[], %(statuses)s::int[], %(responses)s::text[],
        %(message_statuses)s::text[], %(next_at)s::timestamptz[]
    ) AS result (endpoint_id, message_id, fence, attempt, url, sent_at, duration_ms, outcome, status, response, message_status, next_at)
), ended AS (
    UPDATE webhooks.message AS message
    SET status = result.message_status, lease_until = NULL, next_at = result.next_at,
        finished_at = CASE WHEN result.message_status = 'waiting' THEN NULL ELSE %(now)s::timestamptz END
    FROM result
    WHERE message.endpoint_id = result.endpoint_id AND message.id = result.message_id
      AND message.fence = result.fence AND message.status = 'sending'
    RETURNING message.endpoint_id, message.id
)
INSERT INTO webhooks.delivery (endpoint_id, message_id, attempt, url, sent_at, duration_ms, outcome, status, response)
SELECT result.endpoint_id, result.message_id, result.attempt, result.url, result.sent_at, result.duration_ms, result.outcome,
       result.status, result.response
FROM result JOIN ended ON ended.endpoint_id = result.endpoint_id AND ended.id = result.message_id
ON CONFLICT DO NOTHING;

-- write_health --
-- Note how endpoints fare: one success forgets all failures; from the fifth in a row on, they get longer and longer rests.
UPDATE webhooks.endpoint AS endpoint
SET failures = CASE WHEN seen.succeeded THEN 0 ELSE endpoint.failures + seen.failed END,
    failing_since = CASE WHEN seen.succeeded THEN NULL ELSE coalesce(endpoint.failing_since, %(now)s) END,
    rest_until = CASE WHEN seen.succeeded THEN seen.rest_until
                      WHEN endpoint.failures + seen.failed < 5 THEN greatest(endpoint.rest_until, seen.rest_until)
                      ELSE greatest(endpoint.rest_until, seen.rest_until,
                                    %(now)s + make_interval(secs => 5 * (1 << least(endpoint.failures + seen.failed - 5, 6)))) END
FROM unnest(%(endpoint_ids)s::bigint[], %(succeeded)s::bool[], %(failed)s::int[], %(rest_until)s::timestamptz[])
     AS seen (endpoint_id, succeeded, failed, rest_until)
WHERE endpoint.id = seen.endpoint_id AND (seen.failed > 0 OR endpoint.failures > 0);

-- disable_endpoints --
-- Turn off endpoints that said they are gone, or that failed for days until a message ran out of tries.
UPDATE webhooks.endpoint
SET enabled = false, revision = revision + 1,
    disabled_reason = CASE WHEN id = ANY (%(gone)s::bigint[]) THEN 'it answered 410 Gone'
                           ELSE 'every attempt failed since ' || to_char(failing_since, 'YYYY-MM-DD HH24:MI') || ' UTC' END
WHERE enabled AND (id = ANY (%(gone)s::bigint[]) OR (id = ANY (%(exhausted)s::bigint[]) AND failing_since <= %(failing_before)s))
RETURNING id, program_id;

-- resend_message --
-- Begin a new round of tries for a message that is not just being sent.
UPDATE webhooks.message SET status = 'waiting', tries = 0, next_at = %(now)s, finished_at = NULL
WHERE endpoint_id = %(endpoint_id)s AND id = %(id)s AND status <> 'sending';

-- resend_range --
-- Begin a new round of tries for an endpoint's messages of a stretch of time.
UPDATE webhooks.message SET status = 'waiting', tries = 0, next_at = %(now)s, finished_at = NULL
WHERE endpoint_id = %(endpoint_id)s AND status = ANY (%(statuses)s::text[]) AND status <> 'sending'
  AND created_at >= %(since)s AND created_at < %(until)s;

-- select_message --
-- Read one message of an endpoint.
SELECT id, endpoint_id, type, body, status, attempts, tries, next_at, created_at, finished_at
FROM webhooks.message WHERE endpoint_id = %(endpoint_id)s AND id = %(id)s;

-- select_messages --
-- Read a page of an endpoint's messages, newest first.
SELECT id, endpoint_id, type, body, status, attempts, tries, next_at, created_at, finished_at
FROM webhooks.message
WHERE endpoint_id = %(endpoint_id)s AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s;

-- select_deliveries --
-- Read a page of an endpoint's attempts, newest message first.
SELECT delivery.message_id, message.type, delivery.attempt, delivery.url, delivery.sent_at, delivery.duration_ms, delivery.outcome,
       delivery.status, delivery.response
FROM webhooks.delivery AS delivery
JOIN webhooks.message AS message ON message.endpoint_id = delivery.endpoint_id AND message.id = delivery.message_id
WHERE delivery.endpoint_id = %(endpoint_id)s
  AND (%(message_id)s::bigint IS NULL OR delivery.message_id = %(message_id)s)
  AND (%(before_message)s::bigint IS NULL OR (delivery.message_id, delivery.attempt) < (%(before_message)s, %(before_attempt)s))
ORDER BY delivery.message_id DESC, delivery.attempt DESC LIMIT %(limit)s;

-- delete_old_messages --
-- Forget messages that ended well before an instant, a bounded number at a time; their deliveries go with them.
DELETE FROM webhooks.message WHERE (endpoint_id, id) IN (
    SELECT endpoint_id, id FROM webhooks.message WHERE finished_at < %(before)s ORDER BY finished_at LIMIT %(limit)s
);
