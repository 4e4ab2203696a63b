-- select_revision --
-- The revision of a program's products: one index look-up, so that a cache can ask on every request.
SELECT revision FROM catalog.revision WHERE program_id = %(program_id)s;

-- bump_revision --
-- Products change: take the program's catalogue for this transaction and give it its next revision.
INSERT INTO catalog.revision (program_id, revision)
     VALUES (%(program_id)s, 1)
ON CONFLICT (program_id) DO UPDATE SET revision = catalog.revision.revision + 1
  RETURNING revision;

-- select_all --
-- Every product of a program that is not archived.
SELECT sku, name, category, brand, points, price, earns, attributes, archived_at
  FROM catalog.product
 WHERE program_id = %(program_id)s
   AND archived_at IS NULL;

-- select_products --
-- Products by their SKUs, archived ones included.
SELECT sku, name, category, brand, points, price, earns, attributes, archived_at
  FROM catalog.product
 WHERE program_id = %(program_id)s
   AND sku = ANY (%(skus)s::text[])
 ORDER BY sku;

-- select_page --
-- A page of products in SKU order, by category, brand, beginning of the SKU and part of the name where asked.
SELECT sku, name, category, brand, points, price, earns, attributes, archived_at
  FROM catalog.product
 WHERE program_id = %(program_id)s
   AND sku > %(after)s
   AND sku >= %(low)s
   AND sku < %(high)s
   AND (%(wanted)s::text IS NULL OR starts_with(lower(sku), %(wanted)s::text)
        OR strpos(lower(name), %(wanted)s::text) > 0)
   AND (%(category)s::text IS NULL OR category = %(category)s::text)
   AND (%(brand)s::text IS NULL OR brand = %(brand)s::text)
   AND (%(archived)s OR archived_at IS NULL)
 ORDER BY sku
 LIMIT %(limit)s;

-- upsert_products --
-- Make products or change them, any number in one statement; they come back when they were archived.
INSERT INTO catalog.product AS p (program_id, sku, name, category, brand, points, price, earns, attributes, updated_at)
     SELECT %(program_id)s, sku, name, category, brand, points, price, earns, attributes::jsonb, %(now)s
       FROM unnest(%(skus)s::text[], %(names)s::text[], %(categories)s::text[], %(brands)s::text[], %(points)s::bigint[],
                   %(prices)s::bigint[], %(earns)s::boolean[], %(attributes)s::text[])
            AS n (sku, name, category, brand, points, price, earns, attributes)
ON CONFLICT ON CONSTRAINT catalog_product_pk
  DO UPDATE SET name = excluded.name, category = excluded.category, brand = excluded.brand, points = excluded.points,
                price = excluded.price, earns = excluded.earns, attributes = excluded.attributes,
                updated_at = excluded.updated_at, archived_at = NULL
         WHERE (p.name, p.category, p.brand, p.points, p.price, p.earns, p.attributes, p.archived_at)
               IS DISTINCT FROM
               (excluded.name, excluded.category, excluded.brand, excluded.points, excluded.price, excluded.earns,
                excluded.attributes, NULL::timestamptz);

-- update_archived --
-- Archive a product: rules no longer know it; old orders still name it.
UPDATE catalog.product
   SET archived_at = %(now)s
 WHERE program_id = %(program_id)s
   AND sku = %(sku)s
   AND archived_at IS NULL;

-- select_stock --
-- What the stores have of some products.
SELECT sku, store, quantity, updated_at
  FROM catalog.stock
 WHERE program_id = %(program_id)s
   AND sku = ANY (%(skus)s::text[])
   AND (%(store)s::text IS NULL OR store = %(store)s::text)
 ORDER BY sku, store;

-- upsert_stock --
-- Say how much stores have; sorted, so that two deliveries never wait in a ring.
INSERT INTO catalog.stock (program_id, sku, store, quantity, updated_at)
     SELECT %(program_id)s, sku, store, quantity, %(now)s
       FROM unnest(%(skus)s::text[], %(stores)s::text[], %(quantities)s::bigint[]) AS s (sku, store, quantity)
      ORDER BY sku, store
ON CONFLICT ON CONSTRAINT catalog_stock_pk
  DO UPDATE SET quantity = excluded.quantity, updated_at = excluded.updated_at;

-- take_stock --
-- Take a quantity out of a store, only while there is enough; check and act in one statement.
UPDATE catalog.stock
   SET quantity = quantity - %(quantity)s, updated_at = %(now)s
 WHERE program_id = %(program_id)s
   AND sku = %(sku)s
   AND store = %(store)s
   AND quantity >= %(quantity)s
RETURNING quantity;
