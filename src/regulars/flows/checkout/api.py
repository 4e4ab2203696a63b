"""REST: checkouts of web shops and tills. Every call that changes something takes an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Path, Query, Request, Response

from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.flows.checkout.bodies import (
    CheckoutAnswer,
    CheckoutBody,
    CheckoutCloseBody,
    CheckoutEmptyBody,
    CheckoutExplanation,
    CheckoutReturnBody,
    CheckoutRow,
    answer_of,
    content_of,
    explanation_of,
    named_of,
    row_of,
    shown,
)
from regulars.flows.checkout.errors import UnknownCheckout
from regulars.flows.checkout.model import Standing, Wanted
from regulars.flows.checkout.port import Parts
from regulars.flows.checkout.steps import (
    cancel_checkout,
    change_checkout,
    close_checkout,
    open_checkout,
    read_checkout,
    reopen_checkout,
    return_parts,
)
from regulars.flows.checkout.store import select_page
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Instant,
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)
from regulars.kit.ids import decode

router = api_router("/api/v1/programs/{program}/checkouts", tag="checkouts")

READ = route_roles("owner", "operator", "manager", "agent", "analyst", "finance", scope="checkouts:read")
WRITE = route_roles("owner", "operator", "manager", "agent", scope="checkouts:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Number = Annotated[str, Path(max_length=40, description="chk_…")]
Writer = Annotated[Subject, Depends(WRITE)]
OnceKey = Annotated[Once, Depends(once_per_key)]
DryRun = Annotated[bool, Query(description="Answer what would happen, and set nothing aside")]


class Programs(Protocol):
    """What the application's `state.programs` can do for checkouts."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


class Asked:
    """Which checkouts a list is to show, as its address says."""

    def __init__(
        self,
        status: Annotated[Standing | None, Query()] = None,
        order_id: Annotated[str | None, Query(max_length=120, description="Number of the order")] = None,
        since: Annotated[Instant | None, Query(description="Opened from then on")] = None,
        until: Annotated[Instant | None, Query(description="Opened before")] = None,
    ) -> None:
        """Take what lists of the program and of a partner have in common."""
        self.status, self.order_id, self.since, self.until = status, order_id, since, until

    async def page(
        self,
        tx: Transaction,
        program_id: int,
        page: PageQuery,
        now: datetime,
        member_id: int | None,
        stores: Sequence[str] | None,
    ) -> Page[CheckoutRow]:
        """Return the page that is asked for, of a member and in stores where they are not None."""
        (before,) = page.after(int) or (None,)
        wanted = Wanted(self.status, member_id, stores, self.order_id, self.since, self.until)
        found = await select_page(tx, program_id, wanted, now, limit=page.rows, before=before)
        return page.page([row_of(one, now) for one in found], lambda row: (number_of(row.id),))


Work = Callable[[Transaction, Parts, datetime], Awaitable[CheckoutAnswer]]


@router.get("", operation_id="list_checkouts", dependencies=[Depends(READ)])
async def list_checkouts(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    asked: Annotated[Asked, Depends()],
    member: Annotated[str | None, Query(max_length=400, description="mem_…, or kind:value")] = None,
    store: Annotated[str | None, Query(max_length=63)] = None,
) -> Page[CheckoutRow]:
    """List checkouts of a program, latest first: what is set aside, what became orders, what came back."""
    programs: Programs = request.app.state.programs
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await programs.config_of(tx, program_id)
        member_id = None if member is None else await resolve_ref(tx, config, member)
        stores = None if store is None else [store]
        return await asked.page(tx, program_id, page, request.app.state.clock.now(), member_id, stores)


