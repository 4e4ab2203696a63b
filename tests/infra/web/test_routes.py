"""Strict bodies, problem documents, roles, pages, headers: what every route of the API has."""

from __future__ import annotations

import gzip
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, Request

from regulars.infra.web import (
    PUBLIC,
    STAFF,
    Subject,
    api_router,
    route_roles,
    undeclared_routes,
    unknown_scopes,
)
from regulars.kit.errors import Bug, Forbidden

URL = "/api/v1/things"
JSON = {"content-type": "application/json"}


async def test_a_good_request(client: httpx2.AsyncClient, owner: dict[str, str]) -> None:
    answer = await client.post(URL, json={"name": " x "}, headers=owner)
    assert (answer.status_code, answer.json()) == (201, {"name": "x", "by": "staff:1"})


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "unauthenticated"),
        ({"authorization": "Bearer revoked"}, 401, "unauthenticated"),
        ({"authorization": "Bearer member"}, 403, "forbidden"),
        ({"authorization": "Bearer key"}, 201, None),
    ],
)
async def test_who_may_call(
    client: httpx2.AsyncClient, headers: dict[str, str], status: int, code: str | None
) -> None:
    answer = await client.post(URL, json={"name": "x"}, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def _says(subject: Subject, *roles: str, scope: str | None = None) -> str:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    with pytest.raises(Forbidden) as refused:
        route_roles(*roles, scope=scope).admit(request, subject)
    return refused.value.message


def test_a_refusal_says_what_it_takes() -> None:
    """A key needs a scope, a person a role; which, every route says in public."""
    key, person = Subject("key:1", "api_key"), Subject("staff:1", "staff")
    assert "it takes the scope points:adjust." in _says(key, "owner", scope="points:adjust")
    assert "it takes one of the roles manager, owner." in _says(
        person, "owner", "manager", scope="points:adjust"
    )
    assert "it takes a person who is signed in." in _says(key, STAFF)


def test_a_scope_that_opens_nothing_is_told_with_what_was_meant() -> None:
    route_roles("owner", scope="points:adjust")
    (error,) = unknown_scopes(["points:adjust", "owner", "partner:acme", "point:adjust"])
    assert (error.path, error.code) == ("scopes[3]", "unknown_scope")
    assert "Did you mean points:adjust" in error.message


async def test_a_member_calls_only_what_is_for_members(client: httpx2.AsyncClient) -> None:
    member, key = {"authorization": "Bearer member"}, {"authorization": "Bearer key"}
    assert (await client.get(f"{URL}/mine", headers=member)).status_code == 200
    assert (await client.get(f"{URL}/mine", headers=key)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "code", "paths"),
    [
        (b'{"name":"x","color":1}', 422, "invalid", ["color"]),
        (b'{"lines":[{"name":""},{}]}', 422, "invalid", ["name", "lines[0].name", "lines[1].name"]),
        (b"[]", 422, "invalid", ["body"]),
        (b"", 422, "invalid", ["body"]),
        (b'{"name":"x","name":"y"}', 400, "malformed_json", [""]),
        (b'{"name":NaN}', 400, "malformed_json", [""]),
        (b'{"name":"a\\u0000"}', 400, "malformed_json", [""]),
        (b'{"name":"\xff"}', 400, "malformed_json", [""]),
        (b'{"lines":' + b"[" * 100, 400, "malformed_json", [""]),
        (b'{"name":"' + b"x" * 3_000_000 + b'"}', 413, "body_too_large", []),
        (b'{"name":"taken"}', 409, "thing_taken", []),
    ],
)
async def test_bodies_are_strict(
    client: httpx2.AsyncClient, owner: dict[str, str], body: bytes, status: int, code: str, paths: list[str]
) -> None:
    answer = await client.post(URL, content=body, headers=owner | JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert [error["path"] for error in problem.get("errors", [])] == paths
    assert all(error["code"] and error["message"] for error in problem.get("errors", []))


@pytest.mark.parametrize(
    ("body", "path", "said"),
    [
        ({"name": "a", "nmae": 1}, "nmae", "There is no field `nmae` here. Did you mean `name`?"),
        ({"name": "a", "xyz": 1}, "xyz", "There is no field `xyz` here. Known: lines, name."),
        (
            {"name": "a", "lines": [{"name": "b", "colour": 1}]},
            "lines[0].colour",
            "There is no field `colour` here. Known: lines, name.",
        ),
    ],
)
async def test_an_unknown_field_is_answered_with_those_there_are(
    client: httpx2.AsyncClient, body: dict[str, object], path: str, said: str
) -> None:
    answer = await client.post("/api/v1/things", json=body, headers={"authorization": "Bearer owner"})
    [error] = answer.json()["errors"]
    assert (error["path"], error["code"], error["message"]) == (path, "extra_forbidden", said)


async def test_facts_are_shown_and_insides_are_not(client: httpx2.AsyncClient, owner: dict[str, str]) -> None:
    taken = (await client.post(URL, json={"name": "taken"}, headers=owner)).json()
    assert taken["facts"] == {"name": "taken"}
    assert taken["message"] == "There is such a thing already."
    bug = await client.post(URL, json={"name": "bug"}, headers=owner)
    assert (bug.status_code, bug.json()["code"]) == (500, "internal_error")
    assert "hunter2" not in bug.text


async def test_gzip_is_unpacked_and_bounded(client: httpx2.AsyncClient, owner: dict[str, str]) -> None:
    headers = owner | JSON | {"content-encoding": "gzip"}
    good = await client.post(URL, content=gzip.compress(b'{"name":"x"}'), headers=headers)
    bomb = await client.post(URL, content=gzip.compress(b" " * 100_000_000, 9), headers=headers)
    broken = await client.post(URL, content=b"\x1f\x8bnot gzip", headers=headers)
    short = await client.post(URL, content=gzip.compress(b'{"name":"x"}')[:-9], headers=headers)
    two = await client.post(URL, content=gzip.compress(b"{}") * 2, headers=headers)
    unknown = await client.post(URL, content=b"{}", headers=headers | {"content-encoding": "br"})
    assert good.status_code == 201
    assert (bomb.status_code, bomb.json()["code"]) == (413, "body_too_large")
    for answer in (broken, short, two, unknown):
        assert (answer.status_code, answer.json()["code"]) == (400, "body_not_unpacked")


async def test_wrong_address_and_wrong_method(client: httpx2.AsyncClient) -> None:
    missing, method = await client.get("/api/v1/nothing"), await client.delete(URL)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert "allow" in method.headers


async def test_pages(client: httpx2.AsyncClient) -> None:
    first = (await client.get(URL, params={"limit": 5})).json()
    last = (await client.get(URL, params={"limit": 5, "cursor": first["next_cursor"]})).json()
    assert first["data"] == [0, 1, 2, 3, 4]
    assert last == {"data": [5, 6], "next_cursor": None}
    for query, path in (
        ({"limit": 0}, "query.limit"),
        ({"limit": 201}, "query.limit"),
        ({"cursor": "x"}, "cursor"),
    ):
        refused = await client.get(URL, params=query)
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, path)


