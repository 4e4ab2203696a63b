-- insert_campaign --
-- A campaign in some status, one for each pair of statuses.
INSERT INTO campaigns.campaign (program_id, code, name, status, currency, created_at, updated_at)
     VALUES (1, %(code)s, 'Stepping', %(status)s, 'EUR', now(), now());

-- update_status --
-- Another status, past every decision.
UPDATE campaigns.campaign SET status = %(status)s WHERE code = %(code)s;
