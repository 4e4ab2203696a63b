-- select_changed_members --
-- What rules made of members who have any tag.
SELECT attributes, tags, lists FROM members.member WHERE tags <> '{}' ORDER BY id;

-- forget_dues --
-- A close as it was kept before dues were.
UPDATE finance.close SET report = report - 'dues';

-- forget_fees --
-- A close as it was kept before fees were.
UPDATE finance.close
   SET report = jsonb_set(report - 'fees', '{dues}',
                          (SELECT coalesce(jsonb_agg(d), '[]') FROM jsonb_array_elements(report -> 'dues') AS d WHERE d ->> 'kind' <> 'fee'));

-- insert_old_treasury --
-- A program's own side as it was written when the treasury named accounts that the settings of finance name now.
INSERT INTO partners.treasury (program_id, document, changed_at)
     VALUES (%(program_id)s, '{"books": {"bank": "1010 Bank", "prepaid": "2310", "points_sold": "4010", "points_honoured": "5010", "fees": "4110"}}', now());

-- select_effects --
-- Effects that were recorded for others to carry out.
SELECT kind, arguments::jsonb FROM accrual.effect ORDER BY kind;

-- select_paid --
-- What each payer's account of the redeemable points stands at; who pays is below nothing.
SELECT a.owner AS owner, -sum(t.amount)::bigint
  FROM ledger.transfer AS t
  JOIN ledger.account AS a ON a.id = t.debit_account_id
 WHERE a.kind = 'partner'
 GROUP BY a.owner
UNION ALL
SELECT a.kind, -sum(t.amount)::bigint
  FROM ledger.transfer AS t
  JOIN ledger.account AS a ON a.id = t.debit_account_id
  JOIN programs.point_type AS p ON p.id = a.point_type_id
 WHERE a.kind = 'house'
   AND p.code = 'points'
 GROUP BY a.kind;

-- select_members_with_points --
-- Everybody with what she can spend.
SELECT m.id, m.status, coalesce(sum(w.available), 0)::bigint
  FROM members.member AS m
  LEFT JOIN ledger.wallet_v1 AS w ON w.member_id = m.id
 GROUP BY m.id, m.status
 ORDER BY m.id;

-- select_notices --
-- What subscribers hear of.
SELECT notices FROM events.batch WHERE notices IS NOT NULL ORDER BY id;

-- select_lines_before --
-- Of a statement, what happened before a day (UTC): how many lines, and what was issued for.
SELECT count(*)::bigint, coalesce(sum(amount) FILTER (WHERE kind IN ('issued', 'reversed', 'redeemed', 'unredeemed')), 0)
  FROM settlement.line
 WHERE statement_id = %(statement_id)s AND occurred_at < %(day)s::date AT TIME ZONE 'UTC';
