"""Reading and writing redemptions: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeAlias

import msgspec

from regulars.features.members import select_merged_ids
from regulars.features.rewards import Priced
from regulars.flows.redemption.model import Claims, Order
from regulars.infra.db import Asked, Bigints, Instants, Texts, Together, Transaction, load_queries

queries = load_queries(__package__)

Owners: TypeAlias = dict[int, tuple[int, int, int]]
"""By redemption: whom it was made for, who paid, and who she is now."""

_encode = msgspec.json.Encoder(decimal_format="string").encode
_price = msgspec.json.Decoder(Priced).decode
_claims = msgspec.json.Decoder(Claims).decode
_decode = msgspec.json.decode


def ask_ground(soon: Together, program_id: int) -> Asked:
    """Ask for the number of a new batch, the revisions of the program, its rewards and its rules, and what is heard."""
    return soon.ask(queries.select_ground, program_id=program_id)


def ask_members(soon: Together, program_id: int, member_ids: Sequence[int]) -> Asked:
    """Ask for (id, status, spending blocked, lists) of members."""
    return soon.ask(queries.select_members, program_id=program_id, member_ids=Bigints(member_ids))


def ask_owners(soon: Together, program_id: int, ids: Sequence[int]) -> Asked:
    """Ask whom redemptions were made for, who paid, and who she is now."""
    return soon.ask(queries.select_owners, program_id=program_id, ids=Bigints(ids))


async def owners_of(asked: Asked) -> Owners:
    """Return by redemption whom it was made for, who paid, and who she is now."""
    return {
        number: (member_id, payer_id, owner_id)
        for number, member_id, payer_id, owner_id in await asked.rows()
    }


async def select_owners(tx: Transaction, program_id: int, ids: Sequence[int]) -> Owners:
    """Return by redemption whom it was made for, who paid, and who she is now."""
    return await owners_of(ask_owners(Together(tx), program_id, ids))


def ask_orders(soon: Together, owners: Owners) -> Asked:
    """Ask for redemptions; `owners` as `owners_of` gives them."""
    member_ids = Bigints(sorted({member_id for member_id, _, _ in owners.values()}))
    return soon.ask(queries.select_orders, member_ids=member_ids, ids=Bigints(owners))


async def orders_of(asked: Asked) -> dict[int, Order]:
    """Return redemptions by id."""
    return {row[1]: _order(row) for row in await asked.rows()}


async def select_page(
    tx: Transaction,
    program_id: int,
    *,
    before: int | None,
    limit: int,
    member_ids: Sequence[int] | None = None,
    status: str | None = None,
    reward_id: int | None = None,
    stores: Sequence[str] | None = None,
) -> list[Order]:
    """Return a page of redemptions, latest first."""
    rows = await tx.all(
        queries.select_page,
        program_id=program_id,
        before=before,
        limit=limit,
        member_ids=None if member_ids is None else list(member_ids),
        status=status,
        reward_id=reward_id,
        stores=None if stores is None else list(stores),
    )
    return [_order(row) for row in rows]


async def list_redemptions(
    tx: Transaction,
    program_id: int,
    *,
    limit: int,
    before: int | None = None,
    member_id: int | None = None,
    status: str | None = None,
    reward_id: int | None = None,
    stores: Sequence[str] | None = None,
) -> list[Order]:
    """Return redemptions of a program, or of a member and those merged into her, or in some stores, latest first."""
    member_ids = None if member_id is None else await select_merged_ids(tx, member_id)
    return await select_page(
        tx,
        program_id,
        before=before,
        limit=limit,
        member_ids=member_ids,
        status=status,
        reward_id=reward_id,
        stores=stores,
    )


async def select_overdue(
    tx: Transaction, now: datetime, limit: int, program_id: int | None = None
) -> list[tuple[int, int]]:
    """Return (program, redemption) of reservations whose time is over, oldest first."""
    rows = await tx.all(queries.select_overdue, now=now, limit=limit, program_id=program_id)
    return [(program, number) for program, number in rows]


async def select_drawn(tx: Transaction, order: Order) -> list[tuple[Any, ...]]:
    """Return (lot, drawn, come back, earned at, ends at) of the lots a redemption's points came from."""
    origin = order.hold_id or order.spend_id
    if origin is None:
        return []
    related = [number for number in (order.hold_id, order.spend_id) if number is not None]
    return await tx.all(queries.select_drawn, member_id=order.payer_id, origin_id=origin, related_ids=related)


async def insert_orders(tx: Transaction, program_id: int, orders: Sequence[Order], now: datetime) -> None:
    """Write new redemptions."""
    if not orders:
        return
    await tx.run(
        queries.insert_orders,
        program_id=program_id,
        now=now,
        reward_ids=Bigints([o.reward_id for o in orders]),
        versions=Bigints([o.reward_version for o in orders]),
        point_type_ids=Bigints([o.point_type_id for o in orders]),
        stores=Texts([o.store for o in orders]),
        references=Texts([o.reference for o in orders]),
        actors=Texts([o.actor for o in orders]),
        expires=Instants([o.expires_at for o in orders]),
        **_common(orders),
    )


async def update_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write redemptions that something was done with."""
    if not orders:
        return
    await tx.run(
        queries.update_orders,
        points_back=Bigints([o.points_back for o in orders]),
        money_back=Bigints([o.money_back for o in orders]),
        returned=Texts([str(o.returned) for o in orders]),
        deliveries=Texts([_encode(o.delivery).decode() if o.delivery else None for o in orders]),
        closed=Instants([o.closed_at for o in orders]),
        **_common(orders),
    )


def _common(orders: Sequence[Order]) -> dict[str, list[Any]]:
    return {
        "member_ids": Bigints([o.member_id for o in orders]),
        "ids": Bigints([o.id for o in orders]),
        "statuses": Texts([str(o.status) for o in orders]),
        "quantities": Bigints([o.quantity for o in orders]),
        "points": Bigints([o.points for o in orders]),
        "money": Bigints([o.money for o in orders]),
        "payer_ids": Bigints([o.payer_id for o in orders]),
        "hold_ids": Bigints([o.hold_id for o in orders]),
        "spend_ids": Bigints([o.spend_id for o in orders]),
        "prices": Texts([_encode(o.price).decode() for o in orders]),
        "claims": Texts([_encode(o.claims).decode() for o in orders]),
        "issued": Texts([_issued(o) for o in orders]),
        "confirmed": Instants([o.confirmed_at for o in orders]),
    }


def _order(row: Sequence[Any]) -> Order:
    fields = dict(zip(Order.__struct_fields__, row, strict=True))
    fields["returned"] = Fraction(fields["returned"])
    fields["price"] = _price(fields["price"])
    fields["claims"] = _claims(fields["claims"])
    fields["issued"] = tuple(_decode(fields["issued"])) if fields["issued"] else ()
    fields["delivery"] = _decode(fields["delivery"]) if fields["delivery"] else {}
    return Order(**fields)


def _issued(order: Order) -> str | None:
    """Return what was handed out as it is kept: without the PINs of cards, which are shown once."""
    kept = [{name: value for name, value in one.items() if name != "pin"} for one in order.issued]
    return _encode(kept).decode() if kept else None
