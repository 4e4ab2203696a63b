"""`regulars demo` as a person runs it: the first days of the year exactly as worked out by hand, then again,
then the whole year."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.stories.expected_year import expected

from regulars.app.demo.year import WHOLE_YEAR

INVOICES = 1_500


async def demo(database_url: str, home: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the demo without leaving a server behind; return exit code, output and what it said on the way."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "regulars.app",
        "demo",
        "--no-serve",
        *arguments,
        env={**os.environ, "REGULARS_DATABASE_URL": database_url, "REGULARS_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode(), said.decode()


def by_rule(found: dict[str, Any], side: str) -> dict[str, int]:
    """Return points by rule; those of one rule in several types are one figure each, as no rule gives two
    types."""
    return {row["rule"]: row[side] for row in found["findings"]["rules"] if row[side]}


@pytest.mark.slow
async def test_the_first_days_of_the_year(database_url: str, tmp_path: Path) -> None:
    """1,500 invoices give what the file says they must; sent again they change nothing, and the books are
    right."""
    arguments = ("--json", "--port", "0", "--invoices", str(INVOICES))
    code, printed, said = await demo(database_url, tmp_path, *arguments)
    assert code == 0, said
    found = json.loads(printed)
    must = expected(INVOICES)
    assert {
        name: found["findings"]["loaded"][name]
        for name in ("members", "orders", "orders_of_nobody", "refunds")
    } == {name: must[name] for name in ("members", "orders", "orders_of_nobody", "refunds")}
    for side in ("given", "kept"):
        mine: Any = must[side]
        theirs = by_rule(found, side)
        assert {rule: theirs.get(rule, 0) for rule in mine} == dict(mine)
        assert theirs.keys() - mine.keys() <= {
            "retrospot",
            "regular",
            "busy-month",
        }  # those the test does not work out
    assert found["sound"]
    given = found["benefits"]
    coupons, hamper = given["coupons"], given["draws"][0]
    # 87 orders of a thousand pounds and 128 of 750 in these days, some of one customer, some taken back.
    assert 50 <= coupons["handed_out"] <= 87
    assert 0 < coupons["used"] < coupons["handed_out"]
    assert coupons["pool"] == coupons["handed_out"] + coupons["void"] + coupons["left"] == 500
    assert (hamper["draw"], hamper["status"]) == ("christmas-2010", "open")
    assert 110 <= hamper["tickets"] <= 128
    code, printed, _ = await demo(database_url, tmp_path, *arguments)
    again = json.loads(printed)
    assert (code, again["loaded"]["messages"]) == (0, 0)
    assert again["findings"]["points"] == found["findings"]["points"]
    assert again["benefits"] == given
    assert again["write_key"] == found["write_key"]


async def test_a_port_in_use_is_said_plainly(database_url: str, tmp_path: Path) -> None:
    """Nothing is loaded, nothing hangs: a sentence and the exit code of a refusal."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, printed, said = await demo(database_url, tmp_path, "--port", str(taken.getsockname()[1]))
    assert (code, printed) == (3, "")
    assert "choose another port with --port" in said


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("REGULARS_TEST_WHOLE_YEAR"), reason="REGULARS_TEST_WHOLE_YEAR is not set"
)
async def test_the_whole_year(database_url: str, tmp_path: Path) -> None:
    """25,900 invoices: the data set's known totals, the books right, and a second run that has nothing left
    to do."""
    code, printed, said = await demo(database_url, tmp_path, "--json", "--port", "0")
    assert code == 0, said
    found = json.loads(printed)
    assert found["findings"]["loaded"] == {
        "members": WHOLE_YEAR.members,
        "orders": WHOLE_YEAR.orders,
        "orders_of_nobody": WHOLE_YEAR.orders_of_nobody,
        "refunds": WHOLE_YEAR.refunds,
        "order_amount": WHOLE_YEAR.order_amount,
    }
    assert found["sound"]
    code, printed, _ = await demo(database_url, tmp_path, "--json", "--port", "0")
    assert (code, json.loads(printed)["loaded"]) == (0, None)


@pytest.mark.slow
async def test_a_demo_that_ends_gives_no_address(database_url: str, tmp_path: Path) -> None:
    code, printed, said = await demo(database_url, tmp_path, "--port", "0", "--invoices", "50")
    assert code == 0, said
    assert "http://" not in printed
    assert "Nothing serves it now" in printed
