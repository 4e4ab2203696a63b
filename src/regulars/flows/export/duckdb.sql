-- at_utc --
-- Instants are shown as UTC.
SET TimeZone = 'UTC';

-- write_piece --
-- Write the columns in memory to a file.
COPY (SELECT {columns} FROM piece) TO '{path}' ({how});

-- look_at_rows --
-- Which columns a CSV file has, and of which types.
SELECT * FROM read_csv('{source}', header = true, sample_size = -1, auto_type_candidates = {types}) LIMIT 0;

-- convert_rows --
-- Write a CSV file as another file.
COPY (SELECT {columns} FROM read_csv('{source}', header = true, sample_size = -1, auto_type_candidates = {types}))
  TO '{path}' ({how});
