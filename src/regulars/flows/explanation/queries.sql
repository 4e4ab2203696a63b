-- select_event --
-- One event of a program, with what is left of its order where it was corrected.
SELECT e.member_id, e.id, e.source_id, e.status, e.type,
       (extract(epoch FROM e.occurred_at) * 1000000)::bigint, (extract(epoch FROM e.received_at) * 1000000)::bigint,
       e.doc, e.outcome, c.doc, c.outcome, coalesce(c.cancelled, false)
  FROM events.event AS e
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = e.member_id AND c.order_event_id = e.id
 WHERE e.program_id = %(program_id)s
   AND e.id = %(id)s
   AND (%(member_id)s::bigint IS NULL OR e.member_id = %(member_id)s);

-- select_identity --
-- The event that a message or an order became.
SELECT member_id, event_id
  FROM events.identity
 WHERE program_id = %(program_id)s
   AND source_id = %(source_id)s
   AND key = %(key)s;

-- select_neighbours --
-- The other events of the same batch and member: what an event caused is among them.
SELECT id, type, outcome
  FROM events.event
 WHERE member_id = %(member_id)s
   AND id BETWEEN %(first)s AND %(last)s
   AND source_id = %(system)s
   AND outcome IS NOT NULL
 ORDER BY id;

-- select_corrections --
-- Refunds, updates and cancellations of a member from an order on; which of them are of that order, their outcome says.
SELECT id, type, (extract(epoch FROM occurred_at) * 1000000)::bigint, outcome
  FROM events.event
 WHERE member_id = %(member_id)s
   AND type = ANY (%(types)s::text[])
   AND outcome LIKE %(named)s
 ORDER BY id;

-- select_transfers_of_event --
-- What an event moved.
SELECT t.id, t.kind, t.point_type_id, t.amount, t.event_id, t.reverses_id, t.ruleset_version, coalesce(n.text, t.detail),
       (extract(epoch FROM t.occurred_at) * 1000000)::bigint, (extract(epoch FROM t.posted_at) * 1000000)::bigint,
       d.kind, d.owner, c.kind, c.owner, t.member_id
  FROM ledger.transfer AS t
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  LEFT JOIN ledger.note AS n ON n.member_id = t.member_id AND n.transfer_id = t.id
 WHERE t.member_id = %(member_id)s
   AND t.event_id = %(event_id)s
 ORDER BY t.id;

-- select_reversals --
-- What undid or completed these transfers.
SELECT t.id, t.kind, t.point_type_id, t.amount, t.event_id, t.reverses_id, t.ruleset_version, coalesce(n.text, t.detail),
       (extract(epoch FROM t.occurred_at) * 1000000)::bigint, (extract(epoch FROM t.posted_at) * 1000000)::bigint,
       d.kind, d.owner, c.kind, c.owner, t.member_id
  FROM ledger.transfer AS t
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  LEFT JOIN ledger.note AS n ON n.member_id = t.member_id AND n.transfer_id = t.id
 WHERE t.member_id = %(member_id)s
   AND t.reverses_id = ANY (%(ids)s::bigint[])
 ORDER BY t.id;

-- select_batch_time --
-- When the batch was posted that a row is numbered from; NULL for rows of another origin.
SELECT received_at FROM events.batch WHERE id = %(batch_id)s;

-- select_transfer --
-- One transfer of a program; the time of its batch, where it is known, leads to it without a search.
SELECT t.id, t.kind, t.point_type_id, t.amount, t.event_id, t.reverses_id, t.ruleset_version, coalesce(n.text, t.detail),
       (extract(epoch FROM t.occurred_at) * 1000000)::bigint, (extract(epoch FROM t.posted_at) * 1000000)::bigint,
       d.kind, d.owner, c.kind, c.owner, t.member_id
  FROM ledger.transfer AS t
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  LEFT JOIN ledger.note AS n ON n.member_id = t.member_id AND n.transfer_id = t.id
 WHERE t.program_id = %(program_id)s
   AND t.id = %(id)s
   AND t.posted_at BETWEEN coalesce(%(posted_at)s::timestamptz, '-infinity') AND coalesce(%(posted_at)s::timestamptz, 'infinity');

-- select_lots --
-- The lots that transfers brought.
SELECT id, amount, remaining, pending, (extract(epoch FROM earned_at) * 1000000)::bigint,
       CASE WHEN isfinite(active_at) THEN (extract(epoch FROM active_at) * 1000000)::bigint END,
       CASE WHEN isfinite(expires_at) THEN (extract(epoch FROM expires_at) * 1000000)::bigint END
  FROM ledger.lot
 WHERE member_id = %(member_id)s
   AND id = ANY (%(ids)s::bigint[]);

