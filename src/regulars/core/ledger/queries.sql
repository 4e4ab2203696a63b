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
       CASE WHEN active_at = 'infinity' THEN 9223372036854775807
            ELSE (extract(epoch FROM active_at) * 1000000)::bigint END AS active_at,
       CASE WHEN expires_at = 'infinity' THEN 9223372036854775807
            ELSE (extract(epoch FROM expires_at) * 1000000)::bigint END AS expires_at
  FROM ledger.lot
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND remaining > 0;

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
-- Lots of earlier batches that were used, released or expired.
UPDATE ledger.lot AS l
   SET remaining = c.remaining,
       pending = c.pending,
       active_at = CASE WHEN l.pending AND NOT c.pending THEN to_timestamp(c.active_us / 1000000.0) ELSE l.active_at END
  FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(remaining)s::bigint[], %(pending)s::boolean[], %(active)s::bigint[])
       AS c (member_id, id, remaining, pending, active_us)
 WHERE l.member_id = c.member_id
   AND l.id = c.id;

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
