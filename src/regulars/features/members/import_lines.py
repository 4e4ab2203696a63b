"""New members as lines of COPY, made column by column. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.members.batch_store import array_text, json_text
from regulars.features.members.import_columns import ATTRIBUTE, CONSENT
from regulars.features.members.import_store import NULL, copy_text
from regulars.features.members.model import Consent
from regulars.features.members.traits import ADDRESS_FIELDS, PROFILE_FIELDS, name_key

SOURCE: Final = "import"


class Lines(msgspec.Struct, frozen=True):
    """The rows of new members as COPY takes them."""

    members: str
    identifiers: str
    profiles: str


class NewMembers:
    """The new members of a piece: their ids and the columns of their rows, all of one length."""

    def __init__(
        self,
        program_id: int,
        ids: Sequence[int],
        values: dict[str, list[Any]],
        kinds: Sequence[str],
        now: datetime,
    ) -> None:
        """`kinds` are the identifier columns."""
        self.program_id = program_id
        self.ids = ids
        self.values = values
        self.kinds = kinds
        self.now = now
        self.stamp = now.isoformat()

    def lines(self, skip: frozenset[tuple[str, str]] = frozenset()) -> Lines:
        """Return all lines; identifiers in `skip` belong to a member of another row."""
        return Lines(self._members(), self._identifiers(skip), self._profiles())

    def joined_at(self) -> list[datetime]:
        """Return when each of them joined: as the file says, but not in the future."""
        stated = self.values.get("joined_at")
        if stated is None:
            return [self.now] * len(self.ids)
        return [min(instant, self.now) if instant else self.now for instant in stated]

    def _members(self) -> str:
        program, stamp = self.program_id, self.stamp
        rows = zip(
            self.ids,
            self._cells("status", str, "active"),
            _written(self.joined_at(), datetime.isoformat, NULL),
            self._cells("zone", str),
            self._cells("birthday", str),
            self._objects(ATTRIBUTE, json_text),
            self._cells("tags", _tags, "{}"),
            self._consents(),
            strict=True,
        )
        return "".join(
            [
                f"{number}\t{program}\t{status}\t{joined}\t{zone}\t{birthday}\t{attributes}\t{tags}\t{consent}\t{stamp}\n"
                for number, status, joined, zone, birthday, attributes, tags, consent in rows
            ]
        )

    def _identifiers(self, skip: frozenset[tuple[str, str]]) -> str:
        """Return identifiers sorted by kind and value: the index likes it, and two imports never wait in a ring."""
        program, stamp, parts = self.program_id, self.stamp, []
        for kind in sorted(self.kinds):
            owned = sorted(
                (value, number) for value, number in zip(self.values[kind], self.ids, strict=True) if value
            )
            if skip:
                owned = [(value, number) for value, number in owned if (kind, value) not in skip]
            parts += [
                f"{program}\t{kind}\t{copy_text(value)}\t{number}\t{stamp}\n" for value, number in owned
            ]
        return "".join(parts)

    def _profiles(self) -> str:
        names = [name for name in (*PROFILE_FIELDS, *ADDRESS_FIELDS) if name in self.values]
        if not names:
            return ""
        columns = [self._cells(field, copy_text) for field in PROFILE_FIELDS]
        address = [NULL if cell == "{}" else cell for cell in self._objects("", json_text, ADDRESS_FIELDS)]
        none = [None] * len(self.ids)
        full = zip(self.values.get("first_name", none), self.values.get("last_name", none), strict=True)
        keys = _written(full, lambda name: copy_text(name_key(*name)), "")
        said = [any(cells) for cells in zip(*(self.values[name] for name in names), strict=True)]
        program, stamp = self.program_id, self.stamp
        rows = zip(self.ids, said, zip(*columns, address, keys, strict=True), strict=True)
        join = "\t".join
        return "".join(
            [f"{number}\t{program}\t{join(cells)}\t{stamp}\n" for number, any_, cells in rows if any_]
        )

    def _cells(self, name: str, write: Callable[[Any], str], empty: str = NULL) -> list[str]:
        values = self.values.get(name)
        return [empty] * len(self.ids) if values is None else _written(values, write, empty)

    def _objects(
        self, prefix: str, write: Callable[[Any], str], names: Iterable[str] | None = None
    ) -> list[str]:
        """Return several columns as one JSON object each row: fragments are made once for equal values."""
        wanted = names if names is not None else [name for name in self.values if name.startswith(prefix)]
        columns = [
            _written(self.values[name], _fragment(name.removeprefix(prefix), write), "")
            for name in wanted
            if name in self.values
        ]
        if not columns:
            return ["{}"] * len(self.ids)
        return [copy_text("{" + ",".join(filter(None, cells)) + "}") for cells in zip(*columns, strict=True)]

    def _consents(self) -> list[str]:
        names = [name for name in self.values if name.startswith(CONSENT)]
        if not names:
            return ["{}"] * len(self.ids)
        rows = zip(self.joined_at(), *(self.values[name] for name in names), strict=True)
        return [
            copy_text(json_text(stated_consents(names, cells, at)))
            if any(c is not None for c in cells)
            else "{}"
            for at, *cells in rows
        ]


def stated_consents(names: Sequence[str], cells: Sequence[bool | None], at: datetime) -> dict[str, Consent]:
    """Return what the consent columns of a row say: given when she joined, as far as the file tells."""
    return {
        name.removeprefix(CONSENT): Consent(granted, at, SOURCE)
        for name, granted in zip(names, cells, strict=True)
        if granted is not None
    }


def _fragment(name: str, write: Callable[[Any], str]) -> Callable[[Any], str]:
    label = json_text(name)
    return lambda value: f"{label}:{write(value)}"


def _tags(tags: list[str]) -> str:
    return copy_text(array_text(sorted(set(tags))))


def _written(values: Iterable[Any], write: Callable[[Any], str], empty: str) -> list[str]:
    """Return values as text; equal ones are written once. Lists are told apart by what they are made of."""
    known: dict[Any, str] = {None: empty}
    cells = []
    for value in values:
        key = tuple(value) if type(value) is list else value
        cell = known.get(key) if type(value) is not bool else None
        if cell is None:
            cell = write(value)
            if type(value) is not bool:
                known[key] = cell
        cells.append(cell)
    return cells
