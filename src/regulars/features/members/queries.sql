-- Members: enrolment, look-up, changes.

-- reserve_member_ids --
-- Reserve blocks of 64 ids; a block is the number returned and the 63 after it.
SELECT nextval('members.member_id_seq') FROM generate_series(1, %(blocks)s::int);

-- insert_identifiers --
-- Claim identifiers for members; those that somebody has are left alone. Sorted, so that two batches never wait in a ring.
INSERT INTO members.identifier (program_id, kind, value, member_id, created_at)
     SELECT %(program_id)s, kind, value, member_id, %(now)s
       FROM unnest(%(kinds)s::text[], %(values)s::text[], %(member_ids)s::bigint[]) AS i (kind, value, member_id)
      ORDER BY kind, value
ON CONFLICT ON CONSTRAINT members_identifier_once DO NOTHING;

-- select_owners --
-- Whose some identifiers are: one index look-up for each, however many there are (a merge join would read the whole index).
SELECT w.kind, w.value, i.member_id
  FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w (kind, value)
 CROSS JOIN LATERAL (SELECT o.member_id
                       FROM members.identifier AS o
                      WHERE o.program_id = %(program_id)s
                        AND o.kind = w.kind
                        AND o.value = w.value
                      LIMIT 1) AS i;

-- select_anonymous --
-- Those of these members who are known by nothing but anonymous ids.
SELECT i.member_id
  FROM members.identifier AS i
 WHERE i.member_id = ANY (%(member_ids)s::bigint[])
 GROUP BY i.member_id
HAVING bool_and(i.kind = 'anonymous_id');

-- update_identifier_owners --
-- Give identifiers to the members they turned out to belong to.
UPDATE members.identifier AS i
   SET member_id = n.member_id
  FROM unnest(%(kinds)s::text[], %(values)s::text[], %(member_ids)s::bigint[]) AS n (kind, value, member_id)
 WHERE i.program_id = %(program_id)s
   AND i.kind = n.kind
   AND i.value = n.value;

-- insert_members --
-- New members.
INSERT INTO members.member (id, program_id, joined_at, zone, birthday, attributes, tags, updated_at)
     SELECT id, %(program_id)s, joined_at, zone, birthday, attributes::jsonb, tags::text[], %(now)s
       FROM unnest(%(ids)s::bigint[], %(joined)s::timestamptz[], %(zones)s::text[], %(birthdays)s::date[],
                   %(attributes)s::text[], %(tags)s::text[])
            AS m (id, joined_at, zone, birthday, attributes, tags);

-- lock_members --
-- Take members for a change, lowest id first. Names come along for the search key.
SELECT m.id, m.status, p.first_name, p.last_name
  FROM members.member AS m
  LEFT JOIN members.profile AS p ON p.member_id = m.id
 WHERE m.id = ANY (%(member_ids)s::bigint[])
   AND m.program_id = %(program_id)s
 ORDER BY m.id
   FOR NO KEY UPDATE OF m;

-- update_traits --
-- What messages said about members: attributes are added, replaced and removed one by one. Core fields: NULL leaves alone,
-- the empty text removes. A value put aside earlier is out of date then. What is said again changes nothing.
WITH said AS (
    SELECT member_id, added::jsonb AS added, removed::text[] AS removed, zone, birthday
      FROM unnest(%(member_ids)s::bigint[], %(added)s::text[], %(removed)s::text[], %(zones)s::text[], %(birthdays)s::text[])
           AS c (member_id, added, removed, zone, birthday)
), outdated AS (
    DELETE FROM members.parked_attribute AS p
     USING said AS c
     WHERE p.member_id = c.member_id
       AND (c.added ? p.name OR p.name = ANY (c.removed))
)
UPDATE members.member AS m
   SET attributes = (m.attributes || c.added) - c.removed,
       zone = nullif(coalesce(c.zone, m.zone), ''),
       birthday = CASE c.birthday WHEN '' THEN NULL ELSE coalesce(c.birthday::date, m.birthday) END,
       revision = m.revision + 1,
       updated_at = %(now)s
  FROM said AS c
 WHERE m.id = c.member_id
   AND ((m.attributes || c.added) - c.removed, nullif(coalesce(c.zone, m.zone), ''),
        CASE c.birthday WHEN '' THEN NULL ELSE coalesce(c.birthday::date, m.birthday) END)
       IS DISTINCT FROM (m.attributes, m.zone, m.birthday);

