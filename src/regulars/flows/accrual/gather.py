"""Read everything the whole batch needs: one statement per kind of fact, none per event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from regulars.core.ledger import MOVED_AWAY, Purse, lock_purses, read_activity, read_lots, read_reversible
from regulars.flows.accrual.admission import Admission
from regulars.flows.accrual.clock import local_days, period_of_day
from regulars.flows.accrual.identity import admit
from regulars.flows.accrual.moved import follow_moved
from regulars.flows.accrual.newcomers import enrol_newcomers, take_traits
from regulars.flows.accrual.orders import OF_REDEMPTION
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.recall import former_owners, recall_drawn
from regulars.flows.accrual.resumed import ask_waiting, take_waiting
from regulars.flows.accrual.roll import (
    EXTERNAL_ID,
    MEMBER_ID,
    Resolution,
    Roll,
    accepted,
    owners,
    resolved,
)
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.same_person import Pair, look_for_same
from regulars.flows.accrual.types import (
    ORDER_NAMESPACE_ID,
    SYSTEM_SOURCE_ID,
    Batch,
    Gathered,
    MemberRow,
    RatedOrder,
)
from regulars.infra.db import Asked, Bigints, Texts, Together, Transaction, TransactionConflict, Uuids
from regulars.kit import ids


class RulebookStale(Exception):
    """The program was changed since its rulebook was read: read it again and begin anew."""


class OrderNotSeen(Exception):
    """A correction names an order that is not there, or is nobody's: begin anew, alone with the program's
    orders.

    The order may be on its way in another batch. Neither sees the other, and the correction would wait for
    ever.
    """


async def gather(
    tx: Transaction,
    batch: Batch,
    *,
    lock_budgets: bool = False,
    alone: bool = False,
    apart: frozenset[Pair] | None = None,
    careful: bool = True,
) -> Gathered:
    """Admit the batch and read what deciding it takes. Members are locked in id order; budgets only when
    asked; `alone` lets no other batch of the program be rated at the same time. `apart` = pairs of members who could
    not be united; None where nobody unites them. Raises AlreadyAdmitted, and the transaction is lost, where something
    was sent before, unless it is `careful`."""
    program_id = batch.rulebook.program_id
    if alone:
        await tx.value(queries.be_alone, program_id=program_id)
    begun = await _begin(tx, batch)
    batch, roll = begun.batch, begun.roll
    orders = await rated_orders(tx, roll)
    if not alone and _not_seen(roll, orders):
        raise OrderNotSeen
    resolution = await resolve(tx, roll, begun.named)
    newcomers = await enrol_newcomers(tx, batch, roll, resolution)
    taken = await take_traits(tx, batch, roll, resolution, newcomers)
    if taken and apart is not None:
        await look_for_same(tx, taken, apart)
    member_of = owners(roll, resolution, orders)
    await _read_owners(tx, program_id, resolution.members, member_of)
    admission = Admission(batch, begun.batch_id, member_of, roll.order_keys)
    leaving = former_owners(orders.values()) if orders else set()

    async def along(soon: Together) -> tuple[Asked | None, dict[int, Purse]]:
        asked = None if lock_budgets else ask_budgets(soon, batch, orders)
        return asked, await lock_purses(soon, sorted(accepted(member_of, admission.status) | leaving))

    budgets, purses = await admit(tx, admission, along, careful=careful)
    wanted = accepted(member_of, admission.status)
    former = {member_id: purses.pop(member_id) for member_id in leaving - wanted if member_id in purses}
    if any(purse.state == MOVED_AWAY for purse in purses.values()):
        raise TransactionConflict  # merged since she was looked up: her identifiers lead elsewhere now
    if orders:
        orders = await rated_orders(tx, roll)  # as they are now that nobody else corrects them
    if batch.rulebook.changes_members:
        await _read_owners(tx, program_id, resolution.members, sorted(purses), again=True)
    if batch.rulebook.takes_points or roll.corrected:
        # Where points may be taken: corrections, and rules or tiers that take. An award alone needs no lots.
        await read_wallets(tx, batch.rulebook, list((purses | former).values()))
    if orders:
        await follow_moved(tx, orders, purses)
    drawn = await recall_drawn(tx, orders, purses | former)
    return Gathered(
        batch=batch,
        batch_id=begun.batch_id,
        member_of=member_of,
        fresh=admission.status,
        members=resolution.members,
        purses=purses,
        orders=orders,
        budgets=await budgets_of(tx, batch, orders, lock=lock_budgets, asked=budgets),
        history=await _history(tx, batch.rulebook, purses),
        past=await past_of(tx, roll, member_of),
        order_keys=roll.order_keys,
        repeats=admission.repeats,
        resumed=begun.resumed,
        newcomers=newcomers,
        identifiers=await identifiers_known(tx, batch.rulebook, purses),
        drawn=drawn,
        former=former,
    )


class _Begun(NamedTuple):
    """A batch with its number, the corrections that waited for it, what it names, and who was asked for."""

    batch: Batch
    batch_id: int
    resumed: dict[int, int]
    roll: Roll
    named: Asked


async def _begin(tx: Transaction, batch: Batch) -> _Begun:
    """Number the batch, see that its rulebook holds, and ask along for what every batch needs."""
    roll = Roll(batch.items, batch.rulebook)
    soon = Together(tx)
    first = soon.ask(queries.next_batch, program_id=batch.rulebook.program_id)
    waiting = ask_waiting(soon, roll)
    named = ask_named(soon, roll)
    batch_id, *revisions, _ = await first.one()
    if _stale(batch.rulebook, revisions):
        raise RulebookStale
    resumed = await take_waiting(tx, roll, waiting, batch.received_at)
    if resumed:
        named = ask_named(soon, roll)
    return _Begun(msgspec.structs.replace(batch, items=roll.items), batch_id, resumed, roll, named)


def _stale(book: Rulebook, revisions: list[int]) -> bool:
    """Say whether the program was changed since its rulebook was read."""
    return revisions != [book.revision, book.catalogue, book.listening]


def _not_seen(roll: Roll, orders: dict[bytes, RatedOrder]) -> bool:
    """Say whether a correction names an order that is neither rated for somebody nor in the batch itself.

    A redemption that is not there never comes: no rule listened when it was taken.
    """
    return any(
        (key not in orders and key not in roll.ordered) or (key in orders and not orders[key].member_id)
        for key in roll.corrected
        if not key.startswith(OF_REDEMPTION)
    )


async def identifiers_known(
    tx: Transaction, book: Rulebook, purses: dict[int, Purse]
) -> dict[int, dict[str, str]]:
    """Return what members are known by, of the kinds that rules ask for.

    Of several of one kind the newest.
    """
    if not book.identifier_kinds or not purses:
        return {}
    rows = await tx.all(
        queries.select_identifiers,
        member_ids=Bigints(sorted(purses)),
        kinds=Texts(sorted(book.identifier_kinds)),
    )
    known: dict[int, dict[str, str]] = {}
    for member_id, kind, value in rows:
        known.setdefault(member_id, {})[kind] = value
    return known


def ask_named(soon: Together, roll: Roll) -> Asked:
    """Ask for the members that the identifiers of the batch lead to."""
    return soon.ask(
        queries.select_members_by_identifier,
        program_id=roll.book.program_id,
        kind=EXTERNAL_ID,
        named=Texts(roll.customers),
        kinds=Texts([kind for kind, _ in roll.others]),
        values=Texts([value for _, value in roll.others]),
    )


async def resolve(tx: Transaction, roll: Roll, named: Asked | None = None) -> Resolution:
    """Find whom the events are about: by the program's order of identifiers, the first that is known
    decides. `named`: what `ask_named` asked, when it did."""
    asked = named or ask_named(Together(tx), roll)
    resolution = resolved(await asked.rows())
    by_id = {
        value: number
        for kind, value in roll.others
        if kind == MEMBER_ID and (number := _member_number(value))
    }
    if by_id:
        survivors = await survivors_of(tx, by_id.values())
        await _read_owners(tx, roll.book.program_id, resolution.members, sorted(set(survivors.values())))
        for value, number in by_id.items():
            if number in survivors and survivors[number] in resolution.members:
                resolution.known[MEMBER_ID, value] = survivors[number]
    return resolution


async def survivors_of(tx: Transaction, member_ids: Iterable[int]) -> dict[int, int]:
    """Return who stands now for each of these members: herself, or who took over."""
    rows = await tx.all(queries.select_survivors, member_ids=Bigints(sorted(member_ids)))
    return dict(rows)


def _member_number(text: str) -> int:
    """Return the number in a member's public id, 0 when it is none."""
    try:
        return ids.decode("mem", text)
    except ValueError:
        return 0


