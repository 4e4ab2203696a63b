"""Finding the rules that an event may concern: dictionaries and sorted limits, walked as they are.

Most rules are filed under what is read plainly: an attribute of the event, its order, a line or the local time, or a
fact. Those are looked up here, without a line of emitted code; whatever takes more is read by a function of its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from regulars.core.rules.runtime import NUMBERS

# Where a look reads its value.
EVENT, ORDER, LOCAL, LINE, NUMBER_FACT, TEXT_FACT, EMITTED = range(7)

Read = Callable[[Any, Any, Sequence[Any], Any], Any]


class Look:
    """A value, and the rules filed under what it may be.

    `name` = the attribute that is read, `place` the fact's. `filled`: an empty value is none. `read` = the function
    that reads what no attribute and no fact is; of lines, it returns what reads one of them.
    """

    __slots__ = ("buckets", "filled", "name", "place", "read", "where")

    def __init__(
        self,
        where: int,
        name: str = "",
        place: int = 0,
        *,
        filled: bool = False,
        read: Read | None = None,
    ) -> None:
        self.where = where
        self.name = name
        self.place = place
        self.filled = filled
        self.read = read
        self.buckets: dict[Any, tuple[int, ...]] = {}

    def of(self, e: Any, o: Any, f: Any, local: Any) -> Any:
        """Return the value for an event, its order, its facts and its local time; None where there is none."""
        where = self.where
        if where == EVENT:
            value = getattr(e, self.name)
        elif where == ORDER:
            if o is None:
                return None
            value = getattr(o, self.name)
        elif where == LOCAL:
            value = getattr(local, self.name)
        elif where == NUMBER_FACT:
            value = f[self.place]
            return value if type(value) in NUMBERS else None
        elif where == TEXT_FACT:
            value = f[self.place]
            return value if type(value) is str else None
        else:
            return self.read(e, o, f, local)  # type: ignore[misc]
        return None if self.filled and not value else value


class Bound:
    """A number, and the rules whose limits it may keep: `limits` ascend, `ranks` run beside them.

    `below`: rules whose limit lies below the number (or, unless `strictly`, is the number) are found, else those whose
    limit lies above.
    """

    __slots__ = ("below", "limits", "look", "ranks", "strictly")

    def __init__(
        self, look: Look, limits: list[Any], ranks: list[int], *, below: bool, strictly: bool
    ) -> None:
        self.look = look
        self.limits = limits
        self.ranks = ranks
        self.below = below
        self.strictly = strictly


class Finder:
    """Knows where the rules of one event type are filed.

    `equal` and `lists` are looked up for the event (a list's every text), `lines` for each line of its order.
    """

    __slots__ = ("bounds", "equal", "lines", "lists", "unfiled")

    def __init__(
        self,
        unfiled: list[int],
        equal: list[Look],
        lists: list[Look],
        lines: list[Look],
        bounds: list[Bound],
    ) -> None:
        self.unfiled = unfiled
        self.equal = equal
        self.lists = lists
        self.lines = lines
        self.bounds = bounds

    def find(self, e: Any, o: Any, f: Any, local: Any) -> list[int]:
        """Return the ranks of the rules that may match, in no order; no rank twice."""
        found = list(self.unfiled)
        for look in self.equal:
            value = look.of(e, o, f, local)
            if value is not None:
                some = look.buckets.get(value)
                if some is not None:
                    found.extend(some)
        for look in self.lists:
            texts = look.of(e, o, f, local)
            if texts:
                found.extend(
                    {rank for text in texts if type(text) is str for rank in look.buckets.get(text, ())}
                )
        if o is not None and self.lines:
            self._of_lines(e, o, f, local, found)
        for bound in self.bounds:
            value = bound.look.of(e, o, f, local)
            if value is None:
                continue
            if bound.below:
                place = (
                    bisect_left(bound.limits, value) if bound.strictly else bisect_right(bound.limits, value)
                )
                found.extend(bound.ranks[:place])
            else:
                place = (
                    bisect_right(bound.limits, value) if bound.strictly else bisect_left(bound.limits, value)
                )
                found.extend(bound.ranks[place:])
        return found

    def _of_lines(self, e: Any, o: Any, f: Any, local: Any, found: list[int]) -> None:
        """Add the rules filed under something a line has; a rule counts once, however many lines have it."""
        many: set[int] = set()
        for look in self.lines:
            if look.where == LINE:
                for line in o.lines:
                    value = getattr(line, look.name)
                    if value is not None and (value or not look.filled):
                        some = look.buckets.get(value)
                        if some is not None:
                            many.update(some)
                continue
            value = look.of(e, o, f, local)
            for line in o.lines:
                of_line = value(line) if look.where == EMITTED else value
                if of_line is not None:
                    many.update(look.buckets.get(of_line, ()))
        found.extend(many)
