"""An `identify` or `alias` names a member and a browser that was somebody of its own: the two are one person.

Uniting them is another flow's business, in transactions of its own before the batch: `SamePerson` rolls the batch back,
the application's `Unite` makes one of them, and the batch begins again with everything hers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from regulars.features.members import Taken, anonymous_among
from regulars.flows.accrual.roll import ANONYMOUS_ID
from regulars.infra.db import Transaction

Pair = tuple[int, int]
"""A member known by nothing but anonymous ids, and the member who turned out to be her."""


class SamePerson(Exception):
    """Members of this batch are one person: unite them and begin anew."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        super().__init__(f"{len(pairs)} pairs of members are one person each")
        self.pairs = pairs


class Unite(Protocol):
    """Makes one member of two, each pair in a transaction of its own, and harmlessly when it was done before."""

    async def __call__(self, program_id: int, pairs: Sequence[Pair], at: int) -> None:
        """Let the second member of each pair take the place of the first, at an instant in microseconds."""


async def look_for_same(tx: Transaction, taken: Sequence[Taken], apart: frozenset[Pair]) -> None:
    """Raise SamePerson when a browser that a member named is a member with no other name.

    Somebody with a name keeps her browser: two people may use one. `apart` = pairs that were tried already.
    """
    pairs = sorted({(one.owner_id, one.member_id) for one in taken if one.kind == ANONYMOUS_ID} - apart)
    if pairs:
        anonymous = await anonymous_among(tx, {source for source, _ in pairs})
        if same := [pair for pair in pairs if pair[0] in anonymous]:
            raise SamePerson(same)
