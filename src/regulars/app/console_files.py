"""The built console in memory: a file is read once, packed as the browser takes it, and outlives its folder.

Names below assets/ say what is in them, so nothing read is ever looked at again; a build that comes while the server
runs changes the page and adds files. What an open page of an older build still asks for and was never read is missing.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PAGE: Final = "index.html"
# Which files each page needs first; written by the build (console/first-files.ts).
PAGES: Final = ".pages.json"
# The best that a browser understands comes first.
PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
ASSETS: Final = "assets/"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is sent: `encoding` is "" where it is sent as it is."""

    content: bytes
    kind: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Front:
    """The one page of the console, and the files that each of its addresses needs beside it."""

    html: str
    pages: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def files(self, address: str) -> tuple[str, ...]:
        """Return what is needed at `address` (below /console/), nothing where no page is known to be there."""
        parts = tuple(part for part in address.split("/") if part)
        for pattern, files in self.pages.items():
            if len(pattern) == len(parts) and all(
                said in (name, "$") for said, name in zip(pattern, parts, strict=True)
            ):
                return files
        return ()

    def catalogue(self, language: str) -> tuple[str, ...]:
        """Return the file with the words of a language such as zh-CN; English needs none."""
        return self.pages.get((_LANGUAGE, language), ())


_LANGUAGE: Final = "language"


class ConsoleFiles:
    """Gives the files below a folder by their paths."""

    def __init__(self, folder: Path) -> None:
        """Read from `folder`, which may not be there yet, or be replaced later."""
        self._folder = folder.resolve()
        self._kept: dict[tuple[str, str], Kept] = {}
        self._front: tuple[tuple[int, int], Front] | None = None

    def front(self) -> Front | None:
        """Return the page as it is now, as it was while it is being replaced, None when there never was one."""
        path = self._folder / PAGE
        try:
            stat = path.stat()
            version = (stat.st_mtime_ns, stat.st_size)
            if self._front is None or self._front[0] != version:
                self._front = (version, Front(path.read_text("utf-8"), self._pages()))
        except OSError:
            pass
        return self._front[1] if self._front else None

    def file(self, path: str, accepted: str) -> Kept | None:
        """Return the file at `path` as a browser that accepts these encodings takes it, None where there is none."""
        lasting = path.startswith(ASSETS)
        understood = {one.partition(";")[0].strip() for one in accepted.split(",")} | {""}
        for encoding, ending in (*PACKED, ("", "")):
            if encoding not in understood:
                continue
            kept = self._kept.get((path, encoding)) or self._read(path, encoding, ending)
            if kept is not None:
                if lasting:
                    self._kept[(path, encoding)] = kept
                return kept
        return None

    def _read(self, path: str, encoding: str, ending: str) -> Kept | None:
        found = (self._folder / path).resolve()
        if not found.is_relative_to(self._folder) or found.name.startswith("."):
            return None
        try:
            content = found.with_name(found.name + ending).read_bytes()
        except (OSError, ValueError):
            return None
        return Kept(content, mimetypes.guess_type(found.name)[0] or "application/octet-stream", encoding)

    def _pages(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Return the files by patterns in which "$" stands for any word; patterns without one come first."""
        try:
            written: dict[str, list[str]] = json.loads((self._folder / PAGES).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        pages = {
            tuple("$" if part.startswith("$") else part for part in address.split("/") if part): tuple(files)
            for address, files in written.items()
        }
        return dict(sorted(pages.items(), key=lambda one: one[0].count("$")))
