"""Spending a household's points, and giving them back.

Locks: the household (shared: nobody comes or goes meanwhile), then the purses in member order, then the spender's
limit. Each part is an ordinary spend of its member, so that every wallet, statement and book stays what it is; whoever
leaves takes all of her points along.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import Ids, Postings, Terms, micros, open_purses, select_accounts
from regulars.features.households import (
    Household,
    NotInHousehold,
    Person,
    UnknownHousehold,
    list_people,
    person_of,
    share_household,
)
from regulars.features.programs import PointType, ProgramConfig, wallet_terms
from regulars.flows.pooling.errors import (
    InvalidPooledSpend,
    NotPooled,
    PooledLimitReached,
    PooledSpendReturned,
    PoolTooLow,
    SpenderBlocked,
    UnknownPooledSpend,
)
from regulars.flows.pooling.parts import Available, parts_of
from regulars.flows.pooling.port import Wallets
from regulars.infra.db import Transaction, failpoint, load_queries
from regulars.kit.errors import FieldError
from regulars.kit.points import POINTS_MAX
from regulars.kit.zones import Period, local_date, period_key, zone

queries = load_queries(__package__)

SPENT = "household.spent"
RETURNED = "household.returned"


class Part(msgspec.Struct, frozen=True):
    """What of a pooled spend came from whom."""

    place: int
    member_id: int
    transfer_id: int
    points: int
    returned: int = 0


class PooledSpend(msgspec.Struct, frozen=True):
    """A pooled spend; `parts` in the order in which they were drawn."""

    household_id: int
    id: int
    member_id: int
    point_type: str
    points: int
    parts: list[Part]


class Pool(msgspec.Struct, frozen=True):
    """What a member can spend: her household, who is in it, and what each has of the point type."""

    household: Household
    people: list[Person]
    spender: Person
    kind: PointType
    wallets: dict[int, Available]

    @property
    def order(self) -> list[int]:
        """Whose points are drawn when the spender's come first."""
        others = [one.member_id for one in self.people if one.member_id != self.spender.member_id]
        return [member for member in (self.spender.member_id, *others) if member in self.wallets]

    @property
    def available(self) -> int:
        """What all of them can spend together, the spender's limit left aside."""
        return sum(one.points for one in self.wallets.values())


async def open_pool(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    point_type: str | None,
    now: datetime,
    *,
    lock: bool = True,
) -> Pool:
    """Return what a member can spend with her household, the purses locked in member order unless only looked at.

    Refuses with NotInHousehold, NotPooled.
    """
    spender = await person_of(tx, config.id, member_id)
    if spender is None:
        raise NotInHousehold
    try:
        household = await share_household(tx, config.id, spender.household_id)
    except UnknownHousehold:
        raise NotInHousehold from None
    people = await list_people(tx, household.id)
    spender = next((one for one in people if one.member_id == member_id), None)
    if spender is None:
        raise NotInHousehold
    kind = config.redeemable if point_type is None else config.point_types.get(point_type)
    if kind is None or kind.kind == "qualifying" or kind.archived_at is not None:
        raise NotPooled
    sharing = [one.member_id for one in people if one.shares or one.member_id == member_id]
    rows = await tx.all(queries.select_spenders, program_id=config.id, member_ids=sharing)
    terms = wallet_terms(config, await select_accounts(tx, config.id))
    wallets = await _wallets(tx, [number for (number,) in rows], kind, terms, now, lock=lock)
    return Pool(household, people, spender, kind, wallets)


async def _wallets(
    tx: Transaction,
    member_ids: list[int],
    kind: PointType,
    terms: dict[int, Terms],
    now: datetime,
    *,
    lock: bool,
) -> dict[int, Available]:
    """Return what members can spend of a type, settled as of `now` in memory; nothing of it is written here."""
    purses, _ = await open_purses(tx, Postings(Ids(0)), sorted(member_ids), terms, micros(now), lock=lock)
    found = {}
    for number, purse in purses.items():
        lots = tuple(
            (lot.expires_at, lot.earned_at, lot.id, lot.remaining)
            for lot in purse.lots.get(kind.id, ())
            if lot.remaining and not lot.pending
        )
        found[number] = Available(purse.available(kind.slot), lots)
    return found


async def spend_together(
    tx: Transaction,
    config: ProgramConfig,
    wallets: Wallets,
    member_id: int,
    points: int,
    *,
    actor: str,
    now: datetime,
    point_type: str | None = None,
    reference: str = "",
) -> PooledSpend:
    """Spend points of a member's household in its order of drawing.

    Refuses with InvalidPooledSpend, NotInHousehold, NotPooled, SpenderBlocked,
    PoolTooLow (facts `available`, `missing`), PooledLimitReached (fact `left`), and as spending does.
    """
    if not 0 < points <= POINTS_MAX:
        raise InvalidPooledSpend(errors=[FieldError("points", "out_of_range", "Write at least 1.")])
    pool = await open_pool(tx, config, member_id, point_type, now)
    if member_id not in pool.wallets:
        raise SpenderBlocked
    order = "own_first" if not pool.kind.policy.lots else pool.household.draws
    drawn = parts_of(points, order, pool.order, pool.wallets)
    missing = points - sum(part for _, part in drawn)
    if missing:
        raise PoolTooLow(available=pool.available, missing=missing)
    spent: dict[int, int] = {}
    for owner, part in sorted(drawn):
        receipt = await wallets.spend(
            tx,
            config,
            owner,
            part,
            actor=actor,
            now=now,
            point_type=pool.kind.code,
            reference=reference,
            reason=f"Spent with the household {pool.household.name}",
        )
        spent[owner] = receipt.transfer
    parts = [Part(place, owner, spent[owner], part) for place, (owner, part) in enumerate(drawn)]
    failpoint("after_pooled_parts_before_limit")
    return await _note(tx, config, pool, points, parts, reference, now)


