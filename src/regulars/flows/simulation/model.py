"""What is to be simulated, and what a replay reads, as values."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.flows.accrual.insight import Granted

# The end of time, for a window without an end (31 December 9999 in microseconds).
END_US = 253_370_764_800_000_000
BEGIN_US = -62_135_596_800_000_000

BudgetKey = tuple[str, str, str]


class Plan(msgspec.Struct, frozen=True):
    """A simulation: `document` is the draft as it would be published. Instants in microseconds, half-open.

    Events before `from_at` are replayed under the rules of their day, so that members enter the window with the
    behaviour, tiers and limits they had; with `start` = "empty" they are left out and everybody begins with nothing.
    Events received after `as_of` are not looked at. `same_as` = the published version that says the same as the draft.
    `compared` is for the report alone: what is compared with what, as `compared_with_force` says it.
    """

    program_id: int
    document: dict[str, Any]
    as_of: int
    from_at: int = BEGIN_US
    to_at: int = END_US
    start: str = "replayed"
    same_as: int | None = None
    processes: int = 2
    compared: dict[str, Any] = {}


class Piece(msgspec.Struct, frozen=True):
    """Some members: those with after < id ≤ last. Members are decided apart, so pieces are independent."""

    after: int
    last: int


class Told(msgspec.Struct):
    """What was stored with an event, as far as a replay needs it."""

    version: int = 0
    facts: msgspec.Raw = msgspec.Raw(b"[]")
    room: dict[int, int] = {}
    granted: list[Granted] = []
    entries: list[tuple[str, str, str, int]] = []
    cause: str | None = None
    order_event_id: int | None = None


class Row(msgspec.Struct, frozen=True, gc=False):
    """One stored event; instants in microseconds. Without a source: a redemption, `doc` = the reward as it was."""

    member_id: int
    id: int
    source_id: int | None
    occurred_at: int
    received_at: int
    doc: str
    outcome: str | None
