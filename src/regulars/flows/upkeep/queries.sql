-- select_programs --
-- Programs whose time is followed up, with where they begin.
SELECT id, created_at, code
  FROM programs.program
 WHERE archived_at IS NULL
   AND (%(program_id)s::int IS NULL OR id = %(program_id)s::int)
 ORDER BY id;

-- insert_progress --
-- Begin to follow up a program's time.
INSERT INTO upkeep.progress (program_id, done_until, updated_at)
     VALUES (%(program_id)s, %(start)s, %(now)s)
ON CONFLICT DO NOTHING;

-- select_progress --
-- How far a program's time has been followed up.
SELECT done_until, step, stage, after_member
  FROM upkeep.progress
 WHERE program_id = %(program_id)s;

-- move_progress --
-- Go on from exactly where it was; no row means that another runner is further already.
UPDATE upkeep.progress
   SET done_until = %(done_until)s,
       step = %(step)s,
       stage = %(stage)s,
       after_member = %(after_member)s,
       updated_at = %(now)s
 WHERE program_id = %(program_id)s
   AND done_until = %(from_done_until)s
   AND step IS NOT DISTINCT FROM %(from_step)s::timestamptz
   AND stage = %(from_stage)s
   AND after_member = %(from_after_member)s;

-- select_due --
-- Some members with a lot to release or to end, or a hold to end; those that are due longest come first. What is done is not
-- found again.
SELECT DISTINCT d.member_id
  FROM ((SELECT member_id
           FROM ledger.lot
          WHERE remaining > 0 AND expires_at < 'infinity' AND expires_at <= %(at)s AND program_id = %(program_id)s
          ORDER BY expires_at
          LIMIT %(limit)s)
         UNION ALL
        (SELECT member_id
           FROM ledger.lot
          WHERE pending AND remaining > 0 AND active_at <= %(at)s AND program_id = %(program_id)s
          ORDER BY active_at
          LIMIT %(limit)s)
         UNION ALL
        (SELECT member_id
           FROM ledger.hold
          WHERE status = 'open' AND expires_at <= %(at)s AND program_id = %(program_id)s
          ORDER BY expires_at
          LIMIT %(limit)s)) AS d
 ORDER BY d.member_id
 LIMIT %(limit)s;

-- select_idle --
-- Some members who have points of a type that ends by idleness and did nothing with that type between two instants.
SELECT DISTINCT l.member_id
  FROM ledger.lot AS l
 WHERE l.program_id = %(program_id)s
   AND l.point_type_id = %(point_type_id)s
   AND l.member_id > %(after)s
   AND l.remaining > 0
   AND l.expires_at = 'infinity'
   AND NOT l.pending
   AND l.active_at < %(start)s
   AND NOT EXISTS (SELECT
                     FROM ledger.transfer AS t
                    WHERE t.member_id = l.member_id
                      AND t.point_type_id = l.point_type_id
                      AND t.kind IN (1, 5, 8, 11)
                      AND t.occurred_at >= %(start)s
                      AND t.occurred_at < %(end)s)
 ORDER BY l.member_id
 LIMIT %(limit)s;

-- select_idle_soon --
-- What members lose to idleness if nothing happens: their last activity in a type fell between two instants, nothing since.
SELECT l.member_id, l.point_type_id, sum(l.remaining)::bigint
  FROM ledger.lot AS l
 WHERE l.program_id = %(program_id)s
   AND l.point_type_id = %(point_type_id)s
   AND l.member_id > %(after)s
   AND l.remaining > 0
   AND l.expires_at = 'infinity'
   AND NOT l.pending
   AND l.active_at < %(end)s
 GROUP BY l.member_id, l.point_type_id
HAVING (SELECT max(t.occurred_at)
          FROM ledger.transfer AS t
         WHERE t.member_id = l.member_id
           AND t.point_type_id = l.point_type_id
           AND t.kind IN (1, 5, 8, 11)
           AND t.occurred_at < %(now)s) BETWEEN %(start)s AND %(end)s - interval '1 microsecond'
 ORDER BY l.member_id
 LIMIT %(limit)s;

