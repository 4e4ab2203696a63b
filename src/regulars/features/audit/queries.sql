-- The log of changes, read.

-- select_entries --
-- A page of changes, newest first, of those that fit.
SELECT e.number, e.at, e.actor, e.request_id, p.code, e.action, e.kind, e.key, e.name, e.before::text, e.after::text
  FROM audit.entry AS e
  LEFT JOIN programs.program_v1 AS p ON p.id = e.program_id
 WHERE e.number < %(before)s
   AND (%(number)s::bigint IS NULL OR e.number = %(number)s)
   AND (%(program_id)s::int IS NULL OR e.program_id = %(program_id)s)
   AND (%(actor)s::text IS NULL OR e.actor = %(actor)s)
   AND (%(action)s::text IS NULL OR e.action = %(action)s)
   AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
   AND (%(object)s::text IS NULL OR e.key = %(object)s OR e.name = %(object)s)
   AND (%(request_id)s::text IS NULL OR e.request_id = %(request_id)s)
   AND (%(since)s::timestamptz IS NULL OR e.at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR e.at < %(until)s)
 ORDER BY e.number DESC
 LIMIT %(limit)s;

-- stream_chain --
-- Every place of the chain in order, with its entry as it is now; then entries that nobody sealed.
SELECT s.place, coalesce(s.number, e.number), s.hash, audit.canonical(e)
  FROM audit.seal AS s
  FULL JOIN audit.entry AS e ON e.number = s.number
 ORDER BY s.place NULLS LAST, e.number;

-- select_head --
-- The end of the chain as it was left.
SELECT place, hash FROM audit.head;

-- select_place --
-- The seal at a place.
SELECT hash FROM audit.seal WHERE place = %(place)s;
