-- select_batches_before --
-- Batches of a program below a number, the latest first: the windows in which a page of the journal is looked for.
SELECT id
  FROM events.batch
 WHERE program_id = %(program_id)s
   AND events > 0
   AND id <= %(highest)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_batches_after --
-- Batches of all programs above a watermark, in order: numbers that are not among them may still be on their way.
SELECT id, program_id, received_at, events
  FROM events.batch
 WHERE id > %(after)s
 ORDER BY id
 LIMIT %(limit)s;

-- select_highest_batch --
-- The highest batch that is committed.
SELECT coalesce(max(id), 0)
  FROM events.batch;

-- select_events_between --
-- Events of a program between two ids, the latest first, as far as they pass the filters.
SELECT member_id, id, source_id, status, type, occurred_at, received_at, doc, outcome
  FROM events.event
 WHERE id >= %(first)s
   AND id < %(before)s
   AND program_id = %(program_id)s
   AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s::text[]))
   AND (%(status)s::int IS NULL OR status = %(status)s::int)
   AND (%(source_id)s::int IS NULL OR source_id = %(source_id)s::int)
   AND (%(letters)s::text IS NULL OR strpos(lower(type), %(letters)s::text) > 0)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_events_of_member --
-- Events of one member below an id, the latest first, as far as they pass the filters.
SELECT member_id, id, source_id, status, type, occurred_at, received_at, doc, outcome
  FROM events.event
 WHERE member_id = %(member_id)s
   AND id < %(before)s
   AND program_id = %(program_id)s
   AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s::text[]))
   AND (%(status)s::int IS NULL OR status = %(status)s::int)
   AND (%(source_id)s::int IS NULL OR source_id = %(source_id)s::int)
   AND (%(letters)s::text IS NULL OR strpos(lower(type), %(letters)s::text) > 0)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_events_of_batches --
-- Events of some batches, as they were numbered, and corrections that these batches took up after they had waited.
SELECT e.member_id, e.id, e.source_id, e.status, e.type, e.occurred_at, e.received_at, e.doc, e.outcome
  FROM unnest(%(batch_ids)s::bigint[]) AS b (id)
  JOIN events.event AS e ON e.id >= b.id << 20 AND e.id < (b.id + 1) << 20
 WHERE e.program_id = %(program_id)s
 UNION ALL
SELECT e.member_id, e.id, e.source_id, e.status, e.type, e.occurred_at, e.received_at, e.doc, e.outcome
  FROM events.parked AS p
  JOIN events.event AS e ON e.id = p.event_id
 WHERE p.program_id = %(program_id)s
   AND p.replayed_at = ANY (%(received_at)s::timestamptz[]);

-- select_event --
-- One event of a program.
SELECT member_id, id, source_id, status, type, occurred_at, received_at, doc, outcome
  FROM events.event
 WHERE id = %(id)s
   AND program_id = %(program_id)s;

-- select_event_at --
-- One event of a program whose member is known.
SELECT member_id, id, source_id, status, type, occurred_at, received_at, doc, outcome
  FROM events.event
 WHERE member_id = %(member_id)s
   AND id = %(id)s
   AND program_id = %(program_id)s;

-- select_events_by_identity --
-- The events of an order and of messages with one id, whatever source sent them.
SELECT e.member_id, e.id, e.source_id, e.status, e.type, e.occurred_at, e.received_at, e.doc, e.outcome
  FROM events.identity AS i
  JOIN events.event AS e ON e.id = i.event_id
 WHERE i.program_id = %(program_id)s
   AND i.source_id = ANY (%(source_ids)s::int[])
   AND i.key = %(key)s;

-- select_identity --
-- The event that a message of a source became.
SELECT member_id, event_id
  FROM events.identity
 WHERE program_id = %(program_id)s
   AND source_id = %(source_id)s
   AND key = %(key)s;

-- select_parked --
-- Events set aside, the latest first.
SELECT id, source_id, key, reason, detail, doc, event_id, attempts, received_at, replayed_at
  FROM events.parked
 WHERE program_id = %(program_id)s
   AND id < %(before)s
   AND (NOT %(open)s OR replayed_at IS NULL)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_parked_by_key --
-- The event set aside under a message's id, the latest when it was several times.
SELECT id, source_id, key, reason, detail, doc, event_id, attempts, received_at, replayed_at
  FROM events.parked
 WHERE program_id = %(program_id)s
   AND source_id = %(source_id)s
   AND key = %(key)s
 ORDER BY id DESC
 LIMIT 1;

-- select_parked_of_batches --
-- Events that these batches set aside.
SELECT id, source_id, key, reason, detail, doc, event_id, attempts, received_at, replayed_at
  FROM events.parked
 WHERE program_id = %(program_id)s
   AND received_at = ANY (%(received_at)s::timestamptz[])
 ORDER BY id;

-- lock_parked --
-- One event set aside and not yet replayed, taken for this transaction.
SELECT id, source_id, key, reason, detail, doc, event_id, attempts, received_at, replayed_at
  FROM events.parked
 WHERE program_id = %(program_id)s
   AND id = %(id)s
   AND replayed_at IS NULL
   FOR UPDATE;

-- release_identities --
-- Let the ids of an event that was admitted and never rated be used again; ids whose event is stored stay.
SELECT events.release_identities(%(program_id)s, %(source_ids)s::int[], %(keys)s::uuid[]);

-- mark_replayed --
-- An event set aside was taken in after all.
UPDATE events.parked
   SET replayed_at = %(now)s,
       attempts = attempts + 1
 WHERE id = %(id)s
   AND replayed_at IS NULL;
