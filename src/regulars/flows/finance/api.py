"""REST: liability at any past moment, breakage, journals, and the close of periods."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import Field

from regulars.core.ledger import TransferKind
from regulars.features.accounting import (
    Accounting,
    Accounts,
    InvalidAccounting,
    PointAccounting,
    read_accounting,
    write_accounting,
)
from regulars.features.programs import PointType, ProgramConfig, load_config
from regulars.flows.finance.breakage import back_test, breakage_at
from regulars.flows.finance.calendar import PeriodState, period_states, state_of
from regulars.flows.finance.closing import close_period, late_items
from regulars.flows.finance.corrections import entries_less
from regulars.flows.finance.dues import Ports
from regulars.flows.finance.periods import Books, PeriodReport, period_of
from regulars.flows.finance.prices import read_prices
from regulars.flows.finance.showing import (
    balances,
    journal_csv,
    journal_line,
    liability_line,
    period_line,
    state_line,
)
from regulars.flows.finance.standing import Moment, liability_at
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Instant,
    Once,
    StrictModel,
    Subject,
    api_router,
    etag_of,
    once_per_key,
    program_in_path,
    revision_in,
    route_roles,
)
from regulars.kit.errors import FieldError
from regulars.kit.ids import encode
from regulars.kit.zones import zone

READ = route_roles("owner", "operator", "manager", "finance", "auditor", scope="finance:read")
WRITE = route_roles("owner", "finance", scope="finance:write")
READS, WRITES = [Depends(READ)], [Depends(WRITE)]
Writer = Annotated[Subject, Depends(WRITE)]
ProgramId = Annotated[int, Depends(program_in_path)]
OncePerKey = Annotated[Once, Depends(once_per_key)]
PeriodName = Annotated[
    str, Path(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="A month such as 2026-03")
]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="The ETag it must still have")]
JsonObject = dict[str, Any]

_encode = msgspec.json.Encoder(decimal_format="string").encode
# Late items are few; whoever has more exports the ledger.
LATE_ITEMS_MAX = 1_000


class PointAccountingBody(StrictModel):
    """How points of one type are valued."""

    price_minor: Annotated[str | None, Field(max_length=30, description="Minor units of one point")] = None
    breakage: Annotated[
        str | None, Field(max_length=10, description="Share never redeemed; estimated if null")
    ] = None
    allocation: Literal["relative", "full"] = "relative"


class AccountingBody(StrictModel):
    """How a program accounts for its points; what is left out has its default."""

    accounts: Annotated[
        dict[str, str],
        Field(max_length=20, default_factory=dict, description="Codes of accounts by their names"),
    ]
    point_types: Annotated[dict[str, PointAccountingBody], Field(max_length=64, default_factory=dict)]


class ReopeningBody(StrictModel):
    """Why a closed period is to be opened again."""

    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


class Approvals(Protocol):
    """Where a reopening waits for another person; plugged in by the application."""

    async def ask_reopening(
        self, tx: Transaction, program_id: int, period: str, *, reason: str, maker: str, now: datetime
    ) -> dict[str, Any]:
        """Return what waits. Refuses with PeriodNotClosed, LaterPeriodClosed."""


def finance_router(ports: Ports) -> APIRouter:
    """Return the routes; `ports` know what other slices know."""
    router = api_router("/api/v1/programs/{program}/finance", tag="finance")
    _add_standing(router)
    _add_settings(router)
    _add_periods(router, ports)
    _add_journals(router, ports)
    _add_closing(router, ports)
    _add_reopening(router)
    return router


def _json(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(_encode(value), status, media_type="application/json", headers=headers)


def _add_standing(router: APIRouter) -> None:
    @router.get("/liability", operation_id="get_liability_at", dependencies=READS, response_model=JsonObject)
    async def liability(
        request: Request,
        program_id: ProgramId,
        at: Annotated[
            Instant | None, Query(description="What had happened by then; now when left out")
        ] = None,
        known_at: Annotated[
            Instant | None, Query(description="As far as was known by then; now when left out")
        ] = None,
    ) -> Response:
        """Show what members had at any past moment, by point type, payer and month of expiry, in points and money."""
        now: datetime = request.app.state.clock.now()
        async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
            config = await load_config(tx, program_id)
            found = await liability_at(tx, config, await read_prices(tx, config), Moment(at or now, known_at))
        lines = [liability_line(one) for one in found]
        return _json(
            {"at": at or now, "known_at": known_at or now, "currency": config.currency, "data": lines}
        )

    @router.get("/breakage", operation_id="get_breakage", dependencies=READS, response_model=JsonObject)
    async def breakage(
        request: Request,
        program_id: ProgramId,
        month: Annotated[
            date | None, Query(description="A day of the month at whose beginning to estimate")
        ] = None,
        point_type: Annotated[str | None, Query(max_length=63)] = None,
    ) -> Response:
        """Estimate how many outstanding points will never be redeemed, by cohort, with a 95 % interval."""
        async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
            config = await load_config(tx, program_id)
            day = month or request.app.state.clock.now().date()
            found = [await breakage_at(tx, config, kind, day) for kind in _types(config, point_type)]
        return _json({"data": found})

    @router.get(
        "/breakage/back-test",
        operation_id="get_breakage_back_test",
        dependencies=READS,
        response_model=JsonObject,
    )
    async def tested(
        request: Request,
        program_id: ProgramId,
        point_type: Annotated[str | None, Query(max_length=63)] = None,
        months: Annotated[int, Query(ge=1, le=36, description="How far each estimate looked ahead")] = 6,
    ) -> Response:
        """Score past estimates: what each month's said about the next months, and what then was redeemed."""
        now = request.app.state.clock.now()
        async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
            config = await load_config(tx, program_id)
            found = [
                one
                for kind in _types(config, point_type)
                for one in await back_test(tx, config, kind, now, months)
            ]
        return _json({"data": found})


