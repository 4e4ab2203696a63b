-- order: 43
-- Draws: prizes, tickets, and results that were fixed before anybody could see them.
CREATE SCHEMA draws;

CREATE TABLE draws.draw (
    id          int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL,
    code        text        NOT NULL COLLATE "C",
    document    text        NOT NULL,
    status      text        NOT NULL DEFAULT 'draft' COLLATE "C",
    revision    bigint      NOT NULL DEFAULT 1,
    seed        bytea,
    revealed_seed bytea,
    salt        bytea,
    commitment  text        COLLATE "C",
    entries_digest text     COLLATE "C",
    public_value text       NOT NULL DEFAULT '',
    plays       bigint      NOT NULL DEFAULT 0,
    places      bigint      NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL,
    opened_at   timestamptz,
    closed_at   timestamptz,
    revealed_at timestamptz,
    CONSTRAINT draws_draw_once UNIQUE (program_id, code),
    CONSTRAINT draws_draw_known_status CHECK (status IN ('draft', 'open', 'closed', 'revealed', 'archived')),
    CONSTRAINT draws_draw_plays_within_places CHECK (plays BETWEEN 0 AND places),
    CONSTRAINT draws_draw_seed_told_when_revealed CHECK ((revealed_seed IS NOT NULL) = (status = 'revealed'))
);
COMMENT ON TABLE draws.draw IS
    'A draw or instant win. seed is fixed when it opens, and sealed; its hash (commitment) is published then, and the seed itself when it is revealed: revealed_seed. reference';

CREATE TABLE draws.entry (
    draw_id    int         NOT NULL,
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    program_id int         NOT NULL,
    member_id  bigint      NOT NULL,
    tickets    int         NOT NULL,
    cause      text        NOT NULL COLLATE "C",
    entered_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    CONSTRAINT draws_entry_pk PRIMARY KEY (draw_id, id),
    CONSTRAINT draws_entry_once_per_cause UNIQUE (draw_id, cause),
    CONSTRAINT draws_entry_has_tickets CHECK (tickets > 0)
);
COMMENT ON TABLE draws.entry IS 'Tickets of a member, once per cause for ever. distributed by draw_id';
CREATE INDEX draws_entry_of_member ON draws.entry (member_id, program_id);
CREATE INDEX draws_entry_of_cause ON draws.entry (program_id, cause);

CREATE TABLE draws.prize (
    draw_id    int         NOT NULL,
    number     int         NOT NULL,
    prize      text        NOT NULL COLLATE "C",
    place      bigint,
    mark       bytea,
    entry_id   bigint,
    member_id  bigint,
    won_at     timestamptz,
    delivered  text        COLLATE "C",
    delivered_at timestamptz,
    refused_at timestamptz,
    CONSTRAINT draws_prize_pk PRIMARY KEY (draw_id, number),
    CONSTRAINT draws_prize_one_per_place UNIQUE (draw_id, place),
    CONSTRAINT draws_prize_one_per_mark UNIQUE (draw_id, mark)
);
COMMENT ON TABLE draws.prize IS
    'Every single prize of a pool. mark = where a prize of an instant win lies, fixed when it opens and said with the seed, so that nobody reads the place from it; place = the same in clear, once it was played or the draw has closed; entry_id = the entry that won. delivered = what the member got for it (a voucher''s code, a transfer); refused_at = when it could last not be given. distributed by draw_id';
CREATE INDEX draws_prize_of_entry ON draws.prize (draw_id, entry_id) WHERE entry_id IS NOT NULL;
CREATE INDEX draws_prize_to_deliver ON draws.prize (draw_id, number) WHERE member_id IS NOT NULL AND delivered IS NULL;

CREATE TABLE draws.play (
    draw_id    int         NOT NULL,
    place      bigint      NOT NULL,
    program_id int         NOT NULL,
    member_id  bigint      NOT NULL,
    cause      text        NOT NULL COLLATE "C",
    played_at  timestamptz NOT NULL,
    CONSTRAINT draws_play_pk PRIMARY KEY (draw_id, place),
    CONSTRAINT draws_play_once_per_cause UNIQUE (draw_id, cause)
);
CREATE INDEX draws_play_of_member ON draws.play (member_id, draw_id);
COMMENT ON TABLE draws.play IS 'A play of an instant win: the place in the list that was fixed before. distributed by draw_id';
