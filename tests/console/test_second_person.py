"""Points over the limit, by mouse: an agent asks, somebody else approves, the balance changes. Each has a Home."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.console.colleagues import colleague
from tests.console.conftest import PHONE, Visit

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
MEMBER = "13047"
LIMIT = 100


def limit(visit: Visit, points: str) -> None:
    """Say over how many points by hand a second person is needed; "" = never."""
    page = visit.go(f"{PROGRAM}/approvals")
    page.get_by_role("button", name="Change the limits").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Points by hand over").fill(points)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()


@pytest.fixture
def limited(visit: Visit) -> Iterator[Visit]:
    """Return the boss's window, with a limit on points by hand that is gone afterwards."""
    limit(visit, str(LIMIT))
    yield visit
    limit(visit, "")


def balance(visit: Visit) -> int:
    """Return the points that the open page shows the member to have."""
    shown = visit.page.get_by_test_id("balance").first.inner_text()
    return int(re.sub(r"\D", "", shown))


def test_points_over_the_limit_are_given_when_another_person_approves(
    limited: Visit, browser: Browser
) -> None:
    agent = colleague(browser, limited, "service_agent", "Sam Serves")
    page = agent.go(PROGRAM)
    expect(page.get_by_role("heading", name="Tasks for me")).to_be_visible()
    assert agent.violations() == []
    page.get_by_label("Find members").fill(MEMBER)
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("row", name=re.compile(MEMBER)).get_by_role("link").click()
    expect(page.get_by_role("heading", name=MEMBER)).to_be_visible()
    expect(page.get_by_test_id("balance").first).to_be_visible()
    before = balance(agent)

    page.get_by_role("button", name="Adjust points").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Points").fill(str(5 * LIMIT))
    form.get_by_label("Reason").fill("The parcel was lost")
    page.reload()
    page.get_by_role("button", name="Adjust points").click()
    expect(form.get_by_label("Reason")).to_have_value("The parcel was lost")
    form.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("It waits for approval.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Points wait for approval")).to_contain_text(
        "Sam Serves"
    )
    assert balance(agent) == before

    olga = colleague(browser, limited, "approver", "Olga Checks")
    page = olga.go(PROGRAM)
    assert olga.violations() == []
    page.get_by_role("list", name="What waits for approval").get_by_role("link").first.click()
    request = page.get_by_role("dialog")
    expect(request).to_contain_text("Sam Serves")
    expect(request).to_contain_text("The parcel was lost")
    request.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, and done.")).to_be_visible()
    page.get_by_role("dialog").get_by_role("link", name=re.compile(f"mem_|{MEMBER}")).first.click()
    expect(page.get_by_role("heading", name=MEMBER)).to_be_visible()
    expect(page.get_by_role("button", name="Adjust points")).to_have_count(0)

    page = agent.page
    page.reload()
    expect(page.get_by_role("heading", name=MEMBER)).to_be_visible()
    expect(page.get_by_test_id("balance").first).to_be_visible()
    assert balance(agent) == before + 5 * LIMIT
    line = page.get_by_role("tabpanel").get_by_role("listitem").filter(has_text=f"+{5 * LIMIT}").first
    line.get_by_text("Why?").click()
    expect(line.get_by_test_id("why")).to_contain_text("The parcel was lost")
    expect(page.get_by_text("Points wait for approval")).to_have_count(0)
    page.get_by_role("navigation").get_by_role("link", name="Home").click()
    expect(page.get_by_role("list", name="Seen last").get_by_role("link", name=MEMBER)).to_be_visible()
    for one in (agent, olga):
        assert [text for text in one.said if "401" not in text] == []
        one.page.context.close()


def test_the_one_who_asked_cannot_approve(limited: Visit) -> None:
    page = limited.go(f"{PROGRAM}/members/external_id:{MEMBER}")
    page.get_by_role("button", name="Adjust points").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Points").fill(str(3 * LIMIT))
    form.get_by_label("Reason").fill("For myself")
    form.get_by_role("button", name="Give", exact=True).click()
    page.get_by_role("status").get_by_role("link", name="See what waits").click()
    request = page.get_by_role("dialog")
    expect(request.get_by_text("somebody else decides it")).to_be_visible()
    expect(request.get_by_role("button", name="Approve")).to_have_count(0)
    request.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()


def test_finance_sees_figures_and_what_is_owed(visit: Visit, browser: Browser) -> None:
    finance = colleague(browser, visit, "finance", "Fay Counts")
    page = finance.go(PROGRAM)
    expect(page.get_by_role("heading", name="Points issued")).to_be_visible()
    owed = page.get_by_role("list", name="What is owed to members")
    expect(owed.get_by_role("listitem").first).to_contain_text("wallets")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert finance.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    finance.page.context.close()


def test_a_role_is_given_a_home_that_people_of_it_begin_with(visit: Visit, browser: Browser) -> None:
    page = visit.go(PROGRAM)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Give it to a role").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill("The desk")
    form.get_by_role("combobox", name="Roles that see it first").press("ArrowDown")
    page.get_by_role("option", name="Auditor").click()
    page.keyboard.press("Tab")
    assert visit.violations() == []
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="The desk")).to_be_visible()
    auditor = colleague(browser, visit, "auditor", "Ada Reads")
    expect(auditor.go(PROGRAM).get_by_role("heading", name="The desk")).to_be_visible()
    auditor.page.context.close()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
