-- order: 20
-- What happened, once. `identity` says that an event was seen, for ever; `event` keeps what it said and what came of it.
CREATE SCHEMA events;

CREATE SEQUENCE events.batch_id_seq;
CREATE SEQUENCE events.decision_seq;

CREATE TABLE events.batch (
    id          bigint      PRIMARY KEY DEFAULT nextval('events.batch_id_seq'),
    program_id  int         NOT NULL,
    received_at timestamptz NOT NULL,
    events      int         NOT NULL,
    notices     text,
    fanned_out  boolean     NOT NULL DEFAULT false,
    decision    bigint      NOT NULL DEFAULT nextval('events.decision_seq')
);
COMMENT ON TABLE events.batch IS
    'One committed micro-batch; event and transfer ids are (batch id << 20) + position. A batch takes its number before it waits for its members and its `decision` while it holds them: of two batches with one member, the one with the smaller decision was decided first. `notices` is its outbox: what subscribers of webhooks must hear, JSON. local';
CREATE INDEX events_batch_outbox ON events.batch (id) WHERE notices IS NOT NULL AND NOT fanned_out;

CREATE TABLE events.identity (
    program_id int    NOT NULL,
    source_id  int    NOT NULL,
    key        uuid   NOT NULL,
    content    uuid   NOT NULL,
    member_id  bigint NOT NULL,
    event_id   bigint NOT NULL,
    CONSTRAINT events_identity_once PRIMARY KEY (program_id, source_id, key)
);
COMMENT ON TABLE events.identity IS
    'Immutable: every message ever admitted, and (under source 0) every order ever rated. key = BLAKE2b-128 of the id, content = BLAKE2b-128 of what it said. distributed by key';

-- What was admitted stays admitted: the application's role may not change it. These are all that may be done, with the owner's
-- rights: an order that was nobody's when it came is freed to be claimed by a member; the messages that brought it lead to
-- her event; and ids of an event that was set aside, and never rated, are freed to be replayed.
CREATE FUNCTION events.free_order(of_program int, of_key uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    DELETE FROM events.identity WHERE program_id = of_program AND source_id = 0 AND key = of_key AND member_id = 0
$$;
CREATE FUNCTION events.give_messages(of_program int, of_event bigint, to_member bigint, to_event bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    UPDATE events.identity SET member_id = to_member, event_id = to_event
     WHERE program_id = of_program AND member_id = 0 AND event_id = of_event
$$;

CREATE TABLE events.event (
    member_id   bigint      NOT NULL,
    id          bigint      NOT NULL,
    program_id  int         NOT NULL,
    source_id   int         NOT NULL,
    status      smallint    NOT NULL,
    type        text        NOT NULL COLLATE "C",
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    doc         text,
    outcome     text,
    CONSTRAINT events_event_pk PRIMARY KEY (member_id, id)
);
COMMENT ON TABLE events.event IS
    'An admitted event: doc = its normal form as JSON (NULL once erased), outcome = the facts it was decided on and what fired, enough to explain and to re-rate it. member_id 0 = not matched to a member. distributed by member_id';
CREATE INDEX events_event_by_id ON events.event USING brin (id) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX events_event_by_time ON events.event USING brin (occurred_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX events_event_unmatched ON events.event (program_id, id) WHERE member_id = 0;

CREATE TABLE events.parked (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id  int         NOT NULL,
    source_id   int         NOT NULL,
    key         text        NOT NULL,
    reason      text        NOT NULL,
    detail      text        NOT NULL,
    doc         text        NOT NULL,
    event_id    bigint,
    attempts    int         NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL,
    replayed_at timestamptz
);
COMMENT ON TABLE events.parked IS
    'Events that could not be decided (a poison event, a refund waiting for its order): visible, with the reason, and replayable. local';
CREATE INDEX events_parked_open ON events.parked (program_id, id) WHERE replayed_at IS NULL;

CREATE TABLE events.waiting (
    program_id int         NOT NULL,
    order_key  uuid        NOT NULL,
    parked_id  bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT events_waiting_pk PRIMARY KEY (program_id, order_key, parked_id)
);
COMMENT ON TABLE events.waiting IS 'A refund, update or cancellation that came before its order; taken up in the batch that brings the order. distributed by order_key';

CREATE FUNCTION events.release_identities(of_program int, source_ids int[], keys uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    DELETE FROM events.identity AS i
     WHERE i.program_id = of_program
       AND (i.source_id, i.key) IN (SELECT u.source_id, u.key FROM unnest(source_ids, keys) AS u (source_id, key))
       AND NOT EXISTS (SELECT FROM events.event AS e WHERE e.member_id = i.member_id AND e.id = i.event_id)
       AND NOT EXISTS (SELECT FROM events.waiting AS w JOIN events.parked AS p ON p.id = w.parked_id
                        WHERE p.event_id = i.event_id)
$$;
