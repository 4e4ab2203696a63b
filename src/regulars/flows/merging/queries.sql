-- insert_state_before --
-- Keep the states of two purses as they were before a merge.
INSERT INTO merging.state_before (merge_id, program_id, source_id, target_id, source_state, target_state)
     VALUES (%(merge_id)s, %(program_id)s, %(source_id)s, %(target_id)s, %(source_state)s, %(target_state)s);

-- select_state_before --
-- The states of two purses as they were before a merge.
SELECT source_id, target_id, source_state, target_state
  FROM merging.state_before
 WHERE merge_id = %(merge_id)s
   AND program_id = %(program_id)s;

-- select_arrived --
-- What a merge brought to a member: lots (and points without lots), and debts (negative), by point type. A lot that went on
-- with a later merge and came back when that was undone is another one by now: those that it became follow, with 0 points.
-- A lot leaves by a transfer of kind 17; the next one, of kind 18, brings the new lot.
WITH RECURSIVE kin AS (
    SELECT k.id FROM members.kin(ARRAY[%(member_id)s::bigint]) AS k (id)
), arrived AS (
    SELECT t.id, t.point_type_id, t.amount, d.kind = 'debt' AS owed
      FROM ledger.transfer AS t
      JOIN ledger.account AS d ON d.id = t.debit_account_id
     WHERE t.member_id = %(member_id)s
       AND t.kind = 18
       AND (t.detail::json ->> 'merge')::bigint = %(merge_id)s
), line AS (
    SELECT l.member_id, l.id, l.point_type_id
      FROM arrived AS a
      JOIN ledger.lot AS l ON l.member_id = %(member_id)s AND l.id = a.id
     UNION ALL
    SELECT came.member_id, came.id, line.point_type_id
      FROM line
      JOIN ledger.draw AS d ON d.member_id = line.member_id AND d.lot_id = line.id
      JOIN ledger.transfer AS gone ON gone.member_id = d.member_id AND gone.id = d.transfer_id AND gone.kind = 17
      JOIN ledger.transfer AS came ON came.member_id IN (SELECT kin.id FROM kin) AND came.id = gone.id + 1 AND came.kind = 18
)
SELECT id, point_type_id, amount, owed FROM arrived
 UNION ALL
SELECT id, point_type_id, 0, false
  FROM line
 WHERE member_id = %(member_id)s
   AND id NOT IN (SELECT arrived.id FROM arrived)
 ORDER BY id;

-- select_moved_holds --
-- What the holds of a merged member became in the purse of the one who took over, also when they went on from there and
-- came back.
WITH RECURSIVE kin AS (
    SELECT k.id FROM members.kin(ARRAY[%(member_id)s::bigint]) AS k (id)
), line AS (
    SELECT h.member_id, h.id, h.moved_to
      FROM ledger.hold AS h
     WHERE h.member_id = %(member_id)s
       AND h.status = 'moved'
     UNION ALL
    SELECT h.member_id, h.id, h.moved_to
      FROM line
      JOIN ledger.hold AS h ON h.member_id IN (SELECT kin.id FROM kin) AND h.id = line.moved_to
)
SELECT id FROM line WHERE member_id = %(target_id)s;

-- select_identifiers --
-- Everything that some members are known by, to find them in documents that are no member's.
SELECT value FROM members.identifier WHERE member_id = ANY (%(member_ids)s::bigint[])
 UNION
SELECT email FROM members.profile WHERE member_id = ANY (%(member_ids)s::bigint[]) AND email IS NOT NULL
 UNION
SELECT phone FROM members.profile WHERE member_id = ANY (%(member_ids)s::bigint[]) AND phone IS NOT NULL;

-- erase_events --
-- Events of some members say nothing any more; of what came of them, only what the books need is left.
UPDATE events.event
   SET doc = NULL,
       outcome = (outcome::jsonb - '{facts,room,effects,order_effects,limited}'::text[])::text
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND (doc IS NOT NULL OR outcome IS NOT NULL);

-- erase_unmatched_events --
-- Events of nobody that name one of some identifiers.
UPDATE events.event
   SET doc = NULL,
       outcome = (outcome::jsonb - '{facts,room,effects,order_effects,limited}'::text[])::text
 WHERE member_id = 0
   AND program_id = %(program_id)s
   AND doc IS NOT NULL
   AND EXISTS (SELECT FROM unnest(%(words)s::text[]) AS w (word) WHERE strpos(doc, w.word) > 0);

-- erase_corrected_orders --
-- What is left of orders after their corrections.
DELETE FROM accrual.corrected_order WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_effects --
-- What rules wanted others to do.
UPDATE accrual.effect
   SET arguments = '{}'
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND arguments <> '{}';

-- erase_parked --
-- Documents that were set aside and name one of some identifiers, or one of some members; they cannot be replayed any more.
UPDATE events.parked
   SET doc = '{}',
       detail = '',
       key = '',
       replayed_at = coalesce(replayed_at, %(now)s)
 WHERE program_id = %(program_id)s
   AND doc <> '{}'
   AND (EXISTS (SELECT FROM unnest(%(words)s::text[]) AS w (word) WHERE strpos(doc, w.word) > 0)
        OR event_id IN (SELECT id FROM events.event WHERE member_id = ANY (%(member_ids)s::bigint[])));

-- erase_notes --
-- What people wrote beside transfers.
DELETE FROM ledger.note WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_holds --
-- References of holds.
UPDATE ledger.hold SET reference = '' WHERE member_id = ANY (%(member_ids)s::bigint[]) AND reference <> '';

