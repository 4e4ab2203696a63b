"""Who would move if a tier set were changed: every member assessed by the new one, in constant memory,
nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from regulars.features.behaviour import series_key, sum_between
from regulars.features.tiers import (
    Moves,
    Standing,
    TierSet,
    Total,
    after_versions,
    compile_tier_set,
    decode_tier_set,
    measure_of,
    preview_moves,
    select_versions,
)
from regulars.flows.accrual.clock import instant, local_time_at
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.work import State
from regulars.infra.db import Transaction
from regulars.kit.errors import Invalid

# Members read at a time; a page of their states is a few megabytes.
PAGE_MEMBERS = 2_000

_decode = msgspec.json.Decoder(State).decode


class MetricNotCounted(Invalid):
    """The metric of this tier set is not counted for members yet, so nobody can say who would move.

    Keep the metric of the set that is in force, or publish this one under a code of its own first.
    """

    code = "metric_not_counted"


async def preview_document(tx: Transaction, book: Rulebook, document: Mapping[str, Any], at: int) -> Moves:
    """Return who would move if a tier set, as it is written, were published at `at`. Refuses as `preview_tier_set`, and
    with what is wrong with the document.
    """
    decoded = decode_tier_set(dict(document))
    scales = {one.code: one.scale for one in book.terms.point_types.values()}
    versions = await select_versions(tx, book.program_id, decoded.code)
    number = max((stored.version for stored in versions), default=0) + 1
    compiled = compile_tier_set(decoded, scales, book.exponent, number)
    new = after_versions(compiled, decoded, versions, instant(at), scales, book.exponent, book.zone.key)
    return await preview_tier_set(tx, book, new, at)


async def preview_tier_set(tx: Transaction, book: Rulebook, new: TierSet, at: int) -> Moves:
    """Return how many members would go from which tier to which, with some of their ids, if `new` came into
    force at `at`.

    Refuses with MetricNotCounted when no rule or tier set of the program counts the new set's metric.
    """
    key = series_key(measure_of(new))
    if key not in book.counted_series:
        raise MetricNotCounted
    today = local_time_at(at, book.zone).day_number
    moves = Moves({}, {})
    async for rows in tx.stream(queries.stream_states, size=PAGE_MEMBERS, program_id=book.program_id):
        preview_moves(new, _members(rows, book, new, key), today, moves)
    return moves


def _members(
    rows: list[tuple[Any, ...]], book: Rulebook, new: TierSet, key: str
) -> Iterator[tuple[int, Total, Standing, int]]:
    counts = measure_of(new).aggregate == "count"
    for member_id, text, joined_at in rows:
        state = _decode(text) if text else State()
        joined = local_time_at(joined_at, book.zone).day_number
        total = partial(sum_between, state.s.get(key), count=counts)
        yield member_id, total, state.t.get(new.code, Standing()), joined