@pytest.mark.parametrize(
    ("said", "echoed"), [("abc-1.2:3_4", True), ("a b", False), ("x" * 129, False), ("", False)]
)
async def test_request_ids(client: httpx2.AsyncClient, said: str, echoed: bool) -> None:
    answer = await client.get(URL, headers={"x-request-id": said})
    assert (answer.headers["x-request-id"] == said) is echoed
    assert answer.headers["x-request-id"]


async def test_security_headers(client: httpx2.AsyncClient) -> None:
    answer = await client.get(URL)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers
    secure = await client.get("https://test/api/v1/things")
    assert "strict-transport-security" in secure.headers


def test_openapi_says_who_may_call(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    assert paths[URL]["post"]["x-roles"] == ["owner", "key:things:write"]
    assert paths[URL]["get"]["x-roles"] == ["public"]
    assert undeclared_routes(app) == []

    @app.get("/loose")
    async def loose() -> None: ...

    app.openapi_schema = None
    assert undeclared_routes(app) == ["GET /loose"]


def test_a_route_that_does_not_say_who_may_call_it_cannot_be_built() -> None:
    router = api_router(tag="x")

    async def endpoint() -> None: ...

    async def with_other(_: Annotated[Any, Depends(endpoint)]) -> None: ...

    for call in (endpoint, with_other):
        with pytest.raises(Bug, match="does not say who may call it"):
            router.get("/x", operation_id="x")(call)
    with pytest.raises(Bug, match="operation_id"):
        router.get("/x", dependencies=[Depends(route_roles(PUBLIC))])(endpoint)
    with pytest.raises(Bug, match="who may call"):
        route_roles()


async def _looks(request: Request) -> str:
    return f"{request.state.subject.credential} was known"


async def test_who_is_calling_is_known_to_every_other_dependency_whatever_their_order() -> None:
    router = api_router("/things", tag="x")

    @router.get("", operation_id="x")
    async def endpoint(
        looked: Annotated[str, Depends(_looks)], subject: Annotated[Subject, Depends(route_roles(PUBLIC))]
    ) -> str:
        return looked

    app = FastAPI()
    app.include_router(router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/things")).json() == "anonymous was known"
