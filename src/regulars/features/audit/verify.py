"""Whether the log is as it was written: the chain is computed anew, entry by entry, in constant memory."""

from __future__ import annotations

from regulars.features.audit import store
from regulars.features.audit.model import ORIGIN, Anchor, Verification, sealed
from regulars.infra.db import Transaction


async def verify(tx: Transaction, anchor: Anchor | None = None) -> Verification:
    """Compute the chain anew in one snapshot and say what is wrong first.

    Edited, removed, added and moved entries break the chain; a cut end misses its head. Who rewrites entries, seals and
    head together is found by an `anchor` that was noted outside before.
    """
    entries, last, reached = 0, 0, ORIGIN
    anchored = anchor is None or (anchor.place == 0 and anchor.hash == ORIGIN.hex())
    async for place, number, seal, canonical in store.stream_chain(tx):
        problem = None
        if place is None:
            problem = "an entry was added that no seal covers"
        elif place != last + 1:
            problem = f"the seal of place {last + 1} is missing"
        elif canonical is None:
            problem = "the sealed entry is missing"
        elif sealed(reached, canonical) != seal:
            problem = "the entry is not what was sealed"
        if problem is not None:
            return Verification(entries, Anchor(last, reached.hex()), problem, place, number)
        entries, last, reached = entries + 1, place or 0, seal or b""
        anchored = anchored or (anchor is not None and (anchor.place, anchor.hash) == (last, reached.hex()))
    end = Anchor(last, reached.hex())
    head = await store.select_head(tx)
    if head is None or (head.place, head.hash) != (end.place, end.hash):
        return Verification(entries, end, "the chain does not end at its head: its end was cut", last or None)
    if not anchored and anchor is not None:
        problem = f"the chain does not pass through the anchor at place {anchor.place}"
        return Verification(entries, end, problem, anchor.place)
    return Verification(entries, end)
