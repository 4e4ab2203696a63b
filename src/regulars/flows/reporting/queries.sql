-- Roll-ups: read closed batches, add up. Every statement names the numbers it reads between: first < id < beyond.

-- insert_progress --
-- Begin at the beginning.
INSERT INTO reporting.progress (name) VALUES ('batches'), ('members') ON CONFLICT DO NOTHING;

-- lock_progress --
-- Be the only one who rolls up; no row means that somebody else does.
SELECT until_batch, revision FROM reporting.progress WHERE name = 'batches' FOR UPDATE SKIP LOCKED;

-- await_progress --
-- The same, waiting for whoever is at it.
SELECT until_batch, revision FROM reporting.progress WHERE name = 'batches' FOR UPDATE;

-- select_piece --
-- The batches to be rolled up next: the highest, when the first and the last were received, how many there are.
SELECT max(id), min(received_at), max(received_at), count(*)
  FROM (SELECT id, received_at
          FROM events.batch
         WHERE id > %(until)s AND id <= %(closed)s
         ORDER BY id
         LIMIT %(limit)s) AS b;

-- move_progress --
-- Everything up to here is in the roll-ups.
UPDATE reporting.progress
   SET until_batch = %(until)s,
       revision = revision + %(changed)s,
       until_at = coalesce(%(until_at)s::timestamptz, until_at),
       moved_at = CASE WHEN %(changed)s > 0 THEN %(now)s ELSE moved_at END
 WHERE name = 'batches';

-- roll_intake --
-- Events taken in.
INSERT INTO reporting.intake (program_id, day, batches, events)
     SELECT b.program_id, (b.received_at AT TIME ZONE p.zone)::date, count(*), sum(b.events)
       FROM events.batch AS b
       JOIN programs.program AS p ON p.id = b.program_id
      WHERE b.id > %(after)s AND b.id <= %(until)s
      GROUP BY 1, 2
ON CONFLICT ON CONSTRAINT reporting_intake_pk
  DO UPDATE SET batches = intake.batches + EXCLUDED.batches, events = intake.events + EXCLUDED.events;

-- roll_flows --
-- Movements of points; when they were posted finds them, their numbers say which they are.
INSERT INTO reporting.flow (program_id, point_type_id, day, posted_day, kind, debit_account_id, credit_account_id, transfers, points)
     SELECT t.program_id, t.point_type_id, (t.occurred_at AT TIME ZONE p.zone)::date, (t.posted_at AT TIME ZONE p.zone)::date,
            t.kind, t.debit_account_id, t.credit_account_id, count(*), sum(t.amount)
       FROM ledger.transfer AS t
       JOIN programs.program AS p ON p.id = t.program_id
      WHERE t.posted_at BETWEEN %(from_at)s AND %(to_at)s
        AND t.id > %(first)s AND t.id < %(beyond)s
      GROUP BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT ON CONSTRAINT reporting_flow_pk
  DO UPDATE SET transfers = flow.transfers + EXCLUDED.transfers, points = flow.points + EXCLUDED.points;

-- roll_awards --
-- Awards by what gave them and where: the rules are in the transfer, the rest in the order that earned.
INSERT INTO reporting.award (program_id, dimension, grain, day, key, point_type_id, awards, points)
WITH given AS MATERIALIZED (
    SELECT t.member_id, t.event_id, t.program_id, t.point_type_id, t.amount, t.ruleset_version, t.detail,
           (t.occurred_at AT TIME ZONE p.zone)::date AS day
      FROM ledger.transfer AS t
      JOIN programs.program AS p ON p.id = t.program_id
     WHERE t.posted_at BETWEEN %(from_at)s AND %(to_at)s
       AND t.id > %(first)s AND t.id < %(beyond)s
       AND t.kind = 1
), share AS (
    SELECT g.program_id, g.day, 'rule' AS dimension, g.ruleset_version || ':' || (r.value ->> 0) AS key, g.point_type_id,
           (r.value ->> 1)::bigint AS points
      FROM given AS g
     CROSS JOIN LATERAL jsonb_array_elements(g.detail::jsonb -> 'rules') AS r
     WHERE g.ruleset_version IS NOT NULL AND g.detail LIKE '{"rules":%%'
     UNION ALL
    SELECT g.program_id, g.day, k.dimension, k.key, g.point_type_id, g.amount
      FROM given AS g
      JOIN reporting.order_fact AS f ON f.member_id = g.member_id AND f.event_id = g.event_id
     CROSS JOIN LATERAL (VALUES ('store', f.store), ('partner', f.partner), ('source', f.source_id::text)
                          UNION ALL
                         SELECT 'tier', t.key FROM unnest(f.tiers) AS t (key)) AS k (dimension, key)
), daily AS MATERIALIZED (
    SELECT program_id, dimension, day, key, point_type_id, count(*) AS awards, sum(points) AS points
      FROM share
     GROUP BY 1, 2, 3, 4, 5
)
SELECT program_id, dimension, 'day', day, key, point_type_id, awards, points FROM daily
 UNION ALL
