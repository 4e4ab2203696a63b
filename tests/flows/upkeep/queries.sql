-- select_story --
-- What happened to whom by the world's time, without ids: transfers with their kinds and amounts.
SELECT i.value, t.kind, p.code, t.amount, t.occurred_at
  FROM ledger.transfer AS t
  JOIN programs.point_type AS p ON p.id = t.point_type_id
  JOIN members.identifier AS i ON i.member_id = t.member_id AND i.kind = 'external_id'
 WHERE t.program_id = %(program_id)s
 ORDER BY t.occurred_at, i.value, t.kind, p.code, t.amount;

-- select_events --
-- The events that were stored, by the world's time.
SELECT i.value, e.type, e.occurred_at, e.doc::jsonb -> 'properties'
  FROM events.event AS e
  JOIN members.identifier AS i ON i.member_id = e.member_id AND i.kind = 'external_id'
 WHERE e.program_id = %(program_id)s
 ORDER BY e.occurred_at, i.value, e.type, e.id;

-- select_tiers --
-- The history of tiers.
SELECT i.value, s.tier_set, s.previous, s.tier, s.direction, s.reason, s.since
  FROM tiers.standing AS s
  JOIN members.identifier AS i ON i.member_id = s.member_id AND i.kind = 'external_id'
 WHERE s.program_id = %(program_id)s
 ORDER BY s.since, i.value, s.tier_set, s.id;

-- select_wallets --
-- Every wallet.
SELECT i.value, w.slot, w.available, w.pending, w.held, w.debt
  FROM ledger.wallet_v1 AS w
  JOIN members.identifier AS i ON i.member_id = w.member_id AND i.kind = 'external_id'
 WHERE w.program_id = %(program_id)s
 ORDER BY i.value, w.slot;

-- select_notices --
-- What subscribers hear, in the order it was written.
SELECT notices FROM events.batch WHERE program_id = %(program_id)s AND notices IS NOT NULL ORDER BY id;

-- set_birthday --
-- A member says when she was born.
UPDATE members.member AS m
   SET birthday = %(birthday)s
  FROM members.identifier AS i
 WHERE i.member_id = m.id AND i.program_id = %(program_id)s AND i.kind = 'external_id' AND i.value = %(user)s;

-- set_joined --
-- A member joined earlier, and perhaps lives elsewhere.
UPDATE members.member AS m
   SET joined_at = %(joined)s, zone = %(zone)s
  FROM members.identifier AS i
 WHERE i.member_id = m.id AND i.program_id = %(program_id)s AND i.kind = 'external_id' AND i.value = %(user)s;

-- listen --
-- Somebody hears everything.
INSERT INTO webhooks.subscription (program_id, types) VALUES (%(program_id)s, '{*}');

-- count_due --
-- How much is still due in wallets.
SELECT (SELECT count(*) FROM ledger.lot WHERE remaining > 0 AND expires_at <= %(at)s)
     + (SELECT count(*) FROM ledger.hold WHERE status = 'open' AND expires_at <= %(at)s);

-- publish_a_day_that_never_comes --
-- A version in force, as it could be published before such a schedule was refused.
INSERT INTO rulesets.version (program_id, version, document, digest, in_force_from, published_at)
SELECT program_id, version + 1, replace(document::text, '0 9 * * 1', '0 9 31 2 *')::jsonb, 'never', in_force_from,
       published_at
  FROM rulesets.version
 WHERE program_id = %(program_id)s
 ORDER BY version DESC
 LIMIT 1;
