-- Campaigns, what was done for them and said of them, and the names of marketing lists.

-- select_campaign --
-- A campaign by its code, archived or not.
SELECT id, code, name, type, template, status, owner_id, currency, budget, estimated_revenue, expected_response,
       proposed_from, proposed_to, actual_from, actual_to, description, offer, promotions, lists,
       revision, created_at, updated_at, archived_at
  FROM campaigns.campaign
 WHERE program_id = %(program_id)s
   AND code = %(code)s;

-- lock_campaign --
-- The same, held while it is changed.
SELECT id, code, name, type, template, status, owner_id, currency, budget, estimated_revenue, expected_response,
       proposed_from, proposed_to, actual_from, actual_to, description, offer, promotions, lists,
       revision, created_at, updated_at, archived_at
  FROM campaigns.campaign
 WHERE program_id = %(program_id)s
   AND code = %(code)s
   FOR NO KEY UPDATE;

-- select_campaigns --
-- A page of campaigns in the order of their codes; each NULL leaves a condition out.
SELECT id, code, name, type, template, status, owner_id, currency, budget, estimated_revenue, expected_response,
       proposed_from, proposed_to, actual_from, actual_to, description, offer, promotions, lists,
       revision, created_at, updated_at, archived_at
  FROM campaigns.campaign
 WHERE program_id = %(program_id)s
   AND code > %(after)s
   AND (%(archived)s OR archived_at IS NULL)
   AND (%(template)s::boolean IS NULL OR template = %(template)s)
   AND (%(status)s::text IS NULL OR status = %(status)s)
   AND (%(type)s::text IS NULL OR type = %(type)s)
   AND (%(owner_id)s::int IS NULL OR owner_id = %(owner_id)s)
   AND (%(text)s::text IS NULL OR strpos(lower(code || ' ' || name || ' ' || type), lower(%(text)s)) > 0)
 ORDER BY code
 LIMIT %(limit)s;

-- select_between --
-- The campaigns that have a day between two days: as it went where it has begun, else as proposed.
SELECT id, code, name, type, template, status, owner_id, currency, budget, estimated_revenue, expected_response,
       proposed_from, proposed_to, actual_from, actual_to, description, offer, promotions, lists,
       revision, created_at, updated_at, archived_at
  FROM campaigns.campaign
 WHERE program_id = %(program_id)s
   AND archived_at IS NULL
   AND NOT template
   AND coalesce(actual_from, proposed_from) <= %(last)s
   AND coalesce(actual_to, CASE WHEN status = 'active' THEN NULL ELSE proposed_to END, 'infinity') >= %(first)s
 ORDER BY coalesce(actual_from, proposed_from), code;

-- select_types --
-- The types that campaigns of a program have.
SELECT DISTINCT type
  FROM campaigns.campaign
 WHERE program_id = %(program_id)s
   AND type <> ''
   AND archived_at IS NULL
 ORDER BY type
 LIMIT 200;

-- insert_campaign --
-- A new campaign; no row means that the code is taken.
INSERT INTO campaigns.campaign
            (program_id, code, name, type, template, owner_id, currency, budget, estimated_revenue, expected_response,
             proposed_from, proposed_to, actual_from, actual_to, description, offer, promotions, lists,
             created_at, updated_at)
     VALUES (%(program_id)s, %(code)s, %(name)s, %(type)s, %(template)s, %(owner_id)s, %(currency)s, %(budget)s,
             %(estimated_revenue)s, %(expected_response)s, %(proposed_from)s, %(proposed_to)s, %(actual_from)s,
             %(actual_to)s, %(description)s, %(offer)s, %(promotions)s, %(lists)s, %(now)s, %(now)s)
ON CONFLICT ON CONSTRAINT campaigns_campaign_once DO NOTHING
  RETURNING id;