def _types(config: ProgramConfig, code: str | None) -> list[PointType]:
    if code is not None and code not in config.point_types:
        message = f"Name one of the point types: {', '.join(sorted(config.point_types))}."
        raise InvalidAccounting(message, errors=[FieldError("point_type", "unknown", message)])
    kinds = [kind for _, kind in sorted(config.point_types_by_slot.items()) if kind.policy.lots]
    return [kind for kind in kinds if code in (None, kind.code)]


def _add_settings(router: APIRouter) -> None:
    @router.get("/settings", operation_id="get_accounting", dependencies=READS, response_model=JsonObject)
    async def read(request: Request, program_id: ProgramId) -> Response:
        """Show how the program accounts for its points."""
        async with request.app.state.db.transaction(read_only=True) as tx:
            accounting, revision = await read_accounting(tx, program_id)
        return _json(accounting, etag=etag_of(revision))

    @router.put("/settings", operation_id="put_accounting", dependencies=WRITES, response_model=JsonObject)
    async def write(
        request: Request, program_id: ProgramId, body: AccountingBody, if_match: IfMatch = None
    ) -> Response:
        """Change account codes, prices, breakage; closed periods stay as they are."""
        async with request.app.state.db.transaction() as tx:
            config = await load_config(tx, program_id)
            accounting = accounting_of(body)
            revision = await write_accounting(
                tx,
                program_id,
                config.point_types,
                accounting,
                revision_in(if_match),
                request.app.state.clock.now(),
            )
        return _json(accounting, etag=etag_of(revision))


def accounting_of(body: AccountingBody) -> Accounting:
    """Return the settings of a body. Refuses with InvalidAccounting."""
    known = set(Accounts.__struct_fields__)
    errors = [
        FieldError(f"accounts.{name}", "unknown", f"Accounts are {', '.join(sorted(known))}.")
        for name in body.accounts
        if name not in known
    ]
    if errors:
        raise InvalidAccounting(errors=errors)
    types = {code: PointAccounting(**said.model_dump()) for code, said in body.point_types.items()}
    return Accounting(Accounts(**body.accounts), types)


class Shown(msgspec.Struct, frozen=True):
    """A period, and how it stands."""

    report: PeriodReport
    state: PeriodState


async def _report(request: Request, ports: Ports, program_id: int, period: str | None) -> Shown:
    """Return a period; the month that it is now in the program's zone where none is named."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, program_id)
        today = now.astimezone(zone(config.zone)).date()
        month = today.replace(day=1) if period is None else period_of(period)
        state = await state_of(tx, config, month, now)
        return Shown(await Books(tx, config, ports).report(month), state)


def _add_periods(router: APIRouter, ports: Ports) -> None:
    @router.get("/periods", operation_id="list_periods", dependencies=READS, response_model=JsonObject)
    async def periods(request: Request, program_id: ProgramId) -> Response:
        """List every month from the first that has anything: open, closed or opened again, and what it waits for."""
        async with request.app.state.db.transaction(read_only=True) as tx:
            config = await load_config(tx, program_id)
            found = await period_states(tx, config, request.app.state.clock.now())
        return _json({"data": [state_line(one) for one in found]})

    @router.get(
        "/periods/current",
        operation_id="get_current_period",
        dependencies=READS,
        response_model=JsonObject,
    )
    async def current(request: Request, program_id: ProgramId) -> Response:
        """Show the month that it is now in the program's zone, as a period is shown."""
        found = await _report(request, ports, program_id, None)
        return _json(period_line(found.report, found.state))

    @router.get("/periods/{period}", operation_id="get_period", dependencies=READS, response_model=JsonObject)
    async def one(request: Request, program_id: ProgramId, period: PeriodName) -> Response:
        """Show a period: how it stands, movements of points, what is deferred, trial balance, tie to the ledger."""
        found = await _report(request, ports, program_id, period)
        return _json(period_line(found.report, found.state))

    @router.get(
        "/periods/{period}/trial-balance",
        operation_id="get_period_trial_balance",
        dependencies=READS,
        response_model=JsonObject,
    )
    async def balance(request: Request, program_id: ProgramId, period: PeriodName) -> Response:
        """Show what each account was debited and credited in a period; the balances add up to 0."""
        found = await _report(request, ports, program_id, period)
        lines = balances(found.report.entries)
        return _json({**state_line(found.state), "currency": found.report.currency, "data": lines})


