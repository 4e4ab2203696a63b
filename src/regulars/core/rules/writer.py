"""Fills the text tables of the backends: one template per core form, one walk over the tree for all of them.

In a template `{name}` is the form's attribute of that name: a form becomes its text, a tuple of forms is joined by what
stands behind the colon (`{parts: and }`), anything else is handed to the backend's `literal`. `{t}` and `{u}` are
fresh names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from regulars.core.rules.fields import Field
from regulars.core.rules.forms import Form, Lookup

_HOLE = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_FRESH = frozenset({"t", "u"})

Pieces = tuple[str | tuple[str, str], ...]


def compile_table(table: Mapping[type[Form], str]) -> dict[type[Form], Pieces]:
    """Templates cut into fixed text and (attribute, separator) holes."""
    return {form: _cut(template) for form, template in table.items()}


def _cut(template: str) -> Pieces:
    pieces: list[str | tuple[str, str]] = []
    end = 0
    for hole in _HOLE.finditer(template):
        pieces.append(template[end : hole.start()])
        pieces.append((hole[1], hole[2] or ", "))
        end = hole.end()
    pieces.append(template[end:])
    return tuple(pieces)


class Writer:
    """Walks a form and writes text; a backend supplies how literals, fields and tables look."""

    def __init__(
        self,
        table: Mapping[type[Form], Pieces],
        literal: Callable[[Any], str],
        access: Callable[[Field], str],
        lookup: Callable[[Lookup, Writer], str],
    ) -> None:
        self._table = table
        self._literal = literal
        self._access = access
        self._lookup = lookup
        self._fresh = 0

    def text(self, form: Form) -> str:
        """The text of one form and everything below it."""
        if isinstance(form, Lookup):
            return self._lookup(form, self)
        fresh: dict[str, str] = {}
        out: list[str] = []
        for piece in self._table[type(form)]:
            if isinstance(piece, str):
                out.append(piece)
            elif piece[0] in _FRESH:
                out.append(self._name(piece[0], fresh))
            else:
                out.append(self._attribute(getattr(form, piece[0]), piece[1]))
        return "".join(out)

    def _name(self, letter: str, fresh: dict[str, str]) -> str:
        if letter not in fresh:
            self._fresh += 1
            fresh[letter] = f"v{self._fresh}"
        return fresh[letter]

    def _attribute(self, value: Any, separator: str) -> str:
        if isinstance(value, Form):
            return self.text(value)
        if isinstance(value, tuple):
            return separator.join(self.text(part) for part in value)
        if isinstance(value, Field):
            return self._access(value)
        return self._literal(value)
