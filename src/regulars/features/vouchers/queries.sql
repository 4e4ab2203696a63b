-- upsert_definition --
-- Make a kind of vouchers, or change it when it has the expected revision; no row means that it has another one.
INSERT INTO vouchers.definition AS d (program_id, code, document, zone, uses_total, updated_at)
     VALUES (%(program_id)s, %(code)s, %(document)s, %(zone)s, %(uses_total)s, %(now)s)
ON CONFLICT ON CONSTRAINT vouchers_definition_once
  DO UPDATE SET document = EXCLUDED.document,
                zone = EXCLUDED.zone,
                uses_total = EXCLUDED.uses_total,
                revision = d.revision + 1,
                updated_at = EXCLUDED.updated_at,
                archived_at = NULL
  RETURNING id;

-- recount_uses --
-- Count all uses of a kind anew: its bound begins to count now.
UPDATE vouchers.definition AS d
   SET uses = (SELECT count(*)
                 FROM vouchers.use AS u
                WHERE u.program_id = d.program_id
                  AND u.definition_id = d.id
                  AND u.status IN ('reserved', 'used'))
 WHERE d.id = %(id)s;

-- lock_definition --
-- A kind of vouchers, held while it is changed.
SELECT id, program_id, document, zone, revision, archived_at
  FROM vouchers.definition
 WHERE program_id = %(program_id)s
   AND code = %(code)s
   FOR UPDATE;

-- select_definition --
-- A kind of vouchers by its code.
SELECT id, program_id, document, zone, revision, archived_at
  FROM vouchers.definition
 WHERE program_id = %(program_id)s
   AND code = %(code)s;

-- select_definitions --
-- Kinds of vouchers in the order of their codes.
SELECT id, program_id, document, zone, revision, archived_at
  FROM vouchers.definition
 WHERE program_id = %(program_id)s
   AND code > %(after)s
   AND (%(archived)s OR archived_at IS NULL)
 ORDER BY code
 LIMIT %(limit)s;

-- archive_definition --
-- Vouchers of this kind cannot be used or issued any more.
UPDATE vouchers.definition
   SET archived_at = %(now)s,
       revision = revision + 1,
       updated_at = %(now)s
 WHERE id = %(id)s;

-- count_codes --
-- How the codes of a kind stand.
SELECT count(*) FILTER (WHERE status = 'stock'),
       count(*) FILTER (WHERE status = 'issued'),
       count(*) FILTER (WHERE status = 'void'),
       coalesce(sum(uses), 0),
       coalesce(sum(reserved), 0)
  FROM vouchers.voucher
 WHERE definition_id = %(definition_id)s;

-- lock_vouchers --
-- Hold codes in their order: whoever uses several waits for others instead of meeting them crosswise.
SELECT reserved
  FROM vouchers.voucher
 WHERE program_id = %(program_id)s
   AND code = ANY (%(codes)s::text[])
 ORDER BY code
   FOR UPDATE;

-- select_vouchers --
-- Codes with their kind and what decides whether this member can use them at this instant.
SELECT v.program_id, v.code, v.definition_id, d.document, v.status, v.member_id, v.uses_max, v.uses,
       v.reserved - coalesce(l.lapsed, 0), v.issued_at, v.valid_until, v.last_used_at,
       d.archived_at IS NOT NULL,
       d.document LIKE '%%"audience":%%'
           AND EXISTS (SELECT FROM vouchers.audience AS a
                        WHERE a.member_id = %(member_id)s
                          AND a.program_id = v.program_id
                          AND a.audience = d.document::jsonb ->> 'audience'),
       coalesce(m.uses, 0), d.uses, l.until
  FROM vouchers.voucher AS v
  JOIN vouchers.definition AS d ON d.id = v.definition_id
  LEFT JOIN vouchers.member_count AS m
    ON m.member_id = %(member_id)s AND m.program_id = v.program_id AND m.definition_id = v.definition_id
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE u.until <= %(now)s) AS lapsed,
                            min(u.until) FILTER (WHERE u.until > %(now)s) AS until
                       FROM vouchers.use AS u
                      WHERE v.reserved > 0
                        AND u.program_id = v.program_id
                        AND u.code = v.code
                        AND u.status = 'reserved') AS l ON true
 WHERE v.program_id = %(program_id)s
   AND v.code = ANY (%(codes)s::text[]);

