"""Pages that operators and finance keep a shop with, by mouse: draws, stores, the books, people and what they may."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.colleagues import colleague, token
from tests.console.conftest import Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
MEMBER = "17850"


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: things are made in it."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("keeping")) as found:
        yield found


def agree(page: Page, words: str, question: str) -> None:
    """Press a button of the question that is asked."""
    page.get_by_role("dialog", name=question).get_by_role("button", name=words, exact=True).click()


def test_a_draw_is_written_opened_closed_and_revealed(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/draws")
    page.get_by_role("button", name="New draw").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name", exact=True).fill("Spring draw")
    form.get_by_role("textbox", name="Code", exact=True).first.fill("spring")
    form.get_by_role("textbox", name="Prize", exact=True).fill("A hundred points")
    form.get_by_role("textbox", name="Points", exact=True).fill("100")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    page.get_by_role("row", name=re.compile("Spring draw")).click()
    drawer = page.get_by_role("dialog").first
    drawer.get_by_role("button", name="Open", exact=True).click()
    agree(page, "Open", "Open Spring draw?")
    expect(drawer.get_by_text("Commitment")).to_be_visible()  # what is drawn later is fixed from here on
    members = f"{visit.address}/api/v1/programs{PROGRAM}/members"
    entered = visit.page.request.post(
        f"{members}/external_id:{MEMBER}/draws/spring/tickets", data={"tickets": 2}, headers=token(visit)
    )
    assert entered.ok, entered.text()
    drawer.get_by_role("button", name="Close it").click()
    agree(page, "Close it", "Close Spring draw?")
    expect(drawer.get_by_text("Digest of the entries")).to_be_visible()
    expect(drawer.get_by_text("Seed", exact=True)).to_have_count(0)  # who knew it now could work out who won
    expect(drawer.get_by_role("region", name="Prizes").get_by_role("link")).to_have_count(0)
    drawer.get_by_role("button", name="Reveal").click()
    agree(page, "Reveal", "Reveal Spring draw?")
    expect(drawer.get_by_text("Seed", exact=True)).to_be_visible()
    won = drawer.get_by_role("region", name="Prizes").locator("tbody tr")
    expect(won).to_have_count(1)
    expect(won).to_contain_text("first")
    expect(won.get_by_role("link")).to_contain_text(MEMBER)
    assert visit.violations() == []
    assert visit.said == []


def test_a_store_is_opened_moved_closed_and_brought_back(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/stores")
    page.get_by_role("button", name="New store").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name", exact=True).fill("Harbour")
    form.get_by_label("Region").fill("home")
    form.get_by_role("textbox", name="Name", exact=True).press("Enter")  # by keyboard
    expect(form).to_be_hidden()
    row = page.get_by_role("row", name=re.compile("Harbour"))
    row.press("Enter")
    form.get_by_label("Region").fill("world")
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("world")
    row.click()
    form.get_by_role("button", name="Archive").click()
    agree(page, "Archive", "Archive: Harbour?")
    expect(row).to_contain_text("Archived")
    row.click()
    form.get_by_role("button", name="Bring it back").click()
    expect(row).to_contain_text("Active")
    assert visit.violations() == []
    assert len(visit.said) == 1  # the browser notes that the code was free: 404


def test_the_books_add_up_and_every_check_says_what_it_looked_at(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/books")
    expect(page.get_by_role("region", name="Trial balance of Points")).to_contain_text("House")
    expect(page.get_by_text("adds up to nothing").first).to_be_visible()
    page.get_by_role("button", name="Verify everything").click()
    verdict = page.get_by_role("alert").filter(has_text="Everything adds up")
    expect(verdict.get_by_role("listitem").first).to_be_visible()
    assert visit.violations() == []
    page.locator("main").get_by_role("link", name="Finance", exact=True).click()
    expect(page.get_by_text("ties out")).to_be_visible()
    page.get_by_text("Liability", exact=True).first.click()
    expect(page.get_by_role("cell", name="House").first).to_be_visible()
    assert visit.said == []


def test_a_colleague_is_kept_to_a_region_and_let_in_no_more(visit: Visit, browser: Browser) -> None:
    name = f"Rita {uuid.uuid4().hex[:4]}"
    rita = colleague(browser, visit, "program_admin", name)
    rita.go(f"{PROGRAM}/stores")
    page = visit.go(f"{PROGRAM}/people")
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Change roles").click()
    form = page.get_by_role("dialog")
    for label, option in (("Role", "Service agent"), ("Only for", "home")):
        form.get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option", name=option, exact=True).click()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text(
        "Service agent · online-retail: home"
    )
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Disable").click()
    agree(page, "Disable", f"Let {name} in no more?")
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("Disabled")
    rita.page.goto(f"{rita.address}/console{PROGRAM}/stores")
    expect(rita.page.get_by_role("heading", name="Sign in")).to_be_visible()
    # Let in again she has to sign in: what was open in a browser of hers stays over.
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Enable").click()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("Active")
    rita.page.goto(f"{rita.address}/console{PROGRAM}/stores")
    expect(rita.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert visit.violations() == []
    rita.page.context.close()
