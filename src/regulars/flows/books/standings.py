"""Stored tiers against their history and against assessing again."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.features.behaviour import series_key, sum_between
from regulars.features.programs import load_config
from regulars.features.tiers import Standing, TierSet, assess, load_tier_sets, measure_of
from regulars.infra.db import Transaction, load_queries
from regulars.kit.money import exponent
from regulars.kit.zones import day_number, zone

queries = load_queries(__package__)

# Members per round trip; their states are some kilobytes each.
MEMBERS_PER_ROUND = 2_000


class _State(msgspec.Struct):
    """The part of a purse's state that tiers are read from."""

    s: dict[str, list[Any]] = {}
    t: dict[str, Standing] = {}


_state = msgspec.json.Decoder(_State)
_tiers = msgspec.json.Decoder(dict[str, str])


async def check_standings(tx: Transaction, program_id: int | None) -> tuple[int, int, int, str] | None:
    """Return (how many, member, 0, what is wrong) for the first wrong tier, None when all are right."""
    bad = 0
    first: tuple[int, str] | None = None
    for (number,) in await tx.all(queries.select_program_ids, program_id=program_id):
        config = await load_config(tx, number)
        scales = {code: kind.scale for code, kind in config.point_types.items()}
        tier_sets = await load_tier_sets(tx, number, scales, exponent(config.currency), config.zone)
        place = zone(config.zone)
        async for rows in tx.stream(queries.select_standings, size=MEMBERS_PER_ROUND, program_id=number):
            for member_id, _, state, joined_at, history in rows:
                joined = day_number(joined_at, place)
                problem = _problem(_state.decode(state), tier_sets, _tiers.decode(history), joined)
                if problem is not None:
                    bad += 1
                    first = first or (member_id, problem)
    return None if first is None else (bad, first[0], 0, first[1])


def _problem(
    state: _State, tier_sets: dict[str, TierSet], history: dict[str, str], joined: int
) -> str | None:
    for code, standing in state.t.items():
        if standing.tier != history.get(code, ""):
            return f"{code}: stored {standing.tier!r}, the history ends with {history.get(code, '')!r}"
        tier_set = tier_sets.get(code)
        if tier_set is not None and tier_set.active and tier_set.version == standing.version:
            again = _assessed_again(tier_set, standing, state, joined)
            if again != standing.tier:
                return f"{code}: stored {standing.tier!r}, assessed again {again!r}"
    return None


def _assessed_again(tier_set: TierSet, standing: Standing, state: _State, joined: int) -> str:
    measure = measure_of(tier_set)
    stored = state.s.get(series_key(measure))
    counts = measure.aggregate == "count"

    def total(first: int | None, end: int) -> Any:
        return sum_between(stored, first, end, count=counts)

    after, _ = assess(tier_set, standing, total, standing.day, joined=joined, changed_from=standing.day)
    return after.tier
