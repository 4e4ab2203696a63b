"""Daily work by mouse: what was written is kept, points are set up in fields, events are looked into and replayed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.console.colleagues import colleague, token
from tests.console.conftest import PHONE, Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: things are made in it."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("work")) as found:
        yield found


def write_key(visit: Visit) -> str:
    """Return a key of the web shop."""
    base = f"{visit.address}/api/v1/programs/online-retail/sources/web-shop/keys"
    return str(visit.page.request.post(base, data={}, headers=token(visit)).json()["key"])


def tell(visit: Visit, key: str, order: str) -> None:
    """Let the web shop tell of an order."""
    event = {
        "type": "Order Completed",
        "member": {"user_id": "17850"},
        "order": {"order_id": order, "lines": [{"sku": "22423", "price": "12.75", "quantity": 4}]},
    }
    sent = visit.page.request.post(
        f"{visit.address}/api/v1/events", data=event, headers={"Authorization": f"Bearer {key}"}
    )
    assert sent.ok, sent.text()


def test_what_was_written_outlives_a_reload_and_closing_by_mistake_until_it_is_sent(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/products")
    page.get_by_role("button", name="New product").click()
    form = page.get_by_role("dialog")
    form.get_by_label("SKU").fill("TEA-1")
    form.get_by_role("textbox", name="Name", exact=True).fill("A pound of tea")
    form.get_by_role("button", name="Add an attribute").click()
    form.get_by_label("Name of attribute 1").fill("organic")
    page.reload()
    expect(form.get_by_label("SKU")).to_have_value("TEA-1")
    expect(form.get_by_text("it was not sent yet")).to_be_visible()
    assert visit.violations() == []
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    page.get_by_role("button", name="New product").click()
    expect(form.get_by_label("Name of attribute 1")).to_have_value("organic")
    form.get_by_label("SKU").fill("22423")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("There is a product 22423 already")
    form.get_by_label("SKU").fill("TEA-1")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    page.get_by_label("Search products").fill("pound of")
    page.get_by_role("row", name=re.compile("A pound of tea")).click()
    expect(form.get_by_label("Name of attribute 1")).to_have_value("organic")
    expect(form.get_by_text("it was not sent yet")).to_be_hidden()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New product").click()
    expect(form.get_by_label("SKU")).to_have_value("")


def test_a_kind_of_points_is_set_up_without_a_line_of_code(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/point-types")
    page.get_by_role("button", name="New point type").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name", exact=True).fill("Stars")
    form.get_by_role("combobox", name="They end").click()
    page.get_by_role("option", name="at the end of a calendar period").click()
    form.get_by_role("combobox", name="End of the").click()
    page.get_by_role("option", name="half-year").click()
    form.get_by_label("Months after they were earned").fill("0")
    form.get_by_role("switch", name="A member may owe points").click(force=True)
    form.get_by_label("What one point is worth").fill("0.0125")
    assert visit.violations() == []
    form.get_by_role("button", name="Save").click()
    row = page.get_by_role("row", name=re.compile("Stars"))
    expect(row).to_contain_text("at the end of the half-year, 0 months after they were earned")
    expect(row).to_contain_text("£0.0125")
    row.click()
    expect(form.get_by_label("Owed at most")).to_have_value("1 000")
    form.get_by_label("Owed at most").fill("0")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_label("Owed at most")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_role("alert")).to_contain_text("policy.debt.max")


def test_an_event_is_watched_held_searched_opened_replayed_and_made_a_rule_of(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/events")
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    key = write_key(visit)
    tell(visit, key, "held-1")
    page.get_by_role("button", name="Go on").click()
    tell(visit, key, "seen-2")
    expect(page.get_by_role("row", name=re.compile("seen-2"))).to_be_visible()
    page.get_by_label("Search events").fill("held-1")
    expect(page.get_by_role("row", name=re.compile("held-1"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("seen-2"))).to_be_hidden()
    page.get_by_role("row", name=re.compile("held-1")).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("Rules that fired")).to_be_visible()
    drawer.get_by_role("tab", name="What it says").click()
    expect(drawer.get_by_role("cell", name="22423")).to_be_visible()
    drawer.get_by_role("tab", name="Raw").click()
    expect(drawer.locator("pre")).to_contain_text('"order_id": "held-1"')
    drawer.get_by_role("tab", name="Replay").click()
    expect(drawer.get_by_text("When it came, it gave")).to_be_visible()
    expect(drawer.get_by_text("Rules that fired")).to_be_visible()
    assert visit.violations() == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert visit.violations() == []
    drawer.get_by_role("link", name="Make a rule from it").click()
    expect(page).to_have_url(re.compile("rules/new"))
    expect(page.get_by_test_id("sentence")).to_contain_text("Order Completed")


def test_who_may_only_read_is_offered_nothing_else(visit: Visit, browser: Browser) -> None:
    auditor = colleague(browser, visit, "auditor", "Ada Reads")
    for place, button in (
        ("products", "New product"),
        ("stores", "New store"),
        ("rewards", "New reward"),
        ("vouchers", "New voucher"),
        ("webhooks", "New endpoint"),
        ("campaigns", "New campaign"),
        ("sources", "New API key"),
    ):
        page = auditor.go(f"{PROGRAM}/{place}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("button", name=button, exact=True)).to_have_count(0)
    page = auditor.go(f"{PROGRAM}/stores")
    page.get_by_role("row", name=re.compile("australia")).click()
    form = page.get_by_role("dialog")
    expect(form.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    expect(form.get_by_role("button", name="Save")).to_have_count(0)
    assert auditor.violations() == []
    assert auditor.said == []
    auditor.page.context.close()


def test_a_further_program_is_made_and_chosen_from_the_switcher(visit: Visit) -> None:
    page = visit.go(PROGRAM)
    code = f"outlet-{uuid.uuid4().hex[:6]}"
    page.get_by_role("combobox", name="Program").click()
    page.get_by_role("option", name="New program …").click()
    expect(page.get_by_role("heading", name="New program")).to_be_visible()
    assert visit.violations() == []
    page.get_by_label("Name").fill(code)
    page.get_by_role("button", name="Make the program").click()
    expect(page).to_have_url(re.compile(code))
    page.get_by_role("combobox", name="Program").click()
    page.get_by_role("option", name="Online Retail").click()
    expect(page).to_have_url(re.compile("online-retail"))
