-- select_sessions --
-- Every checkout and what became of it.
SELECT id, member_id, status, order_id FROM checkout.session ORDER BY id;

-- count_set_aside --
-- What is still set aside: holds of points, and codes.
SELECT (SELECT count(*) FROM ledger.hold WHERE status = 'open'),
       (SELECT coalesce(sum(reserved), 0) FROM vouchers.voucher);
