"""Named places where a test makes the program stop: `failpoint("after_post_before_outbox")`.

They do nothing unless REGULARS_TEST_MODE=1 and REGULARS_FAILPOINTS names them:
REGULARS_FAILPOINTS="after_post_before_outbox=kill,after_commit=raise".
"""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Mapping
from pathlib import Path

ACTIONS = ("kill", "raise")


class FailpointReached(Exception):
    """A test asked for a failure here."""


def parse_failpoints(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the action for each active fail-point; none outside test mode. Raises ValueError for a wrong action."""
    if environ.get("REGULARS_TEST_MODE") != "1":
        return {}
    active: dict[str, str] = {}
    for entry in filter(None, environ.get("REGULARS_FAILPOINTS", "").split(",")):
        name, _, action = entry.strip().partition("=")
        if action not in ACTIONS:
            raise ValueError(f"REGULARS_FAILPOINTS: {entry!r} should be name=kill or name=raise.")
        active[name] = action
    return active


_active = parse_failpoints(os.environ)


def failpoint(name: str) -> None:
    """Stop here when a test asked for it: kill this process at once, or raise FailpointReached."""
    if _active and name in _active:
        if _active[name] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise FailpointReached(name)


def list_failpoints(root: Path) -> dict[str, str]:
    """Return every fail-point in the sources below `root`: its name and where it is (file:line)."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "failpoint"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found[str(node.args[0].value)] = f"{path.relative_to(root)}:{node.lineno}"
    return found
