-- insert_job --
-- Add a job unless one with the same key is still open; no row means that there is one.
INSERT INTO jobs.job (queue, kind, key, program_id, payload, tries_max, next_at, created_at)
VALUES (%(queue)s, %(kind)s, %(key)s, %(program_id)s, %(payload)s::jsonb, %(tries_max)s, %(due_at)s, %(now)s)
ON CONFLICT (kind, key) WHERE status IN ('waiting', 'running') DO NOTHING
RETURNING id;

-- notify_queue --
-- Wake the workers of a queue when this transaction commits.
SELECT pg_notify('regulars_jobs', %(queue)s);

-- claim_jobs --
-- Take due jobs and those whose worker let its lease run out, without waiting for anybody. A job that used up its tries is parked instead.
WITH interrupted AS (
    SELECT id FROM jobs.job
    WHERE queue = %(queue)s AND kind = ANY (%(kinds)s::text[]) AND status = 'running' AND lease_until < clock_timestamp()
    ORDER BY lease_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), waiting AS (
    SELECT id FROM jobs.job
    WHERE queue = %(queue)s AND kind = ANY (%(kinds)s::text[]) AND status = 'waiting' AND next_at <= %(now)s
    ORDER BY next_at, id LIMIT %(limit)s - (SELECT count(*) FROM interrupted) FOR UPDATE SKIP LOCKED
), due AS (
    SELECT id FROM interrupted UNION ALL SELECT id FROM waiting
)
UPDATE jobs.job AS job
SET status = CASE WHEN cancelled THEN 'cancelled' WHEN attempts >= tries_max THEN 'parked' ELSE 'running' END,
    lease_until = CASE WHEN cancelled OR attempts >= tries_max THEN NULL
                       ELSE clock_timestamp() + make_interval(secs => %(lease_s)s) END,
    attempts = attempts + CASE WHEN cancelled OR attempts >= tries_max THEN 0 ELSE 1 END,
    fence = fence + 1,
    error = CASE WHEN attempts >= tries_max THEN coalesce(error, 'The worker stopped in the middle of it, each time.') ELSE error END,
    started_at = coalesce(started_at, %(now)s),
    finished_at = CASE WHEN cancelled OR attempts >= tries_max THEN %(now)s END
FROM due WHERE job.id = due.id
RETURNING job.id, job.queue, job.kind, job.key, job.program_id, job.payload::text, job.status, job.attempts, job.tries_max,
          job.fence, job.progress::text;

-- hold_job --
-- Lengthen the lease and lock the job's row until the transaction ends; no row means that the lease was lost.
UPDATE jobs.job SET lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
WHERE id = %(id)s AND fence = %(fence)s AND status = 'running'
RETURNING cancelled;

-- extend_leases --
-- Say that these jobs are still being worked on; one that its own transaction holds locked is passed over.
UPDATE jobs.job AS job SET lease_until = clock_timestamp() + make_interval(secs => held.lease_s)
FROM (
    SELECT job.id, mine.lease_s
    FROM jobs.job JOIN unnest(%(ids)s::bigint[], %(fences)s::bigint[], %(leases_s)s::int[]) AS mine (id, fence, lease_s)
         ON job.id = mine.id AND job.fence = mine.fence
    WHERE job.status = 'running'
    FOR UPDATE OF job SKIP LOCKED
) AS held
WHERE job.id = held.id;

-- select_interrupted --
-- Tell which of these jobs must stop: taken over by another worker, ended, or cancelled.
SELECT mine.id, coalesce(job.cancelled AND job.fence = mine.fence AND job.status = 'running', false)
FROM unnest(%(ids)s::bigint[], %(fences)s::bigint[]) AS mine (id, fence) LEFT JOIN jobs.job ON job.id = mine.id
WHERE job.id IS NULL OR job.fence <> mine.fence OR job.status <> 'running' OR job.cancelled;

-- update_progress --
-- Note how far a job has come.
UPDATE jobs.job SET progress = %(progress)s::jsonb
WHERE id = %(id)s AND fence = %(fence)s AND status = 'running';

-- finish_job --
-- End a job as done or cancelled, unless its lease was lost.
UPDATE jobs.job SET status = %(status)s, lease_until = NULL, error = NULL, finished_at = %(now)s
WHERE id = %(id)s AND fence = %(fence)s AND status = 'running';

