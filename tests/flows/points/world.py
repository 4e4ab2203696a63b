"""What the tests of points, upkeep and books share: a program with wallets of every kind, members, short ways
to act.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from regulars.core.events import announce, next_batch_id
from regulars.core.ledger import (
    FOREVER,
    Cause,
    Ids,
    Postings,
    lock_purses,
    micros,
    post,
    read_lots,
    select_accounts,
)
from regulars.features.members import Newcomer, enrol_batch
from regulars.features.programs import (
    ProgramConfig,
    create_program,
    expires_at,
    load_config,
    put_partner,
    put_point_type,
    wallet_terms,
)
from regulars.infra.db import Database, Transaction

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
ZONE = "Europe/Berlin"

POLICIES: dict[str, dict[str, Any]] = {
    "points": {
        "kind": "redeemable",
        "policy": {
            "expiry": {"rolling_days": 30},
            "debt": {"allowed": True, "max": "500"},
            "value_minor": "0.5",
        },
    },
    "status": {"kind": "qualifying", "policy": {}},
    "cash": {
        "kind": "redeemable",
        "scale": 2,
        "policy": {"pending": {"days": 14}, "balance_max": "100000", "return_grace_days": 0},
    },
    "fading": {"kind": "redeemable", "policy": {"expiry": {"inactivity_days": 90}}},
    "buns": {"kind": "partner", "partner": "bakery", "policy": {"spend_order": "earned"}},
}


async def make_program(
    db: Database, code: str = "acme", *, zone: str = ZONE, types: dict[str, dict[str, Any]] | None = None
) -> ProgramConfig:
    """Make a program with the point types of POLICIES (or `types`)."""
    async with db.transaction() as tx:
        program = await create_program(
            tx, code, code.title(), currency="EUR", zone=zone, region="DE", now=NOW
        )
        await put_partner(tx, program.id, "bakery", "Bakery", ["earn", "burn"], now=NOW)
        for name, options in (types or POLICIES).items():
            await put_point_type(tx, program.id, name, name.title(), now=NOW, **options)
        return await load_config(tx, program.id)


async def make_members(
    db: Database, config: ProgramConfig, count: int, *, joined: datetime = NOW
) -> list[int]:
    """Make members c-1, c-2, … of a program."""
    newcomers = [Newcomer({"external_id": f"c-{number}"}, joined) for number in range(1, count + 1)]
    async with db.transaction() as tx:
        return await enrol_batch(tx, config, newcomers, joined)


async def earn(
    db: Database,
    config: ProgramConfig,
    member_id: int,
    points: int,
    point_type: str = "points",
    *,
    now: datetime = NOW,
    expires: datetime | None = None,
    active: datetime | None = None,
    until_released: bool = False,
) -> int:
    """Give points as an award would; return the transfer (and lot)."""
    async with db.transaction() as tx:
        return await earn_in(
            tx, config, member_id, points, point_type, now=now, expires=expires, active=active,
            until_released=until_released,
        )  # fmt: skip


async def earn_in(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    points: int,
    point_type: str,
    *,
    now: datetime,
    expires: datetime | None = None,
    active: datetime | None = None,
    until_released: bool = False,
) -> int:
    kind = config.point_types[point_type]
    terms = wallet_terms(config, await select_accounts(tx, config.id))[kind.id]
    purse = (await lock_purses(tx, [member_id]))[member_id]
    await read_lots(tx, [purse])
    batch = await next_batch_id(tx)
    postings = Postings(Ids(batch))
    number = postings.credit(
        purse,
        terms,
        points,
        terms.accounts.house,
        Cause(micros(now), micros(now)),
        active_at=FOREVER if until_released else micros(active) if active else 0,
        expires_at=micros(expires) if expires else expires_at(kind, micros(now), config.zone),
    )
    await post(tx, postings)
    await announce(tx, batch, config.id, now, [])
    return number


def days(count: float) -> timedelta:
    return timedelta(days=count)


def instants(first: datetime, count: int, step: timedelta) -> Sequence[datetime]:
    return [first + step * number for number in range(count)]