@router.post(
    "",
    operation_id="open_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
)
async def post_open(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    body: CheckoutBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Price a basket with vouchers, rewards and points, and set them aside for `hold_s` seconds."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        programs: Programs = request.app.state.programs
        config = await programs.config_of(tx, program_id)
        member_id = None if body.member is None else await resolve_ref(tx, config, body.member)
        opened = await open_checkout(
            tx, parts, program_id, member_id, content_of(body), now, actor=subject.credential
        )
        return await answer_of(tx, parts, opened, now)

    return await _done(request, once, work, dry_run=dry_run)


@router.put(
    "/{checkout}",
    operation_id="change_checkout",
    response_model=CheckoutAnswer,
)
async def put_basket(
    request: Request, subject: Writer, program_id: ProgramId, checkout: Number, body: CheckoutBody
) -> CheckoutAnswer:
    """Price another basket instead; what was set aside is let go first. The member stays."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> CheckoutAnswer:
        parts: Parts = request.app.state.checkout
        number, actor = number_of(checkout), subject.credential
        changed = await change_checkout(tx, parts, program_id, number, content_of(body), now, actor=actor)
        return await answer_of(tx, parts, changed, now)

    answer: CheckoutAnswer = await request.app.state.db.attempt(work)
    return answer


@router.get("/{checkout}", operation_id="get_checkout", dependencies=[Depends(READ)])
async def read_one(request: Request, program_id: ProgramId, checkout: Number) -> CheckoutAnswer:
    """Read a checkout; while it is open, with what its order would earn."""
    state = request.app.state
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        found = await read_checkout(tx, program_id, number_of(checkout))
        return await answer_of(tx, state.checkout, found, state.clock.now())


@router.get("/{checkout}/explanation", operation_id="explain_checkout", dependencies=[Depends(READ)])
async def explain(request: Request, program_id: ProgramId, checkout: Number) -> CheckoutExplanation:
    """Say why a basket costs what it costs: what each voucher and reward takes off, and where to read on."""
    state = request.app.state
    programs: Programs = state.programs
    async with state.db.transaction(read_only=True) as tx:
        found = await read_checkout(tx, program_id, number_of(checkout))
        config = await programs.config_of(tx, program_id)
    return explanation_of(found, config, state.clock.now())


@router.post(
    "/{checkout}/close",
    operation_id="close_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
)
async def post_close(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutCloseBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Make the order: rewards are taken, vouchers used, and what is paid for goods earns."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        number, actor = number_of(checkout), subject.credential
        found, did = await close_checkout(tx, parts, program_id, number, body.order_id, now, actor=actor)
        return shown(found, now).model_copy(update={"did": did})

    return await _done(request, once, work, dry_run=dry_run)


@router.post(
    "/{checkout}/cancel",
    operation_id="cancel_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
)
async def post_cancel(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutEmptyBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
) -> Response:
    """Let an open checkout go."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        number, actor = number_of(checkout), subject.credential
        return shown(await cancel_checkout(tx, parts, program_id, number, now, actor=actor), now)

    return await _done(request, once, work)


@router.post(
    "/{checkout}/reopen",
    operation_id="reopen_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
)
async def post_reopen(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutEmptyBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Undo a closed checkout and open it again with the same basket, at the prices of now."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        number, actor = number_of(checkout), subject.credential
        opened = await reopen_checkout(tx, parts, program_id, number, now, actor=actor)
        return await answer_of(tx, parts, opened, now)

    return await _done(request, once, work, dry_run=dry_run)


@router.post(
    "/{checkout}/return",
    operation_id="return_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
)
async def post_return(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutReturnBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Take pieces of lines and of rewards back: money and points as they were paid; what lines earned is taken back.

    What took money off lines comes back with them; goods and the like when they are named, or with the last line.
    """

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        pieces: dict[int, int] = {}
        for one in body.lines:
            pieces[one.line] = pieces.get(one.line, 0) + one.quantity
        number, actor = number_of(checkout), subject.credential
        found, back = await return_parts(
            tx, parts, program_id, number, pieces, now, rewards=named_of(body), actor=actor
        )
        return shown(found, now).model_copy(update={"returned": back})

    return await _done(request, once, work, dry_run=dry_run)


async def _done(request: Request, once: Once, work: Work, *, dry_run: bool = False) -> Response:
    state = request.app.state
    now = state.clock.now()

    async def on_tx(tx: Transaction) -> CheckoutAnswer:
        return await work(tx, state.checkout, now)

    return await once.answer(state.db, on_tx, now=now, status=201, whose=_member_of, dry_run=dry_run)


def _member_of(answer: CheckoutAnswer) -> int | None:
    return None if answer.member is None else decode("mem", answer.member)


def number_of(text: str) -> int:
    """Return the number in `chk_…`. Refuses with UnknownCheckout."""
    try:
        return decode("chk", text)
    except ValueError:
        raise UnknownCheckout from None
