"""A second run beside the first: it shows the same, changes nothing and ends well."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from regulars.app import draining
from regulars.app.demo import run as running
from regulars.app.demo.rows import read_rows
from regulars.app.demo.run import Demo
from regulars.app.demo.serving import DemoBusy
from regulars.app.demo.year import year_of
from regulars.app.output import Output
from regulars.app.settings import Settings

INVOICES = 40


class Heard(Output):
    """Keeps what would have been printed, and tells whoever waits for it."""

    def __init__(self) -> None:
        """Listen."""
        super().__init__(json=True)
        self.found: Any = None
        self.told = asyncio.Event()

    def result(self, value: Any, text: str | None = None) -> None:
        """Keep it."""
        self.found = value
        self.told.set()


@pytest.mark.slow
async def test_a_second_run_beside_the_first(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one folder and one port: refused in words while the year is not whole, else the same tables again."""
    # A server that stops says goodbye on behalf of its process; this process has other tests to run.
    monkeypatch.setattr(draining, "_goodbye", [False])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(database_url=database_url, home=tmp_path, port=port)
    first, second = Heard(), Heard()
    serving = asyncio.create_task(Demo(settings, first, INVOICES).run(serve=True))
    heard = asyncio.create_task(first.told.wait())
    try:
        await asyncio.wait({serving, heard}, return_when=asyncio.FIRST_COMPLETED)
        assert heard.done(), serving
        with pytest.raises(DemoBusy, match="Wait until it has loaded the whole year"):
            await Demo(settings, second, None).run(serve=True)
        year = year_of(list(read_rows()), INVOICES)
        monkeypatch.setattr(running, "LAST_MESSAGE", year.bodies[-1].last_id)
        monkeypatch.setattr(running, "WHOLE_YEAR", year.totals)
        assert await Demo(settings, second, None).run(serve=True)
        changing = ("loaded", "left_out", "findings")
        same = {name: value for name, value in first.found.items() if name not in changing}
        assert same == {name: second.found[name] for name in same}
        assert second.found["loaded"] is None
        assert second.found["findings"]["points"] == first.found["findings"]["points"]
        assert not serving.done()
    finally:
        serving.cancel()
        await asyncio.gather(serving, heard, return_exceptions=True)
