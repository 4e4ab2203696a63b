"""The Christmas hampers: a draw with tickets by rule, opened, closed and revealed as anybody can check afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from regulars.app.demo.program import Prepared
from regulars.app.demo.queries import queries
from regulars.app.demo.rows import SHOP_ZONE
from regulars.features.draws import StoredDraw, faults, open_draw, publish_draw, select_draws
from regulars.flows import couponing, points
from regulars.flows.prizes import close, deliver_prizes, reveal
from regulars.infra.db import Database, Transaction


class Season(msgspec.Struct, frozen=True):
    """When a hamper's draw opens and when it is drawn."""

    draw: str
    opens: datetime
    drawn: datetime


def _day(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHOP_ZONE)


# The shop closes on the 23rd; the last invoice before Christmas is known from then on.
SEASONS: Final = (
    Season("christmas-2010", _day(2010, 12, 1), _day(2010, 12, 25)),
    Season("christmas-2011", _day(2011, 11, 25), _day(2011, 12, 25)),
)


class DrawRow(msgspec.Struct, frozen=True):
    """One draw: tickets and who holds them, prizes won and given; what was promised, and what it was opened with.

    `faults` is what a check of what is published finds wrong; nobody can check a draw that is not revealed.
    """

    draw: str
    status: str
    tickets: int
    members: int
    won: int
    given: int
    commitment: str
    seed: str = ""
    faults: list[str] = []

    @property
    def agrees(self) -> bool:
        """Whether it was drawn as promised and everything won was given."""
        return not self.faults and self.won == self.given


async def keep_season(db: Database, prepared: Prepared, now: datetime) -> None:
    """Open, draw and reveal what has come so far; again is the same."""
    program_id = prepared.program_id
    async with db.transaction() as tx:
        found = {one.draw.code: one for one in await select_draws(tx, program_id)}
        for season in SEASONS:
            known = found.get(season.draw)
            if known is not None:
                await _bring(tx, program_id, season, known, now)
    while await deliver_prizes(db, points, now):
        pass


async def _bring(tx: Transaction, program_id: int, season: Season, known: StoredDraw, now: datetime) -> None:
    if known.status == "draft" and season.opens <= now:
        await open_draw(tx, program_id, season.draw, now)
    if known.status in ("draft", "open") and season.drawn <= now:
        last = await tx.value(queries.select_last_order, program_id=program_id, until=season.drawn)
        await close(tx, couponing, program_id, season.draw, now, f"invoice {last}")
        await reveal(tx, program_id, season.draw, now)


async def hampers_of(tx: Transaction, prepared: Prepared) -> list[DrawRow]:
    """Return how the draws stand; none in a program that has none."""
    counted = {
        code: numbers for code, *numbers in await tx.all(queries.count_draws, program_id=prepared.program_id)
    }
    rows = []
    for one in await select_draws(tx, prepared.program_id):
        tickets, members, won, given = counted.get(one.draw.code, (0, 0, 0, 0))
        wrong, seed = [], ""
        if one.status == "revealed":
            published = await publish_draw(tx, prepared.program_id, one.draw.code)
            wrong, seed = faults(published), published.seed
        commitment = one.commitment or ""
        rows.append(DrawRow(one.draw.code, one.status, tickets, members, won, given, commitment, seed, wrong))
    return rows
