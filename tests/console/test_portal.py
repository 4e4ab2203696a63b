"""A partner's people in a browser: invited, they see their own side and nothing else, and a dispute is talked over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.console.conftest import DESK, PHONE, Visit, served_demo

pytestmark = pytest.mark.slow

PAGES = ["", "/transactions", "/statements", "/disputes", "/own-stores", "/own-keys", "/account"]
TEMPLATE = {
    "roles": ["earn", "burn"],
    "source": {"platform": "plain", "enrol": True},
    "terms": {
        "period": "day",
        "fees": [{"code": "service", "amount": "25.00"}],
        "rates": [{"point_type": "points", "direction": "issue", "per_point": "0.01"}],
    },
    "agreements": [{"point_type": "points", "caps": [{"points": 50000, "period": "month"}]}],
}


@pytest.fixture(scope="module")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo of its own: once somebody else works there, nobody comes in by one click any more."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("portal")) as found:
        yield found


class Shop:
    """The program's administrator, and what she and a shop do beside the pages."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.count = 0
        self.token = visit.page.request.get(f"{visit.address}/api/v1/session").json()["csrf"]

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Call the API as the administrator, or with a key."""
        self.count += 1
        headers = {"x-csrf-token": self.token, "idempotency-key": f"portal-{self.count}"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        answer = self.visit.page.request.fetch(
            f"{self.visit.address}/api/v1{path}", method=method, data=body, headers=headers
        )
        assert answer.ok, f"{method} {path}: {answer.text()}"
        return answer.json() if answer.text() else None

    def connect(self, code: str, orders: int) -> Any:
        """Connect a shop that sends some orders; return its keys."""
        made = self.call("POST", "/programs/online-retail/connections", {"code": code, "name": code.title()})
        for n in range(orders):
            event = {
                "type": "Order Completed",
                "member": {"user_id": f"{code}-{n}"},
                "order": {"order_id": f"{code}-{n}", "revenue": "50.00"},
            }
            self.call("POST", "/events", event, made["write_key"])
        return made

    def statement(self, code: str) -> int:
        """Issue the statement of the day before; return its number."""
        during = {"day": "2010-12-08", "partner": code}
        drawn = self.call("POST", "/programs/online-retail/statements/draw-up", during)
        number = int(drawn[0]["id"])
        self.call("POST", f"/programs/online-retail/statements/{number}/issue")
        return number


@pytest.fixture(scope="module")
def admin(browser: Browser, address: str) -> Iterator[Visit]:
    """Return the administrator's window."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    opened = Visit(context, address)
    opened.sign_in()
    yield opened
    context.close()


@pytest.fixture(scope="module")
def shop(admin: Visit) -> Shop:
    """Return the administrator with two connected shops, of which each has a statement."""
    made = Shop(admin)
    made.call("PUT", "/programs/online-retail/partner-templates/default", TEMPLATE)
    for code, orders in (("teahouse", 3), ("rival", 2)):
        made.connect(code, orders)
        made.statement(code)
    return made


@pytest.fixture(scope="module")
def invited(browser: Browser, admin: Visit, shop: Shop) -> Iterator[BrowserContext]:
    """Return the browser of somebody of the tea house, invited on the People page, who chose her password."""
    link = invite(admin.go("/online-retail/people"))
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(re.sub(r"^https?://[^/]+", admin.address, link))
    page.get_by_label("Your name").fill("Pat Tea")
    page.get_by_role("textbox", name="New password").fill("correct horse battery staple")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Teahouse", exact=True)).to_be_visible()
    page.close()
    yield context
    context.close()


@pytest.fixture
def partner(invited: BrowserContext, address: str) -> Iterator[Visit]:
    """Return a window of the tea house's person."""
    opened = Visit(invited, address)
    opened.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    yield opened
    opened.page.close()


