-- order: 32
CREATE SCHEMA catalog;

CREATE TABLE catalog.revision (
    program_id int    PRIMARY KEY,
    revision   bigint NOT NULL
);
COMMENT ON TABLE catalog.revision IS 'Rises with every change of a program''s products, so that a process knows when the products it holds in memory are old. reference';

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
    CONSTRAINT catalog_product_pk PRIMARY KEY (program_id, sku),
    CONSTRAINT catalog_product_points_not_negative CHECK (points >= 0),
    CONSTRAINT catalog_product_price_not_negative CHECK (price >= 0)
);
COMMENT ON TABLE catalog.product IS 'A product: what rules may ask of an order line beside what the till says. points = a unit''s own points of the program''s first redeemable type, smallest unit. reference';
CREATE INDEX catalog_product_by_category ON catalog.product (program_id, category, sku);

CREATE TABLE catalog.stock (
    program_id int    NOT NULL,
    sku        text   NOT NULL COLLATE "C",
    store      text   NOT NULL COLLATE "C",
    quantity   bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT catalog_stock_pk PRIMARY KEY (program_id, sku, store),
    CONSTRAINT catalog_stock_of_product FOREIGN KEY (program_id, sku) REFERENCES catalog.product,
    CONSTRAINT catalog_stock_not_negative CHECK (quantity >= 0)
);
COMMENT ON TABLE catalog.stock IS 'How much of a product a store (by its code) has. reference';
