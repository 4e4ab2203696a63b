-- is_admitted --
-- Whether a message of a source was ever admitted.
SELECT true
  FROM events.identity
 WHERE program_id = %(program_id)s
   AND source_id = %(source_id)s
   AND key = %(key)s;

-- select_last_instant --
-- The latest instant at which something was received in a program.
SELECT max(received_at)
  FROM events.batch
 WHERE program_id = %(program_id)s;

-- analyse --
-- Let the planner know the tables that have just been filled; it would otherwise find out by itself a minute later.
ANALYZE events.event, events.identity, events.batch, ledger.transfer, ledger.lot, ledger.draw, ledger.purse,
        members.member, members.identifier, tiers.standing, accrual.corrected_order, vouchers.voucher, vouchers.use;

-- count_loaded --
-- What came in: members, orders, orders of nobody, refunds, and what the orders were worth before refunds, in pence.
SELECT (SELECT count(*) FROM members.member WHERE program_id = %(program_id)s),
       count(*) FILTER (WHERE type = 'Order Completed'),
       count(*) FILTER (WHERE type = 'Order Completed' AND member_id = 0),
       count(*) FILTER (WHERE type = 'Order Refunded'),
       coalesce(sum((doc::jsonb -> 'order' ->> 'amount')::bigint) FILTER (WHERE type = 'Order Completed'), 0)::bigint
  FROM events.event
 WHERE program_id = %(program_id)s
   AND source_id = %(source_id)s;

-- select_members_by_tier --
-- Members in each tier, with the points they hold and the net points that brought them there.
WITH standing AS (
    SELECT DISTINCT ON (member_id) member_id, tier
      FROM tiers.standing
     WHERE program_id = %(program_id)s
       AND tier_set = %(tier_set)s
     ORDER BY member_id, id DESC
)
SELECT s.tier,
       count(DISTINCT s.member_id),
       coalesce(sum(w.available) FILTER (WHERE w.slot = %(points_slot)s), 0)::bigint,
       coalesce(sum(w.available) FILTER (WHERE w.slot = %(net_slot)s), 0)::bigint
  FROM standing AS s
  JOIN ledger.wallet_v1 AS w ON w.member_id = s.member_id AND w.slot IN (%(points_slot)s, %(net_slot)s)
 GROUP BY s.tier;

-- select_points_by_type --
-- What became of the points of each type: given, taken back (also as a debt), expired, redeemed; and where they are now.
SELECT p.code,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 1), 0)::bigint,
       coalesce(sum(t.amount) FILTER (WHERE t.kind IN (3, 13)), 0)::bigint,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 4), 0)::bigint,
       coalesce(sum(CASE t.kind WHEN 6 THEN -t.amount ELSE t.amount END) FILTER (WHERE t.kind IN (5, 6, 9)), 0)::bigint,
       (SELECT coalesce(sum(w.available + w.pending + w.held), 0)::bigint
          FROM ledger.wallet_v1 AS w
         WHERE w.program_id = %(program_id)s AND w.slot = p.slot),
       (SELECT coalesce(sum(w.debt), 0)::bigint
          FROM ledger.wallet_v1 AS w
         WHERE w.program_id = %(program_id)s AND w.slot = p.slot)
  FROM programs.point_type AS p
  LEFT JOIN ledger.transfer AS t ON t.point_type_id = p.id AND t.program_id = p.program_id
 WHERE p.program_id = %(program_id)s
 GROUP BY p.id, p.code, p.slot
 ORDER BY p.slot;

-- count_points_due --
-- Points whose end has come and that nobody has looked at since.
SELECT coalesce(sum(remaining), 0)::bigint
  FROM ledger.lot
 WHERE program_id = %(program_id)s
   AND remaining > 0
   AND NOT pending
   AND expires_at <= %(now)s;

