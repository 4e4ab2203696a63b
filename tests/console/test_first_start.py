"""The first person of an installation, in a browser: let in by the link in the terminal, by code, by provider."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.conftest import with_database
from tests.console.conftest import DESK, Visit
from tests.features.staff.test_oidc import install_provider, running_provider

from regulars.infra.clock import SystemClock
from regulars.kit import totp

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery staple"
EMAIL = "admin@example.com"


class Fresh:
    """An installation that nobody has used, and what it wrote into its terminal."""

    def __init__(self, address: str, link: str) -> None:
        self.address, self.link = address, link


@pytest.fixture
def fresh(postgres_url: str, template: str, tmp_path: Path) -> Iterator[Fresh]:
    """Serve an empty database by the clock of this machine; a provider on loopback may be asked."""
    name = f"console_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = subprocess.Popen(
        [sys.executable, "-m", "regulars.app", "serve", "--port", str(port)],
        env={
            **os.environ,
            "REGULARS_DATABASE_URL": with_database(postgres_url, name),
            "REGULARS_HOME": str(tmp_path),
            "REGULARS_OUTBOUND_ALLOW": "127.0.0.1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert served.stderr is not None
        said: list[str] = []
        link = None
        while "running on" not in "".join(said[-1:]).lower():
            line = served.stderr.readline()
            assert line, "It did not come up:\n" + "".join(said)
            said.append(line)
            link = link or re.search(r"http\S+token=\S+", line)
        assert link is not None, said
        yield Fresh(f"http://127.0.0.1:{port}", link[0])
    finally:
        served.terminate()
        served.communicate(timeout=20)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def code_of(secret: str, steps: int = 0) -> str:
    """Return what an authenticator shows that holds the secret; `steps` of half a minute later."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp.code_of(key, totp.step_of(SystemClock().now()) + steps)


def sign_out(page: Page) -> None:
    """Leave by the menu of the person."""
    page.get_by_role("button", name=re.compile("Account of")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in(page: Page, code: str | None = None) -> None:
    """Sign in by password, and by a code where one is asked for."""
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    if code is not None:
        page.get_by_label("Code of your authenticator").fill(code)
        page.get_by_role("button", name="Sign in", exact=True).click()


def first_steps(visit: Visit, fresh: Fresh) -> None:
    """Come in by the link, make a program, and be at home in it."""
    page = visit.page
    page.goto(re.sub(r"^https?://[^/]+", fresh.address, fresh.link))
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="New password").fill(PASSWORD)
    assert visit.violations() == []
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Your first program")).to_be_visible()
    page.get_by_label("Name").fill("Corner shop")
    assert visit.violations() == []
    page.get_by_role("button", name="Make the program").click()
    expect(page.get_by_role("navigation")).to_be_visible()


def test_the_first_person_comes_in_by_the_link_and_then_by_code_and_by_provider(
    fresh: Fresh, browser: Browser, run_home: Path
) -> None:
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    visit = Visit(context, fresh.address)
    page = visit.page
    first_steps(visit, fresh)

    visit.go("/corner-shop/account")
    page.get_by_role("button", name="Set up an authenticator").click()
    dialogue = page.get_by_role("dialog")
    secret = dialogue.locator("code").first.inner_text()
    dialogue.get_by_label("Code of your authenticator").fill(code_of(secret))
    dialogue.get_by_role("button", name="Confirm").click()
    kept = page.get_by_role("dialog", name="Recovery codes")
    recovery = kept.locator("code").first.inner_text()
    assert visit.violations() == []
    kept.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("in use")).to_be_visible()

    sign_out(page)
    sign_in(page, "000000")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Code of your authenticator").fill(code_of(secret, 1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation")).to_be_visible()
    sign_out(page)
    sign_in(page, recovery)
    expect(page.get_by_role("navigation")).to_be_visible()

    callback = f"{fresh.address}/api/v1/session/oidc/corp/callback"
    with running_provider(install_provider(run_home), callback) as issuer:
        visit.go("/corner-shop/people/providers")
        page.get_by_role("button", name="New provider").first.click()
        form = page.get_by_role("dialog")
        form.get_by_label("Name").fill("Corp")
        form.get_by_label("Issuer").fill(issuer)
        form.get_by_label("Client ID").fill("console")
        form.get_by_role("textbox", name="Client secret").fill("a secret of the client")
        expect(form.get_by_text(callback)).to_be_visible()
        form.get_by_role("button", name="Save").click()
        expect(page.get_by_role("cell", name="Corp")).to_be_visible()
        sign_out(page)
        context.add_cookies([{"name": "as", "value": "ada", "url": issuer}])
        page.get_by_role("link", name="Sign in with Corp").click()
        expect(page.get_by_role("navigation")).to_be_visible()
        visit.go("/corner-shop/account")
        expect(page.get_by_role("row", name=re.compile("This browser"))).to_contain_text("Oidc")
        sign_out(page)
        context.clear_cookies()  # the provider remembers her, too
        context.add_cookies([{"name": "as", "value": "zoe", "url": issuer}])
        page.get_by_role("link", name="Sign in with Corp").click()
        expect(page.get_by_role("alert")).to_contain_text("nobody here has your e-mail address")
        assert visit.violations() == []
    context.close()
