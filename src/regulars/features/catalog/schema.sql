-- order: 32
CREATE SCHEMA catalog;

CREATE TABLE catalog.product (
    program_id int         NOT NULL,
    sku        text        NOT NULL COLLATE "C",
    name       text        NOT NULL DEFAULT '',
    category   text        NOT NULL DEFAULT '' COLLATE "C",
    brand      text        NOT NULL DEFAULT '' COLLATE "C",
    points     bigint,
    price      bigint,
    earns      boolean     NOT NULL DEFAULT true,
    attributes jsonb       NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT catalog_product_pk PRIMARY KEY (program_id, sku)
);
COMMENT ON TABLE catalog.product IS 'A product: what rules may ask of an order line beside what the till says. points = a unit''s own points of the program''s first redeemable type, smallest unit. reference';

CREATE TABLE catalog.stock (
    program_id int    NOT NULL,
    sku        text   NOT NULL COLLATE "C",
    store_id   int    NOT NULL,
    quantity   bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT catalog_stock_pk PRIMARY KEY (program_id, sku, store_id),
    CONSTRAINT catalog_stock_not_negative CHECK (quantity >= 0)
);
COMMENT ON TABLE catalog.stock IS 'How much of a product a store has. reference';