-- fail_job --
-- Note why an attempt failed: wait for the next one, or park the job when there is none.
UPDATE jobs.job
SET status = CASE WHEN attempts >= tries_max OR %(final)s THEN 'parked' ELSE 'waiting' END,
    finished_at = CASE WHEN attempts >= tries_max OR %(final)s THEN %(now)s::timestamptz END,
    lease_until = NULL, next_at = %(next_at)s, error = %(error)s
WHERE id = %(id)s AND fence = %(fence)s AND status = 'running'
RETURNING status;

-- release_job --
-- Give a job back untried, because this worker is stopping.
UPDATE jobs.job SET status = 'waiting', lease_until = NULL, attempts = attempts - 1
WHERE id = %(id)s AND fence = %(fence)s AND status = 'running';

-- cancel_job --
-- Cancel an open job: at once when it waits, at its next step when it runs.
UPDATE jobs.job
SET cancelled = true,
    status = CASE WHEN status = 'waiting' THEN 'cancelled' ELSE status END,
    finished_at = CASE WHEN status = 'waiting' THEN %(now)s::timestamptz END
WHERE id = %(id)s AND status IN ('waiting', 'running');

-- retry_job --
-- Let a parked or cancelled job begin a new round of tries.
UPDATE jobs.job SET status = 'waiting', cancelled = false, attempts = 0, next_at = %(now)s, finished_at = NULL
WHERE id = %(id)s AND status IN ('parked', 'cancelled')
RETURNING queue;

-- select_job --
-- Read one job as operators see it.
SELECT id, queue, kind, key, program_id, payload::text, status, attempts, tries_max, next_at, cancelled, progress::text, error,
       created_at, started_at, finished_at
FROM jobs.job WHERE id = %(id)s;

-- select_jobs --
-- Read a page of jobs, newest first.
SELECT id, queue, kind, key, program_id, payload::text, status, attempts, tries_max, next_at, cancelled, progress::text, error,
       created_at, started_at, finished_at
FROM jobs.job
WHERE (%(status)s::text IS NULL OR status = %(status)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(program_id)s::int IS NULL OR program_id = %(program_id)s)
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s;

-- delete_finished --
-- Forget jobs that ended well before an instant.
DELETE FROM jobs.job WHERE status IN ('done', 'cancelled') AND finished_at < %(before)s;

-- count_jobs --
-- Count what waits, runs and is parked per queue, and how long the oldest due job has waited, in seconds.
SELECT queue,
       count(*) FILTER (WHERE status = 'waiting'), count(*) FILTER (WHERE status = 'running'), count(*) FILTER (WHERE status = 'parked'),
       coalesce(extract(epoch FROM %(now)s::timestamptz - min(next_at) FILTER (WHERE status = 'waiting' AND next_at <= %(now)s)), 0)::bigint
FROM jobs.job WHERE status IN ('waiting', 'running', 'parked') GROUP BY queue ORDER BY queue;

-- upsert_schedule --
-- Add a schedule or change it; the next tick stays unless when it runs was changed.
INSERT INTO jobs.schedule (name, program_id, kind, payload, cron, zone, missed, next_tick)
VALUES (%(name)s, %(program_id)s, %(kind)s, %(payload)s::jsonb, %(cron)s, %(zone)s, %(missed)s, %(next_tick)s)
ON CONFLICT (name) DO UPDATE
SET kind = EXCLUDED.kind, payload = EXCLUDED.payload, missed = EXCLUDED.missed, enabled = true, cron = EXCLUDED.cron, zone = EXCLUDED.zone,
    next_tick = CASE WHEN (schedule.cron, schedule.zone, schedule.enabled) = (EXCLUDED.cron, EXCLUDED.zone, true)
                     THEN schedule.next_tick ELSE EXCLUDED.next_tick END;

-- disable_schedule --
-- Stop a schedule; what it already made stays.
UPDATE jobs.schedule SET enabled = false WHERE name = %(name)s AND enabled;

-- lock_due_schedules --
-- Take the schedules whose tick has come; another scheduler passes over them until this transaction ends.
SELECT name, program_id, kind, payload::text, cron, zone, missed, last_tick, next_tick, enabled
FROM jobs.schedule WHERE enabled AND next_tick <= %(now)s
ORDER BY next_tick, name LIMIT %(limit)s FOR UPDATE SKIP LOCKED;

-- select_schedules --
-- Read all schedules.
SELECT name, program_id, kind, payload::text, cron, zone, missed, last_tick, next_tick, enabled
FROM jobs.schedule ORDER BY name;

-- advance_schedule --
-- Note the ticks that are done with.
UPDATE jobs.schedule SET last_tick = %(last_tick)s, next_tick = %(next_tick)s WHERE name = %(name)s;
