-- select_funded --
-- Points awarded by account, net of what was taken back.
SELECT CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END,
       sum(CASE WHEN t.kind = 1 THEN t.amount ELSE -t.amount END)::bigint
  FROM ledger.transfer AS t
  JOIN ledger.account AS a
    ON a.id = CASE WHEN t.kind = 1 THEN t.debit_account_id ELSE t.credit_account_id END
   AND a.kind IN ('house', 'partner', 'campaign')
  JOIN programs.point_type AS p ON p.id = a.point_type_id AND p.code = 'points'
 WHERE t.program_id = %(program_id)s
   AND t.kind IN (1, 3, 13)
 GROUP BY 1
 ORDER BY 1;
