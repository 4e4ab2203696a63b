"""Every operation × everybody: who may call is what `x-roles` says, generated from the OpenAPI document."""

from __future__ import annotations

import asyncio

import httpx2
from tests.security.conftest import BAD, World
from tests.security.operations import NOTHING, STREAMS, Operation, knock

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.infra.web import undeclared_routes

# Beside the document: the console's pages, health, documentation, and the intake's routes for browsers and SDKs, which
# carry no API key.
PLAIN = {
    "/", "/console", "/console/{path:path}",
    "/openapi.json", "/docs", "/redoc", "/livez", "/readyz", "/metrics",
    "/segment", "/beacon/v1/batch", "/v1/m", "/v1/projects/{write_key}/settings",
}  # fmt: skip
# Declared for staff, and refused all the same to whoever belongs to one program.
PLATFORM_ONLY = {
    "create_program", "list_people", "add_person", "get_person", "change_person", "disable_person", "enable_person",
    "reset_person", "list_identity_providers", "put_identity_provider", "disable_identity_provider", "verify_audit",
}  # fmt: skip
# Roles that no key has: everybody, members and people who are signed in.
NOT_OF_KEYS = {"public", "member", "staff"}
# Fewer than the application has connections: nobody waits for one.
TOGETHER = 6
Refusal = tuple[int, str]


def test_every_route_says_who_may_call_it(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url, worker=False))
    assert undeclared_routes(app) == []
    documented = set(app.openapi()["paths"])
    beside = {
        path
        for route in app.routes
        if (path := getattr(route, "path", None)) and getattr(route, "path_format", path) not in documented
    }
    assert beside <= PLAIN


async def test_everybody_may_do_what_is_declared_and_nothing_else(world: World) -> None:
    wrong: list[tuple[str, str, Refusal]] = []
    cells = 0

    async def come(operation: Operation, who: str) -> None:
        answer = await knock(world.app, operation, NOTHING, world.headers(who, operation))
        said = (answer.status_code, _code(answer))
        if not _as_declared(operation, who, said):
            wrong.append((operation.id, who, said))

    for operation in world.operations:
        everybody = ["", *BAD, *sorted(set(world.keys) - {*BAD, "stranger"})]
        let_in = [who for who in everybody if _allowed(operation, who)]
        turned_away = [who for who in everybody if who not in let_in]
        if operation.id in STREAMS:
            let_in = []
        cells += len(turned_away) + len(let_in)
        # Those who are turned away touch nothing: some of them come together, so that nobody waits for one answer.
        for start in range(0, len(turned_away), TOGETHER):
            await asyncio.gather(*(come(operation, who) for who in turned_away[start : start + TOGETHER]))
        for who in let_in:
            await come(operation, who)
    assert not wrong, wrong[:40]
    assert cells > 3_000


async def test_a_stranger_learns_nothing(world: World) -> None:
    """Somebody of another program is told of this one what is told of one that does not exist."""
    told = []
    for operation in world.operations:
        if "program" not in operation.names:
            continue
        nowhere = await knock(
            world.app, operation, {**NOTHING, "program": "nowhere"}, world.headers("stranger")
        )
        here = await knock(world.app, operation, NOTHING, world.headers("stranger"))
        if (here.status_code, _code(here)) != (404, "program_unknown") or _same(here) != _same(nowhere):
            told.append((operation.id, here.status_code, here.text, nowhere.text))
    assert told == []


async def test_programs_are_made_by_the_platform_only(world: World) -> None:
    body = {"code": "third", "name": "Third", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
    headers = {**world.headers("owner"), "idempotency-key": "third"}
    assert (await world.client.post("/api/v1/programs", json=body, headers=headers)).status_code == 403


def _allowed(operation: Operation, who: str) -> bool:
    if operation.id in PLATFORM_ONLY:
        return False
    if "public" in operation.roles:
        return True
    return who not in NOT_OF_KEYS and (who in operation.roles or f"key:{who}" in operation.roles)


def _as_declared(operation: Operation, who: str, said: Refusal) -> bool:
    if operation.takes_write_keys_only:
        return (said[0] == 401) == (who != "write_key")
    if "public" in operation.roles:
        return said[1] not in ("unauthenticated", "forbidden") and said[0] < 500
    if who in ("", *BAD):
        return said == (401, "unauthenticated" if not who else "invalid_key")
    if operation.id in PLATFORM_ONLY and operation.roles & {who, f"key:{who}"}:
        return said[0] in (403, 422)
    if who == "write_key" and not _allowed(operation, who):
        return said[0] in (401, 403)
    if _allowed(operation, who):
        return said[0] not in (401, 403) and said[0] < 500
    return said == (403, "forbidden")


def _code(answer: httpx2.Response) -> str:
    if "json" not in answer.headers.get("content-type", "") or not answer.content:
        return ""
    body = answer.json()
    return str(body.get("code", "")) if isinstance(body, dict) else ""


def _same(answer: httpx2.Response) -> object:
    body = answer.json()
    return {name: body.get(name) for name in ("type", "title", "status", "code", "detail")}
