-- insert_campaign --
-- A campaign in some status, one for each pair of statuses.
INSERT INTO campaigns.campaign (program_id, code, name, status, currency, created_at, updated_at)
     VALUES (1, %(code)s, 'Stepping', %(status)s, 'EUR', now(), now());

-- update_status --
-- Another status, past every decision.
UPDATE campaigns.campaign SET status = %(status)s WHERE code = %(code)s;

-- count_waiting --
-- How many sessions of this database wait for a lock.
SELECT count(*)
  FROM pg_stat_activity
 WHERE datname = current_database()
   AND cardinality(pg_blocking_pids(pid)) > 0;

-- lock_campaign --
-- Hold a campaign, so that others wait for it.
SELECT id FROM campaigns.campaign WHERE code = 'spring' FOR UPDATE;
