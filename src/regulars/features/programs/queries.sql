-- Programs and their configuration.

-- select_programs --
-- A page of programs in code order; archived ones only on demand.
SELECT id, code, name, currency, zone, region, settings, revision, created_at, archived_at
  FROM programs.program
 WHERE code > %(after)s
   AND (%(archived)s OR archived_at IS NULL)
 ORDER BY code
 LIMIT %(limit)s;

-- select_program --
-- One program by its number.
SELECT id, code, name, currency, zone, region, settings, revision, created_at, archived_at
  FROM programs.program
 WHERE id = %(program_id)s;

-- select_program_by_code --
-- One program by its code.
SELECT id, code, name, currency, zone, region, settings, revision, created_at, archived_at
  FROM programs.program
 WHERE code = %(code)s;

-- select_revision --
-- The revision of a program's configuration: one index look-up, so that a cache can ask on every request.
SELECT revision FROM programs.program WHERE id = %(program_id)s;

-- insert_program --
-- A new program.
INSERT INTO programs.program (code, name, currency, zone, region, settings, created_at)
     VALUES (%(code)s, %(name)s, %(currency)s, %(zone)s, %(region)s, %(settings)s::jsonb, %(now)s)
  RETURNING id, code, name, currency, zone, region, settings, revision, created_at, archived_at;

-- update_program --
-- Change what may change of a program.
UPDATE programs.program
   SET name = %(name)s, zone = %(zone)s, region = %(region)s, settings = %(settings)s::jsonb
 WHERE id = %(program_id)s
RETURNING id, code, name, currency, zone, region, settings, revision, created_at, archived_at;

-- update_program_archived --
-- Archive a program or bring it back.
UPDATE programs.program SET archived_at = %(archived_at)s WHERE id = %(program_id)s;

-- lock_program --
-- Take the program's configuration for this transaction and give it its next revision.
UPDATE programs.program
   SET revision = revision + 1
 WHERE id = %(program_id)s
RETURNING id, code, name, currency, zone, region, settings, revision, created_at, archived_at;

-- select_partners --
-- All partners of a program, archived ones included.
SELECT id, code, name, roles, archived_at
  FROM programs.partner
 WHERE program_id = %(program_id)s
 ORDER BY code;

-- upsert_partner --
-- Make a partner or change it; it comes back when it was archived.
INSERT INTO programs.partner (program_id, code, name, roles, created_at)
     VALUES (%(program_id)s, %(code)s, %(name)s, %(roles)s, %(now)s)
ON CONFLICT ON CONSTRAINT programs_partner_code_once
  DO UPDATE SET name = excluded.name, roles = excluded.roles, archived_at = NULL
  RETURNING id, code, name, roles, archived_at;

-- update_partner_archived --
-- Archive a partner.
UPDATE programs.partner SET archived_at = %(now)s WHERE program_id = %(program_id)s AND code = %(code)s;

-- select_stores --
-- All stores of a program, archived ones included.
SELECT s.id, s.code, s.name, s.region, s.channel, p.code, s.archived_at
  FROM programs.store AS s
  LEFT JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.program_id = %(program_id)s
 ORDER BY s.code;

-- upsert_stores --
-- Make stores or change them, any number in one statement; they come back when they were archived.
INSERT INTO programs.store (program_id, code, name, region, channel, partner_id, created_at)
     SELECT %(program_id)s, s.code, s.name, s.region, s.channel, s.partner_id, %(now)s
       FROM unnest(%(codes)s::text[], %(names)s::text[], %(regions)s::text[], %(channels)s::text[], %(partner_ids)s::int[])
            AS s (code, name, region, channel, partner_id)
ON CONFLICT ON CONSTRAINT programs_store_code_once
  DO UPDATE SET name = excluded.name, region = excluded.region, channel = excluded.channel,
                partner_id = excluded.partner_id, archived_at = NULL;

-- update_store_archived --
-- Archive a store.
UPDATE programs.store SET archived_at = %(now)s WHERE program_id = %(program_id)s AND code = %(code)s;

-- select_sources --
-- All sources of a program, disabled ones included.
SELECT s.id, s.code, s.name, s.profile, s.client_side, s.enrol, st.code, p.code, s.origins, s.rate_per_second, s.disabled_at,
       s.signing_secret
  FROM programs.source AS s
  LEFT JOIN programs.store AS st ON st.id = s.store_id
  LEFT JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.program_id = %(program_id)s
 ORDER BY s.code;

-- upsert_source --
-- Make a source or change it; it comes back when it was disabled.
INSERT INTO programs.source (program_id, code, name, profile, client_side, enrol, store_id, partner_id, origins,
                             rate_per_second, created_at)
     VALUES (%(program_id)s, %(code)s, %(name)s, %(profile)s, %(client_side)s, %(enrol)s, %(store_id)s, %(partner_id)s,
             %(origins)s, %(rate_per_second)s, %(now)s)
ON CONFLICT ON CONSTRAINT programs_source_code_once
  DO UPDATE SET name = excluded.name, profile = excluded.profile, client_side = excluded.client_side,
                enrol = excluded.enrol, store_id = excluded.store_id, partner_id = excluded.partner_id,
                origins = excluded.origins, rate_per_second = excluded.rate_per_second, disabled_at = NULL
  RETURNING id;

