-- People, their sessions, and how they sign in.

-- select_persons --
-- A page of people by id: who they are, how they can sign in, what roles they have and where.
SELECT p.id, p.email, p.name, p.locale, p.created_at, p.disabled_at, p.password_hash IS NOT NULL, p.totp_secret IS NOT NULL,
       (SELECT count(*)::int FROM staff.passkey AS k WHERE k.person_id = p.id),
       (SELECT coalesce(json_agg(json_build_object('role', a.role, 'program', g.code, 'partner', r.code, 'region', a.region)
                                 ORDER BY a.id), '[]')::text
          FROM staff.assignment AS a
          LEFT JOIN programs.program_v1 AS g ON g.id = a.program_id
          LEFT JOIN programs.partner_v1 AS r ON r.id = a.partner_id
         WHERE a.person_id = p.id),
       (SELECT max(s.seen_at) FROM staff.session AS s WHERE s.person_id = p.id)
  FROM staff.person AS p
 WHERE p.id > %(after)s
   AND (%(ids)s::int[] IS NULL OR p.id = ANY (%(ids)s))
   AND (%(email)s::text IS NULL OR p.email = %(email)s)
 ORDER BY p.id
 LIMIT %(limit)s;

-- select_anybody --
-- Whether there is anybody at all who may sign in.
SELECT EXISTS (SELECT FROM staff.person WHERE disabled_at IS NULL);

-- lock_people --
-- Changes of who administers the installation wait here for one another, so that the last one stays.
SELECT pg_advisory_xact_lock(hashtextextended('staff.person', 0));

-- select_administrators --
-- How many people administer the installation and are not disabled, beside one.
SELECT count(DISTINCT p.id)::int
  FROM staff.person AS p
  JOIN staff.assignment AS a ON a.person_id = p.id AND a.role = 'platform_admin'
 WHERE p.disabled_at IS NULL AND p.id <> %(beside)s;

-- insert_person --
-- A new person.
INSERT INTO staff.person (email, name, locale, created_at)
     VALUES (%(email)s, %(name)s, %(locale)s, %(now)s)
  RETURNING id;

-- update_person --
-- Change how a person is called and spoken to.
UPDATE staff.person
   SET name = %(name)s, locale = %(locale)s
 WHERE id = %(person_id)s AND (name, locale) IS DISTINCT FROM (%(name)s, %(locale)s);

-- update_person_disabled --
-- Let somebody in no more, or again.
UPDATE staff.person SET disabled_at = %(disabled_at)s WHERE id = %(person_id)s;

-- update_password --
-- A person's new password, as a hash.
UPDATE staff.person SET password_hash = %(password_hash)s WHERE id = %(person_id)s;

-- select_sign_in --
-- What is needed to check a password and a code.
SELECT id, email, name, password_hash, totp_secret, totp_step, disabled_at FROM staff.person WHERE email = %(email)s;

-- select_sign_in_by_id --
-- The same of a person whose number is known.
SELECT id, email, name, password_hash, totp_secret, totp_step, disabled_at FROM staff.person WHERE id = %(person_id)s;

-- delete_assignments --
-- Take from a person the roles that are not among the ones she is to have.
DELETE FROM staff.assignment AS a
 WHERE a.person_id = %(person_id)s
   AND NOT EXISTS (
       SELECT FROM unnest(%(roles)s::text[], %(program_ids)s::int[], %(partner_ids)s::int[], %(regions)s::text[])
                   AS n (role, program_id, partner_id, region)
        WHERE (n.role, n.program_id, n.partner_id, n.region) IS NOT DISTINCT FROM (a.role, a.program_id, a.partner_id, a.region));

-- insert_assignments --
-- Give a person the roles she does not have yet.
INSERT INTO staff.assignment (person_id, role, program_id, partner_id, region, created_at, created_by)
     SELECT %(person_id)s, n.role, n.program_id, n.partner_id, n.region, %(now)s, %(by)s
       FROM unnest(%(roles)s::text[], %(program_ids)s::int[], %(partner_ids)s::int[], %(regions)s::text[])
            AS n (role, program_id, partner_id, region)
ON CONFLICT ON CONSTRAINT staff_assignment_once DO NOTHING;

-- select_places --
-- The numbers of programs and their partners, by code.
SELECT g.code, r.code, g.id, r.id
  FROM programs.program_v1 AS g
  LEFT JOIN programs.partner_v1 AS r ON r.program_id = g.id AND r.code = ANY (%(partners)s::text[])
 WHERE g.code = ANY (%(programs)s::text[]);

-- select_programs_of_all --
-- Every program that is not archived, for those who work everywhere.
SELECT id, code, name FROM programs.program_v1 WHERE archived_at IS NULL ORDER BY code;

-- insert_session --
-- A browser that is signed in from now on.
INSERT INTO staff.session (secret_hash, person_id, method, created_at, seen_at, expires_at, address, browser)
     VALUES (%(secret_hash)s, %(person_id)s, %(method)s, %(now)s, %(now)s, %(expires_at)s, %(address)s, %(browser)s);

