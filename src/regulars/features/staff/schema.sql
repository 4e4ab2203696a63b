-- order: 36
CREATE SCHEMA staff;

CREATE TABLE staff.person (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text        NOT NULL COLLATE "C",
    name          text        NOT NULL,
    locale        text        NOT NULL DEFAULT 'en' COLLATE "C",
    password_hash text,
    totp_secret   bytea,
    totp_step     bigint      NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT staff_person_email_once UNIQUE (email),
    CONSTRAINT staff_person_email_form CHECK (email = lower(email) AND email LIKE '%_@_%' AND length(email) <= 254)
);
COMMENT ON TABLE staff.person IS 'Somebody who works with the installation: argon2id hash of the password, secret of the one-time codes (sealed) and the last step that was used. reference';

CREATE TABLE staff.assignment (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  int         NOT NULL REFERENCES staff.person,
    role       text        NOT NULL COLLATE "C",
    program_id int,
    partner_id int,
    region     text        COLLATE "C",
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL DEFAULT '' COLLATE "C",
    CONSTRAINT staff_assignment_once UNIQUE NULLS NOT DISTINCT (person_id, role, program_id, partner_id, region),
    CONSTRAINT staff_assignment_known_role CHECK (role IN ('platform_admin', 'program_admin', 'marketer', 'approver', 'analyst', 'service_agent', 'finance', 'auditor', 'partner')),
    CONSTRAINT staff_assignment_platform_is_whole CHECK (role <> 'platform_admin' OR (program_id IS NULL AND partner_id IS NULL AND region IS NULL)),
    CONSTRAINT staff_assignment_partner_named CHECK (role <> 'partner' OR partner_id IS NOT NULL),
    CONSTRAINT staff_assignment_part_of_program CHECK (program_id IS NOT NULL OR (partner_id IS NULL AND region IS NULL))
);
COMMENT ON TABLE staff.assignment IS 'A role that a person has: everywhere, in a program, or for one partner or region of it. reference';

CREATE TABLE staff.recovery_code (
    person_id int         NOT NULL REFERENCES staff.person,
    code_hash bytea       NOT NULL,
    used_at   timestamptz,
    CONSTRAINT staff_recovery_code_once PRIMARY KEY (person_id, code_hash)
);
COMMENT ON TABLE staff.recovery_code IS 'Codes that stand in for a lost authenticator, each once. SHA-256 of 80 random bits. reference';

CREATE TABLE staff.passkey (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id     int         NOT NULL REFERENCES staff.person,
    credential_id bytea       NOT NULL,
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL,
    name          text        NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    CONSTRAINT staff_passkey_credential_once UNIQUE (credential_id)
);
COMMENT ON TABLE staff.passkey IS 'A public key of a person, made by a device of hers (WebAuthn). reference';
CREATE INDEX staff_passkey_of_person ON staff.passkey (person_id);

CREATE TABLE staff.identity_provider (
    id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text        NOT NULL COLLATE "C",
    name          text        NOT NULL,
    issuer        text        NOT NULL COLLATE "C",
    client_id     text        NOT NULL,
    client_secret text,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT staff_identity_provider_code_once UNIQUE (code),
    CONSTRAINT staff_identity_provider_code_form CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,62}$')
);
COMMENT ON TABLE staff.identity_provider IS 'An OpenID provider that people may sign in with. client_secret is sealed. reference';

CREATE TABLE staff.identity (
    provider_id int         NOT NULL REFERENCES staff.identity_provider,
    subject     text        NOT NULL COLLATE "C",
    person_id   int         NOT NULL REFERENCES staff.person,
    created_at  timestamptz NOT NULL,
    CONSTRAINT staff_identity_once PRIMARY KEY (provider_id, subject)
);
COMMENT ON TABLE staff.identity IS 'Who a person is at an OpenID provider, bound at her first sign-in there. reference';

CREATE TABLE staff.link (
    id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea       NOT NULL,
    purpose    text        NOT NULL COLLATE "C",
    person_id  int         REFERENCES staff.person,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT staff_link_token_once UNIQUE (token_hash),
    CONSTRAINT staff_link_known_purpose CHECK (purpose IN ('first_admin', 'invite', 'reset')),
    CONSTRAINT staff_link_of_somebody CHECK ((purpose = 'first_admin') = (person_id IS NULL))
);
COMMENT ON TABLE staff.link IS 'A link that lets somebody in once: the first administrator, somebody invited, somebody who forgot the password. SHA-256 of the token. local';

CREATE TABLE staff.session (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    secret_hash bytea       NOT NULL,
    person_id   int         NOT NULL REFERENCES staff.person,
    method      text        NOT NULL COLLATE "C",
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    address     text        NOT NULL DEFAULT '',
    browser     text        NOT NULL DEFAULT '',
    CONSTRAINT staff_session_secret_once UNIQUE (secret_hash),
    CONSTRAINT staff_session_known_method CHECK (method IN ('password', 'password+code', 'password+recovery', 'passkey', 'oidc', 'link', 'demo'))
);
COMMENT ON TABLE staff.session IS 'A browser that is signed in. SHA-256 of 32 random bytes; idle and absolute end. local';
CREATE INDEX staff_session_of_person ON staff.session (person_id, id);

CREATE TABLE staff.challenge (
    token_hash bytea       NOT NULL PRIMARY KEY,
    purpose    text        NOT NULL COLLATE "C",
    person_id  int         REFERENCES staff.person,
    content    jsonb       NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT staff_challenge_known_purpose CHECK (purpose IN ('passkey_new', 'passkey_sign_in', 'oidc', 'totp'))
);
COMMENT ON TABLE staff.challenge IS 'A question to which one answer is awaited: a passkey''s challenge, the state of a sign-in at an OpenID provider, the secret of an authenticator not yet confirmed. local';

CREATE TABLE staff.throttle (
    subject  text        NOT NULL COLLATE "C" PRIMARY KEY,
    since    timestamptz NOT NULL,
    attempts int         NOT NULL
);
COMMENT ON TABLE staff.throttle IS 'Attempts to sign in since an instant, by account and by address; counted before anything is tried. local';
