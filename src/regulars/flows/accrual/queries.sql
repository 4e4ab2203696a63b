-- next_batch --
-- Number the batch (its events and transfers are numbered from it) and see whether the program is as it was read. Whoever
-- must be alone with the program's orders (be_alone) waits until this batch is done.
SELECT nextval('events.batch_id_seq'), p.revision, coalesce(c.revision, 0), coalesce(s.revision, 0),
       pg_advisory_xact_lock_shared(7202, p.id)
  FROM programs.program AS p
  LEFT JOIN catalog.revision AS c ON c.program_id = p.id
  LEFT JOIN webhooks.subscription AS s ON s.program_id = p.id
 WHERE p.id = %(program_id)s;

-- be_alone --
-- Wait for every batch of the program that is being rated, and let no other one begin: what is not there now has not come.
SELECT pg_advisory_xact_lock(7202, %(program_id)s);

-- select_revisions --
-- Whether the program is as it was read.
SELECT p.revision, coalesce(c.revision, 0), coalesce(s.revision, 0)
  FROM programs.program AS p
  LEFT JOIN catalog.revision AS c ON c.program_id = p.id
  LEFT JOIN webhooks.subscription AS s ON s.program_id = p.id
 WHERE p.id = %(program_id)s;

-- select_members_by_identifier --
-- Who the events are about: each identifier that is known, with the member it leads to. Those of the kind that most events
-- name come as one list, which the index is walked along; the others as pairs.
SELECT i.kind, i.value, m.id, m.status, m.earning_blocked,
       (extract(epoch FROM m.joined_at) * 1000000)::bigint AS joined_at,
       m.zone, m.birthday, m.attributes, m.tags, m.lists
  FROM (SELECT kind, value, member_id
          FROM members.identifier
         WHERE program_id = %(program_id)s
           AND kind = %(kind)s
           AND value = ANY (%(named)s::text[])
         UNION ALL
        SELECT o.kind, o.value, o.member_id
          FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS k (kind, value)
          JOIN members.identifier AS o ON o.program_id = %(program_id)s AND o.kind = k.kind AND o.value = k.value) AS i
  JOIN members.member AS m ON m.id = i.member_id;

-- select_members --
-- Members by their ids: owners of corrected orders, whom events name.
SELECT m.id, m.status, m.earning_blocked,
       (extract(epoch FROM m.joined_at) * 1000000)::bigint AS joined_at,
       m.zone, m.birthday, m.attributes, m.tags, m.lists
  FROM members.member AS m
 WHERE m.id = ANY (%(member_ids)s::bigint[])
   AND m.program_id = %(program_id)s;

-- select_survivors --
-- Who stands now for members that events name by their ids.
SELECT s.asked, s.survivor FROM members.survivors(%(member_ids)s::bigint[]) AS s;

-- select_identifiers --
-- What members are known by, the newest of each kind last.
SELECT member_id, kind, value
  FROM members.identifier
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND kind = ANY (%(kinds)s::text[])
 ORDER BY created_at, value;

-- copy_identities --
-- Admit the messages and orders of the batch, once for ever; a key that is known makes this fail as a whole.
COPY events.identity FROM STDIN (FORMAT binary);

-- select_identities --
-- What is known of these messages and orders; of an order (source 0) whose it is, too.
SELECT i.source_id, i.key, i.content, i.member_id, i.event_id,
       CASE WHEN i.source_id = 0 THEN coalesce((SELECT e.doc::jsonb ->> 'partner' FROM events.event AS e
                                                 WHERE e.member_id = i.member_id AND e.id = i.event_id), '')
            ELSE '' END AS partner
  FROM unnest(%(source_ids)s::int[], %(keys)s::uuid[]) AS k (source_id, key)
  JOIN events.identity AS i ON i.program_id = %(program_id)s AND i.source_id = k.source_id AND i.key = k.key;