def _add_journals(router: APIRouter, ports: Ports) -> None:
    @router.get(
        "/periods/{period}/journal", operation_id="get_journal", dependencies=READS, response_model=JsonObject
    )
    async def journal(
        request: Request,
        program_id: ProgramId,
        period: PeriodName,
        less: Annotated[
            int | None,
            Query(ge=1, lt=2**31, description="Only what changed since this version of its close"),
        ] = None,
        shape: Annotated[Literal["json", "csv"] | None, Query(alias="format")] = None,
    ) -> Response:
        """Show the entries of a period, balanced, and whether it is closed; as JSON or CSV (`Accept: text/csv`)."""
        found = await _report(request, ports, program_id, period)
        entries = found.report.entries
        if less is not None:
            async with request.app.state.db.transaction(read_only=True) as tx:
                entries = await entries_less(tx, program_id, found.report, less)
        if shape == "csv" or (shape is None and "text/csv" in request.headers.get("accept", "")):
            headers = {"content-disposition": f'attachment; filename="journal-{period}.csv"'}
            text = journal_csv(found.report, found.state, entries, less)
            return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
        return _json(journal_line(found.report, found.state, entries, less))

    @router.get(
        "/periods/{period}/late-items",
        operation_id="list_late_items",
        dependencies=READS,
        response_model=JsonObject,
    )
    async def late(request: Request, program_id: ProgramId, period: PeriodName) -> Response:
        """List what counts in this period although it happened before, because its own was closed.

        The first thousand; `more` says whether there are others: the export of the ledger has them all.
        """
        now = request.app.state.clock.now()
        async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
            config = await load_config(tx, program_id)
            state = await state_of(tx, config, period_of(period), now)
            rows = await late_items(tx, config, period_of(period), LATE_ITEMS_MAX + 1)
        lines = [_late(config, row) for row in rows[:LATE_ITEMS_MAX]]
        return _json({**state_line(state), "more": len(rows) > LATE_ITEMS_MAX, "data": lines})


def _late(config: ProgramConfig, row: JsonObject) -> JsonObject:
    return {
        "transfer": encode("trf", row["transfer"]),
        "member": encode("mem", row["member_id"]),
        "occurred_at": row["occurred_at"],
        "posted_at": row["posted_at"],
        "point_type": config.point_types_by_id[row["point_type_id"]].code,
        "kind": TransferKind(row["kind"]).name.lower(),
        "points": row["points"],
    }


def _add_closing(router: APIRouter, ports: Ports) -> None:
    @router.post(
        "/periods/{period}/close", operation_id="close_period", status_code=201, response_model=JsonObject
    )
    async def close(
        request: Request, subject: Writer, program_id: ProgramId, period: PeriodName, once: OncePerKey
    ) -> Response:
        """Close a month for good: its figures never change; what comes late counts in the next one."""
        now = request.app.state.clock.now()

        async def work(tx: Transaction) -> JsonObject:
            config = await load_config(tx, program_id)
            found = await close_period(
                tx, config, period_of(period), ports, actor=subject.credential, now=now
            )
            return _plain(period_line(found, await state_of(tx, config, period_of(period), now)))

        return await once.answer(request.app.state.db, work, now=now, status=201)


def _add_reopening(router: APIRouter) -> None:
    @router.post(
        "/periods/{period}/reopenings",
        operation_id="ask_reopening",
        status_code=202,
        response_model=JsonObject,
    )
    async def ask(
        request: Request,
        subject: Writer,
        program_id: ProgramId,
        period: PeriodName,
        body: ReopeningBody,
        once: OncePerKey,
    ) -> Response:
        """Ask for the last closed month to be opened again: it waits in the approvals for another person."""
        now = request.app.state.clock.now()
        approvals: Approvals = request.app.state.approvals

        async def work(tx: Transaction) -> JsonObject:
            return await approvals.ask_reopening(
                tx, program_id, period, reason=body.reason, maker=subject.credential, now=now
            )

        return await once.answer(request.app.state.db, work, now=now, status=202)


def _plain(value: Any) -> JsonObject:
    found: JsonObject = msgspec.json.decode(_encode(value))
    return found
