-- count_rows_with --
-- How many rows of all tables of members contain a text anywhere.
SELECT (SELECT count(*) FROM members.member AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.profile AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.identifier AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.attribute AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.parked_attribute AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.consent_entry AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.merge AS t WHERE t::text ILIKE %(needle)s)
     + (SELECT count(*) FROM members.import_run AS t WHERE t::text ILIKE %(needle)s);

-- select_tables --
-- The tables of members, so that none is forgotten above.
SELECT table_name FROM information_schema.tables WHERE table_schema = 'members' AND table_type = 'BASE TABLE';
