"""What became of points of one type, month by month, read once: what the breakage of each month of a report is made of.

`breakage_at` reads the ledger for one moment and also says how sure it is; a report needs the plain share at the end of
each of its months. Both give the same share, which a test compares.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import msgspec

from regulars.features.programs import PointType, ProgramConfig
from regulars.flows.finance.breakage import HISTORY_MONTHS_MIN, month_of, share
from regulars.flows.finance.curves import Cell, Counts, Open, expected, hazards
from regulars.infra.db import Transaction, load_queries
from regulars.kit.zones import start_of_day, zone

queries = load_queries(__package__)


class Move(msgspec.Struct, frozen=True):
    """Points of lots that came, were redeemed, ended or left; months as `month_of` counts them.

    `cohort` = in which they were earned, `last` = in which they end (None = never), `month` = in which it happened.
    `known` = the first month before which it was known; `known_open` = before which the lot was known, too.
    """

    cohort: int
    last: int | None
    month: int
    what: str
    points: int
    known: int
    known_open: int | None


class History:
    """The moves of one point type, as known at the beginning of any month."""

    def __init__(self, moves: list[Move]) -> None:
        """Keep what `read_history` found."""
        self._moves = moves

    def breakage(self, day: date) -> Decimal | None:
        """Return points that will not be redeemed ÷ open points, at the beginning of the month of `day`.

        None where there were none, or too little history to tell.
        """
        month = month_of(day)
        known = [one for one in self._moves if one.known <= month]
        if month - min((one.cohort for one in known), default=month) < HISTORY_MONTHS_MIN:
            return None
        points = self._open(month)
        whole = sum(one.points for one in points)
        if not whole:
            return None
        cells = [Cell(0, one.cohort, max(0, one.month - one.cohort), one.what, one.points) for one in known]
        redeemed = expected(hazards(Counts(cells, month), [0]), points, month)
        return Decimal(share(whole - redeemed, whole))

    def _open(self, month: int) -> list[Open]:
        """Return what was open, by month of earning and of ending."""
        sums: dict[tuple[int, int | None], int] = defaultdict(int)
        for one in self._moves:
            if one.known_open is not None and one.known_open <= month:
                sums[one.cohort, one.last] += one.points if one.what == "came" else -one.points
        return [Open(*key, count) for key, count in sums.items() if count]


async def read_history(tx: Transaction, config: ProgramConfig, point_type: PointType, until: date) -> History:
    """Return what was known of a point type at the beginning of each month up to the first day `until`."""
    moves = await tx.all(
        queries.select_history,
        row=Move,
        program_id=config.id,
        point_type_id=point_type.id,
        zone=config.zone,
        until=start_of_day(until, zone(config.zone)),
    )
    return History(moves)
