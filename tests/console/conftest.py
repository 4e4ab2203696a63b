"""A served demo, a real browser, and what pages are judged by."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.conftest import with_database

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "regulars" / "app" / "console_dist" / "index.html"
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Days of the shop that are loaded: enough for members with a history, little enough to be quick.
INVOICES = 900
STEP_MS = 20_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1360, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium of this machine; without one, or without a built console, the tests are skipped and say so.

    It ends with its module: while it is open this thread has an event loop, in which no other test could run its own.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("No Chromium was found on the PATH: apt-get install chromium.")
    if not BUILT.exists() or not AXE.exists():
        pytest.skip("The console is not built. Run 'make console'.")
    expect.set_options(timeout=STEP_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@contextmanager
def served_demo(
    postgres_url: str,
    template: str,
    home: Path,
    invoices: int = INVOICES,
    name: str | None = None,
    **environment: str,
) -> Iterator[str]:
    """Serve the demo's first days on a database of its own, called `name` where somebody asks; give the address."""
    name = name or f"console_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["demo", "--invoices", str(invoices), "--port", str(port)]
    known = {
        "REGULARS_DATABASE_URL": with_database(postgres_url, name),
        "REGULARS_HOME": str(home),
        **environment,
    }
    served = subprocess.Popen(
        [sys.executable, "-m", "regulars.app", *words],
        env={**os.environ, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert served.stdout is not None
        said = []
        for line in served.stdout:
            said.append(line)
            if re.search(r"again-\d+", line):
                break
        else:
            pytest.fail("The demo did not come up:\n" + "".join(said[-30:]))
        yield f"http://127.0.0.1:{port}"
    finally:
        served.terminate()
        served.wait(20)
        if served.stdout is not None:
            served.stdout.close()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def address(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a demo for all tests that leave it as it is; return the address."""
    with served_demo(postgres_url, template, tmp_path_factory.mktemp("demo")) as found:
        yield found


class Visit:
    """A window with what its console said. `go` opens a page and waits until it stands still."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        """Open a window."""
        self.address = address
        self.page: Page = context.new_page()
        self.page.set_default_timeout(STEP_MS)
        self.said: list[str] = []
        self.page.on(
            "console", lambda message: self.said.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def go(self, path: str) -> Page:
        """Open a page of the console; return it when its first figures are there."""
        self.page.goto(f"{self.address}/console{path}")
        self.page.locator("h1").first.wait_for()
        self.page.locator(".mantine-Skeleton-root").first.wait_for(state="detached")
        return self.page

    def sign_in(self) -> None:
        """Begin a session of the demo, as its button does."""
        answer = self.page.request.post(f"{self.address}/api/v1/session/demo", data={})
        assert answer.ok, answer.text()

    def fits_everywhere(self) -> None:
        """Axe finds nothing in light and dark and on a phone, and a phone scrolls only down."""
        assert self.violations() == []
        self.page.emulate_media(color_scheme="dark")
        assert self.violations() == []
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert self.violations() == []
        assert self.said == []

    def violations(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 A and AA."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(
            """async () => {
                const only = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
                // Of what is right it notes one place for each rule: only what is wrong is looked at here.
                const result = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
                return result.violations.flatMap((one) =>
                    one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 140)}: ${node.failureSummary}`));
            }"""
        )
        return found


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Return a window of somebody who is signed in, at a desk."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    opened = Visit(context, address)
    opened.sign_in()
    yield opened
    context.close()


@pytest.fixture
def stranger(browser: Browser, address: str) -> Iterator[Visit]:
    """Return a window of somebody who is not signed in."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    yield Visit(context, address)
    context.close()
