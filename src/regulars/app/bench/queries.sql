-- select_program_id --
-- The program of the bench.
SELECT id FROM programs.program WHERE code = %(code)s;

-- select_member_ids --
-- Everybody in the program of the bench.
SELECT id FROM members.member WHERE program_id = %(program_id)s ORDER BY id;

-- insert_progress --
-- The nights since the program was published have been followed up: else all of them would be, at the next fifth minute and
-- in the middle of what is measured.
INSERT INTO upkeep.progress (program_id, done_until, updated_at) VALUES (%(program_id)s, now(), now());

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

-- index_batches --
-- Find the rows of a batch: once the books are verified, nobody else needs these tables.
CREATE INDEX ON events.event ((id >> 20));
CREATE INDEX ON events.identity ((event_id >> 20));
CREATE INDEX ON ledger.transfer ((id >> 20));
CREATE INDEX ON ledger.lot ((id >> 20));
CREATE INDEX ON tiers.standing ((id >> 20));
ANALYZE events.event, events.identity, ledger.transfer, ledger.lot, tiers.standing;

-- select_batches --
-- Every batch in the order it was written, which half its members belong to, and who they are.
SELECT e.id >> 20,
       (min(e.member_id) > (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY member_id) FROM ledger.purse))::int,
       array_agg(DISTINCT e.member_id)
  FROM events.event AS e
 GROUP BY 1
 ORDER BY 1;

-- dump_events --
-- The events of a batch as they were written.
COPY (SELECT * FROM events.event WHERE id >> 20 = {batch}) TO STDOUT (FORMAT binary);

-- dump_identities --
-- The keys that the batch admitted.
COPY (SELECT * FROM events.identity WHERE event_id >> 20 = {batch} ORDER BY program_id, source_id, key) TO STDOUT (FORMAT binary);

-- dump_transfers --
-- Its transfers.
COPY (SELECT * FROM ledger.transfer WHERE id >> 20 = {batch}) TO STDOUT (FORMAT binary);

-- dump_lots --
-- Its lots.
COPY (SELECT * FROM ledger.lot WHERE id >> 20 = {batch}) TO STDOUT (FORMAT binary);

-- dump_standings --
-- The changes of tier it brought.
COPY (SELECT * FROM tiers.standing WHERE id >> 20 = {batch}) TO STDOUT (FORMAT binary);

-- create_copies --
-- Identical empty tables, with the same keys, checks and indexes, and purses with the same room for a new version.
CREATE SCHEMA copied;
CREATE TABLE copied.event (LIKE events.event INCLUDING ALL);
CREATE TABLE copied.identity (LIKE events.identity INCLUDING ALL);
CREATE TABLE copied.transfer (LIKE ledger.transfer INCLUDING ALL);
CREATE TABLE copied.lot (LIKE ledger.lot INCLUDING ALL) WITH (fillfactor = 90);
CREATE TABLE copied.standing (LIKE tiers.standing INCLUDING ALL);
CREATE TABLE copied.purse (LIKE ledger.purse INCLUDING ALL) WITH (fillfactor = 70);
CREATE TABLE copied.batch (LIKE events.batch INCLUDING ALL);

-- copy_first_purses --
-- Every member has an empty purse before her first order.
INSERT INTO copied.purse (member_id, program_id)
     SELECT member_id, program_id FROM ledger.purse ORDER BY member_id;

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

-- copy_standings --
-- The baseline: nothing but the rows.
COPY copied.standing FROM STDIN (FORMAT binary);

-- update_copied_purses --
-- The account update of every member of the batch.
UPDATE copied.purse AS c
   SET balances = p.balances,
       debts = p.debts,
       debt_max = p.debt_max,
       state = p.state
  FROM ledger.purse AS p
 WHERE p.member_id = c.member_id
   AND c.member_id = ANY (%(member_ids)s::bigint[]);

-- insert_copied_batch --
-- The batch itself.
INSERT INTO copied.batch (id, program_id, received_at, events)
     SELECT id, program_id, received_at, events FROM events.batch WHERE id = %(id)s;
