-- count_merges --
-- How many merges there were.
SELECT count(*) FROM members.merge;
