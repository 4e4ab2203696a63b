-- insert_note --
-- Keep what somebody wrote about a member.
INSERT INTO care.note (member_id, id, program_id, text, written_by, written_at)
     VALUES (%(member_id)s, %(id)s, %(program_id)s, %(text)s, %(written_by)s, %(now)s);

-- select_notes --
-- What was written about members, the latest first.
SELECT member_id, id, text, written_by, written_at
  FROM care.note
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- delete_note --
-- Remove a note of whoever wrote it; nobody's when `anybody`.
DELETE FROM care.note
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND id = %(id)s
   AND (%(anybody)s OR written_by = %(written_by)s);

-- insert_task --
-- Keep something to do for a member.
INSERT INTO care.task (member_id, id, program_id, kind, title, details, assignee, due_on, created_by, created_at)
     VALUES (%(member_id)s, %(id)s, %(program_id)s, %(kind)s, %(title)s, %(details)s, %(assignee)s, %(due_on)s,
             %(created_by)s, %(now)s)
  RETURNING member_id, id, kind, title, details, assignee, due_on, rule, event_id, status, outcome, created_by, created_at,
            closed_by, closed_at, revision;

-- insert_tasks_of_rules --
-- Keep the tasks that the rules of a batch ask for.
INSERT INTO care.task (member_id, id, program_id, kind, title, assignee, due_on, rule, event_id, created_by, created_at)
     SELECT member_id, id, %(program_id)s, 'task', title, assignee, due_on, rule, event_id, %(created_by)s, %(now)s
       FROM unnest(%(member_ids)s::bigint[], %(ids)s::bigint[], %(titles)s::text[], %(assignees)s::text[],
                   %(due_days)s::date[], %(rules)s::text[], %(event_ids)s::bigint[])
            AS t (member_id, id, title, assignee, due_on, rule, event_id);

-- select_task --
-- One task of members.
SELECT member_id, id, kind, title, details, assignee, due_on, rule, event_id, status, outcome, created_by, created_at,
       closed_by, closed_at, revision
  FROM care.task
 WHERE member_id = ANY (%(member_ids)s::bigint[])
   AND program_id = %(program_id)s
   AND id = %(id)s
   FOR UPDATE;

-- update_task --
-- Write a task as it is now; no row when it has been changed since.
UPDATE care.task
   SET kind = %(kind)s, title = %(title)s, details = %(details)s, assignee = %(assignee)s, due_on = %(due_on)s,
       status = %(status)s, outcome = %(outcome)s, closed_by = %(closed_by)s, closed_at = %(closed_at)s,
       revision = revision + 1
 WHERE member_id = %(member_id)s
   AND id = %(id)s
   AND revision = %(revision)s
RETURNING member_id, id, kind, title, details, assignee, due_on, rule, event_id, status, outcome, created_by, created_at,
          closed_by, closed_at, revision;

-- erase_notes --
-- What was written about members.
DELETE FROM care.note WHERE member_id = ANY (%(member_ids)s::bigint[]);

-- erase_tasks --
-- What was to be done for members.
DELETE FROM care.task WHERE member_id = ANY (%(member_ids)s::bigint[]);
