-- select_stored --
-- Every stored message: its id, how often, its status, and the amount of its order.
SELECT (doc::json) ->> 'key' AS key, count(*), min(status),
       min(((doc::json) -> 'order' ->> 'amount')::bigint), count(DISTINCT member_id)
  FROM events.event
 WHERE type = 'Order Completed'
 GROUP BY 1;

-- select_given --
-- What all members have of each point type, by its slot: available.
SELECT coalesce(sum(balances[1]), 0)::bigint AS points, coalesce(sum(balances[4]), 0)::bigint AS net
  FROM ledger.purse;

-- select_batches --
-- How many batches were written, and how many of the stored messages belong to none.
SELECT count(*) FROM events.event AS e LEFT JOIN events.batch AS b ON b.id = e.id >> 20 WHERE b.id IS NULL;

-- select_uses --
-- How many vouchers were used, and how many points of offline tokens were accepted.
SELECT (SELECT count(*) FROM vouchers.voucher WHERE uses > 0),
       (SELECT coalesce(sum(accepted), 0)::bigint FROM offline.use);

-- count_plays --
-- How many places of instant wins are used up.
SELECT coalesce(sum(plays), 0)::bigint FROM draws.draw;
