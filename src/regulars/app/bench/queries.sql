-- select_program_id --
-- The program of the bench.
SELECT id FROM programs.program WHERE code = %(code)s;

-- select_member_ids --
-- Everybody in the program of the bench.
SELECT id FROM members.member WHERE program_id = %(program_id)s ORDER BY id;

-- select_backend_pid --
-- The process that serves this connection; its parent is the server.
SELECT pg_backend_pid();

-- count_events --
-- Events written and accepted, messages and orders admitted, tiers reached: each event once.
SELECT (SELECT count(*) FROM events.event),
       (SELECT count(*) FROM events.event WHERE status = 0),
       (SELECT count(*) FROM events.identity WHERE source_id > 0),
       (SELECT count(*) FROM events.identity WHERE source_id = 0),
       (SELECT count(*) FROM ledger.transfer),
       (SELECT count(*) FROM ledger.lot),
       (SELECT count(*) FROM tiers.standing),
       (SELECT coalesce(sum(events), 0) FROM events.batch),
       (SELECT count(*) FROM events.batch);

-- count_strays --
-- Purses that differ from their transfers, purses that differ from their lots, and what all accounts come to: all must be 0.
WITH moved AS (
    SELECT t.member_id, p.slot,
           sum(CASE WHEN c.kind = 'available' THEN t.amount ELSE 0 END)
               - sum(CASE WHEN d.kind = 'available' THEN t.amount ELSE 0 END) AS amount
      FROM ledger.transfer AS t
      JOIN ledger.account AS c ON c.id = t.credit_account_id
      JOIN ledger.account AS d ON d.id = t.debit_account_id
      JOIN programs.point_type AS p ON p.id = t.point_type_id
     GROUP BY t.member_id, p.slot
), open_lots AS (
    SELECT l.member_id, p.slot, sum(l.remaining) AS amount
      FROM ledger.lot AS l
      JOIN programs.point_type AS p ON p.id = l.point_type_id
     GROUP BY l.member_id, p.slot
), accounts AS (
    SELECT sum(change) AS amount
      FROM (SELECT credit_account_id AS id, amount AS change FROM ledger.transfer
             UNION ALL
            SELECT debit_account_id, -amount FROM ledger.transfer) AS changes
)
SELECT (SELECT count(*)
          FROM ledger.wallet_v1 AS w
          LEFT JOIN moved AS m ON m.member_id = w.member_id AND m.slot = w.slot
         WHERE w.available <> coalesce(m.amount, 0)),
       (SELECT count(*)
          FROM open_lots AS o
          LEFT JOIN ledger.wallet_v1 AS w ON w.member_id = o.member_id AND w.slot = o.slot
         WHERE w.available IS DISTINCT FROM o.amount),
       (SELECT coalesce(amount, 0) FROM accounts);

-- dump_even_events --
-- The rows as they were written, in the order of the table, half of the members.
COPY (SELECT * FROM events.event WHERE member_id % 2 = 0) TO STDOUT (FORMAT binary);

-- dump_odd_events --
-- The other half.
COPY (SELECT * FROM events.event WHERE member_id % 2 = 1) TO STDOUT (FORMAT binary);

-- dump_even_identities --
-- Half of the admitted keys.
COPY (SELECT * FROM events.identity WHERE member_id % 2 = 0) TO STDOUT (FORMAT binary);

-- dump_odd_identities --
-- The other half.
COPY (SELECT * FROM events.identity WHERE member_id % 2 = 1) TO STDOUT (FORMAT binary);

-- dump_even_transfers --
-- Half of the transfers.
COPY (SELECT * FROM ledger.transfer WHERE member_id % 2 = 0) TO STDOUT (FORMAT binary);

-- dump_odd_transfers --
-- The other half.
COPY (SELECT * FROM ledger.transfer WHERE member_id % 2 = 1) TO STDOUT (FORMAT binary);

-- dump_even_lots --
-- Half of the lots.
COPY (SELECT * FROM ledger.lot WHERE member_id % 2 = 0) TO STDOUT (FORMAT binary);

-- dump_odd_lots --
-- The other half.
COPY (SELECT * FROM ledger.lot WHERE member_id % 2 = 1) TO STDOUT (FORMAT binary);

-- dump_even_purses --
-- Half of the purses.
COPY (SELECT * FROM ledger.purse WHERE member_id % 2 = 0) TO STDOUT (FORMAT binary);

-- dump_odd_purses --
-- The other half.
COPY (SELECT * FROM ledger.purse WHERE member_id % 2 = 1) TO STDOUT (FORMAT binary);

-- create_copies --
-- Identical empty tables, with the same keys, checks and indexes.
CREATE SCHEMA copied;
CREATE TABLE copied.event (LIKE events.event INCLUDING ALL);
CREATE TABLE copied.identity (LIKE events.identity INCLUDING ALL);
CREATE TABLE copied.transfer (LIKE ledger.transfer INCLUDING ALL);
CREATE TABLE copied.lot (LIKE ledger.lot INCLUDING ALL);
CREATE TABLE copied.purse (LIKE ledger.purse INCLUDING ALL);

-- copy_events --
-- The baseline: nothing but the rows.
COPY copied.event FROM STDIN (FORMAT binary);

-- copy_identities --
-- The baseline: nothing but the rows.
COPY copied.identity FROM STDIN (FORMAT binary);

-- copy_transfers --
-- The baseline: nothing but the rows.
COPY copied.transfer FROM STDIN (FORMAT binary);

-- copy_lots --
-- The baseline: nothing but the rows.
COPY copied.lot FROM STDIN (FORMAT binary);

-- copy_purses --
-- The baseline: nothing but the rows.
COPY copied.purse FROM STDIN (FORMAT binary);