SELECT program_id, dimension, 'month', date_trunc('month', day)::date, key, point_type_id, sum(awards), sum(points)
  FROM daily
 GROUP BY 1, 2, 4, 5, 6
ON CONFLICT ON CONSTRAINT reporting_award_pk
  DO UPDATE SET awards = award.awards + EXCLUDED.awards, points = award.points + EXCLUDED.points;

-- roll_tier_moves --
-- Changes of tier.
INSERT INTO reporting.tier_move (program_id, day, tier_set, previous, tier, direction, reason, members)
     SELECT s.program_id, (s.since AT TIME ZONE p.zone)::date, s.tier_set, coalesce(s.previous, ''), s.tier, s.direction, s.reason,
            count(*)
       FROM tiers.standing AS s
       JOIN programs.program AS p ON p.id = s.program_id
      WHERE s.posted_at BETWEEN %(from_at)s AND %(to_at)s
        AND s.id > %(first)s AND s.id < %(beyond)s
      GROUP BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT ON CONSTRAINT reporting_tier_move_pk
  DO UPDATE SET members = tier_move.members + EXCLUDED.members;

-- select_touched --
-- Orders that these batches brought or corrected.
WITH brought AS (
    SELECT e.member_id, e.id, e.type, e.outcome
      FROM events.event AS e
     WHERE e.id > %(first)s AND e.id < %(beyond)s
       AND e.doc IS NOT NULL
       AND e.type IN ('Order Completed', 'Order Refunded', 'Order Updated', 'Order Cancelled')
)
SELECT member_id, id FROM brought WHERE type = 'Order Completed'
 UNION
SELECT f.member_id, f.event_id
  FROM brought AS b
  JOIN reporting.order_fact AS f ON f.event_id = (b.outcome::jsonb ->> 'order_event_id')::bigint
 WHERE b.type <> 'Order Completed';

-- select_claimed --
-- Orders that were nobody's when they were rolled up and are somebody's now.
SELECT f.member_id, f.event_id
  FROM unnest(%(member_ids)s::bigint[], %(event_ids)s::bigint[]) AS t (member_id, event_id)
  JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id
  JOIN reporting.order_fact AS f
    ON f.member_id = 0 AND f.program_id = e.program_id
   AND f.order_key = md5(e.doc::jsonb -> 'order' ->> 'order_id')::uuid
 WHERE t.member_id <> 0;

-- delete_facts --
-- They are in the books of somebody else now.
DELETE FROM reporting.order_fact AS f
 USING unnest(%(member_ids)s::bigint[], %(event_ids)s::bigint[]) AS t (member_id, event_id)
 WHERE f.member_id = t.member_id AND f.event_id = t.event_id;

-- upsert_facts --
-- Orders as they are now: as bought beside what is left after refunds. Money of another currency than the program's does not count.
INSERT INTO reporting.order_fact (member_id, event_id, program_id, order_key, day, store, partner, channel, source_id, tiers, rules,
                                  units, units_left, gross, net, lines)
