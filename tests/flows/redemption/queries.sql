-- drop_pool_check --
-- A mutant: nothing says that a pool never gives more than it has.
ALTER TABLE rewards.pool DROP CONSTRAINT rewards_pool_never_oversold;

-- drop_purse_check --
-- A mutant: nothing says that a purse is never below zero.
ALTER TABLE ledger.purse DROP CONSTRAINT ledger_purse_not_below_zero;

-- count_pieces --
-- How many pieces redemptions hold that were not given back, and how many points they cost together.
SELECT coalesce(sum(quantity), 0)::bigint, coalesce(sum(points), 0)::bigint
  FROM redemption.redemption
 WHERE status NOT IN ('cancelled', 'expired');

-- count_open --
-- Holds that are open though no reservation is, and reservations without their hold: neither may be.
SELECT (SELECT count(*)
          FROM ledger.hold AS h
         WHERE h.status = 'open'
           AND NOT EXISTS (SELECT FROM redemption.redemption AS r
                            WHERE r.member_id = h.member_id AND r.hold_id = h.id AND r.status = 'reserved')),
       (SELECT count(*)
          FROM redemption.redemption AS r
         WHERE r.status = 'reserved'
           AND r.points > 0
           AND NOT EXISTS (SELECT FROM ledger.hold AS h
                            WHERE h.member_id = r.member_id AND h.id = r.hold_id AND h.status = 'open'));

-- count_kept_without_order --
-- Answers kept under a key that speak of a redemption which is not there.
SELECT count(*)
  FROM web.idempotency AS i
 WHERE i.body IS NOT NULL
   AND NOT EXISTS (SELECT FROM redemption.redemption AS r WHERE r.member_id = i.member_id);

-- select_issued --
-- What is kept of what a redemption handed out.
SELECT issued FROM redemption.redemption WHERE id = %(id)s;

-- select_undone --
-- What each transfer of rules for what a member redeemed moved (awards, fees), and how much of it was undone.
SELECT t.amount,
       coalesce((SELECT sum(b.amount)::bigint
                   FROM ledger.transfer AS b
                  WHERE b.member_id = t.member_id AND b.reverses_id = t.id), 0)
  FROM ledger.transfer AS t
  JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id AND e.type = 'Reward Redeemed'
 WHERE t.member_id = %(member_id)s
   AND t.kind IN (1, 15)
 ORDER BY t.id;

-- select_raised --
-- The events that a member's redemptions raised.
SELECT id FROM events.event
 WHERE member_id = %(member_id)s
   AND type IN ('Reward Redeemed', 'Reward Cancelled')
 ORDER BY id;
