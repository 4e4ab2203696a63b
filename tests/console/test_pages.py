"""Every page: nothing for axe to say, nothing in the browser's console, no sideways scrolling on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Response, Route, expect
from tests.console.conftest import BUILT, DESK, PHONE, Visit

pytestmark = pytest.mark.slow

PAGES = [
    "",
    "/members",
    "/members/external_id:17850",
    "/tasks?who=all",
    "/rules",
    "/rules/new?template=win-back",
    "/rules/new?template=category",
    "/rules/edit/retrospot",
    "/rules/versions",
    "/rules/conflicts",
    "/rules/parts",
    "/rules/try",
    "/rules/simulate",
    "/campaigns",
    "/campaigns/quiet-january",
    "/campaigns/season-template",
    "/activities",
    "/calendar?month=2011-12",
    "/lists?list=best-customers",
    "/tiers",
    "/events",
    "/events?view=parked",
    "/rewards",
    "/rewards/cake-stand",
    "/redemptions",
    "/checkouts",
    "/vouchers",
    "/gift-cards",
    "/draws",
    "/products",
    "/stores",
    "/partners",
    "/point-types",
    "/sources",
    "/webhooks",
    "/books",
    "/people",
    "/approvals",
    "/audit",
    "/account",
    "/statements",
    "/statements/1",
    "/disputes",
    "/nettings",
    "/finance",
    "/finance?view=liability",
    "/finance?view=closed",
    "/finance?view=accounts",
    "/partners/paper-chase",
    "/partners/paper-chase?view=transactions",
    "/partners/paper-chase?view=money",
    "/partners/paper-chase?view=stores",
    "/partners/paper-chase?view=keys",
    "/people/providers",
    "/settings",
]
OUTSIDE = ["/sign-in", "/welcome?token=abc", "/welcome", "/reset?token=abc", "/online-retail/nowhere"]
# Dialogues and drawers: the page, and the words on the button that opens it.
OPENED = [
    ("/rules", "New rule"),
    ("/members", "New member"),
    ("/members/external_id:17850", "Adjust points"),
    ("/campaigns", "New campaign"),
    ("/campaigns/quiet-january", "Begin"),
    ("/campaigns/quiet-january", "Add an activity"),
    ("/campaigns/quiet-january", "Attach a list"),
    ("/lists?list=best-customers", "Put members on it"),
    ("/tiers", "New tier"),
    ("/rewards", "New reward"),
    ("/rewards/cake-stand", "Set stock"),
    ("/vouchers", "New voucher"),
    ("/gift-cards", "New gift cards"),
    ("/draws", "New draw"),
    ("/products", "New product"),
    ("/sources", "New API key"),
    ("/webhooks", "New endpoint"),
    ("/people", "Invite somebody"),
    ("/people/providers", "New provider"),
    ("/partners", "Connect a shop"),
    ("/partners/paper-chase?view=money", "New agreement"),
    ("/nettings", "Edit"),
    ("/finance?view=accounts", "Edit"),
    ("/approvals", "Change the limits"),
    ("/account", "Set up an authenticator"),
]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """Return one browser window's storage for all pages, as somebody has who walks through them: scripts come once."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    Visit(context, address).sign_in()
    yield context
    context.close()


@pytest.fixture
def tab(signed_in: BrowserContext, address: str) -> Iterator[Visit]:
    """Return a new tab of somebody who is signed in."""
    opened = Visit(signed_in, address)
    yield opened
    opened.page.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_light_and_dark_and_fits_a_phone(tab: Visit, path: str) -> None:
    page = tab.go(f"/online-retail{path}")
    assert tab.violations() == []
    page.emulate_media(color_scheme="dark")
    assert tab.violations() == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert tab.violations() == []
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    assert tab.said == []


@pytest.mark.parametrize("path", OUTSIDE)
def test_pages_before_a_session_are_accessible(stranger: Visit, path: str) -> None:
    stranger.page.goto(f"{stranger.address}/console{path}")
    stranger.page.locator("main").wait_for()
    assert stranger.violations() == []


