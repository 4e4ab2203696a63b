-- Statements of the tests.

-- make_things --
-- A table with a secret as text and one as bytes.
CREATE TABLE public.thing (id int PRIMARY KEY, word text, raw bytea);

-- insert_thing --
-- One row.
INSERT INTO public.thing (id, word, raw) VALUES (%(id)s, %(word)s, %(raw)s);

-- select_things --
-- All rows.
SELECT id, word, raw FROM public.thing ORDER BY id;

-- swap_words --
-- Let two rows have each other's secret.
UPDATE public.thing AS t SET word = o.word FROM public.thing AS o WHERE t.id + o.id = 3 AND t.id <> o.id;
