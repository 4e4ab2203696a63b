-- order: 12
-- With which key the secrets of this database are sealed. The key itself is elsewhere.
CREATE SCHEMA sealing;

CREATE TABLE sealing.key_in_use (
    only_one boolean     NOT NULL DEFAULT true,
    id       text        NOT NULL COLLATE "C",
    since    timestamptz NOT NULL,
    CONSTRAINT sealing_key_in_use_one PRIMARY KEY (only_one),
    CONSTRAINT sealing_key_in_use_is_one CHECK (only_one)
);
COMMENT ON TABLE sealing.key_in_use IS 'The id of the key that secrets are sealed with (SHA-256, shortened): a server that does not have it does not start. One row. local';
