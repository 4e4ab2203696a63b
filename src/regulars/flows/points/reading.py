"""How a member's wallets stand, stood and came to stand: balances now and at any past date, movements, lots,
what ends when.

Wallets are shown as they are at the instant asked for, also when the job that looks for what fell due has not
run yet: points that became available count as available, points that ended are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from regulars.core.ledger import (
    FOREVER,
    Ids,
    Postings,
    Purse,
    Side,
    Terms,
    TransferKind,
    idle_since,
    instant,
    micros,
    open_purses,
    select_accounts,
)
from regulars.features.members import select_merged_ids
from regulars.features.programs import PointType, ProgramConfig, wallet_terms
from regulars.flows.points.desk import queries
from regulars.flows.points.errors import UnknownPointType
from regulars.flows.points.model import (
    Balance,
    Expiring,
    HoldView,
    LotView,
    Movement,
    Statement,
    Wallet,
)
from regulars.infra.db import Transaction

TimeKind = Literal["occurred", "posted"]


async def wallets(tx: Transaction, config: ProgramConfig, member_id: int, now: datetime) -> list[Wallet]:
    """Return every wallet of a member as it stands at `now`, in the order of the point types' slots.

    Reads only; what fell due is worked out and not written.
    """
    terms = wallet_terms(config, await select_accounts(tx, config.id))
    purses, _ = await open_purses(tx, Postings(Ids(0)), [member_id], terms, micros(now), lock=False)
    purse = purses.get(member_id)
    return [
        _wallet(purse, config.point_types_by_slot[slot], terms, micros(now))
        for slot in sorted(config.point_types_by_slot)
        if _shown(purse, config.point_types_by_slot[slot])
    ]


def _shown(purse: Purse | None, point_type: PointType) -> bool:
    """An archived point type is shown for as long as something is in the wallet."""
    if point_type.archived_at is None:
        return True
    return purse is not None and any(purse.balance(point_type.slot, side) for side in Side)


def _wallet(purse: Purse | None, point_type: PointType, terms: dict[int, Terms], now: int) -> Wallet:
    slot = point_type.slot
    sides = [0, 0, 0, 0] if purse is None else [purse.balance(slot, side) for side in Side]
    lots = [] if purse is None else [lot for lot in purse.lots.get(point_type.id, ()) if lot.remaining]
    ends: dict[int, int] = {}
    for lot in lots:
        if lot.expires_at != FOREVER:
            ends[lot.expires_at] = ends.get(lot.expires_at, 0) + lot.remaining
    idle = None
    idle_end = terms[point_type.id].idle_end if point_type.id in terms else None
    if purse is not None and idle_end is not None:
        activity = purse.activity.get(point_type.id, [])
        idle = max(
            (idle_since(lot, activity, idle_end) for lot in lots if lot.active_at <= now), default=None
        )
    available, pending, held, debt = sides
    worth = point_type.policy.value_minor
    return Wallet(
        point_type=point_type.code,
        name=point_type.name,
        scale=point_type.scale,
        available=available,
        pending=pending,
        held=held,
        debt=debt,
        expiring=[Expiring(instant(at), ends[at]) for at in sorted(ends)],
        idle_ends_at=None if idle is None else instant(idle),
        worth_minor=None if worth is None else worth * available / 10**point_type.scale,
    )


async def balances_as_of(
    tx: Transaction, config: ProgramConfig, member_id: int, at: datetime, by: TimeKind = "posted"
) -> list[Balance]:
    """Return what every wallet held at a past instant, from the transfers alone.

    `posted` = what the ledger said at that moment; `occurred` = what had happened by then, whenever it was
    posted. Members merged into this one are counted with her: what was theirs is hers.
    """
    ids = await select_merged_ids(tx, member_id)
    return await _balances(tx, config, ids, at, by)


async def _balances(
    tx: Transaction, config: ProgramConfig, member_ids: Sequence[int], at: datetime, by: TimeKind
) -> list[Balance]:
    query = queries.select_sums_posted if by == "posted" else queries.select_sums_occurred
    sums: dict[int, dict[str, int]] = {}
    for point_type_id, side, amount in await tx.all(
        query, program_id=config.id, member_ids=list(member_ids), at=at
    ):
        sums.setdefault(point_type_id, {})[side] = amount
    return [
        Balance(
            point_type.code,
            own.get("available", 0),
            own.get("pending", 0),
            own.get("held", 0),
            -own.get("debt", 0),
        )
        for point_type in config.point_types_by_slot.values()
        for own in [sums.get(point_type.id, {})]
    ]


async def statement(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    start: datetime,
    end: datetime,
    by: TimeKind = "posted",
) -> list[Statement]:
    """Return for every wallet what it held at `start`, how much each kind of movement moved since, and what
    it held at `end`.
    """
    ids = await select_merged_ids(tx, member_id)
    before = await _balances(tx, config, ids, start, by)
    after = await _balances(tx, config, ids, end, by)
    query = queries.select_moved_posted if by == "posted" else queries.select_moved_occurred
    moved: dict[str, dict[str, int]] = {}
    for point_type_id, kind, amount in await tx.all(
        query, program_id=config.id, member_ids=ids, start=start, end=end
    ):
        code = config.point_types_by_id[point_type_id].code
        moved.setdefault(code, {})[kind_name(kind)] = amount
    return [
        Statement(first.point_type, first, moved.get(first.point_type, {}), last)
        for first, last in zip(before, after, strict=True)
    ]


def kind_name(kind: int) -> str:
    """Return what a kind of transfer is called outside."""
    return TransferKind(kind).name.lower()


async def movements(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    *,
    before: int | None,
    limit: int,
    point_type: str | None = None,
) -> list[Movement]:
    """Return a page of a member's transfers, latest first: those with ids below `before`."""
    rows = await tx.all(
        queries.select_movements,
        program_id=config.id,
        member_ids=await select_merged_ids(tx, member_id),
        before=before,
        limit=limit,
        point_type_id=_type_id(config, point_type),
    )
    return [
        Movement(
            id=row[1],
            member_id=row[0],
            kind=kind_name(row[2]),
            point_type=config.point_types_by_id[row[3]].code,
            points=row[4],
            available=row[5],
            pending=row[6],
            held=row[7],
            debt=row[8],
            occurred_at=row[9],
            posted_at=row[10],
            event=row[11],
            reverses=row[12],
            ruleset_version=row[13],
            detail={} if row[14] is None else msgspec.json.decode(row[14]),
        )
        for row in rows
    ]


