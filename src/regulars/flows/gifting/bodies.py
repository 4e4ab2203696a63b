"""What the routes of gift cards take and give back. Numbers travel in bodies only: addresses are written to logs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from regulars.core.ledger import FOREVER, instant
from regulars.features.giftcards import Card
from regulars.flows.gifting.money import CardBalance
from regulars.infra.web import StrictModel
from regulars.kit.ids import encode
from regulars.kit.money import MINOR_MAX

Number = Annotated[str, Field(min_length=12, max_length=40)]
Pin = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Amount = Annotated[int, Field(ge=1, le=MINOR_MAX, description="Minor units")]
Reference = Annotated[str, Field(max_length=200)]


class CreateBody(StrictModel):
    """Cards to be made; `point_type` is the money they hold."""

    point_type: Annotated[str, Field(min_length=1, max_length=63)]
    count: Annotated[int, Field(ge=1, le=1_000)] = 1


class CreditBody(StrictModel):
    """Money to be put on a card."""

    number: Number
    amount: Amount
    reference: Reference = ""


class PayBody(CreditBody):
    """A payment; `up_to`: as much as there is, when that is less."""

    pin: Pin
    up_to: bool = False


class RefundBody(StrictModel):
    """A payment to be returned to its card, whole or in part."""

    number: Number
    payment: Annotated[str, Field(max_length=40, description="trf_… of the payment")]
    amount: Amount | None = None
    reference: Reference = ""


class BalanceBody(StrictModel):
    """A card and its PIN."""

    number: Number
    pin: Pin


class BlockBody(StrictModel):
    """A card to be blocked, or freed again."""

    number: Number
    blocked: bool = True


class PinBody(StrictModel):
    """A card that needs another PIN."""

    number: Number


class NewCardAnswer(BaseModel):
    """A card's number and its PIN, which is shown this once."""

    number: str
    pin: str


class CardAnswer(BaseModel):
    """A card as it stands."""

    last_digits: str
    status: str
    activated_at: datetime | None


class CardBalanceAnswer(CardAnswer):
    """What is on a card; `transfer` names the movement that was made."""

    available: int
    currency: str
    transfer: str | None
    ends_next: datetime | None


def card_answer(card: Card) -> CardAnswer:
    """Return a card in the shape of an answer."""
    return CardAnswer(last_digits=card.number[-4:], status=card.status, activated_at=card.activated_at)


def balance_answer(found: CardBalance, currency: str) -> CardBalanceAnswer:
    """Return what is on a card in the shape of an answer."""
    ends = found.ends_next
    return CardBalanceAnswer(
        last_digits=found.card.number[-4:],
        status="active" if found.transfer else found.card.status,
        activated_at=found.card.activated_at,
        available=found.available,
        currency=currency,
        transfer=encode("trf", found.transfer) if found.transfer else None,
        ends_next=None if ends is None or ends == FOREVER else instant(ends),
    )
