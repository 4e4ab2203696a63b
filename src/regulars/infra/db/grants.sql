-- Who may do what, set anew after every migration. The owner (who migrates) creates two group roles, where allowed:
-- regulars_app works (no DDL, no TRUNCATE, nothing but SELECT and INSERT on tables whose comment says "immutable", and
-- not even INSERT where it says "written by its triggers alone");
-- regulars_read looks. Grant them to the accounts that connect: GRANT regulars_app TO shop_api;
DO $$
DECLARE
    wanted    text;
    place     record;
    immutable boolean;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['regulars_app', 'regulars_read'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'The roles regulars_app and regulars_read are missing and may not be created here.';
                    RETURN;
            END;
        END IF;
    END LOOP;

    FOR place IN
        SELECT nspname AS name
          FROM pg_namespace
         WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'public') AND nspname NOT LIKE 'pg\_%'
           AND pg_has_role(nspowner, 'USAGE')
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO regulars_app, regulars_read', place.name);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO regulars_app, regulars_read', place.name);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO regulars_app', place.name);
    END LOOP;

    FOR place IN
        SELECT class.oid::regclass AS name, coalesce(obj_description(class.oid, 'pg_class'), '') AS comment
          FROM pg_class AS class
          JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
         WHERE class.relkind IN ('r', 'p')
           AND schema.nspname NOT IN ('pg_catalog', 'information_schema', 'public', 'infra')
           AND schema.nspname NOT LIKE 'pg\_%'
           AND pg_has_role(class.relowner, 'USAGE')
    LOOP
        immutable := place.comment ~* '\mimmutable\M';
        EXECUTE format(
            CASE WHEN place.comment ~* 'written by its triggers alone' THEN 'REVOKE INSERT ON %s FROM regulars_app'
                 ELSE 'GRANT INSERT ON %s TO regulars_app' END,
            place.name
        );
        EXECUTE format(
            CASE WHEN immutable THEN 'REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM regulars_app'
                 ELSE 'GRANT UPDATE, DELETE ON %s TO regulars_app' END,
            place.name
        );
    END LOOP;
END
$$;