-- end_oldest_sessions --
-- Let only the newest sessions of a person live.
UPDATE staff.session
   SET revoked_at = %(now)s
 WHERE person_id = %(person_id)s
   AND revoked_at IS NULL
   AND id <= (SELECT id FROM staff.session
               WHERE person_id = %(person_id)s AND revoked_at IS NULL ORDER BY id DESC OFFSET %(keep)s LIMIT 1);

-- select_session --
-- Who a session speaks for, with her roles: the one statement of every request that a browser makes.
SELECT s.id, s.person_id, s.seen_at, p.email, p.name, p.locale, s.method, p.totp_secret IS NOT NULL,
       (SELECT coalesce(json_agg(json_build_object('role', a.role, 'program_id', a.program_id, 'program', g.code,
                                                   'program_name', g.name, 'partner', r.code, 'region', a.region)
                                 ORDER BY a.id), '[]')::text
          FROM staff.assignment AS a
          LEFT JOIN programs.program_v1 AS g ON g.id = a.program_id
          LEFT JOIN programs.partner_v1 AS r ON r.id = a.partner_id
         WHERE a.person_id = p.id AND g.archived_at IS NULL)
  FROM staff.session AS s
  JOIN staff.person AS p ON p.id = s.person_id
 WHERE s.secret_hash = %(secret_hash)s
   AND s.revoked_at IS NULL
   AND s.expires_at > %(now)s
   AND s.seen_at > %(idle_since)s
   AND p.disabled_at IS NULL;

-- update_session_seen --
-- Note that a session is in use.
UPDATE staff.session SET seen_at = %(now)s WHERE id = %(session_id)s AND seen_at < %(now)s;

-- select_sessions --
-- The living sessions of a person, newest first.
SELECT id, method, created_at, seen_at, expires_at, address, browser
  FROM staff.session
 WHERE person_id = %(person_id)s AND revoked_at IS NULL AND expires_at > %(now)s AND seen_at > %(idle_since)s
 ORDER BY id DESC;

-- revoke_session --
-- End one session of a person.
UPDATE staff.session
   SET revoked_at = %(now)s
 WHERE id = %(session_id)s AND person_id = %(person_id)s AND revoked_at IS NULL;

-- revoke_sessions --
-- End all sessions of a person but one.
UPDATE staff.session
   SET revoked_at = %(now)s
 WHERE person_id = %(person_id)s AND revoked_at IS NULL AND id IS DISTINCT FROM %(but)s;

-- insert_link --
-- A link that lets somebody in once.
INSERT INTO staff.link (token_hash, purpose, person_id, created_at, expires_at)
     VALUES (%(token_hash)s, %(purpose)s, %(person_id)s, %(now)s, %(expires_at)s);

-- end_links --
-- Let no earlier link of the same purpose and person be used.
UPDATE staff.link SET used_at = %(now)s WHERE purpose = %(purpose)s AND person_id IS NOT DISTINCT FROM %(person_id)s AND used_at IS NULL;

-- select_link --
-- What a link is for, as long as it can be used.
SELECT purpose, person_id FROM staff.link
 WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > %(now)s;

-- use_link --
-- Use a link; no row means that it is spent.
UPDATE staff.link
   SET used_at = %(now)s
 WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > %(now)s;

-- count_attempt --
-- Count an attempt before it is made; a window that is over begins anew. Returns how many there are and since when.
INSERT INTO staff.throttle AS t (subject, since, attempts)
     VALUES (%(subject)s, %(now)s, 1)
ON CONFLICT (subject) DO UPDATE
   SET since = CASE WHEN t.since <= %(window_start)s THEN excluded.since ELSE t.since END,
       attempts = CASE WHEN t.since <= %(window_start)s THEN 1 ELSE t.attempts + 1 END
RETURNING attempts, since;

-- forget_attempts --
-- Somebody got in: what was tried before does not count any more.
DELETE FROM staff.throttle WHERE subject = ANY (%(subjects)s::text[]);

-- act_as --
-- Let the log of changes say from here on that this person does it.
SELECT set_config('regulars.actor', 'staff:' || %(person_id)s::int, true);

-- use_totp_step --
-- Use the code of a step, each step once; no row means that it or a later one was used before.
UPDATE staff.person SET totp_step = %(step)s WHERE id = %(person_id)s AND totp_step < %(step)s RETURNING id;

-- update_totp --
-- Give a person an authenticator, or take it away.
UPDATE staff.person SET totp_secret = %(secret)s, totp_step = %(step)s WHERE id = %(person_id)s;

-- use_recovery_code --
-- Use a recovery code; no row means that there is none like it left.
UPDATE staff.recovery_code
   SET used_at = %(now)s
 WHERE person_id = %(person_id)s AND code_hash = %(code_hash)s AND used_at IS NULL
RETURNING person_id;

-- delete_recovery_codes --
-- Forget the recovery codes of a person.
DELETE FROM staff.recovery_code WHERE person_id = %(person_id)s;

