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
COMMENT ON TABLE connection.hook IS 'Where a shop''s platform sends its orders, and the secret it signs them with (needed in clear to check a signature; never shown again). reference';
