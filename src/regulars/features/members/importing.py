"""Importing members from a CSV file: in pieces, each in a transaction that also says how far the file has come.

A killed import goes on where it stopped: the run's row has the offset, the counts and how much of the error file is
true. Importing a file again changes the members its identifiers lead to and makes nobody twice. While the database
writes one piece the next one is read, so that both have something to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from regulars.features.members import import_store
from regulars.features.members.errors import IdentifierTaken
from regulars.features.members.import_chunk import write_piece
from regulars.features.members.import_columns import Columns, read_header
from regulars.features.members.import_piece import Piece, read_piece
from regulars.features.members.import_store import RunRow
from regulars.features.members.model import ProgramTerms
from regulars.infra.clock import Clock
from regulars.infra.csv_files import CsvFile, ErrorFile, fingerprint
from regulars.infra.db import Database, Transaction, TransactionConflict, failpoint
from regulars.kit.errors import Conflict

# Large enough that the statements of a piece cost nothing against its rows, small enough for memory and for locks.
ROWS_OF_PIECE = 10_000
ATTEMPTS = 5
# A refused value is shown to find the row, not to keep it.
VALUE_LETTERS_MAX = 100


class ImportRunning(Conflict):
    """Another process is importing this file and was faster; let it finish."""


class Progress(msgspec.Struct, frozen=True):
    """How far an import has come: bytes of the file, lines, members made and changed, rows refused."""

    bytes_total: int
    bytes_done: int
    lines: int
    created: int
    updated: int
    refused: int


async def import_members(
    db: Database,
    terms: ProgramTerms,
    path: Path,
    *,
    clock: Clock,
    renamed: Mapping[str, str] | None = None,
    errors_path: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    rows_of_piece: int = ROWS_OF_PIECE,
) -> Progress:
    """Import a CSV file of members; return what came of it. Refused rows are in `errors_path` (FILE.errors.csv).

    Refuses with UnreadableFile and InvalidMember when the file or its header is not understood.
    """
    renamed = renamed or {}
    with CsvFile(path) as file:
        columns = read_header(file.header, terms, renamed)
        mark = fingerprint(path, *sorted(f"{name}={column}" for name, column in renamed.items()))
        async with db.transaction() as tx:
            await import_store.open_run(
                tx,
                terms.id,
                mark,
                now=clock.now(),
                file_name=path.name,
                bytes_total=file.size,
                bytes_done=file.offset,
                lines_done=file.line,
            )
            run = await import_store.lock_run(tx, terms.id, mark)
        assert run is not None
        file.go_to(run.bytes_done, run.lines_done)
        errors = ErrorFile(errors_path or path.with_name(f"{path.name}.errors.csv"))
        writer = _Writer(db, terms, columns, mark, errors, clock)
        pieces = _pieces(file, columns, rows_of_piece)
        piece = await asyncio.to_thread(next, pieces, None)
        while piece is not None:
            reading = asyncio.create_task(asyncio.to_thread(next, pieces, None))
            try:
                run = await writer.write(run, piece)
            except BaseException:
                await asyncio.wait([reading])
                raise
            on_progress(_progress(run, file.size))
            piece = await reading
    return _progress(run, file.size)


class _Writer:
    """Writes pieces one after the other."""

    def __init__(
        self, db: Database, terms: ProgramTerms, columns: Columns, mark: str, errors: ErrorFile, clock: Clock
    ) -> None:
        self.db = db
        self.terms = terms
        self.columns = columns
        self.mark = mark
        self.errors = errors
        self.clock = clock
        self.look_up = False

    async def write(self, run: RunRow, piece: Piece) -> RunRow:
        """Write a piece; again, looking up who is known, when somebody is or was enrolled at this moment."""
        for attempt in range(ATTEMPTS):
            try:
                async with self.db.transaction() as tx:
                    return await self._write_once(tx, run, piece)
            except (IdentifierTaken, TransactionConflict):
                self.look_up = True
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("A piece is tried at least once.")

    async def _write_once(self, tx: Transaction, run: RunRow, piece: Piece) -> RunRow:
        now = self.clock.now()
        stored = await import_store.lock_run(tx, self.terms.id, self.mark)
        if stored is None or stored.bytes_done != run.bytes_done:
            raise ImportRunning
        # A try that fails must leave the piece as it was.
        tried = msgspec.structs.replace(piece, wrong=list(piece.wrong), values=dict(piece.values))
        written = await write_piece(tx, self.terms, self.columns, tried, now, look_up=self.look_up)
        wrong = sorted(tried.wrong, key=lambda found: found.line)
        rows = [(w.line, w.column, w.reason, w.value[:VALUE_LETTERS_MAX]) for w in wrong]
        error_bytes = self.errors.append(rows, at=stored.error_bytes)
        failpoint("after_import_piece_before_commit")
        after = RunRow(
            id=run.id,
            bytes_done=piece.offset,
            lines_done=piece.end_line,
            error_bytes=error_bytes,
            created=run.created + written.created,
            updated=run.updated + written.updated,
            refused=run.refused + len({found.line for found in wrong}),
        )
        await import_store.update_run(tx, after, now if piece.last else None)
        return after


def _pieces(file: CsvFile, columns: Columns, size: int) -> Iterator[Piece]:
    """Yield the file in pieces of `size` records; the last one may be empty and says that it is the last."""
    records = file.records()
    while True:
        taken = list(islice(records, size))
        piece = read_piece(columns, taken)
        piece.offset, piece.end_line, piece.last = file.offset, file.line, len(taken) < size
        yield piece
        if piece.last:
            return


def _progress(run: RunRow, total: int) -> Progress:
    return Progress(total, run.bytes_done, run.lines_done, run.created, run.updated, run.refused)