-- update_campaign --
-- Change what a campaign says; its row is held by the caller. An archived one comes back.
UPDATE campaigns.campaign
   SET name = %(name)s, type = %(type)s, template = %(template)s, owner_id = %(owner_id)s, currency = %(currency)s,
       budget = %(budget)s, estimated_revenue = %(estimated_revenue)s, expected_response = %(expected_response)s,
       proposed_from = %(proposed_from)s, proposed_to = %(proposed_to)s, actual_from = %(actual_from)s,
       actual_to = %(actual_to)s, description = %(description)s, offer = %(offer)s, promotions = %(promotions)s,
       lists = %(lists)s, revision = revision + 1, updated_at = %(now)s, archived_at = NULL
 WHERE id = %(id)s;

-- update_status --
-- Take a campaign a step further, with the days on which it began and ended; its row is held by the caller.
UPDATE campaigns.campaign
   SET status = %(status)s, actual_from = %(actual_from)s, actual_to = %(actual_to)s,
       revision = revision + 1, updated_at = %(now)s
 WHERE id = %(id)s;

-- update_archived --
-- Put a campaign away.
UPDATE campaigns.campaign
   SET archived_at = %(now)s, revision = revision + 1, updated_at = %(now)s
 WHERE id = %(id)s
   AND archived_at IS NULL;

-- insert_step --
-- Note a status that a campaign took; its row is held by the caller.
INSERT INTO campaigns.step (campaign_id, number, status, made_at, made_by, reason)
     SELECT %(campaign_id)s, coalesce(max(number), 0) + 1, %(status)s, %(now)s, %(by)s, %(reason)s
       FROM campaigns.step
      WHERE campaign_id = %(campaign_id)s;

-- select_steps --
-- The statuses a campaign took, first to last.
SELECT status, made_at, made_by, reason
  FROM campaigns.step
 WHERE campaign_id = %(campaign_id)s
 ORDER BY number
 LIMIT 1000;

-- count_activities --
-- How many activities some campaigns have, and how many of them are open.
SELECT campaign_id, count(*), count(*) FILTER (WHERE completed_at IS NULL)
  FROM campaigns.activity
 WHERE campaign_id = ANY (%(campaign_ids)s::int[])
 GROUP BY campaign_id;

-- select_activities --
-- Activities by day they are due, those without one last; each NULL leaves a condition out.
SELECT a.id, c.code, c.name, a.kind, a.subject, a.details, a.assignee_id, a.due_on, a.completed_at, a.completed_by,
       a.created_at, a.created_by, a.revision
  FROM campaigns.activity AS a
  JOIN campaigns.campaign AS c ON c.id = a.campaign_id
 WHERE a.program_id = %(program_id)s
   AND c.archived_at IS NULL
   AND (%(code)s::text IS NOT NULL OR NOT c.template)
   AND (%(code)s::text IS NULL OR c.code = %(code)s)
   AND (%(assignee_id)s::int IS NULL OR a.assignee_id = %(assignee_id)s)
   AND (%(open)s::boolean IS NULL OR (a.completed_at IS NULL) = %(open)s)
   AND (%(first)s::date IS NULL OR a.due_on >= %(first)s)
   AND (%(last)s::date IS NULL OR a.due_on <= %(last)s)
   AND (coalesce(a.due_on, '9999-12-31'), a.id) > (%(after_due)s::date, %(after)s)
 ORDER BY coalesce(a.due_on, '9999-12-31'), a.id
 LIMIT %(limit)s;

-- select_every_activity --
-- Whatever is or was to be done for the campaigns and templates of a program, in the order in which it was thought of.
SELECT a.id, c.code, c.name, a.kind, a.subject, a.details, a.assignee_id, a.due_on, a.completed_at, a.completed_by,
       a.created_at, a.created_by, a.revision
  FROM campaigns.activity AS a
  JOIN campaigns.campaign AS c ON c.id = a.campaign_id
 WHERE a.program_id = %(program_id)s
 ORDER BY coalesce(a.due_on, '9999-12-31'), a.id;

-- lock_activity --
-- One activity, held while it is changed.
SELECT a.id, c.code, c.name, a.kind, a.subject, a.details, a.assignee_id, a.due_on, a.completed_at, a.completed_by,
       a.created_at, a.created_by, a.revision
  FROM campaigns.activity AS a
  JOIN campaigns.campaign AS c ON c.id = a.campaign_id
 WHERE a.program_id = %(program_id)s
   AND a.id = %(id)s
   FOR NO KEY UPDATE OF a;

