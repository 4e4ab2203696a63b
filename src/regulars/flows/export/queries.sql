-- allow_long --
-- Exporting takes longer than a request may; only this transaction is allowed to.
SELECT set_config('statement_timeout', '3600000', true), set_config('work_mem', '128MB', true);

-- lock_folder --
-- One exporter a program and folder.
SELECT pg_advisory_xact_lock(hashtext('regulars.flows.export'), hashtext(%(program_id)s || ':' || %(folder)s || ':' || %(format)s));

-- select_open_run --
-- The export that was begun and not finished.
SELECT id, program_id, folder, format, after_batch, until_batch, done_batch, rows, files, started_at, finished_at
  FROM export.run
 WHERE program_id = %(program_id)s AND folder = %(folder)s AND format = %(format)s AND finished_at IS NULL;

-- insert_run --
-- Begin where the last export to this folder ended.
INSERT INTO export.run (program_id, folder, format, after_batch, until_batch, done_batch, started_at)
     SELECT %(program_id)s, %(folder)s, %(format)s, b.after, greatest(b.after, %(until)s), b.after, %(now)s
       FROM (SELECT coalesce(max(until_batch), 0) AS after FROM export.run
              WHERE program_id = %(program_id)s AND folder = %(folder)s AND format = %(format)s) AS b
  RETURNING id, program_id, folder, format, after_batch, until_batch, done_batch, rows, files, started_at, finished_at;

-- move_run --
-- So much more is on the disk; a piece that somebody else did already changes nothing.
UPDATE export.run
   SET done_batch = %(done)s, rows = rows + %(rows)s, files = files + %(files)s
 WHERE id = %(id)s AND done_batch = %(from_batch)s;

-- finish_run --
-- Everything is on the disk.
UPDATE export.run SET finished_at = %(now)s, done_batch = until_batch, rows = rows + %(rows)s, files = files + %(files)s
 WHERE id = %(id)s AND finished_at IS NULL;

-- select_runs --
-- The exports of a program, the latest first.
SELECT id, program_id, folder, format, after_batch, until_batch, done_batch, rows, files, started_at, finished_at
  FROM export.run WHERE program_id = %(program_id)s ORDER BY id DESC LIMIT %(limit)s;

-- select_slices --
-- The batches of a run cut into slices of about so many events: the same slices whenever it is asked.
SELECT slice, max(id), min(received_at), max(received_at)
  FROM (SELECT id, received_at, ((sum(greatest(events, 1)) OVER (ORDER BY id) - 1) / %(events)s)::bigint AS slice
          FROM events.batch
         WHERE id > %(after)s AND id <= %(until)s) AS b
 GROUP BY slice
 ORDER BY slice;

-- copy_transfers --
-- Transfers as columns of eight-byte numbers in one row, because a message for each row costs more than the row. Small numbers share one; what few
-- transfers have (what they reverse) is said of those alone.
COPY (
    SELECT string_agg(int8send(t.member_id), NULL),
           string_agg(int8send(t.id), NULL),
           string_agg(int8send(t.amount), NULL),
           string_agg(int8send(t.debit_account_id::bigint | (t.credit_account_id::bigint << 32)), NULL),
           string_agg(int8send(t.point_type_id::bigint | (t.kind::bigint << 24) | (coalesce(t.ruleset_version, 0)::bigint << 40)), NULL),
           string_agg(int8send(coalesce(t.event_id, 0)), NULL),
           string_agg(timestamptz_send(t.occurred_at), NULL),
           string_agg(timestamptz_send(t.posted_at), NULL),
           string_agg(int8send(t.reverses_id), NULL) FILTER (WHERE t.reverses_id IS NOT NULL),
           string_agg(int8send(t.id), NULL) FILTER (WHERE t.reverses_id IS NOT NULL)
      FROM ledger.transfer AS t
     WHERE t.posted_at BETWEEN %(from_at)s::timestamptz AND %(to_at)s::timestamptz
       AND t.id > %(first)s AND t.id < %(beyond)s
       AND t.program_id = %(program_id)s
) TO STDOUT (FORMAT binary);

