"""A marketer plans a campaign: what it offers to whom, what is to be done, its steps, its place in the calendar."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.console.colleagues import colleague, token
from tests.console.conftest import PHONE, Visit

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
NAME = "A spring of tea"
PRIZE = {"code": "first", "name": "The hamper", "quantity": 1}


def call(visit: Visit, path: str) -> Any:
    """Read something of the program as the console does."""
    answer = visit.page.request.get(f"{visit.address}/api/v1/programs/online-retail{path}")
    assert answer.ok, answer.text()
    return answer.json()


def section(page: Page, heading: str) -> Locator:
    """Return the part of a page below a heading."""
    return page.locator("section").filter(has=page.get_by_role("heading", name=heading, exact=True))


def save(page: Page, button: str = "Save") -> None:
    """Press the button of a form at the side, and see it go."""
    form = page.get_by_role("dialog")
    form.get_by_role("button", name=button, exact=True).click()
    expect(form).to_be_hidden()


def choose(page: Page, label: str, text: str) -> None:
    """Choose something of a form at the side by its name."""
    box = page.get_by_role("dialog").get_by_role("combobox", name=label)
    box.fill(text)
    page.get_by_role("option", name=text).first.click()
    page.keyboard.press("Tab")


def write_plan(page: Page, first: str, last: str) -> None:
    """Write the plan of the campaign down."""
    page.get_by_role("button", name="New campaign", exact=True).first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(NAME)
    expect(form.get_by_label("Code")).to_have_value("a-spring-of-tea")
    form.get_by_label("Type").fill("Season")
    form.get_by_label("Offer").fill("Every packet of tea brings points.")
    form.get_by_label("From").first.fill(first)
    form.get_by_label("To, included").first.fill(last)
    form.get_by_label("Budget").fill("2500")
    form.get_by_label("Estimated revenue").fill("50000")
    form.get_by_label("Expected response").fill("12.5")
    save(page)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    expect(page.get_by_text("£2,500.00")).to_be_visible()
    expect(page.get_by_text("20 times the budget")).to_be_visible()


def test_from_the_plan_to_the_calendar(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/campaigns")
    today = str(call(visit, "/calendar")["today"])
    month = today[:7]
    write_plan(page, f"{month}-05", f"{month}-20")

    # What it offers, and whom it is for: counted now.
    page.get_by_role("button", name="Attach a promotion").click()
    page.get_by_role("menuitem", name="Rule", exact=True).click()
    choose(page, "Chosen", "Double points at the weekend")
    save(page)
    expect(
        section(page, "Promotions").get_by_role("link", name="Double points at the weekend")
    ).to_be_visible()
    page.get_by_role("button", name="Attach a list").click()
    choose(page, "Chosen", "Best customers")
    save(page)
    members = next(
        one["members"] for one in call(visit, "/marketing-lists")["data"] if one["code"] == "best-customers"
    )
    assert members > 0
    expect(section(page, "Marketing lists")).to_contain_text(f"{members} members")
    expect(page.get_by_text(f"about {round(members / 8)} members")).to_be_visible()

    # A call is added, given to whoever is signed in, and made.
    page.get_by_role("button", name="Add an activity").click()
    form = page.get_by_role("dialog")
    form.get_by_text("Call", exact=True).click()
    form.get_by_label("What is to be done").fill("Ring the tea merchant")
    form.get_by_label("Due on").fill(f"{month}-06")
    save(page)
    box = page.get_by_role("checkbox", name="Complete Ring the tea merchant")
    expect(box).not_to_be_checked()
    box.click()
    expect(section(page, "Activities")).to_contain_text(re.compile("completed by Demo, .*20"))
    page.get_by_role("textbox", name="New note").fill("The merchant sends 200 packets.")
    page.get_by_role("button", name="Write the note").click()
    expect(page.get_by_role("article")).to_contain_text("Demo")

    # Proposed, approved, begun.
    for word, status in (("Propose", "proposed"), ("Approve", "approved"), ("Begin", "active")):
        page.get_by_role("button", name=word, exact=True).click()
        page.get_by_role("dialog").get_by_label("Reason").fill(f"{word} it")
        save(page, word)
        expect(page.locator("[aria-current=step]")).to_contain_text(status, ignore_case=True)
    expect(section(page, "Steps")).to_contain_text("Approve it")
    assert call(visit, "/campaigns/a-spring-of-tea")["actual_from"] == today

    # In the calendar, from which it leads back; Page Down turns the month.
    page.goto(f"{visit.address}/console{PROGRAM}/calendar")
    bar = page.get_by_role("link", name=re.compile(f"^Campaign {NAME}, Active"))
    expect(bar.first).to_be_visible()
    expect(
        page.get_by_role("link", name=re.compile("^Rule Double points at the weekend")).first
    ).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Call Ring the tea merchant"))).to_be_visible()
    bar.first.focus()
    page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile(r"month=\d{4}-\d\d"))
    page.get_by_role("button", name="Today").click()
    bar.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    assert visit.said == []


def test_a_phone_reads_the_calendar_as_a_list(visit: Visit) -> None:
    visit.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = visit.go(f"{PROGRAM}/calendar?month=2011-12")
    entry = page.get_by_role("listitem").filter(has_text="Campaign · 1 Dec 2011").first
    expect(entry).to_contain_text("Christmas post")
    page.get_by_text("Activities", exact=True).click()
    expect(page.get_by_text("Photograph the presents")).to_be_hidden()
    entry.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Christmas post")).to_be_visible()


def test_a_template_is_copied_and_its_days_move(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/campaigns")
    page.get_by_role("button", name="New campaign from a template").click()
    page.get_by_role("menuitem", name="A season, as we do it").click()
    form = page.get_by_role("dialog")
    name = f"Easter {uuid.uuid4().hex[:6]}"
    form.get_by_label("Name").fill(name)
    form.get_by_label("It shall begin on").fill("2012-03-20")
    save(page, "Make the copy")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("20 Mar 2012 – 19 Apr 2012")).to_be_visible()
    expect(section(page, "Activities")).to_contain_text("due 28 Feb 2012")


def test_a_list_is_filled_by_what_people_paste(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/lists")
    page.get_by_role("button", name="New list").first.click()
    name = f"Guests {uuid.uuid4().hex[:6]}"
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    save(page)
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("Nobody is on it yet.")).to_be_visible()
    page.get_by_role("button", name="Put members on it").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Members", exact=True).fill("17850\nexternal_id:13047\nnobody at all\n17850")
    form.get_by_role("button", name="Put them on the list").click()
    expect(form.get_by_role("status")).to_contain_text("2 put on")
    expect(form.get_by_role("status")).to_contain_text("nobody at all")
    page.keyboard.press("Escape")
    expect(section(page, name).get_by_role("link", name="17850")).to_be_visible()


def test_a_refusal_stands_at_its_field(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/campaigns/valentine")
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("To, included").first.fill("2011-01-01")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Write the first day or a later one.").first).to_be_visible()
    assert visit.violations() == []


def test_a_draw_is_attached_looked_at_and_detached(visit: Visit) -> None:
    code = f"hamper-{uuid.uuid4().hex[:6]}"
    put = visit.page.request.put(
        f"{visit.address}/api/v1/programs/online-retail/draws/{code}",
        data={"name": "A hamper of tea", "kind": "draw", "prizes": [PRIZE]},
        headers=token(visit),
    )
    assert put.ok, put.text()
    page = visit.go(f"{PROGRAM}/campaigns/valentine")
    page.get_by_role("button", name="Attach a promotion").click()
    page.get_by_role("menuitem", name="Draw", exact=True).click()
    choose(page, "Chosen", "A hamper of tea")
    save(page)
    offered = section(page, "Promotions")
    offered.get_by_role("link", name="A hamper of tea").click()
    expect(page.get_by_role("heading", name="Draws", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("A hamper of tea")
    assert visit.violations() == []
    page = visit.go(f"{PROGRAM}/campaigns/valentine")
    offered.get_by_role("button", name="Detach A hamper of tea").click()
    expect(offered.get_by_role("link", name="A hamper of tea")).to_be_hidden()
    assert not any(one["kind"] == "draw" for one in call(visit, "/campaigns/valentine")["promotions"])


def test_who_may_not_plan_reads_a_campaign_and_is_told_so(visit: Visit, browser: Browser) -> None:
    analyst = colleague(browser, visit, "analyst", "Ana Counts")
    page = analyst.go(f"{PROGRAM}/campaigns/valentine")
    expect(page.get_by_text("You may read this; your role does not change it.")).to_be_visible()
    for button in ("Edit", "Propose", "More", "Attach a promotion", "Attach a list", "Add an activity"):
        expect(page.get_by_role("button", name=button, exact=True)).to_have_count(0)
    expect(page.get_by_role("textbox", name="New note")).to_have_count(0)
    expect(page.get_by_role("checkbox").first).to_be_disabled()
    assert analyst.violations() == []
    page = analyst.go(f"{PROGRAM}/tiers")
    expect(page.get_by_role("button", name="New tier")).to_have_count(0)
    page = analyst.go(f"{PROGRAM}/rules")
    expect(page.get_by_role("button", name=re.compile("^Move .* down$"))).to_have_count(0)
    assert analyst.said == []
    analyst.page.context.close()
