-- wal_position --
-- How much was written ahead so far.
SELECT pg_current_wal_insert_lsn()::text;

-- select_held --
-- What members of a program hold, available and pending together, by point type; nothing where that is nothing.
SELECT t.code, sum(coalesce(p.balances[3 * t.slot + 1], 0) + coalesce(p.balances[3 * t.slot + 2], 0))::bigint
  FROM ledger.purse AS p
  JOIN programs.point_type AS t ON t.program_id = p.program_id
 WHERE p.program_id = %(program_id)s
 GROUP BY t.code
HAVING sum(coalesce(p.balances[3 * t.slot + 1], 0) + coalesce(p.balances[3 * t.slot + 2], 0)) > 0;
