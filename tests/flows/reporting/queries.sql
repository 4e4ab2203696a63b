-- count_flows --
-- Movements added up from the ledger itself.
SELECT t.program_id, t.point_type_id, (t.occurred_at AT TIME ZONE p.zone)::date, (t.posted_at AT TIME ZONE p.zone)::date,
       t.kind, t.debit_account_id, t.credit_account_id, count(*), sum(t.amount)
  FROM ledger.transfer AS t JOIN programs.program AS p ON p.id = t.program_id
 GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7;

-- flows --
-- Movements rolled up.
SELECT program_id, point_type_id, day, posted_day, kind, debit_account_id, credit_account_id, transfers, points
  FROM reporting.flow ORDER BY 1, 2, 3, 4, 5, 6, 7;

-- sales --
-- Sales rolled up.
SELECT dimension, grain, day, key, orders, units, units_left, gross, net FROM reporting.sale
 WHERE (orders, units, units_left, gross, net) <> (0, 0, 0, 0, 0) ORDER BY 1, 2, 3, 4;

-- awards --
-- Awards rolled up.
SELECT dimension, grain, day, key, point_type_id, awards, points FROM reporting.award ORDER BY 1, 2, 3, 4, 5;

-- moves --
-- Changes of tier rolled up.
SELECT day, tier_set, previous, tier, direction, reason, members FROM reporting.tier_move ORDER BY 1, 2, 3, 4, 5, 6;

-- retained --
-- Cohorts rolled up.
SELECT cohort, month, members FROM reporting.retention WHERE members <> 0 ORDER BY 1, 2;

-- intakes --
-- Events rolled up.
SELECT day, batches, events FROM reporting.intake ORDER BY 1;

-- orders_and_corrections --
-- The raw rows that sales are made of.
SELECT e.member_id, e.id, e.source_id, e.doc, e.outcome, c.doc, coalesce(c.cancelled, false)
  FROM events.event AS e
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
 WHERE e.type = 'Order Completed' ORDER BY e.id;

-- progress --
-- How far it came.
SELECT until_batch, revision FROM reporting.progress WHERE name = 'batches';
