-- order: 69
-- Shops whose own platform tells us of orders.
CREATE SCHEMA connection;

CREATE TABLE connection.hook (
    id           text        NOT NULL COLLATE "C",
    program_id   int         NOT NULL,
    partner_id   int         NOT NULL,
    source_id    int         NOT NULL,
    platform     text        NOT NULL COLLATE "C",
    secret       text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT connection_hook_pk PRIMARY KEY (id),
    CONSTRAINT connection_hook_source_once UNIQUE (source_id),
    CONSTRAINT connection_hook_source_of_program FOREIGN KEY (source_id, program_id) REFERENCES programs.source (id, program_id),
    CONSTRAINT connection_hook_partner_of_program FOREIGN KEY (partner_id, program_id) REFERENCES programs.partner (id, program_id),
    CONSTRAINT connection_hook_known_platform CHECK (platform IN ('woocommerce', 'shopify')),
    CONSTRAINT connection_hook_id_form CHECK (id ~ '^[a-z0-9]{24}$')
);
COMMENT ON TABLE connection.hook IS 'Where a shop''s platform sends its orders, and the secret it signs them with (sealed; needed to check a signature, never shown again). reference';

CREATE VIEW connection.movement AS
SELECT p.program_id, p.code AS partner, t.member_id, t.id, t.kind, y.code AS point_type, y.scale, t.amount AS points, t.occurred_at,
       t.posted_at, CASE WHEN a.owner <> '' THEN a.kind || ':' || a.owner ELSE '' END AS account,
       coalesce(e.doc::jsonb #>> '{order,order_id}', t.detail::jsonb ->> 'order', '') AS order_id,
       coalesce(nullif(r.store, ''), e.doc::jsonb ->> 'store', t.detail::jsonb ->> 'store', '') AS store
  FROM programs.partner AS p
  JOIN ledger.transfer AS t ON t.program_id = p.program_id AND t.kind IN (1, 3, 5, 6, 9, 13)
  JOIN programs.point_type AS y ON y.id = t.point_type_id
  LEFT JOIN events.event AS e ON e.member_id = t.member_id AND e.id = t.event_id
  LEFT JOIN programs.source AS o ON o.id = e.source_id AND o.partner_id = p.id
  LEFT JOIN ledger.account AS a
    ON a.id = CASE WHEN t.kind IN (1, 6) THEN t.debit_account_id ELSE t.credit_account_id END
   AND a.owner = p.code AND a.kind IN ('partner', 'spent')
  LEFT JOIN redemption.redemption AS r
    ON t.kind IN (5, 6, 9) AND r.payer_id = t.member_id AND r.spend_id = CASE WHEN t.kind = 6 THEN t.reverses_id ELSE t.id END
  LEFT JOIN programs.store AS s ON s.program_id = t.program_id AND s.code = r.store AND s.partner_id = p.id
 WHERE a.id IS NOT NULL
    OR s.id IS NOT NULL
    OR (e.doc IS NOT NULL AND o.id IS NOT NULL)
    -- The search tells most events apart without reading their JSON, which costs five times as much.
    OR (strpos(e.doc, '"partner"') > 0 AND e.doc::jsonb ->> 'partner' = p.code);
COMMENT ON VIEW connection.movement IS 'What a partner may see of the ledger: movements of points at its stores, from its sources, or that its own account funded; its own members'' transactions and nobody else''s. Whoever the member is, only her id is in it.';
