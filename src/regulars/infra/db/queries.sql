-- configure_session --
-- Set the limits of a fresh session in one round trip, let it speak UTC, and say whether it reads unless a BEGIN says else.
SELECT set_config('application_name', %(application_name)s, false),
       set_config('lock_timeout', %(lock_timeout_ms)s::text, false),
       set_config('statement_timeout', %(statement_timeout_ms)s::text, false),
       set_config('idle_in_transaction_session_timeout', %(idle_in_transaction_session_timeout_ms)s::text, false),
       set_config('default_transaction_read_only', %(reads)s::text, false),
       set_config('timezone', 'UTC', false);

-- set_role --
-- Work with the rights of a role for the rest of the session.
SELECT set_config('role', %(role)s, false);

-- begin --
-- Open a transaction that sees each commit of others as it happens and takes explicit locks.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;

-- begin_read_only --
-- The same for those who only read.
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;

-- begin_snapshot --
-- Open a transaction with one unchanging view of the database.
BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE;

-- begin_snapshot_read_only --
-- The same for those who only read: reports, exports, verification.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- commit --
-- Make what a transaction did last: sent behind its last statements, it is not reached when one of them fails.
COMMIT;

-- keep_plans --
-- Make a plan for a statement once, whatever its values, for the rest of the transaction.
SET LOCAL plan_cache_mode = force_generic_plan;

-- discard_plans --
-- Make all plans of this session anew when they are next wanted.
DISCARD PLANS;

-- introduce --
-- Say who acts in this transaction, and in which request.
SELECT set_config('regulars.actor', %(actor)s::text, true), set_config('regulars.request', %(request)s::text, true);

-- listen --
-- Subscribe to a channel; its name is checked to be an identifier, for LISTEN takes no parameters.
LISTEN {channel};

-- unlisten --
-- Leave every channel before the connection goes back to the pool.
UNLISTEN *;

-- try_migration_lock --
-- Be the only one who migrates this database; held until the session ends.
SELECT pg_try_advisory_lock(%(key)s);

-- select_migrations --
-- Read which migrations were applied, in order.
SELECT name, checksum FROM infra.migration ORDER BY name;

-- insert_migration --
-- Note that a migration was applied; in its own transaction, so that both or none of it is there.
INSERT INTO infra.migration (name, checksum) VALUES (%(name)s, %(checksum)s);

-- migration_table_exists --
-- Say whether this database was ever migrated.
SELECT to_regclass('infra.migration') IS NOT NULL;

-- select_server_facts --
-- Read what an installation's health depends on.
SELECT current_database()::text,
       current_user::text,
       current_setting('server_version'),
       current_setting('server_version_num')::int / 10000,
       current_setting('server_encoding'),
       current_setting('fsync'),
       current_setting('full_page_writes'),
       current_setting('synchronous_commit'),
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'),
       current_setting('max_connections')::int;

-- drop_database --
-- Remove a database made for a measurement, whoever is still connected.
DROP DATABASE IF EXISTS {name} WITH (FORCE);

-- create_database --
-- Make an empty database for a measurement.
CREATE DATABASE {name};

-- vacuum --
-- Tidy up all tables and tell the planner what is in them.
VACUUM (ANALYZE);

-- checkpoint --
-- Write everything that is only in the log and in memory to the tables' files.
CHECKPOINT;

-- savepoint --
-- Come back here when one of several statements that are sent together fails.
SAVEPOINT together;

-- release --
-- Nobody needs to come back there any more.
RELEASE SAVEPOINT together;

-- undo --
-- Go back to where statements that were sent together began.
ROLLBACK TO SAVEPOINT together;

-- select_columns --
-- The columns of a table that rows are written into, with their types: all of them, or some in this order.
SELECT a.attname, format_type(a.atttypid, NULL), a.atttypid::bigint
  FROM pg_attribute AS a
 WHERE a.attrelid = (%(table)s::text)::regclass
   AND a.attnum > 0
   AND NOT a.attisdropped
   AND (%(columns)s::text[] IS NULL OR a.attname = ANY (%(columns)s::text[]))
 ORDER BY coalesce(array_position(%(columns)s::text[], a.attname::text), a.attnum);

-- count_tables --
-- How many tables there are that are not PostgreSQL's own.
SELECT count(*)
  FROM pg_class AS class
  JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
 WHERE class.relkind = 'r' AND schema.nspname <> 'information_schema' AND schema.nspname NOT LIKE 'pg\_%%';
