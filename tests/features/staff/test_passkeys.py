"""Passkeys from a device in software: added, used, and refused where anything about them is not right."""

from __future__ import annotations

from typing import Any

from tests.features.staff.conftest import Browser
from tests.features.staff.device import Device

from regulars.infra.clock import FixedClock


async def add(browser: Browser, device: Device) -> Any:
    """Add a device's key to whoever is signed in."""
    asked = (await browser.ask("POST", "/session/passkeys/begin")).json()
    body = {"challenge": asked["challenge"], "credential": device.create(asked["publicKey"]), "name": "Phone"}
    return await browser.ask("POST", "/session/passkeys", body)


async def use(browser: Browser, device: Device, **changed: Any) -> Any:
    """Sign in with a device's key."""
    asked = (await browser.ask("POST", "/session/passkey/begin")).json()
    credential = device.get({**asked["publicKey"], **changed})
    return await browser.ask(
        "POST", "/session/passkey", {"challenge": asked["challenge"], "credential": credential}
    )


async def test_a_passkey_is_added_and_signs_in(admin: Browser, browser: Browser) -> None:
    device = Device()
    added = await add(admin, device)
    assert added.status_code == 201, added.text
    assert [one["name"] for one in added.json()] == ["Phone"]
    for _ in range(2):
        answer = await use(browser, device)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["person"]["name"], answer.json()["method"]) == ("Ada", "passkey")


async def test_what_is_not_right_is_refused(admin: Browser, browser: Browser) -> None:
    device, stranger, elsewhere = Device(), Device(), Device()
    await add(admin, device)
    assert (await use(browser, stranger)).json()["code"] == "passkey_refused"
    stranger.id = device.id  # another key under the known id
    assert (await use(browser, stranger)).json()["code"] == "passkey_refused"
    elsewhere.id, elsewhere.key, elsewhere.origin = device.id, device.key, "https://evil.example"
    assert (await use(browser, elsewhere)).json()["code"] == "passkey_refused"
    assert (await use(browser, device, rpId="evil.example")).json()["code"] == "passkey_refused"
    assert (await use(browser, device, challenge="AAAA")).json()["code"] == "passkey_refused"
    device.flags = 0x01  # present, and nobody looked who it was
    assert (await use(browser, device)).json()["code"] == "passkey_refused"
    device.flags = 0x05
    assert (await use(browser, device)).status_code == 200


async def test_a_copied_key_is_noticed_by_its_counter(admin: Browser, browser: Browser) -> None:
    device = Device()
    await add(admin, device)
    device.count = 7
    assert (await use(browser, device)).status_code == 200
    device.count = 3
    assert (await use(browser, device)).json()["code"] == "passkey_refused"


async def test_an_answer_counts_once_and_in_time(admin: Browser, browser: Browser, clock: FixedClock) -> None:
    device = Device()
    await add(admin, device)
    asked = (await browser.ask("POST", "/session/passkey/begin")).json()
    body = {"challenge": asked["challenge"], "credential": device.get(asked["publicKey"])}
    assert (await browser.ask("POST", "/session/passkey", body)).status_code == 200
    again = await browser.ask("POST", "/session/passkey", body)
    assert (again.status_code, again.json()["code"]) == (409, "challenge_spent")


async def test_a_removed_passkey_and_one_of_somebody_disabled_let_nobody_in(
    admin: Browser, browser: Browser
) -> None:
    device = Device()
    added = (await add(admin, device)).json()
    assert (await admin.ask("DELETE", f"/session/passkeys/{added[0]['id']}")).status_code == 204
    assert (await use(browser, device)).json()["code"] == "passkey_refused"