async def rated_orders(tx: Transaction, roll: Roll) -> dict[bytes, RatedOrder]:
    """Return the rated orders that the batch looks up, and the redemptions that it gives back, by key."""
    redemptions = {key for key in roll.looked_up if key.startswith(OF_REDEMPTION)}
    found = await _rated(tx, roll.book, ORDER_NAMESPACE_ID, roll.looked_up - redemptions)
    keys = {key.removeprefix(OF_REDEMPTION) for key in redemptions}
    for key, rated in (await _rated(tx, roll.book, SYSTEM_SOURCE_ID, keys)).items():
        found[OF_REDEMPTION + key] = rated
    return found


async def _rated(
    tx: Transaction, book: Rulebook, source_id: int, keys: set[bytes]
) -> dict[bytes, RatedOrder]:
    if not keys:
        return {}
    rows = await tx.all(
        queries.select_rated_orders, program_id=book.program_id, source_id=source_id, keys=Uuids(keys)
    )
    return {row[0].bytes: RatedOrder(*row[1:]) for row in rows}


async def _read_owners(
    tx: Transaction,
    program_id: int,
    members: dict[int, MemberRow],
    member_of: list[int],
    *,
    again: bool = False,
) -> None:
    """Read the members that are not known yet.

    `again`: all of them, as they are now that their purses are held.
    """
    missing = {member_id for member_id in member_of if member_id and (again or member_id not in members)}
    if missing:
        rows = await tx.all(
            queries.select_members,
            program_id=program_id,
            member_ids=Bigints(sorted(missing)),
        )
        for row in rows:
            members[row[0]] = MemberRow(*row)


