from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from regulars.infra.db.failpoints import list_failpoints, parse_failpoints

PROGRAM = "from regulars.infra.db.failpoints import failpoint; failpoint('here'); print('passed')"


def run(**environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=False
    )


def test_outside_test_mode_nothing_happens() -> None:
    assert run(REGULARS_FAILPOINTS="here=kill").stdout == "passed\n"


def test_a_named_place_kills_or_raises_in_test_mode() -> None:
    assert run(REGULARS_TEST_MODE="1", REGULARS_FAILPOINTS="here=kill").returncode == -signal.SIGKILL
    assert (
        "FailpointReached: here"
        in run(REGULARS_TEST_MODE="1", REGULARS_FAILPOINTS="x=kill,here=raise").stderr
    )
    assert run(REGULARS_TEST_MODE="1", REGULARS_FAILPOINTS="elsewhere=kill").stdout == "passed\n"


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(ValueError, match="name=kill or name=raise"):
        parse_failpoints({"REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": "here"})


def test_the_sources_say_which_there_are() -> None:
    found = list_failpoints(Path(__file__).parents[3] / "src" / "regulars")
    assert found["after_migration_before_note"].startswith("infra/db/migrate.py:")