-- update_source_secret --
-- Let a source sign its requests with this secret, or (NULL) no longer.
UPDATE programs.source SET signing_secret = %(secret)s WHERE program_id = %(program_id)s AND code = %(code)s;

-- update_source_disabled --
-- Disable a source: its write keys stop working at once.
UPDATE programs.source SET disabled_at = %(now)s WHERE program_id = %(program_id)s AND code = %(code)s;

-- select_point_types --
-- All point types of a program, archived ones included.
SELECT t.id, t.code, t.name, t.kind, t.scale, t.slot, p.code, t.policy, t.archived_at
  FROM programs.point_type AS t
  LEFT JOIN programs.partner AS p ON p.id = t.partner_id
 WHERE t.program_id = %(program_id)s
 ORDER BY t.slot;

-- upsert_point_type --
-- Make a point type in the next free slot, or change its name and policy.
INSERT INTO programs.point_type (program_id, code, name, kind, scale, slot, partner_id, policy, created_at)
     SELECT %(program_id)s, %(code)s, %(name)s, %(kind)s, %(scale)s,
            (SELECT coalesce(max(slot) + 1, 0) FROM programs.point_type WHERE program_id = %(program_id)s),
            %(partner_id)s, %(policy)s::jsonb, %(now)s
ON CONFLICT ON CONSTRAINT programs_point_type_code_once
  DO UPDATE SET name = excluded.name, policy = excluded.policy, archived_at = NULL
  RETURNING id;

-- update_point_type_archived --
-- Archive a point type: it can no longer be earned; what members hold stays.
UPDATE programs.point_type SET archived_at = %(now)s WHERE program_id = %(program_id)s AND code = %(code)s;

-- select_credentials --
-- The keys of a program (or of the platform), newest first; never their hashes.
SELECT c.id, p.code, s.code, c.kind, c.name, c.prefix, c.roles, c.created_at, c.expires_at, c.revoked_at, c.last_used_at
  FROM programs.credential AS c
  LEFT JOIN programs.program AS p ON p.id = c.program_id
  LEFT JOIN programs.source AS s ON s.id = c.source_id
 WHERE c.program_id IS NOT DISTINCT FROM %(program_id)s
 ORDER BY c.id DESC;

-- lock_credential_name --
-- New keys of this program and name wait here until this transaction ends, so that they are counted one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(':', 'programs.credential', %(program_id)s::int, %(name)s::text), 0));

-- select_live_credentials --
-- How many keys of this name are live.
SELECT count(*)
  FROM programs.credential AS c
 WHERE c.program_id IS NOT DISTINCT FROM %(program_id)s::int
   AND c.kind = %(kind)s
   AND c.name = %(name)s
   AND c.revoked_at IS NULL
   AND (c.expires_at IS NULL OR c.expires_at > %(now)s);

-- insert_credential --
-- A new key: prefix and hash, never the key.
INSERT INTO programs.credential (program_id, source_id, kind, name, prefix, secret_hash, roles, created_at, expires_at)
     VALUES (%(program_id)s, %(source_id)s, %(kind)s, %(name)s, %(prefix)s, %(secret_hash)s, %(roles)s, %(now)s, %(expires_at)s);

-- update_credential_revoked --
-- Revoke a key; the first revocation stands. The program gets its next revision: whoever remembers a key remembers it as
-- of a revision, and sees in the transaction that uses it that there is a new one.
WITH revised AS (UPDATE programs.program SET revision = revision + 1 WHERE id = %(program_id)s)
UPDATE programs.credential
   SET revoked_at = coalesce(revoked_at, %(now)s)
 WHERE prefix = %(prefix)s
   AND program_id IS NOT DISTINCT FROM %(program_id)s;

-- end_credential --
-- Let a live key end at an instant, or earlier where it does already; the program gets its next revision, as when it is revoked.
WITH ended AS (
    UPDATE programs.credential AS c
       SET expires_at = least(c.expires_at, %(ends_at)s)
     WHERE c.prefix = %(prefix)s
       AND c.program_id = %(program_id)s
       AND c.revoked_at IS NULL
       AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
    RETURNING c.program_id, c.source_id, c.kind, c.name, c.roles
), revised AS (
    UPDATE programs.program AS p SET revision = p.revision + 1 FROM ended WHERE p.id = ended.program_id
)
SELECT source_id, kind, name, roles FROM ended;

-- select_credential --
-- What a key is, with the program's revision: the one statement of every authenticated request.
SELECT c.id, c.kind, c.secret_hash, c.roles, c.expires_at, c.revoked_at, c.last_used_at, c.program_id, p.code, p.revision,
       p.archived_at, c.source_id, s.disabled_at, c.name, c.prefix
  FROM programs.credential AS c
  LEFT JOIN programs.program AS p ON p.id = c.program_id
  LEFT JOIN programs.source AS s ON s.id = c.source_id
 WHERE c.prefix = %(prefix)s;

-- update_credentials_used --
-- Note that keys were used. A row that somebody else is writing (the same, or that it is revoked) is not waited for.
UPDATE programs.credential
   SET last_used_at = %(now)s
 WHERE id IN (SELECT c.id
                FROM programs.credential AS c
               WHERE c.prefix = ANY(%(prefixes)s::text[])
                 AND (c.last_used_at IS NULL OR c.last_used_at < %(now)s)
                 FOR NO KEY UPDATE SKIP LOCKED);
