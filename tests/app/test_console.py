"""The console's files: cached for ever or asked for, packed where understood, one page for all its addresses."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from regulars.app.console import console_routes

PAGES = {
    "/sign-in": ["assets/SignIn-1.js"],
    "/$program/": ["assets/Start-1.js"],
    "/$program/members/$member": ["assets/Member-1.js", "assets/common-1.js", "assets/member-1.css"],
    "/$program/members/new": ["assets/NewMember-1.js"],
    "/language/zh-CN": ["assets/catalogue-1.js"],
}
SCRIPT = "/console/assets/index-AbCd1234.js"
SIGNED_IN = {"cookie": "theme=dark; regulars_session=abc"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<head><title>Regulars</title></head>")
    (tmp_path / "dist" / ".built").write_text("{}")
    script = tmp_path / "dist" / "assets" / "index-AbCd1234.js"
    script.write_text("export {};")
    script.with_name(f"{script.name}.gz").write_bytes(gzip.compress(b"export {};"))
    (tmp_path / "dist" / ".pages.json").write_text(json.dumps(PAGES))
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


def test_the_best_packing_that_a_browser_understands_is_sent(client: TestClient, built: Path) -> None:
    script = built / "assets" / "index-AbCd1234.js"
    script.with_name(f"{script.name}.br").write_bytes(b"packed tight")
    with client.stream("GET", SCRIPT, headers={"accept-encoding": "gzip, deflate, br;q=0.9"}) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert b"".join(answer.iter_raw()) == b"packed tight"
    assert client.get(SCRIPT, headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("address", "headers", "needed"),
    [
        (
            "online-retail/members/42",
            SIGNED_IN,
            [
                "/console/assets/Member-1.js",
                "/console/assets/common-1.js",
                "/console/assets/member-1.css",
                "/api/v1/session",
                "/api/v1/programs/online-retail",
            ],
        ),
        (
            "shop/members/new",
            SIGNED_IN,
            ["/console/assets/NewMember-1.js", "/api/v1/session", "/api/v1/programs/shop"],
        ),
        ("", SIGNED_IN, ["/console/assets/Start-1.js", "/api/v1/session"]),
        ("shop/nowhere/at/all", SIGNED_IN, ["/api/v1/session", "/api/v1/programs/shop"]),
        ("online-retail/members/42", {}, ["/console/assets/SignIn-1.js"]),
        (
            "sign-in",
            {"accept-language": "zh-CN,en"},
            ["/console/assets/SignIn-1.js", "/console/assets/catalogue-1.js"],
        ),
    ],
)
def test_the_page_names_what_its_address_needs_first(
    client: TestClient, address: str, headers: dict[str, str], needed: list[str]
) -> None:
    answer = client.get(f"/console/{address}", headers=headers)
    assert re.findall(r'<link rel="\S+" (?:as="fetch" )?crossorigin href="([^"]+)">', answer.text) == needed
    assert "cookie" in answer.headers["vary"]


def test_what_an_address_says_does_not_become_part_of_the_page(client: TestClient) -> None:
    answer = client.get("/console/%22%3E%3Cscript%3E/members/new", headers=SIGNED_IN)
    assert "<script>" not in answer.text
    assert "/api/v1/programs/%22%3E%3Cscript%3E" in answer.text


def test_a_build_that_comes_while_the_server_runs_is_served_next(client: TestClient, built: Path) -> None:
    assert client.get(SCRIPT).status_code == 200
    shutil.rmtree(built)
    # Between two builds: what was sent before is still there, what was not is missing, and nothing breaks.
    assert "Regulars" in client.get("/console/online-retail").text
    assert client.get(SCRIPT).status_code == 200
    assert client.get("/console/assets/late-AbCd1234.js").status_code == 404
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<head><title>Regulars, the next</title></head>")
    (built / "assets" / "next-AbCd1234.js").write_text("export {};")
    assert "the next" in client.get("/console/online-retail").text
    assert client.get("/console/assets/next-AbCd1234.js").status_code == 200


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
