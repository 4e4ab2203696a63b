"""What the routes of draws take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from regulars.features.draws import Draw, Held, Prize, StoredDraw, Won
from regulars.infra.web import StrictModel
from regulars.kit.ids import encode
from regulars.kit.points import POINTS_MAX

Points = Annotated[int, Field(ge=1, le=POINTS_MAX, description="Smallest units")]
Word = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z0-9_-]+$")]


class PrizeBody(StrictModel):
    """Prizes of one kind: a voucher, points, or (neither) something that people hand over."""

    code: Word
    name: Annotated[str, Field(min_length=1, max_length=200)]
    quantity: Annotated[int, Field(ge=1, le=100_000)]
    voucher: Word | None = None
    points: Points | None = None
    point_type: Word | None = None


class DrawBody(StrictModel):
    """A draw of tickets, or an instant win of so many places."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    prizes: Annotated[list[PrizeBody], Field(min_length=1, max_length=1_000)]
    kind: Literal["draw", "instant"] = "draw"
    places: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    ticket_points: Points | None = None
    point_type: Word | None = None
    per_member: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    once_per_member: bool = True
    public_value_says: Annotated[str, Field(max_length=500)] = ""


class DrawAnswer(DrawBody):
    """A draw as it stands; the seed is shown when it is revealed."""

    code: str
    status: str
    commitment: str | None
    entries_digest: str | None
    public_value: str
    seed: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    revealed_at: datetime | None


class DrawCloseBody(StrictModel):
    """The public value that was announced, now that everybody knows it."""

    public_value: Annotated[str, Field(max_length=500)] = ""


class TicketsBody(StrictModel):
    """Tickets for a member; they cost points when the draw says so."""

    tickets: Annotated[int, Field(ge=1, le=10_000)] = 1


class PlayBody(StrictModel):
    """An empty object: a play has nothing to say."""


class EntryAnswer(BaseModel):
    """The entry that holds the tickets; `entry` is how it is published."""

    draw: str
    entry: int
    tickets: int


class PlayAnswer(BaseModel):
    """The place that was played, and the prize that lay there."""

    draw: str
    place: int
    prize: str | None
    name: str | None


class PrizeAnswer(BaseModel):
    """One prize of a draw that was revealed, and whose it is: what is handed over by hand needs a name."""

    number: int
    prize: str
    place: int | None
    entry: int | None
    member: str | None
    delivered: bool


class TicketPrizeAnswer(BaseModel):
    """A prize that was won, and whether it has been given."""

    prize: str
    name: str
    delivered: bool


class MemberTicketsAnswer(BaseModel):
    """Tickets of a member in a draw, or a play of hers.

    `status` = how the draw stands; `prizes` stay empty until it is revealed, while a play tells at once.
    """

    draw: str
    name: str
    status: str
    kind: Literal["tickets", "play"]
    entry: Annotated[int | None, Field(description="How the tickets are published")]
    place: Annotated[int | None, Field(description="The place that was played")]
    tickets: int
    at: datetime
    taken_back_at: Annotated[
        datetime | None, Field(description="What gave the tickets came back, and they left the draw")
    ]
    prizes: list[TicketPrizeAnswer]


def draw_of(code: str, body: DrawBody) -> Draw:
    """Return the draw that a body states."""
    fields = body.model_dump()
    prizes = tuple(Prize(**prize) for prize in fields.pop("prizes"))
    return Draw(code=code, prizes=prizes, **fields)


def draw_answer(stored: StoredDraw) -> DrawAnswer:
    """Return a draw in the shape of an answer."""
    draw = stored.draw
    return DrawAnswer(
        code=draw.code,
        name=draw.name,
        prizes=[
            PrizeBody(**{name: getattr(p, name) for name in PrizeBody.model_fields}) for p in draw.prizes
        ],
        kind=draw.kind,
        places=draw.places,
        ticket_points=draw.ticket_points,
        point_type=draw.point_type,
        per_member=draw.per_member,
        once_per_member=draw.once_per_member,
        public_value_says=draw.public_value_says,
        status=stored.status,
        commitment=stored.commitment,
        entries_digest=stored.entries_digest,
        public_value=stored.public_value,
        seed=None if stored.revealed_seed is None else stored.revealed_seed.hex(),
        opened_at=stored.opened_at,
        closed_at=stored.closed_at,
        revealed_at=stored.revealed_at,
    )


def prize_answer(won: Won) -> PrizeAnswer:
    """Return a prize in the shape of an answer."""
    return PrizeAnswer(
        number=won.number,
        prize=won.prize,
        place=won.place,
        entry=won.entry_id,
        member=None if won.member_id is None else encode("mem", won.member_id),
        delivered=won.delivered is not None,
    )


def held_answer(held: Held) -> MemberTicketsAnswer:
    """Return tickets or a play in the shape of an answer."""
    return MemberTicketsAnswer(
        draw=held.draw.code,
        name=held.draw.name,
        status=held.status,
        kind="play" if held.played else "tickets",
        entry=None if held.played else held.number,
        place=held.number if held.played else None,
        tickets=held.tickets,
        at=held.at,
        taken_back_at=held.cancelled_at,
        prizes=[
            TicketPrizeAnswer(prize=one.code, name=one.name, delivered=one.delivered) for one in held.prizes
        ],
    )
