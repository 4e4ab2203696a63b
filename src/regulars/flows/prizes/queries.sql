-- next_number --
-- A number that nothing else has, for an entry or a play by hand.
SELECT nextval('events.batch_id_seq');

-- claim_deliveries --
-- Prizes that were won and not given yet, nobody else's at this moment; those of a draw only once it is revealed.
SELECT d.program_id, d.code, d.document, p.draw_id, p.number, p.prize, p.place, p.entry_id, p.member_id, p.delivered
  FROM draws.prize AS p
  JOIN draws.draw AS d ON d.id = p.draw_id
 WHERE p.member_id IS NOT NULL
   AND p.delivered IS NULL
   AND (p.place IS NOT NULL OR d.status = 'revealed')
   AND (%(draw_id)s::int IS NULL OR p.draw_id = %(draw_id)s)
   AND (%(number)s::int IS NULL OR p.number = %(number)s)
   AND (p.refused_at IS NULL OR p.refused_at <= %(refused_before)s)
 ORDER BY p.draw_id, p.number
 LIMIT %(limit)s
   FOR UPDATE OF p SKIP LOCKED;
