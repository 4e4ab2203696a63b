"""Reading and writing the ledger's tables: one typed function per named query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from regulars.core.ledger.model import Hold, Lot, PointAccounts, Purse
from regulars.core.ledger.posting import Postings
from regulars.core.ledger.rows import copy_body, lot_row
from regulars.infra.db import Asked, Bigints, Flags, Texts, Together, Transaction, load_queries

queries = load_queries(__package__)

# The accounts every point type has from the day it is made; partners' and campaigns' are opened when they
# first fund.
STANDARD_KINDS = (
    "available",
    "pending",
    "held",
    "debt",
    "house",
    "spent",
    "expired",
    "adjusted",
    "between_members",
)


async def open_accounts(
    tx: Transaction, program_id: int, point_type_id: int, funders: Iterable[str] = ()
) -> None:
    """Open the accounts of a point type: the standard ones and one per funder ("partner:<code>",
    "campaign:<code>").
    """
    named = [name.split(":", 1) for name in funders]
    kinds = [*STANDARD_KINDS, *(kind for kind, _ in named)]
    owners = [*("" for _ in STANDARD_KINDS), *(owner for _, owner in named)]
    await tx.run(
        queries.insert_accounts,
        program_id=program_id,
        point_type_id=point_type_id,
        kinds=kinds,
        owners=owners,
    )


async def select_accounts(tx: Transaction, program_id: int) -> dict[int, PointAccounts]:
    """Return the accounts of a program by point type id."""
    named: dict[int, dict[str, int]] = {}
    funders: dict[int, dict[str, int]] = {}
    for account_id, point_type_id, kind, owner in await tx.all(
        queries.select_accounts, program_id=program_id
    ):
        if owner:
            funders.setdefault(point_type_id, {})[f"{kind}:{owner}"] = account_id
        else:
            named.setdefault(point_type_id, {})[kind] = account_id
    return {
        point_type_id: PointAccounts(
            point_type_id=point_type_id, funders=funders.get(point_type_id, {}), **kinds
        )
        for point_type_id, kinds in named.items()
    }


async def lock_purses(tx: Transaction, member_ids: Sequence[int]) -> dict[int, Purse]:
    """Lock the purses of `member_ids` in member order and return them by member id.

    A member without one is missing.
    """
    rows = await tx.all(queries.lock_purses, member_ids=Bigints(member_ids))
    return {row[0]: Purse(*row) for row in rows}


async def select_purses(tx: Transaction, member_ids: Sequence[int]) -> dict[int, Purse]:
    """Return the purses of `member_ids` without locking them: for quotes and answers only."""
    rows = await tx.all(queries.select_purses, member_ids=member_ids)
    return {row[0]: Purse(*row) for row in rows}


def ask_locks(soon: Together, member_ids: Sequence[int]) -> Asked:
    """Ask for the purses of `member_ids`, locked in member order."""
    return soon.ask(queries.lock_purses, member_ids=Bigints(member_ids))


def ask_purses(soon: Together, member_ids: Sequence[int]) -> Asked:
    """Ask for the purses of `member_ids` without locking them."""
    return soon.ask(queries.select_purses, member_ids=Bigints(member_ids))


def ask_lots(soon: Together, member_ids: Sequence[int]) -> Asked:
    """Ask for the open lots of members."""
    return soon.ask(queries.select_open_lots, member_ids=Bigints(member_ids))


def put_lots(purses: Mapping[int, Purse], rows: Sequence[tuple[Any, ...]]) -> None:
    """Put open lots into their purses; those of members without a purse are nobody's."""
    for purse in purses.values():
        purse.lots_read = True
    for row in rows:
        if row[0] in purses:
            lot = Lot(*row)
            purses[lot.member_id].lots.setdefault(lot.point_type_id, []).append(lot)


async def read_lots(tx: Transaction, purses: Sequence[Purse]) -> None:
    """Read the open lots of locked purses into them."""
    by_member = {purse.member_id: purse for purse in purses}
    put_lots(by_member, await ask_lots(Together(tx), sorted(by_member)).rows())


