"""Checkouts in the console: found, read, made an order, taken back in part, undone; on a phone; by partners."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.colleagues import colleague
from tests.console.conftest import Visit, served_demo
from tests.console.test_member_has import call

pytestmark = pytest.mark.slow

PROGRAM = "/api/v1/programs/online-retail"
MEMBER = "external_id:13047"
FEW = 60
LINES = [
    {"sku": "22423", "name": "Regency cakestand", "amount": 5_100, "quantity": 4, "category": "Kitchen"},
    {"sku": "85123A", "name": "Hanging heart", "amount": 1_020, "quantity": 4},
]
TEN = {"name": "Ten percent", "worth": {"kind": "percentage", "percentage": "10"}}
TOWEL = {"name": "Tea towel", "kind": "goods", "price": {"points": 120}}
STORE = {"name": "Covent Garden", "partner": "paper-chase"}


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: its members spend."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("checkouts"), FEW) as found:
        yield found


@pytest.fixture
def page(visit: Visit) -> Page:
    """Return a window of a demo whose member has points to spend."""
    gift = {"direction": "credit", "points": 2_000, "reason": "to spend", "point_type": "points"}
    call(visit, "POST", f"{PROGRAM}/members/{MEMBER}/adjustments", gift)
    call(visit, "PUT", f"{PROGRAM}/rewards/tea-towel", TOWEL)
    return visit.page


def opened(visit: Visit, *rewards: dict[str, Any], **more: Any) -> str:
    """Open a checkout of the member; return its id."""
    body = {"member": MEMBER, "lines": LINES, "rewards": rewards, **more}
    found: str = call(visit, "POST", f"{PROGRAM}/checkouts", body)["id"]
    return found


def closed(visit: Visit, *rewards: dict[str, Any]) -> tuple[str, str]:
    """Make an order of one; return its id and the order's number."""
    number, order = opened(visit, *rewards), f"W-{uuid.uuid4().hex[:6]}"
    call(visit, "POST", f"{PROGRAM}/checkouts/{number}/close", {"order_id": order})
    return number, order


def shown(visit: Visit, number: str) -> Any:
    return call(visit, "GET", f"{PROGRAM}/checkouts/{number}")


def test_an_agent_finds_a_checkout_by_its_order_and_reads_why_it_cost_that(visit: Visit, page: Page) -> None:
    number, order = closed(visit, {"reward": "pounds-off", "points": 400}, {"reward": "tea-towel"})
    opened(visit)
    visit.go("/online-retail/checkouts")
    page.get_by_label("Order", exact=True).fill(order)
    rows = page.get_by_role("region", name="Checkouts").locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Cancelled").click()
    expect(page.get_by_text("No checkout like that")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(1)
    page.get_by_label("Opened until").fill("2010-01-01")
    expect(page.get_by_text("No checkout like that")).to_be_visible()
    page.get_by_label("Opened until").fill("2010-12-01")
    expect(rows).to_have_count(1)
    visit.fits_everywhere()
    rows.first.get_by_role("link").first.press("Enter")
    expect(page.get_by_role("heading", name=f"Checkout of order {order}")).to_be_visible()
    assert page.url.endswith(number)
    main = page.get_by_role("main")
    expect(main.get_by_text("The reward pounds-off takes off 2.00", exact=False)).to_be_visible()
    expect(page.get_by_role("region", name="Basket")).to_contain_text("Hanging heart")
    expect(main).to_contain_text("Became an order")
    visit.fits_everywhere()
    page.get_by_role("button", name="Tea towel").click()
    expect(page.get_by_role("dialog").get_by_role("link", name=number)).to_be_visible()


def test_what_is_set_aside_is_named_and_becomes_an_order(visit: Visit, page: Page) -> None:
    call(visit, "PUT", f"{PROGRAM}/voucher-definitions/tenth", TEN)
    call(visit, "POST", f"{PROGRAM}/voucher-definitions/tenth/codes", {"code": "TEA-TIME"})
    number = opened(visit, {"reward": "tea-towel"}, vouchers=["TEA-TIME"])
    visit.go(f"/online-retail/checkouts/{number}")
    aside = page.locator("section").filter(has_text="Set aside until")
    expect(aside).to_contain_text("TEA-TIME")
    expect(aside).to_contain_text("120")
    visit.fits_everywhere()
    page.get_by_role("button", name="Make the order").click()
    form = page.get_by_role("dialog")
    assert visit.violations() == []
    _, taken = closed(visit)
    form.get_by_label("Number of the order").fill(taken)
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Another checkout became the order of this number")
    form.get_by_label("Number of the order").fill(f"{taken}-2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Checkout of order {taken}-2")).to_be_visible()
    assert shown(visit, number)["status"] == "closed"
    page.get_by_role("link", name="TEA-TIME").click()
    expect(page.get_by_role("region", name="Uses").get_by_role("link", name=number)).to_be_visible()


