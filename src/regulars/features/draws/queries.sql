-- upsert_draw --
-- Make a draw, or change one.
INSERT INTO draws.draw AS d (program_id, code, document, updated_at)
     VALUES (%(program_id)s, %(code)s, %(document)s, %(now)s)
ON CONFLICT ON CONSTRAINT draws_draw_once
  DO UPDATE SET document = EXCLUDED.document,
                status = CASE WHEN d.status = 'archived' THEN 'draft' ELSE d.status END,
                revision = d.revision + 1,
                updated_at = EXCLUDED.updated_at;

-- select_draw --
-- A draw as it stands.
SELECT id, program_id, document, status, revision, seed, revealed_seed, salt, commitment, entries_digest, public_value,
       plays, opened_at, closed_at, revealed_at
  FROM draws.draw
 WHERE program_id = %(program_id)s
   AND code = %(code)s;

-- lock_draw --
-- A draw, held while its state changes.
SELECT id, program_id, document, status, revision, seed, revealed_seed, salt, commitment, entries_digest, public_value,
       plays, opened_at, closed_at, revealed_at
  FROM draws.draw
 WHERE program_id = %(program_id)s
   AND code = %(code)s
   FOR UPDATE;

-- share_draw --
-- A draw that must not close while a ticket is entered; others may enter theirs at the same time.
SELECT id, program_id, document, status, revision, seed, revealed_seed, salt, commitment, entries_digest, public_value,
       plays, opened_at, closed_at, revealed_at
  FROM draws.draw
 WHERE program_id = %(program_id)s
   AND code = %(code)s
   FOR KEY SHARE;

-- select_draws --
-- Draws in the order of their codes.
SELECT id, program_id, document, status, revision, seed, revealed_seed, salt, commitment, entries_digest, public_value,
       plays, opened_at, closed_at, revealed_at
  FROM draws.draw
 WHERE program_id = %(program_id)s
   AND code > %(after)s
   AND status <> 'archived'
 ORDER BY code
 LIMIT %(limit)s;

-- open_draw --
-- The seed is fixed from here on, and sealed; its hash may be published.
UPDATE draws.draw
   SET status = 'open',
       seed = %(seed)s,
       salt = %(salt)s,
       commitment = %(commitment)s,
       places = %(places)s,
       opened_at = %(now)s,
       revision = revision + 1,
       updated_at = %(now)s
 WHERE id = %(id)s;

-- close_draw --
-- No ticket is entered any more; the result is fixed, and nobody sees it yet.
UPDATE draws.draw
   SET status = 'closed',
       entries_digest = %(entries_digest)s,
       public_value = %(public_value)s,
       closed_at = %(now)s,
       revision = revision + 1,
       updated_at = %(now)s
 WHERE id = %(id)s;

-- reveal_draw --
-- The seed and the winners may be seen.
UPDATE draws.draw
   SET status = 'revealed',
       seed = NULL,
       revealed_seed = %(seed)s,
       revealed_at = %(now)s,
       revision = revision + 1,
       updated_at = %(now)s
 WHERE id = %(id)s;

-- archive_draw --
-- A draw that never opened goes away.
UPDATE draws.draw
   SET status = 'archived',
       revision = revision + 1,
       updated_at = %(now)s
 WHERE id = %(id)s;

-- insert_entry --
-- Enter tickets once per cause, while the member stays within the bound; no row means one of both.
INSERT INTO draws.entry (draw_id, program_id, member_id, tickets, cause, entered_at)
     SELECT %(draw_id)s, %(program_id)s, %(member_id)s, %(tickets)s, %(cause)s, %(now)s
ON CONFLICT ON CONSTRAINT draws_entry_once_per_cause DO NOTHING
  RETURNING id;

-- select_entry --
-- The entry of a cause.
SELECT id
  FROM draws.entry
 WHERE draw_id = %(draw_id)s
   AND cause = %(cause)s;

-- lock_member --
-- One member's tickets of a draw are counted by one transaction at a time.
SELECT pg_advisory_xact_lock(hashtextextended(%(draw_id)s::text || ':' || %(member_id)s::text, 7401));

-- count_tickets --
-- How many tickets or plays a member has.
SELECT coalesce((SELECT sum(tickets)
                   FROM draws.entry
                  WHERE draw_id = %(draw_id)s AND member_id = %(member_id)s AND cancelled_at IS NULL), 0)
     + (SELECT count(*) FROM draws.play WHERE draw_id = %(draw_id)s AND member_id = %(member_id)s);

-- cancel_entry --
-- Tickets whose cause came back leave the draw while it is open; it does not close meanwhile, whoever closes it waits.
WITH open AS MATERIALIZED (
    SELECT d.id
      FROM draws.draw AS d
     WHERE d.status = 'open'
       AND d.id IN (SELECT draw_id FROM draws.entry WHERE program_id = %(program_id)s AND cause = %(cause)s)
       FOR KEY SHARE
)
UPDATE draws.entry AS e
   SET cancelled_at = %(now)s
  FROM open
 WHERE e.program_id = %(program_id)s
   AND e.cause = %(cause)s
   AND e.cancelled_at IS NULL
   AND e.draw_id = open.id
RETURNING e.id;

-- select_entries --
-- All tickets of a draw, in the order in which they are published.
SELECT id, member_id, tickets
  FROM draws.entry
 WHERE draw_id = %(draw_id)s
   AND cancelled_at IS NULL
 ORDER BY id;

