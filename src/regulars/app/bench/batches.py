"""Batches of orders made before the clock starts, kept in a file: a length and a body each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from struct import Struct

from regulars.app.bench.shop import order_batch

_LENGTH = Struct(">i")


def write_batches(path: Path, members: range, events: int | None, batch: int) -> None:
    """Write `events` orders of random members of a range, or with None one order of each; `batch` in each body."""
    random = Random(path.name)  # noqa: S311 - orders, not secrets
    count = len(members) if events is None else events
    with path.open("wb") as file:
        for first in range(0, count, batch):
            places = range(first, min(first + batch, count))
            chosen = [members[place] if events is None else random.choice(members) for place in places]
            body = order_batch(random, chosen, f"{path.stem}-{first}")
            file.write(_LENGTH.pack(len(body)))
            file.write(body)


def read_batches(path: Path) -> Iterator[bytes]:
    """Yield the bodies one after the other."""
    with path.open("rb") as file:
        while head := file.read(_LENGTH.size):
            yield file.read(_LENGTH.unpack(head)[0])
