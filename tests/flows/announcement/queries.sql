-- select_told --
-- What stands in the outbox, in order.
SELECT notices FROM events.batch WHERE notices IS NOT NULL ORDER BY id;