-- take_vouchers --
-- Count a use of each code as set aside, where it may be used as often; the rows are held already, in their order.
UPDATE vouchers.voucher
   SET reserved = reserved + 1
 WHERE program_id = %(program_id)s
   AND code = ANY (%(codes)s::text[])
   AND status = 'issued'
   AND (uses_max IS NULL OR uses + reserved < uses_max)
RETURNING code;

-- insert_uses --
-- Set codes aside for a basket.
INSERT INTO vouchers.use (program_id, code, reservation, definition_id, member_id, status, until, reserved_at)
     SELECT %(program_id)s, code, %(reservation)s, definition_id, %(member_id)s, 'reserved', %(until)s, %(now)s
       FROM unnest(%(codes)s::text[], %(definition_ids)s::int[]) AS u (code, definition_id);

-- count_member_use --
-- Count uses of a kind by a member, while they stay within what one may; no row means that they would not.
INSERT INTO vouchers.member_count AS m (member_id, program_id, definition_id, uses)
     VALUES (%(member_id)s, %(program_id)s, %(definition_id)s, %(uses)s)
ON CONFLICT ON CONSTRAINT vouchers_member_count_pk
  DO UPDATE SET uses = m.uses + EXCLUDED.uses
          WHERE %(limit)s::int IS NULL OR m.uses + EXCLUDED.uses <= %(limit)s
  RETURNING uses;

-- count_kind_use --
-- Count uses of a kind by anybody, while they stay within its bound; no row means that they would not.
UPDATE vouchers.definition
   SET uses = uses + %(uses)s
 WHERE id = %(definition_id)s
   AND (uses_total IS NULL OR uses + %(uses)s <= uses_total)
RETURNING uses;

-- select_reserved --
-- What is or was set aside under a reservation.
SELECT program_id, code, definition_id, member_id, status, order_id, used_at
  FROM vouchers.use
 WHERE reservation = %(reservation)s
 ORDER BY code;

-- select_lapsed --
-- Codes of these whose reservations are over though nobody has said so.
SELECT DISTINCT program_id, code
  FROM vouchers.use
 WHERE status = 'reserved'
   AND until <= %(now)s
 ORDER BY program_id, code
 LIMIT %(limit)s;

-- end_uses --
-- Give back what was set aside or used: the codes are held already. All counts follow in this statement.
WITH ended AS (
    UPDATE vouchers.use
       SET status = %(status)s,
           ended_at = %(now)s
     WHERE program_id = %(program_id)s
       AND code = ANY (%(codes)s::text[])
       AND status = %(was)s
       AND (%(reservation)s::text IS NULL OR reservation = %(reservation)s)
       AND (%(order_id)s::text IS NULL OR order_id = %(order_id)s)
       AND (%(was)s <> 'reserved' OR %(reservation)s::text IS NOT NULL OR until <= %(now)s)
 RETURNING code, definition_id, member_id
), codes AS (
    UPDATE vouchers.voucher AS v
       SET reserved = v.reserved - CASE WHEN %(was)s = 'reserved' THEN e.uses ELSE 0 END,
           uses = v.uses - CASE WHEN %(was)s = 'used' THEN e.uses ELSE 0 END
      FROM (SELECT code, count(*)::int AS uses FROM ended GROUP BY code) AS e
     WHERE v.program_id = %(program_id)s
       AND v.code = e.code
), members AS (
    UPDATE vouchers.member_count AS m
       SET uses = m.uses - e.uses
      FROM (SELECT member_id, definition_id, count(*)::int AS uses FROM ended GROUP BY member_id, definition_id) AS e
     WHERE m.member_id = e.member_id
       AND m.program_id = %(program_id)s
       AND m.definition_id = e.definition_id
), kinds AS (
    UPDATE vouchers.definition AS d
       SET uses = greatest(0, d.uses - e.uses)
      FROM (SELECT definition_id, count(*) AS uses FROM ended GROUP BY definition_id) AS e
     WHERE d.id = e.definition_id
       AND d.uses_total IS NOT NULL
)
SELECT code, member_id
  FROM ended
 ORDER BY code;

