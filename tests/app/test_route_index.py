"""The index of routes: it finds what holding a request against one route after another would find."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Mount, Route

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.infra.web import RouteIndex

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# In the place of each name; the second is what another route may have there as a word of its own.
VALUES = ("x1", "search", "a b", "new")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings(worker=False))


def test_the_first_route_that_fits_is_found(app: FastAPI) -> None:
    index, *routes = app.router.routes
    assert isinstance(index, RouteIndex)
    tried = found = 0
    for path in paths_of(routes):
        for method in METHODS:
            scope = scope_of(method, path)
            match, child = index.matches(scope)
            walked = walk(routes, scope)
            assert (match == Match.FULL) == (walked is not None), (method, path)
            if walked is not None:
                found += 1
                assert child["regulars.route"] is walked[0], (method, path)
                assert {name: child[name] for name in walked[1]} == walked[1]
            tried += 1
    assert found > 1_000
    assert tried > found


def test_what_no_route_takes_is_left_to_the_walk(app: FastAPI) -> None:
    index = app.router.routes[0]
    for path in ("/", "//", "/api", "/api/v1/programs/", "/api/v1/programs//members", "/nowhere", "x"):
        assert (index.matches(scope_of("DELETE", path))[0] == Match.FULL) == (
            walk(app.router.routes[1:], scope_of("DELETE", path)) is not None
        )
    assert index.matches({**scope_of("GET", "/livez"), "type": "websocket"})[0] == Match.NONE


def test_an_earlier_route_wins() -> None:
    def answer(_: Any) -> None: ...

    named = Route("/a/{name}", answer)
    word = Route("/a/word", answer)
    deep = Route("/b/{rest:path}", answer)
    shallow = Route("/b/word", answer)
    index = RouteIndex([named, word, deep, shallow])
    assert index.matches(scope_of("GET", "/a/word"))[1]["regulars.route"] is named
    assert index.matches(scope_of("GET", "/b/word"))[1]["regulars.route"] is deep
    index = RouteIndex([word, named, shallow, deep])
    assert index.matches(scope_of("GET", "/a/word"))[1]["regulars.route"] is word
    assert index.matches(scope_of("GET", "/b/word"))[1]["regulars.route"] is shallow


def paths_of(routes: list[BaseRoute], prefix: str = "") -> list[str]:
    """Return paths of all routes: each name in them holds each of the values."""
    paths = []
    for route in routes:
        if isinstance(route, Mount):
            paths += paths_of(list(route.routes), prefix + route.path)
        elif isinstance(route, Route):
            for value in VALUES:
                paths.append(
                    prefix + route.path_format.format(**dict.fromkeys(route.param_convertors, value))
                )
    return sorted(set(paths))


def scope_of(method: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}


def walk(routes: list[BaseRoute], scope: dict[str, Any]) -> tuple[BaseRoute, Any] | None:
    for route in routes:
        match, child = route.matches(scope)
        if match == Match.FULL:
            return route, child
    return None
