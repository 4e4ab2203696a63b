"""Vouchers as values: what they are worth, who may use them when, and why not.

Pure. Money is int in minor units, percentages are Decimal (12.5 = 12.5 %), instants are half-open: valid from
`valid_from` on, not valid at `valid_until` any more.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from regulars.features.vouchers.errors import (
    UnknownVoucher,
    VoucherAlreadyUsed,
    VoucherExpired,
    VoucherLimitReached,
    VoucherNeedsMember,
    VoucherNotYet,
    VoucherNotYours,
    VoucherReserved,
    VouchersUsedUp,
    VoucherVoid,
)
from regulars.kit.errors import Rejected

DiscountKind: TypeAlias = Literal["amount", "percentage", "free_item", "free_shipping"]
Scope: TypeAlias = Literal["order", "line", "category", "product"]
Stacking: TypeAlias = Literal["stackable", "exclusive"]
Status: TypeAlias = Literal["stock", "issued", "void"]

# What a checkout sets aside under: program, checkout, and which opening of it.
_CHECKOUT = re.compile(r"[0-9]+:(chk_[^:]+):[0-9]+")


def checkout_of(reservation: str) -> str | None:
    """Return the checkout that vouchers were set aside by under a name; None where it was no checkout."""
    found = _CHECKOUT.fullmatch(reservation)
    return found[1] if found else None


class Worth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a voucher takes off.

    `amount` (minor units) or `percentage` is taken off the whole order, off the dearest line, or off the lines of
    some categories (also those below them: drinks covers drinks/tea) or products; `at_most` caps a percentage. A
    free item is one unit of `item` (SKU). Free shipping takes off what shipping costs.
    """

    kind: DiscountKind
    amount: int | None = None
    percentage: Decimal | None = None
    on: Scope = "order"
    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    item: str | None = None
    at_most: int | None = None


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What vouchers of one kind are worth, who may use them, when and how often.

    `minimum` (minor units) is what the lines must come to before any voucher. `valid_days` ends a voucher at the end
    of that many local days after the day it was issued. `uses` bounds one code, `per_member` one member over all
    codes of the kind, `uses_total` all of them together; None = no bound. `stacking` exclusive = only alone; of one
    `group` only one is used. `priority`: the smaller is used first. `pattern` makes codes (# random letter, * check
    letter); without one they come from imported pools. `codes_max` is how many codes the pattern is meant for.
    `audience` names the list of members the vouchers are for; None = everybody.
    """

    code: str
    name: str
    worth: Worth
    minimum: int = 0
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    valid_days: int | None = None
    uses: int | None = 1
    per_member: int | None = None
    uses_total: int | None = None
    stacking: Stacking = "exclusive"
    group: str = ""
    priority: int = 100
    pattern: str | None = None
    codes_max: int = 1_000_000
    audience: str | None = None


class StoredDefinition(msgspec.Struct, frozen=True):
    """A definition as it is kept: its number, its calendar's zone, and its version for ETags."""

    id: int
    program_id: int
    definition: Definition
    zone: str
    revision: int
    archived_at: datetime | None


class Voucher(msgspec.Struct, frozen=True):
    """A code as it stands. `uses_left` None = no bound; `member_id` None = whoever holds it may use it."""

    program_id: int
    code: str
    definition_id: int
    definition: Definition
    status: Status
    member_id: int | None
    uses_max: int | None
    uses: int
    reserved: int
    issued_at: datetime | None
    valid_until: datetime | None
    last_used_at: datetime | None

    @property
    def uses_left(self) -> int | None:
        """How often the code can still be used."""
        return None if self.uses_max is None else max(0, self.uses_max - self.uses - self.reserved)

    @property
    def ends_at(self) -> datetime | None:
        """When the voucher is not valid any more: its own end or its kind's, whichever comes first."""
        ends = [end for end in (self.valid_until, self.definition.valid_until) if end is not None]
        return min(ends, default=None)


class Found(msgspec.Struct, frozen=True):
    """What was found under a code: the voucher, and why it cannot be used now (None = it can).

    `member_id` is who wants to use it, `at` when it was looked up.
    """

    code: str
    at: datetime
    voucher: Voucher | None
    refusal: Rejected | None = None
    member_id: int | None = None


class Standing(msgspec.Struct, frozen=True):
    """What beside the voucher decides whether it can be used: counted over its kind, and set aside elsewhere."""

    archived: bool
    listed: bool
    member_uses: int
    kind_uses: int
    reserved_until: datetime | None


def written(instant: datetime | None) -> str:
    """Return an instant as a refusal says it, RFC 3339 in UTC; "" for none."""
    return "" if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def judge(voucher: Voucher, standing: Standing, member_id: int | None, now: datetime) -> Rejected | None:
    """Return why a member (None = somebody unknown) cannot use a voucher at `now`, None when she can."""
    definition = voucher.definition
    if voucher.status == "stock":
        return UnknownVoucher(code=voucher.code)
    if voucher.status == "void" or standing.archived:
        return VoucherVoid(code=voucher.code)
    return (
        _not_for(voucher, standing, member_id)
        or _not_at(voucher, now)
        or _used_up(voucher, standing)
        or _limited(definition, standing, member_id)
    )


def _not_for(voucher: Voucher, standing: Standing, member_id: int | None) -> Rejected | None:
    definition = voucher.definition
    personal = voucher.member_id is not None or definition.audience is not None
    if member_id is None and (personal or definition.per_member is not None):
        return VoucherNeedsMember(code=voucher.code)
    if voucher.member_id is not None and voucher.member_id != member_id:
        return VoucherNotYours(code=voucher.code)
    if definition.audience is not None and not standing.listed:
        return VoucherNotYours(code=voucher.code)
    return None


def _not_at(voucher: Voucher, now: datetime) -> Rejected | None:
    begins, ends = voucher.definition.valid_from, voucher.ends_at
    if begins is not None and now < begins:
        return VoucherNotYet(code=voucher.code, valid_from=written(begins))
    if ends is not None and now >= ends:
        return VoucherExpired(code=voucher.code, expired_at=written(ends))
    return None


def _used_up(voucher: Voucher, standing: Standing) -> Rejected | None:
    if voucher.uses_max is None:
        return None
    if voucher.uses >= voucher.uses_max:
        return VoucherAlreadyUsed(code=voucher.code, used_at=written(voucher.last_used_at))
    if voucher.uses + voucher.reserved >= voucher.uses_max:
        return VoucherReserved(code=voucher.code, until=written(standing.reserved_until))
    return None


def _limited(definition: Definition, standing: Standing, member_id: int | None) -> Rejected | None:
    most = definition.per_member
    if member_id is not None and most is not None and standing.member_uses >= most:
        return VoucherLimitReached(voucher=definition.code, limit=most)
    if definition.uses_total is not None and standing.kind_uses >= definition.uses_total:
        return VouchersUsedUp(limit=definition.uses_total)
    return None