WITH touched AS MATERIALIZED (
    SELECT e.member_id, e.id, e.program_id, e.source_id, (e.occurred_at AT TIME ZONE p.zone)::date AS day,
           e.doc::jsonb AS doc, e.outcome::jsonb AS outcome, p.currency,
           c.order_event_id IS NOT NULL AS corrected,
           CASE WHEN c.order_event_id IS NOT NULL AND NOT c.cancelled THEN c.doc::jsonb END AS left_doc
      FROM unnest(%(member_ids)s::bigint[], %(event_ids)s::bigint[]) AS t (member_id, id)
      JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.id
      JOIN programs.program AS p ON p.id = e.program_id
      LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
     WHERE e.doc IS NOT NULL
), read AS MATERIALIZED (
    SELECT t.*, (coalesce(t.doc ->> 'currency', t.currency) = t.currency)::int AS counts, t.doc -> 'order' AS bought_order,
           CASE WHEN t.corrected THEN t.left_doc -> 'order' ELSE t.doc -> 'order' END AS left_order
      FROM touched AS t
)
SELECT t.member_id, t.id, t.program_id, md5(t.bought_order ->> 'order_id')::uuid, t.day,
       coalesce(t.doc ->> 'store', ''), coalesce(t.doc ->> 'partner', ''), coalesce(t.doc ->> 'channel', ''), t.source_id,
       coalesce((SELECT array_agg(s.key ORDER BY s.key)
                   FROM (SELECT DISTINCT ON (tier_set) tier_set || ':' || tier AS key
                           FROM tiers.standing
                          WHERE member_id = t.member_id AND id < t.id
                          ORDER BY tier_set, id DESC) AS s), '{}'),
       coalesce((SELECT array_agg(DISTINCT (t.outcome ->> 'version') || ':' || r.value)
                   FROM jsonb_array_elements_text(t.outcome -> 'fired') AS r
                  WHERE t.outcome ? 'version'), '{}'),
       l.units, l.units_left,
       t.counts * coalesce((t.bought_order ->> 'amount')::bigint, 0),
       t.counts * coalesce((t.left_order ->> 'amount')::bigint, 0),
       l.lines
  FROM read AS t
 CROSS JOIN LATERAL (
        SELECT coalesce(sum(g.units), 0) AS units, coalesce(sum(g.units_left), 0) AS units_left,
               coalesce(jsonb_agg(jsonb_build_array(g.sku, g.category, g.units, g.units_left, g.gross, g.net) ORDER BY g.sku), '[]')
                   AS lines
          FROM (SELECT coalesce(nullif(x.line ->> 'sku', ''), x.line ->> 'product_id', '') AS sku,
                       max(coalesce(x.line ->> 'category', '')) AS category,
                       sum(coalesce((x.line ->> 'quantity')::bigint, 1) * x.bought) AS units,
                       sum(coalesce((x.line ->> 'quantity')::bigint, 1) * x.kept) AS units_left,
                       t.counts * sum(coalesce((x.line ->> 'amount')::bigint, 0) * x.bought) AS gross,
                       t.counts * sum(coalesce((x.line ->> 'amount')::bigint, 0) * x.kept) AS net
                  FROM (SELECT 1 AS bought, (NOT t.corrected)::int AS kept, b.value AS line
                          FROM jsonb_array_elements(t.bought_order -> 'lines') AS b
                         UNION ALL
                        SELECT 0, 1, b.value FROM jsonb_array_elements(t.left_doc -> 'order' -> 'lines') AS b) AS x
                 GROUP BY 1) AS g) AS l
ON CONFLICT ON CONSTRAINT reporting_order_fact_pk
  DO UPDATE SET units_left = EXCLUDED.units_left, net = EXCLUDED.net, lines = EXCLUDED.lines;

