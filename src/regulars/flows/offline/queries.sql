-- select_keys --
-- The keys of a program, the one in use first.
SELECT id, private, public, created_at, retired_at
  FROM offline.key
 WHERE program_id = %(program_id)s
   AND (retired_at IS NULL OR retired_at > %(since)s)
 ORDER BY created_at DESC, id;

-- insert_key --
-- A key that signs from here on; no row means that another one does.
INSERT INTO offline.key (program_id, id, private, public, created_at)
     VALUES (%(program_id)s, %(id)s, %(private)s, %(public)s, %(now)s)
ON CONFLICT DO NOTHING;

-- retire_key --
-- The key in use signs no more.
UPDATE offline.key
   SET retired_at = %(now)s
 WHERE program_id = %(program_id)s
   AND retired_at IS NULL;

-- insert_token --
-- A token for points that are set aside.
INSERT INTO offline.token (member_id, hold_id, program_id, points, issued_at, expires_at, settles_at)
     VALUES (%(member_id)s, %(hold_id)s, %(program_id)s, %(points)s, %(now)s, %(expires_at)s, %(settles_at)s);

-- lock_token --
-- A token, held while a use of it is counted or it is settled.
SELECT member_id, hold_id, program_id, points, used, status, expires_at, settles_at
  FROM offline.token
 WHERE member_id = %(member_id)s
   AND hold_id = %(hold_id)s
   AND program_id = %(program_id)s
   FOR UPDATE;

-- select_use --
-- A use that was reported before.
SELECT points, accepted, reason
  FROM offline.use
 WHERE member_id = %(member_id)s
   AND hold_id = %(hold_id)s
   AND till = %(till)s
   AND number = %(number)s;

-- insert_use --
-- What a till reported, and how much of it is accepted.
INSERT INTO offline.use (member_id, hold_id, till, number, program_id, points, accepted, reason, order_id, used_at,
                         reported_at)
     VALUES (%(member_id)s, %(hold_id)s, %(till)s, %(number)s, %(program_id)s, %(points)s, %(accepted)s, %(reason)s,
             %(order_id)s, %(used_at)s, %(now)s);

-- count_use --
-- Count what is accepted, while it stays within the token's points.
UPDATE offline.token
   SET used = used + %(accepted)s
 WHERE member_id = %(member_id)s
   AND hold_id = %(hold_id)s
   AND used + %(accepted)s <= points
RETURNING used;

-- settle_token --
-- The token is over.
UPDATE offline.token
   SET status = %(status)s,
       settled_at = %(now)s
 WHERE member_id = %(member_id)s
   AND hold_id = %(hold_id)s;

-- select_due --
-- The next token whose time to be reported is over, nobody else's at this moment.
SELECT settles_at, member_id, hold_id, program_id
  FROM offline.token
 WHERE status = 'open'
   AND settles_at <= %(now)s
   AND (settles_at, member_id, hold_id) > (%(after)s::timestamptz, %(after_member)s::bigint, %(after_hold)s::bigint)
 ORDER BY settles_at, member_id, hold_id
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- select_over --
-- Uses of which not all was accepted, the latest first: what to settle with whoever spent twice.
SELECT member_id, hold_id, till, number, points, accepted, reason, order_id, used_at, reported_at
  FROM offline.use
 WHERE program_id = %(program_id)s
   AND accepted < points
   AND (reported_at, member_id, hold_id, till, number)
     < (%(before)s, %(before_member)s, %(before_hold)s, %(before_till)s, %(before_number)s)
 ORDER BY reported_at DESC, member_id DESC, hold_id DESC, till DESC, number DESC
 LIMIT %(limit)s;