-- select_points_by_rule --
-- What each rule of each version gave, and what of it is left after refunds.
WITH outcome AS (
    SELECT e.outcome::jsonb AS before, coalesce(c.outcome, e.outcome)::jsonb AS after
      FROM events.event AS e
      LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
     WHERE e.program_id = %(program_id)s
       AND e.member_id <> 0
       AND e.outcome LIKE '%%"granted"%%'
), given AS (
    SELECT (before ->> 'version')::int AS version, (rule ->> 0)::int AS rule, (g ->> 1)::int AS point_type_id,
           1 AS times, (rule ->> 1)::bigint AS given, 0::bigint AS kept
      FROM outcome, jsonb_array_elements(before -> 'granted') AS g, jsonb_array_elements(g -> 4) AS rule
     UNION ALL
    SELECT (after ->> 'version')::int, (rule ->> 0)::int, (g ->> 1)::int, 0, 0, (rule ->> 1)::bigint
      FROM outcome, jsonb_array_elements(after -> 'granted') AS g, jsonb_array_elements(g -> 4) AS rule
)
SELECT given.version, given.rule, p.code, sum(times)::bigint, sum(given.given)::bigint, sum(kept)::bigint
  FROM given
  JOIN programs.point_type AS p ON p.id = given.point_type_id
 GROUP BY given.version, given.rule, p.code;

-- select_entry_awards --
-- Points given for entering a tier, less those taken back when it turned out not to have been reached.
SELECT p.code, entry ->> 1,
       count(*) FILTER (WHERE (entry ->> 3)::bigint > 0),
       (sum((entry ->> 3)::bigint) FILTER (WHERE (entry ->> 3)::bigint > 0))::bigint,
       sum((entry ->> 3)::bigint)::bigint
  FROM events.event AS e,
       jsonb_array_elements(e.outcome::jsonb -> 'entries') AS entry
  JOIN programs.point_type AS p ON p.code = entry ->> 2 AND p.program_id = %(program_id)s
 WHERE e.program_id = %(program_id)s
   AND e.outcome LIKE '%%"entries"%%'
 GROUP BY 1, 2
 ORDER BY 5 DESC;

-- select_refunder --
-- A member with few events who got something back, after which the order stood smaller.
SELECT e.member_id
  FROM events.event AS e
  JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND NOT c.cancelled
 WHERE e.program_id = %(program_id)s
 GROUP BY e.member_id
HAVING count(DISTINCT e.id) BETWEEN 4 AND 7
   AND bool_or(e.type = 'Order Refunded' AND e.outcome LIKE '%%"taken_back":[[1,__,%%')
 ORDER BY count(DISTINCT e.id), e.member_id
 LIMIT 1;

-- select_climber --
-- The member who reached the highest tier with the fewest orders.
SELECT s.member_id
  FROM tiers.standing AS s
  JOIN events.event AS e ON e.member_id = s.member_id AND e.type = 'Order Completed'
 WHERE s.program_id = %(program_id)s
   AND s.direction = 'up'
   AND s.tier_set = %(tier_set)s
 GROUP BY s.member_id
 ORDER BY count(DISTINCT s.tier) DESC, count(DISTINCT e.id), s.member_id
 LIMIT 1;

-- select_returner --
-- A member who came back after a long time and has few events.
SELECT m.id
  FROM members.member AS m
  JOIN events.event AS e ON e.member_id = m.id
 WHERE m.program_id = %(program_id)s
   AND %(tag)s = ANY (m.tags)
 GROUP BY m.id
HAVING count(*) BETWEEN 3 AND 5
 ORDER BY count(*), m.id
 LIMIT 1;

-- select_name --
-- What a member is called outside, and her tier.
SELECT i.value, m.attributes ->> 'country',
       (SELECT s.tier FROM tiers.standing AS s
         WHERE s.member_id = m.id AND s.tier_set = %(tier_set)s ORDER BY s.id DESC LIMIT 1)
  FROM members.member AS m
  JOIN members.identifier AS i ON i.member_id = m.id AND i.kind = 'external_id'
 WHERE m.id = %(member_id)s;

-- select_movements --
-- Every movement of a member's points in the order it was posted, with the event that caused it, or the reward.
SELECT t.occurred_at, t.kind, p.code, t.amount, t.detail, t.ruleset_version, t.event_id,
       e.type, (e.doc::jsonb -> 'order' ->> 'order_id'), (e.doc::jsonb -> 'order' ->> 'amount')::bigint, w.code
  FROM ledger.transfer AS t
  JOIN programs.point_type AS p ON p.id = t.point_type_id
  LEFT JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id
  LEFT JOIN redemption.redemption AS r ON r.member_id = t.member_id AND r.spend_id IN (t.id, t.reverses_id)
  LEFT JOIN rewards.reward AS w ON w.id = r.reward_id
 WHERE t.member_id = %(member_id)s
 ORDER BY t.id;

