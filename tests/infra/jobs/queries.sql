-- expire_leases --
-- Let time pass for every lease, as when a worker hangs.
UPDATE jobs.job SET lease_until = clock_timestamp() - interval '1 second' WHERE status = 'running';
