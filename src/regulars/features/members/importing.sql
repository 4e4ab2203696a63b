-- copy_members --
-- New members of an import.
COPY members.member (id, program_id, status, joined_at, zone, birthday, attributes, tags, consent, updated_at) FROM STDIN;

-- copy_identifiers --
-- Their identifiers; one that somebody has meanwhile makes this fail as a whole.
COPY members.identifier (program_id, kind, value, member_id, created_at) FROM STDIN;

-- copy_profiles --
-- Their profiles.
COPY members.profile (member_id, program_id, first_name, last_name, email, phone, gender, language, address, name_key, updated_at)
FROM STDIN;

-- update_imported --
-- What an import says about members who were there: status, tags beside theirs, the earlier joining, consent that is later
-- and another than what holds, with its proof.
WITH said AS MATERIALIZED (
    SELECT c.member_id, coalesce(c.status, m.status) AS status,
           CASE WHEN m.tags @> c.tags::text[] THEN m.tags
                ELSE ARRAY (SELECT DISTINCT t FROM unnest(m.tags || c.tags::text[]) AS t ORDER BY t) END AS tags,
           least(m.joined_at, c.joined_at) AS joined_at,
           m.consent AS held,
           coalesce((SELECT jsonb_object_agg(s.channel, s.said)
                       FROM jsonb_each(c.consent::jsonb) AS s (channel, said)
                      WHERE m.consent -> s.channel IS NULL
                         OR ((m.consent -> s.channel ->> 'at')::timestamptz < (s.said ->> 'at')::timestamptz
                             AND m.consent -> s.channel -> 'granted' <> s.said -> 'granted')),
                    '{}') AS taken
      FROM unnest(%(member_ids)s::bigint[], %(statuses)s::text[], %(tags)s::text[], %(joined)s::timestamptz[], %(consents)s::text[])
           AS c (member_id, status, tags, joined_at, consent)
      JOIN members.member AS m ON m.id = c.member_id
), recorded AS (
    INSERT INTO members.consent_entry (member_id, program_id, channel, granted, source, stated_at, recorded_at)
         SELECT s.member_id, %(program_id)s, t.channel, (t.said ->> 'granted')::boolean, t.said ->> 'source',
                (t.said ->> 'at')::timestamptz, %(now)s
           FROM said AS s
          CROSS JOIN jsonb_each(s.taken) AS t (channel, said)
)
UPDATE members.member AS m
   SET status = s.status, tags = s.tags, joined_at = s.joined_at, consent = m.consent || s.taken, revision = m.revision + 1,
       updated_at = %(now)s
  FROM said AS s
 WHERE m.id = s.member_id
   AND (s.status, s.tags, s.joined_at, s.held || s.taken) IS DISTINCT FROM (m.status, m.tags, m.joined_at, m.consent);

-- insert_import_run --
-- The import of a file begins.
INSERT INTO members.import_run (program_id, file_name, fingerprint, bytes_total, bytes_done, lines_done, started_at)
     VALUES (%(program_id)s, %(file_name)s, %(fingerprint)s, %(bytes_total)s, %(bytes_done)s, %(lines_done)s, %(now)s)
ON CONFLICT (program_id, fingerprint) WHERE finished_at IS NULL DO NOTHING;

-- lock_import_run --
-- How far the import of a file has come; held by whoever imports the next piece.
SELECT id, bytes_done, lines_done, error_bytes, created, updated, refused
  FROM members.import_run
 WHERE program_id = %(program_id)s
   AND fingerprint = %(fingerprint)s
   AND finished_at IS NULL
   FOR UPDATE;

-- update_import_run --
-- A piece of a file has been imported.
UPDATE members.import_run
   SET bytes_done = %(bytes_done)s, lines_done = %(lines_done)s, error_bytes = %(error_bytes)s,
       created = %(created)s, updated = %(updated)s, refused = %(refused)s, finished_at = %(finished_at)s
 WHERE id = %(run_id)s;