-- sum_budget --
-- What the budgets of an owner say was used.
SELECT coalesce(sum(used), 0)::bigint
  FROM accrual.budget
 WHERE program_id = %(program_id)s
   AND owner = %(owner)s;

-- select_with_points --
-- Customers who can spend so many points, one in so many of them by month, with what they have.
SELECT m.id, w.available
  FROM members.member AS m
  JOIN ledger.wallet_v1 AS w ON w.member_id = m.id
  JOIN programs.point_type AS p ON p.program_id = m.program_id AND p.slot = w.slot AND p.code = 'points'
 WHERE m.program_id = %(program_id)s
   AND m.status = 'active'
   AND w.available >= %(points)s
   AND hashint8(m.id * 31 + %(month)s) %% %(one_in)s = 0
 ORDER BY m.joined_at, m.id;

-- has_redeemed --
-- Whether customers took rewards at the end of a month.
SELECT EXISTS (SELECT
                 FROM redemption.redemption
                WHERE program_id = %(program_id)s
                  AND reference = %(reference)s);

-- select_redeemed --
-- Of each reward: how often it was taken, how often given back, and the points that stayed spent.
SELECT reward_id, count(*), count(*) FILTER (WHERE status IN ('cancelled', 'returned')), sum(points - points_back)::bigint
  FROM redemption.redemption
 WHERE program_id = %(program_id)s
   AND spend_id IS NOT NULL
 GROUP BY reward_id
 ORDER BY reward_id;

-- sum_spent --
-- Points of a type spent in a program that did not come back, by the ledger.
SELECT coalesce(sum(CASE WHEN kind = 6 THEN -amount ELSE amount END), 0)::bigint
  FROM ledger.transfer
 WHERE program_id = %(program_id)s
   AND point_type_id = %(point_type_id)s
   AND kind IN (5, 6, 9);

-- select_best_members --
-- The members with the most points to spend, the richest first.
SELECT w.member_id
  FROM ledger.wallet_v1 AS w
 WHERE w.program_id = %(program_id)s
   AND w.slot = %(slot)s
   AND w.available > 0
 ORDER BY w.available DESC, w.member_id
 LIMIT %(limit)s;

-- select_quiet_members --
-- Members who have ordered before, and not since an instant; those who were here last come first.
SELECT e.member_id
  FROM events.event AS e
 WHERE e.program_id = %(program_id)s
   AND e.member_id <> 0
   AND e.type = 'Order Completed'
 GROUP BY e.member_id
HAVING max(e.occurred_at) < %(since)s
 ORDER BY max(e.occurred_at) DESC, e.member_id
 LIMIT %(limit)s;

-- select_coupons_due --
-- Coupons of customers who have ordered enough since they got one, each with the first such order; the forgetful left
-- out, and those who used one before: an order that came back may have brought a second.
SELECT DISTINCT ON (v.member_id)
       v.code, v.member_id, o.doc::jsonb -> 'order' ->> 'order_id', o.occurred_at, o.doc
  FROM vouchers.voucher AS v
  JOIN vouchers.definition AS d ON d.id = v.definition_id
 CROSS JOIN LATERAL (SELECT e.occurred_at, e.doc
                       FROM events.event AS e
                      WHERE e.member_id = v.member_id
                        AND e.program_id = v.program_id
                        AND e.type = 'Order Completed'
                        AND e.occurred_at > v.issued_at
                        AND e.occurred_at < v.valid_until
                        AND e.occurred_at <= %(until)s
                        AND (e.doc::jsonb -> 'order' ->> 'amount')::bigint >= %(minimum)s
                      ORDER BY e.occurred_at, e.id
                      LIMIT 1) AS o
 WHERE d.program_id = %(program_id)s
   AND d.code = %(definition)s
   AND v.status = 'issued'
   AND v.last_used_at IS NULL
   AND v.member_id %% %(forgetful)s <> 0
   AND NOT EXISTS (SELECT
                     FROM vouchers.use AS u
                    WHERE u.definition_id = d.id
                      AND u.member_id = v.member_id
                      AND u.status = 'used')
 ORDER BY v.member_id, o.occurred_at, v.code;

