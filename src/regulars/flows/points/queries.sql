-- select_member_states --
-- What some members of a program may do, read after their purses were locked.
SELECT id, status, earning_blocked, spending_blocked
  FROM members.member
 WHERE program_id = %(program_id)s
   AND id = ANY (%(member_ids)s::bigint[]);

-- select_adjustment_limit --
-- How many points one person may give or take alone (smallest units of the first redeemable type), and how many she gave
-- or took of this wallet in the last day (smallest units of its own); no row or NULL: any number.
SELECT p.adjustment_over,
       (SELECT coalesce(sum(t.amount), 0)::bigint
          FROM ledger.transfer AS t
         WHERE t.member_id = %(member_id)s
           AND t.kind = %(kind)s
           AND t.point_type_id = %(point_type_id)s
           AND t.posted_at > %(now)s::timestamptz - interval '1 day'
           AND t.detail::jsonb ->> 'actor' = %(actor)s)
  FROM approval.policy AS p
 WHERE p.program_id = %(program_id)s;

-- select_spend --
-- A spend or capture of a member (or of one who was merged into her), and what of it has come back.
SELECT t.member_id, t.id, t.point_type_id, t.amount, t.credit_account_id, coalesce(t.reverses_id, t.id) AS origin_id,
       coalesce((SELECT sum(r.amount) FROM ledger.transfer AS r
                  WHERE r.member_id = t.member_id AND r.id > t.id AND r.reverses_id = t.id AND r.kind = 6), 0)::bigint AS returned,
       t.detail
  FROM ledger.transfer AS t
 WHERE t.member_id = ANY (%(member_ids)s::bigint[])
   AND t.id = %(id)s
   AND t.program_id = %(program_id)s
   AND t.kind IN (5, 9);

-- select_detail --
-- What a transfer of a member says beside its amount.
SELECT detail
  FROM ledger.transfer
 WHERE member_id = %(member_id)s
   AND id = %(id)s;

-- select_hold_now --
-- What a hold of a member has become that went to others and back, as their members became one and two again.
WITH RECURSIVE kin AS (
    SELECT k.id FROM members.kin(%(member_ids)s::bigint[]) AS k (id)
), line AS (
    SELECT h.member_id, h.id, h.moved_to
      FROM ledger.hold AS h
     WHERE h.member_id IN (SELECT kin.id FROM kin)
       AND h.id = %(id)s
     UNION ALL
    SELECT h.member_id, h.id, h.moved_to
      FROM line
      JOIN ledger.hold AS h ON h.member_id IN (SELECT kin.id FROM kin) AND h.id = line.moved_to
)
SELECT id
  FROM line
 WHERE moved_to IS NULL
   AND member_id = ANY (%(member_ids)s::bigint[]);

-- select_movements --
-- A page of the transfers of a member and of those merged into her, latest first, with what each did to the four sides of a wallet.
SELECT t.member_id, t.id, t.kind, t.point_type_id, t.amount,
       CASE d.kind WHEN 'available' THEN -t.amount ELSE 0 END + CASE c.kind WHEN 'available' THEN t.amount ELSE 0 END,
       CASE d.kind WHEN 'pending' THEN -t.amount ELSE 0 END + CASE c.kind WHEN 'pending' THEN t.amount ELSE 0 END,
       CASE d.kind WHEN 'held' THEN -t.amount ELSE 0 END + CASE c.kind WHEN 'held' THEN t.amount ELSE 0 END,
       CASE d.kind WHEN 'debt' THEN t.amount ELSE 0 END + CASE c.kind WHEN 'debt' THEN -t.amount ELSE 0 END,
       t.occurred_at, t.posted_at, t.event_id, t.reverses_id, t.ruleset_version,
       coalesce(n.text, t.detail)
  FROM ledger.transfer AS t
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  LEFT JOIN ledger.note AS n ON n.member_id = t.member_id AND n.transfer_id = t.id
 WHERE t.member_id = ANY (%(member_ids)s::bigint[])
   AND t.program_id = %(program_id)s
   AND (%(before)s::bigint IS NULL OR t.id < %(before)s::bigint)
   AND (%(point_type_id)s::int IS NULL OR t.point_type_id = %(point_type_id)s::int)
 ORDER BY t.id DESC
 LIMIT %(limit)s;

-- select_sums_posted --
-- What the four sides of a member's wallets held at an instant of the ledger's time, from the transfers alone.
SELECT a.point_type_id, a.kind, sum(s.amount)::bigint
  FROM (SELECT credit_account_id AS account_id, amount
          FROM ledger.transfer
         WHERE member_id = ANY (%(member_ids)s::bigint[]) AND program_id = %(program_id)s AND posted_at <= %(at)s
         UNION ALL
        SELECT debit_account_id, -amount
          FROM ledger.transfer
         WHERE member_id = ANY (%(member_ids)s::bigint[]) AND program_id = %(program_id)s AND posted_at <= %(at)s) AS s
  JOIN ledger.account AS a ON a.id = s.account_id
 WHERE a.kind IN ('available', 'pending', 'held', 'debt')
 GROUP BY a.point_type_id, a.kind;

