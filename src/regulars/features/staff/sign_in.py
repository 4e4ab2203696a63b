"""Signing in with a password: counted first, the same answer and the same work whoever has the address."""

from __future__ import annotations

from datetime import datetime

from regulars.features.staff import store
from regulars.features.staff.codes import use_code
from regulars.features.staff.errors import SecondFactorNeeded, SignInRefused
from regulars.features.staff.model import Browser, Opened, normal_email
from regulars.features.staff.passwords import hash_password, needs_rehash, password_matches
from regulars.features.staff.sessions import open_session
from regulars.features.staff.store import SignIn
from regulars.features.staff.throttle import count_attempt, subjects_of
from regulars.infra.db import Database, Transaction, acting


async def sign_in(
    db: Database, email: str, password: str, code: str | None, browser: Browser, now: datetime
) -> Opened:
    """Begin a session of whoever has this address and password, and this code where she has an authenticator.

    Refuses with SignInRefused, SecondFactorNeeded, TooManyAttempts.
    """
    account = normal_email(email)
    await count_attempt(db, account, browser.address, now)
    async with db.transaction(read_only=True) as tx:
        person = await store.select_sign_in(tx, account)
    right = await password_matches(person.password_hash if person else None, password)
    if not right or person is None or person.disabled_at is not None:
        raise SignInRefused
    renewed = await hash_password(password) if needs_rehash(person.password_hash or "") else None
    with acting(f"staff:{person.id}"):
        async with db.transaction() as tx:
            method = await second_factor(tx, person, code, now)
            if renewed is not None:
                await store.update_password(tx, person.id, renewed)
            await store.forget_attempts(tx, subjects_of(account, ""))
            return await open_session(tx, person.id, method, browser, now)


async def second_factor(tx: Transaction, person: SignIn, code: str | None, now: datetime) -> str:
    """Use somebody's code where she has an authenticator; return the way of signing in.

    Refuses with SecondFactorNeeded, SignInRefused.
    """
    if person.totp_secret is None:
        return "password"
    if not code:
        raise SecondFactorNeeded
    method = await use_code(tx, person, code, now)
    if method is None:
        raise SignInRefused
    return method