async def _note(
    tx: Transaction,
    config: ProgramConfig,
    pool: Pool,
    points: int,
    parts: list[Part],
    reference: str,
    now: datetime,
) -> PooledSpend:
    """Count others' points against the spender's limit, and keep who gave what."""
    spender = pool.spender
    period = period_of(pool, config, now)
    of_others = sum(part.points for part in parts if part.member_id != spender.member_id)
    if of_others:
        await _count(tx, pool, period, of_others, limit_of(pool, config))
    number = await next_batch_id(tx)
    place = {"household_id": pool.household.id}
    await tx.run(
        queries.insert_spend,
        id=number,
        program_id=config.id,
        member_id=spender.member_id,
        point_type=pool.kind.code,
        points=points,
        of_others=of_others,
        period=period,
        reference=reference,
        now=now,
        **place,
    )
    await tx.run(
        queries.insert_parts,
        spend_id=number,
        places=[part.place for part in parts],
        member_ids=[part.member_id for part in parts],
        transfer_ids=[part.transfer_id for part in parts],
        points=[part.points for part in parts],
        **place,
    )
    facts = {"points": points, "point_type": pool.kind.code, "of_others": of_others, "reference": reference}
    told = [notice(SPENT, spender.member_id, micros(now), facts)]
    await announce(tx, number, config.id, now, told)
    return PooledSpend(pool.household.id, number, spender.member_id, pool.kind.code, points, parts)


def period_of(pool: Pool, config: ProgramConfig, now: datetime) -> str:
    """Return the name of the spender's period that `now` lies in, in the program's calendar."""
    return period_key(Period(pool.spender.spend_period), local_date(now, zone(config.zone)))


def limit_of(pool: Pool, config: ProgramConfig) -> int | None:
    """Return how many of others' points the spender may spend in a period, in smallest units of the pool's type; None =
    any number.
    """
    most = pool.spender.spend_max
    return None if most is None else config.same_points(most, pool.kind)


async def _count(tx: Transaction, pool: Pool, period: str, of_others: int, most: int | None) -> None:
    place = {
        "member_id": pool.spender.member_id,
        "household_id": pool.household.id,
        "point_type": pool.kind.code,
        "period": period,
    }
    within = most is None or of_others <= most
    if within and await tx.maybe(queries.count_usage, points=of_others, most=most, **place):
        return
    used = await tx.value(queries.select_usage, **place) or 0
    raise PooledLimitReached(left=max(0, (most or 0) - used))


async def type_of_spend(tx: Transaction, program_id: int, household_id: int, spend_id: int) -> str:
    """Return the code of the points of a pooled spend, which is locked. Refuses with UnknownPooledSpend."""
    kept = await tx.maybe(queries.lock_spend, id=spend_id, program_id=program_id, household_id=household_id)
    if kept is None:
        raise UnknownPooledSpend
    return str(kept[3])


async def return_together(
    tx: Transaction,
    config: ProgramConfig,
    wallets: Wallets,
    household_id: int,
    spend_id: int,
    *,
    actor: str,
    reason: str,
    now: datetime,
    points: int | None = None,
) -> PooledSpend:
    """Give a pooled spend back, whole or `points` of it: what was drawn last returns first, to whom it came from.

    Also after the household is dissolved. Refuses with UnknownPooledSpend, PooledSpendReturned (fact `left`).
    """
    place = {"household_id": household_id}
    kept = await tx.maybe(queries.lock_spend, id=spend_id, program_id=config.id, **place)
    if kept is None:
        raise UnknownPooledSpend
    _, _, spender, point_type, total, period = kept
    parts = await tx.all(queries.select_parts, row=Part, spend_id=spend_id, **place)
    left = sum(part.points - part.returned for part in parts)
    amount = left if points is None else points
    if not left or not 0 < amount <= left:
        raise PooledSpendReturned(left=left)
    back = _backwards(parts, amount)
    for part in sorted(parts, key=lambda part: part.member_id):
        if part.place in back:
            await wallets.cancel(
                tx,
                config,
                part.member_id,
                part.transfer_id,
                actor=actor,
                reason=reason,
                now=now,
                points=back[part.place],
            )
    await tx.run(
        queries.return_parts, spend_id=spend_id, places=list(back), points=list(back.values()), **place
    )
    of_others = sum(back.get(part.place, 0) for part in parts if part.member_id != spender)
    usage = {"member_id": spender, "point_type": point_type, "period": period, "points": of_others}
    await tx.run(queries.give_usage_back, **usage, **place)
    facts = {"points": amount, "point_type": point_type, "of_others": of_others}
    told = [notice(RETURNED, spender, micros(now), facts)]
    await announce(tx, await next_batch_id(tx), config.id, now, told)
    after = await tx.all(queries.select_parts, row=Part, spend_id=spend_id, **place)
    return PooledSpend(household_id, spend_id, spender, point_type, total, after)


def _backwards(parts: list[Part], amount: int) -> dict[int, int]:
    """Return how much of each part (by its place) comes back, the last drawn first."""
    back = {}
    for part in reversed(parts):
        share = min(amount, part.points - part.returned)
        if share:
            back[part.place] = share
            amount -= share
    return back
