-- Agreements and what was used of them, joined across partners, programs and accrual.

-- next_revision --
-- The program's configuration has changed: whoever holds an older one reads it again.
UPDATE programs.program SET revision = revision + 1 WHERE id = %(program_id)s;

-- select_used --
-- What agreements have given, by bound and period; only the periods asked for.
SELECT owner, measure, period, used
  FROM accrual.budget
 WHERE program_id = %(program_id)s
   AND starts_with(owner, 'funding:')
   AND period = ANY (%(periods)s::text[]);

-- withdraw_from_block --
-- Take points out of a block, only while it holds them: what is withdrawn counts as used, so that no batch draws it too.
INSERT INTO accrual.budget AS b (program_id, owner, measure, period, used)
     SELECT %(program_id)s, %(owner)s, %(measure)s, %(period)s, %(points)s
      WHERE %(points)s <= %(bought)s
ON CONFLICT ON CONSTRAINT accrual_budget_pk
  DO UPDATE SET used = b.used + excluded.used
          WHERE b.used + excluded.used <= %(bought)s
RETURNING used;

-- lock_block --
-- What was used of a block, held until the transaction ends.
SELECT used
  FROM accrual.budget
 WHERE program_id = %(program_id)s AND owner = %(owner)s AND measure = %(measure)s AND period = %(period)s
   FOR UPDATE;

-- select_funded_by_event --
-- The transfers of an event whose points somebody funded, and those that took them back, with who did.
SELECT t.member_id, t.id, t.point_type_id, t.amount, t.kind, t.reverses_id, t.posted_at, t.detail,
       CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END AS account
  FROM ledger.transfer AS t
  JOIN ledger.account AS a
    ON a.id = CASE WHEN t.kind = 1 THEN t.debit_account_id ELSE t.credit_account_id END
   AND a.kind IN ('house', 'partner', 'campaign')
 WHERE t.program_id = %(program_id)s
   AND t.member_id = %(member_id)s
   AND t.kind IN (1, 3, 13)
   AND (t.event_id = %(event_id)s
        OR t.reverses_id IN (SELECT o.id FROM ledger.transfer AS o
                              WHERE o.member_id = %(member_id)s AND o.event_id = %(event_id)s AND o.kind = 1))
 ORDER BY t.id;

-- select_event_member --
-- Whose an event is.
SELECT member_id FROM events.event WHERE program_id = %(program_id)s AND id = %(event_id)s;

-- select_drawn_funders --
-- Whose points a spend (or the hold behind a capture) used: by funding account, net of what came back.
SELECT CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END AS account, sum(d.amount)::bigint
  FROM ledger.transfer AS t
  JOIN ledger.draw AS d ON d.member_id = t.member_id AND d.transfer_id = t.id
  JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
  JOIN ledger.account AS a ON a.id = l.funding_account_id
 WHERE t.program_id = %(program_id)s
   AND t.member_id = %(member_id)s
   AND (t.id IN (%(id)s, %(origin)s) OR t.reverses_id IN (%(id)s, %(origin)s))
 GROUP BY 1
 ORDER BY 1;

-- select_spend --
-- A spend or capture of a program: its member, its points, and the transfer that drew the lots.
SELECT member_id, point_type_id, amount, CASE WHEN kind = 9 THEN reverses_id ELSE id END AS origin
  FROM ledger.transfer
 WHERE program_id = %(program_id)s AND id = %(id)s AND kind IN (5, 9);

-- select_block_sums --
-- Of every prepaid agreement: what was bought, withdrawn, counted as used, and what the ledger says was drawn.
SELECT a.code,
       p.code,
       coalesce((SELECT sum(b.points) FROM partners.block_entry AS b WHERE b.agreement_id = a.id AND b.points > 0), 0)::bigint,
       coalesce((SELECT -sum(b.points) FROM partners.block_entry AS b WHERE b.agreement_id = a.id AND b.points < 0), 0)::bigint,
       coalesce((SELECT g.used FROM accrual.budget AS g
                  WHERE g.program_id = a.program_id AND g.owner = 'funding:' || a.code AND starts_with(g.measure, 'block/')), 0)::bigint,
       coalesce((SELECT sum(CASE WHEN t.kind = 1 THEN t.amount ELSE -t.amount END)
                   FROM ledger.account AS l
                   JOIN ledger.transfer AS t
                     ON (t.kind = 1 AND t.debit_account_id = l.id) OR (t.kind IN (3, 13) AND t.credit_account_id = l.id)
                  WHERE l.program_id = a.program_id AND l.point_type_id = a.point_type_id
                    AND l.kind || ':' || l.owner = a.account AND t.program_id = a.program_id), 0)::bigint
  FROM partners.agreement AS a
  JOIN programs.point_type AS p ON p.id = a.point_type_id
 WHERE a.program_id = %(program_id)s
   AND a.mode = 'prepaid'
 ORDER BY a.code;

-- select_programs_with_blocks --
-- The programs in which a block may have to be bought again.
SELECT DISTINCT program_id FROM partners.agreement WHERE mode = 'prepaid' ORDER BY program_id;
