-- select_numbers --
-- The public id of some event of a program, and some job of it.
SELECT (SELECT min(id)::text FROM events.event WHERE program_id = %(program_id)s),
       (SELECT coalesce(min(id), 1)::text FROM jobs.job WHERE program_id = %(program_id)s);

-- select_fingerprints --
-- One line for everything of a program that somebody could change.
SELECT 'purses', md5(coalesce(string_agg(p::text, ',' ORDER BY member_id), '')) FROM ledger.purse AS p WHERE program_id = %(program_id)s
UNION ALL
SELECT 'transfers', md5(coalesce(string_agg(t::text, ',' ORDER BY id), '')) FROM ledger.transfer AS t WHERE program_id = %(program_id)s
UNION ALL
SELECT 'members', md5(coalesce(string_agg(m::text, ',' ORDER BY id), '')) FROM members.member AS m WHERE program_id = %(program_id)s
UNION ALL
SELECT 'events', md5(coalesce(string_agg(e::text, ',' ORDER BY id), '')) FROM events.event AS e WHERE program_id = %(program_id)s
UNION ALL
SELECT 'program', md5(coalesce(string_agg(p::text, ','), '')) FROM programs.program AS p WHERE id = %(program_id)s
UNION ALL
SELECT 'keys', md5(coalesce(string_agg(c.revoked_at::text, ',' ORDER BY id), '')) FROM programs.credential AS c WHERE program_id = %(program_id)s
UNION ALL
SELECT 'jobs', md5(coalesce(string_agg(j.status, ',' ORDER BY id), '')) FROM jobs.job AS j WHERE program_id = %(program_id)s;
