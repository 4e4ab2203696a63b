"""REST: why an event did what it did, why a transfer was posted, what happened to a member."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Query, Request, Response

from regulars.core.rules import Language
from regulars.features.members import resolve_ref, select_merged_ids
from regulars.flows.accrual.insight import Rulebook, current_rulebook, rulebooks_in
from regulars.flows.explanation.errors import UnknownEvent, UnknownTransfer
from regulars.flows.explanation.events import event_at, explain_event, find_event
from regulars.flows.explanation.timeline import KINDS, Entry, Kind, member_timeline
from regulars.flows.explanation.transfers import explain_transfer
from regulars.infra.db import Transaction
from regulars.infra.web import PageQuery, api_router, language_asked, program_in_path, route_roles
from regulars.kit.errors import FieldError, Invalid
from regulars.kit.ids import ID_MAX, decode

router = api_router("/api/v1/programs/{program}", tag="explanations")

EVENTS = route_roles("owner", "operator", "manager", "agent", "finance", scope="events:read")
MEMBERS = route_roles("owner", "operator", "manager", "agent", scope="members:read")
ProgramId = Annotated[int, Depends(program_in_path)]
Spoken = Annotated[Language, Depends(language_asked)]
JsonObject = dict[str, Any]

_encode = msgspec.json.Encoder(decimal_format="string").encode


@router.get(
    "/events/explanation",
    operation_id="explain_message",
    dependencies=[Depends(EVENTS)],
    response_model=JsonObject,
)
async def explain_message(
    request: Request,
    program_id: ProgramId,
    language: Spoken,
    source: Annotated[str | None, Query(max_length=63, description="Code of the source, with `key`")] = None,
    key: Annotated[str | None, Query(max_length=400, description="The message's id at its source")] = None,
    order_id: Annotated[
        str | None, Query(max_length=400, description="An order, instead of a message")
    ] = None,
) -> Response:
    """Explain the event that a source's message, or an order, became."""
    if order_id is None and (source is None or key is None):
        errors = [FieldError("order_id", "missing", "Give source and key, or order_id.")]
        raise Invalid("Say which event: source and key, or order_id.", errors=errors)

    async def work(tx: Transaction, book: Rulebook) -> JsonObject:
        stored = await find_event(tx, book, source=source, key=key, order_id=order_id)
        return await explain_event(tx, book, stored, request.app.state.clock.now(), language)

    return await _answer(request, program_id, work)


@router.get(
    "/events/{event}/explanation",
    operation_id="explain_event",
    dependencies=[Depends(EVENTS)],
    response_model=JsonObject,
)
async def explain(
    request: Request,
    program_id: ProgramId,
    event: Annotated[str, Path(max_length=40, description="evt_…")],
    language: Spoken,
) -> Response:
    """Explain an event: what it did, by which rules, why not by the others, what it caused, what took it back."""
    number = _number("evt", event, UnknownEvent)

    async def work(tx: Transaction, book: Rulebook) -> JsonObject:
        stored = await event_at(tx, book, number)
        return await explain_event(tx, book, stored, request.app.state.clock.now(), language)

    return await _answer(request, program_id, work)


@router.get(
    "/transfers/{transfer}/explanation",
    operation_id="explain_transfer",
    dependencies=[Depends(EVENTS)],
    response_model=JsonObject,
)
async def why(
    request: Request,
    program_id: ProgramId,
    transfer: Annotated[str, Path(max_length=40, description="trf_…")],
    language: Spoken,
) -> Response:
    """Explain a transfer: event, rules in plain words, facts, limits, funding, and what became of it."""
    number = _number("trf", transfer, UnknownTransfer)
    return await _answer(request, program_id, lambda tx, book: explain_transfer(tx, book, number, language))


@router.get(
    "/members/{ref}/timeline",
    operation_id="list_member_timeline",
    dependencies=[Depends(MEMBERS)],
    response_model=JsonObject,
)
async def timeline(
    request: Request,
    program_id: ProgramId,
    ref: Annotated[
        str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")
    ],
    page: Annotated[PageQuery, Depends()],
    kind: Annotated[
        list[Kind] | None, Query(description="Only lines of these kinds; all when left out")
    ] = None,
) -> Response:
    """List what happened to a member, the latest first: events, points, tiers, rewards, messages, tasks, notes."""
    (before,) = page.after(int) or (ID_MAX,)

    async def work(tx: Transaction, book: Rulebook) -> JsonObject:
        member_id = await resolve_ref(tx, book.terms, ref)
        member_ids = await select_merged_ids(tx, member_id)
        kinds = frozenset(kind) if kind else KINDS
        entries = await member_timeline(tx, book, member_ids, before=before, limit=page.rows, kinds=kinds)
        shown = page.page(entries, lambda entry: (entry.id,))
        return {"data": [_shown(entry) for entry in shown.data], "next_cursor": shown.next_cursor}

    return await _answer(request, program_id, work)


def _shown(entry: Entry) -> JsonObject:
    return entry.shown


def _number(prefix: str, text: str, unknown: type[UnknownEvent | UnknownTransfer]) -> int:
    try:
        return decode(prefix, text)
    except ValueError:
        raise unknown from None


async def _answer(
    request: Request, program_id: int, work: Callable[[Transaction, Rulebook], Awaitable[JsonObject]]
) -> Response:
    state = request.app.state
    book = await current_rulebook(state.db, rulebooks_in(state), program_id)
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        return Response(_encode(await work(tx, book)), media_type="application/json")
