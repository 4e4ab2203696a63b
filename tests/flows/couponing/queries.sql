-- count_tickets --
-- Tickets in all draws.
SELECT coalesce(sum(tickets), 0) FROM draws.entry WHERE cancelled_at IS NULL;

-- select_effects --
-- What rules owe and what became of it.
SELECT kind, status FROM accrual.effect WHERE kind <> 'add_tag' ORDER BY id;

-- select_causes --
-- Why there are tickets, in their order.
SELECT cause FROM draws.entry ORDER BY id;

-- count_waiting --
-- Sessions that wait for this one.
SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid));

-- count_good --
-- Vouchers that somebody holds and nobody has used.
SELECT count(*) FROM vouchers.voucher WHERE status = 'issued' AND uses = 0;

-- set_blocked --
-- Let a member earn nothing more, or again.
UPDATE members.member SET earning_blocked = %(blocked)s WHERE id = %(member_id)s;