def invite(page: Page) -> str:
    """Invite somebody with the role of one partner; return her link."""
    page.get_by_role("button", name="Invite somebody").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("E-mail").fill("pat@tea.example")
    form.get_by_role("textbox", name="Name", exact=True).fill("Pat Tea")
    choose(page, "Role", "Partner")
    choose(page, "Program", "Online Retail")
    choose(page, "Only for", "Teahouse")
    form.get_by_role("button", name="Invite", exact=True).click()
    shown = page.get_by_role("dialog", name="A link for Pat Tea")
    link = shown.locator("code").inner_text()
    shown.get_by_role("button", name="Done").click()
    return link


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select of a drawer."""
    page.get_by_role("dialog").get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_the_people_of_a_partner_see_their_own_side_alone(partner: Visit, shop: Shop) -> None:
    page = partner.go("/online-retail")
    places = page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert places == ["Home", "Transactions", "Checkouts", "Statements", "Disputes", "Stores", "Keys"]
    expect(page.get_by_role("img", name="Points given and spent by day")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Transactions").click()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="teahouse-0").first).to_be_visible()
    assert "rival" not in page.locator("main").inner_text()
    page.get_by_label("Order or member").fill("teahouse-1")
    expect(rows.filter(has_text="teahouse-0")).to_have_count(0)
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    text = Path(file.value.path()).read_text()
    assert "teahouse-1" in text
    assert "teahouse-0" not in text
    assert "rival" not in text
    assert partner.said == []
    others = shop.call("GET", "/programs/online-retail/statements?partner=rival")["data"][0]["id"]
    page = partner.go(f"/online-retail/statements/{others}")
    expect(page.get_by_role("alert")).to_be_visible()
    for path in ("/members", "/rules", "/partners/rival"):
        partner.page.goto(f"{partner.address}/console/online-retail{path}")
        expect(partner.page.get_by_role("alert").first).to_be_visible()
        assert "rival-0" not in partner.page.content()


def test_a_dispute_is_opened_answered_and_read(partner: Visit, admin: Visit) -> None:
    page = partner.go("/online-retail/statements")
    page.locator("tbody").get_by_role("button", name=re.compile("Statement")).first.click()
    page.get_by_role("button", name="Dispute", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("About").fill("service fee")
    form.get_by_label("What is not right").fill("We agreed on 20.")
    form.get_by_role("button", name="Dispute").click()
    expect(page.get_by_text("Disputed").first).to_be_visible()

    desk = admin.go("/online-retail/disputes")
    desk.get_by_role("button", name="service fee").click()
    answer = desk.get_by_role("dialog")
    expect(answer.get_by_text("We agreed on 20.")).to_be_visible()
    answer.get_by_label("Your answer").fill("You are right: five pounds back.")
    answer.get_by_label(re.compile("Adjustment")).fill("-5")
    answer.get_by_role("button", name="End the dispute").click()
    expect(answer.get_by_text("Accepted").first).to_be_visible()

    page = partner.go("/online-retail/disputes")
    page.get_by_text("All", exact=True).click()
    page.get_by_role("button", name="service fee").click()
    read = page.get_by_role("dialog")
    expect(read.get_by_text("You are right: five pounds back.")).to_be_visible()
    assert partner.violations() == []
    page.keyboard.press("Escape")
    page = partner.go("/online-retail/statements")
    expect(page.get_by_text("£20.00")).to_be_visible()
    assert (partner.said, admin.said) == ([], [])


def test_own_figures_are_compared_by_a_file(partner: Visit, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("date,order_id,side,points\n2010-12-08,T-99,issue,120\n")
    page = partner.go("/online-retail/statements")
    page.locator("tbody").get_by_role("button", name=re.compile("Statement")).first.click()
    page.get_by_role("button", name="Compare a file").click()
    form = page.get_by_role("dialog")
    form.locator("input[type=file]").set_input_files(file)
    form.get_by_role("button", name="Compare", exact=True).click()
    expect(form.get_by_text("1 exceptions are disputes now")).to_be_visible()
    form.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="T-99")).to_be_visible()


def test_a_key_is_made_replaced_and_revoked(partner: Visit) -> None:
    page = partner.go("/online-retail/own-keys")
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("counter")
    form.get_by_role("button", name="Make it").click()
    expect(form.get_by_text("Copy it now")).to_be_visible()
    assert partner.violations() == []
    form.get_by_role("button", name="Done").click()
    page.get_by_role("button", name=re.compile("Replace the key teahouse: counter")).click()
    choose(page, "The old key ends", "at once")
    page.get_by_role("dialog").get_by_role("button", name="Make the new key").click()
    expect(page.get_by_role("dialog").get_by_text("Copy it now")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(page.get_by_text("Ended")).to_be_visible()
    page.get_by_role("button", name=re.compile("Revoke the key teahouse: counter")).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()


def test_a_store_is_renamed(partner: Visit) -> None:
    page = partner.go("/online-retail/own-stores")
    page.get_by_role("button", name="Rename Teahouse").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Tea House at the Bridge")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("tbody").get_by_text("Tea House at the Bridge")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_portal_is_accessible_and_fits_a_phone(partner: Visit, path: str) -> None:
    page = partner.go(f"/online-retail{path}")
    assert partner.violations() == []
    page.emulate_media(color_scheme="dark")
    assert partner.violations() == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert partner.violations() == []
    assert partner.said == []


def test_agreed_statements_are_settled_and_paid_by_a_file(admin: Visit, shop: Shop) -> None:
    program = "/programs/online-retail"
    number = shop.call("GET", f"{program}/statements?partner=rival")["data"][0]["id"]
    shop.call("POST", f"{program}/statements/{number}/agree")
    page = admin.go("/online-retail/nettings")
    page.get_by_role("button", name="Settle agreed statements").click()
    page.get_by_role("dialog").get_by_role("button", name="Settle", exact=True).click()
    expect(page.get_by_role("region", name="Who pays whom").get_by_text("rival")).to_be_visible()
    assert admin.violations() == []
    ask_for_file(page)
    expect(page.get_by_role("alert")).to_contain_text("bank")
    admin.said.clear()  # the browser notes every refusal
    rates = shop.call("GET", f"{program}/partners/rival/terms")
    bank = {"holder": "Rival", "iban": "DE89370400440532013000"}
    shop.call("PUT", f"{program}/partners/rival/terms", {**rates, "bank": bank})
    page = admin.go("/online-retail/nettings")
    page.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Holder of the account").fill("Online Retail")
    form.get_by_label("IBAN").fill("LT60 1010 0123 4567 8901")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("LT601010012345678901")).to_be_visible()
    page.locator("tbody").get_by_role("button", name=re.compile("Settlement")).first.click()
    with page.expect_download() as file:
        ask_for_file(page)
    text = Path(file.value.path()).read_text()
    assert "pain.001.001.09" in text
    assert '<InstdAmt Ccy="GBP">25.00' in text
    page.get_by_role("button", name="They are paid").click()
    page.get_by_role("dialog").get_by_role("button", name="They are paid").click()
    expect(page.get_by_text(re.compile("Paid on"))).to_be_visible()
    assert shop.call("GET", f"{program}/statements/{number}")["status"] == "settled"
    assert admin.said == []


def ask_for_file(page: Page) -> None:
    """Choose the bank's file of a settlement."""
    page.get_by_role("button", name="Files").click()
    page.get_by_role("menuitem", name=re.compile("pain.001")).click()


def test_a_shop_is_connected_by_a_form_and_many_by_a_file(admin: Visit, shop: Shop, tmp_path: Path) -> None:
    page = admin.go("/online-retail/partners")
    page.get_by_role("button", name="Connect a shop").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name of the shop").fill("Bike Shop")
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(form.get_by_text("Write key of its source")).to_be_visible()
    expect(form.locator("pre, code").filter(has_text="curl").first).to_be_visible()
    assert admin.violations() == []
    form.get_by_role("button", name="Done").click()
    expect(page.get_by_role("link", name="Bike Shop")).to_be_visible()
    file = tmp_path / "shops.csv"
    file.write_text("code,name\n" + "".join(f"chain-{n},Chain {n}\n" for n in range(5)) + "Not good,x\n")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=re.compile("many")).click()
    form.locator("input[type=file]").set_input_files(file)
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(form.get_by_text("5 shops are connected")).to_be_visible()
    expect(form.get_by_text("Row 7")).to_be_visible()
    with page.expect_download() as keys:
        form.get_by_role("link", name="Keys of the new shops, this once").click()
    assert len(Path(keys.value.path()).read_text().strip().splitlines()) == 6
