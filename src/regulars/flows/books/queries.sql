-- allow_long --
-- Reading all books takes longer than a request may; only this transaction is allowed to. Each check reads whole tables:
-- where the planner knows nothing of them yet (much came in, then the server crashed), it takes them for small and looks
-- through one of them for each row of the other, which never ends.
SELECT set_config('statement_timeout', '1800000', true), set_config('work_mem', '256MB', true),
       set_config('enable_nestloop', 'off', true);

-- claim_verification --
-- One verification at a time: two would only slow each other down.
SELECT pg_try_advisory_xact_lock(hashtext('regulars.flows.books.verify'));

-- count_transfers --
-- How many transfers there are to be verified.
SELECT count(*)
  FROM ledger.transfer
 WHERE (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int);

-- bad_accounts --
-- Transfers that touch an account of another program or point type, or none at all.
SELECT count(*) OVER (), t.member_id, t.id,
       'debits ' || t.debit_account_id || ', credits ' || t.credit_account_id || ' for point type ' || t.point_type_id
  FROM ledger.transfer AS t
  LEFT JOIN ledger.account AS d ON d.id = t.debit_account_id
  LEFT JOIN ledger.account AS c ON c.id = t.credit_account_id
 WHERE (%(program_id)s::int IS NULL OR t.program_id = %(program_id)s::int)
   AND NOT coalesce(d.program_id = t.program_id AND c.program_id = t.program_id
                    AND d.point_type_id = t.point_type_id AND c.point_type_id = t.point_type_id, false)
 ORDER BY t.member_id, t.id
 LIMIT 1;

