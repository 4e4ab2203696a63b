"""How far the load is: what is being done, then a bar with events a second and the shop's day. Silent for machines."""

from __future__ import annotations

from datetime import datetime

import rich.progress as bars
from rich.text import Text

from regulars.app.output import Output


class _Rate(bars.ProgressColumn):
    """Events a second, over the last while."""

    def render(self, task: bars.Task) -> Text:
        return Text(f"{task.speed or 0:>6,.0f} events/s")


class Progress:
    """One line on the standard error."""

    def __init__(self, output: Output) -> None:
        """Speak through `output`, unless it speaks to machines or nobody looks."""
        self._output = output
        self._bar = bars.Progress(
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description}"),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            _Rate(),
            bars.TimeElapsedColumn(),
            console=output.errors,
            disable=output.json or output.quiet or not output.errors.is_terminal,
            transient=True,
        )
        self._task: bars.TaskID | None = None

    def say(self, sentence: str) -> None:
        """Say what is being done now."""
        if self._bar.disable:
            self._output.progress(sentence)
            return
        self.begin(total=None, done=0, what=sentence)

    def begin(self, *, total: int | None, done: int, what: str = "loading") -> None:
        """Show a new bar, for `total` events of which some are done."""
        self._bar.start()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total, completed=done)

    def advance(self, events: int, day: datetime) -> None:
        """Move the bar; `day` is the shop's."""
        if self._task is not None:
            self._bar.update(self._task, advance=events, description=f"loading {day:%d %b %Y}")

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()