async def read_reversible(tx: Transaction, purses: Sequence[Purse]) -> None:
    """Read into the purses how much can still be taken back of awards that ended or were taken back in part."""
    by_member = {purse.member_id: purse for purse in purses}
    for member_id, lot_id, left in await tx.all(queries.select_reversible, member_ids=sorted(by_member)):
        by_member[member_id].reversible[lot_id] = left


def ask_holds(soon: Together, member_ids: Sequence[int]) -> Asked:
    """Ask for the open holds of members."""
    return soon.ask(queries.select_open_holds, member_ids=Bigints(member_ids))


def ask_drawn_by_holds(soon: Together, member_ids: Sequence[int]) -> Asked:
    """Ask which lots the open holds of members drew."""
    return soon.ask(queries.select_lots_of_holds, member_ids=Bigints(member_ids))


def put_holds(purses: Mapping[int, Purse], holds: Sequence[Hold], drawn: Sequence[tuple[Any, ...]]) -> None:
    """Put open holds, and the lots they drew, into purses whose lots are there."""
    by_id: dict[int, Hold] = {}
    for held in holds:
        if held.member_id in purses:
            by_id[held.id] = held
            purses[held.member_id].holds.setdefault(held.point_type_id, []).append(held)
    found = _drawn(purses, by_id, drawn)
    for hold_id, held in by_id.items():
        held.drawn = found[hold_id]


def ask_activity(soon: Together, member_ids: Sequence[int], point_type_ids: Sequence[int]) -> Asked | None:
    """Ask when points of these types were earned or spent; None for no types."""
    if not point_type_ids:
        return None
    return soon.ask(
        queries.select_activity, member_ids=Bigints(member_ids), point_type_ids=list(point_type_ids)
    )


def put_activity(purses: Mapping[int, Purse], rows: Sequence[tuple[Any, ...]]) -> None:
    """Put when points were used into their purses."""
    for member_id, point_type_id, at in rows:
        if member_id in purses:
            purses[member_id].activity.setdefault(point_type_id, []).append(at)


async def read_activity(tx: Transaction, purses: Sequence[Purse], point_type_ids: Sequence[int]) -> None:
    """Read into locked purses when points of these types were earned or spent.

    Nothing is asked for no types.
    """
    by_member = {purse.member_id: purse for purse in purses}
    asked = ask_activity(Together(tx), sorted(by_member), point_type_ids)
    if asked is not None:
        put_activity(by_member, await asked.rows())


async def read_drawn(
    tx: Transaction, origins: Sequence[tuple[Purse, int, int]]
) -> dict[int, list[tuple[Lot, int]]]:
    """Return by origin which lots were drawn and how much of each has not come back, in the order they end.

    An origin is (purse, the transfer that drew, the transfer that completed it: the same, or a hold's
    capture). Lots that are not in the purse yet are put there, so that there is one object a lot.
    """
    rows = await tx.all(
        queries.select_lots_drawn,
        member_ids=[purse.member_id for purse, _, _ in origins],
        origin_ids=[origin for _, origin, _ in origins],
        related_ids=[related for _, _, related in origins],
    )
    by_member = {purse.member_id: purse for purse, _, _ in origins}
    return _drawn(by_member, [origin for _, origin, _ in origins], rows)


def _drawn(
    purses: Mapping[int, Purse], origins: Iterable[int], rows: Sequence[tuple[Any, ...]]
) -> dict[int, list[tuple[Lot, int]]]:
    found: dict[int, list[tuple[Lot, int]]] = {origin: [] for origin in origins}
    for origin, amount, *fields in rows:
        if origin in found:
            found[origin].append((_lot_of(purses[fields[0]], Lot(*fields)), amount))
    return found


def _lot_of(purse: Purse, lot: Lot) -> Lot:
    lots = purse.lots.setdefault(lot.point_type_id, [])
    for known in lots:
        if known.id == lot.id:
            return known
    lots.append(lot)
    return lot


async def select_hold(tx: Transaction, member_ids: Sequence[int], hold_id: int) -> Hold | None:
    """Return one hold of some members (a member and those merged into her), open or not.

    None when there is none.
    """
    rows = await tx.all(queries.select_hold, member_ids=member_ids, id=hold_id)
    return Hold(*rows[0]) if rows else None


