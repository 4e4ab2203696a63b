"""What somebody looked for or made is found again: filters, simulations, lists of codes, signed sources, reasons."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.console.conftest import Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
MEMBER = "17850"


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: things are made in it."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("found")) as found:
        yield found


def test_filters_of_the_log_outlive_a_reload_and_the_way_back_undoes_them(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/audit")
    rows = page.get_by_role("region", name="Changes").locator("tbody tr")
    everything = rows.count()
    what, thing = page.get_by_role("combobox", name="What"), page.get_by_role("textbox", name="Object")
    thing.press_sequentially("silver", delay=130)  # slower than letters settle now and then
    expect(page).to_have_url(re.compile(r"object=silver"))
    expect(thing).to_have_value("silver")
    what.click()
    page.get_by_role("option", name="created", exact=True).click()
    expect(page).to_have_url(re.compile(r"action=created"))
    expect(rows).to_have_count(1)
    page.reload()
    expect(thing).to_have_value("silver")
    expect(what).to_have_value("created")
    expect(rows).to_have_count(1)
    page.go_back()
    expect(what).to_have_value("anything")
    expect(thing).to_have_value("silver")
    rows.get_by_role("button").first.click()
    page.keyboard.press("Escape")
    thing.fill("")
    expect(rows).to_have_count(everything)
    assert "object" not in page.url
    assert visit.violations() == []
    assert visit.said == []


@pytest.mark.parametrize(
    ("path", "role", "name", "value"),
    [
        ("/members?q=17850", "searchbox", "Find members", MEMBER),
        ("/rewards?kind=goods", "combobox", "Kind", "Goods"),
        ("/redemptions?status=confirmed", "combobox", "Status", "Confirmed"),
        ("/products?q=HEART", "searchbox", "Search products", "HEART"),
        ("/campaigns?q=advent", "textbox", "Search campaigns", "advent"),
        ("/activities?who=all", "combobox", "Whose", "Everybody's"),
        ("/events?status=accepted", "combobox", "Verdict", "Accepted"),
        ("/vouchers/thank-you?status=stock", "combobox", "Status", "Stock"),
    ],
)
def test_a_link_to_a_list_has_its_filters(visit: Visit, path: str, role: str, name: str, value: str) -> None:
    page = visit.go(f"{PROGRAM}{path}")
    expect(page.get_by_role(role, name=name)).to_have_value(value)  # type: ignore[arg-type]
    page.reload()
    expect(page.get_by_role(role, name=name)).to_have_value(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "label"),
    [("/statements?status=draft", "Draft"), ("/approvals?status=all", "All"), ("/disputes?which=all", "All")],
)
def test_a_link_to_a_list_has_its_state(visit: Visit, path: str, label: str) -> None:
    page = visit.go(f"{PROGRAM}{path}")
    expect(page.get_by_role("radio", name=label, exact=True)).to_be_checked()


def test_a_simulation_is_listed_and_opened_again_by_its_link(visit: Visit, browser: Browser) -> None:
    page = visit.go(f"{PROGRAM}/rules/simulate")
    past = page.get_by_role("region", name="Past simulations", exact=True).last
    expect(page.get_by_text("Nothing was simulated yet")).to_be_visible()
    for time in ("Everything", "Last 30 days"):
        page.get_by_text(time, exact=True).click()
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_text("Members touched").first).to_be_visible()
        link = page.url
    assert re.search(r"simulation=", link)
    expect(past.locator("tbody tr")).to_have_count(2)
    expect(past.locator("tbody tr").first).to_contain_text("Demo")
    expect(past.locator("tbody tr").first).to_contain_text("Version 1, unchanged")
    expect(past.locator("tbody tr").first).to_contain_text("0 Points")
    past.get_by_role("link").last.click()
    expect(page.get_by_test_id("about")).to_contain_text("everything so far")
    page.go_back()
    expect(page.get_by_test_id("about")).not_to_contain_text("everything so far")
    context = browser.new_context()
    other = Visit(context, visit.address)
    other.sign_in()
    other.page.goto(link)
    expect(other.page.get_by_text("Members touched").first).to_be_visible()
    expect(other.page.get_by_test_id("about")).to_contain_text("Demo")
    context.close()
    visit.fits_everywhere()


def test_a_file_of_codes_is_imported_in_pieces_with_its_mistakes(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "pool.csv"
    codes = [f"PRINT-{number:05}" for number in range(4_500)]
    file.write_text("note;code\n" + "".join(f"x;{code}\n" for code in [*codes, "PRINT-00001", "BAD€"]))
    page = visit.go(f"{PROGRAM}/vouchers/thank-you")
    page.get_by_role("button", name="Import codes").click()
    form = page.get_by_role("dialog")
    form.locator("input[type=file]").set_input_files(file)
    expect(form.get_by_text("4,502 codes in pool.csv")).to_be_visible()
    sent: list[int] = []
    page.on("request", lambda asked: sent.append(1) if asked.url.endswith("/codes/pieces") else None)
    form.get_by_role("button", name="Import").click()
    expect(form.get_by_text("4,502 of 4,502 codes sent: 4,500 taken, 2 refused.")).to_be_visible()
    assert len(sent) == 3
    expect(form.get_by_text("Line 4,501")).to_contain_text("This code exists already.")
    expect(form.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    assert visit.violations() == []
    form.get_by_role("button", name="Cancel").click()
    batches = page.get_by_role("region", name="Batches")
    expect(batches.get_by_text(re.compile("4,500"))).to_be_visible()
    visit.fits_everywhere()


def test_a_source_asks_for_signatures_gets_another_secret_and_asks_no_more(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/sources")
    page.get_by_role("region", name="Sources and keys", exact=True).get_by_role(
        "row", name=re.compile("web-shop")
    ).click()
    form = page.get_by_role("dialog").first
    form.get_by_role("button", name="Make a write key").click()
    key = form.locator("code").first.inner_text()
    signing = form.get_by_role("group", name="Signed requests")
    expect(signing.get_by_text("not required")).to_be_visible()
    assert answered(visit, key) == 200
    signing.get_by_role("button", name="Require signatures").click()
    first = signing.locator("code").inner_text()
    refused(visit, key)
    assert answered(visit, key, first) == 200
    signing.get_by_role("button", name="Replace the secret").click()
    page.get_by_role("dialog", name="Make another signing secret?").get_by_role(
        "button", name="Make it"
    ).click()
    expect(signing.locator("code")).not_to_have_text(first)
    second = signing.locator("code").inner_text()
    refused(visit, key, first)
    assert answered(visit, key, second) == 200
    assert visit.violations() == []
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Sources and keys", exact=True).get_by_role(
        "row", name=re.compile("web-shop")
    ).click()
    expect(signing.get_by_text("required", exact=True)).to_be_visible()
    expect(signing.locator("code")).to_have_count(0)  # it was shown that once
    signing.get_by_role("button", name="Stop signing").click()
    page.get_by_role("dialog", name="Take unsigned requests again?").get_by_role(
        "button", name="Stop signing"
    ).click()
    expect(signing.get_by_text("not required")).to_be_visible()
    assert answered(visit, key) == 200
    visit.fits_everywhere()


def refused(visit: Visit, key: str, secret: str | None = None) -> None:
    """An event is not taken; a server that still knew the source as it was asks once to come again."""
    assert answered(visit, key, secret) in (401, 503)
    assert answered(visit, key, secret) == 401


def answered(visit: Visit, key: str, secret: str | None = None) -> int:
    """Return what an event is answered that comes with this key, signed or not."""
    body = json.dumps(
        {"type": "Product Viewed", "member": {"user_id": MEMBER}, "properties": {"sku": "22423"}}
    )
    signed = (
        {} if secret is None else {"X-Signature": hmac.new(secret.encode(), body.encode(), sha1).hexdigest()}
    )
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **signed}
    return visit.page.request.post(f"{visit.address}/api/v1/events", data=body, headers=headers).status


def test_points_are_what_members_earn_not_what_is_on_gift_cards(visit: Visit) -> None:
    """A type listed behind what members earn is never meant where nobody says which, whatever its code."""
    page = visit.go(f"{PROGRAM}/members/external_id:{MEMBER}")
    page.get_by_role("button", name="Adjust points").click()
    expect(page.get_by_role("dialog").get_by_role("combobox").first).to_have_value("Points")


def test_the_history_of_a_member_names_the_rules_and_reasons_are_said_in_chinese(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/members/external_id:{MEMBER}")
    page.get_by_text("Points", exact=True).last.click()
    line = page.get_by_role("button", name=re.compile("A point a pound"))
    expect(line.first).to_be_visible()
    page.evaluate("localStorage.setItem('regulars:language', JSON.stringify('zh-CN'))")
    event = visit.page.request.get(
        f"{visit.address}/api/v1/programs/online-retail/events?limit=50&q={MEMBER}"
    ).json()["data"]
    order = next(one for one in event if one["type"] == "Order Completed")
    page = visit.go(f"{PROGRAM}/events?event={order['id']}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("tab").first.click()
    expect(
        drawer.get_by_text(re.compile("需要订单金额至少为 1,000.00 GBP；实际为 .* GBP，还差 .* GBP")).first
    ).to_be_visible()
    assert "too little" not in drawer.inner_text()
    visit.fits_everywhere()
