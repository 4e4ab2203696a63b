"""Tiers are written, looked at before they change anything, rest, go, and are shown to a colleague by a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.console.colleagues import colleague
from tests.console.conftest import Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: its tiers change."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("tiers")) as found:
        yield found


def tiers(visit: Visit) -> dict[str, dict[str, Any]]:
    """Return the tiers as the API has them."""
    answer = visit.page.request.get(f"{visit.address}/api/v1/programs/online-retail/tier-sets").json()
    return {one["code"]: one for one in answer["data"][0]["tiers"]}


def row(page: Page, name: str) -> Locator:
    """Return the line of a tier in the grid."""
    grid = page.get_by_role("region", name="Tiers", exact=True)
    return grid.get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def do(page: Page, name: str, what: str) -> Locator:
    """Choose something from the menu of a tier; return the dialog that asks."""
    page.get_by_role("button", name=f"What can be done with {name}", exact=True).click()
    page.get_by_role("menuitem", name=what, exact=True).click()
    return page.get_by_role("dialog")


def test_a_tier_is_made_edited_rests_wakes_and_goes(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/tiers")
    held = int(row(page, "Bronze").get_by_role("button", name="members of").inner_text().replace(",", ""))
    assert held > 50

    # A new one between two others; who would move is said before it is saved.
    page.get_by_role("button", name="New tier", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Copper")
    form.get_by_label("Description").fill("After the first hundred pounds")
    form.get_by_label("Net points required").fill("100")
    form.get_by_label("Points awarded on entry").fill("50")
    would = form.get_by_text(re.compile("^Bronze → Copper:"))
    expect(would).to_be_visible()
    moving = int(re.sub(r"\D", "", would.inner_text()))
    assert visit.violations() == []
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(row(page, "Copper")).to_contain_text("After the first hundred pounds")
    expect(row(page, "Copper")).to_contain_text("Active")
    assert tiers(visit)["copper"]["award"] == {"point_type": "points", "points": "50"}
    expect(page.get_by_role("button", name="What can be done with Copper")).to_be_visible()
    assert 0 < moving <= held

    # Edited in place by the menu, and by the keyboard alone.
    form = do(page, "Copper", "Edit")
    form.get_by_label("Net points required").fill("150")
    form.get_by_role("button", name="Save").click()
    expect(row(page, "Copper")).to_contain_text("150")

    # It rests, after a look at who would move; Cancel leaves it.
    dialog = do(page, "Copper", "Deactivate")
    expect(dialog.get_by_text("Who would move")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="What can be done with Copper")).to_be_focused()
    assert tiers(visit)["copper"].get("status", "active") == "active"
    dialog = do(page, "Copper", "Deactivate")
    assert visit.violations() == []
    dialog.get_by_role("button", name="Deactivate").click()
    expect(row(page, "Copper")).to_contain_text("Inactive")
    assert tiers(visit)["copper"]["status"] == "inactive"
    page.get_by_role("button", name="What can be done with Copper").click()
    page.get_by_role("menuitem", name="Activate", exact=True).click()
    expect(row(page, "Copper")).to_contain_text("Active")

    # And it goes.
    dialog = do(page, "Copper", "Delete")
    expect(dialog.get_by_role("heading", name="Delete Copper?")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(row(page, "Copper")).to_have_count(0)
    assert "copper" not in tiers(visit)
    assert visit.said == []


def test_a_colleague_opens_a_tier_by_its_link(visit: Visit, browser: Browser) -> None:
    page = visit.go(f"{PROGRAM}/tiers")
    dialog = do(page, "Gold", "Send link")
    link = dialog.get_by_label("Link").input_value()
    assert link.startswith(f"{visit.address}/console{PROGRAM}/tiers?")
    mail = dialog.get_by_role("link", name="Send by e-mail").get_attribute("href")
    assert mail is not None
    assert mail.startswith("mailto:?subject=The%20tier%20Gold")
    assert visit.violations() == []
    reader = colleague(browser, visit, "analyst", "Ana Counts")
    for who, changes in ((visit, True), (reader, False)):
        page = who.go(link.removeprefix(f"{visit.address}/console"))
        form = page.get_by_role("dialog")
        expect(form.get_by_label("Name")).to_have_value("Gold")
        expect(form.get_by_role("button", name="Save")).to_have_count(1 if changes else 0)
        page.keyboard.press("Escape")
        expect(form).to_be_hidden()
    assert reader.violations() == []
    assert reader.said == []
    reader.page.context.close()


def test_members_of_a_tier_are_opened_from_the_chart(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/tiers")
    bars = page.get_by_role("group", name="Members by tier: arrows go").get_by_role("button")
    expect(bars.last).to_have_text(re.compile("^Bronze: "))
    bars.first.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    rows = page.get_by_role("dialog")
    expect(rows.get_by_role("heading", name="Bronze")).to_be_visible()
    expect(rows.get_by_role("row").nth(1)).to_contain_text("Active")
    page.keyboard.press("Escape")
    expect(bars.last).to_be_focused()
