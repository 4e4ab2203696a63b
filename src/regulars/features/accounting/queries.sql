-- select_settings --
-- How a program accounts for its points.
SELECT doc::text, revision FROM accounting.setting WHERE program_id = %(program_id)s;

-- upsert_settings --
-- Change how a program accounts for its points, unless somebody else changed it since it was read; no row means that.
INSERT INTO accounting.setting (program_id, doc, updated_at)
     VALUES (%(program_id)s, %(doc)s::jsonb, %(now)s)
ON CONFLICT (program_id)
  DO UPDATE SET doc = EXCLUDED.doc, revision = setting.revision + 1, updated_at = EXCLUDED.updated_at
          WHERE %(revision)s::int IS NULL OR setting.revision = %(revision)s::int
  RETURNING revision;
