"""A month in finance's hands, by mouse: closed for good, told of late, opened again when another person approves.

And the accounts that its journal names.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.colleagues import colleague
from tests.console.conftest import PHONE, Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
# Invoices of the shop until a few days into January: December is over.
SIX_WEEKS = 2_700
DECEMBER, JANUARY = "2010-12", "2011-01"


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: what is closed here stays closed for others."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("months"), SIX_WEEKS) as found:
        yield found


def month(visit: Visit, period: str) -> Page:
    """Open a month on the finance page; return it when its figures are there."""
    page = visit.go(f"{PROGRAM}/finance?view=month&period={period}")
    expect(page.get_by_role("region", name="Points and what is deferred for them")).to_contain_text(
        "Net points"
    )
    return page


def figures(page: Page) -> str:
    """Return what the page says of the points of its month."""
    return page.get_by_role("region", name="Points and what is deferred for them").inner_text()


def late_order(visit: Visit, day: str) -> None:
    """Let the shop tell of an order of days ago."""
    session = visit.page.request.get(f"{visit.address}/api/v1/session").json()
    headers = {"X-CSRF-Token": session["csrf"], "Idempotency-Key": uuid.uuid4().hex}
    base = f"{visit.address}/api/v1/programs/online-retail/sources/web-shop/keys"
    key = visit.page.request.post(base, data={}, headers=headers).json()["key"]
    order = {"order_id": f"late-{day}", "lines": [{"sku": "22423", "price": "50.00", "quantity": 2}]}
    event = {
        "type": "Order Completed",
        "member": {"user_id": "17850"},
        "occurred_at": f"{day}T12:00:00Z",
        "order": order,
    }
    sent = visit.page.request.post(
        f"{visit.address}/api/v1/events", data=event, headers={"Authorization": f"Bearer {key}"}
    )
    assert sent.ok, sent.text()


def close(page: Page, period: str) -> None:
    """Close the month that is shown, as somebody who means it."""
    page.get_by_role("button", name="Close the month").click()
    asked = page.get_by_role("dialog")
    yes = asked.get_by_role("button", name="Close the month")
    expect(yes).to_be_disabled()
    asked.get_by_label(re.compile("to confirm")).fill(period)
    yes.click()


def test_a_month_is_closed_what_comes_late_counts_next_and_another_person_opens_it_again(
    visit: Visit, browser: Browser
) -> None:
    finance = colleague(browser, visit, "finance", "Fred Counts")
    page = month(finance, JANUARY)
    close(page, JANUARY)
    expect(page.get_by_role("alert")).to_contain_text("has not ended yet")
    page = month(finance, DECEMBER)
    close(page, DECEMBER)
    expect(page.get_by_text("its figures never change")).to_be_visible()
    expect(page.get_by_role("button", name="Close the month")).to_be_hidden()
    expect(page.get_by_text("ties out")).to_be_visible()
    closed = figures(page)
    assert finance.violations() == []

    late_order(visit, "2010-12-20")
    assert figures(month(finance, DECEMBER)) == closed
    page = month(finance, JANUARY)
    late = page.get_by_role("region", name="Late items")
    expect(late.get_by_role("row").nth(1)).to_contain_text("20 Dec 2010")
    assert finance.violations() == []

    page = month(finance, DECEMBER)
    page.get_by_role("button", name="Ask to open it again").click()
    page.get_by_label("Reason").fill("An order of the 20th was forgotten")
    page.reload()
    expect(page.get_by_label("Reason")).to_have_value("An order of the 20th was forgotten")
    expect(page.get_by_text("it was not sent yet")).to_be_visible()
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It waits in the approvals for another person.")).to_be_visible()
    page = finance.go(f"{PROGRAM}/approvals")
    page.get_by_role("button", name="Open Dec 2010 again").click()
    expect(page.get_by_role("dialog").get_by_text("somebody else decides it")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("button", name="Approve")).to_be_hidden()

    olga = colleague(browser, visit, "approver", "Olga Checks")
    page = olga.go(f"{PROGRAM}/approvals")
    page.get_by_role("button", name="Open Dec 2010 again").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("An order of the 20th was forgotten")
    expect(asked).to_contain_text("Fred Counts")
    assert olga.violations() == []
    asked.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, and done.")).to_be_visible()
    olga.page.context.close()

    page = month(finance, DECEMBER)
    expect(page.get_by_text("as it stands now")).to_be_visible()
    assert figures(page) != closed
    page = finance.go(f"{PROGRAM}/finance?view=closed")
    expect(page.get_by_role("row", name=re.compile("^Dec 2010"))).to_contain_text("Opened again")
    expect(page.get_by_role("row", name=re.compile("^Jan 2011"))).to_contain_text("waits for Dec 2010")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert finance.violations() == []
    page = month(finance, DECEMBER)
    close(page, DECEMBER)
    expect(page.get_by_text("its figures never change")).to_be_visible()
    finance.page.context.close()


def test_finance_gives_accounts_their_codes_and_months_that_are_closed_keep_theirs(
    visit: Visit, browser: Browser
) -> None:
    finance = colleague(browser, visit, "finance", "Fay Charts")
    page = finance.go(f"{PROGRAM}/finance?view=accounts")
    chart = page.get_by_role("region", name="Accounts of the general ledger")
    expect(chart.get_by_role("row", name=re.compile("Partner fees"))).to_contain_text("4100")
    page.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Deferred revenue").fill(" ")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("An account has a code of 1 to 40 characters.").first).to_be_visible()
    assert finance.violations() == []
    form.get_by_label("Deferred revenue").fill("2310 Owed to members")
    page.reload()
    expect(form.get_by_label("Deferred revenue")).to_have_value("2310 Owed to members")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(chart.get_by_role("row", name=re.compile("Deferred revenue"))).to_contain_text("2310")

    journal = month(finance, JANUARY).get_by_role("region", name="Journal", exact=True)
    expect(journal).to_contain_text("2310 Owed to members")
    journal = month(finance, DECEMBER).get_by_role("region", name="Journal", exact=True)
    expect(journal).to_contain_text("2400")
    expect(journal).not_to_contain_text("2310")
    finance.page.context.close()

    reader = colleague(browser, visit, "auditor", "Ada Reads")
    page = reader.go(f"{PROGRAM}/finance?view=accounts")
    expect(page.get_by_role("region", name="Accounts of the general ledger")).to_contain_text("2310")
    expect(page.get_by_role("button", name="Edit")).to_be_hidden()
    reader.fits_everywhere()
    reader.page.context.close()
