-- select_wallets --
-- Everybody's wallets, by what the sources call them.
SELECT i.value AS member, p.balances, coalesce(p.debts, '{}') AS debts
  FROM ledger.purse AS p
  JOIN members.identifier AS i ON i.member_id = p.member_id AND i.kind = 'external_id'
 ORDER BY i.value;

-- select_lots --
-- What is left of everybody's lots, in minutes since 1970; the end of what never ends is null.
SELECT i.value AS member, l.point_type_id,
       CASE WHEN l.expires_at = 'infinity' THEN NULL ELSE (extract(epoch FROM l.expires_at) / 60)::bigint END,
       (extract(epoch FROM l.earned_at) / 60)::bigint, l.pending, l.remaining
  FROM ledger.lot AS l
  JOIN members.identifier AS i ON i.member_id = l.member_id AND i.kind = 'external_id'
 WHERE l.remaining > 0
 ORDER BY 1, 2, 3, 4, 5, 6;

-- select_tiers --
-- The latest change of everybody's tiers.
SELECT DISTINCT ON (s.member_id, s.tier_set) i.value AS member, s.tier_set, s.tier
  FROM tiers.standing AS s
  JOIN members.identifier AS i ON i.member_id = s.member_id AND i.kind = 'external_id'
 ORDER BY s.member_id, s.tier_set, s.id DESC;

-- select_budgets --
-- What budgets gave.
SELECT owner, period, used
  FROM accrual.budget
 WHERE used > 0
 ORDER BY owner, period;

-- select_member_ids --
-- Everybody.
SELECT id
  FROM members.member
 ORDER BY id;
