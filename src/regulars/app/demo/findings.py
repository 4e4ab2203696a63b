"""What a program manager wants to see after the load, read from the database; nothing here knows what was sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from regulars.app.demo.liability import LiabilityRow, find_liability
from regulars.app.demo.members import MemberStory, story_of
from regulars.app.demo.program import Prepared
from regulars.app.demo.queries import queries
from regulars.app.demo.year import Totals
from regulars.features.programs import ProgramConfig, load_config
from regulars.features.rulesets import version_of
from regulars.flows.books import TrialBalance, Verification, trial_balance, verify
from regulars.infra.db import Transaction

TIER_SET = "club"
TIERS = ("platinum", "gold", "silver", "bronze")
CAMPAIGN = "advent"
RETURNERS_TAG = "came-back"


class TierRow(msgspec.Struct, frozen=True):
    """One tier: its members, the points they hold, the net points that brought them there."""

    tier: str
    members: int
    points: int
    net: int


class PointsRow(msgspec.Struct, frozen=True):
    """One point type: `given − taken_back − expired − redeemed = outstanding − owed`."""

    point_type: str
    given: int
    taken_back: int
    expired: int
    redeemed: int
    outstanding: int
    owed: int

    @property
    def adds_up(self) -> bool:
        """Whether what was given is accounted for."""
        left = self.given - self.taken_back - self.expired - self.redeemed
        return left == self.outstanding - self.owed


class RuleRow(msgspec.Struct, frozen=True):
    """One rule: how often it gave points, how many, and how many of them returns left."""

    rule: str
    name: str
    point_type: str
    times: int
    given: int
    kept: int


class Findings(msgspec.Struct, frozen=True):
    """All of it."""

    tiers: list[TierRow]
    points: list[PointsRow]
    rules: list[RuleRow]
    entries: list[RuleRow]
    points_due: int
    members: list[MemberStory]
    trial_balance: list[TrialBalance]
    verified: Verification
    loaded: Totals
    campaign_points: int
    liability: list[LiabilityRow] = []

    @property
    def sound(self) -> bool:
        """Whether the books are right."""
        return (
            self.verified.healthy
            and all(row.adds_up for row in self.points)
            and not any(balance.total for balance in self.trial_balance)
        )


async def find(
    tx: Transaction, prepared: Prepared, now: datetime, progress: Callable[[str], None]
) -> Findings:
    """Return the findings as of this transaction, which should be a snapshot; `now` is the shop's."""
    config = await load_config(tx, prepared.program_id)
    return Findings(
        tiers=await _tiers(tx, config),
        points=await tx.all(queries.select_points_by_type, row=PointsRow, program_id=config.id),
        rules=await _rules(tx, config),
        entries=[
            RuleRow("(tier)", f"Entering {tier.title()}", code, times, given, kept)
            for code, tier, times, given, kept in await tx.all(
                queries.select_entry_awards, program_id=config.id
            )
        ],
        points_due=await tx.value(queries.count_points_due, program_id=config.id, now=now),
        members=await _stories(tx, config),
        trial_balance=await trial_balance(tx, config, now),
        verified=await verify(tx, config.id, progress=progress),
        loaded=await tx.one(
            queries.count_loaded, row=Totals, program_id=config.id, source_id=prepared.source_id
        ),
        campaign_points=await tx.value(
            queries.sum_budget, program_id=config.id, owner=f"campaign:{CAMPAIGN}"
        ),
        liability=await find_liability(tx, config, now),
    )


async def _tiers(tx: Transaction, config: ProgramConfig) -> list[TierRow]:
    rows = await tx.all(
        queries.select_members_by_tier,
        row=TierRow,
        program_id=config.id,
        tier_set=TIER_SET,
        points_slot=config.point_types["points"].slot,
        net_slot=config.point_types["net"].slot,
    )
    return sorted(rows, key=lambda row: TIERS.index(row.tier))


async def _rules(tx: Transaction, config: ProgramConfig) -> list[RuleRow]:
    rows = await tx.all(queries.select_points_by_rule, program_id=config.id)
    found: dict[tuple[str, str], list[Any]] = {}
    for number in sorted({row[0] for row in rows}):
        written = (await version_of(tx, config.id, number)).document["rules"]
        for _, place, point_type, times, given, kept in (row for row in rows if row[0] == number):
            rule = written[place]
            total = found.setdefault((rule["code"], point_type), [rule.get("name", ""), 0, 0, 0])
            total[1:] = [total[1] + times, total[2] + given, total[3] + kept]
    table = [RuleRow(code, name, kind, *sums) for (code, kind), (name, *sums) in found.items()]
    return sorted(table, key=lambda row: -row.kept)


async def _stories(tx: Transaction, config: ProgramConfig) -> list[MemberStory]:
    chosen = (
        ("returned something", await tx.value(queries.select_refunder, program_id=config.id)),
        ("climbed", await tx.value(queries.select_climber, program_id=config.id, tier_set=TIER_SET)),
        ("came back", await tx.value(queries.select_returner, program_id=config.id, tag=RETURNERS_TAG)),
    )
    return [
        await story_of(tx, config, why, member_id, TIER_SET)
        for why, member_id in chosen
        if member_id is not None
    ]
