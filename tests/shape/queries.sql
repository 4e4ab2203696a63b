-- select_tables --
-- List our tables with what their comments say.
SELECT schema.nspname, class.relname, coalesce(obj_description(class.oid, 'pg_class'), '')
  FROM pg_class AS class
  JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
 WHERE class.relkind IN ('r', 'p')
   AND NOT class.relispartition
   AND schema.nspname NOT IN ('pg_catalog', 'information_schema')
   AND schema.nspname NOT LIKE 'pg\_%%'
ORDER BY 1, 2;

-- select_unique_keys --
-- List the columns of each primary key and unique index of our tables.
SELECT schema.nspname, class.relname, key.relname,
       ARRAY(
           SELECT attribute.attname::text
             FROM pg_attribute AS attribute
            WHERE attribute.attrelid = class.oid
              AND attribute.attnum = ANY(index.indkey::int2[])
       )
  FROM pg_index AS index
  JOIN pg_class AS class ON class.oid = index.indrelid
  JOIN pg_class AS key ON key.oid = index.indexrelid
  JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
 WHERE index.indisunique
   AND NOT class.relispartition
   AND schema.nspname NOT IN ('pg_catalog', 'information_schema')
   AND schema.nspname NOT LIKE 'pg\_%%'
ORDER BY 1, 2, 3;

-- select_floating_columns --
-- List columns that hold floating point.
SELECT table_schema, table_name, column_name
  FROM information_schema.columns
 WHERE data_type IN ('real', 'double precision')
   AND table_schema NOT IN ('pg_catalog', 'information_schema');

-- select_zoneless_columns --
-- List columns that hold an instant without a zone.
SELECT table_schema, table_name, column_name
  FROM information_schema.columns
 WHERE data_type = 'timestamp without time zone'
   AND table_schema NOT IN ('pg_catalog', 'information_schema');

-- select_watched_tables --
-- List the tables whose changes are noted in the log.
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_rows';

-- select_watched_secrets --
-- List columns of watched tables that look like secrets, with the trigger that notes their changes.
SELECT trigger.tgrelid::regclass::text, attribute.attname::text, pg_get_triggerdef(trigger.oid)
  FROM pg_trigger AS trigger
  JOIN pg_attribute AS attribute ON attribute.attrelid = trigger.tgrelid AND attribute.attnum > 0
 WHERE trigger.tgname = 'audit_rows'
   AND attribute.attname ~ '(secret|hash|private|password|token|seed|pin)($|_)';
