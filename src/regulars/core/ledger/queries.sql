-- Instants are microseconds since 1970 here; the largest number (`FOREVER`) is infinity.

-- insert_accounts --
-- Open the accounts of a point type that are not open yet.
INSERT INTO ledger.account (program_id, point_type_id, kind, owner)
     SELECT %(program_id)s, %(point_type_id)s, kind, owner
       FROM unnest(%(kinds)s::text[], %(owners)s::text[]) AS a (kind, owner)
ON CONFLICT ON CONSTRAINT ledger_account_once DO NOTHING;

-- select_accounts --
-- All accounts of a program.
SELECT id, point_type_id, kind, owner
  FROM ledger.account
 WHERE program_id = %(program_id)s
 ORDER BY id;

-- lock_purses --
-- Lock the purses of the batch, lowest member first, so that two batches never wait for each other in a ring.
SELECT member_id, program_id, balances, debts, debt_max, state
  FROM ledger.purse
 WHERE member_id = ANY (%(member_ids)s::bigint[])
 ORDER BY member_id
   FOR NO KEY UPDATE;

-- select_purses --
-- The purses as they are, without a lock: for quotes and answers.
SELECT member_id, program_id, balances, debts, debt_max, state
  FROM ledger.purse
 WHERE member_id = ANY (%(member_ids)s::bigint[])
 ORDER BY member_id;

-- insert_purses --
-- An empty purse for each new member.
INSERT INTO ledger.purse (member_id, program_id)
     SELECT unnest(%(member_ids)s::bigint[]), %(program_id)s
ON CONFLICT DO NOTHING;

-- select_open_lots --
-- What is left of the lots of some members, all point types; their purses are locked by the caller.
SELECT member_id, id, program_id, point_type_id, amount, remaining, pending, funding_account_id,
       (extract(epoch FROM earned_at) * 1000000)::bigint AS earned_at,
       least(extract(epoch FROM active_at) * 1000000, 9223372036854775807)::bigint AS active_at,
       least(extract(epoch FROM expires_at) * 1000000, 9223372036854775807)::bigint AS expires_at
  FROM ledger.lot
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND remaining > 0;

-- select_reversible --
-- How much of each award can still be taken back, for awards that ended or were taken back in part.
SELECT l.member_id, l.id, l.amount - coalesce(ended.amount, 0) - coalesce(reversed.amount, 0)
  FROM ledger.lot AS l
  LEFT JOIN (SELECT d.member_id, d.lot_id, sum(d.amount)::bigint AS amount
               FROM ledger.draw AS d
               JOIN ledger.transfer AS t ON t.member_id = d.member_id AND t.id = d.transfer_id
              WHERE d.member_id = ANY (%(member_ids)s::bigint[])
                AND t.kind = 4
              GROUP BY d.member_id, d.lot_id) AS ended ON ended.member_id = l.member_id AND ended.lot_id = l.id
  LEFT JOIN (SELECT member_id, reverses_id, sum(amount)::bigint AS amount
               FROM ledger.transfer
              WHERE member_id = ANY (%(member_ids)s::bigint[])
                AND kind IN (3, 13)
              GROUP BY member_id, reverses_id) AS reversed ON reversed.member_id = l.member_id AND reversed.reverses_id = l.id
 WHERE l.member_id = ANY (%(member_ids)s::bigint[])
   AND (ended.amount <> 0 OR reversed.amount <> 0);

-- select_activity --
-- When points of some types were earned or spent (kinds earn, spend, hold, sent), as far back as open lots go.
SELECT t.member_id, t.point_type_id, (extract(epoch FROM t.occurred_at) * 1000000)::bigint
  FROM (SELECT member_id, point_type_id, min(least(active_at, earned_at)) AS since
          FROM ledger.lot
         WHERE member_id = ANY (%(member_ids)s::bigint[])
           AND point_type_id = ANY (%(point_type_ids)s::int[])
         GROUP BY member_id, point_type_id) AS l
  JOIN ledger.transfer AS t ON t.member_id = l.member_id AND t.point_type_id = l.point_type_id
 WHERE t.kind IN (1, 5, 8, 11)
   AND t.occurred_at >= l.since
 ORDER BY t.member_id, t.point_type_id, t.occurred_at;

