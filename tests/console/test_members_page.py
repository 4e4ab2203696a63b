"""A member's page by mouse: notes, tasks, the timeline by kinds, attributes in place, consent, merge, erase."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.console.conftest import Visit

pytestmark = pytest.mark.slow

PATH = "/online-retail/members"
MEMBER = f"{PATH}/external_id:13047"


def join(visit: Visit, number: str, first_name: str) -> Page:
    """Let somebody join by the form; return her page."""
    page = visit.go(PATH)
    page.get_by_role("button", name="New member").click()
    form = page.get_by_role("dialog")
    form.get_by_label("First name").fill(first_name)
    form.get_by_label("Customer number").fill(number)
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=first_name)).to_be_visible()
    return page


def test_a_note_survives_a_reload_while_it_is_written_and_is_kept(visit: Visit) -> None:
    page = visit.go(MEMBER)
    page.get_by_role("tab", name="Notes").click()
    page.get_by_label("New note").fill("Likes the red ones.")
    page.reload()
    page.get_by_role("tab", name="Notes").click()
    expect(page.get_by_label("New note")).to_have_value("Likes the red ones.")
    page.get_by_role("button", name="Keep the note").click()
    note = page.get_by_role("listitem").filter(has_text="Likes the red ones.")
    expect(note).to_be_visible()
    assert visit.violations() == []
    note.get_by_role("button", name=re.compile("Remove the note")).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(note).to_be_hidden()


def test_a_call_is_promised_found_in_the_list_and_done(visit: Visit) -> None:
    page = visit.go(MEMBER)
    page.get_by_role("tab", name="Tasks").click()
    page.get_by_role("button", name="New task").click()
    form = page.get_by_role("dialog")
    assert visit.violations() == []
    form.get_by_text("Call", exact=True).click()
    form.get_by_label("What is to be done").fill("Ask about the lantern")
    form.get_by_label("Due on").fill("2010-11-30")
    form.get_by_role("button", name="Save").click()
    task = page.get_by_role("listitem").filter(has_text="Ask about the lantern")
    expect(task).to_contain_text("was due on 30 Nov 2010")
    page = visit.go("/online-retail/tasks?who=all")
    task = page.get_by_role("listitem").filter(has_text="Ask about the lantern")
    expect(task.get_by_role("link", name="13047")).to_be_visible()
    assert visit.violations() == []
    task.get_by_role("button", name="Complete").click()
    task.get_by_role("button", name="Done", exact=True).click()
    expect(task).to_be_hidden()


def test_the_timeline_shows_the_kinds_that_are_wanted(visit: Visit) -> None:
    page = visit.go(MEMBER)
    lines = page.get_by_role("tabpanel").get_by_role("listitem")
    kinds = page.get_by_role("group", name="Show only")
    expect(lines.filter(has_text="Order Completed").first).to_be_visible()
    kinds.get_by_text("Tiers", exact=True).click()
    expect(lines.filter(has_text="Reached").first).to_be_visible()
    expect(lines.filter(has_text="Order Completed")).to_have_count(0)
    lines.filter(has_text="Reached").first.get_by_text("Why?").click()
    expect(page.get_by_role("link", name=re.compile("The event, and every rule"))).to_be_visible()
    kinds.get_by_text("Tiers", exact=True).click()
    kinds.get_by_text("Messages", exact=True).click()
    expect(page.get_by_text("Nothing of this kind")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(lines.filter(has_text="Order Completed").first).to_be_visible()


def test_what_is_known_is_changed_in_place(visit: Visit) -> None:
    page = join(visit, "page-1", "Ines")
    page.get_by_role("button", name="Change Last name").click()
    page.get_by_role("textbox", name="Last name").fill("Okoro")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ines Okoro")).to_be_visible()
    page.get_by_label("Email", exact=True).last.click()
    expect(page.get_by_text(re.compile("console"))).to_be_visible()
    page.get_by_placeholder("New attribute").fill("shoe_size")
    page.get_by_placeholder("Value").fill("38")
    page.get_by_placeholder("Value").press("Enter")
    expect(page.get_by_role("button", name="Change shoe_size")).to_have_text("38")


def test_two_are_merged_separated_and_one_is_erased(visit: Visit) -> None:
    join(visit, "page-2", "Twin")
    page = join(visit, "page-3", "Twain")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Merge another member").click()
    form = page.get_by_role("dialog")
    form.get_by_label("The other member").fill("external_id:page-2")
    form.get_by_label("Reason").fill("The same person")
    form.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("They are one member now.")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("They are two members again.")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Erase personal data").click()
    sure = page.get_by_role("dialog")
    expect(sure.get_by_role("button", name="Erase")).to_be_disabled()
    sure.get_by_label(re.compile("to confirm")).fill("Twain")
    sure.get_by_role("button", name="Erase").click()
    expect(page.get_by_text("The personal data is gone.")).to_be_visible()
    page.get_by_label("Find members").fill("page-3")
    expect(page.get_by_text("Nobody is known by “page-3”")).to_be_visible()