-- write_profiles --
-- Personal data as it was just said: NULL leaves a field alone, the empty text removes it. What is said again changes nothing.
WITH said AS (
    SELECT *
      FROM unnest(%(member_ids)s::bigint[], %(first_name)s::text[], %(last_name)s::text[], %(email)s::text[], %(phone)s::text[],
                  %(gender)s::text[], %(language)s::text[], %(address)s::text[], %(name_key)s::text[])
           AS s (member_id, first_name, last_name, email, phone, gender, language, address, name_key)
), changed AS (
    UPDATE members.profile AS p
       SET first_name = nullif(coalesce(s.first_name, p.first_name), ''),
           last_name = nullif(coalesce(s.last_name, p.last_name), ''),
           email = nullif(coalesce(s.email, p.email), ''),
           phone = nullif(coalesce(s.phone, p.phone), ''),
           gender = nullif(coalesce(s.gender, p.gender), ''),
           language = nullif(coalesce(s.language, p.language), ''),
           address = nullif(coalesce(s.address, p.address::text), '')::jsonb,
           name_key = coalesce(s.name_key, p.name_key),
           updated_at = %(now)s
      FROM said AS s
     WHERE p.member_id = s.member_id
       AND (coalesce(s.first_name, p.first_name, ''), coalesce(s.last_name, p.last_name, ''), coalesce(s.email, p.email, ''),
            coalesce(s.phone, p.phone, ''), coalesce(s.gender, p.gender, ''), coalesce(s.language, p.language, ''),
            nullif(coalesce(s.address, p.address::text), '')::jsonb, coalesce(s.name_key, p.name_key))
           IS DISTINCT FROM
           (coalesce(p.first_name, ''), coalesce(p.last_name, ''), coalesce(p.email, ''), coalesce(p.phone, ''),
            coalesce(p.gender, ''), coalesce(p.language, ''), p.address, p.name_key)
)
INSERT INTO members.profile (member_id, program_id, first_name, last_name, email, phone, gender, language, address, name_key,
                             updated_at)
     SELECT s.member_id, %(program_id)s, nullif(s.first_name, ''), nullif(s.last_name, ''), nullif(s.email, ''),
            nullif(s.phone, ''), nullif(s.gender, ''), nullif(s.language, ''), nullif(s.address, '')::jsonb,
            coalesce(s.name_key, ''), %(now)s
       FROM said AS s
      WHERE NOT EXISTS (SELECT FROM members.profile AS p WHERE p.member_id = s.member_id);

-- select_attribute_kinds --
-- The kinds of the attributes that have these names, and how many attributes the program has.
SELECT name, kind
  FROM members.attribute
 WHERE program_id = %(program_id)s
   AND name = ANY (%(names)s::text[]);

-- insert_attributes --
-- Attributes seen for the first time, as long as the program has room for them; sorted, so that nobody waits in a ring.
INSERT INTO members.attribute (program_id, name, kind, created_at)
     SELECT %(program_id)s, n.name, n.kind, %(now)s
       FROM (SELECT name, kind, row_number() OVER (ORDER BY name) AS place
               FROM unnest(%(names)s::text[], %(kinds)s::text[]) AS n (name, kind)) AS n
      WHERE n.place + (SELECT count(*) FROM members.attribute WHERE program_id = %(program_id)s) <= %(attributes_max)s
      ORDER BY n.name
ON CONFLICT ON CONSTRAINT members_attribute_pk DO NOTHING;

-- upsert_parked_attributes --
-- Put values aside that did not fit their attribute's kind; the last one counts.
INSERT INTO members.parked_attribute (member_id, name, program_id, value, reason, parked_at)
     SELECT member_id, name, %(program_id)s, value::jsonb, reason, %(now)s
       FROM unnest(%(member_ids)s::bigint[], %(names)s::text[], %(values)s::text[], %(reasons)s::text[])
            AS p (member_id, name, value, reason)
ON CONFLICT ON CONSTRAINT members_parked_attribute_pk
  DO UPDATE SET value = excluded.value, reason = excluded.reason, parked_at = excluded.parked_at;

-- select_members --
-- Members with profile and identifiers.
SELECT m.id, m.program_id, m.status, m.earning_blocked, m.spending_blocked, m.joined_at, m.zone, m.birthday, m.attributes,
       m.tags, m.lists, m.consent, m.merged_into, m.revision, m.updated_at,
       p.first_name, p.last_name, p.email, p.phone, p.gender, p.language, p.address,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value, 'verified_at', i.verified_at,
                                                     'created_at', i.created_at) ORDER BY i.kind, i.value), '[]')
          FROM members.identifier AS i
         WHERE i.member_id = m.id
           AND i.program_id = m.program_id)
  FROM members.member AS m
  LEFT JOIN members.profile AS p ON p.member_id = m.id
 WHERE m.program_id = %(program_id)s
   AND m.id = ANY (%(member_ids)s::bigint[]);

