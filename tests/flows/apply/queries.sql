-- What tests of publishing put into the database.

-- insert_event --
-- An event that occurred at an instant.
INSERT INTO events.event (member_id, id, program_id, source_id, status, type, occurred_at, received_at)
VALUES (64, 1, %(program_id)s, 1, 0, 'Order Completed', %(at)s, %(at)s);
