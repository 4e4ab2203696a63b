"""Drawing up statements: every share of every transfer goes on one statement, once, however often this runs.

A draft is brought up to date; an issued statement is left as it is, and what comes late goes to the next one. Periods
that nobody drew up while they lasted, because nothing ran, get statements of their own where there is something to
bill: a partner that was away for a year owes no fees for it.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from regulars.features.partners import Terms
from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.fees import settle_fees
from regulars.flows.settlement.ground import Ground, days_of, read_ground
from regulars.flows.settlement.model import Account
from regulars.flows.settlement.queries import queries
from regulars.flows.settlement.reading import SEQUENCE, Known, known_of, move_progress, pieces
from regulars.flows.settlement.store import lock_settlement, lock_statement
from regulars.infra.db import ClosedNumbers, Transaction, failpoint
from regulars.kit.zones import local_date, start_of_day, zone


class Draft(msgspec.Struct, frozen=True):
    """A statement being drawn up: the partner, its id, and the instant before which its transfers were posted.

    `left_out`: its period was over before anybody drew it up, and it stays only where there is something on it.
    """

    partner: str
    id: int
    until: datetime
    left_out: bool = False


async def draw_up(
    tx: Transaction, config: ProgramConfig, day: date, now: datetime, *, partner: str | None = None
) -> list[Account]:
    """Draw up the statements whose period holds `day` (a local day of the program), of all partners with terms or one.

    Older drafts are brought up to date first, and those made that were left out since the last statement. Returns them
    all as they are now; issued ones are left out. Everything posted before a period's end and not on a statement yet is
    taken in, also what is older.
    """
    await lock_settlement(tx, config.id)
    numbers = ClosedNumbers(SEQUENCE)
    await numbers.closed(tx)  # whoever writes at this moment will mostly have ended when it is asked again
    ground = await read_ground(tx, config)
    drafts = await _drafts(tx, config, ground, day, now, partner)
    if not drafts:
        return []
    untils = {config.partners[one.partner].id: one.until for one in sorted(drafts, key=lambda one: one.until)}
    known = await known_of(tx, config, ground, list(untils), numbers)
    for until in sorted({one.until for one in drafts}):
        await _take_in(tx, config, ground, known, [one for one in drafts if one.until == until], now)
    await move_progress(tx, config, known, untils)
    empty = await tx.all(queries.delete_empty, ids=[one.id for one in drafts if one.left_out])
    found = []
    for one in drafts:
        if (one.id,) in empty:
            continue
        statement = await lock_statement(tx, config.id, one.id)
        found.append(await settle_fees(tx, config, statement, ground.terms[one.partner], now))
    return found


async def _take_in(
    tx: Transaction,
    config: ProgramConfig,
    ground: Ground,
    known: Known,
    drafts: list[Draft],
    now: datetime,
) -> None:
    """Put whatever is on no statement yet on drafts of one instant, one a partner."""
    arrays = {
        "statement_partners": [config.partners[one.partner].id for one in drafts],
        "statement_ids": [one.id for one in drafts],
        "untils": [one.until for one in drafts],
    }
    async for piece in pieces(tx, config, known):
        await tx.run(
            queries.insert_lines,
            program_id=config.id,
            zone=config.zone,
            **ground.arrays,
            **arrays,
            **msgspec.structs.asdict(piece),
        )
    failpoint("after_lines_before_blocks")
    await tx.run(queries.insert_blocks, program_id=config.id, now=now, **arrays)


async def _drafts(
    tx: Transaction, config: ProgramConfig, ground: Ground, day: date, now: datetime, partner: str | None
) -> list[Draft]:
    drafts = []
    for code in sorted(ground.terms):
        if partner not in (None, code):
            continue
        first, end = days_of(ground.terms[code], day)
        left_out = {
            (await _open(tx, config, code, days, now))[0]
            for days in await _left_out(tx, config, code, ground.terms[code], first, now)
        }
        number, status = await _open(tx, config, code, (first, end), now)
        older = await tx.all(
            queries.select_older_drafts, program_id=config.id, partners=[code], first_day=first
        )
        drafts += [
            Draft(code, other, _start(config, day_after), other in left_out)
            for code, other, day_after in older
        ]
        if status == "draft":
            drafts.append(Draft(code, number, _start(config, end)))
    return drafts


async def _open(
    tx: Transaction, config: ProgramConfig, code: str, days: tuple[date, date], now: datetime
) -> tuple[int, str]:
    """Return the statement of a partner for a period and its status; a draft where there was none."""
    number, status = await tx.one(
        queries.upsert_statement,
        program_id=config.id,
        partner_id=config.partners[code].id,
        first_day=days[0],
        end_day=days[1],
        now=now,
    )
    return number, status


async def _left_out(
    tx: Transaction, config: ProgramConfig, code: str, terms: Terms, first: date, now: datetime
) -> list[tuple[date, date]]:
    """Return the periods before `first` that are over and that no statement was ever made for."""
    day = await tx.value(
        queries.select_covered,
        program_id=config.id,
        partner_id=config.partners[code].id,
        zone=config.zone,
        first_day=first,
    )
    last = min(first, local_date(now, zone(config.zone)))
    found = []
    while day is not None and day < last and (days := days_of(terms, day))[1] <= last:
        found.append(days)
        day = days[1]
    return found


def _start(config: ProgramConfig, day: date) -> datetime:
    return start_of_day(day, zone(config.zone))