-- use_reserved --
-- What was set aside is used by an order: the codes are held already.
WITH used AS (
    UPDATE vouchers.use
       SET status = 'used',
           order_id = %(order_id)s,
           member_id = coalesce(member_id, %(member_id)s),
           used_at = %(now)s
     WHERE reservation = %(reservation)s
       AND status = 'reserved'
 RETURNING program_id, code
)
UPDATE vouchers.voucher AS v
   SET reserved = v.reserved - 1,
       uses = v.uses + 1,
       last_used_at = %(now)s
  FROM used
 WHERE v.program_id = used.program_id
   AND v.code = used.code
RETURNING v.code;

-- select_uses_of_order --
-- The codes that an order used.
SELECT code
  FROM vouchers.use
 WHERE program_id = %(program_id)s
   AND order_id = %(order_id)s
   AND status = 'used'
   AND (%(codes)s::text[] IS NULL OR code = ANY (%(codes)s::text[]))
 ORDER BY code;

-- claim_issue --
-- One code for one cause for ever: whoever comes second waits here, and then finds the code that was given.
INSERT INTO vouchers.issue (member_id, program_id, cause, definition_id, event_id, rule, issued_at)
     VALUES (%(member_id)s, %(program_id)s, %(cause)s, %(definition_id)s, %(event_id)s, %(rule)s, %(now)s)
ON CONFLICT ON CONSTRAINT vouchers_issue_pk DO NOTHING;

-- select_issue --
-- The code that was given for a cause.
SELECT code
  FROM vouchers.issue
 WHERE member_id = %(member_id)s
   AND program_id = %(program_id)s
   AND cause = %(cause)s;

-- update_issue --
-- Note the code that is given for a cause.
UPDATE vouchers.issue
   SET code = %(code)s
 WHERE member_id = %(member_id)s
   AND program_id = %(program_id)s
   AND cause = %(cause)s;

-- hand_out --
-- Give a code of the pool to a member; what somebody else is giving away at this moment is passed over.
UPDATE vouchers.voucher AS v
   SET status = 'issued',
       member_id = %(member_id)s,
       issued_at = %(now)s,
       valid_until = %(valid_until)s
  FROM (SELECT program_id, code
          FROM vouchers.voucher
         WHERE definition_id = %(definition_id)s
           AND status = 'stock'
         LIMIT 1
           FOR UPDATE SKIP LOCKED) AS free
 WHERE v.program_id = free.program_id
   AND v.code = free.code
RETURNING v.code;

-- select_known --
-- Which of some codes exist, and of which kind.
SELECT code, definition_id
  FROM vouchers.voucher
 WHERE program_id = %(program_id)s
   AND code = ANY (%(codes)s::text[]);

-- select_patterns --
-- The patterns by which the codes of a program are made, of archived kinds too.
SELECT id, document::jsonb ->> 'pattern'
  FROM vouchers.definition
 WHERE program_id = %(program_id)s
   AND document LIKE '%%"pattern":"%%'
 ORDER BY id;

-- insert_voucher --
-- Make a code; no row means that it exists, or that it does without its hyphens (`bare`; NULL = they matter).
INSERT INTO vouchers.voucher (program_id, code, definition_id, status, member_id, uses_max, issued_at, valid_until)
     SELECT %(program_id)s, %(code)s, %(definition_id)s, 'issued', %(member_id)s, %(uses_max)s, %(now)s, %(valid_until)s
      WHERE NOT EXISTS (SELECT
                          FROM vouchers.voucher AS o
                         WHERE o.program_id = %(program_id)s AND o.code = %(bare)s AND o.code <> %(code)s)
