-- allow_long --
-- Making ten million rows takes minutes.
SELECT set_config('statement_timeout', '3600000', true), set_config('synchronous_commit', 'off', true);

-- fill_transfers --
-- A year of transfers: eight of ten awards, some spends, expiries and returns, in batches as the hot path writes them.
INSERT INTO ledger.transfer (member_id, id, program_id, point_type_id, debit_account_id, credit_account_id, amount, kind, event_id,
                             ruleset_version, occurred_at, posted_at, detail)
SELECT m.ids[1 + (g * 7919) %% cardinality(m.ids)], ((g / %(per_batch)s::bigint + 1) << 20) | (g %% %(per_batch)s) + 1,
       %(program_id)s, a.point_type_id,
       CASE WHEN g %% 10 < 8 THEN a.house ELSE a.available END,
       CASE WHEN g %% 10 < 8 THEN a.available WHEN g %% 10 = 8 THEN a.spent ELSE a.expired END,
       1 + (g * 31) %% 500, CASE WHEN g %% 10 < 8 THEN 1 WHEN g %% 10 = 8 THEN 5 ELSE 4 END,
       ((g / %(per_batch)s::bigint + 1) << 20) | (g %% %(per_batch)s) + 1,
       CASE WHEN g %% 10 < 8 THEN 1 END, t.at - (g %% 3) * interval '1 hour', t.at,
       CASE WHEN g %% 10 < 8 THEN '{"rules":[[' || g %% 5 || ',' || 1 + (g * 31) %% 500 || ']]}' END
  FROM generate_series(0, %(transfers)s::bigint - 1) AS g
 CROSS JOIN LATERAL (SELECT %(now)s::timestamptz - interval '364 days'
                            + (g / %(per_batch)s) * (interval '363 days' / (%(transfers)s::bigint / %(per_batch)s)) AS at) AS t
 CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM members.member WHERE program_id = %(program_id)s) AS m
 CROSS JOIN (SELECT p.id AS point_type_id,
                    max(x.id) FILTER (WHERE x.kind = 'house') AS house, max(x.id) FILTER (WHERE x.kind = 'available') AS available,
                    max(x.id) FILTER (WHERE x.kind = 'spent') AS spent, max(x.id) FILTER (WHERE x.kind = 'expired') AS expired
               FROM programs.point_type AS p JOIN ledger.account AS x ON x.point_type_id = p.id
              WHERE p.program_id = %(program_id)s AND p.slot = 0 GROUP BY p.id) AS a;

-- fill_batches --
-- The batches of those transfers, and the sequence behind them.
WITH batch AS (
    INSERT INTO events.batch (id, program_id, received_at, events)
         SELECT b + 1, %(program_id)s,
                %(now)s::timestamptz - interval '364 days' + b * (interval '363 days' / (%(transfers)s::bigint / %(per_batch)s)),
                %(per_batch)s
           FROM generate_series(0, (%(transfers)s::bigint - 1) / %(per_batch)s) AS b
    ON CONFLICT (id) DO UPDATE SET received_at = EXCLUDED.received_at
      RETURNING id
)
SELECT setval('events.batch_id_seq', max(id)) FROM batch;

-- analyse --
-- Let the planner know.
ANALYZE ledger.transfer, events.batch, ledger.account;

-- summarise --
-- As autovacuum would have done in a year.
SELECT brin_summarize_new_values('ledger.ledger_transfer_by_time'::regclass);

-- raw_points_by_month --
-- The ledger, by month.
SELECT to_char(t.occurred_at AT TIME ZONE %(zone)s, 'YYYY-MM'), sum(t.amount) FILTER (WHERE t.kind = 1),
       sum(t.amount) FILTER (WHERE t.kind = 5), sum(t.amount) FILTER (WHERE t.kind = 4)
  FROM ledger.transfer AS t
 WHERE t.program_id = %(program_id)s
   AND (t.occurred_at AT TIME ZONE %(zone)s)::date >= %(from_day)s AND (t.occurred_at AT TIME ZONE %(zone)s)::date < %(to_day)s
 GROUP BY 1;

-- raw_points_by_day --
-- The ledger, by day.
SELECT to_char(t.occurred_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD'), sum(t.amount) FILTER (WHERE t.kind = 1),
       sum(t.amount) FILTER (WHERE t.kind = 5), sum(t.amount) FILTER (WHERE t.kind = 4)
  FROM ledger.transfer AS t
 WHERE t.program_id = %(program_id)s
   AND (t.occurred_at AT TIME ZONE %(zone)s)::date >= %(from_day)s AND (t.occurred_at AT TIME ZONE %(zone)s)::date < %(to_day)s
 GROUP BY 1;

-- raw_points_by_funding --
-- The ledger, by who paid.
SELECT coalesce(nullif(d.owner, ''), c.owner), sum(t.amount) FILTER (WHERE t.kind = 1),
       sum(t.amount) FILTER (WHERE t.kind = 5), sum(t.amount) FILTER (WHERE t.kind = 4)
  FROM ledger.transfer AS t
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
 WHERE t.program_id = %(program_id)s
   AND (t.occurred_at AT TIME ZONE %(zone)s)::date >= %(from_day)s AND (t.occurred_at AT TIME ZONE %(zone)s)::date < %(to_day)s
 GROUP BY 1;

-- raw_points_by_rule --
-- The ledger, by rule: added up by place first, named afterwards.
WITH given AS (
    SELECT t.ruleset_version, (r.value ->> 0)::int AS place, sum((r.value ->> 1)::bigint) AS points
      FROM ledger.transfer AS t
     CROSS JOIN LATERAL jsonb_array_elements(t.detail::jsonb -> 'rules') AS r
     WHERE t.program_id = %(program_id)s
       AND t.kind = 1
       AND (t.occurred_at AT TIME ZONE %(zone)s)::date >= %(from_day)s AND (t.occurred_at AT TIME ZONE %(zone)s)::date < %(to_day)s
     GROUP BY 1, 2
)
SELECT (v.document -> 'rules' -> g.place) ->> 'code', sum(g.points)
  FROM given AS g
  JOIN rulesets.version AS v ON v.program_id = %(program_id)s AND v.version = g.ruleset_version
 GROUP BY 1;

-- copy_csv --
-- What an export of the same columns by the database's own means is.
COPY (SELECT member_id, id, point_type_id, kind, amount, debit_account_id, credit_account_id, event_id, reverses_id, ruleset_version,
             occurred_at, posted_at FROM ledger.transfer) TO STDOUT (FORMAT csv);

-- count_transfers --
-- How many there are.
SELECT count(*), sum(amount)::bigint FROM ledger.transfer;

-- count_exported --
-- DuckDB's: what the files hold.
SELECT count(*), sum(points)::BIGINT FROM '{files}';
