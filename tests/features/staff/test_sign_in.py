"""Passwords, codes and links: right ones let in, wrong ones are counted, and nobody learns who is there."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta

import pytest
from fastapi import FastAPI
from tests.features.staff.conftest import PASSWORD, Browser

from regulars.features.staff import passwords
from regulars.features.staff.errors import PasswordTooWeak
from regulars.features.staff.passwords import check_strength
from regulars.features.staff.throttle import ACCOUNT_ATTEMPTS_MAX, ADDRESS_ATTEMPTS_MAX, WINDOW
from regulars.infra.clock import FixedClock
from regulars.kit import totp

ADMIN = "admin@example.com"


async def set_up_authenticator(browser: Browser, clock: FixedClock) -> tuple[bytes, list[str]]:
    """Give whoever is signed in an authenticator; return its secret and the recovery codes."""
    asked = (await browser.ask("POST", "/session/authenticator")).json()
    secret = passwords_secret(asked["secret"])
    code = totp.code_of(secret, totp.step_of(clock.now()))
    body = {"challenge": asked["challenge"], "code": code}
    answer = await browser.ask("POST", "/session/authenticator/confirm", body)
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["recovery_codes"]


def passwords_secret(text: str) -> bytes:
    """Return the secret that was typed in."""
    return base64.b32decode(text + "=" * (-len(text) % 8))


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    admin: Browser, browser: Browser
) -> None:
    wrong = await browser.sign_in(ADMIN, "wrong password, surely")
    unknown = await browser.sign_in("nobody@example.com", "wrong password, surely")
    plain = [
        {name: value for name, value in answer.json().items() if name != "request_id"}
        for answer in (wrong, unknown)
    ]
    assert wrong.status_code == unknown.status_code == 401
    assert plain[0] == plain[1]


async def test_an_unknown_address_is_as_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = await passwords.hash_password(PASSWORD)
    work = []
    verify = passwords._HASHER.verify
    monkeypatch.setattr(
        passwords,
        "_HASHER",
        type("Counted", (), {"verify": lambda _, h, p: work.append(h) or verify(h, p)})(),
    )
    assert await passwords.password_matches(hashed, PASSWORD)
    assert not await passwords.password_matches(None, PASSWORD)
    costs = [one.split("$")[2:4] for one in work]
    assert len(costs) == 2
    assert costs[0] == costs[1]


async def test_attempts_on_an_account_are_counted_also_in_one_burst(app: FastAPI, admin: Browser) -> None:
    browsers = [Browser(app, f"10.1.0.{number}") for number in range(30)]
    answers = await asyncio.gather(*(one.sign_in(ADMIN, "a wrong guess of mine") for one in browsers))
    said = [answer.status_code for answer in answers]
    assert said.count(401) == ACCOUNT_ATTEMPTS_MAX
    assert said.count(429) == 30 - ACCOUNT_ATTEMPTS_MAX
    right = await browsers[0].sign_in(ADMIN)
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= WINDOW.total_seconds()


async def test_who_waited_may_try_again_and_who_got_in_begins_anew(
    admin: Browser, browser: Browser, clock: FixedClock
) -> None:
    for _ in range(ACCOUNT_ATTEMPTS_MAX + 1):
        last = await browser.sign_in(ADMIN, "a wrong guess of mine")
    assert last.status_code == 429
    clock.advance(WINDOW)
    for _ in range(ACCOUNT_ATTEMPTS_MAX):
        assert (await browser.sign_in(ADMIN)).status_code == 200


async def test_attempts_from_one_address_are_counted_over_accounts(
    browser: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.features.staff.throttle.ADDRESS_ATTEMPTS_MAX", 5)
    said = [(await browser.sign_in(f"p{number}@example.com", "guess")).status_code for number in range(7)]
    assert said == [401] * 5 + [429] * 2
    assert ADDRESS_ATTEMPTS_MAX > ACCOUNT_ATTEMPTS_MAX


async def test_an_authenticator_is_asked_for_and_each_code_counts_once(
    admin: Browser, browser: Browser, clock: FixedClock
) -> None:
    secret, _ = await set_up_authenticator(admin, clock)
    without = await browser.sign_in(ADMIN)
    assert (without.status_code, without.json()["code"]) == (401, "second_factor_needed")
    used = totp.code_of(secret, totp.step_of(clock.now()))
    assert (await browser.sign_in(ADMIN, code=used)).status_code == 401
    clock.advance(timedelta(seconds=30))
    fresh = totp.code_of(secret, totp.step_of(clock.now()))
    answers = await asyncio.gather(*(browser.sign_in(ADMIN, code=fresh) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert next(one for one in answers if one.status_code == 200).json()["method"] == "password+code"


async def test_a_recovery_code_stands_in_once(admin: Browser, browser: Browser, clock: FixedClock) -> None:
    _, codes = await set_up_authenticator(admin, clock)
    assert len(set(codes)) == 10
    assert (await browser.sign_in(ADMIN, code=codes[3].upper())).json()["method"] == "password+recovery"
    assert (await browser.sign_in(ADMIN, code=codes[3])).status_code == 401
    removed = await browser.ask("POST", "/session/authenticator/remove", {"code": codes[4]})
    assert removed.status_code == 204
    assert (await browser.sign_in(ADMIN)).status_code == 200


async def test_a_new_password_ends_the_other_sessions(admin: Browser, browser: Browser) -> None:
    await browser.sign_in(ADMIN)
    new = "four other words instead"
    wrong = await admin.ask("PUT", "/session/password", {"old": "not the old one", "new": new})
    assert wrong.status_code == 401
    weak = await admin.ask("PUT", "/session/password", {"old": PASSWORD, "new": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["code"]) == (422, "too_short")
    assert (await admin.ask("PUT", "/session/password", {"old": PASSWORD, "new": new})).status_code == 204
    assert (await admin.ask("GET", "/session")).status_code == 200
    assert (await browser.ask("GET", "/session")).status_code == 401
    assert (await browser.sign_in(ADMIN, new)).status_code == 200


class Links:
    """Collects links instead of sending them."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def __call__(self, email: str, name: str, purpose: str, token: str) -> None:
        self.sent.append((email, purpose, token))


