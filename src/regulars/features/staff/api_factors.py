"""REST: how a person signs in: her password, her authenticator with recovery codes, her passkeys."""

from __future__ import annotations

from typing import Annotated

from fastapi import BackgroundTasks, Path, Request, Response

from regulars.features.staff import passkeys
from regulars.features.staff.api_session import ANYBODY, SignedIn, begun, person_of
from regulars.features.staff.bodies import (
    AuthenticatorAnswer,
    CeremonyAnswer,
    CodeBody,
    ConfirmBody,
    EmailBody,
    PasskeyAnswer,
    PasskeyBody,
    PasskeySignInBody,
    PasswordBody,
    RecoveryAnswer,
    SessionAnswer,
)
from regulars.features.staff.codes import (
    begin_authenticator,
    confirm_authenticator,
    new_recovery_codes,
    remove_authenticator,
    use_code,
)
from regulars.features.staff.cookies import browser_of, public_url
from regulars.features.staff.errors import CodeWrong
from regulars.features.staff.links import ask_for_reset
from regulars.features.staff.own_password import change_password
from regulars.features.staff.passkeys import Site, sign_in_of
from regulars.features.staff.store import SignIn
from regulars.features.staff.throttle import count_attempt
from regulars.infra.db import Transaction
from regulars.infra.web import api_router

router = api_router("/api/v1/session", tag="session")

PasskeyId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.put("/password", operation_id="change_password", status_code=204)
async def put_password(request: Request, subject: SignedIn, body: PasswordBody) -> None:
    """Change your password; your other browsers are signed out."""
    state, address = request.app.state, browser_of(request).address
    now, person_id, session_id = state.clock.now(), person_of(subject), subject.session_id or 0
    await change_password(state.db, person_id, session_id, body.old, body.new, address, now)


@router.post("/reset", operation_id="ask_for_password_link", status_code=202, dependencies=ANYBODY)
async def post_reset(request: Request, body: EmailBody, after: BackgroundTasks) -> None:
    """Have a link for a new password sent; the answer is the same, and as quick, when nobody has the address."""
    state = request.app.state
    browser, now = browser_of(request), state.clock.now()
    await count_attempt(state.db, f"reset:{body.email.lower()}", browser.address, now)
    after.add_task(ask_for_reset, state.db, state.links, body.email, now)


@router.post("/authenticator", operation_id="begin_authenticator")
async def post_authenticator(request: Request, subject: SignedIn) -> AuthenticatorAnswer:
    """Begin to set up an authenticator; it counts once a code of it was confirmed."""
    async with request.app.state.db.transaction() as tx:
        person = await sign_in_of(tx, person_of(subject))
        made = await begin_authenticator(tx, person, request.app.state.clock.now())
    return AuthenticatorAnswer(challenge=made.challenge, secret=made.secret, address=made.address)


@router.post("/authenticator/confirm", operation_id="confirm_authenticator")
async def post_confirm(request: Request, subject: SignedIn, body: ConfirmBody) -> RecoveryAnswer:
    """Confirm the new authenticator by a code of it; answers with recovery codes, this once."""
    async with request.app.state.db.transaction() as tx:
        person = await sign_in_of(tx, person_of(subject))
        now = request.app.state.clock.now()
        codes = await confirm_authenticator(tx, person, body.challenge, body.code, now)
    return RecoveryAnswer(recovery_codes=codes)


@router.post("/authenticator/remove", operation_id="remove_authenticator", status_code=204)
async def post_remove(request: Request, subject: SignedIn, body: CodeBody) -> None:
    """Remove your authenticator and your recovery codes."""
    person = await _counted(request, person_of(subject))
    async with request.app.state.db.transaction() as tx:
        await _check_code(request, tx, person, body.code)
        await remove_authenticator(tx, person.id)


@router.post("/recovery-codes", operation_id="renew_recovery_codes")
async def post_recovery_codes(request: Request, subject: SignedIn, body: CodeBody) -> RecoveryAnswer:
    """Get new recovery codes; the earlier ones end."""
    person = await _counted(request, person_of(subject))
    async with request.app.state.db.transaction() as tx:
        await _check_code(request, tx, person, body.code)
        return RecoveryAnswer(recovery_codes=await new_recovery_codes(tx, person.id))


@router.get("/passkeys", operation_id="list_passkeys")
async def get_passkeys(request: Request, subject: SignedIn) -> list[PasskeyAnswer]:
    """List your passkeys."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await passkeys.list_passkeys(tx, person_of(subject))
    return [
        PasskeyAnswer(id=one.id, name=one.name, created_at=one.created_at, last_used_at=one.last_used_at)
        for one in found
    ]


@router.post("/passkeys/begin", operation_id="begin_passkey")
async def post_begin_passkey(request: Request, subject: SignedIn) -> CeremonyAnswer:
    """Begin to add a passkey: what navigator.credentials.create is to be called with."""
    async with request.app.state.db.transaction() as tx:
        person = await sign_in_of(tx, person_of(subject))
        begun_ = await passkeys.begin_passkey(tx, person, site_of(request), request.app.state.clock.now())
    return CeremonyAnswer(**begun_)


@router.post("/passkeys", operation_id="add_passkey", status_code=201)
async def post_passkey(request: Request, subject: SignedIn, body: PasskeyBody) -> list[PasskeyAnswer]:
    """Add the passkey that a device made; answers with all of yours."""
    site, now = site_of(request), request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        await passkeys.add_passkey(
            tx, person_of(subject), body.challenge, body.credential, body.name, site, now
        )
    return await get_passkeys(request, subject)


@router.delete("/passkeys/{passkey_id}", operation_id="remove_passkey", status_code=204)
async def delete_passkey(request: Request, subject: SignedIn, passkey_id: PasskeyId) -> None:
    """Remove a passkey of yours."""
    async with request.app.state.db.transaction() as tx:
        await passkeys.remove_passkey(tx, person_of(subject), passkey_id)


@router.post("/passkey/begin", operation_id="begin_passkey_sign_in", dependencies=ANYBODY)
async def post_begin_sign_in(request: Request) -> CeremonyAnswer:
    """Begin to sign in by passkey: what navigator.credentials.get is to be called with."""
    async with request.app.state.db.transaction() as tx:
        asked = await passkeys.begin_passkey_sign_in(tx, site_of(request), request.app.state.clock.now())
    return CeremonyAnswer(**asked)


@router.post("/passkey", operation_id="sign_in_by_passkey", dependencies=ANYBODY)
async def post_passkey_sign_in(
    request: Request, response: Response, body: PasskeySignInBody
) -> SessionAnswer:
    """Sign in by what a device answered."""
    browser, now = browser_of(request), request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        opened = await passkeys.sign_in_by_passkey(
            tx, body.challenge, body.credential, site_of(request), browser, now
        )
    return await begun(request, response, opened)


def site_of(request: Request) -> Site:
    """Return where browsers reach us."""
    return Site("/".join(public_url(request).split("/", 3)[:3]))


async def _counted(request: Request, person_id: int) -> SignIn:
    """Return the person who is signed in, with one more attempt counted: codes are short."""
    state = request.app.state
    async with state.db.transaction(read_only=True) as tx:
        person = await sign_in_of(tx, person_id)
    await count_attempt(state.db, person.email, browser_of(request).address, state.clock.now())
    return person


async def _check_code(request: Request, tx: Transaction, person: SignIn, code: str) -> None:
    if await use_code(tx, person, code, request.app.state.clock.now()) is None:
        raise CodeWrong