-- select_expiring --
-- What ends between two instants, member by member.
SELECT l.member_id, l.point_type_id, (extract(epoch FROM l.expires_at) * 1000000)::bigint, sum(l.remaining)::bigint
  FROM ledger.lot AS l
 WHERE l.program_id = %(program_id)s
   AND l.remaining > 0
   AND l.expires_at >= %(start)s
   AND l.expires_at < %(end)s
   AND l.member_id > %(after)s
 GROUP BY l.member_id, l.point_type_id, l.expires_at
 ORDER BY l.member_id, l.point_type_id, l.expires_at
 LIMIT %(limit)s;

-- select_standings --
-- Members to whom something has happened, with what their standing is read from.
SELECT p.member_id, p.state, m.joined_at
  FROM members.member AS m
  JOIN ledger.purse AS p ON p.member_id = m.id
 WHERE m.program_id = %(program_id)s
   AND m.id > %(after)s
   AND m.status NOT IN ('merged', 'erased')
   AND (p.state LIKE '{"k":%%' OR p.state LIKE '%%"t":{%%')
 ORDER BY m.id
 LIMIT %(limit)s;

-- select_birthdays --
-- Members whose birthday is celebrated on one of some days of the year (month × 100 + day).
SELECT id
  FROM members.member
 WHERE program_id = %(program_id)s
   AND id > %(after)s
   AND status = 'active'
   AND birthday IS NOT NULL
   AND extract(month FROM birthday) * 100 + extract(day FROM birthday) = ANY (%(days)s::numeric[])
   AND birthday < %(before)s::date
 ORDER BY id
 LIMIT %(limit)s;

-- select_anniversaries --
-- Members who joined on one of some days of the year (month × 100 + day) of an earlier year, with the year.
SELECT id, extract(year FROM joined_at AT TIME ZONE %(zone)s)::int
  FROM members.member
 WHERE program_id = %(program_id)s
   AND id > %(after)s
   AND status = 'active'
   AND joined_at < %(before)s
   AND extract(month FROM joined_at AT TIME ZONE %(zone)s) * 100
     + extract(day FROM joined_at AT TIME ZONE %(zone)s) = ANY (%(days)s::numeric[])
 ORDER BY id
 LIMIT %(limit)s;

-- select_inactive --
-- Members who did something (or joined) between two instants and nothing of that type since, up to a third.
SELECT m.id
  FROM (SELECT e.member_id AS id
          FROM events.event AS e
         WHERE e.program_id = %(program_id)s
           AND e.type = %(type)s
           AND e.status = 0
           AND e.occurred_at >= %(start)s
           AND e.occurred_at < %(end)s
         UNION
        SELECT j.id
          FROM members.member AS j
         WHERE j.program_id = %(program_id)s
           AND j.joined_at >= %(start)s
           AND j.joined_at < %(end)s) AS seen
  JOIN members.member AS m ON m.id = seen.id
 WHERE m.id > %(after)s
   AND m.status = 'active'
   AND m.joined_at < %(end)s
   AND NOT EXISTS (SELECT
                     FROM events.event AS e
                    WHERE e.member_id = m.id AND e.type = %(type)s AND e.status = 0
                      AND e.occurred_at >= %(end)s AND e.occurred_at < %(now)s)
 ORDER BY m.id
 LIMIT %(limit)s;

-- select_zones --
-- The zones that members of a program live in.
SELECT DISTINCT zone
  FROM members.member
 WHERE program_id = %(program_id)s
   AND zone IS NOT NULL;

-- select_active --
-- Active members who joined before an instant, of all zones or of one (with those who named none, where it is the program's own).
SELECT id
  FROM members.member
 WHERE program_id = %(program_id)s
   AND id > %(after)s
   AND status = 'active'
   AND joined_at <= %(at)s
   AND (%(zone)s::text IS NULL OR zone = %(zone)s::text OR (zone IS NULL AND %(own)s))
 ORDER BY id
 LIMIT %(limit)s;

-- lock_program --
-- Take a program's configuration for this transaction and give it its next revision, so that every cache reads it again.
UPDATE programs.program SET revision = revision + 1 WHERE id = %(program_id)s;
