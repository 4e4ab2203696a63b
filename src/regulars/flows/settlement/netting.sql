-- Agreed statements netted into payments.

-- lock_agreed --
-- Agreed statements that no netting has yet, held.
SELECT s.id, p.id, p.code, s.total
  FROM settlement.statement AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.program_id = %(program_id)s
   AND s.status = 'agreed'
   AND s.netting_id IS NULL
 ORDER BY s.id
   FOR UPDATE OF s;

-- insert_netting --
-- A netting.
INSERT INTO settlement.netting (program_id, currency, due_on, made_by, created_at)
     VALUES (%(program_id)s, %(currency)s, %(due_on)s, %(by)s, %(now)s)
RETURNING id;

-- insert_payments --
-- Who pays whom in it.
INSERT INTO settlement.payment (netting_id, number, program_id, payer_id, payee_id, amount)
     SELECT %(netting_id)s, number, %(program_id)s, payer_id, payee_id, amount
       FROM unnest(%(numbers)s::int[], %(payers)s::int[], %(payees)s::int[], %(amounts)s::bigint[]) AS p (number, payer_id, payee_id, amount);

-- update_netted --
-- The statements that a netting settles.
UPDATE settlement.statement SET netting_id = %(netting_id)s WHERE id = ANY (%(ids)s::bigint[]);

-- lock_netting --
-- One netting, held.
SELECT id, currency, due_on, made_by, created_at, paid_at
  FROM settlement.netting
 WHERE program_id = %(program_id)s AND id = %(id)s
   FOR UPDATE;

-- select_nettings --
-- Nettings of a program, the latest first.
SELECT id, currency, due_on, made_by, created_at, paid_at
  FROM settlement.netting
 WHERE program_id = %(program_id)s AND id < %(before)s
 ORDER BY id DESC
 LIMIT %(limit)s;

-- select_nettings_between --
-- Nettings that were made or paid between two instants, and which of both.
SELECT id, created_at >= %(from_at)s AND created_at < %(to_at)s, coalesce(paid_at >= %(from_at)s AND paid_at < %(to_at)s, false)
  FROM settlement.netting
 WHERE program_id = %(program_id)s
   AND ((created_at >= %(from_at)s AND created_at < %(to_at)s) OR (paid_at >= %(from_at)s AND paid_at < %(to_at)s))
 ORDER BY id;

-- select_payments --
-- Who pays whom in a netting; an empty code is the program itself.
SELECT y.number, coalesce(a.code, ''), coalesce(b.code, ''), y.amount
  FROM settlement.payment AS y
  LEFT JOIN programs.partner AS a ON a.id = y.payer_id
  LEFT JOIN programs.partner AS b ON b.id = y.payee_id
 WHERE y.netting_id = %(netting_id)s
 ORDER BY y.number;

-- select_netted --
-- The statements of a netting.
SELECT s.id, p.code, s.total
  FROM settlement.statement AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.netting_id = %(netting_id)s
 ORDER BY s.id;

-- update_paid --
-- A netting is paid, and with it its statements are settled.
WITH paid AS (
    UPDATE settlement.netting SET paid_at = %(now)s WHERE id = %(netting_id)s AND paid_at IS NULL RETURNING id
)
UPDATE settlement.statement AS s
   SET status = 'settled', settled_at = %(now)s
  FROM paid
 WHERE s.netting_id = paid.id;
