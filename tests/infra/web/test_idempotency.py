"""Idempotency keys against a real database: once, whatever is sent how often and at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, Request, Response

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Query, Transaction
from regulars.infra.web import (
    Once,
    Subject,
    api_router,
    delete_old_answers,
    erase_member_answers,
    once_per_key,
    route_roles,
)
from regulars.kit.errors import Conflict

URL = "/api/v1/grants"
COUNT = Query("count", "Count the keys.", "SELECT count(*) FROM web.idempotency")
ROLES = route_roles("owner", scope="things:write")


class Works:
    """What the route did: how often, and gates to hold it inside its transaction."""

    def __init__(self) -> None:
        self.done = 0
        self.entered = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()
        self.refuse = False


def add_route(app: FastAPI, db: Database, clock: FixedClock, works: Works, path: str = URL) -> None:
    router = api_router(tag="grants")

    @router.post(path, operation_id=f"grant{path}", response_class=Response)
    async def grant(
        request: Request,
        body: dict[str, Any],
        subject: Annotated[Subject, Depends(ROLES)],
        once: Annotated[Once, Depends(once_per_key)],
    ) -> Response:
        async def work(tx: Transaction) -> dict[str, Any]:
            works.entered.set()
            await works.go.wait()
            if works.refuse:
                raise Conflict("Not now.")
            works.done += 1
            return {"done": works.done, "body": body}

        return await once.answer(db, work, now=clock.now(), status=201, member_id=7)

    app.include_router(router)


@pytest.fixture
def works(app: FastAPI, db: Database, clock: FixedClock) -> Works:
    made = Works()
    add_route(app, db, clock, made)
    return made


@pytest.fixture
def headers() -> dict[str, str]:
    return {"authorization": "Bearer key", "idempotency-key": "k1"}


async def test_a_retry_gets_the_stored_answer(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str]
) -> None:
    first = await client.post(URL, json={"n": 1}, headers=headers)
    second = await client.post(URL, json={"n": 1}, headers=headers)
    assert (first.status_code, first.json()) == (201, {"done": 1, "body": {"n": 1}})
    assert (second.status_code, second.content) == (201, first.content)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert works.done == 1


async def test_another_body_or_query_is_refused(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str]
) -> None:
    await client.post(URL, json={"n": 1}, headers=headers)
    for url, body in ((URL, {"n": 2}), (f"{URL}?dry_run=true", {"n": 1})):
        other = await client.post(url, json=body, headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert works.done == 1


async def test_a_key_is_needed(client: httpx2.AsyncClient, works: Works) -> None:
    for key in ({}, {"idempotency-key": " "}):
        answer = await client.post(URL, json={}, headers={"authorization": "Bearer key"} | key)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    long = {"authorization": "Bearer key", "idempotency-key": "x" * 256}
    assert (await client.post(URL, json={}, headers=long)).status_code == 422
    assert works.done == 0


async def test_while_the_first_runs_the_second_is_told_to_wait(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str]
) -> None:
    works.go.clear()
    first = asyncio.create_task(client.post(URL, json={}, headers=headers))
    await asyncio.wait_for(works.entered.wait(), 10)
    second = await client.post(URL, json={}, headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "request_still_running")
    assert second.headers["retry-after"] == "1"
    works.go.set()
    assert (await first).status_code == 201
    assert (await client.post(URL, json={}, headers=headers)).headers["idempotency-replayed"] == "true"
    assert works.done == 1


async def test_sixteen_at_once_do_it_once(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str]
) -> None:
    answers = await asyncio.gather(*[client.post(URL, json={}, headers=headers) for _ in range(16)])
    assert works.done == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


async def test_a_refusal_keeps_nothing(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str], db: Database
) -> None:
    works.refuse = True
    assert (await client.post(URL, json={}, headers=headers)).status_code == 409
    async with db.transaction() as tx:
        assert await tx.value(COUNT) == 0
    works.refuse = False
    assert (await client.post(URL, json={}, headers=headers)).status_code == 201


async def test_keys_belong_to_a_caller_and_a_route(
    app: FastAPI,
    client: httpx2.AsyncClient,
    works: Works,
    headers: dict[str, str],
    db: Database,
    clock: FixedClock,
) -> None:
    add_route(app, db, clock, works, "/api/v1/other")
    secret = {"secret": "of the first"}
    await client.post(URL, json=secret, headers=headers)
    other_caller = await client.post(URL, json={}, headers=headers | {"authorization": "Bearer key2"})
    other_route = await client.post("/api/v1/other", json={}, headers=headers)
    assert (other_caller.status_code, other_route.status_code) == (201, 201)
    assert "of the first" not in other_caller.text + other_route.text
    assert works.done == 3


async def test_old_keys_are_forgotten(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str], db: Database, clock: FixedClock
) -> None:
    await client.post(URL, json={}, headers=headers)
    async with db.transaction() as tx:
        assert await delete_old_answers(tx, clock.now() + timedelta(days=29)) == 0
        assert await delete_old_answers(tx, clock.now() + timedelta(days=31)) == 1


async def test_erasing_a_member_erases_the_answers(
    client: httpx2.AsyncClient, works: Works, headers: dict[str, str], db: Database
) -> None:
    await client.post(URL, json={"email": "a@b.c"}, headers=headers)
    async with db.transaction() as tx:
        assert await erase_member_answers(tx, 7) == 1
    again = await client.post(URL, json={"email": "a@b.c"}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (410, "answer_erased")
    assert works.done == 1
