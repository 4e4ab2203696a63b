-- select_people --
-- What people of the staff are called, by their credentials.
SELECT 'staff:' || id, name
  FROM staff.person
 WHERE 'staff:' || id = ANY (%(credentials)s::text[]);

-- select_colleagues --
-- Who may be given a task of this program: people who can sign in and have a role in it.
SELECT DISTINCT p.email, p.name
  FROM staff.person AS p
  JOIN staff.assignment AS a ON a.person_id = p.id
 WHERE p.disabled_at IS NULL
   AND a.role <> 'partner'
   AND (a.program_id IS NULL OR a.program_id = %(program_id)s)
 ORDER BY p.name, p.email
 LIMIT %(limit)s;

-- select_email --
-- The address of a person, to find what is given to her.
SELECT email FROM staff.person WHERE 'staff:' || id = %(credential)s;

-- select_tasks_of_members --
-- Tasks of members, the latest first.
SELECT member_id, id, kind, title, details, assignee, due_on, rule, event_id, status, outcome, created_by, created_at,
       closed_by, closed_at, revision
  FROM care.task
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND (%(status)s::text IS NULL OR status = %(status)s)
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_open_tasks --
-- Open tasks of a program, the next due first, after the one that was seen last.
SELECT member_id, id, kind, title, details, assignee, due_on, rule, event_id, status, outcome, created_by, created_at,
       closed_by, closed_at, revision
  FROM care.task
 WHERE program_id = %(program_id)s
   AND status = 'open'
   AND (%(assignee)s::text IS NULL OR assignee = %(assignee)s)
   AND (%(due_before)s::date IS NULL OR due_on < %(due_before)s)
   AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (coalesce(due_on, 'infinity'), id) > (%(after_day)s::text::date, %(after)s)
 ORDER BY coalesce(due_on, 'infinity'), id
 LIMIT %(limit)s;

-- select_closed_tasks --
-- Tasks of a program that are done or will not be done, the latest first.
SELECT member_id, id, kind, title, details, assignee, due_on, rule, event_id, status, outcome, created_by, created_at,
       closed_by, closed_at, revision
  FROM care.task
 WHERE program_id = %(program_id)s
   AND status <> 'open'
   AND status = %(status)s
   AND (%(assignee)s::text IS NULL OR assignee = %(assignee)s)
   AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_member_names --
-- What members are called: their names, else how they are known.
SELECT m.id, coalesce(nullif(concat_ws(' ', p.first_name, p.last_name), ''), p.email,
                      (SELECT i.value FROM members.identifier AS i WHERE i.member_id = m.id
                        ORDER BY i.kind <> 'external_id', i.kind LIMIT 1), '')
  FROM members.member AS m
  LEFT JOIN members.profile AS p ON p.member_id = m.id
 WHERE m.id = ANY (%(member_ids)s::bigint[]);
