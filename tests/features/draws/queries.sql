-- What the tests of draws look at and spoil.

-- select_whole_row --
-- A draw as a dump has it.
SELECT d::text FROM draws.draw AS d WHERE code = %(code)s;

-- put_seed_in_clear --
-- As a seed stood in the row before seeds were sealed.
UPDATE draws.draw SET seed = %(seed)s WHERE id = %(id)s;