-- copy_lots --
-- Lots as they were opened, with their end as it is now. An instant of infinity is the greatest number.
COPY (
    SELECT string_agg(int8send(l.member_id), NULL),
           string_agg(int8send(l.id), NULL),
           string_agg(int8send(l.amount), NULL),
           string_agg(int8send(l.point_type_id::bigint | (l.funding_account_id::bigint << 32)), NULL),
           string_agg(timestamptz_send(l.earned_at), NULL),
           string_agg(timestamptz_send(l.expires_at), NULL),
           string_agg(timestamptz_send(t.posted_at), NULL)
      FROM ledger.transfer AS t
      JOIN ledger.lot AS l ON l.member_id = t.member_id AND l.id = t.id
     WHERE t.posted_at BETWEEN %(from_at)s::timestamptz AND %(to_at)s::timestamptz
       AND t.id > %(first)s AND t.id < %(beyond)s
       AND t.program_id = %(program_id)s
) TO STDOUT (FORMAT binary);

-- copy_draws --
-- Uses of lots.
COPY (
    SELECT string_agg(int8send(d.member_id), NULL),
           string_agg(int8send(d.transfer_id), NULL),
           string_agg(int8send(d.lot_id), NULL),
           string_agg(int8send(d.amount), NULL),
           string_agg(timestamptz_send(t.posted_at), NULL)
      FROM ledger.transfer AS t
      JOIN ledger.draw AS d ON d.member_id = t.member_id AND d.transfer_id = t.id
     WHERE t.posted_at BETWEEN %(from_at)s::timestamptz AND %(to_at)s::timestamptz
       AND t.id > %(first)s AND t.id < %(beyond)s
       AND t.program_id = %(program_id)s
) TO STDOUT (FORMAT binary);

-- copy_accounts --
-- The accounts that transfers name.
COPY (SELECT a.id, p.code AS point_type, a.kind, a.owner FROM ledger.account AS a JOIN programs.point_type AS p ON p.id = a.point_type_id
       WHERE a.program_id = %(program_id)s ORDER BY a.id) TO STDOUT (FORMAT csv, HEADER);

-- copy_point_types --
-- The point types that transfers name.
COPY (SELECT id, code, name, kind, scale FROM programs.point_type WHERE program_id = %(program_id)s ORDER BY id)
  TO STDOUT (FORMAT csv, HEADER);

-- copy_members --
-- Members without a word about who they are: a number, since when, what became of them, and their tiers.
COPY (SELECT m.id, m.status, m.joined_at, m.merged_into, extract(year FROM m.birthday)::int AS birth_year,
             (SELECT string_agg(s.key, ' ' ORDER BY s.key)
                FROM (SELECT DISTINCT ON (tier_set) tier_set || ':' || tier AS key FROM tiers.standing
                       WHERE member_id = m.id ORDER BY tier_set, id DESC) AS s) AS tiers
        FROM members.member AS m
       WHERE m.program_id = %(program_id)s) TO STDOUT (FORMAT csv, HEADER);

-- copy_orders --
-- Orders as they are after their refunds, as the roll-ups know them.
COPY (SELECT event_id, nullif(member_id, 0) AS member_id, day, store, partner, channel, source_id, units, units_left, gross, net
        FROM reporting.order_fact WHERE program_id = %(program_id)s ORDER BY event_id) TO STDOUT (FORMAT csv, HEADER);

-- copy_flows --
-- Movements of points by day, as reports add them up.
COPY (SELECT day, posted_day, point_type_id, kind, debit_account_id, credit_account_id, transfers, points
        FROM reporting.flow WHERE program_id = %(program_id)s ORDER BY 1, 2, 3, 4, 5, 6) TO STDOUT (FORMAT csv, HEADER);

-- copy_sales --
-- Sales by day and dimension, as reports add them up.
COPY (SELECT dimension, day, key, orders, units, units_left, gross, net
        FROM reporting.sale WHERE program_id = %(program_id)s AND grain = 'day' ORDER BY 1, 2, 3) TO STDOUT (FORMAT csv, HEADER);

-- copy_statements --
-- Accounts with partners.
COPY (SELECT s.id, p.code AS partner, s.first_day, s.end_day, s.status, s.version, s.total, s.issued_at, s.settled_at, s.due_on
        FROM settlement.statement AS s JOIN programs.partner AS p ON p.id = s.partner_id
       WHERE s.program_id = %(program_id)s ORDER BY s.id) TO STDOUT (FORMAT csv, HEADER);
