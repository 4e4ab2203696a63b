"""What the routes of staff take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from regulars.infra.web import StrictModel

Email = Annotated[str, Field(max_length=254, examples=["ann@example.com"])]
Password = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Code = Annotated[str, Field(max_length=40, description="Of the authenticator, or a recovery code")]
Token = Annotated[str, Field(min_length=20, max_length=100)]
RoleName = Literal[
    "platform_admin",
    "program_admin",
    "marketer",
    "approver",
    "analyst",
    "service_agent",
    "finance",
    "auditor",
    "partner",
]


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


class SessionAnswer(BaseModel):
    """Who is signed in and what she may do. `csrf` goes into X-CSRF-Token of whatever changes something."""

    person: SelfAnswer
    roles: list[RoleAnswer]
    programs: list[ProgramAnswer]
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
