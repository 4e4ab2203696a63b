"""One member's points explained line by line: what happened, what each rule gave, what was taken back, and
the balance."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from regulars.app.demo.queries import queries
from regulars.core.ledger import TransferKind
from regulars.features.programs import ProgramConfig
from regulars.features.rulesets import version_of
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.money import major

# What a movement does to "available − owed". A debt repaid moves both.
_SIGN = {
    TransferKind.EARN: 1,
    TransferKind.REVERSE: -1,
    TransferKind.EXPIRE: -1,
    TransferKind.SPEND: -1,
    TransferKind.SPEND_CANCELLED: 1,
    TransferKind.DEBT: -1,
    TransferKind.DEBT_REPAID: 0,
}
_WORDS = {
    TransferKind.REVERSE: "taken back",
    TransferKind.EXPIRE: "expired",
    TransferKind.SPEND: "spent",
    TransferKind.SPEND_CANCELLED: "came back",
    TransferKind.DEBT: "owed",
    TransferKind.DEBT_REPAID: "debt repaid",
}


class StoryLine(msgspec.Struct, frozen=True):
    """One thing that happened: when (local day), what, the parts that moved points, and both balances after
    it."""

    on: str
    what: str
    parts: list[str]
    points: int
    net: int


class MemberStory(msgspec.Struct, frozen=True):
    """A member, why she was chosen, and her lines."""

    why: str
    member: str
    name: str
    country: str
    tier: str
    lines: list[StoryLine]


class Moved(msgspec.Struct, frozen=True):
    """A row of the query: one movement and the event it came from."""

    occurred_at: datetime
    kind: int
    point_type: str
    amount: int
    detail: str | None
    version: int | None
    event_id: int | None
    event: str | None
    order_id: str | None
    order_amount: int | None
    reward: str | None


async def story_of(
    tx: Transaction, config: ProgramConfig, why: str, member_id: int, tier_set: str
) -> MemberStory:
    """Return the story of a member."""
    name, country, tier = await tx.one(queries.select_name, member_id=member_id, tier_set=tier_set)
    moved = await tx.all(queries.select_movements, row=Moved, member_id=member_id)
    rules: dict[int, list[str]] = {}
    for number in {one.version for one in moved if one.version}:
        rules[number] = [rule["code"] for rule in (await version_of(tx, config.id, number)).document["rules"]]
    return MemberStory(
        why, ids.encode("mem", member_id), name, country or "", tier or "", _lines(config, moved, rules)
    )


def _lines(config: ProgramConfig, moved: list[Moved], rules: dict[int, list[str]]) -> list[StoryLine]:
    zone = ZoneInfo(config.zone)
    balances = {"points": 0, "net": 0}
    lines: list[StoryLine] = []
    last: tuple[int | None, datetime] | None = None
    for one in moved:
        kind = TransferKind(one.kind)
        balances[one.point_type] = balances.get(one.point_type, 0) + _SIGN.get(kind, 0) * one.amount
        part = (
            f"{_words(kind, one, rules)} {one.point_type}"
            if one.point_type != "points"
            else _words(kind, one, rules)
        )
        same = last == (one.event_id, one.occurred_at)
        parts = [*lines.pop().parts, part] if same else [part]
        day = one.occurred_at.astimezone(zone).strftime("%d %b %Y")
        lines.append(StoryLine(day, _what(one), parts, balances["points"], balances["net"]))
        last = (one.event_id, one.occurred_at)
    return lines


def _what(one: Moved) -> str:
    if one.reward is not None:
        return f"reward {one.reward}" + (" given back" if one.kind == TransferKind.SPEND_CANCELLED else "")
    if one.event is None:
        return "a year is over" if one.kind == TransferKind.EXPIRE else "by the platform"
    if one.order_id is None:
        return "joined" if one.event == "Identify" else one.event
    if one.event == "Order Completed":
        return f"order {one.order_id}, {pounds(one.order_amount or 0)}"
    return f"return to order {one.order_id}"


def pounds(pence: int) -> str:
    """Return an amount as people write it: £1,234.50."""
    return f"£{major(pence, 2):,.2f}"


def _words(kind: TransferKind, one: Moved, rules: dict[int, list[str]]) -> str:
    if kind is not TransferKind.EARN:
        sign = "" if kind is TransferKind.DEBT_REPAID else "+" if _SIGN.get(kind) == 1 else "-"
        return f"{_WORDS.get(kind, kind.name.lower())} {sign}{one.amount:,}"
    detail: dict[str, Any] = msgspec.json.decode(one.detail) if one.detail else {}
    if "tier" in detail:
        return f"entered {detail['tier']} +{one.amount:,}"
    codes = rules.get(one.version or 0, [])
    return ", ".join(f"{codes[place]} +{points:,}" for place, points in detail.get("rules", []))
