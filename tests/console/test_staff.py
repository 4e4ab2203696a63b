"""A person's own account in a browser: a passkey and an authenticator; and what the audit page says of the chain."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.console.conftest import Visit

pytestmark = pytest.mark.slow

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_and_signs_in(visit: Visit) -> None:
    visit.address = visit.address.replace("127.0.0.1", "localhost")  # passkeys are bound to names
    visit.sign_in()
    page = visit.go("/online-retail/account")
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Remove the passkey Laptop")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{visit.address}/console/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile("online-retail"))
    page = visit.go("/online-retail/account")
    page.get_by_role("button", name="Remove the passkey Laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Remove the passkey Laptop")).to_be_hidden()


def test_a_wrong_code_is_refused_at_its_field(visit: Visit) -> None:
    page = visit.go("/online-retail/account")
    page.get_by_role("button", name="Set up an authenticator").click()
    code = page.get_by_label("Code of your authenticator")
    expect(page.get_by_alt_text("QR code of the authenticator's address")).to_be_visible()
    code.fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(code).to_have_attribute("aria-invalid", "true")


def test_the_chain_is_said_to_hold_and_a_change_is_shown(visit: Visit) -> None:
    page = visit.go("/online-retail/audit")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain holds")).to_be_visible()
    page.locator("tbody button").first.click()
    expect(page.get_by_role("dialog").get_by_role("columnheader", name="After")).to_be_visible()
    assert visit.violations() == []


def test_the_menu_of_a_person_is_a_menu(visit: Visit) -> None:
    page = visit.go("/online-retail/people")
    page.get_by_role("button", name=re.compile("Actions for")).first.click()
    expect(page.get_by_role("menuitem", name="Change roles")).to_be_focused()
    assert visit.violations() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
