"""An export as a job: in the background, with progress, resumed by whoever takes it over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from regulars.flows.export.run import export
from regulars.infra.jobs import JobContext, Task

EXPORT: Final = "export.run"


def export_task(folder_of: Callable[[], Path]) -> Task:
    """Return the task that exports; `folder_of` says below which folder of this installation exports lie."""

    async def run(context: JobContext, payload: dict[str, Any]) -> None:
        async def note(done: int, expected: int) -> None:
            async with context.transaction() as tx:  # stops here when the job was cancelled
                await context.report(tx, {"done_batch": done, "until_batch": expected})

        folder = folder_of() / payload["program"]
        found = await export(
            context.db, context.clock, payload["program_id"], folder, form=payload["format"], note=note
        )
        async with context.transaction() as tx:
            await context.report(tx, {"run": msgspec.to_builtins(found)})
            await context.finish(tx)

    return Task(EXPORT, run, lease_s=120)
