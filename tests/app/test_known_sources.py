"""Keys are remembered and still die at once: whoever relies on one proves the revision it was read under."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.accrual.setting import open_shop

from regulars.app.intake_port import AccrualPort
from regulars.core.events import EventStatus
from regulars.features.programs import (
    InvalidKey,
    disable_source,
    issue_write_key,
    load_config,
    revoke_key,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_a_remembered_key_costs_no_statement_and_a_revoked_one_earns_nothing(
    db: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    async with db.transaction() as tx:
        issued = await issue_write_key(tx, shop.program_id, shop.till.id, "till", clock.now())
    port = AccrualPort(db, clock)
    source = await port.source_by_write_key(issued.key)
    assert source is not None
    with monkeypatch.context() as patch:
        patch.setattr(Database, "transaction", None)
        assert await port.source_by_write_key(issued.key) is source
        assert await port.source_by_write_key("wk_is_no_key") is None

    def order(number: str) -> list[object]:
        return [shop.event("Order Completed", order={"order_id": number, "revenue": "10.00"})]

    async def accepted(number: str) -> EventStatus:
        return (await port.accept(source, order(number), received_at=clock.now()))[0].status

    assert await accepted("1") is EventStatus.ACCEPTED
    # Another server, which this one does not hear of, changes the program: the key is read again, and still good.
    async with db.transaction() as tx:
        spare = await issue_write_key(tx, shop.program_id, shop.till.id, "spare", clock.now())
        await revoke_key(tx, shop.program_id, spare.prefix, clock.now())
    assert await accepted("2") is EventStatus.ACCEPTED
    async with db.transaction() as tx:
        await revoke_key(tx, shop.program_id, issued.prefix, clock.now())
    for dry_run in (True, False):
        with pytest.raises(InvalidKey):
            await port.accept(source, order("3"), received_at=clock.now(), dry_run=dry_run)
    assert await port.source_by_write_key(issued.key) is None


async def test_keys_end_and_sources_are_switched_off(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path)
    async with db.transaction() as tx:
        short = await issue_write_key(
            tx, shop.program_id, shop.till.id, "short", clock.now(), clock.now() + timedelta(hours=1)
        )
        long = await issue_write_key(tx, shop.program_id, shop.till.id, "long", clock.now())
    port = AccrualPort(db, clock)
    assert await port.source_by_write_key(short.key) is not None
    source = await port.source_by_write_key(long.key)
    assert source is not None
    clock.advance(timedelta(hours=1))
    assert await port.source_by_write_key(short.key) is None
    async with db.transaction() as tx:
        await disable_source(tx, shop.program_id, "till", clock.now())
    event = shop.event("Order Completed", order={"order_id": "1", "revenue": "10.00"})
    with pytest.raises(InvalidKey):
        await port.accept(source, [event], received_at=clock.now())
    async with db.transaction() as tx:
        assert (await load_config(tx, shop.program_id)).sources[shop.till.id].disabled_at is not None
