"""Tiers that change because time passes: found by assessing as of the day that begins, changed by rating an
event.

Nothing is decided here: whoever is due gets a `Tier Reviewed` event, and rating it assesses her tiers, pays
entries, takes back, tells the rules that wait for a change and the subscribers who listen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.behaviour import series_key, sum_between
from regulars.features.programs import ProgramConfig
from regulars.features.tiers import (
    Standing,
    TierSet,
    advance,
    load_tier_sets,
    measure_of,
    publish_due,
    select_scheduled,
)
from regulars.flows.upkeep.events import TIER_REVIEWED, raised
from regulars.flows.upkeep.port import Raised
from regulars.infra.db import Transaction, load_queries
from regulars.kit.money import exponent
from regulars.kit.zones import date_of_day, day_number, start_of_day, zone

queries = load_queries(__package__)

# States of some kilobytes each are read, and few of them are due.
MEMBERS_PER_PIECE: Final = 5_000


class _State(msgspec.Struct):
    """The part of a purse's state that tiers are read from."""

    k: str = ""
    s: dict[str, list[Any]] = {}
    t: dict[str, Standing] = {}


_decode = msgspec.json.Decoder(_State).decode


class Track(msgspec.Struct, frozen=True):
    """A tier set and the series in a member's state that measures progress in it."""

    tier_set: TierSet
    series: str
    counts: bool


async def load_tracks(tx: Transaction, config: ProgramConfig) -> list[Track]:
    """Return the active tier sets of a program."""
    scales = {code: kind.scale for code, kind in config.point_types.items()}
    tier_sets = await load_tier_sets(tx, config.id, scales, exponent(config.currency), config.zone)
    tracks = []
    for tier_set in tier_sets.values():
        if tier_set.active:
            measure = measure_of(tier_set)
            tracks.append(Track(tier_set, series_key(measure), measure.aggregate == "count"))
    return tracks


async def starts_of(tx: Transaction, program_id: int, until: datetime) -> list[datetime]:
    """Return the instants up to `until` at which tier sets take force that were published for later."""
    return [
        one.in_force_from
        for one in await select_scheduled(tx, program_id)
        if one.in_force_from <= until and not one.problem
    ]


async def publish_tiers_due(tx: Transaction, config: ProgramConfig, due: datetime, now: datetime) -> None:
    """Let tier sets take force whose instant has come."""
    if await starts_of(tx, config.id, due):
        await tx.run(queries.lock_program, program_id=config.id)
        scales = {code: kind.scale for code, kind in config.point_types.items()}
        await publish_due(tx, config.id, scales, exponent(config.currency), due=due, now=now)


async def review_tiers(
    tx: Transaction, config: ProgramConfig, tracks: list[Track], day: int, after: int
) -> tuple[list[Raised], int | None]:
    """Return an event for each of some members after `after` whose tier changes when the local day `day`
    begins.

    And the last member looked at (None: no more).
    """
    if not tracks:
        return [], None
    rows = await tx.all(queries.select_standings, program_id=config.id, after=after, limit=MEMBERS_PER_PIECE)
    place = zone(config.zone)
    at = start_of_day(date_of_day(day), place)
    key = f"tiers/{date_of_day(day).isoformat()}"
    events = [
        raised(TIER_REVIEWED, member_id, at, key, {})
        for member_id, state, joined_at in rows
        if _due(tracks, _decode(state), day, day_number(joined_at, place))
    ]
    return events, rows[-1][0] if rows else None


def _due(tracks: list[Track], state: _State, day: int, joined: int) -> bool:
    for track in tracks:
        standing = state.t.get(track.tier_set.code)
        if standing is None:
            # A set that is new to a member to whom something has happened.
            if state.k:
                return True
            continue
        if standing.day >= day:
            continue
        if standing.version and not track.tier_set.counted_since(standing.version):
            # Nothing kept what happened meanwhile: rating an event counts it first.
            return True
        stored, counts = state.s.get(track.series), track.counts

        def total(
            first: int | None, end: int, stored: list[Any] | None = stored, counts: bool = counts
        ) -> Any:
            return sum_between(stored, first, end, count=counts)

        _, change = advance(track.tier_set, standing, total, day, joined=joined)
        if change is not None:
            return True
    return False
