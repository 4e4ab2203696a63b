-- order: 44
-- Gift cards: a number and a PIN that lead to a purse of their own. What is on a card is in the ledger alone.
CREATE SCHEMA giftcards;

CREATE TABLE giftcards.card (
    program_id  int         NOT NULL,
    number      text        NOT NULL COLLATE "C",
    purse_id    bigint      NOT NULL,
    point_type  text        NOT NULL COLLATE "C",
    status      text        NOT NULL DEFAULT 'new' COLLATE "C",
    pin_salt    bytea       NOT NULL,
    pin_hash    bytea       NOT NULL,
    wrong_pins  int         NOT NULL DEFAULT 0,
    wrong_since timestamptz,
    created_at  timestamptz NOT NULL,
    activated_at timestamptz,
    CONSTRAINT giftcards_card_pk PRIMARY KEY (program_id, number),
    CONSTRAINT giftcards_card_known_status CHECK (status IN ('new', 'active', 'blocked'))
);
COMMENT ON TABLE giftcards.card IS
    'A gift card. purse_id = its purse in the ledger, numbered as members are so that no member has it. point_type = the money it holds. PINs are kept as salted hashes. distributed by number';
CREATE INDEX giftcards_card_of_purse ON giftcards.card (purse_id);
CREATE INDEX giftcards_card_of_type ON giftcards.card (program_id, point_type);
