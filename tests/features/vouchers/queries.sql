-- drop_bound --
-- Nothing in the database says how often a code may be used.
ALTER TABLE vouchers.voucher DROP CONSTRAINT vouchers_voucher_not_used_up;

-- drop_places --
-- Nothing in the database says how many plays there are.
ALTER TABLE draws.draw DROP CONSTRAINT draws_draw_plays_within_places;

-- drop_token_bound --
-- Nothing in the database says how much of a token may be used.
ALTER TABLE offline.token DROP CONSTRAINT offline_token_within_bound;
