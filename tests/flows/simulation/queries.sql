-- select_held --
-- What members of a program hold, available and pending together, by point type; nothing where that is nothing.
SELECT t.code, sum(coalesce(p.balances[3 * t.slot + 1], 0) + coalesce(p.balances[3 * t.slot + 2], 0))::bigint
  FROM ledger.purse AS p
  JOIN programs.point_type AS t ON t.program_id = p.program_id
 WHERE p.program_id = %(program_id)s
 GROUP BY t.code
HAVING sum(coalesce(p.balances[3 * t.slot + 1], 0) + coalesce(p.balances[3 * t.slot + 2], 0)) > 0;

-- count_everything --
-- Rows of every table that rating could write, and the sequence it numbers batches from.
SELECT (SELECT count(*) FROM events.event), (SELECT count(*) FROM events.identity), (SELECT count(*) FROM ledger.transfer),
       (SELECT count(*) FROM ledger.lot), (SELECT count(*) FROM members.member), (SELECT count(*) FROM accrual.budget),
       (SELECT count(*) FROM accrual.effect), (SELECT count(*) FROM events.batch), (SELECT last_value FROM events.batch_id_seq),
       (SELECT md5(string_agg(p::text, ',' ORDER BY member_id)) FROM ledger.purse AS p);

-- delete_jobs --
-- Forget every job, as happens two weeks after it ended.
DELETE FROM jobs.job;
