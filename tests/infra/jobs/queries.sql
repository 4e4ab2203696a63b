-- expire_leases --
-- Let time pass for every lease, as when a worker hangs.
UPDATE jobs.job SET lease_until = clock_timestamp() - interval '1 second' WHERE status = 'running';

-- create_steps --
-- Make the table in which the crash tests note what was done.
CREATE TABLE steps (job bigint NOT NULL, step int NOT NULL);

-- insert_step --
-- Note a step of a job.
INSERT INTO steps (job, step) VALUES (%(job)s, %(step)s);

-- select_steps --
-- Read the steps that were done.
SELECT step FROM steps ORDER BY step;