-- erase_redemptions --
-- What people wrote beside rewards that some members took, and where these were sent.
UPDATE redemption.redemption
   SET reference = '',
       delivery = NULL
 WHERE (member_id = ANY (%(member_ids)s::bigint[]) OR payer_id = ANY (%(member_ids)s::bigint[]))
   AND (reference <> '' OR delivery IS NOT NULL);

-- erase_checkouts --
-- Baskets of some members; what is still open is given up.
UPDATE checkout.session
   SET content = '{"lines":[]}',
       order_id = '',
       store = '',
       status = CASE WHEN status = 'open' THEN 'cancelled' ELSE status END,
       closed_at = coalesce(closed_at, expires_at)
 WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_pooled_spends --
-- What people wrote beside points that some members spent with their households.
UPDATE pooling.spend SET reference = '' WHERE member_id = ANY (%(member_ids)s::bigint[]) AND reference <> '';

-- leave_households --
-- Some members leave their households; those in which nobody is left are dissolved, and forget how they were called.
WITH gone AS (
    UPDATE households.person
       SET left_at = %(now)s
     WHERE member_id = ANY (%(member_ids)s::bigint[]) AND left_at IS NULL
    RETURNING household_id
)
UPDATE households.household AS h
   SET name = '',
       dissolved_at = coalesce(h.dissolved_at, %(now)s)
 WHERE (h.id IN (SELECT household_id FROM gone)
        OR h.id IN (SELECT household_id FROM households.person WHERE member_id = ANY (%(member_ids)s::bigint[])))
   AND NOT EXISTS (SELECT FROM households.person AS o
                    WHERE o.household_id = h.id AND o.left_at IS NULL AND o.member_id <> ALL (%(member_ids)s::bigint[]));

-- erase_states --
-- What purses remember of their members' behaviour.
UPDATE ledger.purse SET state = '' WHERE member_id = ANY (%(member_ids)s::bigint[]) AND state <> '';

-- erase_states_before --
-- The same from before merges.
DELETE FROM merging.state_before
 WHERE source_id = ANY (%(member_ids)s::bigint[])
    OR target_id = ANY (%(member_ids)s::bigint[]);

-- erase_notices --
-- Notices about some members, in the outbox rows that their events and transfers are numbered from.
UPDATE events.batch AS b
   SET notices = (SELECT json_agg(n.value)::text
                    FROM json_array_elements(b.notices::json) AS n (value)
                   WHERE n.value ->> 'member' <> ALL (%(names)s::text[]))
 WHERE b.notices IS NOT NULL
   AND b.id IN (SELECT id >> 20 FROM events.event WHERE member_id = ANY (%(member_ids)s::bigint[])
                 UNION
                SELECT id >> 20 FROM ledger.transfer WHERE member_id = ANY (%(member_ids)s::bigint[])
                 UNION
                SELECT id >> 20 FROM tiers.standing WHERE member_id = ANY (%(member_ids)s::bigint[])
                 UNION
                SELECT id FROM pooling.spend WHERE member_id = ANY (%(member_ids)s::bigint[])
                 UNION
                SELECT id >> 20 FROM redemption.redemption WHERE member_id = ANY (%(member_ids)s::bigint[]));

-- erase_messages --
-- Webhook messages about some members, delivered or not: what is still to be sent says only who it was about.
UPDATE webhooks.message
   SET body = json_build_object('type', type, 'timestamp', body::json ->> 'timestamp',
                                'data', json_build_object('member', body::json -> 'data' ->> 'member', 'erased', true))::text
 WHERE program_id = %(program_id)s
   AND EXISTS (SELECT FROM unnest(%(public_ids)s::text[]) AS p (id) WHERE strpos(body, p.id) > 0);

-- erase_deliveries --
-- How endpoints answered to messages about some members.
UPDATE webhooks.delivery AS d
   SET response = ''
  FROM webhooks.message AS m
 WHERE m.endpoint_id = d.endpoint_id
   AND m.id = d.message_id
   AND m.program_id = %(program_id)s
   AND d.response <> ''
   AND EXISTS (SELECT FROM unnest(%(public_ids)s::text[]) AS p (id) WHERE strpos(m.body, p.id) > 0);

-- move_holdings --
-- Vouchers and tickets of a member belong to the one who takes her place; so does her seat in a household, if that one has none.
WITH vouchers AS (
    UPDATE vouchers.voucher
       SET member_id = %(target_id)s
     WHERE member_id = %(source_id)s
       AND program_id = %(program_id)s
), entries AS (
    UPDATE draws.entry
       SET member_id = %(target_id)s
     WHERE member_id = %(source_id)s
       AND program_id = %(program_id)s
       AND draw_id IN (SELECT id FROM draws.draw WHERE program_id = %(program_id)s AND status = 'open' FOR KEY SHARE)
)
UPDATE households.person AS p
   SET member_id = %(target_id)s
 WHERE p.member_id = %(source_id)s
   AND p.program_id = %(program_id)s
   AND p.left_at IS NULL
   AND NOT EXISTS (SELECT FROM households.person AS o
                    WHERE o.member_id = %(target_id)s AND o.program_id = %(program_id)s AND o.left_at IS NULL);

-- return_vouchers --
-- Vouchers that were given to a member go back to her; what was used meanwhile stays used.
UPDATE vouchers.voucher AS v
   SET member_id = %(source_id)s
  FROM vouchers.issue AS i
 WHERE i.member_id = %(source_id)s
   AND i.program_id = %(program_id)s
   AND v.program_id = i.program_id
   AND v.code = i.code
   AND v.member_id = %(target_id)s;
