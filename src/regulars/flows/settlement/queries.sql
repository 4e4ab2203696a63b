-- Statements and their lines.

-- lock_settlement --
-- Only one drawing up or netting of a program at a time.
SELECT pg_advisory_xact_lock(hashtextextended('settlement', %(program_id)s));

-- select_accounts --
-- The accounts of a program that somebody funds from or spends to.
SELECT id, point_type_id, kind, owner
  FROM ledger.account
 WHERE program_id = %(program_id)s
   AND kind IN ('partner', 'campaign', 'spent');

-- upsert_statement --
-- The statement of a partner for a period: made as a draft, or found as it is.
INSERT INTO settlement.statement AS s (program_id, partner_id, first_day, end_day, drawn_up_at)
     VALUES (%(program_id)s, %(partner_id)s, %(first_day)s, %(end_day)s, %(now)s)
ON CONFLICT ON CONSTRAINT settlement_statement_once
  DO UPDATE SET drawn_up_at = CASE WHEN s.status = 'draft' THEN excluded.drawn_up_at ELSE s.drawn_up_at END
RETURNING id, status;

-- select_covered --
-- Up to which day a partner's statements go before a period begins; without one, the day of its terms.
SELECT coalesce((SELECT max(s.end_day)
                   FROM settlement.statement AS s
                  WHERE s.program_id = t.program_id AND s.partner_id = t.partner_id AND s.first_day < %(first_day)s),
                (t.changed_at AT TIME ZONE %(zone)s)::date)
  FROM partners.terms AS t
 WHERE t.program_id = %(program_id)s AND t.partner_id = %(partner_id)s;

-- delete_empty --
-- Statements of periods that were left out and in which there was nothing to bill.
DELETE FROM settlement.statement AS s
 WHERE s.id = ANY (%(ids)s::bigint[])
   AND s.status = 'draft'
   AND NOT EXISTS (SELECT FROM settlement.line AS l WHERE l.statement_id = s.id)
   AND NOT EXISTS (SELECT FROM settlement.entry AS e WHERE e.statement_id = s.id)
RETURNING s.id;

-- select_programs_with_terms --
-- The programs that have partners to settle with.
SELECT DISTINCT program_id FROM partners.terms ORDER BY program_id;

-- select_older_drafts --
-- Drafts of partners whose period ended by the first day of another one; held, so that nobody issues them in between.
SELECT p.code, s.id, s.end_day
  FROM settlement.statement AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.program_id = %(program_id)s
   AND s.status = 'draft'
   AND p.code = ANY (%(partners)s::text[])
   AND s.end_day <= %(first_day)s
 ORDER BY s.end_day, s.id
   FOR UPDATE OF s;

-- select_progress --
-- How far the statements of some partners have read the ledger, and what it was read by.
SELECT partner_id, until_batch, until_account, ground
  FROM settlement.progress
 WHERE program_id = %(program_id)s AND partner_id = ANY (%(partner_ids)s::int[]);

-- select_piece --
-- The batches to be read next, as many as one statement of lines can bear: how many, the highest, when the first and the last were received.
SELECT count(*), max(id), min(received_at), max(received_at)
  FROM (SELECT id, received_at, events, sum(events) OVER (ORDER BY id) AS so_far
          FROM (SELECT id, received_at, events
                  FROM events.batch
                 WHERE program_id = %(program_id)s AND id > %(after)s AND id <= %(until)s
                 ORDER BY id
                 LIMIT %(batches)s) AS b) AS b
 WHERE so_far - events < %(events)s;

-- move_progress --
-- Everything posted before `until` in batches up to the closed one is on statements; what was posted later waits for its period.
INSERT INTO settlement.progress AS g (program_id, partner_id, until_batch, until_account, ground)
     SELECT %(program_id)s, p.partner_id,
            coalesce((SELECT min(b.id) - 1 FROM events.batch AS b
                       WHERE b.program_id = %(program_id)s AND b.id > %(after)s AND b.id <= %(closed)s AND b.received_at >= p.until),
                     %(closed)s),
            %(until_account)s, %(ground)s
       FROM unnest(%(partner_ids)s::int[], %(untils)s::timestamptz[]) AS p (partner_id, until)
ON CONFLICT ON CONSTRAINT settlement_progress_pk
  DO UPDATE SET until_batch = EXCLUDED.until_batch, until_account = EXCLUDED.until_account, ground = EXCLUDED.ground;