ON CONFLICT ON CONSTRAINT vouchers_voucher_pk DO NOTHING
  RETURNING code;

-- insert_vouchers --
-- Make many codes of a pattern, those left out that exist, with their hyphens or without.
INSERT INTO vouchers.voucher (program_id, code, definition_id, status, uses_max, issued_at, valid_until)
     SELECT %(program_id)s, code, %(definition_id)s, %(status)s, %(uses_max)s, %(issued_at)s, %(valid_until)s
       FROM unnest(%(codes)s::text[]) AS c (code)
      WHERE NOT EXISTS (SELECT
                          FROM vouchers.voucher AS o
                         WHERE o.program_id = %(program_id)s
                           AND o.code = replace(c.code, '-', '')
                           AND o.code <> c.code)
ON CONFLICT ON CONSTRAINT vouchers_voucher_pk DO NOTHING;

-- void_vouchers --
-- Take codes back that nobody is using, the first ones of them: what was used stays used. The codes are held already.
UPDATE vouchers.voucher
   SET status = 'void'
 WHERE program_id = %(program_id)s
   AND code IN (SELECT code
                  FROM vouchers.voucher
                 WHERE program_id = %(program_id)s
                   AND code = ANY (%(codes)s::text[])
                   AND status <> 'void'
                   AND (NOT %(unused_only)s OR uses + reserved = 0)
                 ORDER BY code
                 LIMIT %(limit)s::bigint)
RETURNING code, member_id;

-- select_page --
-- Codes of a kind in their order.
SELECT v.program_id, v.code, v.definition_id, d.document, v.status, v.member_id, v.uses_max, v.uses, v.reserved,
       v.issued_at, v.valid_until, v.last_used_at
  FROM vouchers.voucher AS v
  JOIN vouchers.definition AS d ON d.id = v.definition_id
 WHERE v.definition_id = %(definition_id)s
   AND v.code > %(after)s
   AND (%(status)s::text IS NULL OR v.status = %(status)s)
 ORDER BY v.code
 LIMIT %(limit)s;

-- select_of_member --
-- The codes a member holds.
SELECT v.program_id, v.code, v.definition_id, d.document, v.status, v.member_id, v.uses_max, v.uses, v.reserved,
       v.issued_at, v.valid_until, v.last_used_at
  FROM vouchers.voucher AS v
  JOIN vouchers.definition AS d ON d.id = v.definition_id
 WHERE v.member_id = %(member_id)s
   AND v.program_id = %(program_id)s
   AND v.code > %(after)s
 ORDER BY v.code
 LIMIT %(limit)s;

-- select_history --
-- Every use of a code.
SELECT reservation, member_id, status, order_id, until, reserved_at, used_at, ended_at
  FROM vouchers.use
 WHERE program_id = %(program_id)s
   AND code = %(code)s
 ORDER BY reserved_at, reservation
 LIMIT %(limit)s;

-- stream_codes --
-- Every code of a kind, for an export.
SELECT code, status, member_id, uses_max, uses, issued_at, valid_until, last_used_at
  FROM vouchers.voucher
 WHERE definition_id = %(definition_id)s
   AND (%(status)s::text IS NULL OR status = %(status)s)
 ORDER BY code;

-- insert_audience --
-- Put members on a list of whom vouchers are for.
INSERT INTO vouchers.audience (member_id, program_id, audience)
     SELECT member_id, %(program_id)s, %(audience)s
       FROM unnest(%(member_ids)s::bigint[]) AS m (member_id)
ON CONFLICT DO NOTHING;

-- delete_audience --
-- Take members off such a list.
DELETE FROM vouchers.audience
 WHERE program_id = %(program_id)s
   AND audience = %(audience)s
   AND member_id = ANY (%(member_ids)s::bigint[]);

-- count_audience --
-- How many members are on such a list.
SELECT count(*)
  FROM vouchers.audience
 WHERE program_id = %(program_id)s
   AND audience = %(audience)s;

