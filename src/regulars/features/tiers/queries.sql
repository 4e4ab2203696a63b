-- Versions of tier sets.

-- select_tier_sets --
-- The latest version of every tier set of a program.
SELECT DISTINCT ON (code) code, version, doc::text, in_force_from, published_at
  FROM tiers.tier_set
 WHERE program_id = %(program_id)s
 ORDER BY code, version DESC;

-- select_all_versions --
-- All versions of every tier set of a program, the latest of each first.
SELECT code, version, doc::text, in_force_from, published_at
  FROM tiers.tier_set
 WHERE program_id = %(program_id)s
 ORDER BY code, version DESC;

-- select_tier_set --
-- The latest version of one tier set.
SELECT code, version, doc::text, in_force_from, published_at
  FROM tiers.tier_set
 WHERE program_id = %(program_id)s
   AND code = %(code)s
 ORDER BY version DESC
 LIMIT 1;

-- select_versions --
-- All versions of one tier set, the latest first.
SELECT code, version, doc::text, in_force_from, published_at
  FROM tiers.tier_set
 WHERE program_id = %(program_id)s
   AND code = %(code)s
 ORDER BY version DESC;

-- insert_version --
-- A new version of a tier set.
INSERT INTO tiers.tier_set (program_id, code, version, doc, in_force_from, published_at)
     VALUES (%(program_id)s, %(code)s, %(version)s, %(doc)s::jsonb, %(in_force_from)s, %(now)s);

-- select_scheduled --
-- The versions of tier sets that are still to come, the earliest first.
SELECT code, doc::text, in_force_from, scheduled_at, problem
  FROM tiers.scheduled
 WHERE program_id = %(program_id)s
 ORDER BY in_force_from, code;

-- upsert_scheduled --
-- The next version of a tier set, in place of one that was to come before.
INSERT INTO tiers.scheduled (program_id, code, doc, in_force_from, scheduled_at)
     VALUES (%(program_id)s, %(code)s, %(doc)s::jsonb, %(in_force_from)s, %(now)s)
ON CONFLICT (program_id, code) DO UPDATE
        SET doc = EXCLUDED.doc, in_force_from = EXCLUDED.in_force_from, scheduled_at = EXCLUDED.scheduled_at, problem = '';

-- update_problem --
-- Why a version could not take force.
UPDATE tiers.scheduled SET problem = %(problem)s WHERE program_id = %(program_id)s AND code = %(code)s;

-- delete_scheduled --
-- It has taken force, or will not.
DELETE FROM tiers.scheduled WHERE program_id = %(program_id)s AND code = %(code)s RETURNING code;
