-- Partners' files, what did not match in them, and what becomes of it.

-- select_scale --
-- The most decimals of the points on a statement; NULL where it has no lines.
SELECT max(t.scale)
  FROM settlement.line AS l
  JOIN programs.point_type AS t ON t.id = l.point_type_id
 WHERE l.statement_id = %(statement_id)s;

-- select_items --
-- Lines of a statement by order (or by transfer where there is none) and side: what a partner's file is compared with.
-- Points of all types with so many decimals.
SELECT CASE WHEN l.kind IN ('burned', 'unburned') THEN 'burn' ELSE 'issue' END AS side, l.order_id,
       CASE WHEN l.order_id = '' THEN l.transfer_id ELSE 0 END AS transfer_id,
       sum(l.points * 10::numeric ^ (%(scale)s::int - t.scale))::bigint, sum(l.amount),
       min((l.occurred_at AT TIME ZONE %(zone)s)::date)
  FROM settlement.line AS l
  JOIN programs.point_type AS t ON t.id = l.point_type_id
 WHERE l.statement_id = %(statement_id)s
   AND l.kind NOT IN ('honoured', 'unhonoured')
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3;

-- insert_upload --
-- A partner's file and how it matched.
INSERT INTO settlement.upload (program_id, statement_id, rows, matched, exceptions, made_by, made_at)
     VALUES (%(program_id)s, %(statement_id)s, %(rows)s, %(matched)s, %(exceptions)s, %(by)s, %(now)s)
RETURNING id;

-- select_uploads --
-- A partner's files about a statement and how they matched, the latest first.
SELECT id, rows, matched, exceptions, made_by, made_at
  FROM settlement.upload
 WHERE statement_id = %(statement_id)s
 ORDER BY id DESC
 LIMIT 100;

-- withdraw_settled_exceptions --
-- Disputes of earlier files that the newest file no longer has.
UPDATE settlement.dispute
   SET status = 'withdrawn', closed_at = %(now)s
 WHERE statement_id = %(statement_id)s
   AND upload_id IS NOT NULL
   AND closed_at IS NULL
   AND kind || '/' || side || '/' || reference <> ALL (%(still)s::text[]);

-- insert_disputes --
-- Exceptions of a file as disputes; those that are open already stay as they are, and what was decided about the same figures is
-- not asked again.
INSERT INTO settlement.dispute (program_id, statement_id, kind, reference, side, ours, theirs, upload_id, opened_at)
     SELECT %(program_id)s, %(statement_id)s, kind, reference, side, ours::jsonb, theirs::jsonb, %(upload_id)s, %(now)s
       FROM unnest(%(kinds)s::text[], %(references)s::text[], %(sides)s::text[], %(ours)s::text[], %(theirs)s::text[])
            AS d (kind, reference, side, ours, theirs)
      WHERE NOT EXISTS (SELECT FROM settlement.dispute AS b
                         WHERE b.statement_id = %(statement_id)s AND b.status IN ('accepted', 'rejected')
                           AND b.kind = d.kind AND b.side = d.side AND b.reference = d.reference
                           AND b.ours = d.ours::jsonb AND b.theirs = d.theirs::jsonb)
ON CONFLICT (statement_id, kind, side, reference) WHERE closed_at IS NULL DO NOTHING;

-- insert_dispute --
-- A dispute that somebody opened by hand.
INSERT INTO settlement.dispute (program_id, statement_id, kind, reference, side, ours, theirs, opened_at)
     VALUES (%(program_id)s, %(statement_id)s, 'other', %(reference)s, '', '{}', '{}', %(now)s)
RETURNING id;

-- select_disputes --
-- Disputes of a program, a partner or a statement, the latest first.
SELECT d.id, d.statement_id, p.code, d.kind, d.reference, d.side, d.ours, d.theirs, d.status, d.adjustment, d.opened_at, d.closed_at
  FROM settlement.dispute AS d
  JOIN settlement.statement AS s ON s.id = d.statement_id
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE d.program_id = %(program_id)s
   AND (%(partner)s::text IS NULL OR p.code = %(partner)s)
   AND (%(statement_id)s::bigint IS NULL OR d.statement_id = %(statement_id)s)
   AND (NOT %(open)s OR d.closed_at IS NULL)
   AND d.id < %(before)s
 ORDER BY d.id DESC
 LIMIT %(limit)s;

-- lock_dispute --
-- One dispute, held.
SELECT d.id, d.statement_id, p.code, d.kind, d.reference, d.side, d.ours, d.theirs, d.status, d.adjustment, d.opened_at, d.closed_at
  FROM settlement.dispute AS d
  JOIN settlement.statement AS s ON s.id = d.statement_id
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE d.program_id = %(program_id)s
   AND d.id = %(id)s
   FOR UPDATE OF d;

-- update_dispute --
-- What becomes of a dispute.
UPDATE settlement.dispute
   SET status = %(status)s, adjustment = %(adjustment)s, closed_at = %(closed_at)s
 WHERE id = %(id)s;

-- count_open_disputes --
-- How many disputes of a statement are open.
SELECT count(*) FROM settlement.dispute WHERE statement_id = %(statement_id)s AND closed_at IS NULL;

-- insert_adjustment --
-- What a dispute changed.
INSERT INTO settlement.entry (program_id, statement_id, kind, code, amount, text, dispute_id, made_at)
     VALUES (%(program_id)s, %(statement_id)s, 'adjustment', %(code)s, %(amount)s, %(text)s, %(dispute_id)s, %(now)s);

-- insert_note --
-- What somebody wrote about a dispute.
INSERT INTO settlement.note (program_id, dispute_id, side, written_by, text, written_at)
     VALUES (%(program_id)s, %(dispute_id)s, %(side)s, %(by)s, %(text)s, %(now)s);

-- select_notes --
-- What was written about a dispute, in order.
SELECT side, written_by, text, written_at FROM settlement.note WHERE dispute_id = %(dispute_id)s ORDER BY id;
