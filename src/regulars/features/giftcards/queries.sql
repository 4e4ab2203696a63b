-- insert_card --
-- Make a card; no row means that the number exists.
INSERT INTO giftcards.card (program_id, number, purse_id, point_type, pin_salt, pin_hash, created_at)
     VALUES (%(program_id)s, %(number)s, %(purse_id)s, %(point_type)s, %(salt)s, %(hash)s, %(now)s)
ON CONFLICT ON CONSTRAINT giftcards_card_pk DO NOTHING
  RETURNING number;

-- lock_card --
-- A card, held while it is changed.
SELECT program_id, number, purse_id, point_type, status, created_at, activated_at
  FROM giftcards.card
 WHERE program_id = %(program_id)s
   AND number = %(number)s
   FOR UPDATE;

-- select_card --
-- A card by its number.
SELECT program_id, number, purse_id, point_type, status, created_at, activated_at
  FROM giftcards.card
 WHERE program_id = %(program_id)s
   AND number = %(number)s;

-- select_card_types --
-- The point types that a program's cards hold: there are a few, each found by one step through the index.
WITH RECURSIVE kinds AS (
    (SELECT point_type FROM giftcards.card WHERE program_id = %(program_id)s ORDER BY point_type LIMIT 1)
     UNION ALL
    SELECT (SELECT c.point_type FROM giftcards.card AS c
             WHERE c.program_id = %(program_id)s AND c.point_type > k.point_type ORDER BY c.point_type LIMIT 1)
      FROM kinds AS k
     WHERE k.point_type IS NOT NULL
)
SELECT point_type FROM kinds WHERE point_type IS NOT NULL;

-- update_status --
-- What a card may be used for from here on.
UPDATE giftcards.card
   SET status = %(status)s,
       activated_at = coalesce(activated_at, CASE WHEN %(status)s = 'active' THEN %(now)s::timestamptz END)
 WHERE program_id = %(program_id)s
   AND number = %(number)s;

-- update_pin --
-- Another PIN; tries at the one before count no more.
UPDATE giftcards.card
   SET pin_salt = %(salt)s, pin_hash = %(hash)s, wrong_pins = 0, wrong_since = NULL
 WHERE program_id = %(program_id)s
   AND number = %(number)s;

-- take_pin_try --
-- Count a PIN before it is known to be wrong; no row means that there is no such card, or that too many were wrong.
UPDATE giftcards.card AS c
   SET wrong_pins = CASE WHEN c.wrong_since <= %(window_start)s THEN 1 ELSE c.wrong_pins + 1 END,
       wrong_since = CASE WHEN c.wrong_since IS NULL OR c.wrong_since <= %(window_start)s THEN %(now)s ELSE c.wrong_since END
 WHERE c.program_id = %(program_id)s
   AND c.number = %(number)s
   AND (c.wrong_since IS NULL OR c.wrong_since <= %(window_start)s OR c.wrong_pins < %(tries_max)s)
RETURNING pin_salt, pin_hash;

-- select_wrong_since --
-- Since when wrong PINs of a card are counted; no row means that there is no such card.
SELECT wrong_since
  FROM giftcards.card
 WHERE program_id = %(program_id)s
   AND number = %(number)s;

-- give_pin_try_back --
-- The PIN was right.
UPDATE giftcards.card
   SET wrong_pins = greatest(0, wrong_pins - 1)
 WHERE program_id = %(program_id)s
   AND number = %(number)s;
