-- order: 80
-- What waits for another person. The database itself holds back a version of the rules that nobody approved, whoever
-- publishes it and by whatever way.
CREATE SCHEMA approval;

CREATE TABLE approval.policy (
    program_id         int         NOT NULL PRIMARY KEY REFERENCES programs.program,
    publishing         boolean     NOT NULL,
    budget_points_over numeric,
    budget_money_over  numeric,
    adjustment_over    bigint,
    days               int         NOT NULL,
    changed_at         timestamptz NOT NULL,
    CONSTRAINT approval_policy_days CHECK (days BETWEEN 1 AND 90),
    CONSTRAINT approval_policy_not_negative CHECK (least(budget_points_over, budget_money_over, adjustment_over) >= 0)
);
COMMENT ON TABLE approval.policy IS 'What needs a second person in a program: publishing, budgets over so many points or so much money, adjustments over so many points of a type (smallest units of the first redeemable type). No row: nothing does. reference';

CREATE TABLE approval.request (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id int         NOT NULL REFERENCES programs.program,
    kind       text        NOT NULL COLLATE "C",
    title      text        NOT NULL,
    payload    jsonb       NOT NULL,
    digest     bytea       NOT NULL,
    reason     text        NOT NULL,
    maker      text        NOT NULL COLLATE "C",
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status     text        NOT NULL DEFAULT 'waiting' COLLATE "C",
    checker    text        COLLATE "C",
    comment    text        NOT NULL DEFAULT '',
    decided_at timestamptz,
    outcome    jsonb,
    CONSTRAINT approval_request_known_kind CHECK (kind IN ('publish_rules', 'adjust_points', 'reopen_period')),
    CONSTRAINT approval_request_known_status CHECK (status IN ('waiting', 'approved', 'rejected', 'withdrawn', 'void')),
    CONSTRAINT approval_request_decided CHECK ((status = 'waiting') = (decided_at IS NULL)),
    CONSTRAINT approval_request_another_person CHECK (status IN ('waiting', 'withdrawn', 'void') OR (checker IS NOT NULL AND checker <> maker))
);
COMMENT ON TABLE approval.request IS 'Something that waits for another person, and what became of it. digest = SHA-256 of what is to be done. local';
CREATE INDEX approval_request_of_program ON approval.request (program_id, id);

CREATE FUNCTION approval.hold_back_publishing() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    policy approval.policy;
    needed boolean;
BEGIN
    SELECT * INTO policy FROM approval.policy AS p WHERE p.program_id = NEW.program_id;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    needed := policy.publishing OR EXISTS (
        SELECT r.value ->> 'code', l.value
          FROM jsonb_array_elements(NEW.document -> 'rules') AS r
         CROSS JOIN LATERAL jsonb_array_elements(
                   CASE jsonb_typeof(r.value -> 'limits') WHEN 'array' THEN r.value -> 'limits' ELSE '[]' END) AS l
         WHERE l.value ->> 'per' IN ('rule', 'campaign')
           AND (   (l.value ->> 'measure' = 'points' AND (l.value ->> 'max')::numeric > policy.budget_points_over)
                OR (l.value ->> 'measure' = 'money' AND (l.value ->> 'max')::numeric > policy.budget_money_over))
        EXCEPT
        SELECT r.value ->> 'code', l.value
          FROM (SELECT document FROM rulesets.version WHERE program_id = NEW.program_id ORDER BY version DESC LIMIT 1) AS v
         CROSS JOIN LATERAL jsonb_array_elements(v.document -> 'rules') AS r
         CROSS JOIN LATERAL jsonb_array_elements(
                   CASE jsonb_typeof(r.value -> 'limits') WHEN 'array' THEN r.value -> 'limits' ELSE '[]' END) AS l
    );
    IF NOT needed THEN
        RETURN NEW;
    END IF;
    UPDATE approval.request AS q
       SET outcome = jsonb_build_object('version', NEW.version)
     WHERE q.id = (SELECT min(id) FROM approval.request
                    WHERE program_id = NEW.program_id AND kind = 'publish_rules' AND status = 'approved'
                      AND outcome IS NULL AND payload ->> 'document' = NEW.digest);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Nobody approved this version.' USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_needed';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER hold_back_publishing BEFORE INSERT ON rulesets.version
    FOR EACH ROW EXECUTE FUNCTION approval.hold_back_publishing();
