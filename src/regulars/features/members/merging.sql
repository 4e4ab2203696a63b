-- move_identifiers --
-- Give all identifiers of one member to another; return them.
UPDATE members.identifier
   SET member_id = %(target_id)s
 WHERE member_id = %(source_id)s
   AND program_id = %(program_id)s
RETURNING kind, value;

-- return_identifiers --
-- Give identifiers back to the member they came from, those that the other one still has.
UPDATE members.identifier AS i
   SET member_id = %(source_id)s
  FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS r (kind, value)
 WHERE i.program_id = %(program_id)s
   AND i.kind = r.kind
   AND i.value = r.value
   AND i.member_id = %(target_id)s;

-- update_name_key --
-- Let a member be found by name, or not ('').
UPDATE members.profile SET name_key = %(name_key)s WHERE member_id = %(member_id)s;

-- insert_merge --
-- Two members who were one person.
INSERT INTO members.merge (program_id, source_id, target_id, reason, moved, merged_at)
     VALUES (%(program_id)s, %(source_id)s, %(target_id)s, %(reason)s, %(moved)s::jsonb, %(now)s)
  RETURNING id;

-- lock_merge --
-- Take a merge, to undo it.
SELECT id, source_id, target_id, reason, moved, merged_at, undone_at
  FROM members.merge
 WHERE id = %(merge_id)s
   AND program_id = %(program_id)s
   FOR UPDATE;

-- select_merges --
-- The merges that some members took part in, newest first.
SELECT id, source_id, target_id, reason, merged_at, undone_at
  FROM members.merge
 WHERE program_id = %(program_id)s
   AND (source_id = ANY (%(member_ids)s::bigint[]) OR target_id = ANY (%(member_ids)s::bigint[]))
 ORDER BY id DESC;

-- update_merge_undone --
-- A merge was undone.
UPDATE members.merge SET undone_at = %(now)s WHERE id = %(merge_id)s;

-- erase_members --
-- Leave nothing personal in the rows of some members; the rows stay, because the books name them.
UPDATE members.member
   SET status = 'erased', zone = NULL, birthday = NULL, attributes = '{}', tags = '{}', lists = '{}', consent = '{}',
       merged_into = NULL, revision = revision + 1, updated_at = %(now)s
 WHERE id = ANY (%(member_ids)s::bigint[]);

-- erase_profiles --
-- Erase the profiles of some members.
DELETE FROM members.profile WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_identifiers --
-- Erase the identifiers of some members.
DELETE FROM members.identifier WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_parked_attributes --
-- Erase the values of some members that were put aside.
DELETE FROM members.parked_attribute WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_consent_entries --
-- Erase what some members said about messages.
DELETE FROM members.consent_entry WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_merges --
-- Leave nothing personal in the merges of some members.
UPDATE members.merge
   SET moved = '{}', reason = ''
 WHERE source_id = ANY (%(member_ids)s::bigint[])
    OR target_id = ANY (%(member_ids)s::bigint[]);