-- select_coupons_to_return --
-- Orders with a coupon that have come back as a whole.
SELECT DISTINCT u.order_id
  FROM vouchers.use AS u
  JOIN events.event AS e ON e.member_id = u.member_id AND e.program_id = u.program_id AND e.type = 'Order Completed'
  JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id AND c.cancelled
 WHERE u.program_id = %(program_id)s
   AND u.status = 'used'
   AND e.doc::jsonb -> 'order' ->> 'order_id' = u.order_id
 ORDER BY u.order_id;

-- count_coupons --
-- Codes of a kind: all of them, handed out, uses that stand, void, in the pool; and uses that stand by their records.
SELECT count(*),
       count(*) FILTER (WHERE v.status = 'issued'),
       coalesce(sum(v.uses), 0)::bigint,
       count(*) FILTER (WHERE v.status = 'void'),
       count(*) FILTER (WHERE v.status = 'stock'),
       (SELECT count(*) FROM vouchers.use AS u WHERE u.definition_id = d.id AND u.status = 'used')
  FROM vouchers.definition AS d
  JOIN vouchers.voucher AS v ON v.definition_id = d.id
 WHERE d.program_id = %(program_id)s
   AND d.code = %(definition)s
 GROUP BY d.id;

-- select_last_order --
-- The number of the last order up to an instant.
SELECT e.doc::jsonb -> 'order' ->> 'order_id'
  FROM events.event AS e
 WHERE e.program_id = %(program_id)s
   AND e.type = 'Order Completed'
   AND e.occurred_at <= %(until)s
 ORDER BY e.occurred_at DESC, e.id DESC
 LIMIT 1;

-- count_draws --
-- Of each draw: its tickets, the members who hold them, prizes won, and those that were given.
SELECT d.code,
       (SELECT coalesce(sum(e.tickets), 0)::bigint FROM draws.entry AS e WHERE e.draw_id = d.id AND e.cancelled_at IS NULL),
       (SELECT count(DISTINCT e.member_id) FROM draws.entry AS e WHERE e.draw_id = d.id AND e.cancelled_at IS NULL),
       count(p.member_id),
       count(p.delivered)
  FROM draws.draw AS d
  LEFT JOIN draws.prize AS p ON p.draw_id = d.id
 WHERE d.program_id = %(program_id)s
 GROUP BY d.id, d.code;

-- select_card_references --
-- What money on gift cards moved for.
SELECT DISTINCT t.detail::jsonb ->> 'reference'
  FROM ledger.transfer AS t
  JOIN giftcards.card AS c ON c.purse_id = t.member_id
 WHERE c.program_id = %(program_id)s;

-- select_cards_to_spend --
-- Gift cards with money on them, in the order in which they were sold.
SELECT c.number
  FROM giftcards.card AS c
  JOIN ledger.wallet_v1 AS w ON w.member_id = c.purse_id
  JOIN programs.point_type AS p ON p.program_id = c.program_id AND p.code = c.point_type AND p.slot = w.slot
 WHERE c.program_id = %(program_id)s
   AND c.status = 'active'
   AND w.available > 0
 ORDER BY c.activated_at, c.purse_id;

-- sum_cards --
-- Gift cards: how many, what was put on them, payments and what they came to, and what is on the cards.
SELECT count(DISTINCT c.number),
       coalesce(sum(m.sold), 0)::bigint,
       coalesce(sum(m.payments), 0)::bigint,
       coalesce(sum(m.spent), 0)::bigint,
       coalesce(sum(w.available), 0)::bigint
  FROM giftcards.card AS c
  JOIN programs.point_type AS p ON p.program_id = c.program_id AND p.code = c.point_type
  JOIN ledger.wallet_v1 AS w ON w.member_id = c.purse_id AND w.slot = p.slot
 CROSS JOIN LATERAL (SELECT sum(t.amount) FILTER (WHERE t.kind = 1) AS sold,
                            count(*) FILTER (WHERE t.kind = 5) AS payments,
                            sum(t.amount) FILTER (WHERE t.kind = 5) AS spent
                       FROM ledger.transfer AS t
                      WHERE t.member_id = c.purse_id) AS m
 WHERE c.program_id = %(program_id)s;
