-- Hooks of shops.

-- select_hook --
-- A hook with the codes of its program's parts, as long as they live.
SELECT h.id, h.program_id, p.code, s.code, h.platform, h.secret, s.disabled_at IS NULL AND g.archived_at IS NULL AND p.archived_at IS NULL
  FROM connection.hook AS h
  JOIN programs.partner AS p ON p.id = h.partner_id
  JOIN programs.source AS s ON s.id = h.source_id
  JOIN programs.program AS g ON g.id = h.program_id
 WHERE h.id = %(id)s;

-- select_hook_of_source --
-- The hook of a source.
SELECT id, secret FROM connection.hook WHERE source_id = %(source_id)s;

-- insert_hook --
-- A new hook.
INSERT INTO connection.hook (id, program_id, partner_id, source_id, platform, secret, created_at)
     VALUES (%(id)s, %(program_id)s, %(partner_id)s, %(source_id)s, %(platform)s, %(secret)s, %(now)s);

-- update_secret --
-- Another secret, as the platform gave it.
UPDATE connection.hook SET secret = %(secret)s WHERE source_id = %(source_id)s;

-- select_connections --
-- Connected shops: partner, source, platform and hook, in order of their codes.
SELECT p.code, p.name, s.code, coalesce(h.platform, s.profile), h.id, s.disabled_at IS NULL,
       (SELECT max(c.last_used_at) FROM programs.credential AS c WHERE c.source_id = s.id)
  FROM programs.source AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
  LEFT JOIN connection.hook AS h ON h.source_id = s.id
 WHERE s.program_id = %(program_id)s
   AND p.archived_at IS NULL
   AND (p.code, s.code) > (%(partner)s, %(source)s)
 ORDER BY p.code, s.code
 LIMIT %(limit)s;

-- select_transactions --
-- Movements that a partner may see, the latest first; every filter may be NULL.
SELECT m.member_id, m.id, m.kind, m.point_type, m.scale, m.points, m.occurred_at, m.posted_at, m.account, m.order_id, m.store
  FROM connection.movement AS m
 WHERE m.program_id = %(program_id)s
   AND m.partner = %(partner)s
   AND m.posted_at >= %(start)s AND m.posted_at < %(end)s
   AND m.id < %(before)s
   AND m.kind = ANY (%(kinds)s::int[])
   AND (%(point_type)s::text IS NULL OR m.point_type = %(point_type)s)
   AND (%(store)s::text IS NULL OR m.store = %(store)s)
   AND (%(order_id)s::text IS NULL OR m.order_id = %(order_id)s)
   AND (%(member_id)s::bigint IS NULL OR m.member_id = %(member_id)s)
 ORDER BY m.id DESC
 LIMIT %(limit)s;

-- stream_transactions --
-- The same without an end, for a file.
SELECT m.member_id, m.id, m.kind, m.point_type, m.scale, m.points, m.occurred_at, m.posted_at, m.account, m.order_id, m.store
  FROM connection.movement AS m
 WHERE m.program_id = %(program_id)s
   AND m.partner = %(partner)s
   AND m.posted_at >= %(start)s AND m.posted_at < %(end)s
   AND m.kind = ANY (%(kinds)s::int[])
   AND (%(point_type)s::text IS NULL OR m.point_type = %(point_type)s)
   AND (%(store)s::text IS NULL OR m.store = %(store)s)
   AND (%(order_id)s::text IS NULL OR m.order_id = %(order_id)s)
   AND (%(member_id)s::bigint IS NULL OR m.member_id = %(member_id)s)
 ORDER BY m.id DESC;

-- select_figures --
-- What a partner may see, added up: by day, kind and point type; by store; and all together (members counted once). What is grouped by
-- is worked out of the rows that were found alone: else it would be read out of every event of the while.
WITH seen AS MATERIALIZED (
    SELECT (m.posted_at AT TIME ZONE %(zone)s)::date AS day, m.kind, m.point_type, m.store, m.points, m.member_id
      FROM connection.movement AS m
     WHERE m.program_id = %(program_id)s
       AND m.partner = %(partner)s
       AND m.posted_at >= %(start)s AND m.posted_at < %(end)s
)
SELECT grouping(s.store)::int, grouping(s.kind)::int, s.day, s.kind, s.point_type, s.store,
       count(*)::bigint, sum(s.points)::bigint, count(DISTINCT s.member_id)::bigint
  FROM seen AS s
 GROUP BY GROUPING SETS ((s.day, s.kind, s.point_type), (s.store), ())
 ORDER BY 1, 2, 3, 4, 5, 7 DESC, 6;
