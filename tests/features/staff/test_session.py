"""A browser signs in, is known, and is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from tests.features.staff.conftest import PASSWORD, Browser

from regulars.app.settings import Settings
from regulars.features.staff import first_admin_link
from regulars.features.staff.model import SESSION_IDLE, SESSION_LONGEST
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_the_first_administrator_comes_in_by_the_link_and_later_by_password(
    admin: Browser, browser: Browser
) -> None:
    mine = (await admin.ask("GET", "/session")).json()
    assert mine["person"] == {"id": 1, "name": "Ada", "email": "admin@example.com", "locale": "en"}
    assert mine["roles"] == [{"role": "platform_admin", "program": None, "partner": None, "region": None}]
    assert {"points:write", "rules:publish", "books:read"} <= set(mine["permissions"])
    answer = await browser.sign_in("Admin@Example.com")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert (await browser.ask("GET", "/programs")).status_code == 200


async def test_a_link_works_once_and_only_while_nobody_is_there(
    app: FastAPI, db: Database, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        token = await first_admin_link(tx, clock.now())
    first, second = Browser(app), Browser(app)
    assert (await first.ask("POST", "/session/one-time", {"token": token})).status_code == 200
    again = await second.ask("POST", "/session/one-time", {"token": token})
    assert (again.status_code, again.json()["code"]) == (410, "link_spent")
    async with db.transaction() as tx:
        assert await first_admin_link(tx, clock.now()) is None


async def test_what_changes_something_needs_the_token(admin: Browser) -> None:
    body = {"code": "third", "name": "Third", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
    token, admin.csrf = admin.csrf, ""
    for headers in ({}, {"x-csrf-token": "0" * 64}):
        answer = await admin.ask("POST", "/programs", body, **{"idempotency-key": "third", **headers})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_token_missing")
    admin.csrf = token
    answer = await admin.ask("POST", "/programs", body, **{"idempotency-key": "third"})
    assert answer.status_code == 201, answer.text
    (place,) = (await admin.ask("GET", "/session")).json()["programs"]
    assert (place["code"], place["name"]) == ("third", "Third")


async def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(admin: Browser) -> None:
    kept = dict(admin.client.cookies)
    assert (await admin.ask("DELETE", "/session")).status_code == 204
    admin.client.cookies.update(kept)
    assert (await admin.ask("GET", "/session")).status_code == 401


async def test_other_browsers_are_listed_and_revoked(admin: Browser, browser: Browser) -> None:
    await browser.sign_in("admin@example.com")
    found = (await admin.ask("GET", "/session/all")).json()
    assert [one["current"] for one in found] == [False, True]
    assert (await admin.ask("DELETE", f"/session/all/{found[0]['id']}")).status_code == 204
    assert (await browser.ask("GET", "/session")).status_code == 401
    assert (await admin.ask("GET", "/session")).status_code == 200


async def test_a_session_ends_when_nobody_uses_it_and_after_a_working_day(
    admin: Browser, clock: FixedClock
) -> None:
    began = clock.now()
    while clock.now() + timedelta(hours=1) < began + SESSION_LONGEST:
        clock.advance(timedelta(hours=1))
        assert (await admin.ask("GET", "/session")).status_code == 200
    clock.advance(timedelta(hours=1))
    assert (await admin.ask("GET", "/session")).status_code == 401
    await admin.sign_in("admin@example.com")
    clock.advance(SESSION_IDLE)
    assert (await admin.ask("GET", "/session")).status_code == 401


async def test_the_demo_lets_in_by_one_click_and_nobody_else_does(browser: Browser) -> None:
    answer = await browser.ask("POST", "/session/demo")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_the_demo")
    ways = (await browser.ask("GET", "/session/ways")).json()
    assert (ways["demo"], ways["first_start"]) == (False, True)


class TestDemo:
    """The installation that was started as the demo."""

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(database_url=database_url, worker=False, demo=True)

    async def test_one_click(self, browser: Browser) -> None:
        assert (await browser.ask("GET", "/session/ways")).json()["demo"] is True
        answer = await browser.ask("POST", "/session/demo")
        assert answer.json()["roles"][0]["role"] == "platform_admin"
        assert (await browser.ask("GET", "/session")).json()["method"] == "demo"
        assert (await browser.ask("POST", "/session/demo")).status_code == 200

    async def test_not_where_others_worked_first(self, admin: Browser, browser: Browser) -> None:
        assert (await browser.ask("POST", "/session/demo")).status_code == 404

    async def test_who_invites_others_is_not_shut_out(self, browser: Browser) -> None:
        await _invited_by_the_demo(browser)
        assert (await browser.ask("POST", "/session/demo")).status_code == 200

    @pytest.mark.parametrize("reached", [{"host": "192.0.2.1"}, {"public_url": "https://shop.example"}])
    async def test_others_beside_it_shut_the_network_out(
        self, app: FastAPI, settings: Settings, browser: Browser, reached: dict[str, str]
    ) -> None:
        await _invited_by_the_demo(browser)
        app.state.settings = settings.model_copy(update=reached)
        assert (await browser.ask("POST", "/session/demo")).status_code == 404


async def _invited_by_the_demo(browser: Browser) -> None:
    await browser.ask("POST", "/session/demo")
    invited = {"email": "pat@example.com", "name": "Pat", "roles": [{"role": "marketer"}]}
    assert (await browser.ask("POST", "/staff/people", invited)).status_code == 201


async def test_a_wrong_password_is_refused(admin: Browser, browser: Browser) -> None:
    answer = await browser.sign_in("admin@example.com", PASSWORD + "!")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert "set-cookie" not in answer.headers


async def test_a_form_of_another_site_signs_nobody_in(admin: Browser, browser: Browser) -> None:
    """A page elsewhere can send texts and forms without asking, and no JSON: only JSON signs in."""
    content = f'{{"email": "admin@example.com", "password": "{PASSWORD}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        headers = {"content-type": kind} if kind else {}
        answer = await browser.client.post("/api/v1/session", content=content, headers=headers)
        assert answer.status_code in (400, 415, 422), (kind, answer.text)
        assert "set-cookie" not in answer.headers
