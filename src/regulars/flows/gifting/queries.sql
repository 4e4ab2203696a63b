-- next_purse --
-- A number that no member has or will have.
SELECT nextval('members.member_id_seq');

-- select_payment --
-- A payment with a card, and how much of it was refunded.
SELECT t.id, t.amount, t.credit_account_id,
       coalesce((SELECT sum(r.amount)
                   FROM ledger.transfer AS r
                  WHERE r.member_id = t.member_id AND r.reverses_id = t.id AND r.kind = 6), 0)::bigint
  FROM ledger.transfer AS t
 WHERE t.member_id = %(purse_id)s
   AND t.id = %(id)s
   AND t.kind = 5;

-- count_changes --
-- How often money moved on a card, but for payments and what came back of them: 1 where it was given and nothing else was put on it.
SELECT count(*) FROM ledger.transfer WHERE member_id = %(purse_id)s AND kind NOT IN (5, 6);
