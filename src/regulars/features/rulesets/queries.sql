-- Rules as people edit them, what they share, and what was published.

-- select_rules --
-- A page of rules in code order, archived ones only on demand.
SELECT code, doc::text, status, revision, updated_at
  FROM rulesets.rule
 WHERE program_id = %(program_id)s
   AND code > %(after)s
   AND (%(archived)s OR status <> 'archived')
 ORDER BY code
 LIMIT %(limit)s;

-- select_set_attributes --
-- What rules that are not archived set attributes to, in the order of the rules.
SELECT jsonb_path_query(doc, '$.then[*].set_attribute')::text
  FROM rulesets.rule
 WHERE program_id = %(program_id)s
   AND status <> 'archived'
   AND doc @? '$.then[*].set_attribute'
 ORDER BY code;

-- select_rule --
-- One rule.
SELECT code, doc::text, status, revision, updated_at
  FROM rulesets.rule
 WHERE program_id = %(program_id)s
   AND code = %(code)s;

-- upsert_rule --
-- Write a rule; only when it has the expected revision (0 = it is new, NULL = whatever is there).
INSERT INTO rulesets.rule AS r (program_id, code, doc, status, updated_at)
SELECT %(program_id)s, %(code)s, %(doc)s::jsonb, %(status)s, %(now)s
 WHERE coalesce(%(expected)s::int, 0) = 0
    OR EXISTS (SELECT FROM rulesets.rule WHERE program_id = %(program_id)s AND code = %(code)s)
    ON CONFLICT (program_id, code) DO UPDATE
   SET doc = excluded.doc,
       status = excluded.status,
       revision = r.revision + ((r.doc, r.status) IS DISTINCT FROM (excluded.doc, excluded.status))::int,
       updated_at = CASE WHEN (r.doc, r.status) IS DISTINCT FROM (excluded.doc, excluded.status)
                         THEN excluded.updated_at ELSE r.updated_at END
 WHERE %(expected)s::int IS NULL OR r.revision = %(expected)s
RETURNING code, doc::text, status, revision, updated_at;

-- update_rule_status --
-- Archive, pause or reactivate a rule.
UPDATE rulesets.rule
   SET status = %(status)s, revision = revision + 1, updated_at = %(now)s
 WHERE program_id = %(program_id)s
   AND code = %(code)s
   AND status <> %(status)s
   AND (%(expected)s::int IS NULL OR revision = %(expected)s)
RETURNING code, doc::text, status, revision, updated_at;

-- select_parts --
-- All parts of a program.
SELECT kind, code, doc::text, revision, updated_at
  FROM rulesets.part
 WHERE program_id = %(program_id)s
   AND (%(kind)s::text IS NULL OR kind = %(kind)s)
 ORDER BY kind, code;

-- select_part --
-- One part.
SELECT kind, code, doc::text, revision, updated_at
  FROM rulesets.part
 WHERE program_id = %(program_id)s
   AND kind = %(kind)s
   AND code = %(code)s;

-- upsert_part --
-- Write a part; only when it has the expected revision (0 = it is new, NULL = whatever is there).
INSERT INTO rulesets.part AS p (program_id, kind, code, doc, updated_at)
SELECT %(program_id)s, %(kind)s, %(code)s, %(doc)s::jsonb, %(now)s
 WHERE coalesce(%(expected)s::int, 0) = 0
    OR EXISTS (SELECT FROM rulesets.part
                WHERE program_id = %(program_id)s AND kind = %(kind)s AND code = %(code)s)
    ON CONFLICT (program_id, kind, code) DO UPDATE
   SET doc = excluded.doc,
       revision = p.revision + (p.doc IS DISTINCT FROM excluded.doc)::int,
       updated_at = CASE WHEN p.doc IS DISTINCT FROM excluded.doc THEN excluded.updated_at ELSE p.updated_at END
 WHERE %(expected)s::int IS NULL OR p.revision = %(expected)s
RETURNING kind, code, doc::text, revision, updated_at;

-- delete_part --
-- Remove a part; published versions keep their own copy.
DELETE FROM rulesets.part
 WHERE program_id = %(program_id)s
   AND kind = %(kind)s
   AND code = %(code)s
   AND (%(expected)s::int IS NULL OR revision = %(expected)s);

-- lock_publishing --
-- One publication of a program at a time; held until the transaction ends. 7201 = publishing rules.
SELECT pg_advisory_xact_lock(7201, %(program_id)s);

-- select_starts --
-- When each version takes force.
SELECT version, in_force_from, digest
  FROM rulesets.version
 WHERE program_id = %(program_id)s
 ORDER BY in_force_from, version;

-- select_version_in_force --
-- The version in force at an instant.
SELECT version, in_force_from, digest
  FROM rulesets.version
 WHERE program_id = %(program_id)s
   AND in_force_from <= %(at)s
 ORDER BY in_force_from DESC, version DESC
 LIMIT 1;

-- select_digest --
-- The name of a version's content, to know whether a process has it already.
SELECT digest FROM rulesets.version WHERE program_id = %(program_id)s AND version = %(version)s;

-- select_version --
-- One version with its document.
SELECT version, document::text, digest, in_force_from, published_at, published_by, note
  FROM rulesets.version
 WHERE program_id = %(program_id)s
   AND version = %(version)s;

-- select_latest --
-- The version published last, with its document.
SELECT version, document::text, digest, in_force_from, published_at, published_by, note
  FROM rulesets.version
 WHERE program_id = %(program_id)s
 ORDER BY version DESC
 LIMIT 1;

-- select_versions --
-- A page of versions without their documents, the latest first.
SELECT version, digest, in_force_from, published_at, published_by, note,
       jsonb_array_length(document -> 'rules')
  FROM rulesets.version
 WHERE program_id = %(program_id)s
   AND version < %(before)s
 ORDER BY version DESC
 LIMIT %(limit)s;

-- insert_version --
-- A new version.
INSERT INTO rulesets.version
       (program_id, version, document, digest, in_force_from, published_at, published_by, note)
VALUES (%(program_id)s, %(version)s, %(document)s::jsonb, %(digest)s, %(in_force_from)s, %(now)s,
        %(published_by)s, %(note)s);