-- add_sales --
-- Add (sign 1) or take away (sign -1) what some orders say, by everything one may ask by.
INSERT INTO reporting.sale (program_id, dimension, grain, day, key, orders, units, units_left, gross, net)
WITH chosen AS MATERIALIZED (
    SELECT f.*
      FROM unnest(%(member_ids)s::bigint[], %(event_ids)s::bigint[]) AS t (member_id, event_id)
      JOIN reporting.order_fact AS f ON f.member_id = t.member_id AND f.event_id = t.event_id
), line AS MATERIALIZED (
    SELECT f.program_id, f.member_id, f.event_id, f.day, l.value ->> 0 AS sku, l.value ->> 1 AS category,
           (l.value ->> 2)::bigint AS units, (l.value ->> 3)::bigint AS units_left,
           (l.value ->> 4)::bigint AS gross, (l.value ->> 5)::bigint AS net
      FROM chosen AS f
     CROSS JOIN LATERAL jsonb_array_elements(f.lines) AS l
), share AS (
    SELECT f.program_id, f.day, k.dimension, k.key, f.units, f.units_left, f.gross, f.net
      FROM chosen AS f
     CROSS JOIN LATERAL (VALUES ('all', CASE WHEN f.member_id = 0 THEN 'nobody' ELSE 'member' END), ('store', f.store),
                                ('partner', f.partner), ('channel', f.channel), ('source', f.source_id::text)) AS k (dimension, key)
     UNION ALL
    SELECT f.program_id, f.day, 'partner_nobody', f.partner, f.units, f.units_left, f.gross, f.net
      FROM chosen AS f
     WHERE f.member_id = 0 AND f.partner <> ''
     UNION ALL
    SELECT f.program_id, f.day, 'rule', k.key, f.units, f.units_left, f.gross, f.net
      FROM chosen AS f CROSS JOIN LATERAL unnest(f.rules) AS k (key)
     UNION ALL
    SELECT f.program_id, f.day, 'tier', k.key, f.units, f.units_left, f.gross, f.net
      FROM chosen AS f CROSS JOIN LATERAL unnest(f.tiers) AS k (key)
     UNION ALL
    SELECT program_id, day, 'product', sku, units, units_left, gross, net
      FROM line
     UNION ALL
    SELECT program_id, day, 'category', category, sum(units), sum(units_left), sum(gross), sum(net)
      FROM line
     GROUP BY program_id, member_id, event_id, day, category
), daily AS MATERIALIZED (
    SELECT program_id, dimension, day, key, %(sign)s * count(*) AS orders, %(sign)s * sum(units) AS units,
           %(sign)s * sum(units_left) AS units_left, %(sign)s * sum(gross) AS gross, %(sign)s * sum(net) AS net
      FROM share
     GROUP BY 1, 2, 3, 4
)
SELECT program_id, dimension, 'day', day, key, orders, units, units_left, gross, net FROM daily
 UNION ALL
SELECT program_id, dimension, 'month', date_trunc('month', day)::date, key, sum(orders), sum(units), sum(units_left), sum(gross),
       sum(net)
  FROM daily
 GROUP BY 1, 2, 4, 5
ON CONFLICT ON CONSTRAINT reporting_sale_pk
  DO UPDATE SET orders = sale.orders + EXCLUDED.orders, units = sale.units + EXCLUDED.units,
                units_left = sale.units_left + EXCLUDED.units_left, gross = sale.gross + EXCLUDED.gross,
                net = sale.net + EXCLUDED.net;

-- roll_activity --
-- Months in which members bought; where a member's months changed, the counts of her cohort follow.
WITH seen AS (
    SELECT f.member_id, f.program_id,
           array_agg(DISTINCT extract(year FROM f.day)::int * 12 + extract(month FROM f.day)::int - 1) AS months
      FROM unnest(%(member_ids)s::bigint[], %(event_ids)s::bigint[]) AS t (member_id, event_id)
      JOIN reporting.order_fact AS f ON f.member_id = t.member_id AND f.event_id = t.event_id
     WHERE f.member_id <> 0
     GROUP BY f.member_id, f.program_id
), before AS (
    SELECT a.member_id, a.program_id, a.months FROM reporting.activity AS a JOIN seen ON seen.member_id = a.member_id
), after AS (
    INSERT INTO reporting.activity AS a (member_id, program_id, months)
         SELECT member_id, program_id, (SELECT array_agg(m ORDER BY m) FROM unnest(months) AS m) FROM seen
    ON CONFLICT ON CONSTRAINT reporting_activity_pk
      DO UPDATE SET months = (SELECT array_agg(DISTINCT m ORDER BY m) FROM unnest(a.months || EXCLUDED.months) AS m)
              WHERE NOT a.months @> EXCLUDED.months
      RETURNING a.member_id, a.program_id, a.months
), change AS (
    SELECT after.program_id, after.months[1] AS cohort, m.month, 1 AS sign
      FROM after CROSS JOIN LATERAL unnest(after.months) AS m (month)
     UNION ALL
    SELECT before.program_id, before.months[1], m.month, -1
      FROM before JOIN after ON after.member_id = before.member_id CROSS JOIN LATERAL unnest(before.months) AS m (month)
)
INSERT INTO reporting.retention (program_id, cohort, month, members)
     SELECT program_id, cohort, month, sum(sign) FROM change GROUP BY 1, 2, 3 HAVING sum(sign) <> 0
