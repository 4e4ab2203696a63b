"""REST: the journal page by page and live, what became of a message, what was set aside and once more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from regulars.core.events import EventStatus
from regulars.core.rules import Language
from regulars.features.programs import load_config
from regulars.flows.journal.entries import Entry, EntryPage, Filters, Journal, queries
from regulars.flows.journal.errors import UnknownEvent
from regulars.flows.journal.following import Ready, Seen, Turned, follow, last_batch
from regulars.flows.journal.parked import ParkedEntry, ParkedRow, list_parked, replay, shown
from regulars.flows.journal.rehearsal import rehearse
from regulars.flows.journal.searching import search
from regulars.infra.db import Transaction
from regulars.infra.web import (
    PageQuery,
    StreamMessage,
    api_router,
    event_stream,
    language_asked,
    listening,
    program_in_path,
    route_roles,
)
from regulars.kit import ids
from regulars.kit.errors import FieldError, Invalid

router = api_router("/api/v1/programs/{program}/events", tag="events")

READ = route_roles("owner", "operator", "manager", "analyst", "agent", "finance", scope="events:read")
REPLAY = route_roles("owner", "operator", "manager", scope="events:write")
READS = [Depends(READ)]
ProgramId = Annotated[int, Depends(program_in_path)]
Types = Annotated[
    list[str] | None, Query(alias="type", max_length=20, description="Names of events, may be repeated")
]
JsonObject = dict[str, Any]
T = TypeVar("T")

_encode = msgspec.json.Encoder(decimal_format="string").encode
_BEYOND = 2**62


@router.get("", operation_id="list_events", dependencies=READS, response_model=JsonObject)
async def list_events(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    types: Types = None,
    status: Annotated[EventStatus | None, Query(description="What became of them")] = None,
    source: Annotated[str | None, Query(max_length=63, description="Code of the source")] = None,
    member: Annotated[str | None, Query(max_length=40, description="mem_…")] = None,
    q: Annotated[
        str,
        Query(
            max_length=200, description="An event, order, message or member, or letters of the event's name"
        ),
    ] = "",
) -> Response:
    """List events with what became of them, the latest first. A page may be short, or empty, and have a next
    one."""
    (before,) = page.after(int) or (_BEYOND,)
    filters = Filters(tuple(types) if types else None, status, source, _member(member))

    async def work(tx: Transaction) -> Any:
        journal, wanted = await Journal.open(tx, program_id), filters
        if q.strip():
            found = await search(tx, journal.config, q.strip(), filters)
            if found.rows is not None:
                return EntryPage(await journal.entries(tx, found.rows), None)
            wanted = found.filters
        return await journal.page(tx, wanted, before, page.limit)

    return await _read(request, work)


@router.get("/stream", operation_id="stream_events", dependencies=READS)
async def stream_events(
    request: Request,
    program_id: ProgramId,
    types: Types = None,
    last_event_id: Annotated[
        str | None, Header(max_length=40, description="Where a reader who comes back goes on")
    ] = None,
) -> StreamingResponse:
    """Stream events as they are rated (`event: accepted`, `unknown_member`), set aside (`parked`), turned
    away (`rejected`).

    The first message is `ready`. Messages turned away are those of the server process that answers. After a
    pause some things may come
    twice.
    """
    state = request.app.state

    async def messages() -> AsyncIterator[StreamMessage]:
        async for news in follow(
            state.db,
            state.clock,
            program_id,
            after=last_batch(last_event_id),
            rejections=lambda: state.intake_port.rejections,
        ):
            if types is None or isinstance(news.what, Ready) or _type_of(news.what) in types:
                body = msgspec.to_builtins(news.what)
                yield StreamMessage(body, _name_of(news.what), ids.encode("bat", news.settled))

    return event_stream(messages(), listening(request, READ))


@router.get("/by-key", operation_id="get_event_by_key", dependencies=READS, response_model=JsonObject)
async def get_by_key(
    request: Request,
    program_id: ProgramId,
    source: Annotated[str, Query(max_length=63, description="Code of the source")],
    key: Annotated[str, Query(max_length=255, description="The message's id at its source")],
) -> Response:
    """Say what became of a message, by the id its sender gave it: an event, or `parked` with the reason."""

    async def work(tx: Transaction) -> Any:
        journal = await Journal.open(tx, program_id)
        entry = await journal.by_key(tx, source, key)
        if entry is not None:
            return entry
        row = await tx.maybe(
            queries.select_parked_by_key,
            row=ParkedRow,
            program_id=program_id,
            source_id=journal.config.sources_by_code[source].id,
            key=key,
        )
        if row is None:
            raise UnknownEvent
        return {"status": EventStatus.PARKED, **msgspec.to_builtins(shown(journal.config, row))}

    return await _read(request, work)


@router.get("/parked", operation_id="list_parked_events", dependencies=READS, response_model=JsonObject)
async def get_parked(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    only_open: Annotated[bool, Query(alias="open", description="Only those not replayed yet")] = True,
) -> Response:
    """List events set aside: what could not be decided, and what waits for its order."""
    (before,) = page.after(int) or (_BEYOND,)

    async def work(tx: Transaction) -> Any:
        config = await load_config(tx, program_id)
        rows = await list_parked(tx, config, before=before, limit=page.rows, only_open=only_open)
        found = page.page(rows, lambda row: (row.id,))
        return {"data": found.data, "next_cursor": found.next_cursor}

    return await _read(request, work)


@router.post(
    "/parked/{parked}/replay",
    operation_id="replay_parked_event",
    dependencies=[Depends(REPLAY)],
    response_model=JsonObject,
)
async def replay_parked(
    request: Request, program_id: ProgramId, parked: Annotated[int, Path(ge=1, le=2**62)]
) -> Response:
    """Send an event set aside through the rules of now. However often it is asked for, it counts once."""
    state = request.app.state
    async with state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
    done = await replay(state.db, state.intake_port, config, parked, state.clock.now())
    return Response(_encode(done), media_type="application/json")


@router.get("/{event}", operation_id="get_event", dependencies=READS, response_model=JsonObject)
async def get_event(
    request: Request, program_id: ProgramId, event: Annotated[str, Path(max_length=40, description="evt_…")]
) -> Response:
    """Read one event with what became of it; `…/explanation` says why."""
    number = _event(event)

    async def work(tx: Transaction) -> Any:
        return await (await Journal.open(tx, program_id)).by_id(tx, number)

    return await _read(request, work)


@router.post(
    "/{event}/rehearsal",
    operation_id="rehearse_event",
    dependencies=[Depends(REPLAY)],
    response_model=JsonObject,
)
async def rehearse_event(
    request: Request,
    program_id: ProgramId,
    event: Annotated[str, Path(max_length=40, description="evt_…")],
    language: Annotated[Language, Depends(language_asked)],
) -> Response:
    """Decide an event once more as if it came now: the rules in force, the member as she is; nothing is written."""
    state, number = request.app.state, _event(event)
    async with state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
    done = await rehearse(state.db, state.intake_port, config, number, state.clock.now(), language)
    return Response(_encode(done), media_type="application/json")


async def _read(request: Request, work: Callable[[Transaction], Awaitable[T]]) -> Response:
    async with request.app.state.db.transaction(read_only=True) as tx:
        return Response(_encode(await work(tx)), media_type="application/json")


def _event(text: str) -> int:
    try:
        return ids.decode("evt", text)
    except ValueError:
        raise UnknownEvent from None


def _member(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return ids.decode("mem", text)
    except ValueError as mistake:
        raise Invalid(errors=[FieldError("member", "malformed", str(mistake))]) from None


def _name_of(what: Seen) -> str:
    if isinstance(what, Entry):
        return what.status.value
    if isinstance(what, Ready):
        return "ready"
    return "parked" if isinstance(what, ParkedEntry) else "rejected"


def _type_of(what: Seen) -> str:
    return "" if isinstance(what, Turned | Ready) else what.type