-- select_open_holds --
-- The open holds of some members; their purses are locked by the caller.
SELECT member_id, id, program_id, point_type_id, amount, captured, status, reference,
       (extract(epoch FROM created_at) * 1000000)::bigint AS created_at,
       least(extract(epoch FROM expires_at) * 1000000, 9223372036854775807)::bigint AS expires_at,
       NULL::bigint AS closed_at, moved_to
  FROM ledger.hold
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND status = 'open'
 ORDER BY member_id, id;

-- select_hold --
-- One hold of a member, open or not.
SELECT member_id, id, program_id, point_type_id, amount, captured, status, reference,
       (extract(epoch FROM created_at) * 1000000)::bigint AS created_at,
       least(extract(epoch FROM expires_at) * 1000000, 9223372036854775807)::bigint AS expires_at,
       (extract(epoch FROM closed_at) * 1000000)::bigint AS closed_at, moved_to
  FROM ledger.hold
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND id = %(id)s;

-- select_lots_drawn --
-- The lots that some transfers drew and how much of each has not come back, with the lots as they are: for giving back.
-- A transfer's own draws count, and those of transfers that undo or complete it (reverses_id).
SELECT used.origin_id, used.amount,
       l.member_id, l.id, l.program_id, l.point_type_id, l.amount, l.remaining, l.pending, l.funding_account_id,
       (extract(epoch FROM l.earned_at) * 1000000)::bigint AS earned_at,
       least(extract(epoch FROM l.active_at) * 1000000, 9223372036854775807)::bigint AS active_at,
       least(extract(epoch FROM l.expires_at) * 1000000, 9223372036854775807)::bigint AS expires_at
  FROM (SELECT d.member_id, d.lot_id, o.origin_id, sum(d.amount)::bigint AS amount
          FROM unnest(%(member_ids)s::bigint[], %(origin_ids)s::bigint[], %(related_ids)s::bigint[])
               AS o (member_id, origin_id, related_id)
          JOIN ledger.transfer AS t
            ON t.member_id = o.member_id AND t.id >= o.origin_id
           AND (t.id = o.origin_id OR t.reverses_id IN (o.origin_id, o.related_id))
          JOIN ledger.draw AS d ON d.member_id = t.member_id AND d.transfer_id = t.id
         GROUP BY d.member_id, d.lot_id, o.origin_id) AS used
  JOIN ledger.lot AS l ON l.member_id = used.member_id AND l.id = used.lot_id
 WHERE used.amount > 0
 ORDER BY used.member_id, used.origin_id, l.expires_at, l.earned_at, l.id;

-- select_lots_of_holds --
-- The same of the open holds of some members: which lots each drew.
SELECT used.origin_id, used.amount,
       l.member_id, l.id, l.program_id, l.point_type_id, l.amount, l.remaining, l.pending, l.funding_account_id,
       (extract(epoch FROM l.earned_at) * 1000000)::bigint AS earned_at,
       least(extract(epoch FROM l.active_at) * 1000000, 9223372036854775807)::bigint AS active_at,
       least(extract(epoch FROM l.expires_at) * 1000000, 9223372036854775807)::bigint AS expires_at
  FROM (SELECT d.member_id, d.lot_id, o.id AS origin_id, sum(d.amount)::bigint AS amount
          FROM ledger.hold AS o
          JOIN ledger.transfer AS t
            ON t.member_id = o.member_id AND t.id >= o.id
           AND (t.id = o.id OR t.reverses_id = o.id)
          JOIN ledger.draw AS d ON d.member_id = t.member_id AND d.transfer_id = t.id
         WHERE o.member_id = ANY (%(member_ids)s::bigint[])
           AND o.status = 'open'
         GROUP BY d.member_id, d.lot_id, o.id) AS used
  JOIN ledger.lot AS l ON l.member_id = used.member_id AND l.id = used.lot_id
 WHERE used.amount > 0
 ORDER BY used.member_id, used.origin_id, l.expires_at, l.earned_at, l.id;

