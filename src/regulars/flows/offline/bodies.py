"""What the routes of offline spending take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from regulars.flows.offline.spending import Accepted, Token, Use
from regulars.flows.offline.tokens import TOKEN_LETTERS_MAX
from regulars.infra.web import Instant, StrictModel
from regulars.kit.ids import encode
from regulars.kit.points import POINTS_MAX

Points = Annotated[int, Field(ge=1, le=POINTS_MAX, description="Smallest units")]


class TokenBody(StrictModel):
    """Points to be set aside for a token, and how long it is good."""

    points: Points
    life_s: Annotated[int, Field(ge=60, le=604_800)] = 86_400
    point_type: Annotated[str | None, Field(min_length=1, max_length=63)] = None


class TokenAnswer(BaseModel):
    """A token, to be shown as a QR code."""

    token: str
    hold: str
    points: int
    expires_at: datetime


class UseBody(StrictModel):
    """A use of a token at a till without network; `number` is the till's own for it."""

    token: Annotated[str, Field(min_length=1, max_length=TOKEN_LETTERS_MAX)]
    number: Annotated[str, Field(min_length=1, max_length=100)]
    points: Points
    used_at: Instant
    order_id: Annotated[str, Field(max_length=200)] = ""


class UsesBody(StrictModel):
    """What a till accepted while it had no network; reporting it twice is reporting it once."""

    till: Annotated[str, Field(min_length=1, max_length=100)]
    uses: Annotated[list[UseBody], Field(min_length=1, max_length=500)]


class UseAnswer(BaseModel):
    """How much of a use was accepted; `reason`: over (spent twice), late, settled, or the token's refusal."""

    number: str
    points: int
    accepted: int
    reason: str


class OverAnswer(BaseModel):
    """A use of which not all was accepted."""

    member: str
    hold: str
    till: str
    number: str
    points: int
    accepted: int
    reason: str
    order_id: str
    used_at: datetime
    reported_at: datetime


class KeysAnswer(BaseModel):
    """Public keys as a JSON Web Key Set."""

    keys: list[dict[str, Any]]


def token_answer(token: Token) -> TokenAnswer:
    """Return a token in the shape of an answer."""
    hold = encode("hld", token.hold_id)
    return TokenAnswer(token=token.token, hold=hold, points=token.points, expires_at=token.expires_at)


def use_of(till: str, body: UseBody) -> Use:
    """Return the use that a body states."""
    return Use(body.token, till, body.number, body.points, body.used_at, body.order_id)


def accepted_answer(accepted: Accepted) -> UseAnswer:
    """Return what became of a use in the shape of an answer."""
    return UseAnswer(
        number=accepted.number,
        points=accepted.points,
        accepted=accepted.accepted,
        reason=accepted.reason,
    )


def over_answer(row: tuple[Any, ...]) -> OverAnswer:
    """Return a row of what was spent twice in the shape of an answer."""
    member_id, hold_id, *rest = row
    names = ("till", "number", "points", "accepted", "reason", "order_id", "used_at", "reported_at")
    facts = dict(zip(names, rest, strict=True))
    return OverAnswer(member=encode("mem", member_id), hold=encode("hld", hold_id), **facts)