def test_pieces_come_back_after_the_server_said_what_goes_back(visit: Visit, page: Page) -> None:
    number, _ = closed(visit, {"reward": "pounds-off", "points": 400}, {"reward": "tea-towel", "quantity": 2})
    visit.go(f"/online-retail/checkouts/{number}")
    page.get_by_role("button", name="Take back").click()
    form = page.get_by_role("dialog", name="Take back")
    expect(form.get_by_role("button", name="Go on")).to_be_disabled()
    form.get_by_label("Hanging heart").fill("1")
    form.get_by_label("Tea towel").fill("1")
    form.get_by_role("switch", name="Others can take these pieces again").uncheck()
    assert visit.violations() == []
    form.get_by_role("button", name="Go on").click()
    question = page.get_by_role("dialog", name="Take this back?")
    expect(question).to_contain_text("£2.46")
    assert shown(visit, number)["status"] == "closed", "nothing is done before it was said"
    question.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("main")).to_contain_text("Pieces came back")
    now = shown(visit, number)
    assert (now["status"], now["lines"][1]["returned"], now["returned_money"]) == ("part_returned", 1, 246)
    assert [one["returned"] for one in now["rewards"] if not one["with_lines"]] == [1]
    expect(page.get_by_role("button", name="Undo and open again")).to_have_count(0)
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Everything that is left").click()
    form.get_by_role("button", name="Go on").click()
    question.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    assert shown(visit, number)["status"] == "returned"


def test_a_refusal_stands_below_the_buttons_and_an_order_is_undone(visit: Visit, page: Page) -> None:
    number, order = closed(visit, {"reward": "tea-towel"})
    visit.go(f"/online-retail/checkouts/{number}")
    back = {"lines": [{"line": 0, "quantity": 1}]}
    other, _ = closed(visit)
    page.get_by_role("button", name="Undo and open again").click()
    question = page.get_by_role("dialog", name=f"Undo order {order}?")
    expect(question).to_contain_text("£61.20")
    question.get_by_role("button", name="Undo and open again").click()
    expect(page.get_by_role("button", name="Give up")).to_be_visible()
    page.get_by_role("button", name="Give up").click()
    page.get_by_role("dialog").get_by_role("button", name="Give up").click()
    expect(page.get_by_role("main")).to_contain_text("Given up")
    assert shown(visit, number)["status"] == "cancelled"
    visit.go(f"/online-retail/checkouts/{other}")
    call(visit, "POST", f"{PROGRAM}/checkouts/{other}/return", back)
    page.get_by_role("button", name="Undo and open again").click()
    expect(page.get_by_role("alert").first).to_contain_text("not open for that any more")
    assert visit.violations() == []


def test_a_member_s_page_lists_hers(visit: Visit, page: Page) -> None:
    _, order = closed(visit)
    visit.go(f"/online-retail/members/{MEMBER}")
    page.get_by_role("tab", name="Checkouts").click()
    row = page.get_by_role("region", name="Checkouts").get_by_role("row").filter(has_text=order)
    expect(row).to_be_visible()
    visit.fits_everywhere()


def test_who_only_reads_has_no_buttons_and_a_partner_sees_its_stores_alone(
    browser: Browser, visit: Visit, page: Page
) -> None:
    call(visit, "PUT", f"{PROGRAM}/stores/covent", STORE)
    own, other = opened(visit, {"reward": "tea-towel"}, store="covent"), opened(visit)
    reader = colleague(browser, visit, "analyst", "Ada")
    reader.go(f"/online-retail/checkouts/{own}")
    expect(reader.page.get_by_role("region", name="Basket")).to_be_visible()
    expect(reader.page.get_by_role("button", name="Give up")).to_have_count(0)
    roles = [{"role": "partner", "program": "online-retail", "partner": "paper-chase"}]
    partner = colleague(browser, visit, "partner", "Paul", roles)
    partner.go("/online-retail/checkouts")
    rows = partner.page.get_by_role("region", name="Checkouts").locator("tbody tr")
    expect(rows).to_have_count(1)
    partner.fits_everywhere()
    rows.first.get_by_role("link").click()
    expect(partner.page.get_by_role("region", name="Basket")).to_be_visible()
    expect(partner.page.get_by_role("button", name=re.compile("Give up|Make the order"))).to_have_count(0)
    partner.fits_everywhere()
    partner.go(f"/online-retail/checkouts/{other}")
    expect(partner.page.get_by_role("alert")).to_contain_text("The program has no such checkout")
    reader.page.context.close()
    partner.page.context.close()
