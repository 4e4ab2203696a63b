"""One-time codes of an authenticator: TOTP (RFC 6238), SHA-1, six digits, steps of 30 seconds."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP_SECONDS: Final = 30
DIGITS: Final = 6
# RFC 4226 asks for 128 bits and recommends 160.
SECRET_BYTES: Final = 20
# A clock may be half a minute off, and a code is typed for a while.
DRIFT_STEPS: Final = 1


def step_of(instant: datetime) -> int:
    """Return the number of the 30-second step in which an instant lies."""
    return int(instant.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "sha1") -> str:
    """Return the code of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8), algorithm)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, instant: datetime) -> int | None:
    """Return the step, at most DRIFT_STEPS from now, whose code this is; None when it is of none.

    The caller uses each step once. Takes as long for a wrong code as for a right one.
    """
    now = step_of(instant)
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    found = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), code.encode())]
    return max(found, default=None)


def secret_text(secret: bytes) -> str:
    """Return a secret as people type it into an authenticator: base 32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def address_of(secret: bytes, issuer: str, account: str) -> str:
    """Return the otpauth:// address that a QR code for authenticators holds."""
    query = urlencode({"secret": secret_text(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{query}"
