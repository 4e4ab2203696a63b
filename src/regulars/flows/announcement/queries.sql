-- claim_batches --
-- Take outbox rows that were not turned into messages; what commits late is found late, for no row is passed over by its number.
SELECT id, program_id, notices FROM events.batch
WHERE notices IS NOT NULL AND NOT fanned_out
ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED;

-- mark_fanned_out --
-- Note which outbox rows are done with.
UPDATE events.batch SET fanned_out = true WHERE id = ANY (%(ids)s);