-- select_sums_occurred --
-- The same by the world's time: what had happened by then, whenever it was posted.
SELECT a.point_type_id, a.kind, sum(s.amount)::bigint
  FROM (SELECT credit_account_id AS account_id, amount
          FROM ledger.transfer
         WHERE member_id = ANY (%(member_ids)s::bigint[]) AND program_id = %(program_id)s AND occurred_at <= %(at)s
         UNION ALL
        SELECT debit_account_id, -amount
          FROM ledger.transfer
         WHERE member_id = ANY (%(member_ids)s::bigint[]) AND program_id = %(program_id)s AND occurred_at <= %(at)s) AS s
  JOIN ledger.account AS a ON a.id = s.account_id
 WHERE a.kind IN ('available', 'pending', 'held', 'debt')
 GROUP BY a.point_type_id, a.kind;

-- select_moved_posted --
-- How much each kind of transfer moved between two instants of the ledger's time (the first not included).
SELECT point_type_id, kind, sum(amount)::bigint
  FROM ledger.transfer
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND posted_at > %(start)s
   AND posted_at <= %(end)s
 GROUP BY point_type_id, kind
 ORDER BY point_type_id, kind;

-- select_moved_occurred --
-- The same by the world's time.
SELECT point_type_id, kind, sum(amount)::bigint
  FROM ledger.transfer
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND occurred_at > %(start)s
   AND occurred_at <= %(end)s
 GROUP BY point_type_id, kind
 ORDER BY point_type_id, kind;

-- select_lots --
-- The lots of a member, open ones or all, those that end first before others.
SELECT l.id, l.point_type_id, l.amount, l.remaining, l.pending,
       CASE WHEN a.owner = '' THEN a.kind ELSE a.kind || ':' || a.owner END AS funding,
       l.earned_at, nullif(l.active_at, 'infinity'), nullif(l.expires_at, 'infinity')
  FROM ledger.lot AS l
  JOIN ledger.account AS a ON a.id = l.funding_account_id
 WHERE l.member_id = ANY (%(member_ids)s::bigint[])
   AND l.program_id = %(program_id)s
   AND (%(spent)s OR l.remaining > 0)
   AND (%(point_type_id)s::int IS NULL OR l.point_type_id = %(point_type_id)s::int)
   AND (%(after_end)s::timestamptz IS NULL OR (least(l.expires_at, timestamptz '9999-12-31 23:59:59.999999+00'), l.id)
            > (%(after_end)s::timestamptz, %(after_id)s::bigint))
 ORDER BY l.expires_at, l.id
 LIMIT %(limit)s;

-- select_holds --
-- The holds of a member, open ones or all, latest first.
SELECT id, point_type_id, amount, captured, status, reference, created_at, nullif(expires_at, 'infinity'), closed_at
  FROM ledger.hold
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND (%(closed)s OR status = 'open')
   AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_expiring --
-- What ends on which local day, over all members of a program.
SELECT point_type_id, (expires_at AT TIME ZONE %(zone)s)::date AS day, sum(remaining)::bigint, count(DISTINCT member_id)::bigint
  FROM ledger.lot
 WHERE program_id = %(program_id)s
   AND remaining > 0
   AND expires_at < 'infinity'
   AND expires_at > %(start)s
   AND expires_at <= %(end)s
 GROUP BY point_type_id, day
 ORDER BY day, point_type_id;

-- select_till_spend --
-- Whose a spend or capture at a partner's till is; no row when it was made elsewhere. The instant of its batch leads to where it
-- lies: transfers are found by their member or by time.
SELECT t.member_id
  FROM events.batch AS b
  JOIN ledger.transfer AS t ON b.id = %(id)s::bigint >> 20
  JOIN ledger.account AS a ON a.id = t.credit_account_id AND a.kind = 'spent'
 WHERE t.program_id = %(program_id)s
   AND t.id = %(id)s
   AND t.posted_at BETWEEN b.received_at - interval '1 hour' AND b.received_at + interval '1 hour'
   AND t.kind IN (5, 9)
   AND a.owner = %(partner)s;

-- select_till_hold --
-- Whether a hold of a member (or of one who was merged into her) was made at a partner's till.
SELECT EXISTS (SELECT FROM ledger.transfer AS t
                WHERE t.member_id = ANY (%(member_ids)s::bigint[])
                  AND t.id = %(id)s
                  AND t.program_id = %(program_id)s
                  AND t.detail::jsonb ->> 'partner' = %(partner)s);
