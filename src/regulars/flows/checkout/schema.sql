-- order: 63
CREATE SCHEMA checkout;

CREATE TABLE checkout.session (
    member_id  bigint      NOT NULL,
    id         bigint      NOT NULL,
    program_id int         NOT NULL,
    status     text        NOT NULL COLLATE "C",
    order_id   text        NOT NULL DEFAULT '' COLLATE "C",
    store      text        NOT NULL DEFAULT '' COLLATE "C",
    content    text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at  timestamptz,
    CONSTRAINT checkout_session_pk PRIMARY KEY (member_id, id),
    CONSTRAINT checkout_session_known_status CHECK (status IN ('open', 'closed', 'part_returned', 'returned', 'cancelled'))
) WITH (fillfactor = 80);
COMMENT ON TABLE checkout.session IS
    'A basket with what was taken off it and what is set aside for it until expires_at; content = JSON of model.Content. member_id 0 = nobody known. distributed by member_id';
CREATE INDEX checkout_session_by_program ON checkout.session (program_id, id);
CREATE INDEX checkout_session_by_order ON checkout.session (program_id, order_id) WHERE order_id <> '';
