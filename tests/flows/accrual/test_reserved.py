"""What the platform itself says of a member can be said by nobody else: rules believe it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows.accrual.setting import CORNER, Shop, open_shop, points

from regulars.core.events import (
    KNOWN_NAMES,
    LIMITS_BY_PROFILE,
    PLATFORM_NAMES,
    Decoded,
    Event,
    Rejection,
    canonical_name,
    decode_cloudevent,
    decode_csv,
    decode_message,
    decode_plain,
)
from regulars.core.rules import triggers
from regulars.flows import redemption
from regulars.flows.accrual import adjusted, decide, merged, rate_within, standing, system_item
from regulars.flows.merging import review
from regulars.flows.points import review as by_hand
from regulars.flows.upkeep import events as of_time
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM = (
    CORNER
    + """
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: points}
    tiers: [{code: bronze, name: Bronze, threshold: 0}, {code: silver, name: Silver, threshold: 100000}]
rules:
  - {code: rich, trigger: {wallet_changed: {point_type: points, reaches: 100}}, then: [{award: {point_type: points, points: 1000}}]}
  - {code: risen, trigger: {tier_changed: {set: club, direction: up}}, then: [{award: {point_type: points, points: 1000}}]}
  - {code: joined, trigger: {member: joined}, then: [{award: {point_type: points, points: 3}}]}
  - {code: born, trigger: {birthday: {}}, then: [{award: {point_type: points, points: 7}}]}
  - {code: mug, trigger: {redemption: {}}, then: [{award: {point_type: points, points: 1000}}]}
  - {code: custom, trigger: {event: Coffee Tasted}, then: [{award: {point_type: points, points: 2}}]}
publish: true
"""  # noqa: E501 - a rule is read on one line
)

FORGED = [
    ("Wallet Changed", {"point_type": "points", "before": 0, "after": 100_000}),
    ("Tier Changed", {"set": "club", "from": "bronze", "to": "silver", "direction": "up"}),
    ("Member Joined", {}),
    (" Birthday ", {"days_before": 0}),
    ("Reward Redeemed", {"reward": "mug"}),
]


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path, PROGRAM)


def told(shop: Shop, form: str, name: str, properties: dict[str, Any]) -> Decoded:
    """Return what the intake makes of an event from outside in one of its forms."""
    origin, now = shop.till.origin, shop.clock.now()
    if form == "plain":
        return decode_plain(
            {"type": name, "member": {"user_id": "anna"}, "properties": properties}, origin, now
        )
    if form == "cloudevent":
        cloud = {"specversion": "1.0", "id": "1", "source": "/x", "type": name, "subject": "anna"}
        return decode_cloudevent(cloud | {"data": {"properties": properties}}, origin, now)
    if form == "csv":
        named = "".join(f",property.{key}" for key in properties)
        values = "".join(f",{value}" for value in properties.values())
        return next(iter(decode_csv([f"type,user_id{named}\n", f"{name},anna{values}\n"], origin, now)))
    track = {"type": "track", "event": name, "userId": "anna", "properties": properties}
    return decode_message(msgspec.json.encode(track), None, origin, now, LIMITS_BY_PROFILE["segment"])


@pytest.mark.parametrize("form", ["plain", "cloudevent", "csv", "segment"])
@pytest.mark.parametrize(("name", "properties"), FORGED)
async def test_nobody_awards_herself_points_in_the_name_of_the_platform(
    shop: Shop, form: str, name: str, properties: dict[str, Any]
) -> None:
    await shop.send(shop.event("Coffee Tasted"))
    decoded = told(shop, form, name, properties)
    if isinstance(decoded, Event):
        assert points(await shop.send(decoded)) == {}, "rules believed it"
    assert isinstance(decoded, Rejection)
    assert (decoded.code, name.strip() in decoded.message) == ("reserved_name", True)
    assert decoded.path == ("event" if form == "segment" else "type")


async def test_the_platform_and_custom_events_are_heard(shop: Shop) -> None:
    first = await shop.send(shop.event("Coffee Tasted"))
    assert points(first) == {"points": 2}
    assert [cause.type for cause in first.answers[0].caused][:1] == ["Member Joined"]
    member = first.answers[0].member_id
    assert member is not None
    birthday = system_item(member, "Birthday", "birthday:1", shop.now, {"days_before": 0})
    async with shop.db.transaction() as tx:
        assert points(await rate_within(tx, shop.rulebooks, shop.program_id, birthday, shop.now)) == {
            "points": 7
        }


def test_every_name_that_the_platform_says_is_reserved() -> None:
    said = {value for name, value in vars(triggers).items() if name.isupper() and isinstance(value, str)}
    said -= {triggers.PURCHASE}
    said |= {redemption.REWARD_REDEEMED, redemption.REWARD_CANCELLED, decide.MEMBER_JOINED}
    said |= {decide.WALLET_CHANGED, standing.TIER_CHANGED, adjusted.POINTS_ADJUSTED, by_hand.POINTS_ADJUSTED}
    said |= {merged.MEMBERS_MERGED, merged.MERGE_UNDONE, review.MEMBERS_MERGED, review.MERGE_UNDONE}
    said |= {of_time.BIRTHDAY, of_time.ANNIVERSARY, of_time.INACTIVE, of_time.SCHEDULE, of_time.TIER_REVIEWED}
    assert said == PLATFORM_NAMES
    assert not PLATFORM_NAMES & set(KNOWN_NAMES)
    assert {canonical_name(name) for name in PLATFORM_NAMES} == PLATFORM_NAMES