-- insert_lines --
-- Every share of every transfer of some batches that no statement holds yet, on the statement of its partner. A share that another drawing up
-- writes at the same moment is left to it: the key lets only one of them have it.
WITH funder AS (
    SELECT * FROM unnest(%(funder_accounts)s::int[], %(funder_partners)s::int[], %(prepaid)s::boolean[], %(on_issue)s::boolean[])
                  AS f (account_id, partner_id, prepaid, on_issue)
), till AS (
    SELECT * FROM unnest(%(till_accounts)s::int[], %(till_partners)s::int[]) AS f (account_id, partner_id)
), owner AS (
    SELECT * FROM unnest(%(owned_types)s::int[], %(owners)s::int[]) AS o (point_type_id, partner_id)
), statement AS (
    SELECT * FROM unnest(%(statement_partners)s::int[], %(statement_ids)s::bigint[], %(untils)s::timestamptz[])
                  AS s (partner_id, statement_id, until)
), price AS (
    SELECT * FROM unnest(%(price_partners)s::int[], %(price_types)s::int[], %(directions)s::text[], %(prices)s::text[]::numeric[],
                         %(since)s::date[], %(until)s::date[])
                  AS p (partner_id, point_type_id, direction, minor, since, until)
), spend AS (
    SELECT t.member_id, t.id, t.program_id, t.point_type_id, t.kind, t.amount, t.reverses_id, t.occurred_at, t.posted_at, t.event_id, t.detail,
           till.account_id, coalesce(till.partner_id, shop.partner_id) AS partner_id, r.store
      FROM ledger.transfer AS t
      JOIN till ON till.account_id = CASE WHEN t.kind = 6 THEN t.debit_account_id ELSE t.credit_account_id END
      LEFT JOIN redemption.redemption AS r
        ON till.partner_id IS NULL AND r.payer_id = t.member_id
       AND r.spend_id = CASE WHEN t.kind = 6 THEN t.reverses_id ELSE t.id END
      LEFT JOIN programs.store AS shop ON shop.program_id = t.program_id AND shop.code = r.store
     WHERE t.program_id = %(program_id)s
       AND t.posted_at BETWEEN %(from_at)s AND %(to_at)s AND t.id > %(first)s AND t.id < %(beyond)s
       AND t.kind IN (5, 6, 9)
), share AS (
    SELECT t.member_id, t.id, f.account_id AS share, f.partner_id, CASE WHEN f.prepaid THEN 'drawn' ELSE 'issued' END AS kind,
           'issue' AS direction, t.point_type_id, t.amount AS points, t.reverses_id, t.occurred_at, t.posted_at, t.event_id, t.detail, '' AS store
      FROM ledger.transfer AS t
      JOIN funder AS f ON f.account_id = t.debit_account_id AND f.on_issue
     WHERE t.program_id = %(program_id)s AND t.kind = 1
       AND t.posted_at BETWEEN %(from_at)s AND %(to_at)s AND t.id > %(first)s AND t.id < %(beyond)s
    UNION ALL
    SELECT t.member_id, t.id, f.account_id, f.partner_id,
           CASE WHEN f.prepaid THEN 'returned' WHEN f.on_issue THEN 'reversed' ELSE 'unredeemed' END,
           'issue', t.point_type_id, -t.amount, t.reverses_id, t.occurred_at, t.posted_at, t.event_id, t.detail, ''
      FROM ledger.transfer AS t
      JOIN funder AS f ON f.account_id = t.credit_account_id
     WHERE t.program_id = %(program_id)s AND (t.kind = 13 OR (t.kind = 3 AND f.on_issue))
       AND t.posted_at BETWEEN %(from_at)s AND %(to_at)s AND t.id > %(first)s AND t.id < %(beyond)s
    UNION ALL
    SELECT t.member_id, t.id, f.account_id, f.partner_id, CASE WHEN sum(d.amount) > 0 THEN 'redeemed' ELSE 'unredeemed' END,
           'issue', t.point_type_id, sum(d.amount)::bigint, t.reverses_id, t.occurred_at, t.posted_at, t.event_id, t.detail, ''
      FROM ledger.transfer AS t
      JOIN ledger.transfer AS o
        ON o.member_id = t.member_id
       AND (o.id = t.id OR (t.kind = 9 AND (o.id = t.reverses_id OR (o.kind = 10 AND o.reverses_id = t.reverses_id))))
      JOIN ledger.draw AS d ON d.member_id = o.member_id AND d.transfer_id = o.id
      JOIN ledger.lot AS l ON l.member_id = d.member_id AND l.id = d.lot_id
      JOIN funder AS f ON f.account_id = l.funding_account_id AND NOT f.on_issue
     WHERE t.program_id = %(program_id)s AND t.kind IN (5, 6, 9, 14)
       AND t.posted_at BETWEEN %(from_at)s AND %(to_at)s AND t.id > %(first)s AND t.id < %(beyond)s
     GROUP BY t.member_id, t.id, f.account_id, f.partner_id
    HAVING sum(d.amount) <> 0
    UNION ALL
    SELECT s.member_id, s.id, s.account_id, s.partner_id, CASE WHEN s.kind = 6 THEN 'unburned' ELSE 'burned' END, 'burn', s.point_type_id,
           CASE WHEN s.kind = 6 THEN s.amount ELSE -s.amount END, s.reverses_id, s.occurred_at, s.posted_at, s.event_id, s.detail,
           coalesce(s.store, '')
      FROM spend AS s
     WHERE s.partner_id IS NOT NULL
    UNION ALL
    SELECT s.member_id, s.id, 0, o.partner_id, CASE WHEN s.kind = 6 THEN 'unhonoured' ELSE 'honoured' END, 'honour', s.point_type_id,
           CASE WHEN s.kind = 6 THEN -s.amount ELSE s.amount END, s.reverses_id, s.occurred_at, s.posted_at, s.event_id, s.detail,
           coalesce(s.store, '')
      FROM spend AS s
      JOIN owner AS o ON o.point_type_id = s.point_type_id AND o.partner_id <> s.partner_id
)
INSERT INTO settlement.line (member_id, transfer_id, share, program_id, partner_id, statement_id, kind, point_type_id, points, amount,
                             occurred_at, posted_at, event_id, order_id, store)
     SELECT c.member_id, c.id, c.share, %(program_id)s, c.partner_id, s.statement_id, c.kind, c.point_type_id, c.points,
            CASE WHEN c.kind IN ('drawn', 'returned') THEN 0 ELSE c.points * coalesce(p.minor, 0) END,
            c.occurred_at, c.posted_at, c.event_id,
            coalesce(e.doc::jsonb #>> '{order,order_id}', c.detail::jsonb ->> 'order', ''),
            coalesce(nullif(c.store, ''), e.doc::jsonb ->> 'store', c.detail::jsonb ->> 'store', '')
       FROM share AS c
       JOIN statement AS s ON s.partner_id = c.partner_id AND c.posted_at < s.until
       LEFT JOIN ledger.transfer AS origin ON origin.member_id = c.member_id AND origin.id = c.reverses_id
       LEFT JOIN price AS p
         ON p.partner_id = c.partner_id AND p.point_type_id = c.point_type_id AND p.direction = c.direction
        AND (p.since IS NULL OR p.since <= (coalesce(origin.occurred_at, c.occurred_at) AT TIME ZONE %(zone)s)::date)
        AND (p.until IS NULL OR p.until > (coalesce(origin.occurred_at, c.occurred_at) AT TIME ZONE %(zone)s)::date)
       LEFT JOIN events.event AS e ON e.member_id = c.member_id AND e.id = c.event_id
      WHERE NOT EXISTS (SELECT FROM settlement.line AS l
                         WHERE l.member_id = c.member_id AND l.transfer_id = c.id AND l.share = c.share)
ON CONFLICT ON CONSTRAINT settlement_line_once DO NOTHING;

-- insert_blocks --
-- Blocks bought ahead and given back, each on one statement for ever; points in the decimals of their type.
INSERT INTO settlement.entry (program_id, statement_id, kind, code, amount, text, made_at)
     SELECT b.program_id, s.statement_id, 'block', b.id::text, b.price_minor,
            a.code || ': ' || round(b.points * 10::numeric ^ -t.scale, t.scale) || ' points', %(now)s
       FROM partners.block_entry AS b
       JOIN partners.agreement AS a ON a.id = b.agreement_id
       JOIN programs.point_type AS t ON t.id = a.point_type_id
       JOIN unnest(%(statement_partners)s::int[], %(statement_ids)s::bigint[], %(untils)s::timestamptz[])
            AS s (partner_id, statement_id, until) ON s.partner_id = a.payer_id AND b.made_at < s.until
      WHERE b.program_id = %(program_id)s
ON CONFLICT DO NOTHING;

-- replace_fee --
-- A fee of a draft, as it is after the latest drawing up.
INSERT INTO settlement.entry (program_id, statement_id, kind, code, amount, text, sales, made_at)
     VALUES (%(program_id)s, %(statement_id)s, 'fee', %(code)s, %(amount)s, %(text)s, %(sales)s, %(now)s)
ON CONFLICT ON CONSTRAINT settlement_entry_once
  DO UPDATE SET amount = excluded.amount, text = excluded.text, sales = excluded.sales;

-- select_sales --
-- What members bought at a partner, less what came back, that no other statement took a fee of: from the first day of the first
-- statement with this fee to the end of this one, or until a day before that. What came late, or back, after a statement was issued is in the next. What nobody
-- knows whose it is counts once it is claimed.
SELECT coalesce((SELECT sum(CASE f.dimension WHEN 'partner' THEN f.net ELSE -f.net END)
                   FROM reporting.sale AS f
                  WHERE f.program_id = s.program_id AND f.dimension IN ('partner', 'partner_nobody') AND f.grain = 'day' AND f.key = p.code
                    AND f.day >= least(s.first_day, b.first_day) AND f.day < least(s.end_day, %(until)s::date)), 0)::bigint - b.sales
  FROM settlement.statement AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
 CROSS JOIN LATERAL (SELECT min(o.first_day) AS first_day, coalesce(sum(e.sales), 0)::bigint AS sales
                       FROM settlement.statement AS o
                       JOIN settlement.entry AS e ON e.statement_id = o.id AND e.kind = 'fee' AND e.code = %(code)s AND e.sales IS NOT NULL
                      WHERE o.program_id = s.program_id AND o.partner_id = s.partner_id AND o.first_day < s.first_day) AS b
 WHERE s.id = %(statement_id)s;

-- select_fees --
-- The fees of statements that began before a day, by partner and statement.
SELECT p.id, p.code, s.id, s.first_day, s.end_day, e.code, e.amount
  FROM settlement.entry AS e
  JOIN settlement.statement AS s ON s.id = e.statement_id
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE e.program_id = %(program_id)s AND e.kind = 'fee' AND s.first_day < %(day)s
 ORDER BY p.code, s.id, e.code;

-- select_billed --
-- Of some statements, what happened before an instant and has ids below one: how many lines, and what those of some kinds come to.
SELECT statement_id, count(*)::bigint, coalesce(sum(amount) FILTER (WHERE kind = ANY (%(kinds)s::text[])), 0)
  FROM settlement.line
 WHERE statement_id = ANY (%(ids)s::bigint[]) AND occurred_at < %(before)s AND transfer_id < %(beyond)s
 GROUP BY statement_id;

-- delete_fees --
-- Fees of a draft that are not agreed any more.
DELETE FROM settlement.entry
 WHERE statement_id = %(statement_id)s AND kind = 'fee' AND code <> ALL (%(codes)s::text[]);

-- select_sections --
-- The lines of a statement added up by kind and point type.
SELECT kind, point_type_id, count(*)::bigint, sum(points)::bigint, sum(amount)
  FROM settlement.line
 WHERE statement_id = %(statement_id)s
 GROUP BY kind, point_type_id
 ORDER BY kind, point_type_id;

-- select_entries --
-- What a statement holds beside lines.
SELECT kind, code, amount, text FROM settlement.entry WHERE statement_id = %(statement_id)s ORDER BY kind, code;

-- select_statements --
-- Statements of a program, or of one partner, the latest first.
SELECT s.id, p.code, s.first_day, s.end_day, s.status, s.version, s.total, s.netting_id, s.drawn_up_at, s.issued_at, s.agreed_at,
       s.settled_at, s.due_on
  FROM settlement.statement AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.program_id = %(program_id)s
   AND (%(partner)s::text IS NULL OR p.code = %(partner)s)
   AND (%(status)s::text IS NULL OR s.status = %(status)s)
   AND (NOT %(shown_to_partner)s OR s.status <> 'draft')
   AND s.id < %(before)s
 ORDER BY s.id DESC
 LIMIT %(limit)s;

-- lock_statement --
-- One statement, held.
SELECT s.id, p.code, s.first_day, s.end_day, s.status, s.version, s.total, s.netting_id, s.drawn_up_at, s.issued_at, s.agreed_at,
       s.settled_at, s.due_on
  FROM settlement.statement AS s
  JOIN programs.partner AS p ON p.id = s.partner_id
 WHERE s.program_id = %(program_id)s
   AND s.id = %(id)s
   FOR UPDATE OF s;

-- update_statement --
-- A statement's next state.
UPDATE settlement.statement
   SET status = %(status)s,
       version = %(version)s,
       total = %(total)s,
       issued_at = %(issued_at)s,
       agreed_at = %(agreed_at)s,
       due_on = %(due_on)s
 WHERE id = %(id)s;

-- update_total --
-- What a draft comes to.
UPDATE settlement.statement SET total = %(total)s WHERE id = %(id)s AND status = 'draft';

-- insert_version --
-- A statement as it is issued, with a fingerprint over its lines.
INSERT INTO settlement.version (statement_id, version, program_id, document, digest, issued_by, issued_at)
     SELECT %(statement_id)s, %(version)s, %(program_id)s, %(document)s::jsonb,
            encode(sha256(convert_to(%(document)s || coalesce(
                (SELECT string_agg(concat_ws('/', member_id, transfer_id, share, points, amount), ',' ORDER BY member_id, transfer_id, share)
                   FROM settlement.line WHERE statement_id = %(statement_id)s), ''), 'UTF8')), 'hex'),
            %(by)s, %(now)s
RETURNING digest;

-- select_versions --
-- A statement as it was issued, the latest version first.
SELECT version, document::text, digest, issued_by, issued_at
  FROM settlement.version
 WHERE statement_id = %(statement_id)s
 ORDER BY version DESC;

-- select_versions_between --
-- The versions of statements that were issued between two instants, in their order.
SELECT statement_id, version
  FROM settlement.version
 WHERE program_id = %(program_id)s AND issued_at >= %(from_at)s AND issued_at < %(to_at)s
 ORDER BY issued_at, statement_id, version;

-- select_lines --
-- A page of the lines of a statement.
SELECT l.member_id, l.transfer_id, l.share, l.kind, t.code, l.points, l.amount, l.occurred_at, l.posted_at, l.order_id, l.store
  FROM settlement.line AS l
  JOIN programs.point_type AS t ON t.id = l.point_type_id
 WHERE l.statement_id = %(statement_id)s
   AND (l.member_id, l.transfer_id, l.share) > (%(member_id)s, %(transfer_id)s, %(share)s)
 ORDER BY l.member_id, l.transfer_id, l.share
 LIMIT %(limit)s;

-- stream_lines --
-- All lines of a statement, for a file.
SELECT l.member_id, l.transfer_id, l.share, l.kind, t.code, l.points, l.amount, l.occurred_at, l.posted_at, l.order_id, l.store, t.scale
  FROM settlement.line AS l
  JOIN programs.point_type AS t ON t.id = l.point_type_id
 WHERE l.statement_id = %(statement_id)s
 ORDER BY l.member_id, l.transfer_id, l.share;

-- select_unbilled --
-- By partner account and point type: what the ledger says was funded, and what lines on statements say; both in smallest units.
SELECT a.kind || ':' || a.owner, a.point_type_id,
       coalesce((SELECT sum(CASE WHEN t.kind = 1 THEN t.amount ELSE -t.amount END)
                   FROM ledger.transfer AS t
                  WHERE t.program_id = a.program_id
                    AND ((t.kind = 1 AND t.debit_account_id = a.id) OR (t.kind IN (3, 13) AND t.credit_account_id = a.id))), 0)::bigint,
       coalesce((SELECT sum(l.points) FROM settlement.line AS l
                  WHERE l.program_id = a.program_id AND l.share = a.id
                    AND l.kind IN ('issued', 'reversed', 'drawn', 'returned')), 0)::bigint
  FROM ledger.account AS a
 WHERE a.program_id = %(program_id)s
   AND a.kind IN ('partner', 'campaign')
 ORDER BY 1, 2;
