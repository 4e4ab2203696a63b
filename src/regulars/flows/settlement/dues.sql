-- What partners owe and are owed by an instant, whether or not it stands on a statement that was issued.

-- select_dues --
-- What lines of points come to, statement by statement as these round, of what happened before an instant and has ids below one.
SELECT p.code, t.code, l.kind, sum(l.amount)
  FROM settlement.line AS l
  JOIN programs.partner AS p ON p.id = l.partner_id
  JOIN programs.point_type AS t ON t.id = l.point_type_id
 WHERE l.program_id = %(program_id)s
   AND l.occurred_at < %(before)s AND l.transfer_id < %(beyond)s
   AND l.kind NOT IN ('drawn', 'returned')
 GROUP BY l.statement_id, p.code, t.code, l.kind;

-- select_block_dues --
-- What blocks bought ahead, less those given back, come to.
SELECT p.code, a.point_type, sum(e.amount)::bigint
  FROM settlement.entry AS e
  JOIN partners.block_entry AS b ON b.id = e.code::bigint
  JOIN partners.agreement AS a ON a.id = b.agreement_id
  JOIN settlement.statement AS s ON s.id = e.statement_id
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE e.program_id = %(program_id)s AND e.kind = 'block' AND b.made_at < %(before)s
 GROUP BY p.code, a.point_type;

-- select_block_uses --
-- By agreement that is paid ahead: what its blocks cost, how many points they have, and how many of them were awarded.
SELECT p.code, a.point_type, b.price, b.points, coalesce(u.points, 0)::bigint
  FROM partners.agreement AS a
  JOIN programs.partner AS p ON p.id = a.payer_id
  JOIN (SELECT b.agreement_id, sum(b.price_minor)::bigint AS price, sum(b.points)::bigint AS points
          FROM settlement.entry AS e
          JOIN partners.block_entry AS b ON b.id = e.code::bigint
         WHERE e.program_id = %(program_id)s AND e.kind = 'block' AND b.made_at < %(before)s
         GROUP BY b.agreement_id) AS b ON b.agreement_id = a.id
  LEFT JOIN (SELECT c.kind || ':' || c.owner AS account, l.point_type_id, sum(l.points)::bigint AS points
               FROM settlement.line AS l
               JOIN ledger.account AS c ON c.id = l.share
              WHERE l.program_id = %(program_id)s
                AND l.occurred_at < %(before)s AND l.transfer_id < %(beyond)s
                AND l.kind IN ('drawn', 'returned')
              GROUP BY 1, 2) AS u ON u.account = a.account AND u.point_type_id = a.point_type_id
 WHERE a.program_id = %(program_id)s AND a.mode = 'prepaid';
