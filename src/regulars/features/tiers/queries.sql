-- Versions of tier sets.

-- select_tier_sets --
-- The latest version of every tier set of a program.
SELECT DISTINCT ON (code) code, version, doc::text, in_force_from, published_at
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
     VALUES (%(program_id)s, %(code)s, %(version)s, %(doc)s::jsonb, %(now)s, %(now)s);
