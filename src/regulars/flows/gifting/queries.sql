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

-- count_movements --
-- How often money moved on a card.
SELECT count(*) FROM ledger.transfer WHERE member_id = %(purse_id)s;
