-- count_tickets --
-- Tickets in all draws.
SELECT coalesce(sum(tickets), 0) FROM draws.entry WHERE cancelled_at IS NULL;
