"""People of the staff, their roles and sessions, as values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from regulars.features.staff.errors import InvalidPerson
from regulars.features.staff.roles import ROLES
from regulars.kit.errors import FieldError
from regulars.kit.secret_text import secret_text

# A console that nobody looks at is locked by the next who walks by: OWASP says 15 to 30 min for the careful, hours for
# those who work in it all day.
SESSION_IDLE: Final = timedelta(hours=2)
# A working day with its lunch and overtime.
SESSION_LONGEST: Final = timedelta(hours=12)
# `seen_at` is written at most this often: a page asks a dozen times a second.
SEEN_EVERY: Final = timedelta(minutes=1)
# Sessions of one person; the oldest ends when another begins.
SESSIONS_MAX: Final = 20
EMAIL_LETTERS_MAX: Final = 254
NAME_LETTERS_MAX: Final = 120
TOKEN_BYTES: Final = 32
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


class Assignment(msgspec.Struct, frozen=True):
    """A role of a person: everywhere (no program), in a program, or for one partner or region of it; all are codes."""

    role: str
    program: str | None = None
    partner: str | None = None
    region: str | None = None


class Person(msgspec.Struct, frozen=True):
    """Somebody who works with the installation, as others see her."""

    id: int
    email: str
    name: str
    locale: str
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_totp: bool
    passkeys: int
    assignments: tuple[Assignment, ...]
    last_seen_at: datetime | None = None


class Session(msgspec.Struct, frozen=True):
    """A browser that is signed in, as its person sees it."""

    id: int
    method: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str


class Opened(msgspec.Struct, frozen=True):
    """A session just begun: `token` goes into the cookie and is not kept."""

    token: str
    expires_at: datetime


class Browser(msgspec.Struct, frozen=True):
    """Where a request comes from, as far as it can be known."""

    address: str = ""
    name: str = ""


def new_token() -> str:
    """Return 32 random bytes as text."""
    return secret_text(TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token: 256 random bits need no slow hash."""
    return sha256(token.encode()).digest()


def csrf_token(session_token: str) -> str:
    """Return what a page has to send along: made of the session's token, which no page can read."""
    return sha256(b"csrf\0" + session_token.encode()).hexdigest()


def normal_email(text: str) -> str:
    """Return an e-mail address as it is stored and looked up."""
    return text.strip().lower()


def check_person(email: str, name: str, locale: str, assignments: Sequence[Assignment]) -> None:
    """Refuse with InvalidPerson what no person can be."""
    errors = []
    if not _EMAIL.fullmatch(normal_email(email)) or len(email) > EMAIL_LETTERS_MAX:
        errors.append(FieldError("email", "not_an_email", "Write an address such as ann@example.com."))
    if not 0 < len(name.strip()) <= NAME_LETTERS_MAX or not name.isprintable():
        errors.append(FieldError("name", "not_a_name", f"Write 1 to {NAME_LETTERS_MAX} printable letters."))
    if not _LOCALE.fullmatch(locale):
        errors.append(FieldError("locale", "not_a_locale", "Write a language such as en or de-AT."))
    errors += [
        error for place, one in enumerate(assignments) for error in _misassigned(f"roles[{place}]", one)
    ]
    if errors:
        raise InvalidPerson(errors=errors)


def _misassigned(path: str, one: Assignment) -> list[FieldError]:
    if one.role not in ROLES:
        return [FieldError(f"{path}.role", "unknown_role", f"Known are {', '.join(ROLES)}.")]
    if one.role == "platform_admin" and one.program is not None:
        return [FieldError(path, "everywhere", "A platform admin is one everywhere; name no program.")]
    if one.role == "partner" and one.partner is None:
        return [FieldError(f"{path}.partner", "partner_needed", "Name the partner's code.")]
    if one.program is None and (one.partner is not None or one.region is not None):
        return [
            FieldError(f"{path}.program", "program_needed", "Partners and regions are parts of a program.")
        ]
    return []
