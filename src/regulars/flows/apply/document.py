"""A whole program as one document: what a person writes in YAML or TOML, and what `export` writes back.

A section that is there is the whole truth about its objects: what it does not name is archived. A section that
is left out is left alone. Field names are those of the API.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from regulars.features.tiers import ScheduledDocument, TierSetDocument
from regulars.kit.errors import FieldError, Invalid
from regulars.kit.shapes import shape_error


class ProgramDocumentInvalid(Invalid):
    """The program cannot be read as it is written; see errors."""


class ProgramPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The program itself. The code and the currency are fixed once made."""

    code: str
    name: str
    currency: str
    zone: str
    region: str
    settings: dict[str, Any] = {}


class PartnerPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A partner; `roles` are earn and burn."""

    code: str
    name: str
    roles: tuple[str, ...] = ("earn",)


class StorePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A store; `channel` is store, web, app, social, third_party or partner."""

    code: str
    name: str
    region: str = ""
    channel: str = "store"
    partner: str | None = None


class SourcePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A source of events; a new one gets a write key, which is shown once."""

    code: str
    name: str
    profile: str = "segment"
    client_side: bool = False
    enrol: bool = False
    store: str | None = None
    partner: str | None = None
    origins: tuple[str, ...] = ()
    rate_per_second: int = 1000


class PointTypePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A point type; kind, scale and partner are fixed once made."""

    code: str
    name: str
    kind: str = "redeemable"
    scale: int = 0
    partner: str | None = None
    policy: dict[str, Any] = {}


class ProductPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A product; `points` of a unit in points, `price` in major units ("2.80").

    In a file, `products: {file: products.csv}` names a CSV file beside it with these columns; others are
    attributes.
    """

    sku: str
    name: str = ""
    category: str = ""
    brand: str = ""
    points: Decimal | None = None
    price: Decimal | None = None
    earns: bool = True
    attributes: dict[str, Any] = {}


class MarketingListPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The name of a list of members. `members` are references (mem_…, kind:value or a value alone): exactly these are
    on it; left out, whoever is on it stays on it. In a file, `members: {file: guests.txt}` names a file, one a line.
    """

    code: str
    name: str
    description: str = ""
    members: tuple[str, ...] | None = None


class ActivityPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something to be done for a campaign; `assignee` is the e-mail address of a person. What is done stays done."""

    subject: str
    kind: Literal["call", "task"] = "task"
    details: str = ""
    assignee: str | None = None
    due_on: date | None = None
    done: bool = False


class CampaignPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A campaign as a record: amounts in major units ("2500.00"), `expected_response` in percent, days as dates.

    `owner` is the e-mail address of a person; `promotions` are such as rule:double-points. `actual_*` left out stays
    as it is, because a campaign that begins notes it by itself. `activities` left out stay as they are.
    """

    code: str
    name: str
    type: str = ""
    template: bool = False
    status: str = "draft"
    owner: str | None = None
    currency: str | None = None
    budget: Decimal | None = None
    estimated_revenue: Decimal | None = None
    expected_response: Decimal | None = None
    proposed_from: date | None = None
    proposed_to: date | None = None
    actual_from: date | None = None
    actual_to: date | None = None
    description: str = ""
    offer: str = ""
    promotions: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    activities: tuple[ActivityPart, ...] | None = None


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A program as code. Rules are rules of the rule language with a status (active unless it says draft or
    paused)."""

    program: ProgramPart | None = None
    partners: tuple[PartnerPart, ...] | None = None
    stores: tuple[StorePart, ...] | None = None
    sources: tuple[SourcePart, ...] | None = None
    point_types: tuple[PointTypePart, ...] | None = None
    tier_sets: tuple[TierSetDocument, ...] | None = None
    scheduled_tier_sets: tuple[ScheduledDocument, ...] | None = None
    member_attributes: dict[str, dict[str, Any]] | None = None
    collections: dict[str, list[Any]] | None = None
    tables: dict[str, dict[str, Any]] | None = None
    groups: dict[str, dict[str, Any]] | None = None
    campaigns: dict[str, dict[str, Any]] | None = None
    rules: tuple[dict[str, Any], ...] | None = None
    products: tuple[ProductPart, ...] | None = None
    vouchers: tuple[dict[str, Any], ...] | None = None
    draws: tuple[dict[str, Any], ...] | None = None
    rewards: tuple[dict[str, Any], ...] | None = None
    marketing_lists: tuple[MarketingListPart, ...] | None = None
    campaign_records: tuple[CampaignPart, ...] | None = None
    terms: dict[str, dict[str, Any]] | None = None
    funding: tuple[dict[str, Any], ...] | None = None
    dashboards: tuple[dict[str, Any], ...] | None = None
    accounting: dict[str, Any] | None = None
    approvals: dict[str, Any] | None = None
    publish: bool = False


# Every section of objects, in the order in which people read them.
SECTIONS: Final = tuple(name for name in Document.__struct_fields__ if name not in ("program", "publish"))


def decode_document(raw: Any) -> Document:
    """Return the document in decoded YAML, TOML or JSON. Raises ProgramDocumentInvalid with the path of what is
    wrong."""
    try:
        document = msgspec.convert(raw, Document, strict=True)
    except msgspec.ValidationError as mistake:
        raise ProgramDocumentInvalid(errors=[shape_error(mistake, Document)]) from mistake
    errors = [*_twice(document), *_uncoded(document)]
    if errors:
        raise ProgramDocumentInvalid(errors=errors)
    return document


def _twice(document: Document) -> list[FieldError]:
    errors = []
    for section in SECTIONS:
        items = getattr(document, section)
        if not isinstance(items, tuple):
            continue
        seen: set[Any] = set()
        for place, item in enumerate(items):
            code = code_of(item)
            if code in seen:
                errors.append(
                    FieldError(f"{section}[{place}]", "named_twice", f"{code!r} is already named above.")
                )
            seen.add(code)
    return errors


def _uncoded(document: Document) -> list[FieldError]:
    return [
        FieldError(f"{section}[{place}].code", "missing", f"Give the {section[:-1]} a code.")
        for section in ("rules", "rewards", "funding", "vouchers", "draws", "dashboards")
        for place, part in enumerate(getattr(document, section) or ())
        if not isinstance(part.get("code"), str) or not part["code"]
    ]


def code_of(item: Any) -> Any:
    """Return the code (or SKU) of an entry of a section."""
    if isinstance(item, dict):
        return item.get("code")
    return item.sku if isinstance(item, ProductPart) else item.code
