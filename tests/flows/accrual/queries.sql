-- select_notices --
-- Everything that subscribers would hear, in the order of the batches.
SELECT notices FROM events.batch WHERE notices IS NOT NULL ORDER BY id;

-- select_effects --
-- Effects that were recorded for others.
SELECT rule, kind FROM accrual.effect ORDER BY id;

-- select_tags --
-- Tags of members who have any.
SELECT tags FROM members.member WHERE tags <> '{}' ORDER BY id;
