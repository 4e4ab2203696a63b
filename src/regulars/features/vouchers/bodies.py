"""What the routes of vouchers take and give back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from regulars.features.vouchers.batches import Batch
from regulars.features.vouchers.model import Definition, StoredDefinition, Voucher, Worth, checkout_of
from regulars.features.vouchers.patterns import CODE_LETTERS_MAX
from regulars.features.vouchers.store import Counts, PastUse
from regulars.infra.web import Instant, StrictModel
from regulars.kit.ids import encode
from regulars.kit.money import MINOR_MAX

Money = Annotated[int, Field(ge=0, le=MINOR_MAX, description="Minor units")]
Uses = Annotated[int, Field(ge=1, le=1_000_000_000)]
PIECE_CODES_MAX = 5_000
Percentage = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$", examples=["12.5"])]


class WorthBody(StrictModel):
    """What a voucher takes off: an amount, a percentage, one unit of an item, or what shipping costs."""

    kind: Literal["amount", "percentage", "free_item", "free_shipping"]
    amount: Money | None = None
    percentage: Percentage | None = None
    on: Literal["order", "line", "category", "product"] = "order"
    categories: Annotated[list[str], Field(default_factory=list, max_length=20_000)]
    products: Annotated[list[str], Field(default_factory=list, max_length=20_000)]
    item: Annotated[str | None, Field(max_length=200, description="SKU of the free item")] = None
    at_most: Money | None = None


class DefinitionBody(StrictModel):
    """Vouchers of one kind: what they are worth, who may use them, when, how often, beside which others."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    worth: WorthBody
    minimum: Money = 0
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    valid_days: Annotated[
        int | None, Field(ge=0, le=36_500, description="Whole local days behind the day of issue")
    ] = None
    uses: Annotated[Uses | None, Field(description="Of one code; null = no bound")] = 1
    per_member: Uses | None = None
    uses_total: Uses | None = None
    stacking: Literal["stackable", "exclusive"] = "exclusive"
    group: Annotated[str, Field(max_length=63)] = ""
    priority: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    pattern: Annotated[str | None, Field(max_length=CODE_LETTERS_MAX, examples=["SUMMER-####-####"])] = None
    codes_max: Uses = 1_000_000
    audience: Annotated[str | None, Field(min_length=1, max_length=63)] = None


class DefinitionAnswer(BaseModel):
    """Vouchers of one kind."""

    code: str
    name: str
    worth: dict[str, Any]
    minimum: int
    valid_from: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    uses: int | None
    per_member: int | None
    uses_total: int | None
    stacking: str
    group: str
    priority: int
    pattern: str | None
    codes_max: int
    audience: str | None
    archived_at: datetime | None


class CountsAnswer(BaseModel):
    """How the codes of a kind stand."""

    stock: int
    issued: int
    void: int
    uses: int
    reserved: int


class CodeBody(StrictModel):
    """A code of your own choice, such as SUMMER10."""

    code: Annotated[str, Field(min_length=3, max_length=CODE_LETTERS_MAX, pattern=r"^[!-~]+$")]
    uses: Annotated[Uses | None, Field(description="Null = no bound")] = None


class PieceBody(StrictModel):
    """A piece of a list of codes, which is sent in pieces one after the other: from a file, say.

    `name` is one of your own for the whole list, `at` how many of its codes came in pieces before, `last` ends it.
    `bearer`: valid at once for whoever holds them; otherwise they wait to be handed out.
    """

    name: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    at: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    codes: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=PIECE_CODES_MAX)]
    last: bool = False
    bearer: bool = False
    uses: Annotated[Uses | None, Field(description="Of one code; null = no bound")] = 1


class RefusedAnswer(BaseModel):
    """A code that was not taken: its place in the whole list (from 1), and why."""

    at: int
    code: str
    reason: str


class GenerateBody(StrictModel):
    """Codes to be made in the background; `bearer`: valid at once for whoever holds them (printed ones)."""

    count: Annotated[int, Field(ge=1, le=10_000_000)]
    bearer: bool = False


class BatchAnswer(BaseModel):
    """How far a batch of codes is."""

    batch: int
    origin: str
    bearer: bool
    wanted: int | None
    done: int
    refused: int
    created_at: datetime
    finished_at: datetime | None


class PieceAnswer(BatchAnswer):
    """How far the list is, and what was refused of this piece."""

    refused_here: list[RefusedAnswer]


class VoucherAnswer(BaseModel):
    """A code as it stands."""

    code: str
    definition: str
    name: str
    status: str
    member: str | None
    uses: int
    uses_max: int | None
    reserved: int
    issued_at: datetime | None
    ends_at: datetime | None
    last_used_at: datetime | None


class UseAnswer(BaseModel):
    """A use of a code: by an order of its own, or within a checkout, which knows the order that it became."""

    member: str | None
    status: str
    order_id: str | None
    checkout: str | None
    reserved_at: datetime
    until: datetime
    used_at: datetime | None
    ended_at: datetime | None


def definition_of(code: str, body: DefinitionBody) -> Definition:
    """Return the definition that a body states."""
    fields = body.model_dump()
    worth = fields.pop("worth")
    percentage = worth["percentage"]
    worth |= {
        "percentage": None if percentage is None else Decimal(percentage),
        "categories": tuple(worth["categories"]),
        "products": tuple(worth["products"]),
    }
    return Definition(code=code, worth=Worth(**worth), **fields)


def definition_answer(stored: StoredDefinition) -> DefinitionAnswer:
    """Return a definition in the shape of an answer."""
    fields = {**msgspec.structs.asdict(stored.definition), "archived_at": stored.archived_at}
    worth = msgspec.to_builtins(stored.definition.worth)
    return DefinitionAnswer.model_validate({**fields, "worth": worth})


def counts_answer(counts: Counts) -> CountsAnswer:
    """Return counts in the shape of an answer."""
    return CountsAnswer(**msgspec.structs.asdict(counts))


def batch_answer(batch: Batch) -> BatchAnswer:
    """Return a batch in the shape of an answer."""
    names = ("origin", "bearer", "wanted", "done", "refused", "created_at", "finished_at")
    return BatchAnswer(batch=batch.id, **{name: getattr(batch, name) for name in names})


def voucher_answer(voucher: Voucher) -> VoucherAnswer:
    """Return a voucher in the shape of an answer."""
    return VoucherAnswer(
        code=voucher.code,
        definition=voucher.definition.code,
        name=voucher.definition.name,
        status=voucher.status,
        member=_member(voucher.member_id),
        uses=voucher.uses,
        uses_max=voucher.uses_max,
        reserved=voucher.reserved,
        issued_at=voucher.issued_at,
        ends_at=voucher.ends_at,
        last_used_at=voucher.last_used_at,
    )


def use_answer(use: PastUse) -> UseAnswer:
    """Return a use in the shape of an answer."""
    checkout = checkout_of(use.reservation)
    return UseAnswer(
        member=_member(use.member_id),
        status=use.status,
        order_id=None if checkout else use.order_id,
        checkout=checkout,
        reserved_at=use.reserved_at,
        until=use.until,
        used_at=use.used_at,
        ended_at=use.ended_at,
    )


def _member(member_id: int | None) -> str | None:
    return None if member_id is None else encode("mem", member_id)
