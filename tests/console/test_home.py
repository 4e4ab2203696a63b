"""Home is read by keyboard, refreshed as events come in, arranged without a mouse, and taken along as files."""

from __future__ import annotations

import base64
import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Download, Locator, Page, expect
from tests.console.conftest import Visit, served_demo
from tests.console.test_work import tell, write_key

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
# Two months of the shop: whoever bought in the first comes back in the second.
INVOICES = 2_600
CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c"
ROW = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"
# How many colours a picture has: an empty one has one.
COLOURS = """async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const paper = canvas.getContext("2d");
    paper.drawImage(image, 0, 0);
    const colours = new Set(new Uint32Array(paper.getImageData(0, 0, canvas.width, canvas.height).data.buffer));
    return [image.naturalWidth, image.naturalHeight, colours.size];
}"""


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: events come in and dashboards are kept."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("home"), INVOICES) as found:
        yield found


def figure(page: Page, name: str) -> Locator:
    """Return the number of a figure of Home, which opens the rows behind it."""
    frame = page.locator(".surface").filter(has=page.get_by_role("heading", name=name, exact=True))
    return frame.get_by_role("button", name=re.compile("the rows behind it$"))


def values(page: Page, name: str) -> Locator:
    """Return the values of a chart as the keyboard reaches them."""
    return page.get_by_role("group", name=f"{name}: arrows go from value to value").get_by_role("button")


def focused(page: Page) -> str:
    """Return what the element with the focus says."""
    return str(page.evaluate("document.activeElement.textContent"))


def read(figure_: Locator) -> int:
    """Return a figure as a number."""
    return int(re.sub(r"\D", "", figure_.inner_text()))


def test_figures_and_charts_change_as_events_come_in(visit: Visit) -> None:
    key = write_key(visit)
    page = visit.go(PROGRAM)
    orders = figure(page, "Orders")
    expect(orders).to_be_visible()
    before = read(orders)
    page.evaluate("window.stayed = true")
    week = values(page, "Net sales by week").last
    expect(week).to_have_text(re.compile("£"))
    money = week.text_content()
    tell(visit, key, "seen-live")
    expect(orders).to_have_text(f"{before + 1:,}")
    expect(week).not_to_have_text(str(money))
    assert page.evaluate("window.stayed") is True
    assert visit.said == []


def test_a_chart_is_read_and_opened_without_a_mouse(visit: Visit) -> None:
    page = visit.go(PROGRAM)
    found = values(page, "Net sales by week")
    expect(found.first).to_have_text(re.compile(r"\d{4}: £[\d,]+\.\d\d"))
    page.get_by_role("button", name="What can be done with Net sales by week").focus()
    page.keyboard.press("Tab")
    begins = focused(page)
    assert begins == found.first.text_content()
    page.keyboard.press("End")
    assert focused(page) == found.last.text_content() != begins
    page.keyboard.press("Enter")
    rows = page.get_by_role("dialog")
    expect(rows.get_by_role("row").nth(1)).to_contain_text("£")
    assert visit.violations() == []
    page.keyboard.press("Escape")
    expect(rows).to_be_hidden()
    assert focused(page) == found.last.text_content()

    # So are the cells of the heat map.
    heat = values(page, "Retention by cohort")
    page.get_by_role("heading", name="Retention by cohort").scroll_into_view_if_needed()
    heat.first.focus()
    assert "a month later" in focused(page)
    page.keyboard.press("Enter")
    expect(rows.get_by_role("heading", name="Retention by cohort: Dec 2010 +1")).to_be_visible()
    expect(rows.get_by_role("row").nth(1)).to_contain_text("Active")


def test_widgets_are_arranged_without_a_mouse_and_stay_so(visit: Visit) -> None:
    page = visit.go(PROGRAM)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Edit").click()
    grip = page.get_by_role("button", name="Move Net sales: arrow keys")
    other = page.get_by_role("button", name="Move Orders: arrow keys")

    def places() -> tuple[float, float]:
        boxes = [one.bounding_box() for one in (grip, other)]
        return tuple(box["x"] for box in boxes if box)  # type: ignore[return-value]

    expect(other).to_be_visible()
    left, right = places()
    grip.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([name, x]) => Math.abs(document.querySelector(`[aria-label^='${name}']`)"
        ".getBoundingClientRect().x - x) < 2",
        arg=["Move Net sales: arrow keys", right],
    )
    assert places() == pytest.approx((right, left), abs=2)
    expect(grip).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    assert visit.violations() == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The dashboard is saved.")).to_be_visible()
    answer = page.request.get(f"{visit.address}/api/v1/programs/online-retail/dashboards").json()
    widgets = {one["id"]: one for one in answer["data"][0]["widgets"]}
    assert (widgets["orders"]["x"], widgets["net"]["x"], widgets["net"]["h"]) == (0, 3, 4)


def taken(page: Page, widget: str, what: str, path: Path) -> Download:
    """Save a widget of Home as a file."""
    page.get_by_role("heading", name=widget, exact=True).scroll_into_view_if_needed()
    page.get_by_role("button", name=f"What can be done with {widget}", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=what, exact=True).click()
    download.value.save_as(path)
    return download.value


def sheet_rows(path: Path) -> list[int]:
    """Return how many cells each row of a spreadsheet has."""
    with zipfile.ZipFile(path) as book:
        assert book.testzip() is None
        name = next(one for one in book.namelist() if re.fullmatch(r"xl/worksheets/sheet1?\.xml", one))
        found = ElementTree.fromstring(book.read(name))
    return [len(row.findall(CELL)) for row in found.iter(ROW)]


def test_a_widget_is_taken_along_as_a_table_a_spreadsheet_and_a_picture(visit: Visit, tmp_path: Path) -> None:
    page = visit.go(PROGRAM)
    shown = values(page, "Net sales by week")
    expect(shown.first).to_be_attached()
    plain = tmp_path / "sales.csv"
    assert taken(page, "Net sales by week", "CSV", plain).suggested_filename.endswith(".csv")
    with plain.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len([row for row in rows if row["key"] != "total"]) == shown.count()
    assert any("net" in name.lower() for name in rows[0])
    book = tmp_path / "sales.xlsx"
    assert taken(page, "Net sales by week", "XLSX", book).suggested_filename.endswith(".xlsx")
    sizes = sheet_rows(book)
    assert len(sizes) >= shown.count() + 1
    assert sizes[0] > 1

    for widget, name in (
        ("Net sales by week", "net-sales-by-week"),
        ("Retention by cohort", "retention-by-cohort"),
    ):
        picture = tmp_path / f"{name}.png"
        page.get_by_role("heading", name=widget, exact=True).scroll_into_view_if_needed()
        page.get_by_role("img", name=widget).wait_for()
        assert taken(page, widget, "PNG", picture).suggested_filename == f"{name}.png"
        source = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
        wide, high, colours = page.evaluate(COLOURS, source)
        assert wide > 400
        assert high > 200
        assert colours > 20
    assert visit.said == []
