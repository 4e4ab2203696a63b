-- What describing and changing a whole program needs beside the stores of its parts.

-- lock_program --
-- Take a program's configuration for this transaction and give it its next revision, so that every cache reads it again.
UPDATE programs.program SET revision = revision + 1 WHERE id = %(program_id)s RETURNING revision;

-- select_attributes --
-- The attributes members of a program have, with their kinds.
SELECT name, kind FROM members.attribute WHERE program_id = %(program_id)s ORDER BY name;

-- select_product_attributes --
-- The attributes products have, with the JSON type most of a sample of 1,000 products use.
SELECT DISTINCT ON (key) key, kind
  FROM (SELECT a.key, jsonb_typeof(a.value) AS kind, count(*) AS uses
          FROM (SELECT attributes
                  FROM catalog.product
                 WHERE program_id = %(program_id)s
                   AND archived_at IS NULL
                   AND attributes <> '{}'
                 LIMIT 1000) AS p,
               jsonb_each(p.attributes) AS a
         GROUP BY 1, 2) AS seen
 ORDER BY key, uses DESC;

-- select_categories --
-- Categories and brands of products, as far as a list to choose from makes sense.
SELECT 'line.category' AS path, category AS value
  FROM catalog.product
 WHERE program_id = %(program_id)s AND archived_at IS NULL AND category <> ''
 GROUP BY category
UNION ALL
SELECT 'line.brand', brand
  FROM catalog.product
 WHERE program_id = %(program_id)s AND archived_at IS NULL AND brand <> ''
 GROUP BY brand
 ORDER BY 1, 2
 LIMIT 1000;

-- select_properties --
-- Custom properties of the events in the latest batches, with the JSON type most of them use, by event type.
SELECT DISTINCT ON (type, key) type, key, kind
  FROM (SELECT e.type, p.key, jsonb_typeof(p.value) AS kind, count(*) AS uses
          FROM (SELECT type, doc::jsonb AS doc
                  FROM events.event
                 WHERE program_id = %(program_id)s
                   AND doc IS NOT NULL
                   AND id >= (SELECT coalesce(max(id), 0) - 100 FROM events.batch) << 20
                 LIMIT 2000) AS e
               LEFT JOIN LATERAL jsonb_each(e.doc -> 'properties') AS p ON jsonb_typeof(e.doc -> 'properties') = 'object'
         GROUP BY 1, 2, 3) AS seen
 ORDER BY type, key, uses DESC;

-- select_event_since --
-- Whether any event of a program occurred at or after an instant: its rules can then no longer be backdated to it.
SELECT EXISTS (SELECT FROM events.event WHERE program_id = %(program_id)s AND occurred_at >= %(since)s);
