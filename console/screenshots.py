"""Pictures of every page for docs/images, taken from a demo of its own. `make screenshots`.

Says which page stays without a picture and ends with 1 where one cannot be opened.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESK = {"width": 1120, "height": 720}
PHONE = {"width": 390, "height": 720}
# The name of a picture, and the page that it shows.
PAGES = {
    "home": "",
    "members": "/members",
    "member": "/members/external_id:14911",
    "tasks": "/tasks?who=all",
    "rules": "/rules",
    "rule": "/rules/edit/weekend",
    "rule-new": "/rules/new?template=win-back",
    "rules-versions": "/rules/versions",
    "rules-conflicts": "/rules/conflicts",
    "rules-try": "/rules/try",
    "rules-simulate": "/rules/simulate",
    "campaigns": "/campaigns",
    "tiers": "/tiers",
    "events": "/events",
    "rewards": "/rewards",
    "redemptions": "/redemptions",
    "vouchers": "/vouchers",
    "gift-cards": "/gift-cards",
    "draws": "/draws",
    "products": "/products",
    "stores": "/stores",
    "partners": "/partners",
    "point-types": "/point-types",
    "books": "/books",
    "statements": "/statements",
    "sources": "/sources",
    "webhooks": "/webhooks",
    "approvals": "/approvals",
    "people": "/people",
    "audit": "/audit",
    "settings": "/settings",
}
ON_A_PHONE = ("home", "member", "rule")


def main() -> int:
    """Take every picture; return the exit code."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        say("No Chromium was found on the PATH: apt-get install chromium.")
        return 1
    IMAGES.mkdir(exist_ok=True)
    given = sys.argv[1] if len(sys.argv) > 1 else None
    with demo() if given is None else _given(given) as address, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        failed = [name for name, path in PAGES.items() if not taken(opened.new_page, address, name, path)]
        opened.close()
    for name in failed:
        say(f"{PAGES[name]} could not be opened; {name}.png stays as it was.")
    say(f"{len(PAGES) - len(failed)} pages are in docs/images.")
    return 1 if failed else 0


def taken(open_page: object, address: str, name: str, path: str) -> bool:
    """Take the picture of one page at a desk, and of some on a phone; return whether it could be opened."""
    sizes = [("", DESK), ("-phone", PHONE)] if name in ON_A_PHONE else [("", DESK)]
    for suffix, size in sizes:
        page: Page = open_page(viewport=size, reduced_motion="reduce", locale="en-GB", color_scheme="light")  # type: ignore[operator]
        try:
            page.request.post(f"{address}/api/v1/session/demo", data={})
            page.goto(f"{address}/console/online-retail{path}")
            page.locator("h1").first.wait_for()
            page.locator(".mantine-Skeleton-root").first.wait_for(state="detached")
            page.wait_for_timeout(600)
            page.screenshot(path=IMAGES / f"{name}{suffix}.png")
        except Exception as error:
            say(str(error).splitlines()[0])
            return False
        finally:
            page.context.close()
    return True


@contextmanager
def _given(address: str) -> Iterator[str]:
    yield address


@contextmanager
def demo() -> Iterator[str]:
    """Load the whole demo into a folder that is removed afterwards; give its address."""
    with tempfile.TemporaryDirectory(prefix="regulars-pictures-") as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        Path(home).chmod(0o755)  # started by root, PostgreSQL runs as somebody else
        say("loading the demo (a few minutes)")
        regulars = [sys.executable, "-m", "regulars.app"]
        environment = {**os.environ, "REGULARS_HOME": home}
        served = subprocess.Popen(  # noqa: S603 - our own words
            [*regulars, "demo", "--port", str(port)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            last = ""
            for line in served.stdout or ():
                if re.search(r"again-\d+", line):
                    break
                last = line
            else:
                raise SystemExit(f"The demo ended before it was served: {last.strip()}")
            yield f"http://127.0.0.1:{port}"
        finally:
            served.terminate()
            served.communicate(timeout=30)
            subprocess.run([*regulars, "--quiet", "db", "stop"], env=environment, check=False)  # noqa: S603


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
