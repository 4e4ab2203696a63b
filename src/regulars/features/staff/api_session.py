"""REST: the session of a browser: sign in, who am I, sign out, links that let in once, the demo."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from regulars.features.staff import store
from regulars.features.staff.authenticator import token_in
from regulars.features.staff.bodies import (
    OneTimeBody,
    OwnSessionAnswer,
    ProgramAnswer,
    RoleAnswer,
    SelfAnswer,
    SessionAnswer,
    SignInBody,
    WaysAnswer,
    WorkplaceAnswer,
)
from regulars.features.staff.cookies import browser_of, drop_cookie, set_cookie
from regulars.features.staff.demo import is_demo, open_demo
from regulars.features.staff.links import Given, use_link
from regulars.features.staff.model import Opened, csrf_token
from regulars.features.staff.roles import permissions_of_all
from regulars.features.staff.sessions import find_session, programs_of, revoke_own_session
from regulars.features.staff.sign_in import sign_in
from regulars.infra.web import PUBLIC, STAFF, Subject, api_router, route_roles
from regulars.kit.errors import Unauthenticated

router = api_router("/api/v1/session", tag="session")

ANYBODY = [Depends(route_roles(PUBLIC))]
SignedIn = Annotated[Subject, Depends(route_roles(STAFF))]
SessionId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.post("", operation_id="sign_in", dependencies=ANYBODY)
async def post_session(request: Request, response: Response, body: SignInBody) -> SessionAnswer:
    """Sign in with a password, and a code where there is an authenticator (401 `second_factor_needed` asks for it)."""
    state, now = request.app.state, request.app.state.clock.now()
    opened = await sign_in(state.db, body.email, body.password, body.code, browser_of(request), now)
    return await begun(request, response, opened)


@router.get("", operation_id="get_session", dependencies=[Depends(route_roles(STAFF))])
async def get_session(request: Request) -> SessionAnswer:
    """Say who is signed in, what she may do and where, and the token for X-CSRF-Token."""
    return await described(request, token_in(request.headers) or "")


@router.delete("", operation_id="sign_out", status_code=204)
async def delete_session(request: Request, response: Response, subject: SignedIn) -> None:
    """Sign out: the session is over with the next request."""
    async with request.app.state.db.transaction() as tx:
        await store.revoke_session(
            tx, person_of(subject), subject.session_id or 0, request.app.state.clock.now()
        )
    drop_cookie(request, response)


@router.get("/ways", operation_id="list_ways_to_sign_in", dependencies=ANYBODY)
async def get_ways(request: Request) -> WaysAnswer:
    """Say how somebody can sign in here: for the page that asks her to."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        anybody = await store.select_anybody(tx)
        providers = await store.select_providers(tx)
        demo = await is_demo(request.app.state.settings, tx)
    living = [ProgramAnswer(code=one.code, name=one.name) for one in providers if one.disabled_at is None]
    return WaysAnswer(demo=demo, first_start=not anybody, providers=living)


@router.post("/one-time", operation_id="sign_in_by_link", dependencies=ANYBODY, responses={410: {}})
async def post_one_time(request: Request, response: Response, body: OneTimeBody) -> SessionAnswer:
    """Come in by a link, once, and set a password: the first administrator, somebody invited, a new password."""
    state, now = request.app.state, request.app.state.clock.now()
    given = Given(body.password, body.name, body.email, body.code)
    opened = await use_link(state.db, body.token, given, browser_of(request), now)
    return await begun(request, response, opened)


@router.post("/demo", operation_id="sign_in_to_demo", dependencies=ANYBODY)
async def post_demo(request: Request, response: Response) -> SessionAnswer:
    """Sign in to the demo by one click; 404 wherever else."""
    state, now = request.app.state, request.app.state.clock.now()
    opened = await open_demo(state.settings, state.db, browser_of(request), now)
    return await begun(request, response, opened)


@router.get("/all", operation_id="list_own_sessions")
async def list_sessions(request: Request, subject: SignedIn) -> list[OwnSessionAnswer]:
    """List the browsers in which you are signed in, newest first."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_sessions(tx, person_of(subject), now)
    return [
        OwnSessionAnswer(
            id=one.id,
            method=one.method,
            created_at=one.created_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
            address=one.address,
            browser=one.browser,
            current=one.id == subject.session_id,
        )
        for one in found
    ]


@router.delete("/all/{session_id}", operation_id="revoke_own_session", status_code=204)
async def revoke_session(request: Request, subject: SignedIn, session_id: SessionId) -> None:
    """Sign out a browser of yours; its next request is refused."""
    async with request.app.state.db.transaction() as tx:
        await revoke_own_session(tx, person_of(subject), session_id, request.app.state.clock.now())


async def begun(request: Request, response: Response, opened: Opened) -> SessionAnswer:
    """Answer with a session just begun, and give it to the browser."""
    set_cookie(request, response, opened, request.app.state.clock.now())
    return await described(request, opened.token)


async def described(request: Request, token: str) -> SessionAnswer:
    """Return who is signed in and what she may do."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        living = await find_session(tx, token, request.app.state.clock.now())
        if living is None:
            raise Unauthenticated
        programs = await programs_of(tx, living)
    return SessionAnswer(
        person=SelfAnswer(id=living.person_id, name=living.name, email=living.email, locale=living.locale),
        roles=[
            RoleAnswer(role=one.role, program=one.program, partner=one.partner, region=one.region)
            for one in living.held
        ],
        programs=[
            WorkplaceAnswer(
                code=code,
                name=name,
                permissions=permissions_of_all(
                    one.role for one in living.held if one.program in (None, code)
                ),
            )
            for code, name in programs
        ],
        permissions=permissions_of_all(one.role for one in living.held),
        method=living.method,
        has_authenticator=living.has_totp,
        csrf=csrf_token(token),
    )


def person_of(subject: Subject) -> int:
    """Return the number of the person who is signed in."""
    return int(subject.credential.partition(":")[2])
