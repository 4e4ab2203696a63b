"""Exports as values."""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.kit.errors import Conflict, Invalid


class ExportRunning(Conflict):
    """An export of this program is running; wait for it, or cancel its job."""


class InvalidExport(Invalid):
    """This cannot be exported like that."""


class Run(msgspec.Struct, frozen=True):
    """One export of a program to a folder, in `format` parquet or csv."""

    id: int
    program_id: int
    folder: str
    format: str
    after_batch: int
    until_batch: int
    done_batch: int
    rows: int
    files: int
    started_at: datetime
    finished_at: datetime | None


class Slice(msgspec.Struct, frozen=True):
    """Some batches (`after` < id ≤ `until`), received between two instants: what one statement copies."""

    after: int
    until: int
    from_at: datetime
    to_at: datetime


class Piece(msgspec.Struct, frozen=True):
    """Some slices of a run, in files of their own."""

    program_id: int
    program: str
    zone: str
    folder: str
    format: str
    slices: tuple[Slice, ...]

    @property
    def after(self) -> int:
        """The batch before it."""
        return self.slices[0].after

    @property
    def until(self) -> int:
        """Its last batch."""
        return self.slices[-1].until


class Written(msgspec.Struct, frozen=True):
    """What became of a piece: rows and files."""

    until: int
    rows: int
    files: int
