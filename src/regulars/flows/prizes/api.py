"""REST: draws and instant wins, from the draft to what anybody needs to check the result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Header, Path, Request, Response

from regulars.core.ledger import micros
from regulars.features.draws import (
    Draw,
    DrawNotRevealed,
    StoredDraw,
    archive_draw,
    enter_draw,
    get_draw,
    open_draw,
    play,
    publish_draw,
    put_draw,
    select_draws,
    select_held,
    select_prizes,
)
from regulars.features.members import UnknownMember, resolve_ref, select_merged_ids
from regulars.flows.prizes.bodies import (
    DrawAnswer,
    DrawBody,
    DrawCloseBody,
    EntryAnswer,
    MemberTicketsAnswer,
    PlayAnswer,
    PlayBody,
    PrizeAnswer,
    TicketsBody,
    draw_answer,
    draw_of,
    held_answer,
    prize_answer,
)
from regulars.flows.prizes.close import close as close_in
from regulars.flows.prizes.deliver import deliver_in, queries
from regulars.flows.prizes.reveal import reveal
from regulars.infra.db import Transaction
from regulars.infra.web import (
    MEMBER,
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    etag_of,
    once_per_key,
    program_in_path,
    revision_in,
    route_roles,
)

router = api_router("/api/v1/programs/{program}", tag="draws")

READ = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "analyst", "finance", scope="draws:read"
)
READ_OWN = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "analyst", "finance", MEMBER, scope="draws:read"
)
WRITE = route_roles("owner", "operator", "manager", "marketer", scope="draws:write")
# Whoever runs a draw is not whoever writes it: opening, closing and revealing fix what people win.
RUN = route_roles("owner", "operator", "manager", scope="draws:run")
ENTER = route_roles("owner", "operator", "manager", "agent", scope="draws:enter")

ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(max_length=63)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
OnceKey = Annotated[Once, Depends(once_per_key)]
Enterer = Annotated[Subject, Depends(ENTER)]
T = TypeVar("T")


@router.get("/draws", operation_id="list_draws", dependencies=[Depends(READ)])
async def list_draws(
    request: Request, program_id: ProgramId, page: Annotated[PageQuery, Depends()]
) -> Page[DrawAnswer]:
    """List draws in the order of their codes."""
    (after,) = page.after(str) or ("",)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await select_draws(tx, program_id, after=after, limit=page.rows)
    return page.page([draw_answer(stored) for stored in found], lambda row: (row.code,))


@router.get("/draws/{code}", operation_id="get_draw", dependencies=[Depends(READ)])
async def read(request: Request, response: Response, program_id: ProgramId, code: Code) -> DrawAnswer:
    """Read a draw: its prizes, its commitment, and (once revealed) its seed."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return _shown(response, await get_draw(tx, program_id, code))


@router.put("/draws/{code}", operation_id="put_draw", dependencies=[Depends(WRITE)])
async def put(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: DrawBody,
    if_match: IfMatch = None,
) -> DrawAnswer:
    """Make a draw (201) or change it (200); once it has opened only its name may change."""
    now, expected = request.app.state.clock.now(), revision_in(if_match)
    draw: Draw = draw_of(code, body)

    async def work(tx: Transaction) -> tuple[StoredDraw, bool]:
        return await put_draw(tx, program_id, draw, now, expected)

    stored, new = await request.app.state.db.attempt(work)
    response.status_code = 201 if new else 200
    return _shown(response, stored)


@router.delete("/draws/{code}", operation_id="archive_draw", status_code=204, dependencies=[Depends(WRITE)])
async def archive(request: Request, program_id: ProgramId, code: Code) -> None:
    """Let a draw that has never opened go away."""
    await _attempt(request, lambda tx, now: archive_draw(tx, program_id, code, now))


@router.post("/draws/{code}/open", operation_id="open_draw", dependencies=[Depends(RUN)])
async def open_it(request: Request, program_id: ProgramId, code: Code) -> DrawAnswer:
    """Open a draw: its seed is fixed now, and its commitment is for everybody to see."""
    return draw_answer(await _attempt(request, lambda tx, now: open_draw(tx, program_id, code, now)))


@router.post("/draws/{code}/close", operation_id="close_draw", dependencies=[Depends(RUN)])
async def close(request: Request, program_id: ProgramId, code: Code, body: DrawCloseBody) -> DrawAnswer:
    """Close a draw: no more tickets, and who won is fixed though nobody sees it yet."""
    owed, value = request.app.state.owed, body.public_value
    return draw_answer(
        await _attempt(request, lambda tx, now: close_in(tx, owed, program_id, code, now, value))
    )


@router.post("/draws/{code}/reveal", operation_id="reveal_draw", dependencies=[Depends(RUN)])
async def post_reveal(request: Request, program_id: ProgramId, code: Code) -> DrawAnswer:
    """Reveal a closed draw: the seed and who won. Prizes are given from now on."""
    return draw_answer(await _attempt(request, lambda tx, now: reveal(tx, program_id, code, now)))


@router.get("/draws/{code}/published", operation_id="publish_draw", dependencies=[Depends(READ)])
async def published(request: Request, program_id: ProgramId, code: Code) -> Response:
    """Return all that anybody needs to check a revealed draw, with `regulars draws verify` or by hand."""
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        found = await publish_draw(tx, program_id, code)
    return Response(msgspec.json.encode(found), media_type="application/json")


