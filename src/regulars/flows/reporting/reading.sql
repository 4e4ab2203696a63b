-- Reading the roll-ups: what reports are made of. Days are half-open: from_day <= day < to_day.

-- select_progress --
-- How far the roll-ups have come.
SELECT coalesce(max(revision) FILTER (WHERE name = 'batches'), 0), max(until_at) FILTER (WHERE name = 'batches'),
       max(until_at) FILTER (WHERE name = 'members')
  FROM reporting.progress;

-- select_flows --
-- Movements of points by day, kind and the two sides, of the point types asked for.
SELECT f.day, f.point_type_id, f.kind, d.kind, d.owner, c.kind, c.owner, sum(f.points)::bigint, sum(f.transfers)::bigint
  FROM reporting.flow AS f
  JOIN ledger.account AS d ON d.id = f.debit_account_id
  JOIN ledger.account AS c ON c.id = f.credit_account_id
 WHERE f.program_id = %(program_id)s
   AND f.day >= %(from_day)s AND f.day < %(to_day)s
   AND (%(point_type_id)s::int IS NULL OR f.point_type_id = %(point_type_id)s::int)
 GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- select_outstanding --
-- What members had of each point type before a day.
SELECT f.point_type_id,
       sum(f.points * ((c.kind IN ('available', 'pending', 'held', 'debt'))::int
                       - (d.kind IN ('available', 'pending', 'held', 'debt'))::int))::bigint
  FROM reporting.flow AS f
  JOIN ledger.account AS d ON d.id = f.debit_account_id
  JOIN ledger.account AS c ON c.id = f.credit_account_id
 WHERE f.program_id = %(program_id)s
   AND f.day < %(before)s
   AND (%(point_type_id)s::int IS NULL OR f.point_type_id = %(point_type_id)s::int)
 GROUP BY 1;

-- select_awards --
-- Points awarded by the keys of a dimension.
SELECT key, point_type_id, sum(awards)::bigint, sum(points)::bigint
  FROM reporting.award
 WHERE program_id = %(program_id)s
   AND dimension = %(dimension)s
   AND grain = %(grain)s
   AND day >= %(from_day)s AND day < %(to_day)s
   AND (%(point_type_id)s::int IS NULL OR point_type_id = %(point_type_id)s::int)
 GROUP BY 1, 2
HAVING sum(points) <> 0
 ORDER BY 4 DESC, 1;

-- select_sales --
-- Orders by the keys of a dimension, the largest first.
SELECT key, sum(orders)::bigint, sum(units)::bigint, sum(units_left)::bigint, sum(gross)::bigint, sum(net)::bigint
  FROM reporting.sale
 WHERE program_id = %(program_id)s
   AND dimension = %(dimension)s
   AND grain = %(grain)s
   AND day >= %(from_day)s AND day < %(to_day)s
 GROUP BY 1
HAVING sum(orders) <> 0
 ORDER BY 6 DESC, 1
 LIMIT %(limit)s;

-- select_sales_by_day --
-- Orders by day, those of members and those of nobody.
SELECT day, sum(orders)::bigint, sum(units)::bigint, sum(units_left)::bigint, sum(gross)::bigint, sum(net)::bigint,
       coalesce(sum(orders) FILTER (WHERE key = 'member'), 0)::bigint
  FROM reporting.sale
 WHERE program_id = %(program_id)s
   AND dimension = 'all'
   AND grain = 'day'
   AND day >= %(from_day)s AND day < %(to_day)s
 GROUP BY 1;

-- select_buyers --
-- Members who bought in each month.
SELECT month, sum(members)::bigint
  FROM reporting.retention
 WHERE program_id = %(program_id)s AND month >= %(from_month)s AND month < %(to_month)s
 GROUP BY 1;

-- select_retention --
-- Cohorts by the month of the first order, and how many of each bought in which month.
SELECT cohort, month, members
  FROM reporting.retention
 WHERE program_id = %(program_id)s AND cohort >= %(from_month)s AND cohort < %(to_month)s AND members <> 0
 ORDER BY 1, 2;

-- select_members --
-- Members by the day they joined and their status.
SELECT joined, status, members FROM reporting.member_count WHERE program_id = %(program_id)s;

