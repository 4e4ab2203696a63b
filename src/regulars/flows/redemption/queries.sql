-- select_ground --
-- What every batch begins with: its number, and the revisions of what processes hold in memory.
SELECT nextval('events.batch_id_seq'), p.revision,
       coalesce((SELECT revision FROM rewards.revision WHERE program_id = p.id), 0),
       coalesce((SELECT max(version) FROM rulesets.version WHERE program_id = p.id), 0),
       coalesce((SELECT types FROM webhooks.subscription WHERE program_id = p.id), '{}')
  FROM programs.program AS p
 WHERE p.id = %(program_id)s;

-- select_members --
-- What some members of a program may do, read after their purses were locked.
SELECT id, status, spending_blocked, lists
  FROM members.member
 WHERE program_id = %(program_id)s
   AND id = ANY (%(member_ids)s::bigint[]);

-- select_owners --
-- Whose some redemptions are: whom they were made for, who paid, and who she is now.
SELECT r.id, r.member_id, r.payer_id, s.survivor
  FROM redemption.redemption AS r
 CROSS JOIN LATERAL members.survivors(ARRAY[r.member_id]) AS s
 WHERE r.program_id = %(program_id)s
   AND r.id = ANY (%(ids)s::bigint[]);

-- select_orders --
-- Some redemptions of members whose purses are locked by the caller.
SELECT member_id, id, program_id, reward_id, reward_version, status, quantity, point_type_id, points, money, points_back,
       money_back, returned, payer_id, hold_id, spend_id, store, reference, actor, price, claims, issued, delivery, created_at,
       expires_at, confirmed_at, closed_at
  FROM redemption.redemption
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND id = ANY (%(ids)s::bigint[]);

-- select_page --
-- A page of redemptions, latest first, of a program or of a member and those merged into her.
SELECT member_id, id, program_id, reward_id, reward_version, status, quantity, point_type_id, points, money, points_back,
       money_back, returned, payer_id, hold_id, spend_id, store, reference, actor, price, claims, issued, delivery, created_at,
       expires_at, confirmed_at, closed_at
  FROM redemption.redemption
 WHERE program_id = %(program_id)s
   AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
   AND (%(member_ids)s::bigint[] IS NULL OR member_id = ANY (%(member_ids)s::bigint[]))
   AND (%(status)s::text IS NULL OR status = %(status)s::text)
   AND (%(reward_id)s::int IS NULL OR reward_id = %(reward_id)s::int)
   AND (%(stores)s::text[] IS NULL OR store = ANY (%(stores)s::text[]))
 ORDER BY id DESC
 LIMIT %(limit)s;

-- insert_orders --
-- New redemptions.
INSERT INTO redemption.redemption (member_id, id, program_id, reward_id, reward_version, status, quantity, point_type_id, points,
                                   money, payer_id, hold_id, spend_id, store, reference, actor, price, claims, issued, created_at,
                                   expires_at, confirmed_at)
     SELECT member_id, id, %(program_id)s, reward_id, reward_version, status, quantity, point_type_id, points, money, payer_id, hold_id,
            spend_id, store, reference, actor, price, claims, issued, %(now)s, expires_at, confirmed_at
       FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(reward_ids)s::int[], %(versions)s::int[], %(statuses)s::text[],
                   %(quantities)s::bigint[], %(point_type_ids)s::int[], %(points)s::bigint[], %(money)s::bigint[],
                   %(payer_ids)s::bigint[], %(hold_ids)s::bigint[], %(spend_ids)s::bigint[], %(stores)s::text[], %(references)s::text[], %(actors)s::text[],
                   %(prices)s::text[], %(claims)s::text[], %(issued)s::text[], %(expires)s::timestamptz[],
                   %(confirmed)s::timestamptz[])
            AS o (member_id, id, reward_id, reward_version, status, quantity, point_type_id, points, money, payer_id, hold_id, spend_id,
                  store, reference, actor, price, claims, issued, expires_at, confirmed_at);

-- update_orders --
-- Redemptions that something was done with.
UPDATE redemption.redemption AS r
   SET status = c.status, quantity = c.quantity, points = c.points, money = c.money, points_back = c.points_back,
       money_back = c.money_back, returned = c.returned, payer_id = c.payer_id, hold_id = c.hold_id, spend_id = c.spend_id, price = c.price, claims = c.claims,
       issued = c.issued, delivery = c.delivery, confirmed_at = c.confirmed_at, closed_at = c.closed_at
  FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(statuses)s::text[], %(quantities)s::bigint[], %(points)s::bigint[],
              %(money)s::bigint[], %(points_back)s::bigint[], %(money_back)s::bigint[], %(returned)s::text[],
              %(payer_ids)s::bigint[], %(hold_ids)s::bigint[], %(spend_ids)s::bigint[], %(prices)s::text[], %(claims)s::text[],
              %(issued)s::text[], %(deliveries)s::text[],
              %(confirmed)s::timestamptz[], %(closed)s::timestamptz[])
       AS c (member_id, id, status, quantity, points, money, points_back, money_back, returned, payer_id, hold_id, spend_id,
             price, claims, issued, delivery, confirmed_at, closed_at)
 WHERE r.member_id = c.member_id
   AND r.id = c.id;

-- select_overdue --
-- Some reservations whose time is over, oldest first.
SELECT program_id, id
  FROM redemption.redemption
 WHERE status = 'reserved'
   AND expires_at <= %(now)s
   AND (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
 ORDER BY expires_at
 LIMIT %(limit)s;

-- select_drawn --
-- Which lots a redemption's points were drawn from, and what of each has come back.
SELECT l.id, sum(d.amount) FILTER (WHERE d.amount > 0)::bigint, -coalesce(sum(d.amount) FILTER (WHERE d.amount < 0), 0)::bigint,
       l.earned_at, nullif(l.expires_at, 'infinity')
  FROM ledger.transfer AS t
  JOIN ledger.draw AS d ON d.member_id = t.member_id AND d.transfer_id = t.id
  JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
 WHERE t.member_id = %(member_id)s
   AND t.id >= %(origin_id)s
   AND (t.id = %(origin_id)s OR t.reverses_id = ANY (%(related_ids)s::bigint[]))
 GROUP BY l.id, l.earned_at, l.expires_at
 ORDER BY l.expires_at, l.earned_at, l.id;

-- select_refs --
-- The members that some references name, by number or by identifier; who was merged leads to who took over.
WITH RECURSIVE named AS (
    SELECT a.place, coalesce(i.member_id, a.id) AS member_id
      FROM unnest(%(places)s::int[], %(ids)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS a (place, id, kind, value)
      LEFT JOIN members.identifier AS i
        ON i.program_id = %(program_id)s AND i.kind = a.kind AND i.value = a.value
     UNION ALL
    SELECT n.place, m.merged_into
      FROM named AS n
      JOIN members.member AS m ON m.id = n.member_id
     WHERE m.merged_into IS NOT NULL
)
SELECT n.place, m.id
  FROM named AS n
  JOIN members.member AS m ON m.id = n.member_id
 WHERE m.program_id = %(program_id)s
   AND m.merged_into IS NULL
   AND m.status <> 'erased';
