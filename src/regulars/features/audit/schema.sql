-- order: 37
-- The log of changes. Triggers write it in the transaction of the change, and seal it when that commits: each seal is
-- the SHA-256 of the one before and of the entry, so that an entry edited, removed, added or moved is found.
CREATE SCHEMA audit;

CREATE TABLE audit.entry (
    number     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL COLLATE "C",
    request_id text        NOT NULL COLLATE "C",
    program_id int,
    action     text        NOT NULL COLLATE "C",
    kind       text        NOT NULL COLLATE "C",
    key        text        NOT NULL COLLATE "C",
    name       text        NOT NULL,
    before     jsonb,
    after      jsonb,
    tx         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT audit_entry_known_action CHECK (action IN ('created', 'changed', 'removed'))
);
COMMENT ON TABLE audit.entry IS 'A change of one row: who, when, in which request, and the columns that changed, before and after; secrets are hidden. immutable, written by its triggers alone. local';
CREATE INDEX audit_entry_of_program ON audit.entry (program_id, number);
CREATE INDEX audit_entry_of_object ON audit.entry (kind, key, number);

CREATE TABLE audit.seal (
    place  bigint NOT NULL PRIMARY KEY,
    number bigint NOT NULL REFERENCES audit.entry,
    hash   bytea  NOT NULL,
    CONSTRAINT audit_seal_once UNIQUE (number)
);
COMMENT ON TABLE audit.seal IS 'The chain over the entries, in the order of their commits. immutable, written by its triggers alone. local';

CREATE TABLE audit.head (
    single boolean NOT NULL PRIMARY KEY DEFAULT true,
    place  bigint  NOT NULL,
    hash   bytea   NOT NULL,
    CONSTRAINT audit_head_is_one CHECK (single)
);
COMMENT ON TABLE audit.head IS 'The end of the chain: whoever commits changes of configuration takes it last. immutable, written by its triggers alone. local';
INSERT INTO audit.head (place, hash) VALUES (0, sha256(''));

CREATE FUNCTION audit.canonical(entry audit.entry) RETURNS bytea
    LANGUAGE sql STABLE SET search_path = pg_catalog
    RETURN (
        SELECT convert_to(string_agg(coalesce(octet_length(part)::text || ':' || part, '-'), ',' ORDER BY place), 'UTF8')
          FROM unnest(ARRAY[
                   entry.number::text,
                   to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                   entry.actor, entry.request_id, entry.program_id::text, entry.action, entry.kind, entry.key, entry.name,
                   entry.before::text, entry.after::text
               ]) WITH ORDINALITY AS p (part, place)
    );
COMMENT ON FUNCTION audit.canonical IS 'An entry as the bytes that are sealed: every part with its length, a missing one as a hyphen.';

CREATE FUNCTION audit.seal_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    ending audit.head;
    entry  audit.entry;
BEGIN
    IF EXISTS (SELECT FROM audit.seal WHERE number = NEW.number) THEN
        RETURN NULL;  -- the first of this transaction's entries took the others along
    END IF;
    SELECT * INTO ending FROM audit.head FOR UPDATE;
    FOR entry IN
        SELECT e.* FROM audit.entry AS e WHERE e.number >= NEW.number AND e.tx = pg_current_xact_id() ORDER BY e.number
    LOOP
        ending.place := ending.place + 1;
        ending.hash := sha256(ending.hash || audit.canonical(entry));
        INSERT INTO audit.seal (place, number, hash) VALUES (ending.place, entry.number, ending.hash);
    END LOOP;
    UPDATE audit.head SET place = ending.place, hash = ending.hash;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER seal_at_commit AFTER INSERT ON audit.entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.seal_entry();

CREATE FUNCTION audit.note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    keys     text[] := TG_ARGV[0];
    ignored  text[] := TG_ARGV[1];
    hidden   text[] := TG_ARGV[2];
    old_row  jsonb;
    new_row  jsonb;
    whole    jsonb;
    hide     text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD) - ignored;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW) - ignored;
    END IF;
    whole := coalesce(new_row, old_row);
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_row -> o.key)
          INTO old_row, new_row
          FROM jsonb_each(old_row) AS o
         WHERE o.value IS DISTINCT FROM new_row -> o.key;
        IF old_row IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    FOREACH hide IN ARRAY hidden LOOP
        IF old_row -> hide <> 'null' THEN
            old_row := jsonb_set(old_row, ARRAY[hide], '"(hidden)"');
        END IF;
        IF new_row -> hide <> 'null' THEN
            new_row := jsonb_set(new_row, ARRAY[hide], '"(hidden)"');
        END IF;
    END LOOP;
    INSERT INTO audit.entry (at, actor, request_id, program_id, action, kind, key, name, before, after)
         VALUES (clock_timestamp(),
                 coalesce(nullif(current_setting('regulars.actor', true), ''), 'system'),
                 coalesce(current_setting('regulars.request', true), ''),
                 CASE TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME WHEN 'programs.program' THEN whole ->> 'id' ELSE whole ->> 'program_id' END::int,
                 CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
                 TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
                 (SELECT string_agg(CASE WHEN k = ANY (hidden) THEN '(hidden)' ELSE whole ->> k END, '/' ORDER BY place)
                    FROM unnest(keys) WITH ORDINALITY AS p (k, place)),
                 CASE WHEN 'code' = ANY (hidden) THEN '' ELSE coalesce(whole ->> 'code', '') END,
                 old_row,
                 new_row);
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.watch(
    watched text, ignored text[] DEFAULT '{}', hidden text[] DEFAULT '{}', people_only boolean DEFAULT false
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    place    regclass := to_regclass(watched);
    keys     text[];
    columns  text;
    told     text := CASE WHEN people_only THEN $when$WHEN (current_setting('regulars.actor', true) ~ '^(staff|cli):')$when$ ELSE '' END;
    noted    text;
BEGIN
    IF place IS NULL THEN
        RAISE NOTICE 'audit.watch: there is no table %', watched;
        RETURN;
    END IF;
    SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum))
      INTO keys
      FROM pg_index AS i
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
     WHERE i.indrelid = place AND i.indisprimary;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
      INTO columns
      FROM pg_attribute AS a
     WHERE a.attrelid = place AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (ignored);
    noted := format('audit.note(%L, %L, %L)', keys, ignored, hidden);
    EXECUTE format('CREATE TRIGGER audit_rows AFTER INSERT OR DELETE ON %s FOR EACH ROW %s EXECUTE FUNCTION %s', place, told, noted);
    EXECUTE format('CREATE TRIGGER audit_columns AFTER UPDATE OF %s ON %s FOR EACH ROW %s EXECUTE FUNCTION %s', columns, place, told, noted);
END
$$;
COMMENT ON FUNCTION audit.watch IS 'Let changes of a table be noted. ignored: columns that count or remember only; hidden: columns whose values are secret or personal; people_only: only what people change.';