-- insert_recovery_codes --
-- New recovery codes, as hashes.
INSERT INTO staff.recovery_code (person_id, code_hash)
     SELECT %(person_id)s, c FROM unnest(%(hashes)s::bytea[]) AS c;

-- count_recovery_codes --
-- How many recovery codes a person has left.
SELECT count(*)::int FROM staff.recovery_code WHERE person_id = %(person_id)s AND used_at IS NULL;

-- insert_challenge --
-- A question to which one answer is awaited.
INSERT INTO staff.challenge (token_hash, purpose, person_id, content, expires_at)
     VALUES (%(token_hash)s, %(purpose)s, %(person_id)s, %(content)s::jsonb, %(expires_at)s);

-- take_challenge --
-- Take a question away with its answer; no row means that it was answered or took too long.
DELETE FROM staff.challenge
 WHERE token_hash = %(token_hash)s AND purpose = %(purpose)s AND expires_at > %(now)s
       AND (person_id IS NULL OR person_id = %(person_id)s)
RETURNING content::text;

-- delete_spent --
-- Forget questions nobody answered, links and sessions long over, and attempts long made.
WITH challenges AS (DELETE FROM staff.challenge WHERE expires_at < %(now)s RETURNING 1),
     links AS (DELETE FROM staff.link WHERE expires_at < %(before)s RETURNING 1),
     sessions AS (DELETE FROM staff.session WHERE expires_at < %(before)s RETURNING 1),
     attempts AS (DELETE FROM staff.throttle WHERE since < %(before)s RETURNING 1)
SELECT (SELECT count(*) FROM challenges) + (SELECT count(*) FROM links) + (SELECT count(*) FROM sessions)
       + (SELECT count(*) FROM attempts);

-- insert_passkey --
-- A passkey of a person.
INSERT INTO staff.passkey (person_id, credential_id, public_key, sign_count, name, created_at)
     VALUES (%(person_id)s, %(credential_id)s, %(public_key)s, %(sign_count)s, %(name)s, %(now)s)
ON CONFLICT ON CONSTRAINT staff_passkey_credential_once DO NOTHING
  RETURNING id;

-- select_passkeys --
-- The passkeys of a person, in the order in which they were added.
SELECT id, credential_id, public_key, sign_count, name, created_at, last_used_at
  FROM staff.passkey WHERE person_id = %(person_id)s ORDER BY id;

-- lock_passkey --
-- A passkey with its person, taken: the counter of its signatures only rises.
SELECT k.id, k.person_id, k.public_key, k.sign_count, p.disabled_at
  FROM staff.passkey AS k
  JOIN staff.person AS p ON p.id = k.person_id
 WHERE k.credential_id = %(credential_id)s
   FOR UPDATE OF k;

-- update_passkey_used --
-- Note a signature.
UPDATE staff.passkey SET sign_count = %(sign_count)s, last_used_at = %(now)s WHERE id = %(passkey_id)s;

-- delete_passkey --
-- Remove a passkey of a person.
DELETE FROM staff.passkey WHERE id = %(passkey_id)s AND person_id = %(person_id)s;

-- select_providers --
-- The identity providers, disabled ones included.
SELECT id, code, name, issuer, client_id, client_secret IS NOT NULL, created_at, disabled_at
  FROM staff.identity_provider ORDER BY code;

-- select_provider --
-- An identity provider that may be used, with its secret.
SELECT id, code, name, issuer, client_id, client_secret
  FROM staff.identity_provider WHERE code = %(code)s AND disabled_at IS NULL;

-- upsert_provider --
-- Add an identity provider or change it; without a secret the old one stays.
INSERT INTO staff.identity_provider AS p (code, name, issuer, client_id, client_secret, created_at)
     VALUES (%(code)s, %(name)s, %(issuer)s, %(client_id)s, %(client_secret)s, %(now)s)
ON CONFLICT ON CONSTRAINT staff_identity_provider_code_once DO UPDATE
   SET name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id,
       client_secret = coalesce(excluded.client_secret, p.client_secret), disabled_at = NULL;

-- disable_provider --
-- Let nobody sign in there any more.
UPDATE staff.identity_provider SET disabled_at = %(now)s WHERE code = %(code)s AND disabled_at IS NULL;

-- select_identity --
-- Who somebody of a provider is here.
SELECT i.person_id, p.disabled_at
  FROM staff.identity AS i
  JOIN staff.person AS p ON p.id = i.person_id
 WHERE i.provider_id = %(provider_id)s AND i.subject = %(subject)s;

-- insert_identity --
-- Bind a person to who she is at a provider; a person has one identity there.
INSERT INTO staff.identity (provider_id, subject, person_id, created_at)
     SELECT %(provider_id)s, %(subject)s, %(person_id)s, %(now)s
      WHERE NOT EXISTS (SELECT FROM staff.identity WHERE provider_id = %(provider_id)s AND person_id = %(person_id)s)
ON CONFLICT ON CONSTRAINT staff_identity_once DO NOTHING
  RETURNING person_id;
