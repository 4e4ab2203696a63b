"""What benches have in common: how they are asked and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec

Figures = dict[str, Any]
"""One JSON object: `bench`, `rate`, `unit`, `baseline`, `ratio`, and what else there is to know."""


class Options(msgspec.Struct, frozen=True):
    """How a bench is run. `events` and `batch` None = as the bench thinks right; `folder` is for what it writes."""

    url: str
    folder: Path
    events: int | None = None
    batch: int | None = None
    workers: int = 2
    profile: bool = False
    say: Callable[[str], None] = print


class Bench(Protocol):
    """One bench."""

    def __call__(self, options: Options, /) -> Figures:
        """Measure and return the figures."""