-- select_rated_orders --
-- The orders that corrections name, as they are after the corrections so far; of a redemption (an event of the platform's
-- own) what came of it at first, too, of which shares are taken back. An order of somebody who was erased says nothing any more
-- and is nobody's.
SELECT i.key, CASE WHEN e.doc IS NULL THEN 0 ELSE coalesce(s.survivor, e.member_id) END AS member_id, e.id,
       (extract(epoch FROM e.occurred_at) * 1000000)::bigint AS occurred_at,
       coalesce(c.doc, e.doc, ''), CASE WHEN e.doc IS NULL THEN '{}' ELSE coalesce(c.outcome, e.outcome) END,
       coalesce(c.cancelled, false), e.member_id AS stored_under,
       EXISTS (SELECT FROM members.merge AS m WHERE m.source_id = e.member_id) AS merged,
       CASE WHEN e.source_id = -1 THEN coalesce(e.outcome, '{}') ELSE '' END AS first,
       CASE WHEN c.doc IS NULL THEN '' ELSE e.doc END AS bought,
       coalesce(c.corrections, '') AS corrections
  FROM events.identity AS i
  JOIN events.event AS e ON e.member_id = i.member_id AND e.id = i.event_id
  LEFT JOIN LATERAL members.survivors(ARRAY[e.member_id]) AS s ON true
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
 WHERE i.program_id = %(program_id)s
   AND i.source_id = %(source_id)s
   AND i.key = ANY (%(keys)s::uuid[]);

-- select_moved_lots --
-- Where the points of some lots went by merges: a row for each lot of the line with how many there were at first, and what
-- of it ended (transfers of kind 4). A lot leaves by transfers of kind 17, each a part of it; the next one, of kind 18,
-- brings the new lot.
WITH RECURSIVE kin AS (
    SELECT k.id FROM members.kin(%(member_ids)s::bigint[]) AS k (id)
), line AS (
    SELECT l.id AS origin, l.amount, l.member_id, l.id AS lot_id
      FROM unnest(%(lot_ids)s::bigint[]) AS o (id)
      JOIN ledger.lot AS l ON l.id = o.id AND l.member_id IN (SELECT kin.id FROM kin)
     UNION ALL
    SELECT line.origin, line.amount, came.member_id, came.id
      FROM line
      JOIN ledger.draw AS d ON d.member_id = line.member_id AND d.lot_id = line.lot_id
      JOIN ledger.transfer AS gone ON gone.member_id = d.member_id AND gone.id = d.transfer_id AND gone.kind = 17
      JOIN ledger.transfer AS came ON came.member_id IN (SELECT kin.id FROM kin) AND came.id = gone.id + 1 AND came.kind = 18
)
SELECT line.origin, line.amount, line.member_id, line.lot_id,
       coalesce((SELECT sum(d.amount)::bigint
                   FROM ledger.draw AS d
                   JOIN ledger.transfer AS t ON t.member_id = d.member_id AND t.id = d.transfer_id AND t.kind = 4
                  WHERE d.member_id = line.member_id AND d.lot_id = line.lot_id), 0)
  FROM line
 ORDER BY line.origin, line.lot_id;

-- lock_order --
-- An order as it is after its corrections, held so that it is claimed once.
SELECT e.member_id, e.id, e.source_id, coalesce(c.doc, e.doc)
  FROM events.identity AS i
  JOIN events.event AS e ON e.member_id = i.member_id AND e.id = i.event_id
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
 WHERE i.program_id = %(program_id)s
   AND i.source_id = 0
   AND i.key = %(key)s::uuid
   AND e.doc IS NOT NULL
   AND NOT coalesce(c.cancelled, false)
   FOR UPDATE OF e;

-- release_order --
-- The order is nobody's any more, so that it can be rated as somebody's.
WITH correction AS (
    DELETE FROM accrual.corrected_order
     WHERE member_id = 0
       AND order_event_id = %(event_id)s
)
DELETE FROM events.event
 WHERE member_id = 0
   AND id = %(event_id)s;

-- free_order --
-- The order may be admitted again; only one that was nobody's can be freed.
SELECT events.free_order(%(program_id)s, %(key)s::uuid);

-- give_messages --
-- The messages that brought the order lead to the event it is now.
SELECT events.give_messages(%(program_id)s, %(old_event_id)s, %(member_id)s, %(event_id)s);

-- select_outcomes --
-- What came of events that were sent again.
SELECT e.member_id, e.id, e.status, e.outcome
  FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[]) AS k (member_id, id)
  JOIN events.event AS e ON e.member_id = k.member_id AND e.id = k.id;

