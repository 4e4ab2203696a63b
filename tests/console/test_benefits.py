"""Vouchers, gift cards, rewards and redemptions in a browser: what people do with them, and what is said too late."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.console.conftest import Visit

pytestmark = pytest.mark.slow

PROGRAM = "/api/v1/programs/online-retail"


def call(visit: Visit, method: str, path: str, body: Any = None) -> Any:
    """Call the API as who is signed in."""
    request = visit.page.request
    token = request.get(f"{visit.address}/api/v1/session").json()["csrf"]
    headers = {"x-csrf-token": token, "idempotency-key": f"{method} {path} {body}"[:200]}
    answer = request.fetch(f"{visit.address}{PROGRAM}{path}", method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.text() else None


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_codes_of_a_voucher_are_generated_and_their_batches_listed(visit: Visit) -> None:
    worth = {"kind": "amount", "amount": 500, "on": "order"}
    call(
        visit,
        "PUT",
        "/voucher-definitions/five-off",
        {"name": "Five off", "worth": worth, "pattern": "########*"},
    )
    page = visit.go("/online-retail/vouchers/five-off")
    page.get_by_role("button", name="Generate codes").click()
    form = page.get_by_role("dialog")
    form.get_by_label("How many").fill("40")
    form.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("region", name="Batches").get_by_text("40 of 40 codes")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Batches").get_by_text("finished")).to_be_visible()
    visit.fits_everywhere()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(visit: Visit) -> None:
    page = visit.go("/online-retail/rewards/cake-stand")
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("dialog")
    before = call(visit, "GET", "/rewards/cake-stand")
    ours = {name: before[name] for name in ("name", "kind", "price", "category", "stock")}
    call(visit, "PUT", "/rewards/cake-stand", {**ours, "description": "Changed by somebody else"})
    form.get_by_role("textbox", name="Name", exact=True).fill("Mine")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("changed")
    assert call(visit, "GET", "/rewards/cake-stand")["name"] == before["name"]


def test_a_reward_is_kept_to_tiers(visit: Visit) -> None:
    page = visit.go("/online-retail/rewards/cake-stand")
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("dialog")
    tiers = form.get_by_role("combobox", name=re.compile("Tiers of"))
    tiers.first.press("ArrowDown")
    page.get_by_role("option").first.click()
    page.keyboard.press("Tab")
    assert visit.violations() == []
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    kept = call(visit, "GET", "/rewards/cake-stand")["tiers"]
    assert [len(codes) for codes in kept.values()] == [1]


def test_a_card_is_activated_and_topped_up(visit: Visit) -> None:
    call(visit, "PUT", "/point-types/pounds", {"name": "Pounds on cards", "scale": 2})
    card = call(visit, "POST", "/gift-cards", {"point_type": "pounds", "count": 1})[0]
    page = visit.go("/online-retail/gift-cards")
    page.get_by_label("Number").fill(card["number"])
    page.get_by_role("textbox", name="PIN").fill(card["pin"])
    for button, amount in (("Activate", "10"), ("Top up", "5.50")):
        page.get_by_role("button", name=button, exact=True).click()
        form = page.get_by_role("dialog")
        form.get_by_label("Amount").fill(amount)
        assert visit.violations() == []
        form.get_by_role("button", name=button, exact=True).click()
        expect(form).to_be_hidden()
    expect(page.get_by_text("£15.50").first).to_be_visible()


def test_a_share_of_a_redemption_is_given_back(visit: Visit) -> None:
    page = visit.go("/online-retail/redemptions")
    page.locator("tbody tr").filter(has_text="Confirmed").first.get_by_role("button", name="Open").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Cancel and give back").click()
    form = page.get_by_role("dialog", name="Cancel and give back")
    form.get_by_text("A share", exact=True).click()
    form.get_by_label("Share given back (%)").fill("40")
    form.get_by_role("textbox", name="Reason").fill("a chip in the glaze")
    assert visit.violations() == []
    form.get_by_role("button", name="Cancel and give back").click()
    expect(page.get_by_text(re.compile("given back")).first).to_be_visible()


def test_the_program_and_its_parts_are_changed_by_the_version_that_was_read(visit: Visit) -> None:
    page = visit.go("/online-retail/settings")
    name = page.get_by_label("Name", exact=True)
    before = name.input_value()
    for said in (f"{before} Club", before):
        name.fill(said)
        with page.expect_response(lambda answer: answer.request.method == "PATCH") as changed:
            page.get_by_role("button", name="Save", exact=True).click()
        assert changed.value.ok
        assert call(visit, "GET", "")["name"] == said
    page = visit.go("/online-retail/stores")
    page.locator("tbody tr").first.click()
    form = page.get_by_role("dialog")
    code = form.locator(".mono").last.inner_text()
    store = call(visit, "GET", f"/stores/{code}")
    body = {part: store[part] for part in ("region", "channel", "partner")}
    expect(form.get_by_role("button", name="Save")).to_be_enabled()
    call(visit, "PUT", f"/stores/{code}", {**body, "name": "Renamed meanwhile"})
    form.get_by_role("textbox", name="Name", exact=True).fill("Mine")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("changed")
    call(visit, "PUT", f"/stores/{code}", {**body, "name": store["name"]})