-- copy_transfers --
-- Write the transfers of a batch.
COPY ledger.transfer FROM STDIN (FORMAT binary);

-- copy_lots --
-- Write the lots that a batch opened.
COPY ledger.lot FROM STDIN (FORMAT binary);

-- copy_draws --
-- Write which lots were used by what.
COPY ledger.draw FROM STDIN (FORMAT binary);

-- update_lots --
-- Lots of earlier batches that were used, released or expired, or came back to life for days of grace.
UPDATE ledger.lot AS l
   SET remaining = c.remaining,
       pending = c.pending,
       active_at = CASE WHEN l.pending AND NOT c.pending
                        THEN timestamptz 'epoch' + c.active_us * interval '1 microsecond' ELSE l.active_at END,
       expires_at = coalesce(timestamptz 'epoch' + nullif(c.expires_us, 9223372036854775807) * interval '1 microsecond', 'infinity')
  FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(remaining)s::bigint[], %(pending)s::boolean[], %(active)s::bigint[],
              %(expires)s::bigint[])
       AS c (member_id, id, remaining, pending, active_us, expires_us)
 WHERE l.member_id = c.member_id
   AND l.id = c.id;

-- insert_holds --
-- Points set aside.
INSERT INTO ledger.hold (member_id, id, program_id, point_type_id, amount, captured, status, reference, created_at, expires_at,
                         closed_at, moved_to)
     SELECT member_id, id, program_id, point_type_id, amount, captured, status, reference,
            timestamptz 'epoch' + created_us * interval '1 microsecond',
            coalesce(timestamptz 'epoch' + nullif(expires_us, 9223372036854775807) * interval '1 microsecond', 'infinity'),
            timestamptz 'epoch' + closed_us * interval '1 microsecond', moved_to
       FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(program_ids)s::int[], %(point_type_ids)s::int[],
                   %(amounts)s::bigint[], %(captured)s::bigint[], %(statuses)s::text[], %(references)s::text[],
                   %(created)s::bigint[], %(expires)s::bigint[], %(closed)s::bigint[], %(moved)s::bigint[])
            AS h (member_id, id, program_id, point_type_id, amount, captured, status, reference, created_us, expires_us,
                  closed_us, moved_to);

-- update_holds --
-- Holds that were captured, voided, moved, or ended.
UPDATE ledger.hold AS h
   SET captured = c.captured,
       status = c.status,
       closed_at = timestamptz 'epoch' + c.closed_us * interval '1 microsecond',
       moved_to = c.moved_to
  FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(captured)s::bigint[], %(statuses)s::text[], %(closed)s::bigint[],
              %(moved)s::bigint[])
       AS c (member_id, id, captured, status, closed_us, moved_to)
 WHERE h.member_id = c.member_id
   AND h.id = c.id;

-- update_purses --
-- The balances and the state of every purse the batch touched; the checks on the row have the last word.
UPDATE ledger.purse AS p
   SET balances = c.balances::bigint[],
       debts = c.debts::bigint[],
       debt_max = c.debt_max,
       state = c.state
  FROM unnest(%(member_ids)s::bigint[], %(balances)s::text[], %(debts)s::text[], %(debt_max)s::bigint[], %(states)s::text[])
       AS c (member_id, balances, debts, debt_max, state)
 WHERE p.member_id = c.member_id;

-- update_purses_without_debts --
-- The same for purses that owe nothing and never did: nearly all of them, and a third of the bytes less.
UPDATE ledger.purse AS p
   SET balances = c.balances::bigint[],
       state = c.state
  FROM unnest(%(member_ids)s::bigint[], %(balances)s::text[], %(states)s::text[]) AS c (member_id, balances, state)
 WHERE p.member_id = c.member_id;

-- insert_notes --
-- What people wrote beside transfers.
INSERT INTO ledger.note (member_id, transfer_id, program_id, text)
     SELECT * FROM unnest(%(member_ids)s::bigint[], %(transfer_ids)s::bigint[], %(program_ids)s::int[], %(texts)s::text[]);
