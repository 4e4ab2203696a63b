"""REST: offline spending: tokens for members, keys and reports for tills, and what was spent twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Protocol

from fastapi import Depends, Path, Request, Response
from starlette.datastructures import State

from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.flows.offline.bodies import (
    KeysAnswer,
    OverAnswer,
    TokenAnswer,
    TokenBody,
    UseAnswer,
    UsesBody,
    accepted_answer,
    over_answer,
    token_answer,
    use_of,
)
from regulars.flows.offline.errors import UnknownToken
from regulars.flows.offline.keys import published_keys, queries, rotate_keys
from regulars.flows.offline.spending import Use, issue_token, report_use, revoke_token
from regulars.infra.db import Transaction
from regulars.infra.web import (
    PUBLIC,
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)
from regulars.kit.errors import Rejected
from regulars.kit.ids import decode

router = api_router("/api/v1/programs/{program}", tag="offline")

ISSUE = route_roles("owner", "operator", "manager", "agent", scope="offline:issue")
REPORT = route_roles("owner", "operator", "manager", scope="offline:report")
READ = route_roles("owner", "operator", "manager", "finance", scope="offline:read")
ROTATE = route_roles("owner", "operator")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
OnceKey = Annotated[Once, Depends(once_per_key)]
_BEYOND = datetime(9999, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Programs(Protocol):
    """What the application's `state.programs` can do for offline spending."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


@router.post(
    "/members/{ref}/offline-tokens",
    operation_id="issue_offline_token",
    status_code=201,
    response_model=TokenAnswer,
)
async def issue(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    body: TokenBody,
    subject: Annotated[Subject, Depends(ISSUE)],  # noqa: ARG001 - who may, and whose key it is
    once: OnceKey,
) -> Response:
    """Set points aside and return a signed token for them, which tills without network accept."""
    state = request.app.state
    now = state.clock.now()

    async def work(tx: Transaction) -> TokenAnswer:
        programs: Programs = state.programs
        config = await programs.config_of(tx, program_id)
        member_id = await resolve_ref(tx, config, ref)
        life = timedelta(seconds=body.life_s)
        token = await issue_token(
            tx, config, state.wallets, member_id, body.points, life, now=now, point_type=body.point_type
        )
        return token_answer(token)

    return await once.answer(state.db, work, now=now, status=201)


@router.post(
    "/members/{ref}/offline-tokens/{hold}/revoke",
    operation_id="revoke_offline_token",
    status_code=204,
    dependencies=[Depends(ISSUE)],
)
async def revoke(
    request: Request, program_id: ProgramId, ref: Ref, hold: Annotated[str, Path(max_length=40)]
) -> None:
    """End a token before its time: what tills reported stays spent, the rest returns at once."""
    state = request.app.state
    now = state.clock.now()
    try:
        hold_id = decode("hld", hold)
    except ValueError:
        raise UnknownToken from None

    async def work(tx: Transaction) -> None:
        config = await state.programs.config_of(tx, program_id)
        member_id = await resolve_ref(tx, config, ref)
        await revoke_token(tx, config, state.wallets, member_id, hold_id, now)

    await state.db.attempt(work)


@router.get("/offline-keys", operation_id="list_offline_keys", dependencies=[Depends(route_roles(PUBLIC))])
async def keys(request: Request, program_id: ProgramId) -> KeysAnswer:
    """Return the public keys that tills check tokens with, as a JSON Web Key Set; fetch it daily."""
    state = request.app.state

    async def work(tx: Transaction) -> KeysAnswer:
        return KeysAnswer(**await published_keys(tx, program_id, state.clock.now()))

    found: KeysAnswer = await state.db.attempt(work)
    return found


@router.post("/offline-keys/rotate", operation_id="rotate_offline_keys", dependencies=[Depends(ROTATE)])
async def rotate(request: Request, program_id: ProgramId) -> KeysAnswer:
    """Let a new key sign from here on; the old one stays published until its tokens are over."""
    state = request.app.state
    now = state.clock.now()

    async def work(tx: Transaction) -> KeysAnswer:
        await rotate_keys(tx, program_id, now)
        return KeysAnswer(**await published_keys(tx, program_id, now))

    found: KeysAnswer = await state.db.attempt(work)
    return found


@router.post("/offline-uses", operation_id="report_offline_uses", dependencies=[Depends(REPORT)])
async def report(request: Request, program_id: ProgramId, body: UsesBody) -> list[UseAnswer]:
    """Report what a till accepted without network; each use by itself, twice is once."""
    state = request.app.state
    answers: list[UseAnswer] = []
    for one in body.uses:
        try:
            answers.append(
                await state.db.attempt(partial(_take_in, state, program_id, use_of(body.till, one)))
            )
        except Rejected as refusal:
            answers.append(UseAnswer(number=one.number, points=one.points, accepted=0, reason=refusal.code))
    return answers


async def _take_in(state: State, program_id: int, use: Use, tx: Transaction) -> UseAnswer:
    config = await state.programs.config_of(tx, program_id)
    return accepted_answer(await report_use(tx, config, state.wallets, use, state.clock.now()))


@router.get("/offline-overspends", operation_id="list_offline_overspends", dependencies=[Depends(READ)])
async def overspends(
    request: Request, program_id: ProgramId, page: Annotated[PageQuery, Depends()]
) -> Page[OverAnswer]:
    """List uses of which not all was accepted, the latest first: who spent twice, where, and how much."""
    after = page.after(int, int, int, str, str)
    before = (_BEYOND, 0, 0, "", "") if after is None else (_EPOCH + after[0] * _MICROSECOND, *after[1:])
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await tx.all(
            queries.select_over,
            program_id=program_id,
            before=before[0],
            before_member=before[1],
            before_hold=before[2],
            before_till=before[3],
            before_number=before[4],
            limit=page.rows,
        )
    found = [over_answer(row) for row in rows]
    return page.page(
        found,
        lambda row: (
            (row.reported_at - _EPOCH) // _MICROSECOND,
            decode("mem", row.member),
            decode("hld", row.hold),
            row.till,
            row.number,
        ),
    )