-- open_batch --
-- Begin a batch of codes, or go on with one.
INSERT INTO vouchers.batch (program_id, definition_id, origin, mark, bearer, uses_max, wanted, created_at, bytes_done,
                            lines_done)
     VALUES (%(program_id)s, %(definition_id)s, %(origin)s, %(mark)s, %(bearer)s, %(uses_max)s, %(wanted)s, %(now)s,
             %(bytes_done)s, %(lines_done)s)
ON CONFLICT ON CONSTRAINT vouchers_batch_once DO NOTHING;

-- lock_batch --
-- A batch as it stands, held while a piece of it is written.
SELECT id, program_id, definition_id, origin, bearer, uses_max, wanted, done, refused, bytes_done, lines_done,
       error_bytes, created_at, finished_at
  FROM vouchers.batch
 WHERE program_id = %(program_id)s
   AND origin = %(origin)s
   AND mark = %(mark)s
   FOR UPDATE;

-- select_batch --
-- A batch by its number.
SELECT id, program_id, definition_id, origin, bearer, uses_max, wanted, done, refused, bytes_done, lines_done,
       error_bytes, created_at, finished_at
  FROM vouchers.batch
 WHERE program_id = %(program_id)s
   AND id = %(id)s;

-- select_batches --
-- Batches of a kind, the latest first.
SELECT id, program_id, definition_id, origin, bearer, uses_max, wanted, done, refused, bytes_done, lines_done,
       error_bytes, created_at, finished_at
  FROM vouchers.batch
 WHERE program_id = %(program_id)s
   AND definition_id = %(definition_id)s
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- update_batch --
-- How far a batch has come.
UPDATE vouchers.batch
   SET done = %(done)s,
       refused = %(refused)s,
       bytes_done = %(bytes_done)s,
       lines_done = %(lines_done)s,
       error_bytes = %(error_bytes)s,
       finished_at = %(finished_at)s
 WHERE id = %(id)s;

-- copy_incoming --
-- Codes of one piece of a file.
COPY vouchers.incoming (batch_id, line, code) FROM STDIN;

-- move_incoming --
-- Make vouchers of a piece's codes: the first of equal ones, those that exist left out.
INSERT INTO vouchers.voucher (program_id, code, definition_id, status, uses_max, issued_at, valid_until)
     SELECT %(program_id)s, code, %(definition_id)s, %(status)s, %(uses_max)s, %(issued_at)s, %(valid_until)s
       FROM vouchers.incoming
      WHERE batch_id = %(batch_id)s
ON CONFLICT ON CONSTRAINT vouchers_voucher_pk DO NOTHING
  RETURNING code;

-- delete_incoming --
-- What has been moved is not incoming any more.
DELETE FROM vouchers.incoming
 WHERE batch_id = %(batch_id)s;

-- take_try --
-- Count a code that is tried before it is known to be wrong; no row means that the caller has tried too many.
INSERT INTO vouchers.guess AS g (program_id, caller, tries, since)
     VALUES (%(program_id)s, %(caller)s, %(tries)s, %(now)s)
ON CONFLICT ON CONSTRAINT vouchers_guess_pk
  DO UPDATE SET tries = CASE WHEN g.since <= %(window_start)s THEN 0 ELSE g.tries END + EXCLUDED.tries,
                since = CASE WHEN g.since <= %(window_start)s THEN EXCLUDED.since ELSE g.since END
          WHERE g.since <= %(window_start)s OR g.tries + EXCLUDED.tries <= %(tries_max)s
  RETURNING tries;

-- select_try --
-- Since when a caller's tries are counted.
SELECT since
  FROM vouchers.guess
 WHERE program_id = %(program_id)s
   AND caller = %(caller)s;

-- give_tries_back --
-- The codes were right.
UPDATE vouchers.guess
   SET tries = greatest(0, tries - %(tries)s)
 WHERE program_id = %(program_id)s
   AND caller = %(caller)s;