-- select_page --
-- A page of a program's members in id order, by tag where asked; merged and erased ones only when their status is.
SELECT m.id
  FROM members.member AS m
 WHERE m.program_id = %(program_id)s
   AND m.id > %(after)s
   AND CASE WHEN %(status)s::text IS NULL THEN m.status NOT IN ('merged', 'erased') ELSE m.status = %(status)s::text END
   AND (%(tag)s::text IS NULL OR %(tag)s::text = ANY (m.tags))
 ORDER BY m.id
 LIMIT %(limit)s;

-- select_by_prefix --
-- Members one of whose identifiers, or whose name, begins with what was typed: one index range for each.
SELECT DISTINCT found.member_id
  FROM (SELECT hit.member_id
          FROM unnest(%(kinds)s::text[], %(lows)s::text[], %(highs)s::text[]) AS r (kind, low, high)
         CROSS JOIN LATERAL (SELECT i.member_id
                               FROM members.identifier AS i
                              WHERE i.program_id = %(program_id)s
                                AND i.kind = r.kind
                                AND i.value >= r.low
                                AND i.value < r.high
                              ORDER BY i.value
                              LIMIT %(limit)s) AS hit
         UNION ALL
        (SELECT p.member_id
           FROM members.profile AS p
          WHERE p.program_id = %(program_id)s
            AND p.name_key <> ''
            AND p.name_key >= %(name_low)s
            AND p.name_key < %(name_high)s
          ORDER BY p.name_key
          LIMIT %(limit)s)) AS found
 LIMIT %(limit)s;

-- select_survivor --
-- The member who stands for this one now: itself, or who took over, over any number of merges.
SELECT s.survivor
  FROM members.survivors(ARRAY[%(member_id)s::bigint]) AS s
  JOIN members.member AS m ON m.id = s.survivor AND m.program_id = %(program_id)s;

-- select_merged_ids --
-- A member and everybody who was merged into her, over any number of merges: whose ledger rows are hers to see.
SELECT m.id FROM members.merged(ARRAY[%(member_id)s::bigint]) AS m ORDER BY m.id;

-- update_member --
-- Change what a person may change of a member; the row is locked by the caller.
UPDATE members.member
   SET status = %(status)s,
       earning_blocked = %(earning_blocked)s,
       spending_blocked = %(spending_blocked)s,
       joined_at = %(joined_at)s,
       zone = %(zone)s,
       birthday = %(birthday)s,
       attributes = %(attributes)s::jsonb,
       tags = %(tags)s,
       lists = %(lists)s,
       consent = %(consent)s::jsonb,
       merged_into = %(merged_into)s,
       revision = revision + 1,
       updated_at = %(now)s
 WHERE id = %(member_id)s;

-- delete_identifier --
-- Take an identifier from a member.
DELETE FROM members.identifier
 WHERE program_id = %(program_id)s
   AND kind = %(kind)s
   AND value = %(value)s
   AND member_id = %(member_id)s;

-- update_identifier_verified --
-- Note that the member proved that an identifier is hers.
UPDATE members.identifier
   SET verified_at = %(now)s
 WHERE program_id = %(program_id)s
   AND kind = %(kind)s
   AND value = %(value)s
   AND member_id = %(member_id)s;

-- change_lists --
-- Put members on a list and take others off it, any number at once; lists hold each code once, sorted.
UPDATE members.member AS m
   SET lists = CASE WHEN c.listed
                    THEN (SELECT array_agg(DISTINCT l ORDER BY l) FROM unnest(m.lists || %(list)s::text) AS l)
                    ELSE array_remove(m.lists, %(list)s::text) END,
       revision = m.revision + 1,
       updated_at = %(now)s
  FROM unnest(%(member_ids)s::bigint[], %(listed)s::boolean[]) AS c (member_id, listed)
 WHERE m.id = c.member_id
   AND m.program_id = %(program_id)s
   AND m.status NOT IN ('merged', 'erased')
   AND c.listed <> (%(list)s::text = ANY (m.lists));

-- count_listed --
-- How many members are on each of some lists.
SELECT l.code, (SELECT count(*)
                  FROM members.member AS m
                 WHERE m.lists <> '{}'
                   AND m.lists @> ARRAY[l.code]
                   AND m.program_id = %(program_id)s
                   AND m.status NOT IN ('merged', 'erased'))
  FROM unnest(%(codes)s::text[]) AS l (code);

-- count_listed_anywhere --
-- How many members are on at least one of some lists.
SELECT count(*)
  FROM members.member AS m
 WHERE m.lists <> '{}'
   AND m.lists && %(codes)s::text[]
   AND m.program_id = %(program_id)s
   AND m.status NOT IN ('merged', 'erased');

