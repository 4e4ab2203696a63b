-- select_dashboards --
-- Those of one owner first, then the program's, then those that others share, by name.
SELECT owner, code, name, shared, first_for, widgets::text, revision, updated_at
  FROM dashboards.dashboard
 WHERE program_id = %(program_id)s AND (owner = ANY (ARRAY[%(owner)s, 'program']) OR shared)
 ORDER BY owner <> %(owner)s, owner <> 'program', name, owner, code
 LIMIT %(limit)s;

-- select_program_dashboards --
-- The program's own, by code.
SELECT owner, code, name, shared, first_for, widgets::text, revision, updated_at
  FROM dashboards.dashboard
 WHERE program_id = %(program_id)s AND owner = 'program'
 ORDER BY code;

-- count_dashboards --
-- How many the owner has in this program.
SELECT count(*) FROM dashboards.dashboard WHERE program_id = %(program_id)s AND owner = %(owner)s;

-- upsert_dashboard --
-- Keep a dashboard of the owner; no row means that it is not as the caller has seen it.
INSERT INTO dashboards.dashboard AS known (program_id, owner, code, name, shared, first_for, widgets, updated_at)
VALUES (%(program_id)s, %(owner)s, %(code)s, %(name)s, %(shared)s, %(first_for)s, %(widgets)s::text::jsonb, %(now)s)
ON CONFLICT (program_id, owner, code) DO UPDATE
   SET name = excluded.name, shared = excluded.shared, first_for = excluded.first_for, widgets = excluded.widgets,
       revision = known.revision + 1, updated_at = excluded.updated_at
 WHERE %(expected)s::int IS NULL OR known.revision = %(expected)s
RETURNING owner, code, name, shared, first_for, widgets::text, revision, updated_at;

-- delete_dashboard --
-- Remove a dashboard of the owner.
DELETE FROM dashboards.dashboard
 WHERE program_id = %(program_id)s AND owner = %(owner)s AND code = %(code)s;
