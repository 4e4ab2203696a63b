"""Money on a card's own purse. Amounts are minor units of the program's currency.

A card holds a point type whose smallest unit is the currency's minor unit; each activation and top-up is a lot with
an end of its own by the type's policy, so that expiry, books and liability are those of all other points.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import (
    Cause,
    Ids,
    Postings,
    Purse,
    Terms,
    TransferKind,
    cancel_spend,
    micros,
    open_purses,
    post,
    read_drawn,
    select_accounts,
    settle,
)
from regulars.features.giftcards import (
    Card,
    CardActive,
    CardTooLow,
    InvalidCard,
    NewCard,
    PaymentReturned,
    UnknownPayment,
    check_usable,
    face_minor,
    lock_card,
    make_card,
    read_card,
    renew_pin,
    set_status,
)
from regulars.features.programs import PointType, ProgramConfig, expires_at, wallet_terms
from regulars.infra.db import Transaction, failpoint, load_queries
from regulars.kit.errors import FieldError
from regulars.kit.ids import ID_MAX
from regulars.kit.money import MINOR_MAX, exponent

queries = load_queries(__package__)

CARDS_AT_ONCE: Final = 1_000
BLOCK_SIZE: Final = 64


class CardBalance(msgspec.Struct, frozen=True):
    """What is on a card after an operation; `transfer` = the movement that it was, 0 when nothing moved.

    `ends_next` = when the first of it ends (microseconds), None where nothing is left.
    """

    card: Card
    available: int
    transfer: int = 0
    ends_next: int | None = None


def money_type(config: ProgramConfig, code: str) -> PointType:
    """Return the point type that gift cards hold. Refuses with InvalidCard when it is no money."""
    found = config.point_types.get(code)
    problem = ""
    if found is None or found.archived_at is not None:
        problem = "The program has no such point type."
    elif found.kind != "redeemable" or found.scale != exponent(config.currency) or not found.policy.lots:
        problem = "Gift cards hold a redeemable point type with the decimals of the currency, kept in lots."
    elif found.policy.value_minor not in (None, face_minor(found.scale)):
        problem = f"What is on a card is worth its face: write value_minor {face_minor(found.scale)}, or leave it out."
    elif config.redeemable is found:
        problem = "This type is what members earn; make one of its own for gift cards."
    if problem:
        raise InvalidCard(errors=[FieldError("point_type", "not_money", problem)])
    assert found is not None
    return found


async def create(
    tx: Transaction, config: ProgramConfig, point_type: str, count: int, now: datetime
) -> list[NewCard]:
    """Make cards with nothing on them; numbers and PINs are returned this once. Refuses with InvalidCard."""
    money_type(config, point_type)
    if not 0 < count <= CARDS_AT_ONCE:
        raise InvalidCard(errors=[FieldError("count", "out_of_range", f"Write 1 to {CARDS_AT_ONCE}.")])
    made = []
    for _ in range(count):
        purse_id = int(await tx.value(queries.next_purse))
        assert purse_id < ID_MAX
        made.append(await make_card(tx, config.id, point_type, purse_id, now))
    return made


class _Till:
    """One operation on one card: its purse locked, settled, and written at the end."""

    def __init__(
        self, tx: Transaction, config: ProgramConfig, card: Card, now: datetime, batch_id: int
    ) -> None:
        self.tx = tx
        self.config = config
        self.card = card
        self.instant = now
        self.now = micros(now)
        self.batch_id = batch_id
        self.postings = Postings(Ids(batch_id))
        self.kind = config.point_types[card.point_type]
        self.purse: Purse
        self.terms: Terms

    @classmethod
    async def open(cls, tx: Transaction, config: ProgramConfig, card: Card, now: datetime) -> _Till:
        till = cls(tx, config, card, now, await next_batch_id(tx))
        terms = wallet_terms(config, await select_accounts(tx, config.id))
        purses, _ = await open_purses(tx, till.postings, [card.purse_id], terms, till.now)
        till.purse, till.terms = purses[card.purse_id], terms[till.kind.id]
        return till

    def cause(self, reference: str, actor: str) -> Cause:
        detail = msgspec.json.encode({"by": actor, "reference": reference, "card": self.card.number[-4:]})
        return Cause(self.now, self.now, detail=detail.decode())

    async def close(self, kind: str, transfer: int, amount: int) -> CardBalance:
        """Write what was decided, tell subscribers, and return what is on the card now."""
        await post(self.tx, self.postings)
        facts = {"card": f"…{self.card.number[-4:]}", "amount": amount, "transfer": transfer}
        notices = [notice(kind, 0, self.now, facts)] if transfer else []
        await announce(self.tx, self.batch_id, self.config.id, self.instant, notices)
        failpoint("after_card_moved_before_commit")
        return CardBalance(
            self.card, self.purse.available(self.terms.slot), transfer, _ends_next(self.purse, self.kind)
        )


def _check(amount: int) -> None:
    if not 0 < amount <= MINOR_MAX:
        raise InvalidCard(errors=[FieldError("amount", "out_of_range", "Write minor units, at least 1.")])


async def activate(
    tx: Transaction,
    config: ProgramConfig,
    number: str,
    amount: int,
    *,
    actor: str,
    now: datetime,
    reference: str = "",
) -> CardBalance:
    """Put the first money on a card that was paid for. Refuses with UnknownCard, CardActive, CardBlocked, and with
    InvalidCard where it would have ended already.
    """
    _check(amount)
    card = await lock_card(tx, config.id, number)
    if card.status == "active":
        raise CardActive
    if card.status != "new":
        check_usable(card)
    await set_status(tx, card, "active", now)
    card = msgspec.structs.replace(card, status="active", activated_at=now)
    return await _credit(tx, config, card, amount, "giftcard.activated", actor, now, reference)


async def top_up(
    tx: Transaction,
    config: ProgramConfig,
    number: str,
    amount: int,
    *,
    actor: str,
    now: datetime,
    reference: str = "",
) -> CardBalance:
    """Put more money on an active card. Refuses with UnknownCard, CardNotActive, CardBlocked, and with InvalidCard
    where it would have ended already.
    """
    _check(amount)
    card = await lock_card(tx, config.id, number)
    check_usable(card)
    return await _credit(tx, config, card, amount, "giftcard.topped_up", actor, now, reference)


async def _credit(
    tx: Transaction,
    config: ProgramConfig,
    card: Card,
    amount: int,
    kind: str,
    actor: str,
    now: datetime,
    reference: str,
) -> CardBalance:
    till = await _Till.open(tx, config, card, now)
    ends_at = expires_at(till.kind, till.now, config.zone)
    if ends_at <= till.now:
        raise InvalidCard(
            errors=[
                FieldError("point_type", "past", "What is on cards has ended: give this type another expiry.")
            ]
        )
    transfer = till.postings.credit(
        till.purse,
        till.terms,
        amount,
        till.terms.accounts.house,
        till.cause(reference, actor),
        expires_at=ends_at,
    )
    return await till.close(kind, transfer, amount)


async def pay(
    tx: Transaction,
    config: ProgramConfig,
    number: str,
    amount: int,
    *,
    actor: str,
    now: datetime,
    reference: str = "",
    up_to: bool = False,
) -> CardBalance:
    """Pay with a card, what ends first before the rest; the PIN was checked before.

    With `up_to` as much as there is, when that is less. Refuses with UnknownCard, CardNotActive, CardBlocked,
    CardTooLow (facts `available`, `missing`).
    """
    _check(amount)
    card = await lock_card(tx, config.id, number)
    check_usable(card)
    till = await _Till.open(tx, config, card, now)
    available = till.purse.available(till.terms.slot)
    paid = min(amount, available) if up_to else amount
    if paid > available or not paid:
        raise CardTooLow(available=available, missing=amount - available)
    transfer = till.postings.take(
        till.purse,
        till.terms,
        paid,
        till.terms.accounts.spent,
        TransferKind.SPEND,
        till.cause(reference, actor),
    )
    return await till.close("giftcard.paid", transfer, paid)


async def refund(
    tx: Transaction,
    config: ProgramConfig,
    number: str,
    payment: int,
    *,
    actor: str,
    now: datetime,
    amount: int | None = None,
    reference: str = "",
) -> CardBalance:
    """Return a payment to its card, whole or in part, to the lots it came from.

    Refuses with UnknownCard, UnknownPayment, PaymentReturned (fact `left`), CardBlocked.
    """
    card = await lock_card(tx, config.id, number)
    check_usable(card)
    till = await _Till.open(tx, config, card, now)
    found = await tx.maybe(queries.select_payment, purse_id=card.purse_id, id=payment)
    if found is None:
        raise UnknownPayment
    _, paid, account, returned = found
    left = paid - returned
    back = left if amount is None else amount
    if not left or back > left:
        raise PaymentReturned(left=left)
    _check(back)
    drawn = (await read_drawn(tx, [(till.purse, payment, payment)]))[payment]
    transfer = cancel_spend(
        till.postings, till.purse, till.terms, payment, back, account, drawn, till.cause(reference, actor)
    )
    settle(till.postings, till.purse, till.terms, till.now)
    return await till.close("giftcard.refunded", transfer, back)


async def take_in(
    tx: Transaction, config: ProgramConfig, number: str, worth: int, *, actor: str, now: datetime
) -> bool:
    """Take a card back that was given for something else and that nobody used: its money leaves, the card is blocked.

    A payment that came back whole is none. Returns False, and does nothing, when it holds anything but `worth` any
    more, or more was put on it. Refuses with UnknownCard.
    """
    card = await lock_card(tx, config.id, number)
    if card.status != "active":
        return False
    till = await _Till.open(tx, config, card, now)
    if (
        till.purse.available(till.terms.slot) != worth
        or await tx.value(queries.count_changes, purse_id=card.purse_id) != 1
    ):
        return False
    transfer = till.postings.take(
        till.purse,
        till.terms,
        worth,
        till.terms.accounts.house,
        TransferKind.ADJUST,
        till.cause("", actor),
    )
    await till.close("giftcard.taken_in", transfer, worth)
    await set_status(tx, card, "blocked", now)
    return True


async def balance(tx: Transaction, config: ProgramConfig, number: str, now: datetime) -> CardBalance:
    """Return what is on a card; the PIN was checked before. Writes nothing. Refuses with UnknownCard."""
    card = await read_card(tx, config.id, number)
    terms = wallet_terms(config, await select_accounts(tx, config.id))
    kind = config.point_types[card.point_type]
    postings = Postings(Ids(0))
    purses, _ = await open_purses(tx, postings, [card.purse_id], terms, micros(now), lock=False)
    purse = purses[card.purse_id]
    return CardBalance(card, purse.available(kind.slot), 0, _ends_next(purse, kind))


def _ends_next(purse: Purse, kind: PointType) -> int | None:
    ends = [lot.expires_at for lot in purse.lots.get(kind.id, ()) if lot.remaining]
    return min(ends, default=None)


async def replace_pin(tx: Transaction, config: ProgramConfig, number: str) -> NewCard:
    """Give a card another PIN, for whoever lost the first or never saw it. Refuses with UnknownCard."""
    return await renew_pin(tx, await lock_card(tx, config.id, number))


async def block(tx: Transaction, config: ProgramConfig, number: str, *, blocked: bool, now: datetime) -> Card:
    """Block a card that was lost, or free it again; what is on it stays. Refuses with UnknownCard."""
    card = await lock_card(tx, config.id, number)
    free = "active" if card.activated_at is not None else "new"
    await set_status(tx, card, "blocked" if blocked else free, now)
    return await read_card(tx, config.id, number)
