"""Agreements of a program: made and changed with the program's next revision, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from regulars.core.ledger import open_accounts
from regulars.features.partners import (
    Agreement,
    BlockTooSmall,
    Known,
    LiveAgreement,
    NotPrepaid,
    UnknownAgreement,
    block_key,
    expect,
    finish_tasks,
    insert_block_entry,
    lock_agreements,
    owner_of,
    put_agreement,
    select_agreements,
    update_agreement_archived,
)
from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction, load_queries
from regulars.kit.errors import FieldError, Invalid
from regulars.kit.money import exponent
from regulars.kit.points import POINTS_MAX
from regulars.kit.zones import Period, local_date, period_key, zone

queries = load_queries(__package__)

LIFETIME = "ever"


class BlockInvalid(Invalid):
    """The purchase is not valid; errors[] says where and what to write instead."""


class BoundStanding(msgspec.Struct, frozen=True):
    """How a cap stands in its present period: used and left, in smallest units."""

    period: str
    max: int
    used: int
    left: int


class BlockStanding(msgspec.Struct, frozen=True):
    """How a block stands: `remaining` of all that was bought, `drawable` of it above the reserve."""

    bought: int
    used: int
    remaining: int
    drawable: int


class Standing(msgspec.Struct, frozen=True):
    """An agreement and how it stands now; `ended` = it funds nothing any more."""

    agreement: Agreement
    caps: tuple[BoundStanding, ...]
    block: BlockStanding | None
    ended: bool = False


def known_of(config: ProgramConfig) -> Known:
    """Return what terms and agreements of a program may name: its living partners and point types."""
    return Known(
        config.id,
        {one.code: (one.id, one.partner) for one in config.point_types.values() if one.archived_at is None},
        {one.code: one.id for one in config.partners.values() if one.archived_at is None},
        exponent(config.currency),
    )


async def put_funding(
    tx: Transaction, config: ProgramConfig, agreements: Sequence[Agreement], now: datetime
) -> list[LiveAgreement]:
    """Make or change agreements; the next batch of events keeps them.

    Refuses with TermsInvalid, AccountAgreed, AgreementFixed.
    """
    await tx.run(queries.next_revision, program_id=config.id)
    made = []
    for one in agreements:
        live = await put_agreement(tx, known_of(config), one, now)
        named = {live.agreement.account, live.agreement.fallback} - {"house"}
        await open_accounts(tx, config.id, live.point_type_id, sorted(named))
        made.append(live)
    return made


async def end_funding(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: str | None = None
) -> None:
    """End an agreement: from the next batch on its account funds nothing; what was billed by it stays.

    Refuses with UnknownAgreement, also where it has ended, and PreconditionFailed.
    """
    await tx.run(queries.next_revision, program_id=program_id)
    live = await find_agreement(tx, program_id, code, lock=True)
    expect(live.agreement, expected)
    if not await update_agreement_archived(tx, program_id, code, now):
        raise UnknownAgreement


async def buy_block(
    tx: Transaction,
    config: ProgramConfig,
    code: str,
    points: int,
    price_minor: int,
    *,
    reference: str,
    by: str,
    now: datetime,
) -> Standing:
    """Add points that a partner bought to its block; tasks that asked for them are done.

    A reference counts once. Refuses with UnknownAgreement, NotPrepaid, BlockInvalid, BlockEntryKnown.
    """
    _check(points, price_minor)
    await tx.run(queries.next_revision, program_id=config.id)
    live = await find_agreement(tx, config.id, code, lock=True)
    _check_prepaid(live)
    await insert_block_entry(tx, config.id, live.id, points, price_minor, reference, by, now)
    live = await find_agreement(tx, config.id, code)
    standing = await standing_of(tx, config, live, now)
    assert standing.block is not None
    await finish_tasks(tx, live.id, due_kinds(live, standing.block), by, now)
    return standing


def due_kinds(live: LiveAgreement, block: BlockStanding) -> list[str]:
    """Return what is due about a block: reorder from its level on, exhausted when awards draw no more of it."""
    kinds = []
    level = live.agreement.reorder_at
    if level is not None and block.remaining <= level:
        kinds.append("reorder")
    if block.drawable == 0:
        kinds.append("exhausted")
    return kinds


async def withdraw_from_block(
    tx: Transaction,
    config: ProgramConfig,
    code: str,
    points: int,
    price_minor: int,
    *,
    reference: str,
    by: str,
    now: datetime,
) -> Standing:
    """Give unused points of a block back to the partner; never points that an award draws at the same moment.

    Refuses with UnknownAgreement, NotPrepaid, BlockTooSmall (fact `remaining`), BlockInvalid, BlockEntryKnown.
    """
    _check(points, price_minor)
    await tx.run(queries.next_revision, program_id=config.id)
    live = await find_agreement(tx, config.id, code, lock=True)
    _check_prepaid(live)
    owner, measure, period = block_key(code, live.agreement.point_type)
    place = {"program_id": config.id, "owner": owner, "measure": measure, "period": period}
    taken = await tx.value(queries.withdraw_from_block, points=points, bought=live.bought, **place)
    if taken is None:
        used = await tx.value(queries.lock_block, **place) or 0
        raise BlockTooSmall(remaining=live.bought - used)
    await insert_block_entry(tx, config.id, live.id, -points, -price_minor, reference, by, now)
    return await standing_of(tx, config, live, now)


async def find_agreement(tx: Transaction, program_id: int, code: str, *, lock: bool = False) -> LiveAgreement:
    """Return an agreement by its code. Refuses with UnknownAgreement."""
    if lock:
        await lock_agreements(tx, program_id)
    for live in await select_agreements(tx, program_id):
        if live.agreement.code == code:
            return live
    raise UnknownAgreement


async def standing_of(tx: Transaction, config: ProgramConfig, live: LiveAgreement, now: datetime) -> Standing:
    """Return how one agreement stands."""
    return (await standings(tx, config, [live], now))[0]


async def standings(
    tx: Transaction, config: ProgramConfig, agreements: Sequence[LiveAgreement], now: datetime
) -> list[Standing]:
    """Return how agreements stand at an instant, in one statement."""
    units = {cap.period for live in agreements for cap in live.agreement.caps}
    names: dict[str, str] = {unit: period_name(unit, config.zone, now) for unit in units}
    periods = [*names.values(), LIFETIME]
    rows = await tx.all(queries.select_used, program_id=config.id, periods=periods)
    used = {(owner, measure, period): number for owner, measure, period, number in rows}
    return [_standing(live, names, used) for live in agreements]


def _standing(live: LiveAgreement, names: dict[str, str], used: dict[tuple[str, str, str], int]) -> Standing:
    one = live.agreement
    caps = []
    for cap in one.caps:
        key = (owner_of(one.code), f"cap/{cap.period}/{one.point_type}", names[cap.period])
        gone = used.get(key, 0)
        caps.append(BoundStanding(names[cap.period], cap.points, gone, max(0, cap.points - gone)))
    block = None
    if one.mode == "prepaid":
        gone = used.get(block_key(one.code, one.point_type), 0)
        left = live.bought - gone
        block = BlockStanding(live.bought, gone, left, max(0, left - one.reserve))
    return Standing(one, tuple(caps), block, live.archived)


def period_name(unit: str, zone_name: str, now: datetime) -> str:
    """Return the name of the calendar period of a program that an instant falls into, as budgets are counted."""
    if unit == "lifetime":
        return LIFETIME
    return period_key(Period(unit), local_date(now, zone(zone_name)))


def _check(points: int, price_minor: int) -> None:
    errors = []
    if not 0 < points <= POINTS_MAX:
        errors.append(
            FieldError("points", "not_positive", "Write a whole number of smallest units, at least 1.")
        )
    if not 0 <= price_minor <= POINTS_MAX:
        errors.append(FieldError("price", "negative", "Write what was paid, 0 or more."))
    if errors:
        raise BlockInvalid(errors=errors)


def _check_prepaid(live: LiveAgreement) -> None:
    if live.agreement.mode != "prepaid":
        raise NotPrepaid