@pytest.mark.parametrize(("path", "button"), OPENED)
def test_what_opens_is_accessible_and_closes_by_escape(tab: Visit, path: str, button: str) -> None:
    page = tab.go(f"/online-retail{path}")
    page.get_by_role("button", name=button, exact=True).first.click()
    dialogue = page.get_by_role("dialog")
    expect(dialogue).to_be_visible()
    assert tab.violations() == []
    page.keyboard.press("Escape")
    expect(dialogue).to_be_hidden()


def test_the_navigation_of_a_phone_opens_and_leads_on(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")  # type: ignore[arg-type]
    visit = Visit(context, address)
    visit.sign_in()
    page = visit.go("/online-retail")
    page.get_by_role("button", name="Navigation").click()
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page).to_have_url(re.compile("/members"))
    expect(page.get_by_role("heading", name="Members", exact=True)).to_be_visible()
    context.close()


# What the first page of a session may load of JavaScript, in bytes as gzip packs them; Chinese brings its words.
FIRST_PAGE_MAX = {"en-GB": 285_000, "zh-CN": 340_000}
# How many files a page may come in, with its styles.
FILES_MAX = 14


def scripts(visit: Visit) -> dict[str, int]:
    """Return what a window loads of JavaScript from now on: bytes by address, as gzip packs them."""
    sizes: dict[str, int] = {}

    def note(answer: Response) -> None:
        if answer.url.endswith(".js"):
            name = answer.url.rsplit("/", 1)[-1]
            sizes[answer.url] = (BUILT.parent / "assets" / f"{name}.gz").stat().st_size

    visit.page.on("response", note)
    return sizes


def test_signing_in_loads_little(visit: Visit) -> None:
    sizes = scripts(visit)
    visit.page.goto(f"{visit.address}/console/sign-in")
    visit.page.locator("h1").wait_for()
    assert 0 < sum(sizes.values()) < 250_000


@pytest.mark.parametrize("path", ["", "/members", "/finance", "/rules"])
def test_a_page_names_what_it_needs_so_that_it_comes_at_once(visit: Visit, path: str) -> None:
    named = re.findall(
        r'(?:src|href)="(/[^"]+)"',
        visit.page.request.get(f"{visit.address}/console/online-retail{path}").text(),
    )
    files = [one for one in named if one.startswith("/console/assets/")]
    assert 3 < len(files) <= FILES_MAX
    asked: list[str] = []
    visit.page.on("request", lambda one: asked.append(one.url.removeprefix(visit.address)))
    visit.go(f"/online-retail{path}")
    before = asked[: asked.index("/console/mark.svg")] if "/console/mark.svg" in asked else asked
    late = [one for one in before if one.endswith(".js") and one not in named and "Toasts" not in one]
    assert [one for one in late if "Dialogue" not in one] == []
    # The answers that were asked for ahead are the ones that are used: neither is asked for again.
    assert [asked.count(one) for one in ("/api/v1/session", "/api/v1/programs/online-retail")] == [1, 1]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_home_shows_its_figures_before_the_library_of_charts_is_loaded(
    browser: Browser, address: str, locale: str
) -> None:
    context = browser.new_context(viewport=DESK, locale=locale)  # type: ignore[arg-type]
    visit = Visit(context, address)
    visit.sign_in()
    sizes = scripts(visit)
    # The charts stay away until the figures are there: they must not be needed for them.
    held: list[Route] = []
    visit.page.route(re.compile(r"/assets/Chart-"), lambda route: held.append(route))
    page = visit.page
    page.goto(f"{address}/console/online-retail")
    page.locator("h1").wait_for()
    expect(page.locator(".numeric").filter(has_text=re.compile(r"£[\d,]+")).first).to_be_visible()
    charts = {url for url in sizes if "/assets/Chart-" in url}
    assert charts == set()
    assert 150_000 < sum(sizes.values()) <= FIRST_PAGE_MAX[locale]
    for one in held:
        one.continue_()
    page.unroute_all(behavior="wait")
    context.close()
