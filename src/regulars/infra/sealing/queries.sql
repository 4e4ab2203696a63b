-- Which key is in use, and the values it seals. {table}, {column} and {key} come from SealedColumn, never from outside.

-- is_migrated --
-- Whether the tables are there.
SELECT to_regclass('sealing.key_in_use') IS NOT NULL;

-- note_first_key --
-- Note the key of whoever comes first; waits for another one who is just noting his.
INSERT INTO sealing.key_in_use (id, since) VALUES (%(id)s, %(now)s) ON CONFLICT DO NOTHING;

-- select_key_in_use --
-- The id of the key in use; no row before the first start.
SELECT id FROM sealing.key_in_use;

-- lock_key_in_use --
-- The same, and nobody else changes it meanwhile.
SELECT id FROM sealing.key_in_use FOR UPDATE;

-- update_key_in_use --
-- Another key is in use from now on.
INSERT INTO sealing.key_in_use AS k (id, since) VALUES (%(id)s, %(now)s)
ON CONFLICT ON CONSTRAINT sealing_key_in_use_one DO UPDATE SET id = excluded.id, since = excluded.since WHERE k.id <> excluded.id;

-- select_values --
-- Every value of a column, with where its row lies and the key of the row.
SELECT ctid::text, {column}, {key} FROM {table} WHERE {column} IS NOT NULL ORDER BY {key};

-- lock_values --
-- The same, and the rows stay as they are until the end of the transaction.
SELECT ctid::text, {column}, {key} FROM {table} WHERE {column} IS NOT NULL ORDER BY {key} FOR UPDATE;

-- update_value --
-- Write a locked row's value sealed anew.
UPDATE {table} SET {column} = %(value)s WHERE ctid = %(at)s::tid;
