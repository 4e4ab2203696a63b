-- insert_household --
-- Make a household.
INSERT INTO households.household (program_id, name, draws, created_at)
     VALUES (%(program_id)s, %(name)s, %(draws)s, %(now)s)
  RETURNING id;

-- lock_household --
-- A household, held while who is in it changes.
SELECT id, program_id, name, draws, created_at, dissolved_at
  FROM households.household
 WHERE id = %(id)s
   AND program_id = %(program_id)s
   FOR UPDATE;

-- share_household --
-- A household that nobody may join, leave or dissolve meanwhile; several may spend at the same time.
SELECT id, program_id, name, draws, created_at, dissolved_at
  FROM households.household
 WHERE id = %(id)s
   AND program_id = %(program_id)s
   FOR SHARE;

-- select_household --
-- A household.
SELECT id, program_id, name, draws, created_at, dissolved_at
  FROM households.household
 WHERE id = %(id)s
   AND program_id = %(program_id)s;

-- update_household --
-- Change how a household is called and draws.
UPDATE households.household
   SET name = %(name)s,
       draws = %(draws)s
 WHERE id = %(id)s;

-- dissolve_household --
-- The household is over.
UPDATE households.household
   SET dissolved_at = %(now)s
 WHERE id = %(id)s;

-- insert_person --
-- A member joins; the index refuses whoever is in a household already.
INSERT INTO households.person (member_id, program_id, household_id, role, shares, spend_max, spend_period, joined_at)
     VALUES (%(member_id)s, %(program_id)s, %(household_id)s, %(role)s, %(shares)s, %(spend_max)s, %(spend_period)s,
             %(now)s);

-- select_people --
-- Who is in a household, heads first, then adults, then children, each by when they joined.
SELECT member_id, household_id, role, shares, spend_max, spend_period, joined_at
  FROM households.person
 WHERE household_id = %(household_id)s
   AND left_at IS NULL
 ORDER BY array_position(ARRAY['head', 'adult', 'child'], role), joined_at, member_id;

-- select_person --
-- Where a member is.
SELECT member_id, household_id, role, shares, spend_max, spend_period, joined_at
  FROM households.person
 WHERE member_id = %(member_id)s
   AND program_id = %(program_id)s
   AND left_at IS NULL;

-- update_person --
-- Change what a member is and may in the household.
UPDATE households.person
   SET role = %(role)s,
       shares = %(shares)s,
       spend_max = %(spend_max)s,
       spend_period = %(spend_period)s
 WHERE member_id = %(member_id)s
   AND household_id = %(household_id)s
   AND left_at IS NULL;

-- end_people --
-- Members leave: one, or all of a household.
UPDATE households.person
   SET left_at = %(now)s
 WHERE household_id = %(household_id)s
   AND left_at IS NULL
   AND (%(member_id)s::bigint IS NULL OR member_id = %(member_id)s);

-- insert_invitation --
-- Invite somebody.
INSERT INTO households.invitation (household_id, program_id, secret_hash, role, member_id, invited_by, created_at, expires_at)
     VALUES (%(household_id)s, %(program_id)s, %(secret_hash)s, %(role)s, %(member_id)s, %(invited_by)s, %(now)s,
             %(expires_at)s);

-- select_invitation --
-- An invitation that is still open, by its secret.
SELECT household_id, id, role, member_id
  FROM households.invitation
 WHERE secret_hash = %(secret_hash)s
   AND program_id = %(program_id)s
   AND ended_at IS NULL
   AND expires_at > %(now)s;

-- accept_invitation --
-- Accept an invitation once; no row means that somebody was faster.
UPDATE households.invitation
   SET accepted_by = %(member_id)s,
       ended_at = %(now)s
 WHERE household_id = %(household_id)s
   AND id = %(id)s
   AND ended_at IS NULL
RETURNING id;

-- end_invitations --
-- Nobody joins a household that is over.
UPDATE households.invitation
   SET ended_at = %(now)s
 WHERE household_id = %(household_id)s
   AND ended_at IS NULL;
