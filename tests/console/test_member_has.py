"""What a member's page shows of what she has: wallets with something in them, points that wait, tickets of draws."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.console.conftest import Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/api/v1/programs/online-retail"
MEMBER = "external_id:13047"
PAGE = f"/online-retail/members/{MEMBER}"
FEW = 60
POINTS = {"name": "Patience", "policy": {"pending": {"manual": True}}}
RULE = {
    "name": "Patience", "status": "active", "trigger": {"event": "Waited"},
    "then": [{"award": {"point_type": "patience", "points": 30}}],
}  # fmt: skip
LAMP = {"name": "Win a lamp", "prizes": [{"code": "lamp", "name": "A lamp", "quantity": 1}]}


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: its rules change."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("has"), FEW) as found:
        yield found


def call(visit: Visit, method: str, path: str, body: Any = None) -> Any:
    """Call the API as who is signed in."""
    request = visit.page.request
    token = request.get(f"{visit.address}/api/v1/session").json()["csrf"]
    headers = {"x-csrf-token": token, "idempotency-key": uuid.uuid4().hex}
    answer = request.fetch(f"{visit.address}{path}", method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.text() else None


@pytest.fixture
def page(visit: Visit) -> Page:
    """Return a window of a demo with points that wait and an open draw."""
    call(visit, "PUT", f"{PROGRAM}/point-types/patience", POINTS)
    call(visit, "PUT", f"{PROGRAM}/rules/patience", RULE)
    call(visit, "POST", f"{PROGRAM}/rulesets", {})
    call(visit, "PUT", f"{PROGRAM}/draws/lamp", LAMP)
    call(visit, "POST", f"{PROGRAM}/draws/lamp/open")
    return visit.page


def test_an_empty_wallet_is_nobody_s_business(visit: Visit, page: Page) -> None:
    visit.go(PAGE)
    expect(page.get_by_test_id("balance").first).to_be_visible()
    names = [
        wallet["name"] for wallet in call(visit, "GET", f"{PROGRAM}/members/{MEMBER}/wallets")["wallets"]
    ]
    assert {"Gift cards", "Patience"} <= set(names), "the API tells all of them"
    expect(page.get_by_role("tab", name="Timeline")).to_be_visible()
    for empty in ("Gift cards", "Patience"):
        expect(page.get_by_role("main").get_by_text(empty, exact=True)).to_have_count(0)
    gift = {"direction": "credit", "points": 500, "reason": "x", "point_type": "gift"}
    call(visit, "POST", f"{PROGRAM}/members/{MEMBER}/adjustments", gift)
    visit.go(PAGE)
    expect(page.get_by_role("main").get_by_text("Gift cards", exact=True).first).to_be_visible()


def test_points_that_wait_are_released_with_a_reason(visit: Visit, page: Page) -> None:
    event = {"id": uuid.uuid4().hex, "type": "Waited", "member": {"user_id": "13047"}}
    source = call(visit, "GET", f"{PROGRAM}/sources")["data"][0]["code"]
    key = call(visit, "POST", f"{PROGRAM}/sources/{source}/keys", {})["key"]
    headers = {"authorization": f"Bearer {key}"}
    sent = page.request.post(f"{visit.address}/api/v1/events", data=event, headers=headers)
    assert sent.json()["rules_fired"], sent.text()
    visit.go(f"{PAGE}?tab=lots")
    row = page.get_by_role("row").filter(has_text="Patience")
    expect(row).to_contain_text("until released")
    row.get_by_role("button", name="Release").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_role("button", name="Release")).to_be_disabled()
    assert visit.violations() == []
    form.get_by_label("Reason").fill("The goods arrived")
    form.get_by_role("button", name="Release").click()
    expect(page.get_by_text("30 points released.")).to_be_visible()
    expect(row.get_by_role("button", name="Release")).to_have_count(0)
    visit.fits_everywhere()


def test_tickets_are_listed_with_their_draw_and_what_they_won(visit: Visit, page: Page) -> None:
    visit.go(f"{PAGE}?tab=draws")
    expect(page.get_by_text("No draw tickets")).to_be_visible()
    entry = call(visit, "POST", f"{PROGRAM}/members/{MEMBER}/draws/lamp/tickets", {"tickets": 3})["entry"]
    visit.go(f"{PAGE}?tab=draws")
    row = page.get_by_role("row").filter(has_text="Win a lamp")
    expect(row).to_contain_text(str(entry))
    call(visit, "POST", f"{PROGRAM}/draws/lamp/close", {})
    call(visit, "POST", f"{PROGRAM}/draws/lamp/reveal")
    visit.go(f"{PAGE}?tab=draws")
    expect(row).to_contain_text("A lamp")
    visit.fits_everywhere()
