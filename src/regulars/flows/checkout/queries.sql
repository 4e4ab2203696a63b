-- insert_session --
-- A new checkout.
INSERT INTO checkout.session (member_id, id, program_id, status, store, content, created_at, expires_at)
     VALUES (%(member_id)s, %(id)s, %(program_id)s, 'open', %(store)s, %(content)s, %(now)s, %(expires_at)s);

-- select_session --
-- One checkout of a program.
SELECT member_id, id, program_id, status, order_id, content, created_at, expires_at, closed_at
  FROM checkout.session
 WHERE program_id = %(program_id)s
   AND id = %(id)s;

-- lock_session --
-- The same, held until the transaction ends: two calls about one checkout come one after the other.
SELECT member_id, id, program_id, status, order_id, content, created_at, expires_at, closed_at
  FROM checkout.session
 WHERE program_id = %(program_id)s
   AND id = %(id)s
   FOR NO KEY UPDATE;

-- select_page --
-- A page of checkouts, latest first; every filter may be NULL. One that is open stays so in its row when its time is over.
SELECT member_id, id, program_id, status, order_id, content, created_at, expires_at, closed_at
  FROM checkout.session
 WHERE program_id = %(program_id)s
   AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
   AND (%(member_ids)s::bigint[] IS NULL OR member_id = ANY (%(member_ids)s::bigint[]))
   AND (%(order_id)s::text IS NULL OR order_id = %(order_id)s::text)
   AND (%(stores)s::text[] IS NULL OR store = ANY (%(stores)s::text[]))
   AND (%(status)s::text IS NULL OR CASE WHEN status = 'open' AND expires_at <= %(now)s THEN 'expired' ELSE status END = %(status)s::text)
   AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s::timestamptz)
   AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s::timestamptz)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- update_session --
-- What became of a checkout.
UPDATE checkout.session
   SET status = %(status)s, order_id = %(order_id)s, store = %(store)s, content = %(content)s, expires_at = %(expires_at)s, closed_at = %(closed_at)s
 WHERE member_id = %(member_id)s
   AND id = %(id)s;

-- lock_order --
-- Hold an order's number until the transaction ends: two checkouts that want it come one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(%(program_id)s::text || ':checkout:' || %(order_id)s::text, 0));

-- select_order --
-- The checkout that became the order of this number; no row means that the number is free.
SELECT id FROM checkout.session WHERE program_id = %(program_id)s AND order_id = %(order_id)s;