-- select_held --
-- A member's tickets and plays, latest first, with the prizes that each won: of a draw once it is revealed.
-- Kind 0 is an entry with its number, kind 1 a play with its place.
WITH held AS (
    (SELECT e.draw_id, 0 AS kind, e.id AS number, e.tickets, e.entered_at AS at, e.cancelled_at
       FROM draws.entry AS e
      WHERE e.member_id = ANY (%(member_ids)s::bigint[])
        AND e.program_id = %(program_id)s
        AND (%(at)s::numeric IS NULL
             OR ((extract(epoch FROM e.entered_at) * 1000000)::bigint, e.draw_id, 0, e.id)
                < (%(at)s::numeric, %(draw_id)s::numeric, %(kind)s::numeric, %(number)s::numeric))
      ORDER BY e.entered_at DESC, e.draw_id DESC, e.id DESC
      LIMIT %(limit)s)
     UNION ALL
    (SELECT p.draw_id, 1, p.place, 1, p.played_at, NULL
       FROM draws.play AS p
      WHERE p.member_id = ANY (%(member_ids)s::bigint[])
        AND p.program_id = %(program_id)s
        AND (%(at)s::numeric IS NULL
             OR ((extract(epoch FROM p.played_at) * 1000000)::bigint, p.draw_id, 1, p.place)
                < (%(at)s::numeric, %(draw_id)s::numeric, %(kind)s::numeric, %(number)s::numeric))
      ORDER BY p.played_at DESC, p.draw_id DESC, p.place DESC
      LIMIT %(limit)s)
)
SELECT h.draw_id, d.document, d.status, h.kind, h.number, h.tickets, h.at, h.cancelled_at, w.prizes, w.delivered
  FROM held AS h
  JOIN draws.draw AS d ON d.id = h.draw_id
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(p.prize ORDER BY p.number), '{}') AS prizes,
                            coalesce(array_agg(p.delivered IS NOT NULL ORDER BY p.number), '{}') AS delivered
                       FROM draws.prize AS p
                      WHERE p.draw_id = h.draw_id
                        AND CASE h.kind WHEN 0 THEN p.entry_id = h.number AND d.status = 'revealed'
                                        ELSE p.place = h.number AND p.member_id IS NOT NULL END) AS w
 ORDER BY h.at DESC, h.draw_id DESC, h.kind DESC, h.number DESC
 LIMIT %(limit)s;

-- insert_prizes --
-- Every single prize of the pool, with the mark of the winning place of an instant win.
INSERT INTO draws.prize (draw_id, number, prize, mark)
     SELECT %(draw_id)s, number, prize, mark
       FROM unnest(%(numbers)s::int[], %(prizes)s::text[], %(marks)s::bytea[]) AS p (number, prize, mark);

-- set_places --
-- Where the prizes lay that nobody played, for everybody to check: no more is played.
UPDATE draws.prize AS p
   SET place = w.place
  FROM unnest(%(numbers)s::int[], %(places)s::bigint[]) AS w (number, place)
 WHERE p.draw_id = %(draw_id)s
   AND p.number = w.number
   AND p.place IS NULL;

-- set_winners --
-- Who won which prize of a draw.
UPDATE draws.prize AS p
   SET entry_id = e.id,
       member_id = e.member_id,
       won_at = %(now)s
  FROM unnest(%(numbers)s::int[], %(entry_ids)s::bigint[]) AS w (number, entry_id)
  JOIN draws.entry AS e ON e.draw_id = %(draw_id)s AND e.id = w.entry_id
 WHERE p.draw_id = %(draw_id)s
   AND p.number = w.number;

-- claim_place --
-- The next play takes the next place, while there is one.
UPDATE draws.draw
   SET plays = plays + 1
 WHERE id = %(draw_id)s
   AND status = 'open'
   AND plays < places
RETURNING plays - 1;

-- insert_play --
-- A play takes its place, once per cause.
INSERT INTO draws.play (draw_id, place, program_id, member_id, cause, played_at)
     VALUES (%(draw_id)s, %(place)s, %(program_id)s, %(member_id)s, %(cause)s, %(now)s);

-- select_play --
-- The place that was played for a cause.
SELECT place
  FROM draws.play
 WHERE draw_id = %(draw_id)s
   AND cause = %(cause)s;

-- win_place --
-- The prize that lies at a place goes to whoever played it.
UPDATE draws.prize
   SET member_id = %(member_id)s,
       place = %(place)s,
       won_at = %(now)s
 WHERE draw_id = %(draw_id)s
   AND mark = %(mark)s
   AND member_id IS NULL
RETURNING draw_id, number, prize, place, entry_id, member_id, delivered;

-- select_won --
-- The prize that was won at a place.
SELECT draw_id, number, prize, place, entry_id, member_id, delivered
  FROM draws.prize
 WHERE draw_id = %(draw_id)s
   AND place = %(place)s
   AND member_id IS NOT NULL;

-- select_prizes --
-- The prizes of a draw in their order.
SELECT draw_id, number, prize, place, entry_id, member_id, delivered
  FROM draws.prize
 WHERE draw_id = %(draw_id)s
   AND number > %(after)s
 ORDER BY number
 LIMIT %(limit)s;

-- mark_delivered --
-- What the member got for the prize.
UPDATE draws.prize
   SET delivered = %(delivered)s,
       delivered_at = %(now)s
 WHERE draw_id = %(draw_id)s
   AND number = %(number)s;

-- mark_refused --
-- The prize could not be given (an empty pool, a blocked member): others come first for a while.
UPDATE draws.prize
   SET refused_at = %(now)s
 WHERE draw_id = %(draw_id)s
   AND number = %(number)s;
