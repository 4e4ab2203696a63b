-- spending_blocked --
-- Forbid a member to spend.
UPDATE members.member SET spending_blocked = true WHERE id = %(member_id)s;

-- sum_spent_at --
-- Points spent at a partner, less what came back.
SELECT coalesce(sum(CASE WHEN t.credit_account_id = a.id THEN t.amount ELSE -t.amount END), 0)::bigint
  FROM ledger.account AS a
  JOIN ledger.transfer AS t ON a.id IN (t.credit_account_id, t.debit_account_id)
 WHERE a.program_id = %(program_id)s AND a.kind = 'spent' AND a.owner = %(partner)s;
