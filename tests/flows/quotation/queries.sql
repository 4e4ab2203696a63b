-- count_everything --
-- Rows of every table that rating could write, and the sequence it numbers batches from.
SELECT (SELECT count(*) FROM events.event), (SELECT count(*) FROM events.identity), (SELECT count(*) FROM ledger.transfer),
       (SELECT count(*) FROM ledger.lot), (SELECT count(*) FROM members.member), (SELECT count(*) FROM accrual.budget),
       (SELECT count(*) FROM accrual.effect), (SELECT count(*) FROM events.batch), (SELECT last_value FROM events.batch_id_seq),
       (SELECT md5(string_agg(p::text, ',' ORDER BY member_id)) FROM ledger.purse AS p);
