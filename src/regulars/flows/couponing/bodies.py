"""What the routes of members' vouchers and of the till take and give back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from regulars.features.vouchers import (
    Basket,
    BasketLine,
    Discount,
    Found,
    UseAnswer,
    VoucherAnswer,
    voucher_answer,
)
from regulars.flows.couponing.redeem import Checked
from regulars.infra.web import StrictModel
from regulars.kit.errors import Rejected
from regulars.kit.money import MINOR_MAX

Money = Annotated[int, Field(ge=0, le=MINOR_MAX, description="Minor units")]
CodeText = Annotated[str, Field(min_length=1, max_length=128)]
Codes = Annotated[list[CodeText], Field(min_length=1, max_length=50)]
MemberRef = Annotated[
    str | None,
    Field(min_length=1, max_length=400, description="mem_… or kind:value; null = somebody unknown"),
]
OrderId = Annotated[str, Field(min_length=1, max_length=200)]


class LineBody(StrictModel):
    """A line of the basket: what the whole line costs."""

    sku: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Money
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    category: Annotated[str, Field(max_length=500)] = ""


class BasketBody(StrictModel):
    """What is bought, and what bringing it costs."""

    lines: Annotated[list[LineBody], Field(max_length=1_000)]
    shipping: Money = 0


class IssueBody(StrictModel):
    """A voucher for a member; the same cause gives the same code again."""

    definition: Annotated[str, Field(min_length=1, max_length=63)]
    cause: Annotated[str, Field(min_length=1, max_length=200, description="Why, such as a case's number")]


class CheckBody(StrictModel):
    """Codes to be looked at for a member and a basket."""

    codes: Codes
    member: MemberRef = None
    basket: BasketBody | None = None


class RedeemBody(CheckBody):
    """Codes to be used with an order: all of them or none."""

    order_id: OrderId


class ReturnBody(StrictModel):
    """Uses of an order to be given back: all, or those of some codes."""

    order_id: OrderId
    codes: Annotated[list[CodeText] | None, Field(max_length=50)] = None


class VoidBody(StrictModel):
    """Codes to be taken back for good."""

    codes: Annotated[list[CodeText], Field(min_length=1, max_length=1_000)]


class AudienceBody(StrictModel):
    """Members to be put on a list, or taken off it."""

    members: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=400)]], Field(min_length=1, max_length=1_000)
    ]


class AudienceAnswer(BaseModel):
    """How many members are on the list now."""

    audience: str
    members: int


class RefusalAnswer(BaseModel):
    """Why not: a code, a sentence, and facts such as when."""

    code: str
    message: str
    facts: dict[str, Any]


class CodeAnswer(BaseModel):
    """What a code is, and why it cannot be used now."""

    code: str
    usable: bool
    voucher: VoucherAnswer | None
    refusal: RefusalAnswer | None


class DiscountAnswer(BaseModel):
    """What a voucher takes off: in all, by line (its place), of the shipping; `add_item` is to be put in free."""

    code: str
    definition: str
    amount: int
    lines: dict[int, int]
    shipping: int
    add_item: str | None


class CheckAnswer(BaseModel):
    """Each code, what is taken off in the order of use, and why they do not go together."""

    codes: list[CodeAnswer]
    discounts: list[DiscountAnswer]
    amount: int
    refusal: RefusalAnswer | None


class CodesAnswer(BaseModel):
    """The codes it was done to."""

    codes: list[str]


class IssuedAnswer(BaseModel):
    """The code a member was given."""

    code: str


class HistoryAnswer(BaseModel):
    """A code with every use of it, oldest first."""

    voucher: VoucherAnswer
    uses: list[UseAnswer]


def basket_of(body: BasketBody | None) -> Basket | None:
    """Return the basket that a body states."""
    if body is None:
        return None
    lines = tuple(BasketLine(line.sku, line.amount, line.quantity, line.category) for line in body.lines)
    return Basket(lines, body.shipping)


def check_answer(checked: Checked) -> CheckAnswer:
    """Return what was found in the shape of an answer."""
    return CheckAnswer(
        codes=[_code(one) for one in checked.found],
        discounts=[_discount(one) for one in checked.discounts],
        amount=sum(one.amount for one in checked.discounts),
        refusal=_refusal(checked.refusal),
    )


def _code(found: Found) -> CodeAnswer:
    shown = None if found.voucher is None else voucher_answer(found.voucher)
    foreign = found.refusal is not None and found.refusal.code == "voucher_not_yours"
    return CodeAnswer(
        code=found.code,
        usable=found.refusal is None,
        voucher=None if foreign else shown,
        refusal=_refusal(found.refusal),
    )


def _discount(discount: Discount) -> DiscountAnswer:
    return DiscountAnswer(
        code=discount.code,
        definition=discount.definition,
        amount=discount.amount,
        lines=discount.lines,
        shipping=discount.shipping,
        add_item=discount.add_item,
    )


def _refusal(refusal: Rejected | None) -> RefusalAnswer | None:
    if refusal is None:
        return None
    return RefusalAnswer(code=refusal.code, message=refusal.message, facts=refusal.facts)
