-- next_batch_id --
-- Number a batch; the ids of what it writes are made from its number.
SELECT nextval('events.batch_id_seq');

-- insert_batch --
-- The batch itself, and in the same row what subscribers must hear: the outbox.
INSERT INTO events.batch (id, program_id, received_at, events, notices)
     VALUES (%(id)s, %(program_id)s, %(received_at)s, %(events)s, %(notices)s);
