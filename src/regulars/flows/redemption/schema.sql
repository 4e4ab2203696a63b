-- order: 62
CREATE SCHEMA redemption;

CREATE TABLE redemption.redemption (
    member_id       bigint      NOT NULL,
    id              bigint      NOT NULL,
    program_id      int         NOT NULL,
    reward_id       int         NOT NULL,
    reward_version  int         NOT NULL,
    status          text        NOT NULL COLLATE "C",
    quantity        bigint      NOT NULL,
    point_type_id   int         NOT NULL,
    points          bigint      NOT NULL,
    money           bigint      NOT NULL,
    points_back     bigint      NOT NULL DEFAULT 0,
    money_back      bigint      NOT NULL DEFAULT 0,
    returned        text        NOT NULL DEFAULT '0' COLLATE "C",
    payer_id        bigint      NOT NULL,
    hold_id         bigint,
    spend_id        bigint,
    store           text        NOT NULL DEFAULT '' COLLATE "C",
    reference       text        NOT NULL DEFAULT '',
    actor           text        NOT NULL DEFAULT '' COLLATE "C",
    price           text        NOT NULL,
    claims          text        NOT NULL,
    issued          text,
    delivery        text,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    confirmed_at    timestamptz,
    closed_at       timestamptz,
    CONSTRAINT redemption_pk PRIMARY KEY (member_id, id),
    CONSTRAINT redemption_known_status CHECK (status IN
        ('reserved', 'confirmed', 'ordered', 'shipped', 'delivered', 'cancelled', 'returned', 'expired')),
    CONSTRAINT redemption_quantity_positive CHECK (quantity > 0),
    CONSTRAINT redemption_price_not_negative CHECK (points >= 0 AND money >= 0),
    CONSTRAINT redemption_back_within CHECK (points_back BETWEEN 0 AND points AND money_back BETWEEN 0 AND money),
    CONSTRAINT redemption_closed_at_an_instant CHECK
        ((status IN ('cancelled', 'returned', 'expired')) = (closed_at IS NOT NULL)),
    CONSTRAINT redemption_confirmed_spends CHECK
        (status IN ('reserved', 'cancelled', 'expired') OR points = 0 OR spend_id IS NOT NULL)
) WITH (fillfactor = 80);
COMMENT ON TABLE redemption.redemption IS
    'A reward a member has set aside or taken. points and money = the price of all pieces; returned = which part of it came back (a fraction); hold_id, spend_id = the ledger''s transfers, of payer_id (another than member_id where members were merged in between); price, claims, issued, delivery = JSON: why this price, which pieces it holds, codes that were handed out, where it is. distributed by member_id';
CREATE INDEX redemption_by_program ON redemption.redemption (program_id, id);
CREATE INDEX redemption_to_expire ON redemption.redemption (expires_at) WHERE status = 'reserved';
