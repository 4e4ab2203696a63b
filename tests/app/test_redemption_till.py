"""The till remembers its callers, and a key that ended takes nothing all the same: each batch proves who is calling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import httpx2
import pytest
from tests.app.serving import application
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.app import authentication
from regulars.features.programs import archive_program, bearer_of_api_key, issue_api_key, revoke_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction
from regulars.kit.ids import encode

PATH = "/api/v1/redemptions"


class Counter(NamedTuple):
    """A till at a counter: how it asks, its program, and how often keys were read so far."""

    http: httpx2.AsyncClient
    kiosk: Kiosk
    reads: list[str]

    async def take(self, number: str, key: str) -> httpx2.Response:
        body = {"member": encode("mem", self.kiosk.ann), "reward": "coffee"}
        headers = {"authorization": f"Bearer {key}", "idempotency-key": number}
        return await self.http.post(PATH, json=body, headers=headers)


@pytest.fixture
async def counter(
    db: Database, database_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    kiosk, reads = await open_kiosk(db), []

    async def noted(tx: Transaction, key: str, *rest: object) -> object:
        reads.append(key)
        return await bearer_of_api_key(tx, key, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(authentication, "bearer_of_api_key", noted)
    async with application(database_url, clock) as http:
        yield Counter(http, kiosk, reads)


async def issue(counter: Counter, clock: FixedClock, name: str, days: int | None = None) -> tuple[str, str]:
    ends_at = None if days is None else clock.now() + timedelta(days=days)
    async with counter.kiosk.db.transaction() as tx:
        scopes = ("redemptions:write",)
        issued = await issue_api_key(tx, counter.kiosk.config.id, name, scopes, clock.now(), ends_at)
    return issued.key, issued.prefix


async def test_a_key_is_read_once_and_a_revoked_one_takes_nothing_and_repeats_nothing(
    counter: Counter, clock: FixedClock
) -> None:
    key, prefix = await issue(counter, clock, "till")
    _, spare = await issue(counter, clock, "spare")
    answers = [await counter.take(number, key) for number in ("1", "2", "2")]
    assert [one.status_code for one in answers] == [201, 201, 201]
    assert answers[2].headers["idempotency-replayed"] == "true"
    assert counter.reads == [key]
    # Another server, which this one does not hear of, changes the program: the key is read again, and still good.
    async with counter.kiosk.db.transaction() as tx:
        await revoke_key(tx, counter.kiosk.config.id, spare, clock.now())
    assert [(await counter.take(number, key)).status_code for number in ("3", "4")] == [201, 201]
    assert counter.reads == [key] * 2
    async with counter.kiosk.db.transaction() as tx:
        await revoke_key(tx, counter.kiosk.config.id, prefix, clock.now())
    for number in ("5", "1"):
        assert (await counter.take(number, key)).status_code == 401
    wallet = await counter.kiosk.wallet(counter.kiosk.ann)
    assert wallet.held == 4 * 30


async def test_a_key_ends_at_its_instant_and_with_its_program(counter: Counter, clock: FixedClock) -> None:
    short, _ = await issue(counter, clock, "short", days=1)
    lasting, _ = await issue(counter, clock, "lasting")
    assert [(await counter.take("1", key)).status_code for key in (short, lasting)] == [201, 201]
    clock.advance(timedelta(days=1))
    assert [(await counter.take("2", key)).status_code for key in (short, lasting)] == [401, 201]
    async with counter.kiosk.db.transaction() as tx:
        await archive_program(tx, counter.kiosk.config.id, clock.now())
    assert (await counter.take("3", lasting)).status_code == 401
