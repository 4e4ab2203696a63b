-- select_spenders --
-- Those of some members whose points may be spent at all.
SELECT id
  FROM members.member
 WHERE id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND status = 'active'
   AND NOT spending_blocked;

-- count_usage --
-- Count others' points that a member spends, while they stay within the limit; no row means that they would not.
INSERT INTO pooling.usage AS u (member_id, household_id, point_type, period, points)
     VALUES (%(member_id)s, %(household_id)s, %(point_type)s, %(period)s, %(points)s)
ON CONFLICT ON CONSTRAINT pooling_usage_pk
  DO UPDATE SET points = u.points + EXCLUDED.points
          WHERE %(most)s::bigint IS NULL OR u.points + EXCLUDED.points <= %(most)s
  RETURNING points;

-- select_usage --
-- How many of others' points a member has spent in a period.
SELECT points
  FROM pooling.usage
 WHERE member_id = %(member_id)s
   AND household_id = %(household_id)s
   AND point_type = %(point_type)s
   AND period = %(period)s;

-- give_usage_back --
-- What came back to others does not count any more.
UPDATE pooling.usage
   SET points = greatest(0, points - %(points)s)
 WHERE member_id = %(member_id)s
   AND household_id = %(household_id)s
   AND point_type = %(point_type)s
   AND period = %(period)s;

-- insert_spend --
-- A pooled spend.
INSERT INTO pooling.spend (household_id, id, program_id, member_id, point_type, points, of_others, period, reference, spent_at)
     VALUES (%(household_id)s, %(id)s, %(program_id)s, %(member_id)s, %(point_type)s, %(points)s, %(of_others)s, %(period)s,
             %(reference)s, %(now)s);

-- insert_parts --
-- What of a pooled spend came from whom.
INSERT INTO pooling.part (household_id, spend_id, place, member_id, transfer_id, points)
     SELECT %(household_id)s, %(spend_id)s, place, member_id, transfer_id, points
       FROM unnest(%(places)s::int[], %(member_ids)s::bigint[], %(transfer_ids)s::bigint[], %(points)s::bigint[])
            AS p (place, member_id, transfer_id, points);

-- lock_spend --
-- A pooled spend, held while it is returned.
SELECT household_id, id, member_id, point_type, points, period
  FROM pooling.spend
 WHERE household_id = %(household_id)s
   AND id = %(id)s
   AND program_id = %(program_id)s
   FOR UPDATE;

-- select_parts --
-- The parts of a pooled spend in the order in which they were drawn.
SELECT place, member_id, transfer_id, points, returned
  FROM pooling.part
 WHERE household_id = %(household_id)s
   AND spend_id = %(spend_id)s
 ORDER BY place;

-- return_parts --
-- What of a pooled spend has come back.
UPDATE pooling.part AS p
   SET returned = p.returned + b.points
  FROM unnest(%(places)s::int[], %(points)s::bigint[]) AS b (place, points)
 WHERE p.household_id = %(household_id)s
   AND p.spend_id = %(spend_id)s
   AND p.place = b.place;
