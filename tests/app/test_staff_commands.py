"""People, the log of changes and approvals on the command line."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from typing import Any

import psycopg
from tests.app.test_points_commands import run

assert run
Run = Callable[..., str]


def answer(run: Run, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_people(run: Run) -> None:
    assert "/console/welcome?token=" in run("staff", "link")
    added = answer(
        run,
        "staff",
        "add",
        "Ann@example.com",
        "--name",
        "Ann",
        "--role",
        "platform_admin",
        "--role",
        "marketer@acme",
    )
    assert "/console/welcome?token=" in added["link"]
    run("staff", "link", code=3)  # somebody is there
    run("staff", "add", "ann@example.com", "--name", "Ann", "--role", "analyst@acme", code=3)
    run("staff", "add", "ben@example.com", "--name", "Ben", "--role", "wizard", code=3)
    run("staff", "add", "ben@example.com", "--name", "Ben", "--role", "partner@acme/shop:x", code=2)
    run("staff", "add", "ben@example.com", "--name", "Ben", "--role", "analyst@acme/region:north")
    rows = answer(run, "staff", "list")
    assert [(row["email"], row["roles"]) for row in rows] == [
        ("ann@example.com", "platform_admin marketer@acme"),
        ("ben@example.com", "analyst@acme/region:north"),
    ]
    changed = answer(run, "staff", "change", "ben@example.com", "-r", "finance@acme", "--name", "Benjamin")
    assert changed["roles"] == ["finance@acme"]
    assert answer(run, "staff", "change", "ben@example.com", "--locale", "de")["roles"] == ["finance@acme"]
    assert answer(run, "staff", "change", "ben@example.com", "--no-roles")["roles"] == []
    run("staff", "change", "ann@example.com", "-r", "analyst@acme", code=3)  # the last administrator
    run("staff", "change", "nobody@example.com", "--no-roles", code=4)
    run("staff", "disable", "ann@example.com", code=3)
    run("staff", "disable", "ben@example.com")
    assert answer(run, "staff", "list")[1]["signs in with"] == "disabled"
    run("staff", "enable", "ben@example.com")
    assert "/console/welcome?token=" in answer(run, "staff", "reset", "ben@example.com")["link"]
    run("staff", "disable", "nobody@example.com", code=4)
    roles = {row["role"]: row["permissions"].split() for row in answer(run, "staff", "roles")}
    assert "points:adjust" in roles["service_agent"]
    # What she looks at on her own page is hers; of the program she changes nothing.
    assert [scope for scope in roles["auditor"] if not scope.endswith(":read")] == ["dashboards:write"]


def test_the_log_of_changes(run: Run, database_url: str) -> None:
    run("staff", "add", "ann@example.com", "--name", "=Ann", "--role", "platform_admin")
    rows = answer(run, "audit", "list", "--kind", "staff.person")
    assert [(row["actor"], row["action"], row["after"]["email"]) for row in rows] == [
        (f"cli:{getpass.getuser()}", "created", "ann@example.com")
    ]
    csv = run("audit", "list", "--csv", "--kind", "staff.person")
    assert csv.splitlines()[0].startswith("number,at,actor")
    assert "acme" in run("audit", "list", "-p", "acme")
    found = answer(run, "audit", "verify")
    assert found["sound"] is True
    assert answer(run, "audit", "verify", "--anchor", found["anchor"])["sound"] is True
    run("audit", "verify", "--anchor", "nonsense", code=3)
    with psycopg.connect(database_url) as connection:
        connection.execute(b"UPDATE audit.entry SET actor = 'somebody else' WHERE kind = 'staff.person'")
    assert "not what was sealed" in run("audit", "verify", code=5)


def test_approvals(run: Run, database_url: str) -> None:
    run("approvals", "policy", "--budget-points", "many", code=2)
    assert answer(run, "approvals", "policy", "--adjustment", "100")["adjustment_over"] == 100
    run("points", "adjust", "external_id:c-1", "101", "--reason", "x", code=3)
    run("points", "adjust", "external_id:c-1", "100", "--reason", "x")
    assert answer(run, "approvals", "list") == []
    # As many points of every type: cash has two decimals.
    run("points", "adjust", "external_id:c-1", "100.01", "--type", "cash", "--reason", "x", code=3)
    run("points", "adjust", "external_id:c-1", "100", "--type", "cash", "--reason", "x")
    run("approvals", "approve", "1", code=4)
    run("approvals", "policy", "--none")
    run("points", "adjust", "external_id:c-1", "101", "--reason", "x")