-- select_tiers --
-- Living members in each tier.
SELECT tier_set, tier, members FROM reporting.tier_count WHERE program_id = %(program_id)s ORDER BY 1, 2;

-- select_tier_moves --
-- Changes of tier.
SELECT day, tier_set, previous, tier, direction, sum(members)::bigint
  FROM reporting.tier_move
 WHERE program_id = %(program_id)s AND day >= %(from_day)s AND day < %(to_day)s
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY 1, 2, 3, 4;

-- select_intake --
-- Events taken in by day.
SELECT day, batches, events
  FROM reporting.intake
 WHERE program_id = %(program_id)s AND day >= %(from_day)s AND day < %(to_day)s;

-- select_pace --
-- Events of the last seconds, newest first.
SELECT date_trunc('second', received_at) AS second, sum(events)::bigint
  FROM (SELECT received_at, events
          FROM events.batch
         WHERE program_id = %(program_id)s
           AND id > coalesce(pg_sequence_last_value('events.batch_id_seq'), 0) - %(batches)s) AS b
 WHERE received_at > %(since)s
 GROUP BY 1
 ORDER BY 1 DESC;

-- select_budgets --
-- What rules and campaigns used of their budgets.
SELECT owner, measure, period, used FROM accrual.budget WHERE program_id = %(program_id)s ORDER BY 1, 2, 3;

-- select_products --
-- Names of some products.
SELECT sku, name, category FROM catalog.product WHERE program_id = %(program_id)s AND sku = ANY (%(skus)s::text[]);

-- select_posted_days --
-- When that was posted which happened on some days: where to look for it.
SELECT min(posted_day), max(posted_day)
  FROM reporting.flow
 WHERE program_id = %(program_id)s AND day >= %(from_day)s AND day < %(to_day)s;

-- list_transfers --
-- The transfers behind a cell, the latest first.
SELECT t.id, t.member_id, t.occurred_at, t.posted_at, p.code, t.kind, t.amount, d.kind, d.owner, c.kind, c.owner, t.event_id,
       t.ruleset_version
  FROM ledger.transfer AS t
  JOIN programs.point_type AS p ON p.id = t.point_type_id
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  LEFT JOIN reporting.order_fact AS f ON f.member_id = t.member_id AND f.event_id = t.event_id
 WHERE t.program_id = %(program_id)s
   AND t.posted_at >= %(posted_from)s AND t.posted_at < %(posted_to)s
   AND t.occurred_at >= %(from_at)s AND t.occurred_at < %(to_at)s
   AND (%(point_type_id)s::int IS NULL OR t.point_type_id = %(point_type_id)s::int)
   AND t.kind = ANY (%(kinds)s::smallint[])
   AND (%(owner)s::text IS NULL OR %(owner)s::text IN (d.owner, c.owner))
   AND (%(rules)s::text[] IS NULL
        OR EXISTS (SELECT FROM jsonb_array_elements(t.detail::jsonb -> 'rules') AS r
                    WHERE t.ruleset_version || ':' || (r.value ->> 0) = ANY (%(rules)s::text[])))
   AND (%(store)s::text IS NULL OR f.store = %(store)s::text)
   AND (%(partner)s::text IS NULL OR f.partner = %(partner)s::text)
   AND (%(source)s::int IS NULL OR f.source_id = %(source)s::int)
   AND (%(tier)s::text IS NULL OR %(tier)s::text = ANY (f.tiers))
   AND t.id < %(before)s
 ORDER BY t.id DESC
 LIMIT %(limit)s;

