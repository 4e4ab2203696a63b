"""What the routes of staff take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from regulars.infra.web import StrictModel
from regulars.kit.roles import RoleName

Email = Annotated[str, Field(max_length=254, examples=["ann@example.com"])]
Password = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Locale = Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")]
Code = Annotated[str, Field(max_length=40, description="Of the authenticator, or a recovery code")]
Token = Annotated[str, Field(min_length=20, max_length=100)]


class SignInBody(StrictModel):
    """An e-mail address and a password, and a code where somebody has an authenticator."""

    email: Email
    password: Password
    code: Code | None = None


class OneTimeBody(StrictModel):
    """The token of a link, and who comes in by it. The first administrator may say her address."""

    token: Token
    name: Name | None = None
    email: Email | None = None
    password: Password | None = None
    code: Code | None = None


class RoleBody(StrictModel):
    """A role: everywhere (no program), in a program, or for one partner or region of it."""

    role: RoleName
    program: str | None = None
    partner: str | None = None
    region: Annotated[str | None, Field(min_length=1, max_length=63)] = None


class RoleAnswer(BaseModel):
    """A role: everywhere (no program), in a program, or for one partner or region of it."""

    role: str
    program: str | None
    partner: str | None
    region: str | None


class SelfAnswer(BaseModel):
    """Who is signed in."""

    id: int
    name: str
    email: str
    locale: str


class ProgramAnswer(BaseModel):
    """A program in which somebody has a role."""

    code: str
    name: str


class WorkplaceAnswer(ProgramAnswer):
    """A program in which somebody works, and what her roles permit there."""

    permissions: list[str]


class SessionAnswer(BaseModel):
    """Who is signed in and what she may do. `csrf` goes into X-CSRF-Token of whatever changes something."""

    person: SelfAnswer
    roles: list[RoleAnswer]
    programs: list[WorkplaceAnswer]
    permissions: list[str]
    method: str
    has_authenticator: bool
    csrf: str


class WaysAnswer(BaseModel):
    """How somebody can sign in here."""

    password: bool = True
    passkey: bool = True
    demo: bool
    first_start: bool
    providers: list[ProgramAnswer]


class OwnSessionAnswer(BaseModel):
    """A browser in which somebody is signed in."""

    id: int
    method: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str
    current: bool


class PasswordBody(StrictModel):
    """A new password, and the old one where there is one."""

    old: Password | None = None
    new: Password


class EmailBody(StrictModel):
    """Whose password is forgotten."""

    email: Email


class CodeBody(StrictModel):
    """A code of the authenticator, or a recovery code."""

    code: Code


class ConfirmBody(CodeBody):
    """A code of the new authenticator, with the challenge it was begun with."""

    challenge: Token


class AuthenticatorAnswer(BaseModel):
    """What an authenticator is set up with: `address` as a QR code, or `secret` typed in."""

    challenge: str
    secret: str
    address: str


class RecoveryAnswer(BaseModel):
    """Codes that stand in for a lost authenticator, each once; shown this once."""

    recovery_codes: list[str]


class CeremonyAnswer(BaseModel):
    """`publicKey` for navigator.credentials, and the challenge to send back with what the device answers."""

    challenge: str
    publicKey: dict[str, Any]  # noqa: N815 - the name that browsers know


class PasskeySignInBody(StrictModel):
    """What a device answered, as JSON (PublicKeyCredential.toJSON)."""

    challenge: Token
    credential: dict[str, Any]


class PasskeyBody(PasskeySignInBody):
    """What a device answered, and how the passkey is called."""

    name: Annotated[str, Field(min_length=1, max_length=80)] = "Passkey"


class PasskeyAnswer(BaseModel):
    """A passkey of yours."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


class NewPersonBody(StrictModel):
    """Somebody who is to work with the installation, and her roles."""

    email: Email
    name: Name
    locale: Locale = "en"
    roles: Annotated[tuple[RoleBody, ...], Field(max_length=200)] = ()


class PersonChangeBody(StrictModel):
    """How a person is called, and exactly which roles she has."""

    name: Name
    locale: Locale = "en"
    roles: Annotated[tuple[RoleBody, ...], Field(max_length=200)]


class PersonAnswer(BaseModel):
    """A person, how she can sign in, and her roles."""

    id: int
    email: str
    name: str
    locale: str
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_authenticator: bool
    passkeys: int
    last_seen_at: datetime | None
    roles: list[RoleAnswer]


class LinkAnswer(BaseModel):
    """A link that lets a person in once; shown this once."""

    link: str
    expires_at: datetime


class NewPersonAnswer(BaseModel):
    """A person who was added, and the link by which she comes in (none where she was there already)."""

    person: PersonAnswer
    invitation: LinkAnswer | None


class RoleMeaning(BaseModel):
    """What a role is, and which permissions it brings."""

    role: str
    title: str
    permissions: list[str]


class ProviderBody(StrictModel):
    """An OpenID provider. Its client may be a public one (no secret); left out, a secret stays as it is."""

    name: Name
    issuer: Annotated[str, Field(max_length=500, examples=["https://login.example.com"])]
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: Annotated[str | None, Field(min_length=1, max_length=1_000)] = None


class ProviderAnswer(BaseModel):
    """An OpenID provider, without its secret."""

    code: str
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    disabled_at: datetime | None
