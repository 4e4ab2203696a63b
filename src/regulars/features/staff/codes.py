"""The second factor: codes of an authenticator, each step once, and recovery codes that stand in for a lost one."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from regulars.features.staff import store
from regulars.features.staff.challenges import ask, take
from regulars.features.staff.errors import AuthenticatorKnown, CodeWrong
from regulars.features.staff.store import SignIn
from regulars.infra.db import Transaction
from regulars.infra.sealing import SealedColumn
from regulars.kit import totp

ISSUER: Final = "Regulars"
RECOVERY_CODES: Final = 10
# 16 letters of 32: 80 bits, which nobody tries out; so a plain hash is enough.
_RECOVERY_LETTERS: Final = 16
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz234567890"[:32]
_CONFIRM_WITHIN: Final = timedelta(minutes=15)
_PURPOSE: Final = "totp"
# Until it is confirmed the secret waits with its question, a quarter of an hour at the most.
_AWAITED: Final = SealedColumn("staff.challenge", "content", ("person_id",))


class NewAuthenticator(msgspec.Struct, frozen=True):
    """What an authenticator is set up with; it counts once a code of it was sent back with `challenge`."""

    challenge: str
    secret: str
    address: str


async def begin_authenticator(tx: Transaction, person: SignIn, now: datetime) -> NewAuthenticator:
    """Make the secret of a new authenticator. Refuses with AuthenticatorKnown."""
    if person.totp_secret is not None:
        raise AuthenticatorKnown
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    content = {"secret": _AWAITED.seal(secret.hex(), person.id)}
    challenge = await ask(tx, _PURPOSE, content, now + _CONFIRM_WITHIN, person.id)
    return NewAuthenticator(
        challenge, totp.secret_text(secret), totp.address_of(secret, ISSUER, person.email)
    )


async def confirm_authenticator(
    tx: Transaction, person: SignIn, challenge: str, code: str, now: datetime
) -> list[str]:
    """Let the authenticator count from now on; return new recovery codes, shown this once.

    Refuses with ChallengeSpent, CodeWrong, AuthenticatorKnown.
    """
    if person.totp_secret is not None:
        raise AuthenticatorKnown
    content = await take(tx, _PURPOSE, challenge, now, person.id)
    secret = bytes.fromhex(_AWAITED.open(content["secret"], person.id))
    step = totp.matching_step(secret, normal_code(code), now)
    if step is None:
        raise CodeWrong
    sealed = store.TOTP_SECRET.seal_bytes(secret, person.id)
    await tx.run(store.queries.update_totp, person_id=person.id, secret=sealed, step=step)
    return await new_recovery_codes(tx, person.id)


async def remove_authenticator(tx: Transaction, person_id: int) -> None:
    """Take a person's authenticator away, with her recovery codes."""
    await tx.run(store.queries.update_totp, person_id=person_id, secret=None, step=0)
    await tx.run(store.queries.delete_recovery_codes, person_id=person_id)


async def new_recovery_codes(tx: Transaction, person_id: int) -> list[str]:
    """Return new recovery codes, shown this once; earlier ones end."""
    codes = [
        "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)
    ]
    await tx.run(store.queries.delete_recovery_codes, person_id=person_id)
    await tx.run(
        store.queries.insert_recovery_codes, person_id=person_id, hashes=[_hashed(code) for code in codes]
    )
    return ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_LETTERS, 4)) for code in codes]


async def use_code(tx: Transaction, person: SignIn, code: str, now: datetime) -> str | None:
    """Use a code of the authenticator or a recovery code; return the way of signing in, None when it is not right."""
    text = normal_code(code)
    if person.totp_secret is not None and len(text) == totp.DIGITS:
        secret = store.TOTP_SECRET.open_bytes(person.totp_secret, person.id)
        step = totp.matching_step(secret, text, now)
        used = step is not None and await tx.run(store.queries.use_totp_step, person_id=person.id, step=step)
        return "password+code" if used else None
    if len(text) != _RECOVERY_LETTERS:
        return None
    used = await tx.run(
        store.queries.use_recovery_code, person_id=person.id, code_hash=_hashed(text), now=now
    )
    return "password+recovery" if used else None


def normal_code(code: str) -> str:
    """Return a code without the blanks and hyphens that make it readable."""
    return code.replace(" ", "").replace("-", "").lower()


def _hashed(code: str) -> bytes:
    return sha256(code.encode()).digest()