async def lots(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    *,
    after: tuple[datetime, int] | None,
    limit: int,
    point_type: str | None = None,
    spent: bool = False,
) -> list[LotView]:
    """Return a page of a member's lots, those that end first before others; `spent` also shows empty ones."""
    rows = await tx.all(
        queries.select_lots,
        program_id=config.id,
        member_ids=[member_id],
        spent=spent,
        point_type_id=_type_id(config, point_type),
        after_end=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
    return [LotView(row[0], config.point_types_by_id[row[1]].code, *row[2:]) for row in rows]


async def holds(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    *,
    before: int | None,
    limit: int,
    closed: bool = False,
) -> list[HoldView]:
    """Return a page of a member's holds, latest first; `closed` also shows those that are over."""
    rows = await tx.all(
        queries.select_holds,
        program_id=config.id,
        member_ids=[member_id],
        closed=closed,
        before=before,
        limit=limit,
    )
    return [HoldView(row[0], config.point_types_by_id[row[1]].code, *row[2:]) for row in rows]


class ExpiringDay(msgspec.Struct, frozen=True):
    """How many points of a type end at the beginning of a local day, and how many members have some of them."""

    day: str
    point_type: str
    points: int
    members: int


async def expiring_by_day(
    tx: Transaction, config: ProgramConfig, start: datetime, end: datetime
) -> list[ExpiringDay]:
    """Return what ends after `start` up to `end` over the whole program, by the first local day on which it
    is gone.
    """
    rows = await tx.all(queries.select_expiring, program_id=config.id, zone=config.zone, start=start, end=end)
    return [
        ExpiringDay(day.isoformat(), config.point_types_by_id[point_type_id].code, points, members)
        for point_type_id, day, points, members in rows
    ]


def _type_id(config: ProgramConfig, code: str | None) -> int | None:
    if code is None:
        return None
    if code not in config.point_types:
        raise UnknownPointType
    return config.point_types[code].id
