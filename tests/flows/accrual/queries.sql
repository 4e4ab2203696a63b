-- select_notices --
-- Everything that subscribers would hear, in the order of the batches.
SELECT notices FROM events.batch WHERE notices IS NOT NULL ORDER BY id;

-- select_effects --
-- Effects that were recorded for others.
SELECT rule, kind FROM accrual.effect ORDER BY id;

-- select_tags --
-- Tags of members who have any.
SELECT tags FROM members.member WHERE tags <> '{}' ORDER BY id;

-- select_open_lots --
-- What can be spent, lot by lot.
SELECT member_id, id, remaining, pending, funding_account_id, earned_at, expires_at
  FROM ledger.lot
 WHERE remaining > 0
 ORDER BY member_id, id;

-- select_budgets --
-- What was used of budgets.
SELECT used FROM accrual.budget ORDER BY owner, period;

-- select_lots --
-- Every lot with when it was earned and when it ends.
SELECT amount, earned_at, expires_at FROM ledger.lot ORDER BY member_id, id;

-- select_first_order --
-- The first order that came.
SELECT min(id) FROM events.event WHERE type = 'Order Completed';
