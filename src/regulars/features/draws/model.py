"""Draws as values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from regulars.features.draws.errors import InvalidDraw
from regulars.features.draws.fair import Pool
from regulars.kit.errors import FieldError
from regulars.kit.points import POINTS_MAX

Kind: TypeAlias = Literal["draw", "instant"]
Status: TypeAlias = Literal["draft", "open", "closed", "revealed", "archived"]

# All prizes of a draw are rows; more of them are better given as points for everybody.
PRIZES_MAX = 100_000
PLACES_MAX = 100_000_000
TICKETS_MAX = 1_000_000


class Prize(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Prizes of one kind: each a voucher (its definition), points, or something that people hand over."""

    code: str
    name: str
    quantity: int
    voucher: str | None = None
    points: int | None = None
    point_type: str | None = None


class Draw(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A draw of tickets, or an instant win of so many `places` (plays).

    `ticket_points`: what a ticket or play costs in smallest units of `point_type`; None = tickets come from rules and
    people only. `per_member` bounds a member's tickets or plays. `once_per_member`: nobody wins twice.
    `public_value_says` names the public value that will be mixed in, before anybody knows it.
    """

    code: str
    name: str
    prizes: tuple[Prize, ...]
    kind: Kind = "draw"
    places: int = 0
    ticket_points: int | None = None
    point_type: str | None = None
    per_member: int | None = None
    once_per_member: bool = True
    public_value_says: str = ""

    @property
    def pools(self) -> list[Pool]:
        """The prizes as the algorithm sees them."""
        return [Pool(prize.code, prize.quantity) for prize in self.prizes]


class StoredDraw(msgspec.Struct, frozen=True):
    """A draw as it stands; the seed is known to nobody who may not see it before the end.

    `seed` = sealed, while the draw is open or closed; `revealed_seed` = for everybody to see, once it is revealed.
    """

    id: int
    program_id: int
    draw: Draw
    status: Status
    revision: int
    seed: bytes | None
    revealed_seed: bytes | None
    salt: bytes | None
    commitment: str | None
    entries_digest: str | None
    public_value: str
    plays: int
    opened_at: datetime | None
    closed_at: datetime | None
    revealed_at: datetime | None


class Won(msgspec.Struct, frozen=True):
    """A prize that somebody won: `number` tells it from others of its kind."""

    draw_id: int
    number: int
    prize: str
    place: int | None
    entry_id: int | None
    member_id: int | None
    delivered: str | None


class HeldPrize(msgspec.Struct, frozen=True):
    """A prize that an entry or a play won, and whether it has been given."""

    code: str
    name: str
    delivered: bool


class Held(msgspec.Struct, frozen=True):
    """Tickets or a play of a member. `number`: the entry's, as it is published, or the place that was played.

    `prizes` stay empty until the draw is revealed; a play tells at once. `cancelled_at`: what gave the tickets
    came back, and they left the draw.
    """

    draw_id: int
    draw: Draw
    status: Status
    played: bool
    number: int
    tickets: int
    at: datetime
    cancelled_at: datetime | None
    prizes: tuple[HeldPrize, ...]


def check_draw(draw: Draw) -> None:
    """Refuse what cannot be drawn. InvalidDraw says all of it."""
    errors = []
    total = sum(prize.quantity for prize in draw.prizes)
    if not draw.prizes or not 0 < total <= PRIZES_MAX or any(p.quantity < 1 for p in draw.prizes):
        errors.append(FieldError("prizes", "out_of_range", f"Name 1 to {PRIZES_MAX} prizes in all."))
    if len({prize.code for prize in draw.prizes}) < len(draw.prizes):
        errors.append(FieldError("prizes", "named_twice", "A prize is named twice."))
    for place, prize in enumerate(draw.prizes):
        if prize.voucher is not None and prize.points is not None:
            errors.append(FieldError(f"prizes[{place}]", "two_prizes", "Give a voucher or points."))
        if prize.points is not None and not 0 < prize.points <= POINTS_MAX:
            errors.append(FieldError(f"prizes[{place}].points", "out_of_range", "Write at least 1."))
        if "," in prize.code or "\n" in prize.code or not prize.code:
            errors.append(FieldError(f"prizes[{place}].code", "malformed", "Write a code without commas."))
    if draw.kind == "instant" and not total <= draw.places <= PLACES_MAX:
        errors.append(FieldError("places", "out_of_range", f"Write {total} to {PLACES_MAX} plays."))
    if draw.kind == "draw" and draw.places:
        errors.append(FieldError("places", "not_used", "Only an instant win has places."))
    if draw.ticket_points is not None and not 0 < draw.ticket_points <= POINTS_MAX:
        errors.append(FieldError("ticket_points", "out_of_range", "Write at least 1."))
    if draw.per_member is not None and not 0 < draw.per_member <= TICKETS_MAX:
        errors.append(FieldError("per_member", "out_of_range", f"Write 1 to {TICKETS_MAX}."))
    if errors:
        raise InvalidDraw(errors=errors)
