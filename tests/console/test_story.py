"""The story of a promotion, by mouse: built, simulated, approved by another person, published, earned, explained.

A VIP who bought nothing for 30 days comes back: she gets 200 points, and somebody gets the task to thank her. What
happens is told by Segment's own client.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from segment.analytics.client import Client as SegmentClient
from tests.console.conftest import DESK, STEP_MS, Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
RULE = "thank-a-vip"
MEMBER = "vip-1"
# Invoices of the shop until the end of January.
TWO_MONTHS = 3_600


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve two months of a demo of its own: she has to have bought something more than a month ago."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("story"), TWO_MONTHS) as found:
        yield found


class Shop:
    """The web shop, which speaks through Segment's client."""

    def __init__(self, visit: Visit) -> None:
        """Make a write key of the web shop."""
        session = visit.page.request.get(f"{visit.address}/api/v1/session").json()
        answer = visit.page.request.post(
            f"{visit.address}/api/v1/programs/online-retail/sources/web-shop/keys",
            data={},
            headers={"X-CSRF-Token": session["csrf"], "Idempotency-Key": uuid.uuid4().hex},
        )
        assert answer.ok, answer.text()
        self.failed: list[Exception] = []
        self.client = SegmentClient(
            answer.json()["key"],
            host=visit.address,
            sync_mode=True,
            on_error=lambda error, _: self.failed.append(error),
        )

        report = f"{visit.address}/api/v1/programs/online-retail/reports/events"
        tomorrow = visit.page.request.get(report).json()["to"]
        self.today = datetime.fromisoformat(f"{tomorrow}T00:00:00+00:00") - timedelta(days=1)

    def tells(self, event: str, days_ago: int = 0, **properties: Any) -> None:
        """Track something that the VIP did, on the shop's own calendar, which is years behind ours."""
        at = self.today - timedelta(days=days_ago) if days_ago else None
        self.client.track(MEMBER, event, properties, timestamp=at)
        assert self.failed == []


def choose(page: Page, box: str, option: str, *, last: bool = False) -> None:
    """Choose in a select by typing."""
    found = page.get_by_role("combobox", name=box)
    field = found.last if last else found.first
    field.click()
    field.fill(option)
    page.get_by_role("option", name=option, exact=True).first.click()


def second_person(browser: Browser, boss: Visit) -> Visit:
    """Invite an approver on the People page; return her window."""
    page = boss.go(f"{PROGRAM}/people")
    page.get_by_role("button", name="Invite somebody").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("E-mail").fill("olga@shop.example")
    form.get_by_role("textbox", name="Name", exact=True).fill("Olga Checks")
    form.get_by_role("combobox", name="Role").first.click()
    page.get_by_role("option", name="Approver", exact=True).click()
    form.get_by_role("button", name="Invite", exact=True).click()
    shown = page.get_by_role("dialog", name="A link for Olga Checks")
    link = shown.locator("code").inner_text()
    shown.get_by_role("button", name="Done").click()
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    other = Visit(context, boss.address)
    other.page.goto(re.sub(r"^https?://[^/]+", boss.address, link))
    other.page.get_by_label("Your name").fill("Olga Checks")
    other.page.get_by_role("textbox", name="New password").fill("correct horse battery staple")
    other.page.get_by_role("button", name="Begin").click()
    expect(other.page.get_by_role("navigation")).to_be_visible()
    return other


