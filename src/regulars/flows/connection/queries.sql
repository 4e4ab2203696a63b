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
-- What a partner may see: movements of points at its stores, from its sources, or that its own account funded; its own
-- members' transactions and nobody else's. Whoever the member is, only her id is shown.
SELECT t.member_id, t.id, t.kind, y.code, t.amount, t.occurred_at, t.posted_at,
       CASE WHEN a.owner <> '' THEN a.kind || ':' || a.owner ELSE '' END AS account,
       coalesce(e.doc::jsonb #>> '{order,order_id}', t.detail::jsonb ->> 'order', '') AS order_id,
       coalesce(e.doc::jsonb ->> 'store', t.detail::jsonb ->> 'store', '') AS store
  FROM ledger.transfer AS t
  JOIN programs.point_type AS y ON y.id = t.point_type_id
  LEFT JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id
  LEFT JOIN ledger.account AS a
    ON a.id = CASE WHEN t.kind IN (1, 6) THEN t.debit_account_id ELSE t.credit_account_id END
   AND a.owner = %(partner)s AND a.kind IN ('partner', 'spent')
 WHERE t.program_id = %(program_id)s
   AND t.kind IN (1, 3, 5, 6, 9, 13)
   AND t.posted_at >= %(start)s AND t.posted_at < %(end)s
   AND t.id < %(before)s
   AND (a.id IS NOT NULL
        OR (e.doc IS NOT NULL AND (e.doc::jsonb ->> 'partner' = %(partner)s
            OR e.source_id IN (SELECT s.id FROM programs.source AS s WHERE s.program_id = %(program_id)s AND s.partner_id = %(partner_id)s))))
 ORDER BY t.id DESC
 LIMIT %(limit)s;