-- select_caused --
-- The platform's own events of the same batches that these events may have caused: each says which one did, but for who
-- joined, whose joining happened when her first event did.
SELECT e.member_id, e.id, f.id, f.type, f.outcome,
       f.occurred_at = e.occurred_at AND NOT EXISTS (
           SELECT FROM events.event AS g
            WHERE g.member_id = e.member_id
              AND g.id >= e.id >> 20 << 20
              AND g.id < e.id
              AND g.source_id <> -1
              AND g.occurred_at = e.occurred_at) AS first
  FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[]) AS k (member_id, id)
  JOIN events.event AS e ON e.member_id = k.member_id AND e.id = k.id
  JOIN events.event AS f ON f.member_id = e.member_id
                        AND f.id > e.id
                        AND f.id <= (e.id | 1048575)
                        AND f.source_id = -1
 WHERE e.member_id > 0
   AND f.outcome IS NOT NULL
 ORDER BY e.member_id, e.id, f.id;

-- select_waiting --
-- Corrections that came before the orders of this batch.
SELECT w.order_key, p.event_id, p.source_id, p.doc, p.id
  FROM events.waiting AS w
  JOIN events.parked AS p ON p.id = w.parked_id
 WHERE w.program_id = %(program_id)s
   AND w.order_key = ANY (%(keys)s::uuid[])
 ORDER BY p.id;

-- delete_waiting --
-- Those corrections are taken up in this batch.
WITH taken AS (
    DELETE FROM events.waiting
     WHERE program_id = %(program_id)s
       AND parked_id = ANY (%(ids)s::bigint[])
)
UPDATE events.parked
   SET replayed_at = %(now)s
 WHERE id = ANY (%(ids)s::bigint[]);

-- insert_waiting --
-- Keep corrections whose order has not come, visibly, until it does.
WITH parked AS (
    INSERT INTO events.parked (program_id, source_id, key, reason, detail, doc, event_id, received_at)
         SELECT %(program_id)s, source_id, key, 'waiting_for_order', detail, doc, event_id, %(now)s
           FROM unnest(%(source_ids)s::int[], %(keys)s::text[], %(details)s::text[], %(docs)s::text[], %(event_ids)s::bigint[])
                AS p (source_id, key, detail, doc, event_id)
      RETURNING id, event_id
)
INSERT INTO events.waiting (program_id, order_key, parked_id, received_at)
     SELECT %(program_id)s, o.order_key, parked.id, %(now)s
       FROM parked
       JOIN unnest(%(event_ids)s::bigint[], %(order_keys)s::uuid[]) AS o (event_id, order_key) USING (event_id);

-- insert_parked --
-- Set an event aside that could not be decided, with the reason, so that its neighbours flow and it can be replayed.
INSERT INTO events.parked (program_id, source_id, key, reason, detail, doc, event_id, received_at)
     VALUES (%(program_id)s, %(source_id)s, %(key)s, %(reason)s, %(detail)s, %(doc)s, %(event_id)s, %(now)s)
  RETURNING id;

-- select_history --
-- Earlier events of members for whom a new rule asks about behaviour that was not counted yet, or of whom something is counted
-- again, those of members who were merged into them included. Where points are counted, every event counts that gave some.
SELECT line.survivor, e.id, coalesce(c.doc, e.doc), coalesce(c.outcome, e.outcome)
  FROM members.merged(%(member_ids)s::bigint[]) AS line
  JOIN events.event AS e ON e.member_id = line.id
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
 WHERE (e.type = ANY (%(types)s::text[])
        OR (%(points)s AND (e.type = 'Points Adjusted'
                            OR e.outcome LIKE '%%"granted":[%%'
                            OR e.outcome LIKE '%%"entries":[%%')))
   AND e.status = 0
   AND e.doc IS NOT NULL
   AND NOT coalesce(c.cancelled, false)
 ORDER BY line.survivor, e.occurred_at, e.id;

-- select_budgets --
-- What budgets have given in the periods that the batch touches.
SELECT owner, measure, period, used
  FROM accrual.budget
 WHERE program_id = %(program_id)s
   AND period = ANY (%(periods)s::text[]);

-- lock_budgets --
-- The same, holding on to them: the second try of a batch that found a budget moved under it.
SELECT owner, measure, period, used
  FROM accrual.budget
 WHERE program_id = %(program_id)s
   AND period = ANY (%(periods)s::text[])
 ORDER BY owner, measure, period
   FOR UPDATE;

-- insert_budgets --
-- Budgets that are used for the first time in their period.
INSERT INTO accrual.budget (program_id, owner, measure, period)
     SELECT %(program_id)s, owner, measure, period
       FROM unnest(%(owners)s::text[], %(measures)s::text[], %(periods)s::text[]) AS b (owner, measure, period)
