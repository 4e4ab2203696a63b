-- select_dashboards --
-- Those of one owner first, then those that others share, by name.
SELECT owner, code, name, shared, widgets::text, revision, updated_at
  FROM dashboards.dashboard
 WHERE program_id = %(program_id)s AND (owner = %(owner)s OR shared)
 ORDER BY owner <> %(owner)s, name, owner, code
 LIMIT %(limit)s;

-- count_dashboards --
-- How many the owner has in this program.
SELECT count(*) FROM dashboards.dashboard WHERE program_id = %(program_id)s AND owner = %(owner)s;

-- upsert_dashboard --
-- Keep a dashboard of the owner; no row means that it is not as the caller has seen it.
INSERT INTO dashboards.dashboard AS known (program_id, owner, code, name, shared, widgets, updated_at)
VALUES (%(program_id)s, %(owner)s, %(code)s, %(name)s, %(shared)s, %(widgets)s::text::jsonb, %(now)s)
ON CONFLICT (program_id, owner, code) DO UPDATE
   SET name = excluded.name, shared = excluded.shared, widgets = excluded.widgets,
       revision = known.revision + 1, updated_at = excluded.updated_at
 WHERE %(expected)s::int IS NULL OR known.revision = %(expected)s
RETURNING owner, code, name, shared, widgets::text, revision, updated_at;

-- delete_dashboard --
-- Remove a dashboard of the owner.
DELETE FROM dashboards.dashboard
 WHERE program_id = %(program_id)s AND owner = %(owner)s AND code = %(code)s;
