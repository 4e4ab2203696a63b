-- order: 46
-- Campaigns as records: what is planned, who answers for it, how far it is, what has to be done, and for whom it is.
CREATE SCHEMA campaigns;

CREATE TABLE campaigns.campaign (
    id                int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id        int         NOT NULL,
    code              text        NOT NULL COLLATE "C",
    name              text        NOT NULL,
    type              text        NOT NULL DEFAULT '',
    template          boolean     NOT NULL DEFAULT false,
    status            text        NOT NULL DEFAULT 'draft' COLLATE "C",
    owner_id          int,
    currency          text        NOT NULL COLLATE "C",
    budget            bigint,
    estimated_revenue bigint,
    expected_response numeric(5, 2),
    proposed_from     date,
    proposed_to       date,
    actual_from       date,
    actual_to         date,
    description       text        NOT NULL DEFAULT '',
    offer             text        NOT NULL DEFAULT '',
    promotions        text[]      NOT NULL DEFAULT '{}' COLLATE "C",
    lists             text[]      NOT NULL DEFAULT '{}' COLLATE "C",
    revision          int         NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    archived_at       timestamptz,
    CONSTRAINT campaigns_campaign_once UNIQUE (program_id, code),
    CONSTRAINT campaigns_campaign_known_status CHECK (status IN ('draft', 'proposed', 'approved', 'active', 'completed', 'cancelled')),
    CONSTRAINT campaigns_campaign_template_is_a_draft CHECK (NOT template OR status = 'draft'),
    CONSTRAINT campaigns_campaign_money_not_negative CHECK (budget >= 0 AND estimated_revenue >= 0),
    CONSTRAINT campaigns_campaign_response_a_percentage CHECK (expected_response BETWEEN 0 AND 100),
    CONSTRAINT campaigns_campaign_proposed_in_order CHECK (proposed_from <= proposed_to),
    CONSTRAINT campaigns_campaign_actual_in_order CHECK (actual_from <= actual_to)
);
COMMENT ON TABLE campaigns.campaign IS
    'A campaign as planned and as it went. Money in minor units of its currency, expected_response in percent, days of the program''s calendar with the last one included. promotions = kind:code of what it offers, lists = marketing lists it is for. reference';

CREATE FUNCTION campaigns.keep_life_cycle() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'proposed'), ('draft', 'cancelled'),
        ('proposed', 'approved'), ('proposed', 'draft'), ('proposed', 'cancelled'),
        ('approved', 'active'), ('approved', 'draft'), ('approved', 'cancelled'),
        ('active', 'completed'), ('active', 'cancelled'),
        ('cancelled', 'draft')
    ) THEN
        RAISE EXCEPTION 'A campaign does not go from % to %.', OLD.status, NEW.status
              USING ERRCODE = 'check_violation', CONSTRAINT = 'campaigns_campaign_life_cycle';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_life_cycle BEFORE UPDATE OF status ON campaigns.campaign
    FOR EACH ROW EXECUTE FUNCTION campaigns.keep_life_cycle();

CREATE TABLE campaigns.step (
    campaign_id int         NOT NULL REFERENCES campaigns.campaign,
    number      int         NOT NULL,
    status      text        NOT NULL COLLATE "C",
    made_at     timestamptz NOT NULL,
    made_by     text        NOT NULL COLLATE "C",
    reason      text        NOT NULL DEFAULT '',
    CONSTRAINT campaigns_step_pk PRIMARY KEY (campaign_id, number)
);
COMMENT ON TABLE campaigns.step IS 'Each status a campaign took, when, by whom and why. immutable. reference';

CREATE TABLE campaigns.activity (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   int         NOT NULL,
    campaign_id  int         NOT NULL REFERENCES campaigns.campaign,
    kind         text        NOT NULL COLLATE "C",
    subject      text        NOT NULL,
    details      text        NOT NULL DEFAULT '',
    assignee_id  int,
    due_on       date,
    completed_at timestamptz,
    completed_by text        COLLATE "C",
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL COLLATE "C",
    revision     int         NOT NULL DEFAULT 1,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT campaigns_activity_known_kind CHECK (kind IN ('call', 'task')),
    CONSTRAINT campaigns_activity_completed_by_somebody CHECK ((completed_at IS NULL) = (completed_by IS NULL))
);
COMMENT ON TABLE campaigns.activity IS 'Something to be done for a campaign: a call or a task of one of the staff, due on a day of the program''s calendar. reference';
CREATE INDEX campaigns_activity_of_campaign ON campaigns.activity (campaign_id);
CREATE INDEX campaigns_activity_open ON campaigns.activity (program_id, assignee_id) WHERE completed_at IS NULL;

CREATE TABLE campaigns.note (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id int         NOT NULL REFERENCES campaigns.campaign,
    text        text        NOT NULL,
    written_at  timestamptz NOT NULL,
    written_by  text        NOT NULL COLLATE "C"
);
COMMENT ON TABLE campaigns.note IS 'What somebody wrote about a campaign. immutable. reference';
CREATE INDEX campaigns_note_of_campaign ON campaigns.note (campaign_id, id);

CREATE TABLE campaigns.marketing_list (
    program_id  int         NOT NULL,
    code        text        NOT NULL COLLATE "C",
    name        text        NOT NULL,
    description text        NOT NULL DEFAULT '',
    revision    int         NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT campaigns_marketing_list_pk PRIMARY KEY (program_id, code)
);
COMMENT ON TABLE campaigns.marketing_list IS 'The name of a list of members and what it is for. Who is on it stands with the members (members.member.lists), where rules and rewards look. reference';
