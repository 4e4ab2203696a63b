-- select_members_range --
-- Where to cut the members of a program into pieces of about equal size.
SELECT percentile_disc(%(cuts)s::float8[]) WITHIN GROUP (ORDER BY m.id)
  FROM members.member AS m
 WHERE m.program_id = %(program_id)s;

-- count_events --
-- About how many events a simulation will look at.
SELECT count(*)
  FROM events.event
 WHERE program_id = %(program_id)s
   AND member_id > 0
   AND status = 0
   AND doc IS NOT NULL
   AND occurred_at < %(to)s
   AND received_at <= %(as_of)s;

-- select_history --
-- The events of some members as they were taken in, with what came of them; and, without a source, the rewards they took: what
-- was offered then, and what they asked for, paid and got back.
SELECT member_id, id, source_id, (extract(epoch FROM occurred_at) * 1000000)::bigint,
       (extract(epoch FROM received_at) * 1000000)::bigint, doc, outcome
  FROM events.event
 WHERE program_id = %(program_id)s
   AND member_id > %(after)s
   AND member_id <= %(last)s
   AND status = 0
   AND doc IS NOT NULL
   AND occurred_at >= %(earliest)s
   AND occurred_at < %(to)s
   AND received_at <= %(as_of)s
 UNION ALL
SELECT r.member_id, r.id, NULL::int, (extract(epoch FROM r.created_at) * 1000000)::bigint,
       (extract(epoch FROM r.created_at) * 1000000)::bigint, v.document,
       json_build_object('point_type_id', r.point_type_id, 'quantity', r.quantity, 'points', r.points, 'points_back', r.points_back,
                         'returned', r.returned, 'store', r.store, 'price', r.price::json, 'held', h.amount, 'spend_id', r.spend_id,
                         'moved', r.payer_id <> r.member_id,
                         'confirmed_at', (extract(epoch FROM r.confirmed_at) * 1000000)::bigint)::text
  FROM redemption.redemption AS r
  JOIN rewards.version AS v ON v.reward_id = r.reward_id AND v.number = r.reward_version
  LEFT JOIN ledger.hold AS h ON h.member_id = r.payer_id AND h.id = r.hold_id
 WHERE r.program_id = %(program_id)s
   AND r.member_id > %(after)s
   AND r.member_id <= %(last)s
   AND r.confirmed_at <= %(as_of)s
   AND r.created_at >= %(earliest)s
   AND r.created_at < %(to)s
 ORDER BY member_id, id;

-- select_decisions --
-- When in the order of all decisions these batches were decided.
SELECT id, decision
  FROM events.batch
 WHERE id = ANY (%(ids)s::bigint[]);

-- select_members --
-- Members as rules see them.
SELECT m.id, m.status, m.earning_blocked, (extract(epoch FROM m.joined_at) * 1000000)::bigint,
       m.zone, m.birthday, m.attributes, m.tags, m.lists
  FROM members.member AS m
 WHERE m.program_id = %(program_id)s
   AND m.id = ANY (%(ids)s::bigint[]);

-- select_corrected --
-- What is left of the awards of corrected orders.
SELECT order_event_id, outcome
  FROM accrual.corrected_order
 WHERE member_id = ANY (%(ids)s::bigint[])
   AND corrected_at <= %(as_of)s;

-- select_spent --
-- What members used up of their points by themselves: spent, sent and adjusted away, less what came back. The time of posting
-- is looked at last: as a condition it has an index of its own, beside which every transfer is held against every member.
SELECT m.id, t.point_type_id, t.points
  FROM unnest(%(ids)s::bigint[]) AS m (id)
 CROSS JOIN LATERAL (
            SELECT point_type_id,
                   sum(CASE WHEN kind IN (5, 9, 11) THEN amount ELSE -amount END) FILTER (WHERE posted_at <= %(as_of)s)::bigint
              FROM ledger.transfer
             WHERE member_id = m.id
               AND kind IN (5, 6, 9, 11, 12)
             GROUP BY point_type_id) AS t (point_type_id, points)
 WHERE t.points IS NOT NULL;

-- insert_run --
-- A simulation that somebody asked for.
INSERT INTO simulation.run (program_id, id, asked_by, asked_at, from_at, to_at, start, compared)
     VALUES (%(program_id)s, %(id)s, %(asked_by)s, %(now)s, %(from_at)s, %(to_at)s, %(start)s, %(compared)s);

-- delete_older_runs --
-- Keep the latest simulations of a program.
DELETE FROM simulation.run
 WHERE program_id = %(program_id)s
   AND id <= (SELECT id FROM simulation.run WHERE program_id = %(program_id)s ORDER BY id DESC OFFSET %(kept)s LIMIT 1);

-- finish_run --
-- What a simulation found.
UPDATE simulation.run
   SET finished_at = %(now)s,
       summary = %(summary)s,
       result = %(result)s
 WHERE program_id = %(program_id)s
   AND id = %(id)s;

-- select_runs --
-- Simulations of a program, the latest first, with what their jobs say of them while there are any.
SELECT r.id, r.asked_by, r.asked_at, r.from_at, r.to_at, r.start, r.compared, r.finished_at, r.summary,
       j.status, j.progress::text, j.error
  FROM simulation.run AS r
  LEFT JOIN jobs.job AS j ON j.id = r.id
 WHERE r.program_id = %(program_id)s
   AND r.id < %(before)s
   AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
 ORDER BY r.id DESC
 LIMIT %(limit)s;

-- select_result --
-- What a simulation found, NULL while it has not ended.
SELECT result
  FROM simulation.run
 WHERE program_id = %(program_id)s
   AND id = %(id)s;