def build_rule(page: Page) -> None:
    """WHEN a product is looked at, IF she is a VIP who bought nothing for 30 days, THEN 200 points and a task."""
    page.get_by_role("button", name="New rule").click()
    page.get_by_role("button", name=re.compile("Win back after 30 days")).click()
    page.get_by_label("Name", exact=True).fill("Thank a VIP")
    page.get_by_role("combobox", name="Event", exact=True).first.click()
    page.keyboard.press("Backspace")
    page.keyboard.type("Product Viewed")
    page.keyboard.press("Enter")
    conditions = page.get_by_role("group", name="Conditions")
    conditions.get_by_role("button", name="Condition").first.click()
    choose(page, "Field", "Vip", last=True)
    conditions.get_by_label("Value").last.fill("yes")
    page.get_by_label("Points", exact=True).fill("200")
    page.get_by_role("button", name="Effect", exact=True).click()
    page.get_by_role("menuitem", name="Give somebody a task").click()
    page.get_by_label("Title").fill("Thank her in person")
    page.get_by_label("Due in days").fill("2")
    sentence = page.get_by_test_id("sentence")
    for words in ("Product Viewed", "30", "200", "Thank her in person"):
        expect(sentence).to_contain_text(words)
    expect(page.get_by_text("Nothing is wrong with it.")).to_be_visible()
    page.get_by_text("Active", exact=True).first.click()
    page.get_by_role("button", name="Save draft").click()
    expect(page).to_have_url(re.compile(f"/rules/edit/{RULE}"))


def test_a_vip_without_a_purchase_for_30_days_gets_a_task_and_200_points(
    visit: Visit, browser: Browser
) -> None:
    shop = Shop(visit)
    shop.client.identify(MEMBER, {"vip": "yes", "firstName": "Vera"})
    shop.tells("Order Completed", days_ago=40, order_id="vip-order", revenue=30.0, products=[])

    page = visit.go(f"{PROGRAM}/approvals")
    page.get_by_role("button", name="Change the limits").click()
    page.get_by_role("dialog").get_by_role("switch", name="Every version of the rules").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("every version of the rules")).to_be_visible()

    page = visit.go(f"{PROGRAM}/rules")
    build_rule(page)

    page.get_by_role("button", name="Simulate").click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="Members touched")).to_be_visible(timeout=4 * STEP_MS)
    expect(page.get_by_role("heading", name="Cost by month")).to_be_visible()

    page = visit.go(f"{PROGRAM}/rules")
    expect(page.get_by_role("listitem").filter(has_text=RULE)).to_contain_text("not published yet")
    page.get_by_role("button", name=re.compile("^Publish")).click()
    page.get_by_role("dialog").get_by_label("Why").fill("Our best customers were forgotten")
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="It waits for approval")).to_be_visible()

    olga = second_person(browser, visit)
    page = olga.go(f"{PROGRAM}/approvals")
    page.locator("tbody button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(RULE)
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, and done.")).to_be_visible()
    olga.page.context.close()

    page = visit.go(f"{PROGRAM}/rules")
    expect(page.get_by_text(re.compile("Version 2 is in force"))).to_be_visible()
    page = visit.go(PROGRAM)
    issued = page.get_by_role("button", name=re.compile("the rows behind it")).nth(2)
    expect(issued).to_be_visible()
    before = issued.inner_text()

    shop.tells("Product Viewed", product_id="22423")
    expect(issued).not_to_have_text(before)
    issued.click()
    rows = page.get_by_role("dialog").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("200")
    rows.nth(1).get_by_role("link").first.click()

    expect(page.get_by_role("heading", name="Vera")).to_be_visible()
    gift = page.get_by_role("listitem").filter(has_text="+200")
    gift.get_by_text("Why?").click()
    expect(gift.get_by_test_id("why")).to_contain_text(f"{RULE} gave 200")
    page.get_by_role("tab", name="Tasks").click()
    task = page.get_by_role("listitem").filter(has_text="Thank her in person")
    expect(task).to_contain_text(RULE)
    task.get_by_role("button", name="Complete").click()
    task.get_by_label("What came of it").fill("She comes on Friday.")
    task.get_by_role("button", name="Done", exact=True).click()
    expect(task).to_be_hidden()
    page.get_by_role("group", name="Status").or_(page.get_by_role("radiogroup", name="Status")).get_by_text(
        "Done"
    ).click()
    expect(page.get_by_text(re.compile("She comes on Friday."))).to_be_visible()
    assert [text for text in visit.said if "401" not in text] == []