ON CONFLICT DO NOTHING;

-- update_budgets --
-- Count what the batch used or gave back, only while every budget stays within its maximum.
UPDATE accrual.budget AS b
   SET used = greatest(0, b.used + c.delta)
  FROM unnest(%(owners)s::text[], %(measures)s::text[], %(periods)s::text[], %(deltas)s::bigint[], %(maxima)s::bigint[])
       AS c (owner, measure, period, delta, maximum)
 WHERE b.program_id = %(program_id)s
   AND b.owner = c.owner
   AND b.measure = c.measure
   AND b.period = c.period
   AND (c.delta <= 0 OR b.used + c.delta <= c.maximum);

-- copy_events --
-- Write the events of the batch with what came of them.
COPY events.event FROM STDIN (FORMAT binary);

-- copy_standings --
-- Write the changes of tier.
COPY tiers.standing (member_id, id, program_id, tier_set, tier, previous, direction, reason, event_id, since, posted_at)
FROM STDIN (FORMAT binary);

-- insert_effects --
-- Record the effects that others carry out.
INSERT INTO accrual.effect (member_id, id, program_id, event_id, rule, rule_index, kind, nth, arguments, posted_at)
     SELECT member_id, id, %(program_id)s, event_id, rule, rule_index, kind, nth, arguments, %(now)s
       FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(event_ids)s::bigint[], %(rules)s::text[],
                   %(rule_indexes)s::int[], %(kinds)s::text[], %(nths)s::int[], %(arguments)s::text[])
            AS e (member_id, id, event_id, rule, rule_index, kind, nth, arguments);

-- upsert_corrected_orders --
-- What is left of orders after the corrections of the batch.
INSERT INTO accrual.corrected_order (member_id, order_event_id, program_id, doc, outcome, corrections, cancelled, corrected_at)
     SELECT member_id, order_event_id, %(program_id)s, doc, outcome, corrections, cancelled, %(now)s
       FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(docs)s::text[], %(outcomes)s::text[], %(corrections)s::text[],
                   %(cancelled)s::boolean[])
            AS c (member_id, order_event_id, doc, outcome, corrections, cancelled)
ON CONFLICT ON CONSTRAINT accrual_corrected_order_pk
  DO UPDATE SET doc = EXCLUDED.doc,
                outcome = EXCLUDED.outcome,
                corrections = EXCLUDED.corrections,
                cancelled = EXCLUDED.cancelled,
                corrected_at = EXCLUDED.corrected_at;

-- update_members --
-- Attributes, tags and lists that rules changed: only the changes, so that somebody who edits the member loses nothing.
UPDATE members.member AS m
   SET attributes = m.attributes || c.attributes::jsonb,
       tags = ARRAY (SELECT tag FROM unnest(m.tags || ARRAY (SELECT jsonb_array_elements_text(c.tags::jsonb))) WITH ORDINALITY AS t (tag, place)
                      WHERE NOT c.no_tags::jsonb ? tag GROUP BY tag ORDER BY min(place)),
       lists = ARRAY (SELECT list FROM unnest(m.lists || ARRAY (SELECT jsonb_array_elements_text(c.lists::jsonb))) WITH ORDINALITY AS l (list, place)
                       WHERE NOT c.no_lists::jsonb ? list GROUP BY list ORDER BY min(place)),
       revision = m.revision + 1,
       updated_at = %(now)s
  FROM unnest(%(member_ids)s::bigint[], %(attributes)s::text[], %(tags)s::text[], %(no_tags)s::text[], %(lists)s::text[],
              %(no_lists)s::text[])
       AS c (member_id, attributes, tags, no_tags, lists, no_lists)
 WHERE m.id = c.member_id;

-- insert_batch --
-- The batch itself, and in the same row what subscribers must hear: the outbox.
INSERT INTO events.batch (id, program_id, received_at, events, notices)
     VALUES (%(id)s, %(program_id)s, %(received_at)s, %(events)s, %(notices)s);

-- stream_states --
-- Every living member of a program with her state, for looking at all of them.
SELECT p.member_id, p.state, (extract(epoch FROM m.joined_at) * 1000000)::bigint
  FROM ledger.purse AS p
  JOIN members.member AS m ON m.id = p.member_id
 WHERE p.program_id = %(program_id)s
   AND m.status NOT IN ('merged', 'erased')
 ORDER BY p.member_id;
