"""What a marketer plans by mouse: tiers that change on a day to come, and who pays for an award."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.console.colleagues import token
from tests.console.conftest import PHONE, Visit

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
API = "/api/v1/programs/online-retail"


def judged(visit: Visit) -> None:
    """Have axe look at the page in both colours and on a phone."""
    assert visit.violations() == []
    visit.page.emulate_media(color_scheme="dark")
    assert visit.violations() == []
    before = visit.page.viewport_size
    assert before is not None
    visit.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert visit.violations() == []
    visit.page.set_viewport_size(before)
    visit.page.emulate_media(color_scheme="light")


def test_tiers_are_planned_for_a_day_to_come_changed_and_called_off(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/tiers")
    page.get_by_role("button", name="Plan a change").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Takes force on").fill("2009-01-01T00:00")
    form.get_by_role("button", name="Plan it").click()
    expect(form.get_by_role("alert")).to_be_visible()
    form.get_by_label("Takes force on").fill("2030-01-01T00:00")
    form.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name="From 1 Jan 2030, 00:00 on")).to_be_visible()

    planned = page.get_by_role("region", name=re.compile("Tiers from"))
    planned.get_by_text("Silver").click()
    form.get_by_label("Net points required").fill("1")
    expect(form.get_by_text(re.compile("Bronze → Silver"))).to_be_visible()
    page.reload()
    planned.get_by_text("Silver").click()
    expect(form.get_by_label("Net points required")).to_have_value("1")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    row = planned.get_by_role("row", name=re.compile("Silver"))
    expect(row).to_contain_text("10,000 1")
    expect(page.get_by_text(re.compile("Bronze → Silver"))).to_be_visible()
    in_force = page.get_by_role("region", name="Tiers", exact=True).get_by_role(
        "row", name=re.compile("Silver")
    )
    expect(in_force).to_contain_text("10,000")
    judged(visit)

    page.get_by_role("button", name="Another day").click()
    form.get_by_label("Takes force on").fill("2031-06-30T12:00")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="From 30 Jun 2031, 12:00 on")).to_be_visible()
    page.get_by_role("button", name="Call it off").click()
    page.get_by_role("dialog").get_by_role("button", name="Call it off").click()
    expect(page.get_by_role("button", name="Plan a change")).to_be_visible()
    expect(planned).to_have_count(0)


def test_partners_pay_for_an_award_up_to_what_they_agreed(visit: Visit) -> None:
    request = visit.page.request
    for code, name in (("brand", "The brand"), ("supplier", "The supplier")):
        made = request.put(f"{visit.address}{API}/partners/{code}", data={"name": name}, headers=token(visit))
        assert made.ok, made.text()
    page = visit.go(f"{PROGRAM}/rules/new?template=big-basket")
    page.get_by_label("Name", exact=True).fill("Paid by two")
    page.get_by_role("button", name="Let others pay").click()
    payers = page.get_by_role("combobox", name="Who pays")
    shares = page.get_by_role("textbox", name=re.compile("Share of"))
    for place, (payer, share) in enumerate((("The brand", "60"), ("The supplier", "30"))):
        if place:
            page.get_by_role("button", name="Payer").click()
        payers.nth(place).fill(payer)
        page.get_by_role("option", name=payer).click()
        shares.nth(place).fill(share)
    expect(page.get_by_role("alert").filter(has_text="add up to 100 percent").first).to_be_visible()
    page.get_by_role("textbox", name="Share of The supplier").fill("40")
    sentence = page.get_by_test_id("sentence")
    expect(sentence).to_contain_text("Partner brand pays 60 % and partner supplier pays 40 %")

    page.get_by_role("button", name="Agree on a cap").last.click()
    form = page.get_by_role("dialog")
    form.get_by_label("At most").fill("20000")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(page.get_by_text("0 of 20,000")).to_be_visible()
    judged(visit)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("button", name="Saved")).to_be_visible()
    rule = request.get(f"{visit.address}{API}/rules/paid-by-two").json()
    assert [(one["account"], str(one["share"])) for one in rule["funding"]] == [
        ("partner:brand", "60"),
        ("partner:supplier", "40"),
    ]
    page.get_by_role("button", name="Remove The supplier").click()
    page.get_by_role("button", name="Remove The brand").click()
    expect(page.get_by_text("The house pays for everything.")).to_be_visible()


def test_a_new_rule_that_was_not_saved_is_there_after_a_reload(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/new?template=birthday")
    page.get_by_label("Name", exact=True).fill("A cake for everybody")
    page.get_by_label("Points", exact=True).fill("321")
    for _ in range(2):
        page.reload()
        expect(page.get_by_label("Name", exact=True)).to_have_value("A cake for everybody")
        expect(page.get_by_label("Points", exact=True)).to_have_value("321")
    page = visit.go(f"{PROGRAM}/rules/new?template=review")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Thanks for a review")
    page = visit.go(f"{PROGRAM}/rules/new?template=birthday")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("A birthday present")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("A birthday present")


def test_what_rules_share_is_opened_without_a_mouse(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/parts")
    row = page.get_by_role("row", name=re.compile("multipliers"))
    page.get_by_role("region", name="What rules share").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        if row.evaluate("row => row === document.activeElement"):
            break
    page.keyboard.press("Enter")
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Name", exact=True)).to_have_value("The best of all multipliers")
    assert visit.violations() == []
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()


def test_what_rules_share_keeps_its_draft_until_it_is_saved(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules/parts?kind=campaign")
    page.get_by_role("button", name="New campaign").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("Tea weeks")
    form.get_by_role("button", name="Limit", exact=True).click()
    form.get_by_label("At most", exact=True).fill("7500")
    form.get_by_label("Per whom").click()
    page.get_by_role("option", name="for the whole campaign").click()
    form.locator("label").filter(has_text=re.compile("^Mon$")).click()
    page.reload()
    expect(form.get_by_label("Name", exact=True)).to_have_value("Tea weeks")
    expect(form.get_by_label("At most", exact=True)).to_have_value("7 500")
    expect(form.get_by_role("checkbox", name="Mon")).to_be_checked()
    expect(form.get_by_text("it was not sent yet")).to_be_visible()
    assert visit.violations() == []
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    page.get_by_role("button", name="New campaign").first.click()
    expect(form.get_by_label("Per whom")).to_have_value("for the whole campaign")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(page.get_by_role("row", name=re.compile("Tea weeks"))).to_be_visible()
    answer = visit.page.request.get(f"{visit.address}{API}/rule-parts").json()
    part = next(one for one in answer["data"] if one["code"] == "tea-weeks")
    assert [(one["max"], one["per"]) for one in part["limits"]] == [("7500", "campaign")]
    assert part["schedule"] == {"weekdays": [1]}
    page.get_by_role("button", name="New campaign").first.click()
    expect(form.get_by_label("Name", exact=True)).to_have_value("")


def test_the_order_of_rules_changes_by_mouse_and_by_keyboard(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/rules")
    api = f"{visit.address}{API}/rules"

    def order() -> list[str]:
        links = page.get_by_role("listitem").get_by_role("link")
        return [str(one.get_attribute("href")).rsplit("/", 1)[1] for one in links.all()]

    expect(page.get_by_role("listitem").nth(2)).to_be_visible()
    first, second, third, *_ = order()
    names = {one["code"]: one["name"] for one in visit.page.request.get(api).json()["data"]}
    down = page.get_by_role("button", name=f"Move {names[first]} down", exact=True)
    down.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The order is saved in the draft.")).to_be_visible()
    expect(page.get_by_role("listitem").first).to_contain_text(names[second])
    expect(down).to_be_focused()
    assert order()[:3] == [second, first, third]
    # The rule that was moved changed, the one that it passed, and none else.
    expect(page.get_by_text("changed in the draft")).to_have_count(1)

    # And back: at the top it goes no further up, so the way down is held.
    page.get_by_role("button", name=f"Move {names[first]} up", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem").first).to_contain_text(names[first])
    expect(down).to_be_focused()

    # The mouse drags the second over the first.
    page.get_by_role("listitem").locator("[draggable=true]").nth(1).drag_to(
        page.get_by_role("listitem").first
    )
    expect(page.get_by_role("listitem").first).to_contain_text(names[second])
    page.reload()
    expect(page.get_by_role("listitem").first).to_contain_text(names[second])
    assert order()[:3] == [second, first, third]
    assert visit.said == []
