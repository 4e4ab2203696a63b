"""The shop's campaigns: one that is over, one under way, others planned, with their rules, rewards, lists and tasks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from regulars.app.demo.program import Prepared
from regulars.app.demo.queries import queries
from regulars.features.campaigns import (
    Campaign,
    Promotion,
    Status,
    Task,
    add_activity,
    bring_campaign,
    complete_activity,
    put_campaign,
    put_list,
    select_campaigns,
    write_note,
)
from regulars.features.members import relist
from regulars.features.programs import ProgramConfig, load_config
from regulars.features.staff import demo_person
from regulars.flows.campaigning import load_known
from regulars.infra.db import Database, Transaction
from regulars.kit.zones import local_date, zone

BEST, QUIET = "best-customers", "quiet-since-autumn"
# A mailing that one afternoon of packing can send.
BEST_MAX, QUIET_MAX, QUIET_DAYS = 150, 400, 60

CAMPAIGNS: Final = (
    Campaign(
        "advent", "Advent starts in November", "GBP", "Season",
        budget=400_000, estimated_revenue=9_500_000, expected_response=Decimal("14.00"),
        proposed_from=date(2011, 11, 1), proposed_to=date(2011, 11, 30),
        description="Two brands pay for points in the month before Christmas, so that presents are bought early.",
        offer="Buy your cards and wrapping in November: extra points, paid by Paper Chase and Winter Goods.",
        promotions=(Promotion("reward", "jumbo-bag"),), lists=(BEST,),
    ),
    Campaign(
        "christmas-post", "Christmas post", "GBP", "Season",
        budget=250_000, estimated_revenue=6_000_000, expected_response=Decimal("9.50"),
        proposed_from=date(2011, 12, 1), proposed_to=date(2011, 12, 24),
        offer="Double points at the four weekends of Advent. Orders until the 21st arrive before Christmas.",
        promotions=(Promotion("rule", "weekend"), Promotion("reward", "cake-stand")), lists=(BEST,),
    ),
    Campaign(
        "quiet-january", "Wake up in January", "GBP", "Win back",
        budget=120_000, estimated_revenue=1_800_000, expected_response=Decimal("4.00"),
        proposed_from=date(2012, 1, 9), proposed_to=date(2012, 1, 31),
        offer="We have not seen you for a while: your first order of the year brings points to welcome you back.",
        promotions=(Promotion("rule", "come-back"), Promotion("reward", "pounds-off")), lists=(QUIET,),
    ),
    Campaign(
        "valentine", "Hearts in February", "GBP", "Season",
        budget=90_000, expected_response=Decimal("6.00"),
        proposed_from=date(2012, 2, 1), proposed_to=date(2012, 2, 14),
        offer="Everything with a heart on it.", promotions=(Promotion("rule", "retrospot"),),
    ),
    Campaign(
        "season-template", "A season, as we do it", "GBP", "Season", template=True,
        expected_response=Decimal("8.00"), proposed_from=date(2012, 1, 1), proposed_to=date(2012, 1, 31),
        description="Copy it for every season: the same calls and tasks, the days move along.",
        lists=(BEST,),
    ),
)  # fmt: skip
# How far those are that have not begun.
PLANNED: Final[dict[str, Status]] = {"quiet-january": "approved", "valentine": "draft"}
# What has to be done for each, so many days before it begins.
TASKS: Final = (
    ("call", "Ring the printer about the leaflet", 21),
    ("task", "Photograph the presents", 14),
    ("task", "Have the text of the letter read", 7),
    ("call", "Ask the warehouse for packers", 3),
)


async def plan(db: Database, prepared: Prepared, now: datetime) -> None:
    """Write the shop's campaigns down, unless they are there; what has begun by now is under way, or over."""
    async with db.transaction() as tx:
        config = await load_config(tx, prepared.program_id)
        if await select_campaigns(tx, config.id, limit=1):
            return
        person = await demo_person(tx, now)
        await _lists(tx, config, now)
        known = await load_known(tx, config)
        desk = _Desk(tx, config, now, f"staff:{person.id}", frozenset({person.id}))
        for campaign in CAMPAIGNS:
            named = msgspec.structs.replace(campaign, owner=person.id)
            await put_campaign(tx, config.id, desk.as_it_went(named), known, now=now, by=desk.by)
            await desk.follow(named)
        note = "The printer needs the files in the first week of January, or the leaflet misses the parcels."
        await write_note(tx, config.id, "quiet-january", note, now=now, by=desk.by)


class _Desk:
    """Who plans, where, and when."""

    def __init__(
        self, tx: Transaction, config: ProgramConfig, now: datetime, by: str, people: frozenset[int]
    ) -> None:
        self.tx, self.config, self.now, self.by, self.people = tx, config, now, by, people
        self.today = local_date(now, zone(config.zone))

    def as_it_went(self, plan: Campaign) -> Campaign:
        """Return a campaign with the days on which it began and ended, as far as they have come."""
        begins, ends = plan.proposed_from, plan.proposed_to
        return msgspec.structs.replace(
            plan,
            actual_from=begins if begins is not None and begins <= self.today and not plan.template else None,
            actual_to=ends if ends is not None and ends < self.today and not plan.template else None,
        )

    async def follow(self, plan: Campaign) -> None:
        """Take a campaign as far as it is by now, with what was to be done for it."""
        begins, ends = plan.proposed_from, plan.proposed_to
        assert begins is not None
        assert ends is not None
        status: Status = PLANNED.get(plan.code, "approved")
        if begins <= self.today:
            status = "completed" if ends < self.today else "active"
        if not plan.template:
            await bring_campaign(
                self.tx, self.config.id, plan.code, status, today=self.today, now=self.now, by=self.by
            )
        for kind, subject, before in TASKS:
            await self._task(plan, Task(kind, subject, "", plan.owner, begins - timedelta(days=before)))  # type: ignore[arg-type]

    async def _task(self, plan: Campaign, task: Task) -> None:
        made = await add_activity(
            self.tx, self.config.id, plan.code, task, self.people, now=self.now, by=self.by
        )
        if task.due_on is not None and task.due_on < self.today and not plan.template:
            await complete_activity(self.tx, self.config.id, made.id, now=self.now, by=self.by)


async def _lists(tx: Transaction, config: ProgramConfig, now: datetime) -> None:
    since = now - timedelta(days=QUIET_DAYS)
    slot = config.point_types["points"].slot
    best = await tx.all(queries.select_best_members, program_id=config.id, slot=slot, limit=BEST_MAX)
    quiet = await tx.all(queries.select_quiet_members, program_id=config.id, since=since, limit=QUIET_MAX)
    for code, name, about, rows in (
        (BEST, "Best customers", "Those with the most points to spend", best),
        (QUIET, "Quiet since autumn", "Bought before, and nothing for sixty days", quiet),
    ):
        await put_list(tx, config.id, code, name, about, now=now)
        await relist(tx, config.id, code, [member_id for (member_id,) in rows], listed=True, now=now)