async def read_wallets(tx: Transaction, book: Rulebook, purses: list[Purse]) -> None:
    """Read what taking points needs: open lots, how much of each award can still be taken back, and when
    points were used where idleness ends them.
    """
    await read_lots(tx, purses)
    await read_reversible(tx, purses)
    await read_activity(
        tx, purses, [one.id for one in book.points.values() if one.terms.idle_end is not None]
    )


def ask_budgets(
    soon: Together, batch: Batch, orders: dict[bytes, RatedOrder], *, lock: bool = False
) -> Asked | None:
    """Ask what budgets have given in every period of the batch's events and of the orders it corrects; None where
    there are none."""
    if not batch.rulebook.budget_periods:
        return None
    instants = [item.occurred_at for item in batch.items] + [order.occurred_at for order in orders.values()]
    days = local_days(instants, batch.rulebook.zone)
    periods = sorted({period_of_day(unit, day) for unit in batch.rulebook.budget_periods for day in days})
    query = queries.lock_budgets if lock else queries.select_budgets
    return soon.ask(query, program_id=batch.rulebook.program_id, periods=periods)


async def budgets_of(
    tx: Transaction,
    batch: Batch,
    orders: dict[bytes, RatedOrder],
    *,
    lock: bool,
    asked: Asked | None = None,
) -> dict[tuple[str, str, str], int]:
    """Return what budgets have given, by owner, measure and period; `asked`: what `ask_budgets` asked, when it
    did."""
    asked = asked or ask_budgets(Together(tx), batch, orders, lock=lock)
    rows = await asked.rows() if asked is not None else []
    return {(owner, measure, period): used for owner, measure, period, used in rows}


async def _history(
    tx: Transaction, rulebook: Rulebook, purses: dict[int, Purse]
) -> dict[int, list[tuple[str, str | None]]]:
    """Read earlier events of members whose state does not count yet what some rule or tier asks for."""
    counted = f'{{"k":"{rulebook.counted}"'
    behind = [
        member_id
        for member_id, purse in purses.items()
        if purse.state and not purse.state.startswith(counted)
    ]
    if not behind:
        return {}
    rows = await tx.all(
        queries.select_history,
        member_ids=sorted(behind),
        types=sorted(rulebook.counted_types),
        points=bool(rulebook.points_series),
    )
    history: dict[int, list[tuple[str, str | None]]] = {member_id: [] for member_id in behind}
    for member_id, _, doc, outcome in rows:
        history[member_id].append((doc, outcome))
    return history


async def past_of(tx: Transaction, roll: Roll, member_of: list[int]) -> dict[int, dict[int, str]]:
    """Read the earlier events of members whose orders come back, where something is asked of them that one order less
    cannot be taken out of."""
    book = roll.book
    if not roll.corrected or not book.recounted_types:
        return {}
    members = {
        member_id
        for member_id, key in zip(member_of, roll.order_keys, strict=True)
        if member_id and key in roll.corrected
    }
    past: dict[int, dict[int, str]] = {member_id: {} for member_id in members}
    rows = await tx.all(
        queries.select_history, member_ids=sorted(members), types=sorted(book.recounted_types), points=False
    )
    for member_id, event_id, doc, _ in rows:
        past[member_id][event_id] = doc
    return past
