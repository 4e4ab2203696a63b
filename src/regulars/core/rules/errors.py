"""Refusals of the rule language. A diagnostic says where and what to write instead."""

from __future__ import annotations

import msgspec


class Diagnostic(msgspec.Struct, frozen=True):
    """One thing wrong with a document: `path` is the place (`rules[3].when.rules[1].value`)."""

    path: str
    code: str
    message: str


class RulesRefused(Exception):
    """The rules cannot be published as they are written."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        lines = "\n".join(f"  {d.path}: {d.message}" for d in diagnostics[:20])
        super().__init__(f"{self.__doc__}\n{lines}")
