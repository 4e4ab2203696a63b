-- allow_long --
-- Reading all lots of a program takes longer than a request may; only this transaction is allowed to.
SELECT set_config('statement_timeout', '1800000', true), set_config('work_mem', '128MB', true);

-- select_lots_at --
-- What was left of lots at a past moment, by who funded them and the local month in which they end: what had happened by then and
-- was known by then. A transfer is known by when it was posted, or by its number.
WITH known AS (
    SELECT t.member_id, t.id
      FROM ledger.transfer AS t
     WHERE t.program_id = %(program_id)s
       AND t.occurred_at < %(at)s
       AND (%(known_at)s::timestamptz IS NULL OR t.posted_at < %(known_at)s::timestamptz)
       AND (%(beyond)s::bigint IS NULL OR t.id < %(beyond)s::bigint)
)
SELECT l.point_type_id, CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END,
       CASE WHEN l.expires_at = 'infinity' THEN NULL
            ELSE date_trunc('month', (l.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date END,
       sum(l.amount - coalesce(d.amount, 0))::bigint
  FROM ledger.lot AS l
  JOIN known AS k ON k.member_id = l.member_id AND k.id = l.id
  JOIN ledger.account AS a ON a.id = l.funding_account_id
  LEFT JOIN (SELECT d.member_id, d.lot_id, sum(d.amount) AS amount
               FROM ledger.draw AS d
               JOIN known AS k ON k.member_id = d.member_id AND k.id = d.transfer_id
              GROUP BY d.member_id, d.lot_id) AS d ON d.member_id = l.member_id AND d.lot_id = l.id
 WHERE l.program_id = %(program_id)s
 GROUP BY 1, 2, 3
HAVING sum(l.amount - coalesce(d.amount, 0)) <> 0
 ORDER BY 1, 2, 3;

-- select_sides_at --
-- What wallets held at a past moment, by their four sides.
SELECT t.point_type_id,
       sum(CASE WHEN c.kind = 'available' THEN t.amount ELSE 0 END - CASE WHEN d.kind = 'available' THEN t.amount ELSE 0 END)::bigint,
       sum(CASE WHEN c.kind = 'pending' THEN t.amount ELSE 0 END - CASE WHEN d.kind = 'pending' THEN t.amount ELSE 0 END)::bigint,
       sum(CASE WHEN c.kind = 'held' THEN t.amount ELSE 0 END - CASE WHEN d.kind = 'held' THEN t.amount ELSE 0 END)::bigint,
       sum(CASE WHEN d.kind = 'debt' THEN t.amount ELSE 0 END - CASE WHEN c.kind = 'debt' THEN t.amount ELSE 0 END)::bigint
  FROM ledger.transfer AS t
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  JOIN ledger.account AS d ON d.id = t.debit_account_id
 WHERE t.program_id = %(program_id)s
   AND t.occurred_at < %(at)s
   AND (%(known_at)s::timestamptz IS NULL OR t.posted_at < %(known_at)s::timestamptz)
   AND (%(beyond)s::bigint IS NULL OR t.id < %(beyond)s::bigint)
 GROUP BY 1
 ORDER BY 1;

-- select_movements --
-- Movements of points by month, point type, who funded them and what they were: of lots, so that every point spent is known to have
-- been this or that payer's. What is late for a closed period counts in the first open one. Months are local.
WITH fresh AS MATERIALIZED (
    SELECT t.member_id, t.id, t.kind, t.amount, t.point_type_id, t.reverses_id, t.debit_account_id, t.credit_account_id,
           date_trunc('month', t.occurred_at AT TIME ZONE %(zone)s)::date AS month
      FROM ledger.transfer AS t
     WHERE t.program_id = %(program_id)s
       AND t.occurred_at < %(before)s
       AND t.id < %(beyond)s
       AND (t.occurred_at >= %(opened_at)s OR t.id >= %(opened_beyond)s)
), moved AS (
    SELECT f.month, l.point_type_id, l.funding_account_id, f.kind, l.amount
      FROM fresh AS f
      JOIN ledger.lot AS l ON l.member_id = f.member_id AND l.id = f.id
     UNION ALL
    SELECT f.month, l.point_type_id, l.funding_account_id, f.kind, -d.amount
      FROM fresh AS f
      JOIN ledger.draw AS d ON d.member_id = f.member_id AND d.transfer_id = f.id
      JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
     WHERE f.kind NOT IN (8, 10)
     UNION ALL
    SELECT f.month, l.point_type_id, l.funding_account_id, f.kind, -d.amount
      FROM fresh AS f
      JOIN ledger.transfer AS v
        ON v.member_id = f.member_id AND v.id >= f.reverses_id AND v.id < %(beyond)s
       AND (v.id = f.reverses_id OR (v.kind = 10 AND v.reverses_id = f.reverses_id))
      JOIN ledger.draw AS d ON d.member_id = v.member_id AND d.transfer_id = v.id
      JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
     WHERE f.kind = 9
     UNION ALL
    SELECT f.month, f.point_type_id, NULL, f.kind,
           f.amount * ((c.kind IN ('available', 'pending', 'held'))::int - (d.kind IN ('available', 'pending', 'held'))::int)
      FROM fresh AS f
      JOIN ledger.account AS c ON c.id = f.credit_account_id
      JOIN ledger.account AS d ON d.id = f.debit_account_id
     WHERE f.point_type_id = ANY (%(without_lots)s::int[])
)
SELECT greatest(m.month, %(opened)s::date), m.point_type_id,
       coalesce(CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END, 'house'), m.kind,
       sum(m.amount)::bigint, coalesce(sum(m.amount) FILTER (WHERE m.month < %(opened)s::date), 0)::bigint
  FROM moved AS m
  LEFT JOIN ledger.account AS a ON a.id = m.funding_account_id
 GROUP BY 1, 2, 3, 4
HAVING sum(m.amount) <> 0
 ORDER BY 1, 2, 3, 4;

-- select_late_items --
-- Transfers that happened in a closed period and were posted after its close, with the date on which they happened.
SELECT t.id, t.member_id, t.occurred_at, t.posted_at, t.point_type_id, t.kind, t.amount
  FROM ledger.transfer AS t
 WHERE t.program_id = %(program_id)s
   AND t.occurred_at < %(opened_at)s
   AND t.id >= %(opened_beyond)s AND t.id < %(beyond)s
 ORDER BY t.id
 LIMIT %(limit)s;

-- select_first_month --
-- The local month of the first transfer of a program.
SELECT date_trunc('month', min(t.occurred_at) AT TIME ZONE %(zone)s)::date FROM ledger.transfer AS t WHERE t.program_id = %(program_id)s;

-- select_exits --
-- How lots were used up, by cohort (local month of earning), age in months at the time, and a group of members for resampling:
-- what came in, what was redeemed, what ended, what left otherwise. As known at a moment.
WITH known AS (
    SELECT t.member_id, t.id, t.kind, (t.occurred_at AT TIME ZONE %(zone)s) AS at
      FROM ledger.transfer AS t
     WHERE t.program_id = %(program_id)s AND t.point_type_id = %(point_type_id)s
       AND t.occurred_at < %(at)s AND t.posted_at < %(known_at)s
), moves AS (
    SELECT l.member_id, l.earned_at AT TIME ZONE %(zone)s AS earned, k.at, 'came' AS what, l.amount
      FROM ledger.lot AS l JOIN known AS k ON k.member_id = l.member_id AND k.id = l.id
     WHERE l.point_type_id = %(point_type_id)s
     UNION ALL
    SELECT l.member_id, l.earned_at AT TIME ZONE %(zone)s, k.at,
           CASE WHEN k.kind IN (5, 6, 8, 10) THEN 'redeemed' WHEN k.kind = 4 THEN 'expired' ELSE 'left' END, d.amount
      FROM ledger.draw AS d
      JOIN known AS k ON k.member_id = d.member_id AND k.id = d.transfer_id
      JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
     WHERE l.point_type_id = %(point_type_id)s
), aged AS (
    SELECT (hashint8(member_id) & 2147483647) %% %(groups)s AS bucket,
           extract(year FROM earned)::int * 12 + extract(month FROM earned)::int - 1 AS cohort,
           extract(year FROM at)::int * 12 + extract(month FROM at)::int - 1 AS month, what, amount
      FROM moves
)
SELECT bucket, cohort, greatest(0, month - cohort), what, sum(amount)::bigint
  FROM aged
 GROUP BY 1, 2, 3, 4;

-- select_history --
-- How lots came and were used up, by month of earning, of ending and of the move, with the first month before whose beginning it
-- was known, and before which the lot was known as well: `select_exits` and `select_open_points` for all months at once.
WITH known AS MATERIALIZED (
    SELECT t.member_id, t.id, t.kind, t.occurred_at AT TIME ZONE %(zone)s AS at,
           greatest(t.occurred_at, t.posted_at) AT TIME ZONE %(zone)s AS since
      FROM ledger.transfer AS t
     WHERE t.program_id = %(program_id)s AND t.point_type_id = %(point_type_id)s
       AND t.occurred_at < %(until)s AND t.posted_at < %(until)s
), came AS MATERIALIZED (
    SELECT l.member_id, l.id, l.amount, l.earned_at AT TIME ZONE %(zone)s AS earned,
           CASE WHEN l.expires_at = 'infinity' THEN NULL
                ELSE date_trunc('month', (l.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s) END AS ends,
           k.at, k.since
      FROM ledger.lot AS l
      LEFT JOIN known AS k ON k.member_id = l.member_id AND k.id = l.id
     WHERE l.program_id = %(program_id)s AND l.point_type_id = %(point_type_id)s
), moves AS (
    SELECT c.earned, c.ends, c.at, 'came' AS what, c.amount, c.since, c.since AS open_since FROM came AS c WHERE c.since IS NOT NULL
     UNION ALL
    SELECT c.earned, c.ends, k.at,
           CASE WHEN k.kind IN (5, 6, 8, 10) THEN 'redeemed' WHEN k.kind = 4 THEN 'expired' ELSE 'left' END,
           d.amount, k.since, CASE WHEN c.since IS NULL THEN NULL ELSE greatest(k.since, c.since) END
      FROM ledger.draw AS d
      JOIN known AS k ON k.member_id = d.member_id AND k.id = d.transfer_id
      JOIN came AS c ON c.member_id = d.member_id AND c.id = d.lot_id
), monthly AS (
    SELECT date_trunc('month', earned) AS earned, ends, date_trunc('month', at) AS at, what, sum(amount)::bigint AS points,
           date_trunc('month', since) AS since, date_trunc('month', open_since) AS open_since
      FROM moves
     GROUP BY 1, 2, 3, 4, 6, 7
)
SELECT extract(year FROM earned)::int * 12 + extract(month FROM earned)::int - 1,
       extract(year FROM ends)::int * 12 + extract(month FROM ends)::int - 1,
       extract(year FROM at)::int * 12 + extract(month FROM at)::int - 1, what, points,
       extract(year FROM since)::int * 12 + extract(month FROM since)::int,
       extract(year FROM open_since)::int * 12 + extract(month FROM open_since)::int
  FROM monthly;

-- select_open_points --
-- What was open at a moment, by cohort and the month in which it ends, and how much of it was redeemed until a later moment.
WITH known AS (
    SELECT t.member_id, t.id, t.kind, t.occurred_at < %(at)s AND t.posted_at < %(known_at)s AS before
      FROM ledger.transfer AS t
     WHERE t.program_id = %(program_id)s AND t.point_type_id = %(point_type_id)s AND t.occurred_at < %(until)s
), used AS (
    SELECT d.member_id, d.lot_id, coalesce(sum(d.amount) FILTER (WHERE k.before), 0) AS before,
           coalesce(sum(d.amount) FILTER (WHERE NOT k.before AND k.kind IN (5, 6, 8, 10)), 0) AS redeemed
      FROM ledger.draw AS d JOIN known AS k ON k.member_id = d.member_id AND k.id = d.transfer_id
     GROUP BY 1, 2
)
SELECT extract(year FROM l.earned_at AT TIME ZONE %(zone)s)::int * 12 + extract(month FROM l.earned_at AT TIME ZONE %(zone)s)::int - 1,
       CASE WHEN l.expires_at = 'infinity' THEN NULL
            ELSE extract(year FROM (l.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::int * 12
                 + extract(month FROM (l.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::int - 1 END,
       sum(l.amount - coalesce(u.before, 0))::bigint, coalesce(sum(u.redeemed), 0)::bigint
  FROM ledger.lot AS l
  JOIN known AS k ON k.member_id = l.member_id AND k.id = l.id AND k.before
  LEFT JOIN used AS u ON u.member_id = l.member_id AND u.lot_id = l.id
 WHERE l.program_id = %(program_id)s AND l.point_type_id = %(point_type_id)s
   AND l.amount > coalesce(u.before, 0)
 GROUP BY 1, 2
 ORDER BY 1, 2;

-- select_periods --
-- The periods of a program that were ever closed, with the close that counts.
SELECT p.period, p.version, p.closed, c.ends, c.until_batch, c.digest, c.closed_by, c.closed_at
  FROM finance.period AS p
  JOIN finance.close AS c ON c.program_id = p.program_id AND c.period = p.period AND c.version = p.version
 WHERE p.program_id = %(program_id)s
 ORDER BY p.period;

-- lock_program_closes --
-- One close or reopening of a program at a time.
SELECT pg_advisory_xact_lock(hashtext('regulars.finance.close'), %(program_id)s);

-- select_report --
-- The report of a close as it was then.
SELECT report::text, digest, closed_by, closed_at, until_batch FROM finance.close
 WHERE program_id = %(program_id)s AND period = %(period)s AND version = %(version)s;

-- insert_close --
-- A period is closed for the first time, or again.
INSERT INTO finance.close (program_id, period, version, ends, until_batch, report, digest, closed_by, closed_at)
     VALUES (%(program_id)s, %(period)s,
             (SELECT coalesce(max(version), 0) + 1 FROM finance.close WHERE program_id = %(program_id)s AND period = %(period)s),
             %(ends)s, %(until_batch)s, %(report)s::jsonb, %(digest)s, %(closed_by)s, %(closed_at)s)
  RETURNING version;

-- upsert_period --
-- Whether a period is closed.
INSERT INTO finance.period (program_id, period, version, closed)
     VALUES (%(program_id)s, %(period)s, %(version)s, %(closed)s)
ON CONFLICT ON CONSTRAINT finance_period_pk DO UPDATE SET version = EXCLUDED.version, closed = EXCLUDED.closed;