-- select_listed --
-- A page of the members on a list, in id order.
SELECT m.id
  FROM members.member AS m
 WHERE m.lists <> '{}'
   AND m.lists @> ARRAY[%(list)s::text]
   AND m.program_id = %(program_id)s
   AND m.status NOT IN ('merged', 'erased')
   AND m.id > %(after)s
 ORDER BY m.id
 LIMIT %(limit)s;

-- select_survivors --
-- The members who stand for some now: themselves, or who took over, over any number of merges.
SELECT s.asked, s.survivor
  FROM members.survivors(%(member_ids)s::bigint[]) AS s
  JOIN members.member AS m ON m.id = s.survivor AND m.program_id = %(program_id)s AND m.status <> 'erased';

-- insert_consent_entries --
-- Write down what a member said about messages, and where: the proof.
INSERT INTO members.consent_entry (member_id, program_id, channel, granted, source, stated_at, recorded_at)
     SELECT member_id, %(program_id)s, channel, granted, source, stated_at, %(now)s
       FROM unnest(%(member_ids)s::bigint[], %(channels)s::text[], %(granted)s::boolean[], %(sources)s::text[],
                   %(stated)s::timestamptz[])
            AS c (member_id, channel, granted, source, stated_at);

-- select_consent_entries --
-- Everything that some members said about messages, oldest first.
SELECT channel, granted, source, stated_at, recorded_at
  FROM members.consent_entry
 WHERE member_id = ANY (%(member_ids)s::bigint[])
 ORDER BY stated_at, id;

-- select_parked_attributes --
-- The values of some members that were put aside.
SELECT name, value, reason, parked_at
  FROM members.parked_attribute
 WHERE member_id = ANY (%(member_ids)s::bigint[])
 ORDER BY name, member_id;

-- select_attributes --
-- The attributes that members of a program have.
SELECT name, kind, declared, label
  FROM members.attribute
 WHERE program_id = %(program_id)s
 ORDER BY name;

-- upsert_attribute --
-- Declare an attribute; return its kind from before, NULL for a new one.
WITH before AS (
    SELECT kind FROM members.attribute WHERE program_id = %(program_id)s AND name = %(name)s FOR UPDATE
), written AS (
    INSERT INTO members.attribute (program_id, name, kind, declared, label, created_at)
         VALUES (%(program_id)s, %(name)s, %(kind)s, true, %(label)s, %(now)s)
    ON CONFLICT ON CONSTRAINT members_attribute_pk
      DO UPDATE SET kind = excluded.kind, declared = true, label = excluded.label
)
SELECT (SELECT kind FROM before);

-- count_attributes --
-- How many attributes a program has.
SELECT count(*) FROM members.attribute WHERE program_id = %(program_id)s;

-- delete_attribute --
-- Forget an attribute.
DELETE FROM members.attribute WHERE program_id = %(program_id)s AND name = %(name)s;

-- select_attribute_values --
-- The values of one attribute beyond a member, in id order, the rows taken for a change.
SELECT m.id, m.attributes -> %(name)s
  FROM members.member AS m
 WHERE m.program_id = %(program_id)s
   AND m.id > %(after)s
   AND m.attributes ? %(name)s
 ORDER BY m.id
 LIMIT %(limit)s
   FOR NO KEY UPDATE OF m;

-- select_parked_values --
-- The values of one attribute that were put aside, beyond a member, in id order.
SELECT p.member_id, p.value
  FROM members.parked_attribute AS p
 WHERE p.program_id = %(program_id)s
   AND p.name = %(name)s
   AND p.member_id > %(after)s
 ORDER BY p.member_id
 LIMIT %(limit)s;

-- delete_all_parked_values --
-- All values of one attribute that were put aside.
DELETE FROM members.parked_attribute WHERE program_id = %(program_id)s AND name = %(name)s;

-- stream_members --
-- All members of a program as an export writes them, in id order; merged and erased ones are left out.
SELECT m.id, m.program_id, m.status, m.earning_blocked, m.spending_blocked, m.joined_at, m.zone, m.birthday, m.attributes,
       m.tags, m.lists, m.consent, m.merged_into, m.revision, m.updated_at,
       p.first_name, p.last_name, p.email, p.phone, p.gender, p.language, p.address,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value) ORDER BY i.kind, i.created_at, i.value), '[]')
          FROM members.identifier AS i
         WHERE i.member_id = m.id
           AND i.program_id = m.program_id)
  FROM members.member AS m
  LEFT JOIN members.profile AS p ON p.member_id = m.id
 WHERE m.program_id = %(program_id)s
   AND m.status NOT IN ('merged', 'erased')
 ORDER BY m.id;