ON CONFLICT ON CONSTRAINT reporting_retention_pk DO UPDATE SET members = retention.members + EXCLUDED.members;

-- select_kept_facts --
-- Orders whose documents were erased since: what their facts say is all there is.
SELECT f.member_id, f.event_id
  FROM reporting.order_fact AS f
  JOIN events.event AS e ON e.member_id = f.member_id AND e.id = f.event_id
 WHERE e.doc IS NULL;

-- delete_other_facts --
-- Facts that will be made again.
DELETE FROM reporting.order_fact AS f
 WHERE NOT EXISTS (SELECT FROM events.event AS e WHERE e.member_id = f.member_id AND e.id = f.event_id AND e.doc IS NULL);

-- forget_rollups --
-- Begin again from nothing, in the eyes of nobody until this transaction commits.
WITH a AS (DELETE FROM reporting.flow), b AS (DELETE FROM reporting.award), c AS (DELETE FROM reporting.sale),
     d AS (DELETE FROM reporting.tier_move), e AS (DELETE FROM reporting.intake), f AS (DELETE FROM reporting.activity)
DELETE FROM reporting.retention;

-- allow_long --
-- Rolling up everything again takes longer than a request may; only this transaction is allowed to.
SELECT set_config('statement_timeout', '3600000', true), set_config('work_mem', '128MB', true);

-- lock_members_progress --
-- Be the only one who counts members; no row means that somebody else does, or that they were counted just now.
SELECT revision, took_ms FROM reporting.progress
 WHERE name = 'members'
   AND (moved_at IS NULL OR moved_at <= %(now)s - greatest(%(pause_s)s, took_ms * 0.02) * interval '1 second')
   FOR UPDATE SKIP LOCKED;

-- select_member_changes --
-- Rises with everything that was done to members or tiers, without reading them.
SELECT (coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) + coalesce(pg_sequence_last_value('members.member_id_seq'), 0))::bigint
  FROM pg_stat_user_tables
 WHERE (schemaname, relname) IN (('members', 'member'), ('tiers', 'standing'), ('programs', 'program'));

-- count_members --
-- Members by the day they joined and what they are; what is no more goes.
WITH counted AS (
    SELECT m.program_id, (m.joined_at AT TIME ZONE p.zone)::date AS joined, m.status, count(*) AS members
      FROM members.member AS m
      JOIN programs.program AS p ON p.id = m.program_id
     GROUP BY 1, 2, 3
), gone AS (
    DELETE FROM reporting.member_count AS c
     WHERE NOT EXISTS (SELECT FROM counted AS n
                        WHERE n.program_id = c.program_id AND n.joined = c.joined AND n.status = c.status)
)
INSERT INTO reporting.member_count (program_id, joined, status, members)
     SELECT program_id, joined, status, members FROM counted
ON CONFLICT ON CONSTRAINT reporting_member_count_pk
  DO UPDATE SET members = EXCLUDED.members WHERE member_count.members <> EXCLUDED.members;

-- count_tiers --
-- Living members by the tier that the history of standings ends with.
WITH counted AS (
    SELECT s.program_id, s.tier_set, s.tier, count(*) AS members
      FROM (SELECT DISTINCT ON (member_id, tier_set) member_id, program_id, tier_set, tier
              FROM tiers.standing
             ORDER BY member_id, tier_set, id DESC) AS s
      JOIN members.member AS m ON m.id = s.member_id AND m.status NOT IN ('merged', 'erased')
     GROUP BY 1, 2, 3
), gone AS (
    DELETE FROM reporting.tier_count AS c
     WHERE NOT EXISTS (SELECT FROM counted AS n WHERE n.program_id = c.program_id AND n.tier_set = c.tier_set AND n.tier = c.tier)
)
INSERT INTO reporting.tier_count (program_id, tier_set, tier, members)
     SELECT program_id, tier_set, tier, members FROM counted
ON CONFLICT ON CONSTRAINT reporting_tier_count_pk
  DO UPDATE SET members = EXCLUDED.members WHERE tier_count.members <> EXCLUDED.members;

-- move_members_progress --
-- Members were counted now; it took so long.
UPDATE reporting.progress
   SET revision = %(changes)s, moved_at = %(now)s, until_at = %(now)s, took_ms = %(took_ms)s
 WHERE name = 'members';
