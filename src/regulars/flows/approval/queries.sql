-- What waits for another person.

-- select_policy --
-- What needs a second person in a program; no row means nothing does.
SELECT publishing, budget_points_over, budget_money_over, adjustment_over, days
  FROM approval.policy WHERE program_id = %(program_id)s;

-- upsert_policy --
-- Say what needs a second person in a program.
INSERT INTO approval.policy (program_id, publishing, budget_points_over, budget_money_over, adjustment_over, days, changed_at)
     VALUES (%(program_id)s, %(publishing)s, %(budget_points_over)s, %(budget_money_over)s, %(adjustment_over)s, %(days)s, %(now)s)
ON CONFLICT (program_id) DO UPDATE
   SET publishing = excluded.publishing, budget_points_over = excluded.budget_points_over,
       budget_money_over = excluded.budget_money_over, adjustment_over = excluded.adjustment_over, days = excluded.days,
       changed_at = excluded.changed_at;

-- delete_policy --
-- Let nothing need a second person in a program.
DELETE FROM approval.policy WHERE program_id = %(program_id)s;

-- insert_request --
-- Something that waits for another person.
INSERT INTO approval.request (program_id, kind, title, payload, digest, reason, maker, created_at, expires_at)
     VALUES (%(program_id)s, %(kind)s, %(title)s, %(payload)s::jsonb, %(digest)s, %(reason)s, %(maker)s, %(now)s, %(expires_at)s)
  RETURNING id;

-- select_requests --
-- A page of what waits or waited, newest first; what waited too long has expired.
SELECT id, program_id, kind, title, payload::text, digest, reason, maker, created_at, expires_at,
       CASE WHEN status = 'waiting' AND expires_at <= %(now)s THEN 'expired' ELSE status END,
       checker, comment, decided_at, outcome::text
  FROM approval.request
 WHERE program_id = %(program_id)s
   AND id < %(before)s
   AND (%(id)s::bigint IS NULL OR id = %(id)s)
   AND (%(status)s::text IS NULL
        OR CASE WHEN status = 'waiting' AND expires_at <= %(now)s THEN 'expired' ELSE status END = %(status)s)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_names --
-- What people of the staff are called, by their credentials.
SELECT 'staff:' || id, name FROM staff.person WHERE 'staff:' || id = ANY (%(credentials)s::text[]);

-- select_issuer --
-- Who made the API key that somebody asks with: it speaks for whoever made it.
SELECT actor FROM audit.entry
 WHERE kind = 'programs.credential' AND key = %(key)s AND action = 'created'
 ORDER BY number
 LIMIT 1;

-- decide_request --
-- Decide what waits, once, in time; no row means that it was decided or has expired.
UPDATE approval.request
   SET status = %(status)s, checker = %(checker)s, comment = %(comment)s, decided_at = %(now)s
 WHERE id = %(id)s AND program_id = %(program_id)s AND status = 'waiting' AND expires_at > %(now)s
RETURNING id;

-- update_outcome --
-- What came of carrying it out.
UPDATE approval.request SET outcome = %(outcome)s::jsonb WHERE id = %(id)s;
