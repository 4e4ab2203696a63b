-- drop_identity_once --
-- A mutant: nothing says that a message was admitted before.
ALTER TABLE events.identity DROP CONSTRAINT events_identity_once;

-- count_deadlocks --
-- How often two transactions of this database waited for each other in a ring.
SELECT deadlocks FROM pg_stat_database WHERE datname = current_database();

-- notice_rings_soon --
-- Whoever waits in a ring is told after 20 ms, not after a second: for sessions that begin later.
DO $$
BEGIN
    EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET deadlock_timeout = ''20ms''';
END
$$;

-- select_versions --
-- By which version each order was rated, and how many points of each type it brought.
SELECT e.id, t.ruleset_version, t.point_type_id, t.amount
  FROM ledger.transfer AS t
  JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id
 WHERE t.kind = 1
   AND t.ruleset_version IS NOT NULL
   AND e.type = 'Ticked'
 ORDER BY e.id, t.point_type_id;
