-- select_revision --
-- The revision of a program's rewards: one index look-up, so that a cache can ask on every request.
SELECT revision FROM rewards.revision WHERE program_id = %(program_id)s;

-- bump_revision --
-- Rewards change: take the program's rewards for this transaction and give them their next revision.
INSERT INTO rewards.revision (program_id, revision)
     VALUES (%(program_id)s, 1)
ON CONFLICT (program_id) DO UPDATE SET revision = rewards.revision.revision + 1
  RETURNING revision;

-- select_rewards --
-- Every reward of a program, archived or not, in the version that is offered now.
SELECT r.id, r.version, v.document, r.archived_at
  FROM rewards.reward AS r
  JOIN rewards.version AS v ON v.reward_id = r.id AND v.number = r.version
 WHERE r.program_id = %(program_id)s
 ORDER BY r.code;

-- select_reward --
-- One reward by its code, archived or not.
SELECT r.id, r.version, v.document, r.archived_at
  FROM rewards.reward AS r
  JOIN rewards.version AS v ON v.reward_id = r.id AND v.number = r.version
 WHERE r.program_id = %(program_id)s
   AND r.code = %(code)s;

-- select_page --
-- A page of rewards in the order of their codes.
SELECT r.id, r.version, v.document, r.archived_at
  FROM rewards.reward AS r
  JOIN rewards.version AS v ON v.reward_id = r.id AND v.number = r.version
 WHERE r.program_id = %(program_id)s
   AND r.code > %(after)s
   AND (%(archived)s OR r.archived_at IS NULL)
   AND (%(category)s::text IS NULL OR v.document::json ->> 'category' = %(category)s::text)
   AND (%(kind)s::text IS NULL OR v.document::json ->> 'kind' = %(kind)s::text)
 ORDER BY r.code
 LIMIT %(limit)s;

-- select_version --
-- What a reward was in one of its versions.
SELECT document FROM rewards.version WHERE reward_id = %(reward_id)s AND number = %(number)s;

-- select_versions --
-- All versions of a reward, latest first.
SELECT number, document, made_at
  FROM rewards.version
 WHERE reward_id = %(reward_id)s
 ORDER BY number DESC
 LIMIT %(limit)s;

-- insert_reward --
-- A new reward.
INSERT INTO rewards.reward (program_id, code) VALUES (%(program_id)s, %(code)s) RETURNING id;

-- update_reward --
-- Offer another version; an archived reward comes back.
UPDATE rewards.reward SET version = %(version)s, archived_at = NULL WHERE id = %(id)s;

-- insert_version --
-- What the reward is from now on.
INSERT INTO rewards.version (reward_id, number, document, made_at)
     VALUES (%(reward_id)s, %(number)s, %(document)s, %(now)s);

-- update_archived --
-- Archive a reward: it is not offered any more; what was ordered stays.
UPDATE rewards.reward SET archived_at = %(now)s WHERE id = %(id)s AND archived_at IS NULL;

-- lock_slots --
-- All slots of a pool, in order, for this transaction.
SELECT slot, free, total
  FROM rewards.pool
 WHERE reward_id = %(reward_id)s
   AND key = %(key)s
 ORDER BY slot
   FOR NO KEY UPDATE;

-- lock_roomy_slot --
-- A slot nobody is busy with that has enough for all: the way of many clients at once.
SELECT slot, free
  FROM rewards.pool
 WHERE reward_id = %(reward_id)s
   AND key = %(key)s
   AND free >= %(wanted)s
 ORDER BY (slot + %(start)s) %% 16
 LIMIT 1
   FOR NO KEY UPDATE SKIP LOCKED;

-- upsert_slots --
-- Say anew how much each slot of a pool has.
INSERT INTO rewards.pool (reward_id, key, slot, free, total)
     SELECT %(reward_id)s, %(key)s, slot, free, total
       FROM unnest(%(slots)s::smallint[], %(free)s::bigint[], %(totals)s::bigint[]) AS s (slot, free, total)
      ORDER BY slot
ON CONFLICT ON CONSTRAINT rewards_pool_once DO UPDATE SET free = excluded.free, total = excluded.total;