-- list_orders --
-- The orders behind a cell, the latest first.
SELECT f.event_id, f.member_id, f.day, f.store, f.partner, f.channel, f.units, f.units_left, f.gross, f.net, f.lines::text
  FROM reporting.order_fact AS f
 WHERE f.program_id = %(program_id)s
   AND f.day >= %(from_day)s AND f.day < %(to_day)s
   AND (%(store)s::text IS NULL OR f.store = %(store)s::text)
   AND (%(partner)s::text IS NULL OR f.partner = %(partner)s::text)
   AND (%(channel)s::text IS NULL OR f.channel = %(channel)s::text)
   AND (%(source)s::int IS NULL OR f.source_id = %(source)s::int)
   AND (%(tier)s::text IS NULL OR %(tier)s::text = ANY (f.tiers))
   AND (%(rules)s::text[] IS NULL OR f.rules && %(rules)s::text[])
   AND (%(sku)s::text IS NULL OR EXISTS (SELECT FROM jsonb_array_elements(f.lines) AS l WHERE l.value ->> 0 = %(sku)s::text))
   AND (%(category)s::text IS NULL OR EXISTS (SELECT FROM jsonb_array_elements(f.lines) AS l WHERE l.value ->> 1 = %(category)s::text))
   AND (%(whose)s::text IS NULL OR (f.member_id = 0) = (%(whose)s::text = 'nobody'))
   AND f.event_id < %(before)s
 ORDER BY f.event_id DESC
 LIMIT %(limit)s;

-- select_now --
-- The database's clock.
SELECT now();

-- sum_sales --
-- What members bought, before refunds.
SELECT coalesce(sum(gross), 0)::bigint
  FROM reporting.sale
 WHERE program_id = %(program_id)s AND dimension = 'all' AND key = 'member' AND grain = 'day'
   AND day >= %(from_day)s AND day < %(to_day)s;

-- list_joined --
-- Members who joined in a time, the latest member first; `statuses` NULL means all but those who are gone.
SELECT m.id, m.status, m.joined_at
  FROM members.member AS m
 WHERE m.program_id = %(program_id)s
   AND m.id < %(before)s
   AND m.joined_at >= %(from_at)s::text::timestamptz AND m.joined_at < %(to_at)s
   AND CASE WHEN %(status)s::text IS NULL THEN m.status NOT IN ('merged', 'erased') ELSE m.status = %(status)s::text END
 ORDER BY m.id DESC
 LIMIT %(limit)s;

-- list_in_tier --
-- Living members whose history of standings ends in a tier.
SELECT m.id, m.status, m.joined_at, s.tier_set, s.previous, s.tier, s.direction, s.since
  FROM members.member AS m
 CROSS JOIN LATERAL (SELECT tier_set, previous, tier, direction, since
                       FROM tiers.standing
                      WHERE member_id = m.id AND tier_set = %(tier_set)s
                      ORDER BY id DESC
                      LIMIT 1) AS s
 WHERE m.program_id = %(program_id)s
   AND m.id < %(before)s
   AND m.status NOT IN ('merged', 'erased')
   AND s.tier = %(tier)s
 ORDER BY m.id DESC
 LIMIT %(limit)s;

-- list_moved --
-- Changes of tier in a time, the latest first.
SELECT s.id, s.member_id, m.status, m.joined_at, s.tier_set, s.previous, s.tier, s.direction, s.since
  FROM tiers.standing AS s
  JOIN members.member AS m ON m.id = s.member_id
 WHERE s.program_id = %(program_id)s
   AND s.id < %(before)s
   AND s.since >= %(from_at)s AND s.since < %(to_at)s
   AND (%(tier_set)s::text IS NULL OR s.tier_set = %(tier_set)s::text)
   AND (%(previous)s::text IS NULL OR coalesce(s.previous, '') = %(previous)s::text)
   AND (%(tier)s::text IS NULL OR s.tier = %(tier)s::text)
   AND (%(move)s::text IS NULL
        OR %(move)s::text = CASE WHEN s.previous <> '' AND s.direction IN ('up', 'down') THEN s.direction ELSE 'entered' END)
 ORDER BY s.id DESC
 LIMIT %(limit)s;

-- list_buyers --
-- Members who bought in some months, of those whose first order was in others.
SELECT m.id, m.status, m.joined_at
  FROM reporting.activity AS a
  JOIN members.member AS m ON m.id = a.member_id
 WHERE a.program_id = %(program_id)s
   AND a.member_id < %(before)s
   AND a.months[1] >= %(cohort_from)s AND a.months[1] < %(cohort_to)s
   AND EXISTS (SELECT FROM unnest(a.months) AS u (month) WHERE u.month >= %(from_month)s AND u.month < %(to_month)s)
 ORDER BY a.member_id DESC
 LIMIT %(limit)s;