async def test_a_forgotten_password(
    app: FastAPI, admin: Browser, browser: Browser, clock: FixedClock
) -> None:
    app.state.links = links = Links()
    for email in ("nobody@example.com", ADMIN):
        answer = await browser.ask("POST", "/session/reset", {"email": email})
        assert (answer.status_code, answer.content) == (202, b"null")
    ((email, purpose, token),) = links.sent
    assert (email, purpose) == (ADMIN, "reset")
    body = {"token": token, "password": "brand new words today"}
    assert (await browser.ask("POST", "/session/one-time", body)).status_code == 200
    assert (await admin.ask("GET", "/session")).status_code == 401
    assert (await browser.ask("POST", "/session/one-time", body)).status_code == 410


async def test_a_link_for_a_new_password_does_not_replace_the_second_factor(
    app: FastAPI, admin: Browser, browser: Browser, clock: FixedClock
) -> None:
    app.state.links = links = Links()
    _, codes = await set_up_authenticator(admin, clock)
    await browser.ask("POST", "/session/reset", {"email": ADMIN})
    body = {"token": links.sent[0][2], "password": "brand new words today"}
    asked = await browser.ask("POST", "/session/one-time", body)
    assert asked.json()["code"] == "second_factor_needed"
    wrong = await browser.ask("POST", "/session/one-time", {**body, "code": "000000"})
    assert wrong.json()["code"] == "sign_in_refused"
    right = await browser.ask("POST", "/session/one-time", {**body, "code": codes[0]})
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"),
        ("aaaaaaaaaaaaaa", "too_uniform"),
        ("password1234", "too_common"),
        ("P4$$w0rd123456", "too_common"),
        ("qwertyqwerty1", "too_common"),
        ("abcdefghijkl", "too_common"),
        ("Ada-Lovelace-1", "too_common"),
        ("x" * 201, "too_long"),
    ],
)
def test_weak_passwords_are_refused_with_what_to_do(password: str, code: str) -> None:
    with pytest.raises(PasswordTooWeak) as refused:
        check_strength(password, "Ada Lovelace", "ada@example.com")
    assert code in {error.code for error in refused.value.errors}
    assert all(error.message.endswith(".") for error in refused.value.errors)


@pytest.mark.parametrize("password", [PASSWORD, "Tr7-vollmond-kiste", "j3K!mw02plQz", "drei kleine Katzen"])
def test_good_passwords_are_taken(password: str) -> None:
    check_strength(password, "Ada Lovelace", "ada@example.com")
