-- claim_key --
-- Take the key's lock without waiting, then insert its row; no row comes back when either cannot be had.
WITH claim AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(%(lock)s) AS ours
)
INSERT INTO web.idempotency (credential, route, key, request_hash, created_at)
SELECT %(credential)s, %(route)s, %(key)s, %(request_hash)s, %(created_at)s
FROM claim
WHERE claim.ours
ON CONFLICT ON CONSTRAINT web_idempotency_once DO NOTHING
RETURNING true;

-- select_answer --
-- Read what was answered under a key.
SELECT request_hash, status, media_type, body
FROM web.idempotency
WHERE credential = %(credential)s AND route = %(route)s AND key = %(key)s;

-- update_answer --
-- Keep the answer beside the key, in the transaction that did the work.
UPDATE web.idempotency
SET status = %(status)s, media_type = %(media_type)s, body = %(body)s, member_id = %(member_id)s
WHERE credential = %(credential)s AND route = %(route)s AND key = %(key)s;

-- delete_answers_before --
-- Forget keys whose retention has passed.
DELETE FROM web.idempotency WHERE created_at < %(before)s;

-- erase_member_answers --
-- Remove what answers said of a member who is being erased; the keys stay used.
UPDATE web.idempotency SET body = NULL, media_type = NULL WHERE member_id = %(member_id)s;

-- claim_keys --
-- Take the locks of some keys without waiting, and read what was answered under them.
SELECT a.number, pg_try_advisory_xact_lock(a.lock), i.request_hash, i.status, i.body
FROM unnest(%(numbers)s::int[], %(locks)s::bigint[], %(credentials)s::text[], %(routes)s::text[], %(keys)s::text[])
     AS a (number, lock, credential, route, key)
LEFT JOIN web.idempotency AS i ON i.credential = a.credential AND i.route = a.route AND i.key = a.key
ORDER BY a.number;

-- insert_answers --
-- Keep answers with their keys, in the transaction that did the work.
INSERT INTO web.idempotency (credential, route, key, request_hash, created_at, status, media_type, body, member_id)
SELECT credential, route, key, hash, %(now)s, status, 'application/json', body, member_id
FROM unnest(%(credentials)s::text[], %(routes)s::text[], %(keys)s::text[], %(hashes)s::bytea[], %(statuses)s::smallint[],
            %(bodies)s::bytea[], %(member_ids)s::bigint[])
     AS a (credential, route, key, hash, status, body, member_id);