-- insert_activity --
-- Something to be done for a campaign.
INSERT INTO campaigns.activity
            (program_id, campaign_id, kind, subject, details, assignee_id, due_on, created_at, created_by, updated_at)
     VALUES (%(program_id)s, %(campaign_id)s, %(kind)s, %(subject)s, %(details)s, %(assignee_id)s, %(due_on)s, %(now)s,
             %(by)s, %(now)s)
  RETURNING id;

-- copy_activities --
-- Give a campaign the activities of another one, open again and so many days later.
INSERT INTO campaigns.activity
            (program_id, campaign_id, kind, subject, details, assignee_id, due_on, created_at, created_by, updated_at)
     SELECT program_id, %(campaign_id)s, kind, subject, details, assignee_id, due_on + %(days)s::int, %(now)s, %(by)s, %(now)s
       FROM campaigns.activity
      WHERE campaign_id = %(from_id)s
      ORDER BY id;

-- update_activity --
-- Change what is to be done; its row is held by the caller.
UPDATE campaigns.activity
   SET kind = %(kind)s, subject = %(subject)s, details = %(details)s, assignee_id = %(assignee_id)s, due_on = %(due_on)s,
       revision = revision + 1, updated_at = %(now)s
 WHERE id = %(id)s;

-- update_completed --
-- Note that it was done, by whom and when; NULL opens it again.
UPDATE campaigns.activity
   SET completed_at = %(completed_at)s, completed_by = %(completed_by)s, revision = revision + 1, updated_at = %(now)s
 WHERE id = %(id)s;

-- delete_activity --
-- It is not to be done any more.
DELETE FROM campaigns.activity WHERE id = %(id)s;

-- insert_note --
-- Something to remember about a campaign.
INSERT INTO campaigns.note (campaign_id, text, written_at, written_by)
     VALUES (%(campaign_id)s, %(text)s, %(now)s, %(by)s)
  RETURNING id;

-- select_notes --
-- A page of the notes of a campaign, latest first.
SELECT id, text, written_at, written_by
  FROM campaigns.note
 WHERE campaign_id = %(campaign_id)s
   AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_lists --
-- A page of marketing lists in the order of their codes, or some by their codes.
SELECT code, name, description, revision, created_at, updated_at, archived_at
  FROM campaigns.marketing_list
 WHERE program_id = %(program_id)s
   AND code > %(after)s
   AND (%(archived)s OR archived_at IS NULL)
   AND (%(codes)s::text[] IS NULL OR code = ANY (%(codes)s))
 ORDER BY code
 LIMIT %(limit)s;

-- upsert_list --
-- Make a marketing list or say something else of it; no row means that it is not as the caller has seen it.
INSERT INTO campaigns.marketing_list AS known (program_id, code, name, description, created_at, updated_at)
     VALUES (%(program_id)s, %(code)s, %(name)s, %(description)s, %(now)s, %(now)s)
ON CONFLICT (program_id, code) DO UPDATE
        SET name = excluded.name, description = excluded.description, revision = known.revision + 1,
            updated_at = excluded.updated_at, archived_at = NULL
      WHERE %(expected)s::int IS NULL OR known.revision = %(expected)s
  RETURNING code, name, description, revision, created_at, updated_at, archived_at;

-- update_list_archived --
-- Put a marketing list away; who is on it stays on it.
UPDATE campaigns.marketing_list
   SET archived_at = %(now)s, updated_at = %(now)s, revision = revision + 1
 WHERE program_id = %(program_id)s
   AND code = %(code)s
   AND archived_at IS NULL;

-- select_naming --
-- The campaigns that name a promotion or a marketing list.
SELECT code, name
  FROM campaigns.campaign
 WHERE program_id = %(program_id)s
   AND archived_at IS NULL
   AND (%(promotion)s = ANY (promotions) OR %(list)s = ANY (lists))
 ORDER BY code
 LIMIT 200;
