-- transfers --
-- Transfers as they are exported.
SELECT member_id, id, point_type_id, kind::int, amount, debit_account_id, credit_account_id, event_id, reverses_id, ruleset_version,
       occurred_at, posted_at
  FROM ledger.transfer ORDER BY 2, 3, 1;

-- lots --
-- Lots as they are exported.
SELECT l.member_id, l.id, l.point_type_id, l.funding_account_id, l.amount, l.earned_at, nullif(l.expires_at, 'infinity'), t.posted_at
  FROM ledger.lot AS l JOIN ledger.transfer AS t ON t.member_id = l.member_id AND t.id = l.id ORDER BY 2, 3, 1;

-- draws --
-- Draws as they are exported.
SELECT d.member_id, d.transfer_id, d.lot_id, d.amount, t.posted_at
  FROM ledger.draw AS d JOIN ledger.transfer AS t ON t.member_id = d.member_id AND t.id = d.transfer_id ORDER BY 2, 3, 1;

-- rename_store --
-- An order from a store whose name computes.
INSERT INTO reporting.order_fact (member_id, event_id, program_id, order_key, day, store, partner, channel, source_id, tiers, rules,
                                  units, units_left, gross, net, lines)
VALUES (64, 1, %(program_id)s, md5('x')::uuid, '2026-03-28', '=1+1', '', '', 1, '{}', '{}', 1, 1, 100, -100, '[]');