async def insert_purses(tx: Transaction, program_id: int, member_ids: Sequence[int]) -> None:
    """Give each new member an empty purse."""
    await tx.run(queries.insert_purses, program_id=program_id, member_ids=member_ids)


async def post(tx: Transaction, postings: Postings) -> None:
    """Write what was decided: at most five statements (eight with holds and notes), however many events the
    batch had.
    """
    if postings.transfers:
        await tx.copy(queries.copy_transfers, copy_body(postings.transfers))
    lots = postings.lot_rows + [lot_row(lot) for lot in postings.new_lots]
    if lots:
        await tx.copy(queries.copy_lots, copy_body(lots))
    if postings.draws:
        await tx.copy(queries.copy_draws, copy_body(postings.draws))
    if postings.changed_lots:
        await _update_lots(tx, list(postings.changed_lots.values()))
    if postings.new_holds:
        await _insert_holds(tx, postings.new_holds)
    if postings.changed_holds:
        await _update_holds(tx, list(postings.changed_holds.values()))
    if postings.notes:
        member_ids, transfer_ids, program_ids, texts = map(list, zip(*postings.notes, strict=True))
        await tx.run(
            queries.insert_notes,
            member_ids=member_ids,
            transfer_ids=transfer_ids,
            program_ids=program_ids,
            texts=texts,
        )
    if postings.purses:
        await _update_purses(tx, list(postings.purses.values()))


async def _update_lots(tx: Transaction, lots: list[Lot]) -> None:
    await tx.run(
        queries.update_lots,
        member_ids=Bigints([lot.member_id for lot in lots]),
        ids=Bigints([lot.id for lot in lots]),
        remaining=Bigints([lot.remaining for lot in lots]),
        pending=Flags([lot.pending for lot in lots]),
        active=Bigints([0 if lot.pending else lot.active_at for lot in lots]),
        expires=Bigints([lot.expires_at for lot in lots]),
    )


async def _insert_holds(tx: Transaction, holds: list[Hold]) -> None:
    await tx.run(
        queries.insert_holds,
        member_ids=Bigints([held.member_id for held in holds]),
        ids=Bigints([held.id for held in holds]),
        program_ids=Bigints([held.program_id for held in holds]),
        point_type_ids=Bigints([held.point_type_id for held in holds]),
        amounts=Bigints([held.amount for held in holds]),
        captured=Bigints([held.captured for held in holds]),
        statuses=Texts([held.status.value for held in holds]),
        references=Texts([held.reference for held in holds]),
        created=Bigints([held.created_at for held in holds]),
        expires=Bigints([held.expires_at for held in holds]),
        closed=Bigints([held.closed_at for held in holds]),
        moved=Bigints([held.moved_to for held in holds]),
    )


async def _update_holds(tx: Transaction, holds: list[Hold]) -> None:
    await tx.run(
        queries.update_holds,
        member_ids=Bigints([held.member_id for held in holds]),
        ids=Bigints([held.id for held in holds]),
        captured=Bigints([held.captured for held in holds]),
        statuses=Texts([held.status.value for held in holds]),
        closed=Bigints([held.closed_at for held in holds]),
        moved=Bigints([held.moved_to for held in holds]),
    )


async def _update_purses(tx: Transaction, changed: list[Purse]) -> None:
    purses = [purse for purse in changed if purse.debts or purse.debt_max]
    if len(purses) < len(changed):
        plain = [purse for purse in changed if not (purse.debts or purse.debt_max)]
        await tx.run(
            queries.update_purses_without_debts,
            member_ids=Bigints([purse.member_id for purse in plain]),
            balances=Texts([_array(purse.balances) for purse in plain]),
            states=Texts([purse.state for purse in plain]),
        )
    if not purses:
        return
    await tx.run(
        queries.update_purses,
        member_ids=Bigints([purse.member_id for purse in purses]),
        balances=Texts([_array(purse.balances) for purse in purses]),
        debts=Texts([_array(purse.debts) if purse.debts else None for purse in purses]),
        debt_max=Bigints([purse.debt_max for purse in purses]),
        states=Texts([purse.state for purse in purses]),
    )


def _array(values: list[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"
