-- claim_effects --
-- Vouchers and tickets that rules owe to members, nobody else's at this moment; with the order's correction if there is one.
SELECT f.member_id, f.id, f.program_id, f.event_id, f.rule, f.kind, f.arguments,
       c.outcome, coalesce(c.cancelled, false), f.rule_index, f.nth, f.status, f.again
  FROM accrual.effect AS f
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = f.member_id AND c.order_event_id = f.event_id
 WHERE f.status = 'recorded'
   AND f.kind IN ('issue_voucher', 'enter_draw')
 ORDER BY f.member_id, f.id
 LIMIT %(limit)s
   FOR UPDATE OF f SKIP LOCKED;

-- claim_tickets --
-- Tickets of one draw that rules owe to members, those too that somebody enters at this moment.
SELECT f.member_id, f.id, f.program_id, f.event_id, f.rule, f.kind, f.arguments,
       c.outcome, coalesce(c.cancelled, false), f.rule_index, f.nth, f.status, f.again
  FROM accrual.effect AS f
  LEFT JOIN accrual.corrected_order AS c ON c.member_id = f.member_id AND c.order_event_id = f.event_id
 WHERE f.status = 'recorded'
   AND f.kind = 'enter_draw'
   AND f.program_id = %(program_id)s
   AND f.arguments::jsonb ->> 'draw' = %(draw)s
 ORDER BY f.member_id, f.id
   FOR UPDATE OF f;

-- update_effect --
-- What became of an effect: done, refused (nothing to give), or taken_back (its order came back).
UPDATE accrual.effect
   SET status = %(status)s
 WHERE member_id = %(member_id)s
   AND id = %(id)s;

-- owe_again --
-- An effect that was taken back is owed again: its order has it again. What is given now is another voucher, or another entry.
UPDATE accrual.effect
   SET status = 'recorded',
       again = again + 1
 WHERE member_id = %(member_id)s
   AND id = %(id)s;

-- open_refused_effects --
-- Let effects be tried again that found nothing to give.
UPDATE accrual.effect
   SET status = 'recorded'
 WHERE program_id = %(program_id)s
   AND status = 'refused'
   AND kind IN ('issue_voucher', 'enter_draw');

-- select_corrected --
-- Vouchers and tickets of orders corrected lately that were given out, or taken back, already.
SELECT f.member_id, f.id, f.program_id, f.event_id, f.rule, f.kind, f.arguments,
       c.outcome, c.cancelled, f.rule_index, f.nth, f.status, f.again
  FROM accrual.corrected_order AS c
  JOIN accrual.effect AS f ON f.member_id = c.member_id AND f.event_id = c.order_event_id
 WHERE c.corrected_at >= %(since)s
   AND f.status IN ('done', 'taken_back')
   AND f.kind IN ('issue_voucher', 'enter_draw')
 ORDER BY f.member_id, f.id
   FOR UPDATE OF f SKIP LOCKED;

-- select_corrected_tickets --
-- Tickets of one draw, of orders corrected lately, that were entered, or taken out, already.
SELECT f.member_id, f.id, f.program_id, f.event_id, f.rule, f.kind, f.arguments,
       c.outcome, c.cancelled, f.rule_index, f.nth, f.status, f.again
  FROM accrual.corrected_order AS c
  JOIN accrual.effect AS f ON f.member_id = c.member_id AND f.event_id = c.order_event_id
 WHERE c.corrected_at >= %(since)s
   AND f.status IN ('done', 'taken_back')
   AND f.kind = 'enter_draw'
   AND f.program_id = %(program_id)s
   AND f.arguments::jsonb ->> 'draw' = %(draw)s
 ORDER BY f.member_id, f.id
   FOR UPDATE OF f;

-- select_seen --
-- Up to when corrections have been looked at.
SELECT seen_until
  FROM couponing.progress
 WHERE name = 'corrections';

-- upsert_seen --
-- Corrections have been looked at up to here.
INSERT INTO couponing.progress (name, seen_until)
     VALUES ('corrections', %(until)s)
ON CONFLICT (name) DO UPDATE SET seen_until = EXCLUDED.seen_until;