@router.get("/draws/{code}/prizes", operation_id="list_prizes", dependencies=[Depends(READ)])
async def prizes(
    request: Request, program_id: ProgramId, code: Code, page: Annotated[PageQuery, Depends()]
) -> Page[PrizeAnswer]:
    """List the prizes of a revealed draw."""
    (after,) = page.after(int) or (-1,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        stored = await get_draw(tx, program_id, code)
        if stored.status != "revealed":
            raise DrawNotRevealed(status=stored.status)
        found = await select_prizes(tx, stored.id, after=after, limit=page.rows)
    return page.page([prize_answer(won) for won in found], lambda row: (row.number,))


@router.get("/members/{ref}/draws", operation_id="list_member_tickets")
async def of_member(
    request: Request,
    subject: Annotated[Subject, Depends(READ_OWN)],
    program_id: ProgramId,
    ref: Ref,
    page: Annotated[PageQuery, Depends()],
) -> Page[MemberTicketsAnswer]:
    """List a member's tickets and plays, latest first, with what they won; members list their own."""
    before = page.after(int, int, int, int)
    state = request.app.state
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        member_id = await resolve_ref(tx, await state.programs.config_of(tx, program_id), ref)
        if subject.kind == MEMBER and member_id != subject.member_id:
            raise UnknownMember
        whose = await select_merged_ids(tx, member_id)
        found = await select_held(tx, program_id, whose, before=before, limit=page.rows)
    shown = page.page(found, lambda one: (micros(one.at), one.draw_id, int(one.played), one.number))
    return Page(data=[held_answer(one) for one in shown.data], next_cursor=shown.next_cursor)


@router.post(
    "/members/{ref}/draws/{code}/tickets",
    operation_id="enter_draw",
    status_code=201,
    response_model=EntryAnswer,
)
async def tickets(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    code: Code,
    body: TicketsBody,
    subject: Enterer,
    once: OnceKey,
) -> Response:
    """Enter tickets of a member; what they cost in points is taken at once."""
    asked = _Asked(request, program_id, ref, subject)

    async def work(tx: Transaction) -> EntryAnswer:
        member_id, stored = await asked.pay(tx, code, body.tickets)
        cause = f"hand:{await asked.number(tx)}"
        entry = await enter_draw(tx, program_id, stored.draw.code, member_id, body.tickets, cause, asked.now)
        return EntryAnswer(draw=code, entry=entry, tickets=body.tickets)

    return await once.answer(request.app.state.db, work, now=asked.now, status=201)


@router.post(
    "/members/{ref}/draws/{code}/plays", operation_id="play_draw", status_code=201, response_model=PlayAnswer
)
async def plays(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    code: Code,
    body: PlayBody,  # noqa: ARG001 - an empty object, checked
    subject: Enterer,
    once: OnceKey,
) -> Response:
    """Play an instant win; what it costs in points is taken, and what is won is given, at once."""
    asked = _Asked(request, program_id, ref, subject)

    async def work(tx: Transaction) -> PlayAnswer:
        member_id, stored = await asked.pay(tx, code, 1)
        place, won = await play(tx, program_id, code, member_id, f"hand:{await asked.number(tx)}", asked.now)
        if won is not None:
            await deliver_in(tx, request.app.state.wallets, asked.now, stored.id, won.number)
        name = next((p.name for p in stored.draw.prizes if won is not None and p.code == won.prize), None)
        return PlayAnswer(draw=code, place=place, prize=None if won is None else won.prize, name=name)

    return await once.answer(request.app.state.db, work, now=asked.now, status=201)


class _Asked:
    """One request of a member for tickets or a play."""

    def __init__(self, request: Request, program_id: int, ref: str, subject: Subject) -> None:
        self.state = request.app.state
        self.program_id = program_id
        self.ref = ref
        self.actor = subject.credential
        self.now = self.state.clock.now()

    async def number(self, tx: Transaction) -> int:
        """Return a number that no other request has: the idempotency key sees to repeats."""
        return int(await tx.value(queries.next_number))

    async def pay(self, tx: Transaction, code: str, tickets: int) -> tuple[int, StoredDraw]:
        """Take what the tickets cost from the member; return her and the draw."""
        config = await self.state.programs.config_of(tx, self.program_id)
        member_id = await resolve_ref(tx, config, self.ref)
        stored = await get_draw(tx, self.program_id, code)
        cost = stored.draw.ticket_points
        if cost is not None:
            await self.state.wallets.spend(
                tx,
                config,
                member_id,
                cost * tickets,
                actor=self.actor,
                now=self.now,
                point_type=stored.draw.point_type,
                reference=f"draw:{code}",
            )
        return member_id, stored


async def _attempt(request: Request, work: Callable[[Transaction, datetime], Awaitable[T]]) -> T:
    now = request.app.state.clock.now()

    async def at_now(tx: Transaction) -> Any:
        return await work(tx, now)

    found: T = await request.app.state.db.attempt(at_now)
    return found


def _shown(response: Response, stored: StoredDraw) -> DrawAnswer:
    response.headers["etag"] = etag_of(stored.revision)
    return draw_answer(stored)
