"""How long pages of the console take to their heading, by the browser's own clock, in a demo of its own. `make loads`.

Each page twice in a browser of its own: as on a first visit, with nothing in the cache, and again. Prints a line a page
and one JSON object for all.
"""

from __future__ import annotations

import json
import shutil
import sys
from statistics import median

from playwright.sync_api import Browser, StorageState, sync_playwright
from screenshots import BROWSERS, PAGES, demo, say

GOAL_MS = 1_000
HEADING = """window.__heading = 0;
new MutationObserver(() => {
  if (!window.__heading && document.querySelector("h1")) window.__heading = performance.now();
}).observe(document, { subtree: true, childList: true });"""


def main() -> int:
    """Open every page twice; return the exit code."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        say("No Chromium was found on the PATH: apt-get install chromium.")
        return 1
    with demo() as address, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        state = _signed_in(opened, address)
        times = {}
        for name, path in PAGES.items():
            times[name] = _visits(opened, state, f"{address}/console/online-retail{path}")
            say(f"{name:16} {times[name][0]:5.0f} ms on a first visit, {times[name][1]:5.0f} ms again")
        opened.close()
    first, again = ([pair[place] for pair in times.values()] for place in (0, 1))
    figures = {
        "bench": "loads",
        "pages": len(times),
        "first_visit_ms": {"median": round(median(first)), "longest": round(max(first))},
        "again_ms": {"median": round(median(again)), "longest": round(max(again))},
        "goal_ms": GOAL_MS,
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _signed_in(browser: Browser, address: str) -> StorageState:
    context = browser.new_context()
    context.request.post(f"{address}/api/v1/session/demo", data={})
    state = context.storage_state()
    context.close()
    return state


def _visits(browser: Browser, state: StorageState, address: str) -> tuple[float, float]:
    """Return the milliseconds from asking for a page to its heading: with an empty cache, and once more."""
    context = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(HEADING)
    found = []
    for _ in range(2):
        page.goto(address, wait_until="commit")
        page.locator("h1").first.wait_for()
        found.append(float(page.evaluate("window.__heading")))
    context.close()
    return found[0], found[1]


if __name__ == "__main__":
    sys.exit(main())
