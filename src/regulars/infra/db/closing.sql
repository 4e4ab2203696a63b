-- select_last_number --
-- The last number that was taken from a sequence; 0 when none was.
SELECT coalesce(pg_sequence_last_value(%(sequence)s::regclass), 0);

-- select_takers --
-- Transactions that took a number from a sequence and have not ended: each holds a lock on it until then.
SELECT virtualtransaction
  FROM pg_locks
 WHERE locktype = 'relation'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND relation = %(sequence)s::regclass
   AND mode = 'RowExclusiveLock'
   AND pid <> pg_backend_pid();
