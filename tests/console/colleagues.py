"""Other people of the staff, each in a browser of her own."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Browser, ViewportSize
from tests.console.conftest import DESK, Visit

PROGRAM = "online-retail"
PASSWORD = "correct horse battery staple"


def token(visit: Visit) -> dict[str, str]:
    """Return the headers with which a session's requests change something."""
    session = visit.page.request.get(f"{visit.address}/api/v1/session").json()
    return {"X-CSRF-Token": session["csrf"], "Idempotency-Key": uuid.uuid4().hex}


def colleague(
    browser: Browser, boss: Visit, role: str, name: str, roles: list[dict[str, str]] | None = None
) -> Visit:
    """Let the boss invite somebody with a role in the program, or `roles`; return her window, signed in by the link."""
    body = {
        "email": f"{role}-{uuid.uuid4().hex[:8]}@shop.example",
        "name": name,
        "roles": roles or [{"role": role, "program": PROGRAM}],
    }
    added = boss.page.request.post(
        f"{boss.address}/api/v1/staff/people", data=body, headers=token(boss)
    ).json()
    found = re.search(r"token=([\w.~-]+)", str(added["invitation"]))
    assert found is not None, added
    context = browser.new_context(
        viewport=ViewportSize(width=DESK["width"], height=DESK["height"]),
        reduced_motion="reduce",
        locale="en-GB",
    )
    other = Visit(context, boss.address)
    answer = other.page.request.post(
        f"{boss.address}/api/v1/session/one-time",
        data={"token": found[1], "name": name, "password": PASSWORD},
    )
    assert answer.ok, answer.text()
    return other
