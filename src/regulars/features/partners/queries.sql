-- Terms, agreements, blocks and tasks of partners.

-- select_terms --
-- The terms of every partner of a program that has some.
SELECT partner_id, document::text
  FROM partners.terms
 WHERE program_id = %(program_id)s
 ORDER BY partner_id;

-- upsert_terms --
-- What a partner agreed to, from now on.
INSERT INTO partners.terms (program_id, partner_id, document, changed_at)
     VALUES (%(program_id)s, %(partner_id)s, %(document)s::jsonb, %(now)s)
ON CONFLICT ON CONSTRAINT partners_terms_pk
  DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at;

-- delete_terms --
-- A partner without terms any more.
DELETE FROM partners.terms WHERE program_id = %(program_id)s AND partner_id = %(partner_id)s;

-- select_treasury --
-- The program's own side, without accounts that were named here once and are named in the settings of finance now.
SELECT (document #- '{books,prepaid}' #- '{books,points_sold}' #- '{books,points_honoured}' #- '{books,fees}')::text FROM partners.treasury WHERE program_id = %(program_id)s;

-- upsert_treasury --
-- The program's own side, from now on.
INSERT INTO partners.treasury (program_id, document, changed_at)
     VALUES (%(program_id)s, %(document)s::jsonb, %(now)s)
ON CONFLICT ON CONSTRAINT treasury_pkey
  DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at;

-- select_templates --
-- The templates of a program.
SELECT code, document::text FROM partners.template WHERE program_id = %(program_id)s ORDER BY code;

-- upsert_template --
-- A template as it is from now on.
INSERT INTO partners.template (program_id, code, document, changed_at)
     VALUES (%(program_id)s, %(code)s, %(document)s::jsonb, %(now)s)
ON CONFLICT ON CONSTRAINT partners_template_pk
  DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at;

-- delete_template --
-- A template nobody needs any more.
DELETE FROM partners.template WHERE program_id = %(program_id)s AND code = %(code)s;

-- select_agreements --
-- The agreements of a program with what was bought of their blocks so far.
SELECT a.id, a.code, a.account, a.point_type, a.payer, a.mode, a.basis, a.caps, a.fallback, a.reserve, a.reorder_at,
       a.valid_from, a.valid_until, a.point_type_id, a.payer_id,
       coalesce((SELECT sum(b.points) FROM partners.block_entry AS b WHERE b.agreement_id = a.id AND b.points > 0), 0)::bigint,
       a.archived_at IS NOT NULL
  FROM partners.agreement AS a
 WHERE a.program_id = %(program_id)s
 ORDER BY a.code;

-- lock_agreements --
-- Let nobody else change agreements of a program in the meantime.
SELECT pg_advisory_xact_lock(hashtextextended('partners.agreements', %(program_id)s));

-- upsert_agreement --
-- An agreement as it is from now on; what is fixed once made was compared by the caller.
INSERT INTO partners.agreement (program_id, code, account, point_type_id, point_type, payer_id, payer, mode, basis, caps, fallback,
                                reserve, reorder_at, valid_from, valid_until, changed_at)
     VALUES (%(program_id)s, %(code)s, %(account)s, %(point_type_id)s, %(point_type)s, %(payer_id)s, %(payer)s, %(mode)s, %(basis)s, %(caps)s::jsonb,
             %(fallback)s, %(reserve)s, %(reorder_at)s, %(valid_from)s, %(valid_until)s, %(now)s)
ON CONFLICT ON CONSTRAINT partners_agreement_code_once
  DO UPDATE SET caps = excluded.caps, fallback = excluded.fallback, reserve = excluded.reserve,
                reorder_at = excluded.reorder_at, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
                changed_at = excluded.changed_at, archived_at = NULL
RETURNING id;

-- update_agreement_archived --
-- An agreement that funds nothing any more; what was billed by it stays.
UPDATE partners.agreement SET archived_at = %(now)s WHERE program_id = %(program_id)s AND code = %(code)s AND archived_at IS NULL;

-- insert_block_entry --
-- Points bought ahead, or given back unused.
INSERT INTO partners.block_entry (program_id, agreement_id, points, price_minor, reference, made_by, made_at)
     VALUES (%(program_id)s, %(agreement_id)s, %(points)s, %(price_minor)s, %(reference)s, %(made_by)s, %(now)s)
RETURNING id;

-- select_block_entries --
-- Everything that was bought of a block and given back, the newest first.
SELECT id, points, price_minor, reference, made_by, made_at
  FROM partners.block_entry
 WHERE agreement_id = %(agreement_id)s
 ORDER BY id DESC;

-- insert_task --
-- Something to do about a block, once for a kind and a size of it; no row means that it was said before.
INSERT INTO partners.task (program_id, agreement_id, kind, bought, remaining, created_at)
     VALUES (%(program_id)s, %(agreement_id)s, %(kind)s, %(bought)s, %(remaining)s, %(now)s)
ON CONFLICT ON CONSTRAINT partners_task_once DO NOTHING
RETURNING id;

-- select_tasks --
-- Tasks of a program, the newest first; done ones only when asked for.
SELECT t.id, a.code, a.payer, t.kind, t.bought, t.remaining, t.created_at, t.done_at, t.done_by
  FROM partners.task AS t
  JOIN partners.agreement AS a ON a.id = t.agreement_id
 WHERE t.program_id = %(program_id)s
   AND (%(done)s OR t.done_at IS NULL)
   AND t.id < %(before)s
 ORDER BY t.id DESC
 LIMIT %(limit)s;

-- finish_tasks --
-- What was asked for has been bought, or has come back: the open tasks of an agreement are done, but for the kinds that are due still.
UPDATE partners.task
   SET done_at = %(now)s, done_by = %(by)s
 WHERE agreement_id = %(agreement_id)s
   AND done_at IS NULL
   AND kind <> ALL (%(still_due)s::text[]);

-- reopen_task --
-- What was due no more because points had come back is due again. What somebody has seen to stays done.
UPDATE partners.task
   SET done_at = NULL, done_by = '', remaining = %(remaining)s
 WHERE agreement_id = %(agreement_id)s
   AND kind = %(kind)s
   AND bought = %(bought)s
   AND done_at IS NOT NULL
   AND done_by = %(refilled)s;

-- update_task_done --
-- Somebody has seen to it.
UPDATE partners.task
   SET done_at = %(now)s, done_by = %(by)s
 WHERE program_id = %(program_id)s
   AND id = %(id)s
   AND done_at IS NULL;