-- bad_wallets --
-- Wallets whose balances are not the sum of their transfers.
WITH moved AS (
    SELECT s.member_id, s.point_type_id,
           sum(s.amount) FILTER (WHERE a.kind = 'available') AS available,
           sum(s.amount) FILTER (WHERE a.kind = 'pending') AS pending,
           sum(s.amount) FILTER (WHERE a.kind = 'held') AS held,
           -sum(s.amount) FILTER (WHERE a.kind = 'debt') AS debt
      FROM (SELECT member_id, point_type_id, credit_account_id AS account_id, sum(amount) AS amount
              FROM ledger.transfer
             WHERE (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
             GROUP BY member_id, point_type_id, credit_account_id
             UNION ALL
            SELECT member_id, point_type_id, debit_account_id, -sum(amount)
              FROM ledger.transfer
             WHERE (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
             GROUP BY member_id, point_type_id, debit_account_id) AS s
      JOIN ledger.account AS a ON a.id = s.account_id
     WHERE a.kind IN ('available', 'pending', 'held', 'debt')
     GROUP BY s.member_id, s.point_type_id
), kept AS (
    SELECT w.member_id, p.id AS point_type_id, w.available, w.pending, w.held, w.debt
      FROM ledger.wallet_v1 AS w
      LEFT JOIN programs.point_type AS p ON p.program_id = w.program_id AND p.slot = w.slot
     WHERE (%(program_id)s::int IS NULL OR w.program_id = %(program_id)s::int)
       AND (w.available, w.pending, w.held, w.debt) <> (0, 0, 0, 0)
)
SELECT count(*) OVER (), coalesce(k.member_id, m.member_id), coalesce(k.point_type_id, m.point_type_id),
       format('wallet %%s/%%s/%%s/%%s, transfers %%s/%%s/%%s/%%s (available/pending/held/debt)',
              coalesce(k.available, 0), coalesce(k.pending, 0), coalesce(k.held, 0), coalesce(k.debt, 0),
              coalesce(m.available, 0), coalesce(m.pending, 0), coalesce(m.held, 0), coalesce(m.debt, 0))
  FROM kept AS k
  FULL JOIN moved AS m ON m.member_id = k.member_id AND m.point_type_id = k.point_type_id
 WHERE (coalesce(k.available, 0), coalesce(k.pending, 0), coalesce(k.held, 0), coalesce(k.debt, 0))
    <> (coalesce(m.available, 0), coalesce(m.pending, 0), coalesce(m.held, 0), coalesce(m.debt, 0))
 ORDER BY 2, 3
 LIMIT 1;

-- bad_lots --
-- Wallets of types that keep lots whose balances are not the sum of their open lots.
WITH open AS (
    SELECT member_id, point_type_id,
           sum(remaining) FILTER (WHERE NOT pending) AS available,
           sum(remaining) FILTER (WHERE pending) AS pending
      FROM ledger.lot
     WHERE remaining > 0
       AND (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
     GROUP BY member_id, point_type_id
), kept AS (
    SELECT w.member_id, p.id AS point_type_id, w.available, w.pending
      FROM ledger.wallet_v1 AS w
      JOIN programs.point_type AS p ON p.program_id = w.program_id AND p.slot = w.slot
     WHERE (%(program_id)s::int IS NULL OR w.program_id = %(program_id)s::int)
       AND coalesce((p.policy ->> 'lots')::boolean, true)
       AND (w.available, w.pending) <> (0, 0)
)
SELECT count(*) OVER (), coalesce(k.member_id, o.member_id), coalesce(k.point_type_id, o.point_type_id),
       format('wallet %%s/%%s, lots %%s/%%s (available/pending)',
              coalesce(k.available, 0), coalesce(k.pending, 0), coalesce(o.available, 0), coalesce(o.pending, 0))
  FROM kept AS k
  FULL JOIN open AS o ON o.member_id = k.member_id AND o.point_type_id = k.point_type_id
 WHERE (coalesce(k.available, 0), coalesce(k.pending, 0)) <> (coalesce(o.available, 0), coalesce(o.pending, 0))
 ORDER BY 2, 3
 LIMIT 1;

-- bad_draws --
-- Lots of which something else is left than their draws say.
SELECT count(*) OVER (), l.member_id, l.id,
       format('%%s of %%s left, drawn %%s', l.remaining, l.amount, coalesce(d.amount, 0))
  FROM ledger.lot AS l
  LEFT JOIN (SELECT member_id, lot_id, sum(amount) AS amount
               FROM ledger.draw
              GROUP BY member_id, lot_id) AS d ON d.member_id = l.member_id AND d.lot_id = l.id
 WHERE (%(program_id)s::int IS NULL OR l.program_id = %(program_id)s::int)
   AND l.remaining <> l.amount - coalesce(d.amount, 0)
 ORDER BY l.member_id, l.id
 LIMIT 1;

-- bad_uses --
-- Transfers that took (or gave back) something else than their draws say, and draws of no transfer or no lot.
SELECT count(*) OVER (), coalesce(t.member_id, d.member_id), coalesce(t.id, d.transfer_id),
       format('moved %%s, drawn %%s', coalesce(t.amount, 0), coalesce(d.amount, 0))
  FROM (SELECT t.member_id, t.id, t.program_id,
               CASE WHEN c.kind = 'available' THEN -t.amount ELSE t.amount END AS amount
          FROM ledger.transfer AS t
          JOIN ledger.account AS a ON a.id = t.debit_account_id
          JOIN ledger.account AS c ON c.id = t.credit_account_id
          JOIN programs.point_type AS p ON p.id = t.point_type_id
         WHERE coalesce((p.policy ->> 'lots')::boolean, true)
           AND (a.kind = 'available' OR (a.kind = 'pending' AND c.kind <> 'available') OR t.kind IN (6, 10))
           AND (%(program_id)s::int IS NULL OR t.program_id = %(program_id)s::int)) AS t
  FULL JOIN (SELECT d.member_id, d.transfer_id, sum(d.amount) AS amount, bool_and(l.id IS NOT NULL) AS of_lots,
                    min(coalesce(l.program_id, %(program_id)s::int)) AS program_id
               FROM ledger.draw AS d
               LEFT JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
              GROUP BY d.member_id, d.transfer_id) AS d ON d.member_id = t.member_id AND d.transfer_id = t.id
 WHERE (t.amount IS DISTINCT FROM d.amount OR NOT coalesce(d.of_lots, false))
   AND (%(program_id)s::int IS NULL OR coalesce(t.program_id, d.program_id) = %(program_id)s::int)
 ORDER BY 2, 3
 LIMIT 1;

-- bad_held --
-- Wallets that hold something else than their open holds.
WITH open AS (
    SELECT member_id, point_type_id, sum(amount) AS held
      FROM ledger.hold
     WHERE status = 'open'
       AND (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
     GROUP BY member_id, point_type_id
), kept AS (
    SELECT w.member_id, p.id AS point_type_id, w.held
      FROM ledger.wallet_v1 AS w
      JOIN programs.point_type AS p ON p.program_id = w.program_id AND p.slot = w.slot
     WHERE (%(program_id)s::int IS NULL OR w.program_id = %(program_id)s::int)
       AND w.held <> 0
)
SELECT count(*) OVER (), coalesce(k.member_id, o.member_id), coalesce(k.point_type_id, o.point_type_id),
       format('wallet holds %%s, open holds %%s', coalesce(k.held, 0), coalesce(o.held, 0))
  FROM kept AS k
  FULL JOIN open AS o ON o.member_id = k.member_id AND o.point_type_id = k.point_type_id
 WHERE coalesce(k.held, 0) <> coalesce(o.held, 0)
 ORDER BY 2, 3
 LIMIT 1;

-- bad_holds --
-- Holds whose transfers do not say what the hold says: set aside, captured, given back.
SELECT count(*) OVER (), h.member_id, h.id,
       format('%%s of %%s captured and %%s, transfers: %%s set aside, %%s captured, %%s returned',
              h.captured, h.amount, h.status, coalesce(t.amount, 0), coalesce(m.captured, 0), coalesce(m.returned, 0))
  FROM ledger.hold AS h
  LEFT JOIN ledger.transfer AS t ON t.member_id = h.member_id AND t.id = h.id AND t.kind = 8
  LEFT JOIN (SELECT member_id, reverses_id,
                    sum(amount) FILTER (WHERE kind = 9) AS captured,
                    sum(amount) FILTER (WHERE kind = 10) AS returned
               FROM ledger.transfer
              WHERE kind IN (9, 10)
              GROUP BY member_id, reverses_id) AS m ON m.member_id = h.member_id AND m.reverses_id = h.id
 WHERE (%(program_id)s::int IS NULL OR h.program_id = %(program_id)s::int)
   AND (t.amount IS DISTINCT FROM h.amount
        OR coalesce(m.captured, 0) <> h.captured
        OR coalesce(m.returned, 0) <> CASE WHEN h.status = 'open' THEN 0 ELSE h.amount - h.captured END)
 ORDER BY h.member_id, h.id
 LIMIT 1;

-- bad_signs --
-- Wallets below zero, beyond their debt limit, or owing while there is something to pay with.
SELECT count(*) OVER (), w.member_id, w.slot,
       format('%%s/%%s/%%s/%%s (available/pending/held/debt), debt limit %%s', w.available, w.pending, w.held, w.debt, p.debt_max)
  FROM ledger.wallet_v1 AS w
  JOIN ledger.purse AS p ON p.member_id = w.member_id
 WHERE (%(program_id)s::int IS NULL OR w.program_id = %(program_id)s::int)
   AND (least(w.available, w.pending, w.held, w.debt) < 0 OR w.debt > p.debt_max OR (w.debt > 0 AND w.available > 0))
 ORDER BY 2, 3
 LIMIT 1;

-- bad_between --
-- Point types of which more was sent than received by members, or the other way round.
SELECT count(*) OVER (), 0::bigint, b.point_type_id, format('%%s points are between members', b.amount)
  FROM (SELECT t.point_type_id, sum(CASE WHEN t.credit_account_id = a.id THEN t.amount ELSE -t.amount END) AS amount
          FROM ledger.account AS a
          JOIN ledger.transfer AS t ON a.id IN (t.debit_account_id, t.credit_account_id)
         WHERE a.kind = 'between_members'
           AND t.kind IN (11, 12, 17, 18)
           AND (%(program_id)s::int IS NULL OR t.program_id = %(program_id)s::int)
         GROUP BY t.point_type_id) AS b
 WHERE b.amount <> 0
 ORDER BY 3
 LIMIT 1;

-- bad_reversals --
-- Transfers that undo or complete a transfer that is not there, or together undo more than it moved.
SELECT count(*) OVER (), coalesce(t.member_id, 0), r.reverses_id, format('%%s undone of %%s', r.amount, coalesce(t.amount, 0))
  FROM (SELECT reverses_id, sum(amount) AS amount
          FROM ledger.transfer
         WHERE reverses_id > 0
           AND kind IN (3, 6, 9, 13)
           AND (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
         GROUP BY reverses_id) AS r
  LEFT JOIN ledger.transfer AS t ON t.id = r.reverses_id
 WHERE t.id IS NULL OR r.amount > t.amount
 ORDER BY 2, 3
 LIMIT 1;

-- bad_purses --
-- Members without a purse in their program, and purses of nobody: neither a member's nor a gift card's.
SELECT count(*) OVER (), coalesce(m.id, p.member_id), 0::bigint,
       CASE WHEN p.member_id IS NULL THEN 'no purse' WHEN m.id IS NULL THEN 'no member' ELSE 'another program' END
  FROM members.member AS m
  FULL JOIN ledger.purse AS p ON p.member_id = m.id
 WHERE (p.member_id IS NULL OR p.program_id <> m.program_id
        OR (m.id IS NULL AND NOT EXISTS (SELECT FROM giftcards.card AS c
                                          WHERE c.purse_id = p.member_id AND c.program_id = p.program_id)))
   AND (%(program_id)s::int IS NULL OR coalesce(m.program_id, p.program_id) = %(program_id)s::int)
 ORDER BY 2
 LIMIT 1;

-- bad_identities --
-- Admitted messages and rated orders without an event (stored or set aside).
SELECT count(*) OVER (), i.member_id, i.event_id, format('key %%s of source %%s leads to no event', i.key, i.source_id)
  FROM events.identity AS i
 WHERE (%(program_id)s::int IS NULL OR i.program_id = %(program_id)s::int)
   AND NOT EXISTS (SELECT FROM events.event AS e WHERE e.id = i.event_id)
   AND NOT EXISTS (SELECT FROM events.parked AS p WHERE p.event_id = i.event_id)
 ORDER BY 2, 3
 LIMIT 1;

-- bad_events --
-- Stored events that carry a message id which was never admitted.
SELECT count(*) OVER (), e.member_id, e.id, 'the message id ' || (e.doc::json ->> 'key') || ' was never admitted'
  FROM events.event AS e
 WHERE (%(program_id)s::int IS NULL OR e.program_id = %(program_id)s::int)
   AND e.doc LIKE '%%"key":"%%'
   AND NOT EXISTS (SELECT FROM events.identity AS i WHERE i.event_id = e.id AND i.program_id = e.program_id)
   AND coalesce(e.doc::json ->> 'key', '') <> ''
 ORDER BY 2, 3
 LIMIT 1;

-- bad_grants --
-- What events say they granted against what was posted, both ways.
WITH told AS (
    SELECT e.member_id, e.id AS event_id, (g.value ->> 0)::bigint AS transfer_id, (g.value ->> 3)::bigint AS amount
      FROM events.event AS e
     CROSS JOIN LATERAL json_array_elements(e.outcome::json -> 'granted') AS g
     WHERE (%(program_id)s::int IS NULL OR e.program_id = %(program_id)s::int)
       AND e.outcome LIKE '%%"granted":%%'
), posted AS (
    SELECT member_id, id, event_id, amount
      FROM ledger.transfer
     WHERE kind = 1
       AND event_id IS NOT NULL
       AND ruleset_version IS NOT NULL
       AND (%(program_id)s::int IS NULL OR program_id = %(program_id)s::int)
)
SELECT count(*) OVER (), coalesce(t.member_id, p.member_id), coalesce(t.transfer_id, p.id),
       format('event %%s granted %%s, posted %%s', coalesce(t.event_id, p.event_id), coalesce(t.amount, 0), coalesce(p.amount, 0))
  FROM told AS t
  FULL JOIN posted AS p ON p.member_id = t.member_id AND p.id = t.transfer_id
 WHERE t.amount IS DISTINCT FROM p.amount OR t.event_id <> p.event_id
 ORDER BY 2, 3
 LIMIT 1;

-- bad_stock --
-- Pools of rewards whose pieces do not add up: what is free, what redemptions hold and what came back broken is not what there is.
WITH had AS (
    SELECT (piece ->> 0)::int AS reward_id, piece ->> 1 AS key, sum((piece ->> 3)::bigint)::bigint AS pieces
      FROM redemption.redemption AS r,
           jsonb_array_elements(coalesce(r.claims::jsonb -> 'pieces', '[]') || coalesce(r.claims::jsonb -> 'gone', '[]')) AS piece
     WHERE (%(program_id)s::int IS NULL OR r.program_id = %(program_id)s::int)
     GROUP BY 1, 2
), pool AS (
    SELECT p.reward_id, p.key, sum(p.free)::bigint AS free, sum(p.total)::bigint AS total
      FROM rewards.pool AS p
      JOIN rewards.reward AS w ON w.id = p.reward_id
     WHERE (%(program_id)s::int IS NULL OR w.program_id = %(program_id)s::int)
     GROUP BY 1, 2
)
SELECT count(*) OVER (), 0::bigint, coalesce(p.reward_id, h.reward_id)::bigint,
       format('%%s: %%s there, %%s free, %%s had', coalesce(p.key, h.key), coalesce(p.total, 0), coalesce(p.free, 0), coalesce(h.pieces, 0))
  FROM pool AS p
  FULL JOIN had AS h ON h.reward_id = p.reward_id AND h.key = p.key
 WHERE coalesce(p.free, 0) + coalesce(h.pieces, 0) <> coalesce(p.total, 0)
 ORDER BY 3, 4
 LIMIT 1;

-- select_standings --
-- The states of members with the tier that the history of standings ends with, for comparing and assessing again.
SELECT p.member_id, p.program_id, p.state, m.joined_at,
       coalesce((SELECT json_object_agg(s.tier_set, s.tier)
                   FROM (SELECT DISTINCT ON (tier_set) tier_set, tier
                           FROM tiers.standing
                          WHERE member_id = p.member_id
                          ORDER BY tier_set, id DESC) AS s), '{}')::text
  FROM ledger.purse AS p
  JOIN members.member AS m ON m.id = p.member_id
 WHERE p.program_id = %(program_id)s
   AND p.state LIKE '%%"t":{%%'
   AND m.status NOT IN ('merged', 'erased')
 ORDER BY p.member_id;

-- select_program_ids --
-- The programs to be verified.
SELECT id FROM programs.program WHERE (%(program_id)s::int IS NULL OR id = %(program_id)s::int) ORDER BY id;

-- recent_differences --
-- Wallets touched lately that are not the sum of their lots: cheap enough to be asked every minute.
SELECT count(*)
  FROM (SELECT DISTINCT member_id
          FROM ledger.transfer
         WHERE posted_at > %(since)s
         LIMIT %(limit)s) AS t
  JOIN ledger.wallet_v1 AS w ON w.member_id = t.member_id
  JOIN programs.point_type AS p ON p.program_id = w.program_id AND p.slot = w.slot
 WHERE coalesce((p.policy ->> 'lots')::boolean, true)
   AND w.available + w.pending <> (SELECT coalesce(sum(l.remaining), 0)
                                     FROM ledger.lot AS l
                                    WHERE l.member_id = w.member_id AND l.point_type_id = p.id AND l.remaining > 0);

-- select_trial_balance --
-- Every account of a program with what it was debited and credited up to an instant; the balances of a point type sum to 0.
SELECT a.point_type_id, a.kind, a.owner, coalesce(d.amount, 0)::bigint, coalesce(c.amount, 0)::bigint
  FROM ledger.account AS a
  LEFT JOIN (SELECT debit_account_id AS id, sum(amount) AS amount
               FROM ledger.transfer
              WHERE program_id = %(program_id)s AND posted_at <= %(at)s
              GROUP BY debit_account_id) AS d ON d.id = a.id
  LEFT JOIN (SELECT credit_account_id AS id, sum(amount) AS amount
               FROM ledger.transfer
              WHERE program_id = %(program_id)s AND posted_at <= %(at)s
              GROUP BY credit_account_id) AS c ON c.id = a.id
 WHERE a.program_id = %(program_id)s
 ORDER BY a.point_type_id, a.kind, a.owner;

-- select_liability --
-- What members have of each point type, by who funded it; types without lots are funded by the house.
SELECT l.point_type_id, CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END AS funding,
       sum(l.remaining) FILTER (WHERE NOT l.pending)::bigint, sum(l.remaining) FILTER (WHERE l.pending)::bigint
  FROM ledger.lot AS l
  JOIN ledger.account AS a ON a.id = l.funding_account_id
 WHERE l.program_id = %(program_id)s
   AND l.remaining > 0
 GROUP BY l.point_type_id, funding
 ORDER BY l.point_type_id, funding;

-- select_wallet_sums --
-- What all members together have of each point type.
SELECT p.id, sum(w.available)::bigint, sum(w.pending)::bigint, sum(w.held)::bigint, sum(w.debt)::bigint,
       count(*) FILTER (WHERE (w.available, w.pending, w.held) <> (0, 0, 0))::bigint
  FROM ledger.wallet_v1 AS w
  JOIN programs.point_type AS p ON p.program_id = w.program_id AND p.slot = w.slot
 WHERE w.program_id = %(program_id)s
 GROUP BY p.id
 ORDER BY p.id;