-- select_draws --
-- Which transfers used a lot, or gave back to it.
SELECT w.transfer_id, t.kind, w.amount, (extract(epoch FROM t.posted_at) * 1000000)::bigint
  FROM ledger.draw AS w
  JOIN ledger.transfer AS t ON t.member_id = w.member_id AND t.id = w.transfer_id
 WHERE w.member_id = %(member_id)s
   AND w.lot_id = %(lot_id)s
 ORDER BY w.transfer_id;

-- select_members --
-- Members as rules see them.
SELECT m.id, m.status, m.earning_blocked, (extract(epoch FROM m.joined_at) * 1000000)::bigint,
       m.zone, m.birthday, m.attributes, m.tags, m.lists
  FROM members.member AS m
 WHERE m.program_id = %(program_id)s
   AND m.id = ANY (%(ids)s::bigint[]);

-- select_timeline_events --
-- What happened to members, the latest first.
SELECT id, member_id, type, status, source_id, (extract(epoch FROM occurred_at) * 1000000)::bigint,
       (extract(epoch FROM received_at) * 1000000)::bigint
  FROM events.event
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_timeline_transfers --
-- What was moved, the latest first.
SELECT t.id, t.kind, t.point_type_id, t.amount, t.event_id, t.reverses_id, t.ruleset_version, coalesce(n.text, t.detail),
       (extract(epoch FROM t.occurred_at) * 1000000)::bigint, (extract(epoch FROM t.posted_at) * 1000000)::bigint,
       d.kind, d.owner, c.kind, c.owner, t.member_id
  FROM ledger.transfer AS t
  JOIN ledger.account AS d ON d.id = t.debit_account_id
  JOIN ledger.account AS c ON c.id = t.credit_account_id
  LEFT JOIN ledger.note AS n ON n.member_id = t.member_id AND n.transfer_id = t.id
 WHERE t.member_id = ANY (%(member_ids)s::bigint[])
   AND t.id < %(before)s
 ORDER BY t.id DESC
 LIMIT %(limit)s;

-- select_timeline_standings --
-- Changes of tier, the latest first.
SELECT id, member_id, tier_set, previous, tier, direction, reason, event_id, (extract(epoch FROM since) * 1000000)::bigint
  FROM tiers.standing
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_timeline_effects --
-- What rules asked others to do for members (messages, vouchers, tickets, calls of webhooks), the latest first; tasks are listed as
-- tasks.
SELECT id, member_id, event_id, rule, kind, arguments, status, (extract(epoch FROM posted_at) * 1000000)::bigint
  FROM accrual.effect
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND id < %(before)s
   AND kind <> 'create_task'
   AND (kind = 'send_message') = ANY (%(messages)s::boolean[])
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_timeline_redemptions --
-- Rewards that members set aside or took, the latest first.
SELECT r.id, r.member_id, w.code, r.status, r.quantity, r.point_type_id, r.points, r.store,
       (extract(epoch FROM r.created_at) * 1000000)::bigint
  FROM redemption.redemption AS r
  JOIN rewards.reward AS w ON w.id = r.reward_id
 WHERE r.member_id = ANY (%(member_ids)s::bigint[])
   AND r.id < %(before)s
 ORDER BY r.id DESC
 LIMIT %(limit)s;

-- select_timeline_notes --
-- What people wrote about members, the latest first.
SELECT n.id, n.member_id, n.text, coalesce(p.name, n.written_by), (extract(epoch FROM n.written_at) * 1000000)::bigint
  FROM care.note AS n
  LEFT JOIN staff.person AS p ON 'staff:' || p.id = n.written_by
 WHERE n.member_id = ANY (%(member_ids)s::bigint[])
   AND n.id < %(before)s
 ORDER BY n.id DESC
 LIMIT %(limit)s;

-- select_timeline_tasks --
-- Tasks and calls for members, the latest first.
SELECT t.id, t.member_id, t.kind, t.title, t.status, t.due_on, t.assignee, t.rule, t.event_id, coalesce(p.name, t.closed_by),
       (extract(epoch FROM t.created_at) * 1000000)::bigint
  FROM care.task AS t
  LEFT JOIN staff.person AS p ON 'staff:' || p.id = t.closed_by
 WHERE t.member_id = ANY (%(member_ids)s::bigint[])
   AND t.id < %(before)s
 ORDER BY t.id DESC
 LIMIT %(limit)s;