-- open_slots --
-- Open a pool unless somebody has.
INSERT INTO rewards.pool (reward_id, key, slot, free, total)
     SELECT %(reward_id)s, %(key)s, slot, free, free
       FROM unnest(%(slots)s::smallint[], %(free)s::bigint[]) AS s (slot, free)
      ORDER BY slot
ON CONFLICT ON CONSTRAINT rewards_pool_once DO NOTHING;

-- take_pieces --
-- Take pieces out of slots that this transaction holds; the check on the row has the last word.
UPDATE rewards.pool AS p
   SET free = p.free - c.pieces
  FROM unnest(%(reward_ids)s::int[], %(keys)s::text[], %(slots)s::smallint[], %(pieces)s::bigint[])
       AS c (reward_id, key, slot, pieces)
 WHERE p.reward_id = c.reward_id
   AND p.key = c.key
   AND p.slot = c.slot;

-- hold_slots --
-- Hold the slots that several redemptions will give pieces back to, in one order, whatever the order they do it in.
SELECT p.slot
  FROM rewards.pool AS p
  JOIN (SELECT DISTINCT reward_id, key, slot
          FROM unnest(%(reward_ids)s::int[], %(keys)s::text[], %(slots)s::smallint[]) AS c (reward_id, key, slot)) AS b
    ON b.reward_id = p.reward_id AND b.key = p.key AND b.slot = p.slot
 ORDER BY p.reward_id, p.key, p.slot
   FOR NO KEY UPDATE OF p;

-- put_back_pieces --
-- Give pieces back to the slots they came from, in one order.
WITH back AS (
    SELECT reward_id, key, slot, sum(pieces)::bigint AS pieces
      FROM unnest(%(reward_ids)s::int[], %(keys)s::text[], %(slots)s::smallint[], %(pieces)s::bigint[])
           AS c (reward_id, key, slot, pieces)
     GROUP BY reward_id, key, slot
), locked AS MATERIALIZED (
    SELECT p.reward_id, p.key, p.slot, b.pieces
      FROM rewards.pool AS p
      JOIN back AS b ON b.reward_id = p.reward_id AND b.key = p.key AND b.slot = p.slot
     ORDER BY p.reward_id, p.key, p.slot
       FOR NO KEY UPDATE OF p
)
UPDATE rewards.pool AS p
   SET free = p.free + l.pieces
  FROM locked AS l
 WHERE p.reward_id = l.reward_id
   AND p.key = l.key
   AND p.slot = l.slot;

-- select_pools --
-- How much the pools of some rewards hold, all slots together.
SELECT reward_id, key, sum(free)::bigint, sum(total)::bigint
  FROM rewards.pool
 WHERE reward_id = ANY (%(reward_ids)s::int[])
 GROUP BY reward_id, key
 ORDER BY reward_id, key;

-- select_used --
-- How often some members had rewards with limits; their purses are locked by the caller.
SELECT member_id, reward_id, period, used
  FROM rewards.used
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND reward_id = ANY (%(reward_ids)s::int[]);

-- add_used --
-- Count what members had.
INSERT INTO rewards.used AS u (member_id, reward_id, period, used)
     SELECT member_id, reward_id, period, sum(pieces)::bigint
       FROM unnest(%(member_ids)s::bigint[], %(reward_ids)s::int[], %(periods)s::text[], %(pieces)s::bigint[])
            AS c (member_id, reward_id, period, pieces)
      GROUP BY member_id, reward_id, period
      ORDER BY member_id, reward_id, period
ON CONFLICT ON CONSTRAINT rewards_used_once DO UPDATE SET used = u.used + excluded.used;

-- subtract_used --
-- Count no longer what members gave back.
UPDATE rewards.used AS u
   SET used = u.used - c.pieces
  FROM (SELECT member_id, reward_id, period, sum(pieces)::bigint AS pieces
          FROM unnest(%(member_ids)s::bigint[], %(reward_ids)s::int[], %(periods)s::text[], %(pieces)s::bigint[])
               AS b (member_id, reward_id, period, pieces)
         GROUP BY member_id, reward_id, period) AS c
 WHERE u.member_id = c.member_id
   AND u.reward_id = c.reward_id
   AND u.period = c.period;
