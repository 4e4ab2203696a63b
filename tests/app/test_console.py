"""The console's files: cached for ever or asked for, packed where understood, one page for all its addresses."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from regulars.app.console import console_routes


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<title>Regulars</title>")
    (tmp_path / "dist" / ".built").write_text("{}")
    script = tmp_path / "dist" / "assets" / "index-AbCd1234.js"
    script.write_text("export {};")
    script.with_name(f"{script.name}.gz").write_bytes(gzip.compress(b"export {};"))
    (tmp_path / "secret").write_text("not for you")
    return tmp_path / "dist"


@pytest.fixture
def client(built: Path) -> TestClient:
    return TestClient(Starlette(routes=console_routes(built)), follow_redirects=False)


def test_the_root_leads_to_the_console(client: TestClient) -> None:
    assert client.get("/").headers["location"] == "/console/"
    assert client.get("/console").headers["location"] == "/console/"


@pytest.mark.parametrize("address", ["", "sign-in", "online-retail/rules/edit/earn", "welcome?token=abc"])
def test_every_address_of_the_console_is_its_page(client: TestClient, address: str) -> None:
    answer = client.get(f"/console/{address}")
    assert answer.status_code == 200
    assert "Regulars" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_a_file_with_a_hash_is_kept_for_ever_and_comes_packed(client: TestClient) -> None:
    answer = client.get("/console/assets/index-AbCd1234.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == "export {};"
    plain = client.get("/console/assets/index-AbCd1234.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


def test_a_file_of_another_version_is_missing_and_not_the_page(client: TestClient) -> None:
    assert client.get("/console/assets/gone-00000000.js").status_code == 404


@pytest.mark.parametrize("path", ["..%2fsecret", "assets/..%2f..%2fsecret", ".built", "%2e%2e/secret"])
def test_nothing_outside_is_served(client: TestClient, path: str) -> None:
    answer = client.get(f"/console/{path}")
    assert "not for you" not in answer.text
    assert answer.status_code == 404 or "Regulars" in answer.text


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    client = TestClient(Starlette(routes=console_routes(tmp_path)))
    answer = client.get("/console/")
    assert answer.status_code == 503
    assert "make console" in answer.text
