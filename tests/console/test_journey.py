"""A marketer's morning, in a real browser against a served demo: a rule is built, tried, published, and explained."""

from __future__ import annotations

import base64
import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.console.conftest import STEP_MS, Visit

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
MEMBER = "17850"


def write_key(visit: Visit) -> str:
    """Make a write key of the web shop, with the session's own token."""
    session = visit.page.request.get(f"{visit.address}/api/v1/session").json()
    path = "/api/v1/programs/online-retail/sources/web-shop/keys"
    answer = visit.page.request.post(
        f"{visit.address}{path}",
        data={},
        headers={"X-CSRF-Token": session["csrf"], "Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.ok, answer.text()
    return str(answer.json()["key"])


def send(visit: Visit, key: str, order_id: str, quantity: int) -> dict[str, Any]:
    """Send an order as the shop does; return what the API says of it."""
    event = {
        "type": "Order Completed",
        "member": {"user_id": MEMBER},
        "store": "united-kingdom",
        "order": {"order_id": order_id, "lines": [{"sku": "22423", "price": "12.75", "quantity": quantity}]},
    }
    basic = base64.b64encode(f"{key}:".encode()).decode()
    answer = visit.page.request.post(
        f"{visit.address}/api/v1/events", data=event, headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.ok, answer.text()
    return dict(answer.json())


def build_rule(page: Page) -> None:
    """From the template “Big basket”: 75 points from an amount of 150 on, at home."""
    page.get_by_role("button", name="New rule").click()
    page.get_by_role("button", name=re.compile("Big basket")).click()
    sentence = page.get_by_test_id("sentence")
    expect(sentence).to_contain_text("at least 100.00 GBP")
    page.get_by_label("Name", exact=True).fill("A bonus for a full cart")
    page.get_by_role("group", name="Conditions").get_by_label("Value").fill("150")
    page.get_by_role("group", name="Conditions").get_by_role("button", name="Condition").click()
    row = page.get_by_role("group", name="Conditions")
    row.get_by_role("combobox", name="Field").nth(1).fill("Region")
    page.get_by_role("option", name="Region", exact=True).click()
    row.get_by_label("Value").nth(1).fill("home")
    page.get_by_label("Points", exact=True).fill("75")
    expect(sentence).to_contain_text("at least 150.00 GBP")
    expect(sentence).to_contain_text("“home”")
    expect(sentence).to_contain_text("give 75 points")


def test_from_a_template_to_the_reason_of_a_point(stranger: Visit) -> None:
    page = stranger.page
    page.goto(f"{stranger.address}/console/")
    page.get_by_role("button", name="Look around in the demo").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Rules", exact=True).click()
    build_rule(page)

    # A mistake is told at its place, and undone.
    page.get_by_role("group", name="Conditions").get_by_label("Value").nth(0).fill("")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing is wrong with it.")).to_be_visible()

    # What is not saved survives a reload only as a draft that was begun here; saved it is the server's.
    page.get_by_text("Active", exact=True).first.click()
    page.get_by_role("button", name="Save draft").click()
    expect(page).to_have_url(re.compile(r"/rules/edit/a-bonus-for-a-full-cart"))
    expect(page.get_by_role("button", name="Saved")).to_be_visible()

    page.get_by_role("button", name="Simulate").click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Members touched").first).to_be_visible(timeout=4 * STEP_MS)
    expect(page.get_by_role("link", name="a-bonus-for-a-full-cart").first).to_be_visible()

    page.get_by_role("navigation").get_by_role("link", name="Rules", exact=True).click()
    page.get_by_role("button", name=re.compile("^Publish")).click()
    dialogue = page.get_by_role("dialog")
    expect(dialogue.get_by_text("a-bonus-for-a-full-cart")).to_be_visible()
    expect(dialogue.get_by_text(re.compile(r"All \d+ examples hold"))).to_be_visible()
    dialogue.get_by_label("Why").fill("Carts were getting small")
    dialogue.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()

    key = write_key(stranger)
    page.get_by_role("navigation").get_by_role("link", name="Events", exact=True).click()
    expect(page.get_by_text("Live", exact=True).last).to_be_visible()
    send(stranger, key, "full-cart-1", 20)
    row = page.get_by_role("row", name=re.compile("full-cart-1"))
    expect(row).to_contain_text("a-bonus-for-a-full-cart")
    row.get_by_text("Order Completed").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("A bonus for a full cart")).to_be_visible()
    expect(drawer.get_by_text("+75 Points")).to_be_visible()
    expect(drawer.get_by_text("Rules that did not, and why")).to_be_visible()
    drawer.get_by_role("link", name="Member").click()

    expect(page.get_by_role("heading", name=MEMBER)).to_be_visible()
    page.locator("li").filter(has_text=re.compile(r"\d Points")).get_by_text("Why?").first.click()
    expect(page.get_by_test_id("why").first).to_contain_text("a-bonus-for-a-full-cart gave 75")
    assert stranger.said == [text for text in stranger.said if "401" in text]


def test_a_rule_that_is_saved_again_can_be_simulated_and_published(visit: Visit) -> None:
    """The database gives keys back in an order of its own; that alone is no change that waits to be saved."""
    page = visit.go(f"{PROGRAM}/rules/new")
    page.get_by_label("Name", exact=True).fill("Garden week")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/rules/edit/garden-week")
    page.get_by_role("button", name="Condition").click()
    page.get_by_role("group", name="Conditions").get_by_label("Value").fill("30")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Simulate")).to_be_enabled()
    expect(page.get_by_role("button", name="Publish")).to_be_enabled()


def test_a_new_rule_never_writes_over_one_of_the_same_name(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/new")
    page.get_by_label("Name", exact=True).fill("Far away")  # makes the code of a rule of the demo
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("alert")).to_contain_text("There is one with the code far-away already")
    there = page.request.get(f"{visit.address}/api/v1/programs/online-retail/rules/far-away").json()
    assert (there["name"], there["status"]) == ("First order from another continent", "active")


def test_a_rule_without_a_name_is_called_what_it_says_and_a_draft_says_why_it_waits(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/new")
    expect(
        page.get_by_text("Not saved yet: save it, then it can be simulated and published.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Simulate")).to_be_disabled()
    page.get_by_label("Points", exact=True).fill("7")
    expect(page.get_by_test_id("sentence")).to_contain_text("give 7 points")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile("/rules/edit/when-order-completed-happens-give-7-points"))
    expect(page.get_by_role("heading", level=1)).to_have_text("When “Order Completed” happens, give 7 points")
    expect(page.get_by_text("A draft stays out of what is published")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog").get_by_text("These stay out, for they are drafts")).to_be_visible()


def test_two_tabs_that_edit_one_rule_lose_nothing(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/new")
    page.get_by_label("Name", exact=True).fill("Two tabs")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/rules/edit/two-tabs")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Two tabs")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Name", exact=True).fill("Second tab")
    page.get_by_label("Name", exact=True).fill("First tab")
    other.get_by_role("button", name="Save draft").click()
    expect(other.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("This rule was saved elsewhere meanwhile")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("First tab")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    expect(page.get_by_text("This rule was saved elsewhere meanwhile")).to_have_count(0)
    there = page.request.get(f"{visit.address}/api/v1/programs/online-retail/rules/two-tabs").json()
    assert there["name"] == "First tab"


def test_a_member_is_found_and_given_points_with_a_reason(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/members")
    page.get_by_label("Find members").fill(MEMBER)
    page.get_by_role("row", name=re.compile(MEMBER)).click()
    expect(page.get_by_role("heading", name=MEMBER)).to_be_visible()
    page.get_by_role("button", name="Adjust points").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Points").fill("40")
    form.get_by_label("Reason").fill("The parcel was late")
    form.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("40 points given.")).to_be_visible()
    line = page.locator("li").filter(has_text="+40").first
    line.get_by_text("Why?").click()
    expect(line.get_by_test_id("why")).to_contain_text("The parcel was late")


def test_what_was_not_saved_is_there_after_a_reload(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/edit/weekend")
    page.get_by_label("Name", exact=True).fill("Triple points at the weekend")
    expect(page.get_by_role("button", name="Save draft")).to_be_enabled()
    page.reload()
    expect(page.get_by_text("Your changes were kept")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Triple points at the weekend")
    page.get_by_role("button", name="Go back to what is saved").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Double points at the weekend")


def test_a_dashboard_is_arranged_and_kept(visit: Visit) -> None:
    page = visit.go(PROGRAM)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_role("button", name="Add a widget").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Title").fill("Orders by channel")
    form.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The dashboard is saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Orders by channel")).to_be_visible()


def test_the_palette_opens_a_member_without_a_mouse(visit: Visit) -> None:
    page = visit.go(PROGRAM)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.type(MEMBER)
    expect(page.get_by_role("option", name=re.compile(MEMBER))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=MEMBER)).to_be_visible()


def test_the_console_speaks_chinese(visit: Visit) -> None:
    page = visit.go(PROGRAM)
    page.get_by_role("button", name=re.compile("Account of")).click()
    page.get_by_role("menuitem", name="简体中文").click()
    expect(page.get_by_role("link", name="会员", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.reload()
    expect(page.get_by_role("link", name="会员", exact=True)).to_be_visible()


def test_who_is_signed_out_comes_back_to_the_page(stranger: Visit) -> None:
    page = stranger.page
    page.goto(f"{stranger.address}/console{PROGRAM}/tiers")
    expect(page).to_have_url(re.compile("sign-in"))
    page.get_by_role("button", name="Look around in the demo").click()
    expect(page.get_by_role("heading", name="Tiers", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("Account of")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
