"""What runs beside the shop, in a browser: keys and their use, messages to other systems, the log, a broken log."""

from __future__ import annotations

import http.server
import re
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import standardwebhooks
from playwright.sync_api import Browser, Page, expect
from tests.conftest import with_database
from tests.console.colleagues import colleague, token
from tests.console.conftest import PHONE, STEP_MS, Visit, served_demo

pytestmark = pytest.mark.slow

PROGRAM = "/online-retail"
# The first try, and the one five seconds later; the third would be minutes away.
TRIES_AT_ONCE = 2


@pytest.fixture(scope="module")
def database() -> str:
    """Return the name of the database that this module's demo lives in."""
    return f"console_{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def address(
    postgres_url: str, template: str, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve a demo of its own, which may send to this machine."""
    home = tmp_path_factory.mktemp("operating")
    with served_demo(
        postgres_url, template, home, name=database, REGULARS_OUTBOUND_ALLOW="127.0.0.1"
    ) as found:
        yield found


class Receiver:
    """Another system that listens: broken until it is repaired. It keeps every request, as it came."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.works = False
        self._more = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer._take(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._running = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._running.start()

    def _take(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["content-length"]))
        with self._more:
            self.came.append(({name.lower(): value for name, value in request.headers.items()}, body))
            self._more.notify_all()
        request.send_response(204 if self.works else 503)
        answer = b"" if self.works else b"the queue behind it is down"
        request.send_header("content-length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)

    def wait_for(self, requests: int) -> None:
        """Return when so many requests have come."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.came) >= requests, STEP_MS / 1_000), len(self.came)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._running.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return another system that is down."""
    opened = Receiver()
    yield opened
    opened.close()


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select of a drawer by typing, and leave its list."""
    box = page.get_by_role("dialog").get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Tab")


def test_a_receiver_is_down_repaired_and_sent_to_again(visit: Visit, receiver: Receiver) -> None:
    page = visit.go(f"{PROGRAM}/webhooks")
    page.get_by_role("button", name="New endpoint").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Address").fill(receiver.url)
    form.get_by_label("Description").fill("Stock system")
    form.get_by_role("button", name="Save").click()
    secret = form.locator("code").inner_text()
    assert secret.startswith("whsec_")
    form.get_by_role("button", name="Done").click()
    page.get_by_role("row", name=re.compile("Stock system")).click()
    expect(page.get_by_role("heading", name="Stock system")).to_be_visible()

    page.get_by_role("button", name="Send a test").click()
    row = page.get_by_role("row", name=re.compile("webhook.ping"))
    expect(row).to_contain_text("Waiting")
    receiver.wait_for(TRIES_AT_ONCE)
    page.get_by_role("tab", name="Attempts").click()
    failed = page.get_by_role("row", name=re.compile("the queue behind it is down"))
    expect(failed.first).to_contain_text("503")
    assert visit.violations() == []

    receiver.works = True
    page.get_by_role("tab", name="Messages").click()
    row.get_by_role("button", name="Send webhook.ping again").click()
    expect(page.get_by_text("It is sent again.")).to_be_visible()
    expect(row).to_contain_text("Delivered")  # by itself: nobody looks again
    row.get_by_text("webhook.ping").first.click()
    drawer = page.get_by_role("dialog")
    tries = drawer.get_by_role("region", name="Attempts at this message").locator("tbody tr")
    expect(tries).to_have_count(TRIES_AT_ONCE + 1)
    expect(tries.first).to_contain_text("204")
    expect(tries.last).to_contain_text("the queue behind it is down")
    assert visit.violations() == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert visit.violations() == []
    # All three bear one id and are signed with the secret that was shown, as any Standard Webhooks library checks it.
    library = standardwebhooks.Webhook(secret)
    for headers, body in receiver.came:
        assert library.verify(body, headers)["type"] == "webhook.ping"
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1


def test_a_source_gets_a_key_that_comes_is_replaced_and_ends(visit: Visit) -> None:
    page = visit.go(f"{PROGRAM}/sources")
    page.get_by_role("button", name="New source").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name", exact=True).fill("Till 7")
    form.get_by_role("button", name="Save").click()
    form.get_by_role("button", name="Make a write key").click()  # it stays open for what comes next
    first = form.locator("code").first.inner_text()
    assert visit.violations() == []
    page.keyboard.press("Escape")

    row = page.get_by_role("region", name="Keys", exact=True).get_by_role("row", name=re.compile("till-7"))
    expect(row).to_contain_text("never")
    assert comes(visit, first) == 200
    expect(row).to_contain_text("2010")  # nobody asks for it again
    row.get_by_role("button", name=re.compile("Replace the key")).click()
    form = page.get_by_role("dialog")
    form.get_by_role("combobox", name="The old key ends").click()
    page.get_by_role("option", name="at once").click()
    form.get_by_role("button", name="Make the new key").click()
    second = form.locator("code").first.inner_text()
    form.get_by_role("button", name="Done").click()
    expect(row).to_have_count(2)
    expect(row.filter(has_text="Ended")).to_have_count(1)
    assert (comes(visit, first), comes(visit, second)) == (401, 200)
    row.filter(has_text="Active").get_by_role("button", name=re.compile("Revoke the key")).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row.filter(has_text="Revoked")).to_have_count(1)
    assert comes(visit, second) == 401
    assert visit.violations() == []
    visit.said.clear()


def comes(visit: Visit, key: str) -> int:
    """Return what an event is answered that comes with this key."""
    event = {"type": "Product Viewed", "member": {"user_id": "17850"}, "properties": {"sku": "22423"}}
    return visit.page.request.post(
        f"{visit.address}/api/v1/events", data=event, headers={"Authorization": f"Bearer {key}"}
    ).status


def test_changes_are_filtered_by_person_kind_and_object_and_exported(visit: Visit) -> None:
    base = f"{visit.address}/api/v1/programs/online-retail/partners/florist"
    for name in ("Florist", "Florist at the Bridge"):
        answer = visit.page.request.put(base, data={"name": name, "roles": ["earn"]}, headers=token(visit))
        assert answer.ok, answer.text()
    page = visit.go(f"{PROGRAM}/audit")
    page.get_by_role("combobox", name="Who").fill("Demo")
    page.get_by_role("combobox", name="Kind").fill("Partner")
    page.get_by_role("option", name="Partner", exact=True).click()
    page.get_by_role("textbox", name="Object").fill("florist")
    rows = page.get_by_role("region", name="Changes").locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("combobox", name="What").click()
    page.get_by_role("option", name="changed", exact=True).click()
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name=re.compile("Partner")).press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("row", name=re.compile("Name"))).to_contain_text("Florist at the Bridge")
    assert visit.violations() == []
    page.keyboard.press("Escape")
    with page.expect_download() as file:
        page.get_by_role("link", name="As CSV").click()
    lines = Path(file.value.path()).read_text(encoding="utf-8").strip().splitlines()
    assert len(lines) == 2
    assert "Florist at the Bridge" in lines[1]
    # Who was invited belongs to no program: the whole installation is looked through.
    visit.go(f"{PROGRAM}/audit")
    page.get_by_text("The whole installation", exact=True).click()
    page.get_by_role("combobox", name="Kind").fill("Person")
    page.get_by_role("option", name="Person", exact=True).click()
    expect(rows.filter(has_text="Person").first).to_be_visible()


def test_a_log_that_was_tampered_with_says_where_and_what_to_do(
    visit: Visit, postgres_url: str, database: str
) -> None:
    page = visit.go(f"{PROGRAM}/audit")
    page.get_by_role("button", name="Verify the chain").click()
    held = page.get_by_role("status").filter(has_text="The chain holds")
    expect(held).to_be_visible()
    anchor = held.locator("code").inner_text()

    with psycopg.connect(with_database(postgres_url, database), autocommit=True) as owner:
        found = owner.execute(
            "SELECT number, actor FROM audit.entry ORDER BY number OFFSET 20 LIMIT 1"
        ).fetchone()
        assert found is not None
        number, actor = found
        owner.execute("UPDATE audit.entry SET actor = 'staff:99' WHERE number = %s", (number,))
    page.get_by_role("button", name="Verify the chain").click()
    broken = page.get_by_role("alert").filter(has_text="The chain breaks at place")
    expect(broken).to_contain_text("the entry is not what was sealed")
    expect(broken).to_contain_text("keep a copy of it as evidence")
    assert visit.violations() == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert visit.violations() == []
    broken.get_by_role("button", name=f"Show the entry #{number}").click()
    expect(page.get_by_role("dialog")).to_contain_text("staff:99")
    page.keyboard.press("Escape")

    with psycopg.connect(with_database(postgres_url, database), autocommit=True) as owner:
        owner.execute("UPDATE audit.entry SET actor = %s WHERE number = %s", (actor, number))
    page.get_by_role("button", name="Verify the chain").click()
    expect(held).to_be_visible()
    # A chain that was rewritten as a whole holds by itself; it does not pass through an anchor that was noted before.
    other = anchor[:-1] + ("0" if anchor[-1] != "0" else "1")
    page.get_by_label("An anchor noted earlier").fill(other)
    page.get_by_role("button", name="Verify with it").click()
    expect(broken).to_contain_text("the chain does not pass through the anchor at place")
    page.get_by_label("An anchor noted earlier").fill(anchor)
    page.get_by_role("button", name="Verify with it").click()
    expect(held).to_be_visible()


def put(visit: Visit, path: str, body: dict[str, Any], method: str = "PUT") -> None:
    """Configure something as the boss."""
    base = f"{visit.address}/api/v1/programs"
    answer = visit.page.request.fetch(f"{base}{path}", method=method, data=body, headers=token(visit))
    assert answer.ok, answer.text()


def test_a_role_is_offered_what_it_may_do_and_told_what_it_may_not(visit: Visit, browser: Browser) -> None:
    worth = {"kind": "percentage", "percentage": "10"}
    put(
        visit,
        "/online-retail/voucher-definitions/summer",
        {"name": "Summer", "worth": worth, "pattern": "SUM-########"},
    )
    boss = visit.go(f"{PROGRAM}/vouchers/summer")
    for words in ("Generate codes", "Import codes", "Export CSV", "Edit", "Archive"):
        expect(boss.get_by_role("button", name=words)).to_be_visible()
    auditor = colleague(browser, visit, "auditor", "Ada Reads")
    page = auditor.go(f"{PROGRAM}/vouchers/summer")
    expect(page.get_by_role("heading", name="Summer")).to_be_visible()
    expect(page.get_by_text("A code is worth money")).to_be_visible()
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    page = auditor.go(f"{PROGRAM}/partners/paper-chase?view=keys")
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="New key")).to_have_count(0)
    page = auditor.go(f"{PROGRAM}/gift-cards")
    expect(page.get_by_role("alert")).to_contain_text("Your role does not open this page")
    assert auditor.violations() == []
    assert auditor.said == []  # it was not even tried
    page.get_by_role("link", name="To the start").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    agent = colleague(browser, visit, "service_agent", "Sam Serves")
    page = agent.go(f"{PROGRAM}/gift-cards")
    expect(page.get_by_role("button", name="Balance")).to_be_visible()
    expect(page.get_by_role("button", name="New gift cards")).to_have_count(0)
    for other in (auditor, agent):
        other.page.context.close()


def test_what_somebody_may_do_in_one_program_is_not_offered_in_another(
    visit: Visit, browser: Browser
) -> None:
    put(
        visit,
        "",
        {"code": "outlet", "name": "Outlet", "currency": "GBP", "zone": "Europe/London", "region": "GB"},
        "POST",
    )
    places = [{"role": "auditor", "program": "online-retail"}, {"role": "marketer", "program": "outlet"}]
    both = colleague(browser, visit, "marketer", "Mia Both", places)
    page = both.go("/outlet/rewards")
    expect(page.get_by_role("button", name="New reward").first).to_be_visible()
    page.get_by_role("combobox", name="Program").click()
    page.get_by_role("option", name="Online Retail").click()
    expect(page).to_have_url(re.compile("online-retail"))
    expect(page.get_by_role("link", name="Audit", exact=True)).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Rewards", exact=True).click()
    expect(page.get_by_role("heading", name="Rewards", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="New reward")).to_have_count(0)
    assert both.said == []
    both.page.context.close()
