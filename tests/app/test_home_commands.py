"""Dashboards of a program, notes and tasks, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.app.test_points_commands import run

assert run
Run = Callable[..., str]

DESK = """\
code: desk
name: The desk
first_for: [service_agent]
widgets:
  - {id: tasks, title: Tasks, report: tasks, show: list, x: 0, y: 0, w: 6, h: 8}
"""


def answer(run: Run, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_dashboards_of_the_program(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    assert answer(run, "dashboards", "put", str(file))["revision"] == 1
    [listed] = answer(run, "dashboards", "list")
    assert (listed["code"], listed["widgets"], listed["first_for"]) == ("desk", 1, "service_agent")
    file.write_text(run("dashboards", "show", "desk"), encoding="utf-8")
    assert answer(run, "dashboards", "put", str(file))["revision"] == 2
    file.write_text(DESK.replace("service_agent", "nobody"), encoding="utf-8")
    run("dashboards", "put", str(file), code=3)
    run("dashboards", "remove", "desk")
    run("dashboards", "show", "desk", code=4)


def test_notes_and_tasks(run: Run) -> None:
    run("notes", "write", "external_id:c-1", "Prefers calls in the morning")
    [note] = answer(run, "notes", "list", "external_id:c-1")
    assert note["text"] == "Prefers calls in the morning"
    opened = answer(run, "tasks", "open", "external_id:c-1", "Call her", "--call", "--due", "2026-12-01")
    [task] = answer(run, "tasks", "list")
    assert (task["id"], task["due_on"], task["title"]) == (opened["id"], "2026-12-01", "Call her")
    run("tasks", "done", "external_id:c-2", opened["id"], code=4)
    run("tasks", "done", "external_id:c-1", opened["id"], "--outcome", "She was glad")
    assert answer(run, "tasks", "list") == []
    assert [one["id"] for one in answer(run, "tasks", "list", "--status", "done")] == [opened["id"]]
